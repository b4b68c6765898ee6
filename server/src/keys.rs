//! The server's two secrets, each in a file of mode 0600: the seed that signs its log, and the key of its challenges.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use carnet_wire::note::VerifierKey;
use carnet_wire::origin::Origin;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::log::signer::LogKey;

/// The file of the log's seed, in the folder of keys.
pub const LOG_SEED: &str = "log.seed";
/// The file of the challenges' key, in the folder of keys.
pub const CHALLENGE_KEY: &str = "challenge.key";

/// 32 secret bytes, wiped when dropped.
pub struct SecretBytes(Zeroizing<[u8; 32]>);

impl SecretBytes {
    /// Draws 32 bytes from the system.
    ///
    /// # Errors
    /// [`Failure`] where the system has none.
    pub fn make() -> Result<Self, Failure> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|error| {
            Failure::new(format!("no random bytes: {error}"), "Look at the system's log.")
        })?;
        Ok(Self(bytes))
    }

    /// Reads 32 bytes in hexadecimal from a file that only its owner can read.
    ///
    /// # Errors
    /// [`Failure`] for a file that is missing, that others may read, or that holds anything else.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let failed = |error| {
            Failure::file(path, &error, "Run `carnet-server init`, or restore the keys from a backup.")
        };
        let file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.mode();
        if mode & 0o077 != 0 {
            return Err(Failure::new(
                format!(
                    "{}: others than its owner may use this secret (mode {:o})",
                    path.display(),
                    mode & 0o777
                ),
                "Set its mode to 0600; make a new one if anybody else may have read it.",
            ));
        }
        let mut text = Zeroizing::new(String::with_capacity(128));
        file.take(100).read_to_string(&mut text).map_err(failed)?;
        crate::hex::decode(text.trim_ascii_end()).map(|bytes| Self(Zeroizing::new(bytes))).ok_or_else(|| {
            let what = format!("{}: not 64 characters of hexadecimal", path.display());
            Failure::new(what, "Restore the keys from a backup.")
        })
    }

    /// Writes them in hexadecimal into a new file of mode 0600, durably.
    ///
    /// # Errors
    /// [`Failure`] where the file exists or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        let failed =
            |error| Failure::file(path, &error, "Nothing is overwritten: move the old file away first.");
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in self.0.iter() {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).unwrap_or('?'));
            }
        }
        text.push('\n');
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// The public key of the log that a seed signs, as clients pin it.
///
/// # Errors
/// [`Failure`] where the seed makes no usable key.
pub fn verifier_key(origin: &Origin, seed: &SecretBytes) -> Result<VerifierKey, Failure> {
    let unusable = || Failure::new("the log's seed makes no usable key", "Restore the keys from a backup.");
    LogKey::from_seed(seed.as_bytes()).and_then(|key| key.verifier(origin)).map_err(|_| unusable())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn secret_that_others_may_read_or_that_is_malformed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let secret = SecretBytes::make().unwrap();
        secret.save(&path).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(SecretBytes::load(&path).unwrap().as_bytes(), secret.as_bytes());
        assert!(secret.save(&path).is_err());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(SecretBytes::load(&path).unwrap_err().what.contains("640"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        for bad in ["", "00", &"0".repeat(63), &"0".repeat(65), &"G".repeat(64), &"A".repeat(64)] {
            std::fs::write(&path, bad).unwrap();
            assert!(SecretBytes::load(&path).is_err(), "{bad:?}");
        }
        assert_eq!(format!("{secret:?}"), "SecretBytes(..)");
    }
}
