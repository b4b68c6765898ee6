//! The thin server: it keeps ciphertext and access grants, proves what it did, and can read nothing of it.

pub mod args;
pub mod clock;
pub mod command;
pub mod config;
pub mod doctor;
pub mod durability;
pub mod edge;
pub mod failure;
pub mod init;
pub mod keys;
pub mod log;
pub mod metrics;
pub mod payloads;
pub mod refusal;
pub mod router;
pub mod routes;
pub mod serve;
pub mod state;
pub mod store;
pub mod telemetry;
