//! Slots: each holds the root secret another way, as LUKS does. Any one of them opens the account; none is needed by another.
//!
//! ```text
//! sealed = a blob (see `blob`): plaintext = root (32); aad = "carnet/v1/slot" || account || slot || kind (1) || root version (8)
//! key    = HKDF-SHA-256(ikm = slot secret, salt = blob nonce, info = "carnet/v1/slot")
//! ```
//! The slot secret is, by kind: for a kit, 32 bytes printed as words and a QR code; for contacts, 32 bytes that any k of n
//! shares give back; for a passkey, its 32-byte PRF output; for a password, what [`Password::stretch`] gives. The passphrase
//! kind is a stock age file instead, which any age tool opens.

use argon2::{Algorithm, Argon2, Params, Version};
use carnet_wire::StableCode;
use carnet_wire::id::{AccountId, ActorId, SlotId};
use carnet_wire::statement::SlotKind;
use zeroize::Zeroizing;

use crate::blob;
use crate::derive::{derive_login_name, derive_login_seed, derive_password_secret, derive_slot_key};
use crate::passphrase;
use crate::secret::{NoRandomness, RootSecret, SecondSecret, SymmetricKey};
use crate::signer::LoginKey;

/// What a slot is sealed for: opened under another account, slot, kind or root version, it stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotPlace {
    /// The account.
    pub account: AccountId,
    /// The slot.
    pub slot: SlotId,
    /// How it holds the root.
    pub kind: SlotKind,
    /// Which root.
    pub root_version: u64,
}

impl SlotPlace {
    /// Seals the root under a slot secret: of a kit, of contacts, of a passkey or of a stretched password.
    ///
    /// # Errors
    /// [`NoRandomness`] where the system has none to give.
    pub fn seal(&self, root: &RootSecret, secret: &SymmetricKey) -> Result<Vec<u8>, NoRandomness> {
        blob::seal(|nonce| derive_slot_key(secret, nonce), &self.aad(), root.expose())
    }

    /// Opens a slot.
    ///
    /// # Errors
    /// [`SlotError::Closed`], whatever the reason.
    pub fn open(&self, sealed: &[u8], secret: &SymmetricKey) -> Result<RootSecret, SlotError> {
        let plain = blob::open(|nonce| derive_slot_key(secret, nonce), &self.aad(), sealed);
        let plain = plain.ok_or(SlotError::Closed)?;
        plain.as_slice().try_into().map(RootSecret::from_bytes).map_err(|_| SlotError::Closed)
    }

    /// Seals the root as a stock age file under a passphrase (scrypt), which any age tool opens.
    ///
    /// # Errors
    /// [`SlotError::Closed`] where the age library cannot write it.
    pub fn seal_passphrase(&self, root: &RootSecret, passphrase: &str) -> Result<Vec<u8>, SlotError> {
        let text = Zeroizing::new([self.aad().as_slice(), root.expose()].concat());
        passphrase::seal(&text, passphrase).ok_or(SlotError::Closed)
    }

    /// Opens a passphrase slot.
    ///
    /// # Errors
    /// [`SlotError::Closed`], whatever the reason.
    pub fn open_passphrase(&self, sealed: &[u8], passphrase: &str) -> Result<RootSecret, SlotError> {
        let plain = passphrase::open(sealed, passphrase).ok_or(SlotError::Closed)?;
        let root = plain.strip_prefix(self.aad().as_slice()).ok_or(SlotError::Closed)?;
        root.try_into().map(RootSecret::from_bytes).map_err(|_| SlotError::Closed)
    }

    fn aad(&self) -> Vec<u8> {
        let kind = match self.kind {
            SlotKind::Passphrase => 0,
            SlotKind::Kit => 1,
            SlotKind::Contacts => 2,
            SlotKind::Passkey => 3,
            SlotKind::Password => 4,
        };
        let version = self.root_version.to_be_bytes();
        [b"carnet/v1/slot".as_slice(), self.account.as_bytes(), self.slot.as_bytes(), &[kind], &version]
            .concat()
    }
}

/// A password and its second secret, which the server never has: it cannot test passwords, and neither can a thief of it.
pub struct Password<'a> {
    password: &'a str,
    second: &'a SecondSecret,
}

impl<'a> Password<'a> {
    /// A password as typed, in NFC, and the second secret from a device or a kit.
    #[must_use]
    pub fn new(password: &'a str, second: &'a SecondSecret) -> Self {
        Self { password, second }
    }

    /// The name of the login record: of the second secret alone, so that it is known before the password is stretched.
    #[must_use]
    pub fn name(&self) -> ActorId {
        derive_login_name(self.second)
    }

    /// Stretches the password: Argon2id (RFC 9106) with the second secret as salt, mixed with it again by HKDF.
    ///
    /// # Errors
    /// [`SlotError::Cost`] for a cost under the floor, before anything is computed.
    pub fn stretch(&self, cost: Cost) -> Result<Stretched, SlotError> {
        let hash = cost.stretch(self.password.as_bytes(), self.second.expose())?;
        let secret = derive_password_secret(&hash, self.second);
        let login = LoginKey::from_seed(&derive_login_seed(&secret));
        Ok(Stretched { secret, login, name: self.name() })
    }
}

/// What a stretched password gives.
#[derive(Debug)]
pub struct Stretched {
    /// The slot secret.
    pub secret: SymmetricKey,
    /// Signs the slot session, which fetches this account's slots and nothing else.
    pub login: LoginKey,
    /// The name of the login record: of the second secret alone, so that strangers can neither find nor lock it.
    pub name: ActorId,
}

/// The cost of stretching a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// The least that is ever accepted, whatever a server says: 64 MiB, three passes. Also what is used by default.
    pub const FLOOR: Self = Self { memory_kib: 64 * 1024, passes: 3 };

    /// The most that is accepted: 256 MiB, ten passes: a server cannot make a browser's tab run out of memory.
    pub const CEILING: Self = Self { memory_kib: 256 * 1024, passes: 10 };

    /// Argon2id (RFC 9106), one lane, 32 bytes; refused before anything is computed where the cost is not acceptable.
    pub(crate) fn stretch(self, typed: &[u8], salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, SlotError> {
        let cost = self.above_floor()?;
        let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(|_| SlotError::Cost)?;
        let mut hash = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(typed, salt, hash.as_mut_slice())
            .map_err(|_| SlotError::Cost)?;
        Ok(hash)
    }

    fn above_floor(self) -> Result<Self, SlotError> {
        let memory = (Self::FLOOR.memory_kib..=Self::CEILING.memory_kib).contains(&self.memory_kib);
        let passes = (Self::FLOOR.passes..=Self::CEILING.passes).contains(&self.passes);
        if memory && passes { Ok(self) } else { Err(SlotError::Cost) }
    }
}

/// Why a slot stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError {
    /// It does not open.
    #[error("cannot open")]
    Closed,
    /// A stretching cost under the floor or over the ceiling compiled in.
    #[error("the cost of stretching the password is not acceptable")]
    Cost,
}

impl StableCode for SlotError {
    fn code(&self) -> &'static str {
        match self {
            Self::Closed => "slot-closed",
            Self::Cost => "slot-cost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(kind: SlotKind) -> SlotPlace {
        let (account, slot) = (AccountId::from_bytes([1; 32]), SlotId::from_bytes([2; 16]));
        SlotPlace { account, slot, kind, root_version: 1 }
    }

    #[test]
    fn slot_opens_at_its_own_place_only() {
        let (root, secret) = (RootSecret::make().unwrap(), SymmetricKey::make().unwrap());
        let kit = place(SlotKind::Kit);
        let sealed = kit.seal(&root, &secret).unwrap();
        assert_eq!(kit.open(&sealed, &secret).unwrap(), root);
        let others = [
            SlotPlace { account: AccountId::from_bytes([9; 32]), ..kit },
            SlotPlace { slot: SlotId::from_bytes([9; 16]), ..kit },
            SlotPlace { kind: SlotKind::Contacts, ..kit },
            SlotPlace { root_version: 2, ..kit },
        ];
        for other in others {
            assert_eq!(other.open(&sealed, &secret).unwrap_err(), SlotError::Closed);
        }
        assert_eq!(kit.open(&sealed, &SymmetricKey::make().unwrap()).unwrap_err(), SlotError::Closed);
        for index in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[index] ^= 0x80;
            assert_eq!(kit.open(&flipped, &secret).unwrap_err(), SlotError::Closed, "byte {index}");
        }
    }

    #[test]
    fn passphrase_slot_is_an_age_file_bound_to_its_place() {
        let root = RootSecret::make().unwrap();
        let slot = place(SlotKind::Passphrase);
        let sealed = slot.seal_passphrase(&root, "correct horse").unwrap();
        assert!(sealed.starts_with(b"age-encryption.org/v1\n-> scrypt "));
        assert_eq!(slot.open_passphrase(&sealed, "correct horse").unwrap(), root);
        assert_eq!(slot.open_passphrase(&sealed, "Correct horse").unwrap_err(), SlotError::Closed);
        let elsewhere = SlotPlace { slot: SlotId::from_bytes([9; 16]), ..slot };
        assert_eq!(elsewhere.open_passphrase(&sealed, "correct horse").unwrap_err(), SlotError::Closed);
    }

    #[test]
    fn weak_or_ruinous_stretching_cost_is_refused_before_any_work() {
        let second = SecondSecret::make().unwrap();
        let password = Password::new("secret", &second);
        for (memory_kib, passes) in
            [(8, 3), (64 * 1024, 0), (64 * 1024 - 1, 3), (u32::MAX, 3), (64 * 1024, u32::MAX)]
        {
            assert_eq!(password.stretch(Cost { memory_kib, passes }).unwrap_err(), SlotError::Cost);
        }
    }

    #[test]
    fn right_password_without_the_second_secret_opens_nothing() {
        let (root, second) = (RootSecret::make().unwrap(), SecondSecret::make().unwrap());
        let slot = place(SlotKind::Password);
        let stretched = Password::new("secret", &second).stretch(Cost::FLOOR).unwrap();
        let sealed = slot.seal(&root, &stretched.secret).unwrap();
        assert_eq!(slot.open(&sealed, &stretched.secret).unwrap(), root);
        let other = SecondSecret::make().unwrap();
        let guess = Password::new("secret", &other).stretch(Cost::FLOOR).unwrap();
        assert_eq!(slot.open(&sealed, &guess.secret).unwrap_err(), SlotError::Closed);
        assert_ne!(guess.name, stretched.name);
    }
}
