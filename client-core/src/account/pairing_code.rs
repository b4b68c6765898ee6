//! Pairing codes: 100 bits that name one offer, written as 20 base32 characters (RFC 4648, section 6).

use carnet_wire::id::AccountId;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What a person carries from one device to another.
#[derive(Clone, Copy, Eq)]
pub struct PairingCode([u8; 20]);

impl PairingCode {
    /// Parses 20 characters; spaces, hyphens and case do not count.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut characters =
            text.bytes().filter(|c| !c.is_ascii_whitespace() && *c != b'-').map(|c| c.to_ascii_uppercase());
        let mut code = [0; 20];
        for place in &mut code {
            *place = characters.next().filter(|c| ALPHABET.contains(c)).ok_or(CodeError)?;
        }
        if characters.next().is_none() { Ok(Self(code)) } else { Err(CodeError) }
    }

    /// The code of an offer, by which the old device knows that it has the new one's.
    #[must_use]
    pub fn of(offer: &[u8]) -> Self {
        Self::of_hash(Sha256::new().chain_update(b"carnet/v1/pairing").chain_update(offer))
    }

    /// The fingerprint of a pairing, by which the new device knows that it was given that account by the old one.
    #[must_use]
    pub fn of_pairing(offer: &[u8], account: &AccountId) -> Self {
        let hash = Sha256::new().chain_update(b"carnet/v1/paired").chain_update(account.as_bytes());
        Self::of_hash(hash.chain_update(offer))
    }

    /// The name of the mailbox in which offer and parcel are: whoever has the code finds it, and nobody else.
    #[must_use]
    pub fn mailbox(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"carnet/v1/mailbox").chain_update(self.0).finalize().into()
    }

    fn of_hash(hash: Sha256) -> Self {
        let hash: [u8; 32] = hash.finalize().into();
        let bit = |index: usize| hash.get(index / 8).map_or(0, |byte| (byte >> (7 - index % 8)) & 1);
        let mut code = [0; 20];
        for (place, character) in code.iter_mut().enumerate() {
            let value = (0..5).fold(0, |value, offset| value << 1 | usize::from(bit(place * 5 + offset)));
            *character = ALPHABET.get(value).copied().unwrap_or_default();
        }
        Self(code)
    }
}

impl PartialEq for PairingCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl core::fmt::Display for PairingCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (place, character) in self.0.iter().enumerate() {
            let hyphen = if place != 0 && place % 5 == 0 { "-" } else { "" };
            write!(f, "{hyphen}{}", char::from(*character))?;
        }
        Ok(())
    }
}

impl core::fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PairingCode({self})")
    }
}

/// What was typed is no pairing code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no pairing code")]
pub struct CodeError;

impl carnet_wire::StableCode for CodeError {
    fn code(&self) -> &'static str {
        "pairing-code"
    }
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_read_back_whatever_its_spacing_and_case() {
        let code = PairingCode::of(b"offer");
        let text = code.to_string();
        assert_eq!(text.len(), 23);
        assert_eq!(PairingCode::parse(&text.to_lowercase().replace('-', " ")), Ok(code));
        assert_ne!(PairingCode::of(b"Offer"), code);
    }

    #[test]
    fn code_too_short_too_long_or_of_other_characters_is_refused() {
        for bad in ["", "ABCDE-FGHIJ-KLMNO-PQRS", "ABCDE-FGHIJ-KLMNO-PQRST-U", "ABCDE-FGHIJ-KLMNO-PQRS1"] {
            assert_eq!(PairingCode::parse(bad), Err(CodeError), "{bad}");
        }
    }
}
