//! Accounts: who has keys. A verified account comes out of its own line of statements, which begins with its id.
//!
//! The id is the hash of the first bundle, so the first statement needs no other witness. Each later one names the one
//! before and is signed by the identity key, save a device's certificate, which a live device may sign too (pairing).

mod accounts;
mod create;
mod error;
mod follow;
pub mod keyring;
pub mod pairing;
pub mod pairing_code;
pub mod slot;

pub use accounts::Accounts;
pub use create::{NewAccount, Owner};
pub use error::AccountError;
pub use keyring::Keyring;

use std::collections::BTreeMap;

use carnet_wire::bundle::Bundle;
use carnet_wire::grant_leaf::Via;
use carnet_wire::id::{AccountId, ActorId, Digest, KeyId, ReaderId, SlotId, StatementHash};
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{self, Account, Body, Kind, RecoveryRule, SlotKind, Statement, Verified};

use crate::hybrid::HybridRecipient;
use crate::position::{LogPosition, Signed};
use crate::reader::VerifiedReader;

/// An account whose line of statements has been verified from the first.
#[derive(Debug, Clone)]
pub struct VerifiedAccount {
    id: AccountId,
    origin: Origin,
    identity: VerifyingKey,
    past_identities: Vec<VerifyingKey>,
    root_version: u64,
    generations: Vec<Generation>,
    devices: BTreeMap<KeyId, DeviceRecord>,
    slots: BTreeMap<SlotId, SlotRecord>,
    recovery: Option<RecoveryRule>,
    line: Vec<StatementHash>,
}

impl VerifiedAccount {
    /// Verifies a whole line: `statements` in order, the first making the account of this id.
    ///
    /// # Errors
    /// [`AccountError`] at the first statement that does not follow.
    pub fn from_chain<'a>(
        id: &AccountId,
        statements: impl IntoIterator<Item = &'a Signed>,
    ) -> Result<Self, AccountError> {
        let mut statements = statements.into_iter();
        let first = Self::begin(id, &statements.next().ok_or(AccountError::Empty)?.bytes)?;
        statements.try_fold(first, |account, next| account.follow(&next.bytes, next.position.clone()))
    }

    /// Verifies the statement that makes an account of this id.
    ///
    /// # Errors
    /// [`AccountError::OtherAccount`] where the keys hash to another id, or a statement error.
    pub fn begin(id: &AccountId, bytes: &[u8]) -> Result<Self, AccountError> {
        let statement = Statement::<Account>::parse(bytes)?;
        let identity = statement.claimed().first.identity;
        let statement = statement.verify(&identity)?;
        let first = &statement.body().first;
        if first.account_id() != *id {
            return Err(AccountError::OtherAccount);
        }
        Ok(Self {
            id: *id,
            origin: statement.header().origin.clone(),
            identity,
            past_identities: Vec::new(),
            root_version: 1,
            generations: vec![Generation::new(1, &first.generation)?],
            devices: BTreeMap::new(),
            slots: BTreeMap::new(),
            recovery: None,
            line: vec![statement.hash()],
        })
    }

    /// Verifies the next statement of the line. `position` is its proven place in the log, where known: without it, what a
    /// device signed before it was cut off cannot be told from what it signed after.
    ///
    /// # Errors
    /// [`AccountError`]; nothing of the statement is kept then.
    pub fn follow(self, bytes: &[u8], position: Option<LogPosition>) -> Result<Self, AccountError> {
        match statement::kind_of(bytes)? {
            Kind::Device => self.follow_device(bytes, position),
            Kind::Key => self.follow_key(bytes),
            Kind::Recovery => self.follow_recovery(bytes),
            Kind::Root => self.follow_root(bytes),
            Kind::Slot => self.follow_slot(bytes),
            kind => Err(AccountError::NotOfAnAccount(kind)),
        }
    }

    /// The account's id.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// The account's name in statements: today its own id.
    #[must_use]
    pub fn actor(&self) -> ActorId {
        ActorId::from_bytes(*self.id.as_bytes())
    }

    /// The log under which its statements count.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The hash of its newest statement.
    #[must_use]
    pub fn head(&self) -> StatementHash {
        // A line begins with the statement that makes the account, so there is always one.
        self.line.last().copied().unwrap_or(StatementHash::from_bytes([0; 32]))
    }

    /// Whether this state goes on from an older one, or is the same.
    #[must_use]
    pub fn extends(&self, older: &Self) -> bool {
        self.id == older.id && self.line.starts_with(&older.line)
    }

    /// Verifies bytes, which are no statement, under the identity key of now or of before: what a holder agreed to stays agreed.
    pub(crate) fn verify_consent(&self, labelled: &[u8], signature: &[u8; 64]) -> bool {
        let mut keys = core::iter::once(&self.identity).chain(&self.past_identities);
        keys.any(|key| key.verify(labelled, signature).is_ok())
    }

    /// The key that certifies its generations and devices.
    #[must_use]
    pub fn identity(&self) -> &VerifyingKey {
        &self.identity
    }

    /// The version of its root secret: 1, then one more for each new root.
    #[must_use]
    pub fn root_version(&self) -> u64 {
        self.root_version
    }

    /// Its newest generation, to wrap to.
    #[must_use]
    pub fn reader(&self) -> Option<VerifiedReader> {
        let id = ReaderId::from_bytes(*self.id.as_bytes());
        self.generations
            .last()
            .map(|last| VerifiedReader::new(id, last.number, Via::Account, last.recipient.clone()))
    }

    /// The number of its newest generation.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generations.last().map_or(0, |last| last.number)
    }

    /// What verifies signatures of one generation, old ones included.
    #[must_use]
    pub fn signing(&self, generation: u64) -> Option<&VerifyingKey> {
        self.generations.iter().find(|known| known.number == generation).map(|known| known.bundle.signing())
    }

    /// Its slots that are in use.
    pub fn slots(&self) -> impl Iterator<Item = (&SlotId, &SlotRecord)> {
        self.slots.iter()
    }

    /// Its recovery rule.
    #[must_use]
    pub fn recovery(&self) -> Option<&RecoveryRule> {
        self.recovery.as_ref()
    }

    /// Its devices, cut off ones included.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceRecord> {
        self.devices.values()
    }

    /// Verifies a statement signed by one of its devices, which must be live, or have been so at `position`.
    ///
    /// # Errors
    /// [`AccountError::UnknownDevice`], [`AccountError::CutOff`] or a statement error.
    pub fn verify<B: Body>(
        &self,
        statement: Statement<B>,
        position: Option<LogPosition>,
    ) -> Result<Verified<B>, AccountError> {
        let device = self.devices.get(&statement.header().key_id).ok_or(AccountError::UnknownDevice)?;
        let position = position.filter(|position| position.is_of(&statement.hash()));
        match (&device.cut_off, position) {
            (CutOff::No, _) => {}
            (CutOff::At(cut), Some(position)) if position.is_before(cut) => {}
            (CutOff::At(_) | CutOff::Sometime, _) => return Err(AccountError::CutOff),
        }
        Ok(statement.verify(&device.key)?)
    }
}

/// A device, as its account's line tells.
#[derive(Debug, Clone)]
pub struct DeviceRecord {
    key: VerifyingKey,
    since: u64,
    cut_off: CutOff,
}

impl DeviceRecord {
    /// Its signing key.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The claimed moment of its certificate, in milliseconds since 1970.
    #[must_use]
    pub fn since(&self) -> u64 {
        self.since
    }

    /// Whether it may sign now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.cut_off, CutOff::No)
    }
}

/// A slot, as its account's line tells.
#[derive(Debug, Clone, Copy)]
pub struct SlotRecord {
    /// How it holds the root.
    pub kind: SlotKind,
    /// Which root.
    pub root_version: u64,
    /// BLAKE3 of its sealed bytes.
    pub digest: Digest,
}

/// One generation of keys, checked to be usable.
#[derive(Debug, Clone)]
struct Generation {
    number: u64,
    bundle: Bundle,
    recipient: HybridRecipient,
}

impl Generation {
    fn new(number: u64, bundle: &Bundle) -> Result<Self, AccountError> {
        let recipient =
            HybridRecipient::from_bytes(bundle.recipient().as_bytes()).map_err(|_| AccountError::Keys)?;
        Ok(Self { number, bundle: bundle.clone(), recipient })
    }
}

/// Whether a device has been cut off, and where in the log.
#[derive(Debug, Clone)]
enum CutOff {
    No,
    At(LogPosition),
    Sometime,
}
