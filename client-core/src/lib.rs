//! The cryptographic heart of Carnet, shared by every client, native and WASM.

mod aead;
mod bech32_text;
pub mod derive;
pub mod foreign;
pub mod header;
pub mod hybrid;
pub mod identity;
pub mod recipient;
pub mod secret;
pub mod stream;
#[doc(hidden)]
pub mod testing;
pub mod x25519;

pub use carnet_wire as wire;
