//! The thin server: it keeps ciphertext and access grants, proves what it did, and can read nothing of it.

pub mod accept;
pub mod access;
pub mod admin;
pub mod args;
pub mod attestation;
pub mod backup;
pub mod challenge;
pub mod check;
pub mod clock;
pub mod command;
pub mod config;
pub mod doctor;
pub mod durability;
pub mod edge;
pub mod entry;
pub mod failure;
pub mod hex;
pub mod history;
pub mod init;
pub mod keys;
pub mod known;
pub mod log;
pub mod log_command;
pub mod metrics;
pub mod payloads;
pub mod pending;
pub mod quota;
pub mod range;
pub mod reclaim;
pub mod refusal;
pub mod release;
pub mod restore;
pub mod router;
pub mod routes;
pub mod serve;
pub mod session;
pub mod start;
pub mod state;
pub mod store;
pub mod sweeper;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod timed;
pub mod turns;

/// The allocator of a server's program: its memory stays near what is in use (`docs/benchmarks.md`).
pub use mimalloc::MiMalloc as Allocator;
