//! Screens in the browser.
//!
//! **Invariant.** No key and no cryptography: this crate reaches neither `carnet-core` nor any type that holds a secret;
//! `tests/tests/zero_knowledge.rs` asserts it on the dependency graph.

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of this build, as in `Cargo.toml`.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
