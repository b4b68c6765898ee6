//! Keys and bytes in the browser: `carnet-core` in a web worker.
//!
//! What crosses to the page is plaintext to show and handles to ask with, never the bytes of a key.
//! Each function takes and gives bytes; nothing here decides anything that `carnet-core` does not.
//!
//! Our lints hold here as everywhere, `forbid(unsafe_code)` included: the `unsafe` that `#[wasm_bindgen]` writes is
//! its own. `cargo xtask lint` checks this on the expansion for WASM too, which the host's compiler does not see.

use carnet_core::secret::SymmetricKey;
use wasm_bindgen::prelude::wasm_bindgen;

/// The version of this build, as in `Cargo.toml`.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Draws a key from the browser's generator, drops it, and says how it shows: `SymmetricKey(..)`.
///
/// # Errors
/// `no-randomness` where the browser has none to give.
#[wasm_bindgen(js_name = makeSecret)]
pub fn make_secret() -> Result<String, String> {
    let secret = SymmetricKey::make().map_err(|_| "no-randomness".to_owned())?;
    Ok(format!("{secret:?}"))
}
