//! The thin server: it keeps ciphertext and access grants, proves what it did, and can read nothing of it.

pub mod accept;
pub mod access;
pub mod args;
pub mod attestation;
pub mod challenge;
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
pub mod metrics;
pub mod payloads;
pub mod quota;
pub mod range;
pub mod refusal;
pub mod release;
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
pub mod turns;
