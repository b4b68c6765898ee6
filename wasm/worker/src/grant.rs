//! File keys as handles, wrapped into grants and out of them.
//!
//! One call per grant: a call across the edge costs a few microseconds, the grant some hundreds.

use carnet_core::hazmat::{self, UnwrapError};
use carnet_core::secret;
use carnet_core::wire::grant::Grant;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::thrown;
use crate::identity::{Identity, Recipient};

/// The key of one payload. It stays in the worker's memory and is wiped by `free()`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct FileKey(secret::FileKey);

#[wasm_bindgen]
impl FileKey {
    /// Wraps it for a reader: a grant of 1,627 bytes.
    ///
    /// # Errors
    /// `no-randomness`.
    pub fn wrap(&self, reader: &Recipient) -> Result<Vec<u8>, JsValue> {
        let grant = hazmat::wrap(&self.0, reader.hybrid()).map_err(thrown)?;
        Ok(grant.as_bytes().to_vec())
    }

    /// Takes it out of a grant.
    ///
    /// # Errors
    /// The code of what is malformed, or `unwrap-no-match`, `unwrap-mac`, `unwrap-low-order`.
    pub fn unwrap(grant: &[u8], reader: &Identity) -> Result<Self, JsValue> {
        let grant = Grant::parse(grant).map_err(thrown)?;
        let reader = reader.hybrid().ok_or_else(|| thrown(UnwrapError::NoMatch))?;
        hazmat::unwrap(&grant, reader).map(Self).map_err(thrown)
    }
}

impl FileKey {
    pub(crate) fn new(file_key: secret::FileKey) -> Self {
        Self(file_key)
    }

    pub(crate) fn key(&self) -> &secret::FileKey {
        &self.0
    }
}
