//! Statements of an account. They form one line: each names the one before.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::limits::{self, LimitError};
use super::{Body, Kind};
use crate::bundle::FirstBundle;
use crate::id::{AccountId, ActorId, Digest, SlotId, StatementHash};
use crate::signature::VerifyingKey;

/// Makes an account, whose id is the hash of the first bundle. The identity key in it signs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Account {
    /// The identity key and the first generation.
    #[n(0)]
    pub first: FirstBundle,
    /// Claimed time, in milliseconds since 1970.
    #[n(1)]
    pub time: u64,
}

impl Body for Account {
    const KIND: Kind = Kind::Account;

    fn check(&self) -> Result<(), LimitError> {
        limits::time(self.time)
    }
}

/// Certifies a device or cuts it off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Device {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Claimed time, in milliseconds since 1970.
    #[n(1)]
    pub time: u64,
    /// The account's newest statement.
    #[n(2)]
    pub previous: StatementHash,
    /// The device's signing key.
    #[n(3)]
    pub key: VerifyingKey,
    /// What happens to it.
    #[n(4)]
    pub change: DeviceChange,
}

impl Body for Device {
    const KIND: Kind = Kind::Device;

    fn check(&self) -> Result<(), LimitError> {
        limits::time(self.time)
    }
}

/// What happens to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DeviceChange {
    /// It may sign for the account. The identity key or a live device signs.
    #[n(0)]
    Certify,
    /// It may no longer. The identity key signs.
    #[n(1)]
    CutOff,
}

/// Adds or removes a slot: one more way to the root secret. The identity key signs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Slot {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Claimed time, in milliseconds since 1970.
    #[n(1)]
    pub time: u64,
    /// The account's newest statement.
    #[n(2)]
    pub previous: StatementHash,
    /// The slot.
    #[n(3)]
    pub slot: SlotId,
    /// How it holds the root.
    #[n(4)]
    pub kind: SlotKind,
    /// The version of the root that it holds.
    #[n(5)]
    pub root_version: u64,
    /// What happens to it.
    #[n(6)]
    pub change: SlotChange,
}

impl Body for Slot {
    const KIND: Kind = Kind::Slot;

    fn check(&self) -> Result<(), LimitError> {
        limits::time(self.time)
    }
}

/// How a slot holds the root secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SlotKind {
    /// A stock age file under a passphrase.
    #[n(0)]
    Passphrase,
    /// Printed words and a QR code.
    #[n(1)]
    Kit,
    /// k of n contacts.
    #[n(2)]
    Contacts,
    /// The PRF of a passkey (WebAuthn level 3).
    #[n(3)]
    Passkey,
    /// A password with the second secret.
    #[n(4)]
    Password,
}

/// What happens to a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum SlotChange {
    /// It now holds these sealed bytes.
    #[n(0)]
    Put(#[n(0)] Digest),
    /// It is gone.
    #[n(1)]
    Removed,
}

/// Says beforehand who may announce a new root where the old one is lost. The identity key signs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recovery {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Claimed time, in milliseconds since 1970.
    #[n(1)]
    pub time: u64,
    /// The account's newest statement.
    #[n(2)]
    pub previous: StatementHash,
    /// The rule.
    #[n(3)]
    pub rule: RecoveryRule,
    /// Hours between the announcement and its effect, in which a live device may cancel it.
    #[n(4)]
    pub delay_hours: u32,
}

impl Body for Recovery {
    const KIND: Kind = Kind::Recovery;

    fn check(&self) -> Result<(), LimitError> {
        if let RecoveryRule::Contacts(needed, contacts) = &self.rule {
            limits::count(contacts.len(), 1..=RecoveryRule::MAX_CONTACTS)?;
            limits::count(usize::from(*needed), 1..=contacts.len())?;
            limits::distinct(contacts.iter().map(|contact| *contact.commitment))?;
        }
        limits::time(self.time)
    }
}

/// Who may announce a new root.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum RecoveryRule {
    /// Nobody.
    #[n(0)]
    Nobody,
    /// This many of these contacts: 1 to 16 different ones.
    #[n(1)]
    Contacts(#[n(0)] u8, #[n(1)] Vec<Contact>),
    /// An authority.
    #[n(2)]
    Authority(#[n(0)] ActorId),
}

impl RecoveryRule {
    /// Most contacts of a rule.
    pub const MAX_CONTACTS: usize = 16;
}

/// A contact, named without the server learning who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Contact {
    /// SHA-256 over a salt and the contact's account id.
    #[n(0)]
    pub commitment: ByteArray<32>,
}

/// Announces a new root, hence a new identity key. The old identity key signs, or the recovery rule's people do.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewRoot {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Claimed time, in milliseconds since 1970.
    #[n(1)]
    pub time: u64,
    /// The account's newest statement.
    #[n(2)]
    pub previous: StatementHash,
    /// The new identity key.
    #[n(3)]
    pub identity: VerifyingKey,
    /// One more than the root version before.
    #[n(4)]
    pub root_version: u64,
}

impl Body for NewRoot {
    const KIND: Kind = Kind::Root;

    fn check(&self) -> Result<(), LimitError> {
        limits::time(self.time)
    }
}
