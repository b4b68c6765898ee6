//! What seals a payload, and what a sealed payload is: what a manifest and a deposit statement say of it.

use std::io;

use carnet_wire::StableCode;
use carnet_wire::id::PayloadRoot;
use carnet_wire::padding::padme;
use carnet_wire::payload::{PayloadLen, PayloadNonce};

use super::PayloadKey;
use crate::secret::{FileKey, NoRandomness, make_random};

/// Seals one payload, once: sealing takes it by value.
///
/// The only way to one draws the file key too, so that no file key ever meets a second plaintext.
pub struct PayloadSealer {
    pub(super) key: PayloadKey,
    pub(super) nonce: PayloadNonce,
}

impl PayloadSealer {
    /// Draws a fresh file key and a fresh payload nonce.
    ///
    /// The file key is for the wraps, the commitment and the manifest of this one version.
    ///
    /// # Errors
    /// [`NoRandomness`] where the system has none to give.
    pub fn make() -> Result<(FileKey, Self), NoRandomness> {
        let file_key = FileKey::make()?;
        let nonce = PayloadNonce::from_bytes(make_random()?);
        let key = PayloadKey::derive(&file_key, &nonce);
        Ok((file_key, Self { key, nonce }))
    }
}

/// What follows the content inside a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Nothing: for files that leave Carnet.
    None,
    /// Zero bytes up to [`padme`]'s length: for everything that a host stores.
    Padme,
}

impl Padding {
    pub(super) const fn len(self, content: u64) -> u64 {
        match self {
            Self::None => content,
            Self::Padme => padme(content),
        }
    }
}

/// A payload that has been sealed: what a manifest and a deposit statement say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedPayload {
    /// The payload's first 16 bytes.
    pub nonce: PayloadNonce,
    /// BLAKE3 of all stored bytes, nonce included.
    pub root: PayloadRoot,
    /// The payload's length.
    pub len: PayloadLen,
    /// BLAKE3 of the content without its padding. It stays inside the seal.
    pub content_digest: ContentDigest,
    /// The content's length in bytes, without its padding. It stays inside the seal.
    pub content_len: u64,
}

impl SealedPayload {
    pub(super) fn new(
        nonce: PayloadNonce,
        root: blake3::Hash,
        len: PayloadLen,
        content: blake3::Hash,
        content_len: u64,
    ) -> Self {
        let root = PayloadRoot::from_bytes(*root.as_bytes());
        Self { nonce, root, len, content_digest: ContentDigest(*content.as_bytes()), content_len }
    }
}

/// BLAKE3 of a content. Not for the host: equal documents must not look equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The content could not be read.
    #[error("the content could not be read")]
    Read(#[source] io::Error),
    /// The content is longer than 2^48 bytes.
    #[error("the content is too long")]
    TooLong,
    /// The payload could not be written.
    #[error("the payload could not be written")]
    Write(#[source] io::Error),
}

impl StableCode for SealError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "seal-read",
            Self::TooLong => "seal-too-long",
            Self::Write(_) => "seal-write",
        }
    }
}
