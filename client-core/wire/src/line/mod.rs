//! Lines: the statements of an account, each naming the one before. Who has keys comes out of one that has been verified.
//!
//! The id is the hash of the first bundle, so the first statement needs no other witness. Each later one names the one
//! before and is signed by the identity key, save a device's certificate, which a live device may sign too (pairing).
//!
//! The rules are the same for a server and a client.

mod error;
mod follow;
mod lines;

pub use error::LineError;
pub use lines::{Accepted, Lines, Resolve};

use std::collections::BTreeMap;

use crate::bundle::Bundle;
use crate::id::{AccountId, ActorId, Digest, KeyId, SlotId, StatementHash};
use crate::origin::Origin;
use crate::position::{LogPosition, Signed};
use crate::signature::VerifyingKey;
use crate::statement::{self, Account, Body, Kind, RecoveryRule, SlotKind, Statement, Verified};

/// An account's line of statements, verified from the first.
#[derive(Debug, Clone)]
pub struct Line {
    id: AccountId,
    origin: Origin,
    identity: VerifyingKey,
    past_identities: Vec<VerifyingKey>,
    root_version: u64,
    generations: Vec<Generation>,
    devices: BTreeMap<KeyId, DeviceRecord>,
    slots: BTreeMap<SlotId, SlotRecord>,
    recovery: Option<RecoveryRule>,
    statements: Vec<StatementHash>,
}

impl Line {
    /// Verifies a whole line: `statements` in order, the first making the account of this id.
    ///
    /// # Errors
    /// [`LineError`] at the first statement that does not follow.
    pub fn from_statements<'a>(
        id: &AccountId,
        statements: impl IntoIterator<Item = &'a Signed>,
    ) -> Result<Self, LineError> {
        let mut statements = statements.into_iter();
        let first = Self::begin(id, &statements.next().ok_or(LineError::Empty)?.bytes)?;
        statements.try_fold(first, |line, next| line.follow(&next.bytes, next.position.clone()))
    }

    /// Verifies the statement that makes an account of this id.
    ///
    /// # Errors
    /// [`LineError::OtherAccount`] where the keys hash to another id, [`LineError::Keys`] where nothing can be wrapped to them, or a
    /// statement error.
    pub fn begin(id: &AccountId, bytes: &[u8]) -> Result<Self, LineError> {
        let statement = Statement::<Account>::parse(bytes)?;
        let identity = statement.claimed().first.identity;
        let statement = statement.verify(&identity)?;
        let first = &statement.body().first;
        if first.account_id() != *id {
            return Err(LineError::OtherAccount);
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
            statements: vec![statement.hash()],
        })
    }

    /// Verifies the next statement of the line. `position` is its proven place in the log, where known: without it, what a
    /// device signed before it was cut off cannot be told from what it signed after.
    ///
    /// # Errors
    /// [`LineError`]; nothing of the statement is kept then.
    pub fn follow(self, bytes: &[u8], position: Option<LogPosition>) -> Result<Self, LineError> {
        match statement::kind_of(bytes)? {
            Kind::Device => self.follow_device(bytes, position),
            Kind::Key => self.follow_key(bytes),
            Kind::Recovery => self.follow_recovery(bytes),
            Kind::Root => self.follow_root(bytes),
            Kind::Slot => self.follow_slot(bytes),
            kind => Err(LineError::NotOfAnAccount(kind)),
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
        self.statements.last().copied().unwrap_or(StatementHash::from_bytes([0; 32]))
    }

    /// The number of its statements, at least 1.
    #[must_use]
    pub fn length(&self) -> usize {
        self.statements.len()
    }

    /// Whether this state goes on from an older one, or is the same.
    #[must_use]
    pub fn extends(&self, older: &Self) -> bool {
        self.id == older.id && self.statements.starts_with(&older.statements)
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

    /// The number of its newest generation.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generations.last().map_or(0, |last| last.number)
    }

    /// The public keys of one generation, old ones included.
    #[must_use]
    pub fn bundle(&self, generation: u64) -> Option<&Bundle> {
        self.find(generation).map(|known| &known.bundle)
    }

    /// The id of the recipient of one generation, old ones included.
    #[must_use]
    pub fn key_id(&self, generation: u64) -> Option<KeyId> {
        self.find(generation).map(|known| known.key_id)
    }

    /// What verifies signatures of one generation, old ones included.
    #[must_use]
    pub fn signing(&self, generation: u64) -> Option<&VerifyingKey> {
        self.bundle(generation).map(Bundle::signing)
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

    /// The device whose signing key has this id, cut off or not.
    #[must_use]
    pub fn device(&self, key: &KeyId) -> Option<&DeviceRecord> {
        self.devices.get(key)
    }

    /// Verifies a statement signed by one of its devices, which must be live, or have been so at `position`.
    ///
    /// # Errors
    /// [`LineError::UnknownDevice`], [`LineError::CutOff`] or a statement error.
    pub fn verify<B: Body>(
        &self,
        statement: Statement<B>,
        position: Option<LogPosition>,
    ) -> Result<Verified<B>, LineError> {
        let device = self.devices.get(&statement.header().key_id).ok_or(LineError::UnknownDevice)?;
        let position = position.filter(|position| position.is_of(&statement.hash()));
        match (&device.cut_off, position) {
            (CutOff::No, _) => {}
            (CutOff::At(cut), Some(position)) if position.is_before(cut) => {}
            (CutOff::At(_) | CutOff::Sometime, _) => return Err(LineError::CutOff),
        }
        Ok(statement.verify(&device.key)?)
    }

    /// Verifies a statement that was accepted while the device that signed it was live, whatever became of the device.
    fn verify_accepted<B: Body>(&self, statement: Statement<B>) -> Result<Verified<B>, LineError> {
        let device = self.devices.get(&statement.header().key_id).ok_or(LineError::UnknownDevice)?;
        Ok(statement.verify(&device.key)?)
    }

    /// Verifies bytes, which are no statement, under the identity key of now or of before: what a holder agreed to stays agreed.
    #[must_use]
    pub fn verify_consent(&self, labelled: &[u8], signature: &[u8; 64]) -> bool {
        let mut keys = core::iter::once(&self.identity).chain(&self.past_identities);
        keys.any(|key| key.verify(labelled, signature).is_ok())
    }

    fn find(&self, generation: u64) -> Option<&Generation> {
        self.generations.iter().find(|known| known.number == generation)
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

/// One generation of keys.
#[derive(Debug, Clone)]
struct Generation {
    number: u64,
    key_id: KeyId,
    bundle: Bundle,
}

impl Generation {
    fn new(number: u64, bundle: &Bundle) -> Result<Self, LineError> {
        let key_id = bundle.recipient().is_usable().then(|| bundle.recipient().key_id());
        Ok(Self { number, key_id: key_id.ok_or(LineError::Keys)?, bundle: bundle.clone() })
    }
}

/// Whether a device has been cut off, and where in the log.
#[derive(Debug, Clone)]
enum CutOff {
    No,
    At(LogPosition),
    Sometime,
}
