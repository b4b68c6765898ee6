//! The rows: what this client is, whom and which vaults it knows, and what its lists show.

use carnet_core::authored::{About, Code, Related, Series, Sort};
use carnet_core::wire::id::{
    AccountId, ActorId, EntryId, PayloadRoot, ReaderId, SlotId, StatementHash, VaultId,
};
use carnet_core::wire::statement::{Pin, Practitioner, SlotKind};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

/// What this client is.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Profile {
    /// The server's address.
    #[n(0)]
    pub server: String,
    /// A file of certificates to believe instead of the public ones.
    #[n(1)]
    pub certificates: Option<String>,
    /// The origin of the server's log.
    #[n(2)]
    pub origin: String,
    /// The key of the server's log, as it was first seen or given.
    #[n(3)]
    pub log_key: ByteArray<32>,
    /// The account.
    #[n(4)]
    pub account: AccountId,
    /// What its person is called, here and on what they show.
    #[n(5)]
    pub name: String,
    /// The authorities whose word counts: name and key.
    #[n(6)]
    pub authorities: Vec<(String, ByteArray<32>)>,
    /// The vault that is its person's own.
    #[n(7)]
    pub vault: Option<VaultId>,
    /// The ways back that were made here.
    #[n(8)]
    pub ways: Vec<WayRow>,
    /// The newest pinned state of the account's own history.
    #[n(9)]
    pub pin: Option<Pin>,
    /// When the last rehearsal of a loss was made, in milliseconds since 1970.
    #[n(10)]
    pub drilled: Option<u64>,
}

/// A way back into the account.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct WayRow {
    /// Its slot; none for a second device.
    #[n(0)]
    pub slot: Option<SlotId>,
    /// Its kind; none for a second device.
    #[n(1)]
    pub kind: Option<SlotKind>,
    /// When it was made, in milliseconds since 1970.
    #[n(2)]
    pub made: u64,
    /// When it was last shown to work, in milliseconds since 1970.
    #[n(3)]
    pub proven: Option<u64>,
    /// The name of its login record, so that it can be removed with the slot.
    #[n(4)]
    pub login: Option<ActorId>,
    /// For a second device, its key.
    #[n(5)]
    pub device: Option<ByteArray<32>>,
}

/// An account's line, as it was verified.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub struct AccountRow {
    /// Its statements, in order.
    #[n(0)]
    pub statements: Vec<ByteVec>,
    /// The number of the newest one in the account's history.
    #[n(1)]
    pub number: u64,
    /// Proofs of places in the log, where some were needed.
    #[n(2)]
    pub places: Vec<ByteVec>,
}

/// A vault, as this client knows it.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub struct VaultRow {
    /// The statements of its chain, in order.
    #[n(0)]
    pub statements: Vec<ByteVec>,
    /// The number of the newest one in the vault's history.
    #[n(1)]
    pub number: u64,
    /// Proofs of places in the log, where some were needed.
    #[n(2)]
    pub places: Vec<ByteVec>,
    /// The newest pinned state.
    #[n(3)]
    pub pin: Option<Pin>,
    /// How many statements of its history were read, by who reads all of them.
    #[n(4)]
    pub size: u64,
    /// The peaks of that history's tree.
    #[n(5)]
    pub peaks: Vec<ByteArray<32>>,
    /// When this client last opened it for a reader, in milliseconds since 1970.
    #[n(6)]
    pub visited: Option<u64>,
}

/// What somebody could read who no longer may, and is still sealed under the keys of then.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UnsealedRow {
    /// The vault.
    #[n(0)]
    pub vault: VaultId,
    /// Who could read.
    #[n(1)]
    pub reader: ReaderId,
    /// What.
    #[n(2)]
    pub versions: Vec<OldVersion>,
}

/// The version of an entry that was the newest when it was taken back from somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OldVersion {
    /// The entry.
    #[n(0)]
    pub entry: EntryId,
    /// The version.
    #[n(1)]
    pub version: u64,
}

/// What a list shows of an entry's newest version.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct CatalogueRow {
    /// The vault.
    #[n(0)]
    pub vault: VaultId,
    /// The entry.
    #[n(1)]
    pub entry: EntryId,
    /// Its version.
    #[n(2)]
    pub version: u64,
    /// What sort of item.
    #[n(3)]
    pub sort: Sort,
    /// The author's title.
    #[n(4)]
    pub title: String,
    /// When what it tells of happened, in milliseconds since 1970.
    #[n(5)]
    pub dates: Vec<i64>,
    /// Codes: type, speciality, confidentiality.
    #[n(6)]
    pub codes: Vec<Code>,
    /// Media type.
    #[n(7)]
    pub media_type: String,
    /// The content's length in bytes.
    #[n(8)]
    pub len: u64,
    /// BLAKE3 of the content.
    #[n(9)]
    pub content: ByteArray<32>,
    /// The account that signed the content.
    #[n(10)]
    pub author: ActorId,
    /// Who the content says wrote it.
    #[n(11)]
    pub written_by: Option<String>,
    /// The content's own identifier.
    #[n(12)]
    pub identifier: Option<String>,
    /// Who deposited it.
    #[n(13)]
    pub depositor: ActorId,
    /// The deposit statement.
    #[n(14)]
    pub deposit: StatementHash,
    /// When the server accepted it, in milliseconds since 1970, where a receipt of it was seen.
    #[n(15)]
    pub accepted: Option<u64>,
    /// Whether the holder has still to accept it.
    #[n(16)]
    pub waiting: bool,
    /// The payload.
    #[n(17)]
    pub payload: PayloadRoot,
    /// Its class.
    #[n(18)]
    pub class: u16,
    /// The holder's own name for it.
    #[n(19)]
    pub name: Option<String>,
    /// The holder's labels.
    #[n(20)]
    pub labels: Vec<String>,
    /// The holder's note.
    #[n(21)]
    pub note: Option<String>,
    /// Whether its text is in the index.
    #[n(22)]
    pub indexed: bool,
    /// Whether it was written elsewhere and copied here.
    #[n(23)]
    pub copy: bool,
    /// The dates as the document says them.
    #[n(24)]
    pub moments: Option<Vec<String>>,
    /// What the file was called.
    #[n(25)]
    pub file: Option<String>,
    /// Which set of versions it belongs to.
    #[n(26)]
    pub series: Option<Series>,
    /// Which documents it replaces, adds to or was made from.
    #[n(27)]
    pub related: Option<Vec<Related>>,
    /// What type it may be, where nobody has said.
    #[n(28)]
    pub guess: Option<Code>,
    /// What the file itself calls its type.
    #[n(29)]
    pub display: Option<String>,
    /// Whom the document names as its patient.
    #[n(30)]
    pub about: Option<About>,
}

/// A sealed version whose payload is spooled and whose deposit has not been accepted yet.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct DraftRow {
    /// The sealed version.
    #[n(0)]
    pub sealed: ByteVec,
    /// BLAKE3 of the content that was sealed.
    #[n(1)]
    pub content: ByteArray<32>,
    /// The entry.
    #[n(2)]
    pub entry: EntryId,
    /// The vault.
    #[n(3)]
    pub vault: VaultId,
}

/// Somebody that this client knows.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct PersonRow {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// What they are called here.
    #[n(1)]
    pub name: String,
    /// Their vault, for a patient whose card was given.
    #[n(2)]
    pub vault: Option<VaultId>,
    /// The generation of their keys that was last seen.
    #[n(3)]
    pub generation: u64,
    /// SHA-256 of that generation's bundle.
    #[n(4)]
    pub bundle: ByteArray<32>,
    /// What an authority said, when it was last verified.
    #[n(5)]
    pub attested: Option<AttestedRow>,
}

/// What an authority said of somebody, when it was last verified.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct AttestedRow {
    /// Who it is.
    #[n(0)]
    pub practitioner: Practitioner,
    /// When it ends, in milliseconds since 1970.
    #[n(1)]
    pub expires: u64,
}

/// The key of an entry's rows.
#[must_use]
pub fn entry_key(vault: &VaultId, entry: &EntryId) -> Vec<u8> {
    [vault.as_bytes().as_slice(), entry.as_bytes()].concat()
}
