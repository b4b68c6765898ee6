//! Key entries: the secrets of a vault or a circle as the content of an ordinary entry, granted to those who hold them.
//!
//! The content is a keyring (see `account::keyring`). Nothing else about such an entry is special: it is sealed, granted,
//! superseded and opened like any document.

use std::io::Cursor;

use zeroize::{Zeroize as _, Zeroizing};

use crate::account::keyring::Keyring;
use crate::authored::{Description, Sort};
use crate::document::Document;
use crate::open::{OpenError, Opened};
use crate::reader::VerifiedReader;

/// Media type of a key entry's content.
pub(super) const MEDIA_TYPE: &str = "application/vnd.carnet.keyring+cbor";

/// The document to seal as a key entry.
#[must_use]
pub fn key_entry_document(keyring: &Keyring) -> Document<Cursor<Zeroizing<Vec<u8>>>> {
    let description =
        Description { sort: Sort::Key, media_type: MEDIA_TYPE.to_owned(), ..Description::default() };
    Document::new(description, Cursor::new(keyring.to_bytes()))
}

/// Takes the secrets out of a key entry, which must be those of this verified reader: its newest generation's keys are the
/// ones that the chain names.
///
/// # Errors
/// [`OpenError::NoKey`] where it holds the secrets of another, or none; else as [`Opened::open_bytes`].
pub fn open_key_entry(
    opened: &Opened,
    payload: &[u8],
    reader: &VerifiedReader,
) -> Result<Keyring, OpenError> {
    if opened.description().sort != Sort::Key {
        return Err(OpenError::NoKey);
    }
    let mut document = opened.open_bytes(payload)?;
    let keyring = Keyring::from_bytes(&document.content);
    document.content.zeroize();
    keyring.filter(|keyring| keyring.newest().key_id() == reader.key_id()).ok_or(OpenError::NoKey)
}
