//! Receipts: what the server signs once a statement is durable.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::limits::{self, LimitError};
use super::{Body, Kind};
use crate::id::{StatementHash, VaultId};

/// The server's signed word that a statement is number `size` of a vault's history and will be in the log by a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// The vault.
    #[n(0)]
    pub vault: VaultId,
    /// The number of statements in the vault's history, this one included.
    #[n(1)]
    pub size: u64,
    /// The RFC 6962 root over their hashes.
    #[n(2)]
    pub root: ByteArray<32>,
    /// The log leaf's tag: `HMAC-SHA-256(vault log salt, size)`, the number as 8 bytes, big-endian.
    #[n(3)]
    pub tag: ByteArray<32>,
    /// The statement.
    #[n(4)]
    pub statement: StatementHash,
    /// The moment the server accepted it, in milliseconds since 1970.
    #[n(5)]
    pub time: u64,
    /// By when the log includes it, in milliseconds since 1970.
    #[n(6)]
    pub deadline: u64,
}

impl Body for Receipt {
    const KIND: Kind = Kind::Receipt;

    fn check(&self) -> Result<(), LimitError> {
        limits::number(self.size)?;
        limits::span(self.time, self.deadline)
    }
}
