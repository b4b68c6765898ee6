//! What a server keeps at rest: the bytes of its records, format 1. The server writes them; `carnet audit store` reads them.
//!
//! `docs/SPEC.md`, "Records at rest". A record is a [`Key`] and a value with a [`checksum`]; what stands where, key by key and field
//! by field, is in [`Space`]. Nothing here does I/O, and nothing here is more than ciphertext, hashes, numbers and what is public.

pub mod attestation;
pub mod batch;
pub mod checksum;
pub mod describe;
pub mod file;
pub mod grant;
pub mod head;
pub mod journal;
pub mod kept;
pub mod key;
pub mod log_state;
pub mod pack;
pub mod past;
pub mod pieces;
pub mod session;
pub mod space;
pub mod staged;
pub mod store_file;
pub mod version;
pub mod waiting;

pub use attestation::Attestation;
pub use describe::DescribeRecord;
pub use grant::GrantRecord;
pub use head::{Head, HistoryKind};
pub use kept::Kept;
pub use key::Key;
pub use log_state::LogState;
pub use pack::{PackEnd, PackPlace};
pub use past::Past;
pub use session::{Session, Who};
pub use space::Space;
pub use staged::Staged;
pub use store_file::StoreFile;
pub use version::VersionRecord;
pub use waiting::Waiting;
