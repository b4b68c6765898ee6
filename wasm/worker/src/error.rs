//! Errors as JavaScript sees them: an `Error` whose `code` is the stable word, and whose message is for a person.

use core::fmt;

use carnet_core::wire::StableCode;
use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

/// The `Error` to throw for an error of the core.
pub(crate) fn thrown<E: StableCode + fmt::Display>(error: E) -> JsValue {
    with_code(error.code(), &error.to_string())
}

/// The `Error` to throw for a code on its own.
pub(crate) fn with_code(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    // Cannot fail: a fresh object takes properties.
    let _ = Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(code));
    error.into()
}

/// `no-randomness`: the browser has none to give.
pub(crate) fn no_randomness(error: impl fmt::Display) -> JsValue {
    with_code("no-randomness", &error.to_string())
}
