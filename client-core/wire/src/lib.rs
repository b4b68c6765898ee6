//! All that a Carnet server may know: identifiers, sealed formats parsed without keys, signed statements and log proofs.
//!
//! **Invariant.** Nothing here can hold a plaintext or a secret, and nothing here can seal, open, sign or wrap.
//! The server depends on this crate and never on `carnet-core`; `tests/tests/zero_knowledge.rs` asserts it on the dependency graph.
//!
//! Every parser takes bytes once, at the edge, with a size limit, and returns a typed value or a typed error.
//! The byte formats are written down in `docs/SPEC.md`.

pub mod age_file;
mod base64;
pub mod bundle;
pub mod cbor;
pub mod chain;
pub mod checkpoint;
pub mod error;
pub mod grant;
pub mod grant_leaf;
pub mod header;
pub mod id;
pub mod line;
pub mod log_leaf;
pub mod message;
pub mod note;
pub mod origin;
pub mod outboard;
pub mod padding;
pub mod page;
pub mod payload;
pub mod position;
pub mod signature;
pub mod slice;
pub mod statement;
pub mod tile;
pub mod tree;
mod usable;

pub use error::StableCode;
