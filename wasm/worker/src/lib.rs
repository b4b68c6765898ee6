//! Keys and bytes in the browser: `carnet-core` in a web worker.
//!
//! What crosses to the page is plaintext to show and handles to ask with, never the bytes of a key.
//! Each function takes and gives bytes; nothing here decides anything that `carnet-core` does not.
//! Content goes through in pieces of 1 to 4 MiB, each copied once on its way in and once on its way out.
//!
//! Our lints hold here as everywhere, `forbid(unsafe_code)` included: the `unsafe` that `#[wasm_bindgen]` writes is
//! its own. `cargo xtask lint` checks this on the expansion for WASM too, which the host's compiler does not see.

mod error;
pub mod foreign;
pub mod grant;
pub mod identity;
pub mod payload;
mod piece;
#[cfg(feature = "vectors")]
pub mod vectors;

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of this build, as in `Cargo.toml`.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
