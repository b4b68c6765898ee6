//! ChaCha20-Poly1305 by the `chacha20poly1305` crate: used in WASM, tested natively too.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};

use super::AeadError;

/// A key; wiped on drop.
pub(crate) struct Key(ChaCha20Poly1305);

impl Key {
    /// Takes the 32 bytes.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(key.into()))
    }

    /// Replaces a plaintext with its ciphertext and gives the tag.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], AeadError> {
        let tag = self.0.encrypt_inout_detached(nonce.into(), aad, InOutBuf::from(in_out));
        tag.map(Into::into).map_err(|_| AeadError)
    }

    /// Replaces a ciphertext with its plaintext if the tag is right.
    pub(crate) fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), AeadError> {
        let opened = self.0.decrypt_inout_detached(nonce.into(), aad, InOutBuf::from(in_out), tag.into());
        opened.map_err(|_| AeadError)
    }
}
