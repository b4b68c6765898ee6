//! Statements that make a vault and rule it: all chain back to its genesis.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::limits::{self, LimitError};
use super::{Body, Context, GrantBatch, Kind, Pin};
use crate::bundle::Bundle;
use crate::id::{AccountId, ActorId, EntryId, ReaderId, StatementHash};

/// Who holds a vault at its genesis.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Holder {
    /// An account.
    #[n(0)]
    Account(#[n(0)] AccountId),
    /// The reader derived from a letter's secret, until the vault is activated.
    #[n(1)]
    Letter(#[n(0)] Bundle),
}

/// Makes a vault. The vault's id is the hash of this statement.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Genesis {
    /// Its first holder; a device of that account, or the letter, signs.
    #[n(0)]
    pub holder: Holder,
    /// The first generation of the vault's own reader.
    #[n(1)]
    pub reader: Bundle,
    /// The key entry whose content is the vault's secret.
    #[n(2)]
    pub key_entry: EntryId,
    /// Random: two vaults of one holder have two ids.
    #[n(3)]
    pub salt: ByteArray<32>,
    /// Claimed time, in milliseconds since 1970.
    #[n(4)]
    pub time: u64,
}

impl Body for Genesis {
    const KIND: Kind = Kind::Genesis;

    fn check(&self) -> Result<(), LimitError> {
        limits::time(self.time)
    }
}

/// The holder's rules of a vault.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Policy {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// 1 for the first policy, then one more each time.
    #[n(1)]
    pub number: u64,
    /// The policy it replaces; for the first, the genesis.
    #[n(2)]
    pub replaces: StatementHash,
    /// Which circles each class of deposit is wrapped to, besides the vault itself: at most 64 different classes.
    #[n(3)]
    pub classes: Vec<PolicyClass>,
    /// Who may deposit without having been named.
    #[n(4)]
    pub standing: Standing,
    /// Who may deposit in any case. Each list of actors has at most 1,000 different ones.
    #[n(5)]
    pub depositors: Vec<ActorId>,
    /// Who may grant and revoke for the holder.
    #[n(6)]
    pub delegates: Vec<ActorId>,
    /// Who may do nothing.
    #[n(7)]
    pub blocked: Vec<ActorId>,
}

impl Policy {
    /// Most classes.
    pub const MAX_CLASSES: usize = 64;
}

impl Body for Policy {
    const KIND: Kind = Kind::Policy;

    fn check(&self) -> Result<(), LimitError> {
        limits::number(self.number)?;
        limits::count(self.classes.len(), 0..=Self::MAX_CLASSES)?;
        limits::distinct(self.classes.iter().map(|class| class.class))?;
        self.classes.iter().try_for_each(PolicyClass::check)?;
        for actors in [&self.depositors, &self.delegates, &self.blocked] {
            limits::count(actors.len(), 0..=limits::MAX_LIST)?;
            limits::distinct(actors.iter())?;
        }
        limits::time(self.context.time)
    }
}

/// One class of deposits. Its number means nothing to the server: its name is sealed in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PolicyClass {
    /// The class.
    #[n(0)]
    pub class: u16,
    /// The circles, each at one generation: at most 64 different ones.
    #[n(1)]
    pub circles: Vec<CircleAt>,
}

impl PolicyClass {
    /// Most circles of a class.
    pub const MAX_CIRCLES: usize = 64;

    fn check(&self) -> Result<(), LimitError> {
        limits::count(self.circles.len(), 0..=Self::MAX_CIRCLES)?;
        limits::distinct(self.circles.iter().map(|at| at.circle))
    }
}

/// A circle at one generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CircleAt {
    /// The circle.
    #[n(0)]
    pub circle: ReaderId,
    /// Its generation.
    #[n(1)]
    pub generation: u64,
}

/// Who may deposit without having been named in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Standing {
    /// Any attested professional; a first deposit waits for acceptance.
    #[n(0)]
    Attested,
    /// Nobody.
    #[n(1)]
    Nobody,
}

/// A new generation of an account's or a vault's keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Key {
    /// The account or the vault.
    #[n(0)]
    pub reader: ReaderId,
    /// Who acts.
    #[n(1)]
    pub actor: ActorId,
    /// Claimed time, in milliseconds since 1970.
    #[n(2)]
    pub time: u64,
    /// The newest state of the vault's history; absent for an account.
    #[n(3)]
    pub pin: Option<Pin>,
    /// One more than the generation before.
    #[n(4)]
    pub generation: u64,
    /// The new keys.
    #[n(5)]
    pub bundle: Bundle,
    /// For a vault, the genesis or key statement before; for an account, its newest statement.
    #[n(6)]
    pub replaces: StatementHash,
    /// For a vault, the version of its key entry that holds all its secrets, newest first.
    #[n(7)]
    pub key_entry: Option<KeyEntry>,
}

impl Body for Key {
    const KIND: Kind = Kind::Key;

    fn check(&self) -> Result<(), LimitError> {
        limits::number(self.generation)?;
        limits::time(self.time)
    }
}

/// The entry whose content is the secret of a vault or a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KeyEntry {
    /// The entry.
    #[n(0)]
    pub entry: EntryId,
    /// Its version.
    #[n(1)]
    pub version: u64,
}

/// Makes a circle, or its next generation. A circle's id is the hash of its first such statement.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Circle {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// The circle; absent in the statement that makes it.
    #[n(1)]
    pub circle: Option<ReaderId>,
    /// 1, then one more each time.
    #[n(2)]
    pub generation: u64,
    /// The keys of this generation.
    #[n(3)]
    pub bundle: Bundle,
    /// The version of its key entry that holds all its secrets, newest first.
    #[n(4)]
    pub key_entry: KeyEntry,
    /// The circle statement before; absent in the first.
    #[n(5)]
    pub replaces: Option<StatementHash>,
}

impl Body for Circle {
    const KIND: Kind = Kind::Circle;

    fn check(&self) -> Result<(), LimitError> {
        limits::number(self.generation)?;
        limits::number(self.key_entry.version)?;
        limits::time(self.context.time)
    }
}

/// Gives a vault that was opened by letter to the account of its holder, and ends the letter's rights.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Activate {
    /// Where, who, when. The letter's key signs.
    #[n(0)]
    pub context: Context,
    /// The new holder.
    #[n(1)]
    pub account: AccountId,
    /// The second generation of the vault's reader.
    #[n(2)]
    pub bundle: Bundle,
    /// The version of the key entry that holds both secrets.
    #[n(3)]
    pub key_entry: KeyEntry,
    /// SHA-256 of the second factor's evidence, which is not in the letter.
    #[n(4)]
    pub factor: ByteArray<32>,
    /// What was deposited before, granted to the new generation.
    #[n(5)]
    pub grants: GrantBatch,
    /// Ed25519 by the account's identity key over `"carnet/v1/activate" || SHA-256(this body with 64 zero bytes here)`.
    #[n(6)]
    pub consent: ByteArray<64>,
}

impl Body for Activate {
    const KIND: Kind = Kind::Activate;

    fn check(&self) -> Result<(), LimitError> {
        limits::number(self.key_entry.version)?;
        self.grants.check(0)?;
        limits::time(self.context.time)
    }
}

/// Closes a vault: nothing is deposited or granted any more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Close {
    /// Where, who, when.
    #[n(0)]
    pub context: Context,
    /// The policy in force; the genesis where there is none.
    #[n(1)]
    pub replaces: StatementHash,
}

impl Body for Close {
    const KIND: Kind = Kind::Close;

    fn check(&self) -> Result<(), LimitError> {
        limits::time(self.context.time)
    }
}

impl KeyEntry {
    /// The next version of the same entry.
    #[must_use]
    pub fn next(self) -> Self {
        Self { entry: self.entry, version: self.version.saturating_add(1) }
    }

    /// Whether `other` is the next version of the same entry.
    #[must_use]
    pub fn is_followed_by(&self, other: &Self) -> bool {
        self.entry == other.entry && self.version.checked_add(1) == Some(other.version)
    }
}
