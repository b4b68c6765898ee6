//! The thin server: it keeps ciphertext and access grants, proves what it did, and can read nothing of it.

pub mod clock;
pub mod durability;
pub mod log;
pub mod payloads;
pub mod refusal;
pub mod routes;
pub mod store;
