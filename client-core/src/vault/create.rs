//! Making vaults, circles, generations and policies: the statements of whoever rules a vault.

use carnet_wire::id::{EntryId, ReaderId, StatementHash, VaultId};
use carnet_wire::origin::Origin;
use carnet_wire::statement::{
    Circle, Close, Context, Genesis, Holder, Key, KeyEntry, Pin, Policy, PolicyClass, Standing, Statement,
};

use super::{VaultError, VerifiedVault};
use crate::account::VerifiedAccount;
use crate::account::keyring::Keyring;
use crate::reader::ReaderKeys;
use crate::secret::{NoRandomness, make_random};
use crate::signer::{DeviceKey, SignError};

/// A fresh vault, not yet known to any server.
#[derive(Debug)]
pub struct NewVault {
    /// Its id.
    pub id: VaultId,
    /// Its secrets: the content of its key entry, to be granted to its holder.
    pub keyring: Keyring,
    /// The statement that makes it.
    pub genesis: Statement<Genesis>,
}

impl NewVault {
    /// Makes a vault held by this account, signed by one of its devices at `now` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`SignError`].
    pub fn make(
        holder: &VerifiedAccount,
        device: &DeviceKey,
        origin: &Origin,
        now: u64,
    ) -> Result<Self, SignError> {
        let keys = ReaderKeys::make()?;
        let body = genesis(Holder::Account(holder.id()), &keys, now)?;
        Ok(Self::new(keys, device.sign(origin, body)?))
    }

    /// Makes a vault before its holder has any key: the reader of a letter's secret holds it until activation. The first generation of
    /// the vault's own keys comes out of the same secret, so that nothing has to be deposited before the letter is of use.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn make_by_letter(letter: &ReaderKeys, origin: &Origin, now: u64) -> Result<Self, SignError> {
        let keys = letter.derive_vault_keys();
        let body = genesis(Holder::Letter(letter.bundle()), &keys, now)?;
        Ok(Self::new(keys, letter.signing().sign(origin, body)?))
    }

    fn new(keys: ReaderKeys, genesis: Statement<Genesis>) -> Self {
        let id = VaultId::from_bytes(*genesis.hash().as_bytes());
        Self { id, keyring: Keyring::new(keys), genesis }
    }
}

/// Somebody who rules a vault: its holder or a delegate, at one device.
#[derive(Debug, Clone, Copy)]
pub struct Ruler<'a> {
    /// The vault.
    pub vault: &'a VerifiedVault,
    /// The account that acts.
    pub account: &'a VerifiedAccount,
    /// The device that signs.
    pub device: &'a DeviceKey,
    /// The newest state of the vault's history that this client has verified.
    pub pin: Option<Pin>,
    /// The moment, in milliseconds since 1970.
    pub now: u64,
}

/// A circle's new generation, or a new circle: its secrets and the statement.
#[derive(Debug)]
pub struct NewCircle {
    /// The secrets, newest first: the content of its key entry, to be granted to its members.
    pub keyring: Keyring,
    /// The statement.
    pub statement: Statement<Circle>,
}

/// A vault's new generation: its secrets and the statement.
#[derive(Debug)]
pub struct NewGeneration {
    /// The secrets, newest first: the content of its key entry, to be granted to those who remain.
    pub keyring: Keyring,
    /// The statement.
    pub statement: Statement<Key>,
}

/// What a policy says, apart from its place in the chain.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Which circles each class is wrapped to: class and circles, at their current generations.
    pub classes: Vec<(u16, Vec<ReaderId>)>,
    /// Who may deposit without having been named.
    pub standing: Standing,
    /// Who may deposit in any case.
    pub depositors: Vec<carnet_wire::id::ActorId>,
    /// Who may grant and revoke for the holder.
    pub delegates: Vec<carnet_wire::id::ActorId>,
    /// Who may do nothing.
    pub blocked: Vec<carnet_wire::id::ActorId>,
}

impl Ruler<'_> {
    /// Makes a circle whose secret will be the content of version 1 of `key_entry`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn new_circle(&self, key_entry: EntryId) -> Result<NewCircle, SignError> {
        let keys = ReaderKeys::make()?;
        let body = Circle {
            context: self.context(),
            circle: None,
            generation: 1,
            bundle: keys.bundle(),
            key_entry: KeyEntry { entry: key_entry, version: 1 },
            replaces: None,
        };
        let statement = self.device.sign(self.vault.origin(), body)?;
        Ok(NewCircle { keyring: Keyring::new(keys), statement })
    }

    /// Makes a circle's next generation, after a member was removed. A policy that names it must follow.
    ///
    /// # Errors
    /// [`RulerError::Vault`] for a circle that does not chain from this vault's genesis, [`RulerError::OtherKeyring`] for secrets that
    /// are not this circle's.
    pub fn next_circle(&self, circle: &ReaderId, mut keyring: Keyring) -> Result<NewCircle, RulerError> {
        let now = self.vault.circle(circle).ok_or(RulerError::Vault(VaultError::NotNext))?;
        let key_entry = self.vault.circle_key_entry(circle).ok_or(RulerError::Vault(VaultError::NotNext))?;
        if now.key_id() != keyring.newest().key_id() {
            return Err(RulerError::OtherKeyring);
        }
        let keys = ReaderKeys::make()?;
        let body = Circle {
            context: self.context(),
            circle: Some(*circle),
            generation: now.generation().saturating_add(1),
            bundle: keys.bundle(),
            key_entry: key_entry.next(),
            replaces: self.vault.statement_of(circle),
        };
        keyring.push(keys);
        Ok(NewCircle { keyring, statement: self.device.sign(self.vault.origin(), body)? })
    }

    /// Makes the vault's next generation, after somebody who held its secret was removed.
    ///
    /// # Errors
    /// [`RulerError::OtherKeyring`] for secrets that are not this vault's.
    pub fn next_generation(&self, mut keyring: Keyring) -> Result<NewGeneration, RulerError> {
        let now = self.vault.reader();
        if now.key_id() != keyring.newest().key_id() {
            return Err(RulerError::OtherKeyring);
        }
        let keys = ReaderKeys::make()?;
        let body = Key {
            reader: now.id(),
            actor: self.account.actor(),
            time: self.now,
            pin: self.pin,
            generation: now.generation().saturating_add(1),
            bundle: keys.bundle(),
            replaces: self.vault.key_statement(),
            key_entry: Some(self.vault.key_entry().next()),
        };
        keyring.push(keys);
        Ok(NewGeneration { keyring, statement: self.device.sign(self.vault.origin(), body)? })
    }

    /// Sets the rules, naming each circle at its current generation.
    ///
    /// # Errors
    /// [`RulerError::Vault`] for a circle that does not chain from this vault's genesis.
    pub fn set_policy(&self, rules: Rules) -> Result<Statement<Policy>, RulerError> {
        let at = |circle: &ReaderId| {
            let now = self.vault.circle(circle).ok_or(RulerError::Vault(VaultError::NotNext))?;
            Ok(carnet_wire::statement::CircleAt { circle: *circle, generation: now.generation() })
        };
        let classes = rules
            .classes
            .iter()
            .map(|(class, circles)| {
                let circles = circles.iter().map(at).collect::<Result<_, RulerError>>()?;
                Ok(PolicyClass { class: *class, circles })
            })
            .collect::<Result<_, RulerError>>()?;
        let body = Policy {
            context: self.context(),
            number: self.vault.policy().map_or(0, |policy| policy.number).saturating_add(1),
            replaces: self.vault.policy_statement(),
            classes,
            standing: rules.standing,
            depositors: rules.depositors,
            delegates: rules.delegates,
            blocked: rules.blocked,
        };
        Ok(self.device.sign(self.vault.origin(), body)?)
    }

    /// Closes the vault.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn close(&self) -> Result<Statement<Close>, SignError> {
        let body = Close { context: self.context(), replaces: self.vault.policy_statement() };
        self.device.sign(self.vault.origin(), body)
    }

    /// What its statements say first.
    #[must_use]
    pub fn context(&self) -> Context {
        Context { vault: self.vault.id(), actor: self.account.actor(), time: self.now, pin: self.pin }
    }

    /// The policy that its statements are made under.
    #[must_use]
    pub fn policy(&self) -> StatementHash {
        self.vault.policy_statement()
    }
}

/// Why a ruling is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulerError {
    /// The vault's verified state does not allow it.
    #[error(transparent)]
    Vault(VaultError),
    /// The secrets are not those of this vault or circle: putting them into its key entry would give others away.
    #[error("the keyring is of another reader")]
    OtherKeyring,
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The statement would be one that nobody reads.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl carnet_wire::StableCode for RulerError {
    fn code(&self) -> &'static str {
        match self {
            Self::Vault(error) => error.code(),
            Self::OtherKeyring => "ruler-other-keyring",
            Self::Randomness(_) => "no-randomness",
            Self::Sign(error) => error.code(),
        }
    }
}

fn genesis(holder: Holder, keys: &ReaderKeys, now: u64) -> Result<Genesis, NoRandomness> {
    let key_entry = EntryId::from_time_and_random(now, &make_random()?);
    Ok(Genesis { holder, reader: keys.bundle(), key_entry, salt: make_random::<32>()?.into(), time: now })
}
