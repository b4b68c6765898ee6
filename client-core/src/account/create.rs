//! Making an account, and acting as its owner: the one who has the root in hand, from a slot.

use carnet_wire::bundle::{Bundle, FirstBundle};
use carnet_wire::id::{AccountId, Digest, ReaderId, SlotId};
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{
    Account, Activate, Device, DeviceChange, Key, NewRoot, Recovery, RecoveryRule, Slot, SlotChange,
    SlotKind, Statement,
};

use super::VerifiedAccount;
use super::keyring::Keyring;
use crate::derive::derive_identity_seed;
use crate::reader::ReaderKeys;
use crate::secret::RootSecret;
use crate::signer::{DeviceKey, IdentityKey, SignError};
use crate::vault::activation_consent;

/// A fresh account, not yet known to any server.
#[derive(Debug)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Who holds its root.
    pub owner: Owner,
    /// Its secrets of the first generation.
    pub keyring: Keyring,
    /// The statement that makes it.
    pub statement: Statement<Account>,
}

impl NewAccount {
    /// Draws a root and a first generation, and signs the account's first statement at `now` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`SignError`].
    pub fn make(origin: &Origin, now: u64) -> Result<Self, SignError> {
        let owner = Owner::new(RootSecret::make()?);
        let generation = ReaderKeys::make()?;
        let first = FirstBundle { identity: owner.identity(), generation: generation.bundle() };
        let id = first.account_id();
        let statement = owner.identity.sign(origin, Account { first, time: now })?;
        Ok(Self { id, owner, keyring: Keyring::new(generation), statement })
    }
}

/// Whoever has the root in hand. Dropping it wipes the root; devices work without.
pub struct Owner {
    root: RootSecret,
    identity: IdentityKey,
}

impl Owner {
    /// The owner of a root that came out of a slot.
    #[must_use]
    pub fn new(root: RootSecret) -> Self {
        let identity = IdentityKey::from_seed(&derive_identity_seed(&root));
        Self { root, identity }
    }

    /// The public identity key, to compare with the account's.
    #[must_use]
    pub fn identity(&self) -> VerifyingKey {
        self.identity.verifying_key()
    }

    /// The root, to seal it into one more slot.
    #[must_use]
    pub fn root(&self) -> &RootSecret {
        &self.root
    }

    /// Certifies a device.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn certify(
        &self,
        account: &VerifiedAccount,
        device: &VerifyingKey,
        now: u64,
    ) -> Result<Statement<Device>, SignError> {
        self.identity.sign(account.origin(), device_body(account, device, DeviceChange::Certify, now))
    }

    /// Cuts a device off. The next generation must follow, which [`Owner::next_generation`] makes.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn cut_off(
        &self,
        account: &VerifiedAccount,
        device: &VerifyingKey,
        now: u64,
    ) -> Result<Statement<Device>, SignError> {
        self.identity.sign(account.origin(), device_body(account, device, DeviceChange::CutOff, now))
    }

    /// Makes the next generation: fresh keys in front of the keyring, and the statement that announces them.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn next_generation(
        &self,
        account: &VerifiedAccount,
        keyring: &mut Keyring,
        now: u64,
    ) -> Result<Statement<Key>, SignError> {
        let keys = ReaderKeys::make()?;
        let statement = self.identity.sign(account.origin(), key_body(account, keys.bundle(), now))?;
        keyring.push(keys);
        Ok(statement)
    }

    /// Announces that a slot now holds these sealed bytes.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn put_slot(
        &self,
        account: &VerifiedAccount,
        slot: SlotId,
        kind: SlotKind,
        sealed: &[u8],
        now: u64,
    ) -> Result<Statement<Slot>, SignError> {
        let digest = Digest::from_bytes(*blake3::hash(sealed).as_bytes());
        self.sign_slot(account, slot, kind, SlotChange::Put(digest), now)
    }

    /// Announces that a slot is gone.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn remove_slot(
        &self,
        account: &VerifiedAccount,
        slot: SlotId,
        kind: SlotKind,
        now: u64,
    ) -> Result<Statement<Slot>, SignError> {
        self.sign_slot(account, slot, kind, SlotChange::Removed, now)
    }

    /// Says who may announce a new root where this one is lost, and after how many hours it takes effect.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn set_recovery(
        &self,
        account: &VerifiedAccount,
        rule: RecoveryRule,
        delay_hours: u32,
        now: u64,
    ) -> Result<Statement<Recovery>, SignError> {
        let body = Recovery { account: account.id(), time: now, previous: account.head(), rule, delay_hours };
        self.identity.sign(account.origin(), body)
    }

    /// Announces a new root, whose owner takes this one's place. Every slot of the old root is gone with it.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn announce(
        &self,
        account: &VerifiedAccount,
        new: &Self,
        now: u64,
    ) -> Result<Statement<NewRoot>, SignError> {
        let body = NewRoot {
            account: account.id(),
            time: now,
            previous: account.head(),
            identity: new.identity(),
            root_version: account.root_version().saturating_add(1),
        };
        self.identity.sign(account.origin(), body)
    }

    /// Consents to take a vault over from a letter: what [`Activate::consent`] holds.
    #[must_use]
    pub fn consent(&self, activate: &Activate) -> [u8; 64] {
        self.identity.sign_raw(&activation_consent(activate))
    }

    fn sign_slot(
        &self,
        account: &VerifiedAccount,
        slot: SlotId,
        kind: SlotKind,
        change: SlotChange,
        now: u64,
    ) -> Result<Statement<Slot>, SignError> {
        let body = Slot {
            account: account.id(),
            time: now,
            previous: account.head(),
            slot,
            kind,
            root_version: account.root_version(),
            change,
        };
        self.identity.sign(account.origin(), body)
    }
}

impl core::fmt::Debug for Owner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Owner({}, ..)", self.identity().key_id())
    }
}

impl DeviceKey {
    /// Certifies another device of the same account (pairing).
    ///
    /// # Errors
    /// [`SignError`].
    pub fn certify(
        &self,
        account: &VerifiedAccount,
        device: &VerifyingKey,
        now: u64,
    ) -> Result<Statement<Device>, SignError> {
        self.sign(account.origin(), device_body(account, device, DeviceChange::Certify, now))
    }
}

fn device_body(account: &VerifiedAccount, device: &VerifyingKey, change: DeviceChange, now: u64) -> Device {
    Device { account: account.id(), time: now, previous: account.head(), key: *device, change }
}

fn key_body(account: &VerifiedAccount, bundle: Bundle, now: u64) -> Key {
    Key {
        reader: ReaderId::from_bytes(*account.id().as_bytes()),
        actor: account.actor(),
        time: now,
        pin: None,
        generation: account.generation().saturating_add(1),
        bundle,
        replaces: account.head(),
        key_entry: None,
    }
}
