//! Ed25519 (RFC 8032), verified strictly, and the keys that verify it. Signing lives in `carnet-core` and in the server's own key.

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};
use sha2::{Digest as _, Sha256};

use crate::id::KeyId;

/// An Ed25519 public key: 32 bytes that are the canonical encoding of a point of large order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Parses a public key.
    ///
    /// # Errors
    /// [`SignatureError::Key`] where the bytes are no point of the curve, one of small order, or not the point's canonical
    /// encoding (RFC 8032, section 5.1.3): a second encoding would give one key two ids.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, SignatureError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| SignatureError::Key)?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        if canonical && !key.is_weak() { Ok(Self(key)) } else { Err(SignatureError::Key) }
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The first 16 bytes of SHA-256 of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        key_id(self.as_bytes())
    }

    /// Verifies strictly: canonical encodings, no point of small order, no cofactor.
    ///
    /// # Errors
    /// [`SignatureError::Signature`], whatever the reason.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
        self.0
            .verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature))
            .map_err(|_| SignatureError::Signature)
    }
}

impl core::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "VerifyingKey({})", self.key_id())
    }
}

impl<C> Encode<C> for VerifyingKey {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for VerifyingKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let bytes = d.bytes()?.try_into().map_err(|_| DecodeError::message("key of the wrong length"))?;
        Self::from_bytes(bytes).map_err(|_| DecodeError::message("not a usable Ed25519 key"))
    }
}

/// How keys are named: the first 16 bytes of SHA-256 of their bytes.
#[must_use]
pub fn key_id(key: &[u8]) -> KeyId {
    let mut id = [0; 16];
    id.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from);
    KeyId::from_bytes(id)
}

/// Why a key or a signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not a usable Ed25519 public key.
    #[error("not a usable Ed25519 public key")]
    Key,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

impl crate::StableCode for SignatureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Key => "signature-key",
            Self::Signature => "signature-invalid",
        }
    }
}
