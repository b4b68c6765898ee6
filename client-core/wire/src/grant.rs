//! Grants: a file key wrapped to one reader, as a detached age v1 header.
//!
//! A grant is exactly one `mlkem768x25519` stanza, so it always has the same length and names nobody:
//!
//! ```text
//! age-encryption.org/v1                                        22 bytes
//! -> mlkem768x25519 <1,494 base64 characters: enc>          1,513
//! <43 base64 characters: body>                                 44
//! --- <43 base64 characters: MAC>                              48
//!                                                           1,627 bytes
//! ```

use crate::error::StableCode;
use crate::header::{Header, HeaderError, Limits, decode_argument};
use crate::id::Digest;

/// A detached header with one hybrid stanza. Parsed, not verified: only its reader can.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant(Box<Parts>);

impl Grant {
    /// Length in bytes of every grant.
    pub const LEN: usize = 1_627;

    /// Length in bytes of the encapsulated key.
    pub const ENC_LEN: usize = 1_120;

    /// Length in bytes of the wrapped file key: 16 and a tag of 16.
    pub const BODY_LEN: usize = 32;

    /// The stanza's tag.
    pub const TAG: &'static str = "mlkem768x25519";

    /// Takes bytes that must be one grant and nothing else.
    ///
    /// # Errors
    /// [`GrantError`] for another length, another kind or number of stanzas, or a malformed header.
    pub fn parse(bytes: &[u8]) -> Result<Self, GrantError> {
        if bytes.len() > Limits::GRANT.max_bytes {
            return Err(GrantError::Length);
        }
        let header = Header::parse(bytes, Limits::GRANT)?;
        let [stanza] = header.stanzas() else { return Err(GrantError::Stanza) };
        if stanza.tag() != Self::TAG.as_bytes() {
            return Err(GrantError::Stanza);
        }
        let mut arguments = stanza.arguments();
        let enc = arguments.next().and_then(decode_argument).ok_or(GrantError::Stanza)?;
        if arguments.next().is_some() {
            return Err(GrantError::Stanza);
        }
        let body = stanza.body().ok_or(GrantError::Stanza)?;
        let bytes = bytes.try_into().map_err(|_| GrantError::Length)?;
        Ok(Self(Box::new(Parts { bytes, enc, body, mac: *header.mac() })))
    }

    /// The exact bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0.bytes
    }

    /// BLAKE3 of the exact bytes: what a grant's leaf in a statement names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::from_bytes(*blake3::hash(&self.0.bytes).as_bytes())
    }

    /// The encapsulated key: an ML-KEM-768 ciphertext (1,088 bytes) and an X25519 share (32 bytes).
    #[must_use]
    pub fn enc(&self) -> &[u8; Self::ENC_LEN] {
        &self.0.enc
    }

    /// The file key under the encapsulated key, with its tag.
    #[must_use]
    pub fn body(&self) -> &[u8; Self::BODY_LEN] {
        &self.0.body
    }

    /// The header's MAC, as it claims it.
    #[must_use]
    pub fn mac(&self) -> &[u8; 32] {
        &self.0.mac
    }

    /// The bytes that the MAC covers: up to and with `---`.
    #[must_use]
    pub fn mac_input(&self) -> &[u8] {
        self.0.bytes.split_at(MAC_INPUT_LEN).0
    }
}

impl core::fmt::Debug for Grant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Grant({})", self.digest())
    }
}

/// Why bytes are not a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The header itself is malformed.
    #[error("a grant's header is malformed: {0}")]
    Header(#[from] HeaderError),
    /// There are bytes after the header, or far too many.
    #[error("a grant is {} bytes", Grant::LEN)]
    Length,
    /// The stanza is not one `mlkem768x25519` with an encapsulated key of 1,120 bytes and a body of 32.
    #[error("a grant has one mlkem768x25519 stanza")]
    Stanza,
}

impl StableCode for GrantError {
    fn code(&self) -> &'static str {
        match self {
            Self::Header(error) => error.code(),
            Self::Length => "grant-length",
            Self::Stanza => "grant-stanza",
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    bytes: [u8; Grant::LEN],
    enc: [u8; Grant::ENC_LEN],
    body: [u8; Grant::BODY_LEN],
    mac: [u8; 32],
}

/// All but the space, the MAC and the line feed.
const MAC_INPUT_LEN: usize = Grant::LEN - 45;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(enc: usize, body: usize) -> String {
        let (enc, body, mac) = ("A".repeat(enc), "A".repeat(body), "A".repeat(43));
        format!("age-encryption.org/v1\n-> mlkem768x25519 {enc}\n{body}\n--- {mac}\n")
    }

    #[test]
    fn grant_is_1627_bytes_and_keeps_them() {
        let text = text(1494, 43);
        assert_eq!(text.len(), 1627);
        let grant = Grant::parse(text.as_bytes()).unwrap();
        assert_eq!(grant.as_bytes().as_slice(), text.as_bytes());
        assert!(grant.mac_input().ends_with(b"\n---"));
        let header = Header::parse(text.as_bytes(), Limits::GRANT).unwrap();
        assert_eq!(header.mac_input(), grant.mac_input());
    }

    #[test]
    fn other_lengths_kinds_and_numbers_of_stanzas_are_refused() {
        assert_eq!(Grant::parse(text(1490, 43).as_bytes()), Err(GrantError::Stanza));
        assert_eq!(Grant::parse(text(1494, 42).as_bytes()), Err(GrantError::Stanza));
        assert_eq!(Grant::parse((text(1494, 43) + "x").as_bytes()), Err(GrantError::Length));
        let x25519 = text(1494, 43).replace("mlkem768x25519", "X25519");
        assert_eq!(Grant::parse(x25519.as_bytes()), Err(GrantError::Stanza));
        let third = text(1494, 43).replace("\nAAA", " A\nAAA");
        assert_eq!(Grant::parse(third.as_bytes()), Err(GrantError::Stanza));
        let two = text(1494, 43).replace("--- ", "-> a\n\n--- ");
        assert_eq!(Grant::parse(two.as_bytes()), Err(GrantError::Header(HeaderError::TooManyStanzas)));
        assert_eq!(Grant::parse(&[b'a'; 4097]), Err(GrantError::Length));
    }

    #[test]
    fn every_truncation_is_refused() {
        let text = text(1494, 43);
        for len in 0..text.len() {
            assert!(Grant::parse(&text.as_bytes()[..len]).is_err(), "{len}");
        }
    }
}
