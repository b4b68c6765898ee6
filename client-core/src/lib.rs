//! The cryptographic heart of Carnet, shared by every client, native and WASM.

pub mod account;
mod aead;
pub mod author_proof;
pub mod authored;
mod bech32_text;
mod blob;
pub mod content;
mod derive;
mod digest;
pub mod document;
pub mod foreign;
pub mod grant;
pub mod header;
pub mod hybrid;
pub mod identity;
pub mod manifest;
pub mod open;
mod passphrase;
pub mod position;
pub mod reader;
pub mod receipt;
pub mod recipient;
pub mod seal;
pub mod secret;
pub mod signer;
pub mod step;
pub mod stored;
pub mod stream;
#[doc(hidden)]
pub mod testing;
pub mod vault;
pub mod x25519;

pub use carnet_wire as wire;
