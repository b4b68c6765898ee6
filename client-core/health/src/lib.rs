//! Health content inside entries: what a document is, its text, its metadata, profile items, directory files.
//!
//! No cryptography, no I/O, no clock; builds for WASM. Everything read here was written by somebody else: no function panics on
//! any input, each has a limit, and what is broken is said with a place and a stable code.
//!
//! ```
//! let found = carnet_health::recognise(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", Some("visit.ics"));
//! assert_eq!(found.kind, carnet_health::Kind::Calendar);
//! ```

pub mod calendar;
pub mod cda;
mod charset;
pub mod date;
mod dicom;
pub mod directory;
pub mod doctype;
mod encoding;
pub mod fhir;
pub mod fold;
mod html;
mod image;
pub mod inside;
mod json;
mod kind;
mod mail;
pub mod marked;
mod office;
mod pdf;
mod placeholder;
pub mod profile;
mod recognise;
mod recognised;
pub mod same_person;
mod sniff;
mod strip;
mod text;
pub mod view;
pub mod xdm;
mod xml;

pub use charset::file_name as archived_name;
pub use fhir::bundle::{Resource, split_bundle, unread_entries};
pub use fhir::ndjson::{Line, split_lines};
pub use inside::has_files;
pub use kind::Kind;
pub use mail::{Attachment, attachments};
pub use recognise::{PREFIX_LENGTH, RECOGNISE_LIMIT, recognise, recognise_prefix};
pub use recognised::{
    Author, Code, Damage, Fact, LOINC, MAX_FIELD, MAX_RELATED, Moment, Patient, Precision, Recognised,
    Related, Relation, Remark,
};
pub use sniff::kind_of;
pub use strip::{Removed, StripError, Stripped, is_picture, strip_metadata};
pub use text::{TEXT_LIMIT, TEXT_SOURCE_LIMIT, marked_text, searchable_text};
