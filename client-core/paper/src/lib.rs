//! Paper: what Carnet prints. A recovery kit, a letter that opens a vault, an access journal, and documents of headings,
//! paragraphs, tables and QR codes.
//!
//! No secret is made or kept here, nothing is read or written: texts come in, the bytes of a PDF go out. All texts are the caller's, in
//! the caller's language. Each PDF conforms to PDF/A-2a and PDF/UA-1 as far as the library checks it, its text can be extracted, and
//! equal input gives equal bytes.

mod document;
mod face;
mod journal;
mod kit;
mod layout;
mod letter;
mod page;
mod qr;

pub use document::{Block, Date, Document, PaperError, Table};
pub use journal::{Journal, JournalLine};
pub use kit::{KitPage, KitTexts};
pub use letter::{LetterPage, LetterTexts};
pub use qr::{Qr, QrError, terminal_qr};
