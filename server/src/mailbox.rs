//! Pairing mailboxes as they are kept: where their parts are, and how long they live.

use crate::clock::now;
use crate::store::{Key, Space};

/// How long a mailbox lives, in milliseconds.
pub const LIFETIME: u64 = 10 * 60 * 1000;

/// Where a part of a mailbox is: 0 for the offer, then those of the parcel.
#[must_use]
pub fn place(mailbox: [u8; 32], part: u64) -> Key {
    Key::new(Space::Pairing, mailbox, part.to_be_bytes())
}

/// Whether a record's ten minutes have not passed. Each begins with its time.
#[must_use]
pub fn is_alive(record: &[u8]) -> bool {
    let time = record.first_chunk::<8>().map(|time| u64::from_be_bytes(*time));
    time.is_some_and(|time| now().saturating_sub(time) <= LIFETIME)
}
