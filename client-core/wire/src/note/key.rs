//! The keys that notes are verified with.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::error::NoteError;

/// What a key's signatures mean: the signature type of c2sp.org/signed-note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureType {
    /// 0x01: Ed25519 over the note text. Logs sign with it.
    Ed25519,
    /// 0x04: Ed25519 over a time and the note text (`cosignature/v1`). Witnesses sign with it.
    Cosignature,
}

/// A named Ed25519 key that notes are verified with, written `name+hash+base64(type || key)` (a "vkey").
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    signature_type: SignatureType,
    key: VerifyingKey,
}

impl VerifierKey {
    /// A key of 32 bytes (RFC 8032) and its name: not empty, without spaces, control characters or `+`.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] for such a name, for bytes that are no point, and for keys of small order.
    pub fn new(name: &str, signature_type: SignatureType, key: &[u8; 32]) -> Result<Self, NoteError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| NoteError::BadKey)?;
        if !is_key_name(name) || key.is_weak() {
            return Err(NoteError::BadKey);
        }
        let id = key_id(name, signature_type, key.as_bytes());
        Ok(Self { name: name.to_owned(), id, signature_type, key })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 of (name, newline, type, key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// What the key's signatures mean.
    #[must_use]
    pub fn signature_type(&self) -> SignatureType {
        self.signature_type
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The signature line, newline included, of an Ed25519 signature over a note's text.
    ///
    /// # Errors
    /// [`NoteError::WrongType`] unless the key is of type [`SignatureType::Ed25519`].
    pub fn signature_line(&self, signature: &[u8; 64]) -> Result<String, NoteError> {
        self.require(SignatureType::Ed25519)?;
        Ok(self.line(&[signature]))
    }

    /// The signature line, newline included, of a cosignature over [`super::cosigned_message`] of the same time.
    ///
    /// # Errors
    /// [`NoteError::WrongType`] unless the key is of type [`SignatureType::Cosignature`].
    pub fn cosignature_line(&self, unix_seconds: u64, signature: &[u8; 64]) -> Result<String, NoteError> {
        self.require(SignatureType::Cosignature)?;
        Ok(self.line(&[&unix_seconds.to_be_bytes(), signature]))
    }

    /// Verifies a signature over a message, strictly: no weak point, no second spelling.
    pub(super) fn verify_strict(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), NoteError> {
        self.key
            .verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| NoteError::BadSignature)
    }

    fn line(&self, parts: &[&[u8]]) -> String {
        let bytes = [&[self.id.as_slice()], parts].concat().concat();
        format!("\u{2014} {} {}\n", self.name, STANDARD.encode(bytes))
    }

    pub(super) fn require(&self, signature_type: SignatureType) -> Result<(), NoteError> {
        if self.signature_type == signature_type { Ok(()) } else { Err(NoteError::WrongType) }
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(vkey: &str) -> Result<Self, NoteError> {
        // The name holds no `+`, the base64 may.
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(_), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::BadKey);
        };
        let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::BadKey)?;
        let (signature_type, key) = match bytes.split_first() {
            Some((0x01, key)) => (SignatureType::Ed25519, key),
            Some((0x04, key)) => (SignatureType::Cosignature, key),
            _ => return Err(NoteError::BadKey),
        };
        let key = Self::new(name, signature_type, key.try_into().map_err(|_| NoteError::BadKey)?)?;
        // Also compares the hash, in lower-case hexadecimal.
        if key.to_string() == vkey { Ok(key) } else { Err(NoteError::BadKey) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed_key = [[self.signature_type.byte()].as_slice(), self.key.as_bytes()].concat();
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id), STANDARD.encode(typed_key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl SignatureType {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

pub(super) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

fn key_id(name: &str, signature_type: SignatureType, key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', signature_type.byte()])
        .chain_update(key)
        .finalize();
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash);
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifier_key_of_another_spelling_is_refused() {
        let signing = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
        let point = signing.verifying_key();
        let key = VerifierKey::new("log.example", SignatureType::Ed25519, point.as_bytes()).unwrap();
        let vkey = key.to_string();
        assert_eq!(vkey.parse::<VerifierKey>().unwrap(), key);
        let (name, rest) = vkey.split_once('+').unwrap();
        let (hash, encoded) = rest.split_once('+').unwrap();
        let typed = |byte: u8| STANDARD.encode([[byte].as_slice(), key.as_bytes()].concat());
        for bad in [
            String::new(),
            format!("{name}+{hash}"),
            format!("+{hash}+{encoded}"),
            format!("other+{hash}+{encoded}"),
            format!("{name}+00{hash}+{encoded}"),
            format!("{name}+{hash}+{encoded}="),
            format!("{name}+{hash}+{}", typed(0x02)),
            format!("{name}+{hash}+{}", typed(0x04)),
            format!("{vkey} "),
        ] {
            assert_eq!(bad.parse::<VerifierKey>(), Err(NoteError::BadKey), "{bad}");
        }
        assert_eq!(
            VerifierKey::new("small.example", SignatureType::Ed25519, &[0; 32]),
            Err(NoteError::BadKey)
        );
    }
}
