//! Sealing and opening payloads in pieces of 1 to 4 MiB.

use carnet_core::hazmat::PushSealer;
use carnet_core::hazmat::{OpenPayloadError, PayloadOpener};
use carnet_core::hazmat::{Padding, PayloadSealer, SealedPayload};
use carnet_core::wire::payload::{PayloadLen, PayloadNonce};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{no_randomness, thrown};
use crate::grant::FileKey;
use crate::piece::Piece;

/// Seals one content under a file key made for it, padded with Padmé.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "it holds a key and plaintext")]
pub struct Sealer {
    file_key: FileKey,
    sealer: PushSealer,
    content: Piece,
    payload: Vec<u8>,
}

#[wasm_bindgen]
impl Sealer {
    /// Draws a file key and a payload nonce.
    ///
    /// # Errors
    /// `no-randomness`.
    pub fn make() -> Result<Self, JsValue> {
        let (file_key, sealer) = PayloadSealer::make().map_err(no_randomness)?;
        Ok(Self {
            file_key: FileKey::new(file_key),
            sealer: PushSealer::new(sealer, Padding::Padme),
            content: Piece::default(),
            payload: Vec::new(),
        })
    }

    /// Takes the next bytes of the content and gives the bytes of the payload that they complete, maybe none.
    ///
    /// # Errors
    /// `seal-too-long`.
    pub fn push(&mut self, content: &Uint8Array) -> Result<Uint8Array, JsValue> {
        self.payload.clear();
        let content = self.content.take(content);
        self.sealer.push(content, &mut self.payload).map_err(thrown)?;
        Ok(Uint8Array::from(self.payload.as_slice()))
    }

    /// Ends the content. The handle is used up.
    ///
    /// # Errors
    /// `seal-too-long`.
    pub fn finish(mut self) -> Result<Sealed, JsValue> {
        self.payload.clear();
        let sealed = self.sealer.finish(&mut self.payload).map_err(thrown)?;
        Ok(Sealed { file_key: self.file_key, sealed, rest: self.payload })
    }
}

/// A payload that has been sealed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Sealed {
    file_key: FileKey,
    sealed: SealedPayload,
    rest: Vec<u8>,
}

#[wasm_bindgen]
impl Sealed {
    /// The last bytes of the payload.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn rest(&self) -> Uint8Array {
        Uint8Array::from(self.rest.as_slice())
    }

    /// BLAKE3 of the payload: what a deposit statement signs.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn root(&self) -> Uint8Array {
        Uint8Array::from(self.sealed.root.as_bytes().as_slice())
    }

    /// The payload's length in bytes.
    #[wasm_bindgen(getter, js_name = payloadLen)]
    #[must_use]
    pub fn payload_len(&self) -> u64 {
        self.sealed.len.stored()
    }

    /// The content's length in bytes.
    #[wasm_bindgen(getter, js_name = contentLen)]
    #[must_use]
    pub fn content_len(&self) -> u64 {
        self.sealed.content_len
    }

    /// The file key, to wrap. The handle is used up.
    #[wasm_bindgen(js_name = intoFileKey)]
    #[must_use]
    pub fn into_file_key(self) -> FileKey {
        self.file_key
    }
}

/// Opens one payload, pushed in order. What its tags prove is that whoever had the file key sealed it.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "it holds a key and plaintext")]
pub struct Opener {
    opener: PayloadOpener,
    sealed: Piece,
    content: Piece,
}

#[wasm_bindgen]
impl Opener {
    /// Takes the payload's nonce (its first 16 bytes), its whole length, and the length of the content in it.
    ///
    /// # Errors
    /// `payload-…`.
    #[wasm_bindgen(constructor)]
    pub fn new(file_key: &FileKey, nonce: &[u8], len: u64, content_len: u64) -> Result<Self, JsValue> {
        let nonce = nonce.try_into().map_err(|_| thrown(OpenPayloadError::Truncated))?;
        let len = PayloadLen::from_stored(len).map_err(thrown)?;
        let nonce = PayloadNonce::from_bytes(nonce);
        let opener = PayloadOpener::new(file_key.key(), &nonce, len, content_len, 0..len.chunks());
        Ok(Self { opener: opener.map_err(thrown)?, sealed: Piece::default(), content: Piece::default() })
    }

    /// Takes the next bytes after the nonce and gives the bytes of the content that they complete, maybe none.
    ///
    /// # Errors
    /// `payload-…`, which is final; nothing of this piece is given then.
    pub fn push(&mut self, sealed: &Uint8Array) -> Result<Uint8Array, JsValue> {
        let sealed = self.sealed.take(sealed);
        let content = self.content.emptied();
        self.opener.push(sealed, content).map_err(thrown)?;
        Ok(Uint8Array::from(content.as_slice()))
    }

    /// Ends the payload. The handle is used up.
    ///
    /// # Errors
    /// `payload-truncated`: what was given is authentic, but not all.
    pub fn finish(self) -> Result<(), JsValue> {
        self.opener.finish().map_err(thrown)
    }
}
