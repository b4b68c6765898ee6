//! The cryptographic heart of Carnet, shared by every client, native and WASM.

pub mod derive;
pub mod secret;

pub use carnet_wire as wire;
