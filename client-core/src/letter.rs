//! Letters that open a vault: a code on paper, and a second factor that comes another way. Either alone derives nothing.
//!
//! ```text
//! carnet-letter1… = { 0: server-address, 1: vault, 2: printed secret (32) }
//! stretched       = Argon2id(second factor, salt = printed secret, 64 MiB, 3 passes, 1 lane, 32 bytes)
//! reader secret   = HKDF(printed secret, stretched, "carnet/v1/letter")
//! evidence        = SHA-256(HKDF(printed secret, stretched, "carnet/v1/letter/evidence"))    ; `factor` of an activation
//! ```
//! The second factor is [`SecondFactor`], 10 characters that the authority draws and gives another way than by the letter.

use carnet_wire::StableCode;
use carnet_wire::id::VaultId;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::account::slot::Cost;
use crate::derive::{derive_letter_evidence, derive_letter_secret};
use crate::reader::ReaderKeys;
use crate::secret::{NoRandomness, SymmetricKey, make_random};
use crate::server_address::ServerAddress;
use crate::text_code::{self, CodeError, CodeKind, CodeText};

/// The secret that is printed in a letter, before it is known which vault it opens.
#[derive(Debug)]
pub struct PrintedSecret(SymmetricKey);

impl PrintedSecret {
    /// Draws one.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn make() -> Result<Self, NoRandomness> {
        Ok(Self(SymmetricKey::make()?))
    }

    /// The reader that the vault's genesis names, by printed secret and second factor. Takes a second or so.
    ///
    /// # Errors
    /// [`LetterError::Stretch`] where there is no memory to stretch in.
    pub fn open(&self, factor: &SecondFactor) -> Result<OpenedLetter, LetterError> {
        let stretched =
            Cost::FLOOR.stretch(factor.0.as_bytes(), self.0.expose()).map_err(|_| LetterError::Stretch)?;
        let keys = ReaderKeys::derive(derive_letter_secret(&self.0, &stretched));
        let evidence = Sha256::digest(derive_letter_evidence(&self.0, &stretched).expose()).into();
        Ok(OpenedLetter { keys, evidence })
    }

    /// The letter of the vault that was made for it.
    #[must_use]
    pub fn into_letter(self, server: ServerAddress, vault: VaultId) -> Letter {
        Letter { server, vault, secret: self }
    }
}

/// What a letter and its second factor give together.
#[derive(Debug)]
pub struct OpenedLetter {
    /// The reader that holds the vault until activation.
    pub keys: ReaderKeys,
    /// What `factor` of the activation states.
    pub evidence: [u8; 32],
}

/// A letter, as printed.
#[derive(Debug)]
pub struct Letter {
    /// The server.
    pub server: ServerAddress,
    /// The vault that it opens.
    pub vault: VaultId,
    /// What is printed.
    pub secret: PrintedSecret,
}

impl Letter {
    /// Parses a code.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut fields: Fields = text_code::read(CodeKind::Letter, text)?;
        let secret = PrintedSecret(SymmetricKey::from_bytes(&fields.secret));
        fields.secret.as_mut().zeroize();
        Ok(Self { server: fields.server, vault: fields.vault, secret })
    }

    /// The letter as a code, to be printed as a QR code.
    #[must_use]
    pub fn code(&self) -> CodeText {
        let secret = (*self.secret.0.expose()).into();
        let mut fields = Fields { server: self.server.clone(), vault: self.vault, secret };
        let code = text_code::write(CodeKind::Letter, &fields);
        fields.secret.as_mut().zeroize();
        code
    }
}

/// 10 characters without those that are taken for one another: 50 random bits.
pub struct SecondFactor(Zeroizing<String>);

impl SecondFactor {
    /// Draws one.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn make() -> Result<Self, NoRandomness> {
        let bytes = Zeroizing::new(make_random::<10>()?);
        let character = |byte: &u8| ALPHABET.get(usize::from(byte & 31)).copied().map(char::from);
        Ok(Self(Zeroizing::new(bytes.iter().filter_map(character).collect())))
    }

    /// Parses what was typed: case, spaces and hyphens do not count, and O, I and L are read as 0 and 1.
    ///
    /// # Errors
    /// [`LetterError::Factor`].
    pub fn parse(typed: &str) -> Result<Self, LetterError> {
        let mut text = Zeroizing::new(String::with_capacity(16));
        for character in typed.chars().filter(|character| !character.is_whitespace() && *character != '-') {
            let character = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let known = u8::try_from(character).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !known || text.len() == 10 {
                return Err(LetterError::Factor);
            }
            text.push(character);
        }
        if text.len() == 10 { Ok(Self(text)) } else { Err(LetterError::Factor) }
    }

    /// The characters, in two groups of five.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let (first, second) = self.0.split_at_checked(5).unwrap_or_default();
        let mut text = Zeroizing::new(String::with_capacity(11));
        text.extend([first, "-", second]);
        text
    }
}

impl core::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecondFactor(..)")
    }
}

/// Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[derive(Encode, Decode)]
#[cbor(map)]
struct Fields {
    #[n(0)]
    server: ServerAddress,
    #[n(1)]
    vault: VaultId,
    #[n(2)]
    secret: ByteArray<32>,
}

/// Why a letter does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LetterError {
    /// Not 10 characters of a second factor.
    #[error("not a second factor of 10 characters")]
    Factor,
    /// No memory to stretch the second factor in.
    #[error("the second factor cannot be stretched")]
    Stretch,
}

impl StableCode for LetterError {
    fn code(&self) -> &'static str {
        match self {
            Self::Factor => "letter-factor",
            Self::Stretch => "letter-stretch",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::server_address;

    #[test]
    fn letter_opens_without_its_second_factor_or_not_with_it() {
        let (printed, factor) = (PrintedSecret::make().unwrap(), SecondFactor::make().unwrap());
        let made = printed.open(&factor).unwrap();
        let letter = printed.into_letter(server_address(), VaultId::from_bytes([1; 32]));
        let read = Letter::parse(&text_code::for_qr(&letter.code())).unwrap();
        assert_eq!((read.server, read.vault), (letter.server, letter.vault));
        let typed = SecondFactor::parse(&factor.text().to_lowercase().replace('0', "o")).unwrap();
        let opened = read.secret.open(&typed).unwrap();
        assert_eq!(opened.keys.bundle(), made.keys.bundle());
        assert_eq!(opened.evidence, made.evidence);
        let other = read.secret.open(&SecondFactor::make().unwrap()).unwrap();
        assert_ne!(other.keys.bundle(), made.keys.bundle());
        assert_ne!(other.evidence, made.evidence);
    }

    #[test]
    fn factor_of_other_length_or_characters_is_taken() {
        for bad in ["", "ABCDE-1234", "ABCDE-12345-6", "ABCDU-12345", "ABCDE-1234é"] {
            assert_eq!(SecondFactor::parse(bad).unwrap_err(), LetterError::Factor, "{bad}");
        }
    }
}
