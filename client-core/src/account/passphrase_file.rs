//! Passphrase files: a kit's code as a stock age file under a passphrase, to be kept somewhere else. With `age -d` anybody who knows
//! the passphrase has the code, and Carnet takes it from there.
//!
//! The slot at the server is sealed under the code's random secret, as a kit's: whoever steals the server cannot test passphrases,
//! and once the slot is removed, old copies of the file open nothing.

use carnet_wire::StableCode;

use super::kit::Kit;
use crate::passphrase;
use crate::text_code::CodeError;

/// Most bytes of a passphrase file.
pub const MAX_PASSPHRASE_FILE: usize = 16 * 1024;

/// Seals a kit under a passphrase (scrypt, work factor 18: a second or so, 256 MiB).
///
/// # Errors
/// [`PassphraseFileError::Seal`] where the age library cannot write it.
pub fn seal(kit: &Kit, passphrase: &str) -> Result<Vec<u8>, PassphraseFileError> {
    let mut text = kit.code();
    text.push('\n');
    passphrase::seal(text.as_bytes(), passphrase).ok_or(PassphraseFileError::Seal)
}

/// Opens a passphrase file.
///
/// # Errors
/// [`PassphraseFileError`].
pub fn open(file: &[u8], passphrase: &str) -> Result<Kit, PassphraseFileError> {
    if file.len() > MAX_PASSPHRASE_FILE {
        return Err(PassphraseFileError::TooLong);
    }
    let text = passphrase::open(file, passphrase).ok_or(PassphraseFileError::Closed)?;
    let text = core::str::from_utf8(&text).map_err(|_| CodeError::Form)?;
    Ok(Kit::parse(text)?)
}

/// Why a passphrase file gives no kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseFileError {
    /// Another passphrase, a damaged file, or one that is not under a passphrase.
    #[error("cannot open")]
    Closed,
    /// Longer than any passphrase file.
    #[error("too long to be a passphrase file")]
    TooLong,
    /// It could not be written.
    #[error("cannot seal")]
    Seal,
    /// It opens, and holds something else.
    #[error(transparent)]
    Code(#[from] CodeError),
}

impl StableCode for PassphraseFileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Closed => "passphrase-file-closed",
            Self::TooLong => "passphrase-file-too-long",
            Self::Seal => "passphrase-file-seal",
            Self::Code(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::server_address;
    use carnet_wire::id::AccountId;

    #[test]
    fn file_opens_under_another_passphrase_or_damaged_or_not_under_its_own() {
        let kit = Kit::make(server_address(), AccountId::from_bytes([1; 32]), None).unwrap();
        let file = seal(&kit, "correct horse").unwrap();
        assert!(file.starts_with(b"age-encryption.org/v1\n-> scrypt "));
        assert_eq!(open(&file, "correct horse"), Ok(kit));
        assert_eq!(open(&file, "Correct horse").unwrap_err(), PassphraseFileError::Closed);
        assert_eq!(open(&file[..file.len() - 1], "correct horse").unwrap_err(), PassphraseFileError::Closed);
        assert_eq!(open(b"hello", "correct horse").unwrap_err(), PassphraseFileError::Closed);
        assert_eq!(open(&[0; 20_000], "correct horse").unwrap_err(), PassphraseFileError::TooLong);
        let other = passphrase::seal(b"a shopping list", "correct horse").unwrap();
        assert_eq!(open(&other, "correct horse").unwrap_err(), CodeError::Form.into());
    }
}
