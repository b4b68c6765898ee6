//! The cryptographic heart of Carnet, shared by every client, native and WASM.

mod aead;
pub mod derive;
pub mod secret;
pub mod stream;

pub use carnet_wire as wire;
