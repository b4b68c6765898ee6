//! Segments of the index: folded texts, one after the other, and a directory that says whose they are.

use carnet_wire::id::{EntryId, VaultId};
use minicbor::{Decode, Encode};

/// What lies in a segment.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub(super) struct Directory {
    #[n(0)]
    pub(super) texts: Vec<Place>,
}

/// Where an entry's text is in its segment: description, then content.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Place {
    #[n(0)]
    pub(super) entry: EntryId,
    #[n(1)]
    pub(super) begin: u32,
    #[n(2)]
    pub(super) content: u32,
    #[n(3)]
    pub(super) end: u32,
    #[n(4)]
    pub(super) date: i64,
}

/// An entry's folded text.
#[derive(Debug, Clone)]
pub(super) struct Folded {
    pub(super) entry: EntryId,
    pub(super) date: i64,
    pub(super) head: String,
    pub(super) body: String,
}

/// Texts on their way into one segment.
#[derive(Debug, Default)]
pub(super) struct Pack {
    pub(super) directory: Directory,
    pub(super) text: String,
}

impl Pack {
    pub(super) fn push(&mut self, folded: &Folded) {
        let at = |text: &String| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let begin = at(&self.text);
        self.text.push_str(&folded.head);
        self.text.push('\n');
        let content = at(&self.text);
        self.text.push_str(&folded.body);
        self.text.push('\n');
        let (entry, date, end) = (folded.entry, folded.date, at(&self.text));
        self.directory.texts.push(Place { entry, begin, content, end, date });
    }
}

pub(super) fn directory_prefix(vault: &VaultId) -> Vec<u8> {
    [b"d".as_slice(), vault.as_bytes()].concat()
}

pub(super) fn segment_prefix(vault: &VaultId) -> Vec<u8> {
    [b"s".as_slice(), vault.as_bytes()].concat()
}

pub(super) fn directory_key(vault: &VaultId, number: u32) -> Vec<u8> {
    [directory_prefix(vault).as_slice(), &number.to_be_bytes()].concat()
}

pub(super) fn segment_key(vault: &VaultId, number: u32) -> Vec<u8> {
    [segment_prefix(vault).as_slice(), &number.to_be_bytes()].concat()
}

pub(super) fn form_key(vault: &VaultId) -> Vec<u8> {
    [b"f".as_slice(), vault.as_bytes()].concat()
}

pub(super) fn original_key(vault: &VaultId, entry: &EntryId) -> Vec<u8> {
    [b"o".as_slice(), vault.as_bytes(), entry.as_bytes()].concat()
}

/// Notes of entries that say how they stand to others.
pub(super) fn relating_prefix(vault: &VaultId) -> Vec<u8> {
    [b"r".as_slice(), vault.as_bytes()].concat()
}

pub(super) fn relating_key(vault: &VaultId, entry: &EntryId) -> Vec<u8> {
    [relating_prefix(vault).as_slice(), entry.as_bytes()].concat()
}

pub(super) fn number_of(key: &[u8]) -> u32 {
    key.last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

pub(super) fn entry_of(key: &[u8]) -> Option<EntryId> {
    let bytes = key.get(32..)?.try_into().ok()?;
    Some(EntryId::from_bytes(bytes))
}
