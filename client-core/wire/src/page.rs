//! What a server tells beside entries: histories, places in the log, slots, readers, professionals.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use crate::id::{AccountId, SlotId, StatementHash, VaultId};
use crate::signature::VerifyingKey;
use crate::tree::{ConsistencyProof, InclusionProof};

/// Part of a history: of an account's line, of a vault's chain, or of everything that was stated in a vault.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HistoryPage {
    /// The salt of the history's log tags.
    #[n(0)]
    pub salt: ByteArray<32>,
    /// How many statements the history has now.
    #[n(1)]
    pub size: u64,
    /// Statements in their order: at most [`HistoryPage::MAX_PARTS`].
    #[n(2)]
    pub parts: Vec<HistoryPart>,
    /// The number to ask from for the next page; absent on the last.
    #[n(3)]
    pub next: Option<u64>,
}

impl HistoryPage {
    /// Most statements on a page.
    pub const MAX_PARTS: usize = 256;
}

/// One statement of a history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HistoryPart {
    /// Its number, from 1.
    #[n(0)]
    pub number: u64,
    /// Its hash: what the history's tree is made of.
    #[n(1)]
    pub hash: StatementHash,
    /// Its bytes; absent once they have been erased.
    #[n(2)]
    pub statement: Option<ByteVec>,
    /// Its receipt.
    #[n(3)]
    pub receipt: ByteVec,
    /// Whether it waits for the holder to accept it.
    #[n(4)]
    pub waiting: bool,
}

/// The proof of a statement's place in the log: see section 13.4 of the specification.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PlaceProof {
    /// The statement's number in its history.
    #[n(0)]
    pub number: u64,
    /// The root of the history at that size.
    #[n(1)]
    pub root: ByteArray<32>,
    /// The statement as the last leaf of the history of that size.
    #[n(2)]
    pub in_history: InclusionProof,
    /// The tag of the log leaf.
    #[n(3)]
    pub tag: ByteArray<32>,
    /// The index of the log leaf.
    #[n(4)]
    pub index: u64,
    /// The log leaf in the tree of the checkpoint.
    #[n(5)]
    pub in_log: InclusionProof,
    /// The signed checkpoint.
    #[n(6)]
    pub checkpoint: String,
}

/// What one state of a history has to do with another.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StateProof {
    /// The larger size.
    #[n(0)]
    pub size: u64,
    /// Its root.
    #[n(1)]
    pub root: ByteArray<32>,
    /// The proof from the smaller one; absent where that has no statement, or is the same.
    #[n(2)]
    pub consistency: Option<ConsistencyProof>,
}

/// A slot's sealed bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SlotPart {
    /// The slot.
    #[n(0)]
    pub slot: SlotId,
    /// What it holds.
    #[n(1)]
    pub sealed: ByteVec,
}

/// The slots of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SlotPage {
    /// All of them.
    #[n(0)]
    pub slots: Vec<SlotPart>,
}

/// How to log in with a slot: kept under a name that says nothing of whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LoginRecord {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// The key that signs the challenge.
    #[n(1)]
    pub key: VerifyingKey,
    /// For a password, what stretching costs.
    #[n(2)]
    pub cost: Option<LoginCost>,
}

/// What stretching a password costs (RFC 9106). Clients refuse what is under their floor or above their ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LoginCost {
    /// Memory in KiB.
    #[n(0)]
    pub memory_kib: u32,
    /// Passes.
    #[n(1)]
    pub passes: u32,
}

/// Vaults that an account holds or has something to read in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct VaultPage {
    /// At most [`VaultPage::MAX_VAULTS`].
    #[n(0)]
    pub vaults: Vec<VaultId>,
    /// What to ask after for the next page; absent on the last.
    #[n(1)]
    pub next: Option<VaultId>,
}

impl VaultPage {
    /// Most vaults on a page.
    pub const MAX_VAULTS: usize = 1000;
}

/// Who can read what, as the grants say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantPage {
    /// At most [`GrantPage::MAX_PARTS`].
    #[n(0)]
    pub parts: Vec<GrantedPart>,
    /// What to send as `after` for the next page; absent on the last.
    #[n(1)]
    pub next: Option<ByteVec>,
}

impl GrantPage {
    /// Most grants on a page.
    pub const MAX_PARTS: usize = 1000;
}

/// One live grant: its leaf, its path and the statement that made it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantedPart {
    /// The leaf.
    #[n(0)]
    pub leaf: ByteVec,
    /// Its path.
    #[n(1)]
    pub path: ByteVec,
    /// The deposit or grant statement.
    #[n(2)]
    pub statement: StatementHash,
}

/// Professionals, as their authorities attest them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryPage {
    /// At most [`DirectoryPage::MAX_PARTS`].
    #[n(0)]
    pub parts: Vec<AttestedPart>,
    /// Whether there are more than these: the search should say more.
    #[n(1)]
    pub more: bool,
}

impl DirectoryPage {
    /// Most professionals on a page.
    pub const MAX_PARTS: usize = 100;
}

/// One attestation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AttestedPart {
    /// The `attest` statement.
    #[n(0)]
    pub attest: ByteVec,
    /// Its number in the account's history.
    #[n(1)]
    pub number: u64,
    /// The `withdraw` statement that ended it.
    #[n(2)]
    pub withdraw: Option<ByteVec>,
}
