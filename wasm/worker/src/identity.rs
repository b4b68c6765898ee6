//! Handles of identities and recipients.

use carnet_core::hybrid::{HybridIdentity, HybridRecipient};
use carnet_core::identity;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::error::{no_randomness, thrown};

/// An age identity, hybrid or X25519. Its secret stays in the worker's memory and is wiped by `free()`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Identity(identity::Identity);

#[wasm_bindgen]
impl Identity {
    /// Draws a fresh hybrid one.
    ///
    /// # Errors
    /// `no-randomness`.
    pub fn make() -> Result<Self, JsValue> {
        HybridIdentity::make().map(|made| Self(identity::Identity::Hybrid(made))).map_err(no_randomness)
    }

    /// Reads `AGE-SECRET-KEY-PQ-1…` or `AGE-SECRET-KEY-1…`.
    ///
    /// # Errors
    /// `identity-text`.
    pub fn parse(text: String) -> Result<Self, JsValue> {
        Zeroizing::new(text).parse().map(Self).map_err(thrown)
    }

    /// Who seals for it; nothing where it is an X25519 one, for which Carnet never seals.
    #[must_use]
    pub fn recipient(&self) -> Option<Recipient> {
        self.hybrid().map(|hybrid| Recipient(hybrid.recipient().clone()))
    }
}

impl Identity {
    pub(crate) fn hybrid(&self) -> Option<&HybridIdentity> {
        match &self.0 {
            identity::Identity::Hybrid(hybrid) => Some(hybrid),
            identity::Identity::X25519(_) => None,
        }
    }
}

/// Identities that a foreign file may be for, tried in order.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Identities(Vec<identity::Identity>);

#[wasm_bindgen]
impl Identities {
    /// None yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; the handle given is used up.
    pub fn add(&mut self, identity: Identity) {
        self.0.push(identity.0);
    }
}

impl Identities {
    pub(crate) fn as_slice(&self) -> &[identity::Identity] {
        &self.0
    }
}

/// A hybrid recipient, checked.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Recipient(HybridRecipient);

#[wasm_bindgen]
impl Recipient {
    /// Reads `age1pq1…`.
    ///
    /// # Errors
    /// `recipient-text`, `recipient-low-order` or `recipient-ml-kem`.
    pub fn parse(text: &str) -> Result<Self, JsValue> {
        text.parse().map(Self).map_err(thrown)
    }

    /// The text of 1,959 characters.
    #[wasm_bindgen(js_name = toString)]
    #[must_use]
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

impl Recipient {
    pub(crate) fn hybrid(&self) -> &HybridRecipient {
        &self.0
    }
}
