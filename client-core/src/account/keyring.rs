//! Keyrings: the reader secrets of an account's, a vault's or a circle's generations, newest first. Old ones are kept, to
//! open old grants.
//!
//! ```text
//! keyring = [ 1* secret (32) ]              ; deterministic CBOR, newest first; also the content of a key entry
//! sealed  = a blob (see `blob`); aad = "carnet/v1/keyring" || account || root version (8 bytes, big-endian)
//! ```

use carnet_wire::cbor;
use carnet_wire::id::{AccountId, KeyId};
use minicbor::bytes::ByteArray;
use zeroize::{Zeroize as _, Zeroizing};

use crate::blob;
use crate::derive::derive_keyring_key;
use crate::reader::ReaderKeys;
use crate::secret::{NoRandomness, ReaderSecret, RootSecret};

/// The secrets of all generations of one reader. Never empty.
#[derive(Debug)]
pub struct Keyring {
    newest: ReaderKeys,
    older: Vec<ReaderKeys>,
}

impl Keyring {
    /// Most generations of one reader.
    pub const MAX_GENERATIONS: usize = 16_384;

    /// Each secret takes 34 bytes in CBOR, the array's head at most 3.
    pub(crate) const MAX_LEN: usize = Self::MAX_GENERATIONS * 34 + 3;

    /// The keyring of a first generation.
    #[must_use]
    pub fn new(first: ReaderKeys) -> Self {
        Self { newest: first, older: Vec::new() }
    }

    /// Puts the keys of the next generation in front.
    pub fn push(&mut self, next: ReaderKeys) {
        let before = core::mem::replace(&mut self.newest, next);
        self.older.insert(0, before);
    }

    /// The keys of the newest generation.
    #[must_use]
    pub fn newest(&self) -> &ReaderKeys {
        &self.newest
    }

    /// The keys whose recipient has this id, whatever their generation.
    #[must_use]
    pub fn find(&self, recipient: &KeyId) -> Option<&ReaderKeys> {
        self.iter().find(|keys| keys.key_id() == *recipient)
    }

    /// The keyring up to the generation whose recipient has this id, without those in front of it, which were made and never
    /// announced; nothing where it has no such generation.
    #[must_use]
    pub fn back_to(mut self, recipient: &KeyId) -> Option<Self> {
        while self.newest.key_id() != *recipient {
            if self.older.is_empty() {
                return None;
            }
            self.newest = self.older.remove(0);
        }
        Some(self)
    }

    /// All keys, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &ReaderKeys> {
        core::iter::once(&self.newest).chain(&self.older)
    }

    /// Seals the keyring under the account's root, for the server to keep.
    ///
    /// # Errors
    /// [`NoRandomness`] where the system has none to give.
    pub fn seal(
        &self,
        root: &RootSecret,
        account: &AccountId,
        root_version: u64,
    ) -> Result<Vec<u8>, NoRandomness> {
        blob::seal(
            |nonce| derive_keyring_key(root, nonce, account),
            &aad(account, root_version),
            &self.to_bytes(),
        )
    }

    /// Opens a sealed keyring.
    ///
    /// # Errors
    /// [`KeyringError`], whatever the reason.
    pub fn open(
        sealed: &[u8],
        root: &RootSecret,
        account: &AccountId,
        root_version: u64,
    ) -> Result<Self, KeyringError> {
        blob::open(|nonce| derive_keyring_key(root, nonce, account), &aad(account, root_version), sealed)
            .and_then(|bytes| Self::from_bytes(&bytes))
            .ok_or(KeyringError)
    }

    /// The secrets as bytes: the content of a key entry, or the inside of a sealed keyring.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut secrets: Vec<ByteArray<32>> =
            self.iter().map(|keys| (*keys.secret().expose()).into()).collect();
        // Long enough from the start, so that no copy stays behind.
        let mut bytes =
            Zeroizing::new(Vec::with_capacity(secrets.len().saturating_mul(34).saturating_add(3)));
        cbor::encode_to(&secrets, &mut bytes);
        secrets.iter_mut().for_each(|secret| secret.as_mut().zeroize());
        bytes
    }

    /// Reads the secrets of 1 to [`Self::MAX_GENERATIONS`] generations.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut secrets: Vec<ByteArray<32>> = decode_secret(bytes, Self::MAX_LEN)?;
        let mut keys = secrets.iter_mut().map(|secret| {
            let keys = ReaderKeys::derive(ReaderSecret::from_bytes(secret));
            secret.as_mut().zeroize();
            keys
        });
        let newest = keys.next()?;
        let older = keys.collect();
        Some(Self { newest, older })
    }
}

/// The keyring does not open under this root, account and root version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot open")]
pub struct KeyringError;

impl carnet_wire::StableCode for KeyringError {
    fn code(&self) -> &'static str {
        "keyring-closed"
    }
}

/// As [`cbor::decode`], but the copy that is compared is wiped.
pub(super) fn decode_secret<'b, T>(bytes: &'b [u8], limit: usize) -> Option<T>
where
    T: minicbor::Decode<'b, ()> + minicbor::Encode<()>,
{
    let value: T = (bytes.len() <= limit).then(|| minicbor::decode(bytes).ok()).flatten()?;
    let mut again = Zeroizing::new(Vec::with_capacity(bytes.len()));
    cbor::encode_to(&value, &mut again);
    (again.as_slice() == bytes).then_some(value)
}

fn aad(account: &AccountId, root_version: u64) -> Vec<u8> {
    [b"carnet/v1/keyring".as_slice(), account.as_bytes(), &root_version.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generation_that_was_never_announced_stays_in_front_or_takes_others_along() {
        let mut keyring = Keyring::new(ReaderKeys::make().unwrap());
        let first = keyring.newest().key_id();
        keyring.push(ReaderKeys::make().unwrap());
        let second = keyring.newest().key_id();
        keyring.push(ReaderKeys::make().unwrap());
        let back = keyring.back_to(&second).unwrap();
        assert_eq!((back.newest().key_id(), back.iter().count()), (second, 2));
        assert!(back.find(&first).is_some());
        let other = ReaderKeys::make().unwrap().key_id();
        assert!(back.back_to(&other).is_none());
    }

    #[test]
    fn keyring_opens_under_its_own_root_account_and_version_only() {
        let mut keyring = Keyring::new(ReaderKeys::make().unwrap());
        keyring.push(ReaderKeys::make().unwrap());
        let (root, account) = (RootSecret::make().unwrap(), AccountId::from_bytes([1; 32]));
        let sealed = keyring.seal(&root, &account, 1).unwrap();
        let opened = Keyring::open(&sealed, &root, &account, 1).unwrap();
        assert_eq!(opened.iter().count(), 2);
        assert_eq!(opened.newest().bundle(), keyring.newest().bundle());
        assert!(Keyring::open(&sealed, &RootSecret::make().unwrap(), &account, 1).is_err());
        assert!(Keyring::open(&sealed, &root, &AccountId::from_bytes([2; 32]), 1).is_err());
        assert!(Keyring::open(&sealed, &root, &account, 2).is_err());
        for index in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[index] ^= 1;
            assert!(Keyring::open(&flipped, &root, &account, 1).is_err(), "byte {index}");
        }
    }
}
