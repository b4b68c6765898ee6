//! What a device keeps at rest: its signing key, keyrings, catalogue, drafts. All of it is sealed under one secret of the device,
//! which is itself kept in a stock age file under a passphrase (scrypt): whoever finds the disk finds ciphertext.
//!
//! ```text
//! sealed = a blob (see `blob`); key = HKDF-SHA-256(ikm = device secret, salt = blob nonce, info = "carnet/v1/device"); aad = purpose
//! lock   = an age file under a passphrase; plaintext = the secret's text, CARNET-DEVICE-1… (Bech32)
//! ```
//! The purpose names one place, such as a table and a row: bytes of one place never open as another's.

use carnet_wire::StableCode;
use zeroize::{Zeroize as _, Zeroizing};

use crate::account::keyring::Keyring;
use crate::bech32_text;
use crate::blob;
use crate::derive::derive_device_key;
use crate::passphrase;
use crate::secret::{DeviceSecret, NoRandomness, SigningSeed};

impl DeviceSecret {
    /// Seals bytes for one purpose.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn seal(&self, purpose: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        blob::seal(|nonce| derive_device_key(self, nonce), purpose, plaintext)
    }

    /// Opens what was sealed for this purpose.
    ///
    /// # Errors
    /// [`DeviceError::Closed`] where a byte differs, or it is of another device or purpose.
    pub fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DeviceError> {
        blob::open(|nonce| derive_device_key(self, nonce), purpose, sealed).ok_or(DeviceError::Closed)
    }

    /// Seals a keyring.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn seal_keyring(&self, purpose: &[u8], keyring: &Keyring) -> Result<Vec<u8>, NoRandomness> {
        self.seal(purpose, &keyring.to_bytes())
    }

    /// Opens a keyring.
    ///
    /// # Errors
    /// [`DeviceError::Closed`].
    pub fn open_keyring(&self, purpose: &[u8], sealed: &[u8]) -> Result<Keyring, DeviceError> {
        Keyring::from_bytes(&self.open(purpose, sealed)?).ok_or(DeviceError::Closed)
    }

    /// Seals the seed of a signing key.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn seal_seed(&self, purpose: &[u8], seed: &SigningSeed) -> Result<Vec<u8>, NoRandomness> {
        self.seal(purpose, seed.expose())
    }

    /// Opens the seed of a signing key.
    ///
    /// # Errors
    /// [`DeviceError::Closed`].
    pub fn open_seed(&self, purpose: &[u8], sealed: &[u8]) -> Result<SigningSeed, DeviceError> {
        let plain = self.open(purpose, sealed)?;
        plain.as_slice().try_into().map(SigningSeed::from_bytes).map_err(|_| DeviceError::Closed)
    }

    /// Writes the secret into a stock age file under a passphrase.
    ///
    /// # Errors
    /// [`DeviceError::Closed`] where the age library cannot write it.
    pub fn lock(&self, passphrase: &str) -> Result<Vec<u8>, DeviceError> {
        let text = self.to_text().map_err(|_| DeviceError::Closed)?;
        passphrase::seal(text.as_bytes(), passphrase).ok_or(DeviceError::Closed)
    }

    /// Takes the secret out of its file.
    ///
    /// # Errors
    /// [`DeviceError::Closed`], whatever the reason.
    pub fn unlock(locked: &[u8], passphrase: &str) -> Result<Self, DeviceError> {
        let text = passphrase::open(locked, passphrase).ok_or(DeviceError::Closed)?;
        let text = core::str::from_utf8(&text).map_err(|_| DeviceError::Closed)?;
        Self::parse(text)
    }

    /// The secret as text, for the agent that keeps it while a person works: it opens everything that this device keeps.
    ///
    /// # Errors
    /// [`core::fmt::Error`] never in fact: the text has a fixed length.
    pub fn to_text(&self) -> Result<Zeroizing<String>, core::fmt::Error> {
        // Long enough from the start, so that no copy stays behind.
        let mut text = Zeroizing::new(String::with_capacity(96));
        bech32_text::encode(PREFIX, self.expose(), &mut *text)?;
        Ok(text)
    }

    /// Reads the text.
    ///
    /// # Errors
    /// [`DeviceError::Closed`].
    pub fn parse(text: &str) -> Result<Self, DeviceError> {
        let mut bytes = bech32_text::decode::<32>(PREFIX, text).ok_or(DeviceError::Closed)?;
        let secret = Self::from_bytes(&bytes);
        bytes.zeroize();
        Ok(secret)
    }
}

/// What a device keeps does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// Under another secret, passphrase or purpose, or a byte differs.
    #[error("cannot open")]
    Closed,
}

impl StableCode for DeviceError {
    fn code(&self) -> &'static str {
        match self {
            Self::Closed => "device-closed",
        }
    }
}

const PREFIX: &str = "CARNET-DEVICE-";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::ReaderKeys;

    #[test]
    fn what_was_sealed_for_one_place_opens_in_no_other() {
        let (secret, other) = (DeviceSecret::make().unwrap(), DeviceSecret::make().unwrap());
        let sealed = secret.seal(b"catalogue/1", b"Hemoglobine").unwrap();
        assert_eq!(secret.open(b"catalogue/1", &sealed).unwrap().as_slice(), b"Hemoglobine");
        assert_eq!(secret.open(b"catalogue/2", &sealed), Err(DeviceError::Closed));
        assert_eq!(other.open(b"catalogue/1", &sealed), Err(DeviceError::Closed));
        for place in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[place] ^= 1;
            assert_eq!(secret.open(b"catalogue/1", &bad), Err(DeviceError::Closed), "byte {place}");
        }
    }

    #[test]
    fn keyring_and_seed_come_back_as_they_were() {
        let secret = DeviceSecret::make().unwrap();
        let keyring = Keyring::new(ReaderKeys::make().unwrap());
        let sealed = secret.seal_keyring(b"keyring", &keyring).unwrap();
        let opened = secret.open_keyring(b"keyring", &sealed).unwrap();
        assert_eq!(opened.newest().key_id(), keyring.newest().key_id());
        let seed = SigningSeed::make().unwrap();
        let sealed = secret.seal_seed(b"seed", &seed).unwrap();
        assert_eq!(secret.open_seed(b"seed", &sealed).unwrap(), seed);
        assert!(secret.open_keyring(b"seed", &sealed).is_err(), "a seed is no keyring");
    }

    #[test]
    fn lock_opens_under_its_passphrase_only() {
        let secret = DeviceSecret::make().unwrap();
        let locked = secret.lock("trois petits chats").unwrap();
        assert!(locked.starts_with(b"age-encryption.org/v1\n-> scrypt "));
        assert_eq!(DeviceSecret::unlock(&locked, "trois petits chats").unwrap(), secret);
        assert_eq!(DeviceSecret::unlock(&locked, "trois petits chiens"), Err(DeviceError::Closed));
        assert_eq!(DeviceSecret::parse("CARNET-DEVICE-1QQQ"), Err(DeviceError::Closed));
    }
}
