//! Payload bytes: what to ask for. The transport streams the answer, and no byte of it is believed but through a
//! [`ContentReader`] or [`Opened`].

use core::ops::Range;

use carnet_wire::id::{EntryId, StatementHash, VaultId};
use carnet_wire::message::Request;

use crate::content::ContentReader;
use crate::open::Opened;

/// One version's payload at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadAt {
    /// The vault.
    pub vault: VaultId,
    /// The entry.
    pub entry: EntryId,
    /// The version.
    pub version: u64,
    /// The accepted `read` of mode `open` that the request rests on; the holder's own devices need none.
    pub read: Option<StatementHash>,
}

impl PayloadAt {
    /// The payload of an opened version.
    #[must_use]
    pub fn of(opened: &Opened, vault: VaultId, read: Option<StatementHash>) -> Self {
        let item = opened.item();
        Self { vault, entry: item.entry, version: item.version, read }
    }

    /// The whole payload, without proofs.
    #[must_use]
    pub fn whole(&self) -> Request {
        Request::get(self.path("payload", None))
    }

    /// Bytes of the payload, the end excluded, without proofs.
    #[must_use]
    pub fn range(&self, range: Range<u64>) -> Request {
        Request { range: Some(range), ..self.whole() }
    }

    /// The slice that a reader of the content asks for: the bytes that it wants, and what proves them.
    #[must_use]
    pub fn slice(&self, reader: &ContentReader) -> Request {
        Request::get(self.path("payload", Some(reader.slice_range())))
    }

    /// The version as one standard age file: this reader's header, then the payload.
    #[must_use]
    pub fn file(&self) -> Request {
        Request::get(self.path("file", None))
    }

    fn path(&self, what: &str, slice: Option<Range<u64>>) -> String {
        let Self { vault, entry, version, read } = self;
        let slice = slice.map(|range| format!("slice={}-{}", range.start, range.end));
        let read = read.map(|read| format!("read={read}"));
        let query: Vec<String> = read.into_iter().chain(slice).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/v1/vaults/{vault}/entries/{entry}/versions/{version}/{what}{mark}{}", query.join("&"))
    }
}
