//! Statements about entries: deposits, descriptions, grants, reads, deletions.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::limits::{self, LimitError};
use super::{Body, Context, Kind};
use crate::id::{Commitment, Digest, EntryId, InnerCommitment, PayloadRoot, ReaderId, StatementHash};

/// Puts one or many versions of entries into a vault, with the grants that open them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Deposit {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// The policy it was made under; the genesis where there is none.
    #[n(1)]
    pub policy: StatementHash,
    /// What is deposited: 1 to 256 items, each of another entry.
    #[n(2)]
    pub items: Vec<DepositItem>,
    /// The grants that open it.
    #[n(3)]
    pub grants: GrantBatch,
}

impl Deposit {
    /// Most items under one statement.
    pub const MAX_ITEMS: usize = 256;
}

impl Body for Deposit {
    const KIND: Kind = Kind::Deposit;

    fn check(&self) -> Result<(), LimitError> {
        limits::count(self.items.len(), 1..=Self::MAX_ITEMS)?;
        limits::distinct(self.items.iter().map(|item| item.entry))?;
        self.items.iter().try_for_each(DepositItem::check)?;
        self.grants.check(0)?;
        limits::time(self.context.time)
    }
}

/// One version of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DepositItem {
    /// The entry.
    #[n(0)]
    pub entry: EntryId,
    /// 1, then one more each time.
    #[n(1)]
    pub version: u64,
    /// The statement that put the version before; absent for version 1.
    #[n(2)]
    pub predecessor: Option<StatementHash>,
    /// The class that the policy knows.
    #[n(3)]
    pub class: u16,
    /// BLAKE3 root of the payload's bytes.
    #[n(4)]
    pub payload: PayloadRoot,
    /// Length of the payload in bytes.
    #[n(5)]
    pub payload_len: u64,
    /// BLAKE3 of the sealed manifest.
    #[n(6)]
    pub manifest: Digest,
    /// Ties every header to one file key.
    #[n(7)]
    pub commitment: Commitment,
    /// Ties the deposit to the author's signature inside.
    #[n(8)]
    pub inner: InnerCommitment,
}

impl DepositItem {
    fn check(&self) -> Result<(), LimitError> {
        limits::number(self.version)?;
        let first = self.version == 1;
        if first == self.predecessor.is_none() { Ok(()) } else { Err(LimitError::Number) }
    }
}

/// Many grants under one signature: the RFC 6962 root over their leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct GrantBatch {
    /// Root over the leaves.
    #[n(0)]
    pub root: ByteArray<32>,
    /// Number of leaves, 0 to 1,000.
    #[n(1)]
    pub count: u32,
}

impl GrantBatch {
    /// Most grants under one signature.
    pub const MAX: usize = 1000;

    pub(super) fn check(&self, least: usize) -> Result<(), LimitError> {
        let count = usize::try_from(self.count).map_err(|_| LimitError::Count)?;
        limits::count(count, least..=Self::MAX)
    }
}

/// Replaces the manifest of a version. The payload, the file key and the author's part stay.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Describe {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// The entry.
    #[n(1)]
    pub entry: EntryId,
    /// Its version.
    #[n(2)]
    pub version: u64,
    /// The deposit or describe statement whose manifest it replaces.
    #[n(3)]
    pub replaces: StatementHash,
    /// BLAKE3 of the new sealed manifest.
    #[n(4)]
    pub manifest: Digest,
    /// The commitment to the author's signature: the deposit's own.
    #[n(5)]
    pub inner: InnerCommitment,
}

impl Body for Describe {
    const KIND: Kind = Kind::Describe;

    fn check(&self) -> Result<(), LimitError> {
        limits::number(self.version)?;
        limits::time(self.context.time)
    }
}

/// Gives versions to readers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// The policy it was made under; the genesis where there is none.
    #[n(1)]
    pub policy: StatementHash,
    /// The grants, at least one: all or nothing.
    #[n(2)]
    pub grants: GrantBatch,
}

impl Body for Grant {
    const KIND: Kind = Kind::Grant;

    fn check(&self) -> Result<(), LimitError> {
        self.grants.check(1)?;
        limits::time(self.context.time)
    }
}

/// Takes grants back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Revoke {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// What is taken from whom: 1 to 1,000.
    #[n(1)]
    pub revoked: Vec<Revoked>,
}

impl Body for Revoke {
    const KIND: Kind = Kind::Revoke;

    fn check(&self) -> Result<(), LimitError> {
        limits::count(self.revoked.len(), 1..=limits::MAX_LIST)?;
        limits::time(self.context.time)
    }
}

/// One reader loses one entry, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Revoked {
    /// The reader, in all its generations.
    #[n(0)]
    pub reader: ReaderId,
    /// The entry, in all its versions; absent for every entry of the vault.
    #[n(1)]
    pub entry: Option<EntryId>,
}

/// Asks for headers and manifests, or for payload bytes, and says so for the journal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Read {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// What is asked for.
    #[n(1)]
    pub mode: ReadMode,
    /// The entries, at most 1,000; none with [`ReadMode::List`] for all that the reader may list.
    #[n(2)]
    pub entries: Vec<EntryId>,
    /// The circle through which the actor reads; absent where the grants are its own.
    #[n(3)]
    pub via: Option<ReaderId>,
    /// Why, as a number of the vault's list of reasons.
    #[n(4)]
    pub reason: u8,
    /// The server's challenge: an old read cannot be replayed.
    #[n(5)]
    pub challenge: ByteArray<32>,
}

impl Body for Read {
    const KIND: Kind = Kind::Read;

    fn check(&self) -> Result<(), LimitError> {
        let least = usize::from(self.mode == ReadMode::Open);
        limits::count(self.entries.len(), least..=limits::MAX_LIST)?;
        limits::time(self.context.time)
    }
}

/// What a read releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ReadMode {
    /// Headers and manifests.
    #[n(0)]
    List,
    /// Payload bytes too.
    #[n(1)]
    Open,
}

/// Takes a first deposit of somebody new into the record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Accept {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// The deposit.
    #[n(1)]
    pub deposit: StatementHash,
    /// Its entries that are accepted; the others are deleted.
    #[n(2)]
    pub entries: Vec<EntryId>,
}

impl Body for Accept {
    const KIND: Kind = Kind::Accept;

    fn check(&self) -> Result<(), LimitError> {
        limits::count(self.entries.len(), 0..=Deposit::MAX_ITEMS)?;
        limits::time(self.context.time)
    }
}

/// Deletes entries: headers, manifests and payloads of all their versions.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Delete {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// The entries: 1 to 1,000.
    #[n(1)]
    pub entries: Vec<EntryId>,
}

impl Body for Delete {
    const KIND: Kind = Kind::Delete;

    fn check(&self) -> Result<(), LimitError> {
        limits::count(self.entries.len(), 1..=limits::MAX_LIST)?;
        limits::time(self.context.time)
    }
}
