//! Recipients as text (`age1…`, `age1pq1…`), and several of them as the readers of one file.

use core::fmt;
use core::str::FromStr;

use carnet_wire::StableCode;

use crate::bech32_text;
use crate::hybrid::{HybridRecipient, HybridRecipientError};
use crate::x25519::X25519Recipient;

/// The readers of one standard age file.
///
/// Never of both kinds: a file key that X25519 protects too is no longer safe from a quantum computer. So what was sealed
/// for hybrid readers is sealed anew, under a fresh file key, for an X25519 one.
#[derive(Debug, Clone)]
pub enum Recipients {
    /// `age1pq1…` readers.
    Hybrid(Vec<HybridRecipient>),
    /// `age1…` readers.
    X25519(Vec<X25519Recipient>),
}

impl fmt::Display for HybridRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32_text::encode(HYBRID, self.as_bytes(), f)
    }
}

impl FromStr for HybridRecipient {
    type Err = ParseRecipientError;

    fn from_str(text: &str) -> Result<Self, ParseRecipientError> {
        let bytes = bech32_text::decode(HYBRID, text).ok_or(ParseRecipientError::Text)?;
        Self::from_bytes(&bytes).map_err(|error| match error {
            HybridRecipientError::LowOrder => ParseRecipientError::LowOrder,
            HybridRecipientError::MlKem => ParseRecipientError::MlKem,
        })
    }
}

impl fmt::Display for X25519Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32_text::encode(X25519, self.as_bytes(), f)
    }
}

impl FromStr for X25519Recipient {
    type Err = ParseRecipientError;

    fn from_str(text: &str) -> Result<Self, ParseRecipientError> {
        let bytes = bech32_text::decode(X25519, text).ok_or(ParseRecipientError::Text)?;
        Self::from_bytes(&bytes).map_err(|_| ParseRecipientError::LowOrder)
    }
}

/// Why text is not a recipient of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseRecipientError {
    /// The X25519 point is of low order.
    #[error("the recipient's X25519 point is of low order")]
    LowOrder,
    /// The ML-KEM key does not pass the modulus check of FIPS 203.
    #[error("the recipient's ML-KEM key is not valid")]
    MlKem,
    /// The text is not Bech32 with the right prefix, case, length and checksum.
    #[error("this is not a recipient of this kind")]
    Text,
}

impl StableCode for ParseRecipientError {
    fn code(&self) -> &'static str {
        match self {
            Self::LowOrder => "recipient-low-order",
            Self::MlKem => "recipient-ml-kem",
            Self::Text => "recipient-text",
        }
    }
}

const HYBRID: &str = "age1pq";
const X25519: &str = "age";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hybrid::HybridIdentity;

    #[test]
    fn recipient_of_the_specification_round_trips() {
        let text = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
        assert_eq!(text.parse::<X25519Recipient>().unwrap().to_string(), text);
    }

    #[test]
    fn hybrid_recipient_of_1959_characters_round_trips() {
        let recipient = HybridIdentity::derive_from_seed(&[7; 32]).recipient().clone();
        let text = recipient.to_string();
        assert_eq!(text.len(), 1_959);
        assert_eq!(text.parse(), Ok(recipient));
    }

    #[test]
    fn changed_case_checksum_and_kind_are_refused() {
        let text = HybridIdentity::derive_from_seed(&[7; 32]).recipient().to_string();
        let mut changed = text.clone().into_bytes();
        changed[1000] = if changed[1000] == b'q' { b'p' } else { b'q' };
        let changed = String::from_utf8(changed).unwrap();
        for bad in
            [text.to_uppercase(), changed, text.replacen("age1pq1", "age1", 1), text[..1900].to_owned()]
        {
            assert_eq!(bad.parse::<HybridRecipient>(), Err(ParseRecipientError::Text));
            assert_eq!(bad.parse::<X25519Recipient>(), Err(ParseRecipientError::Text));
        }
    }
}
