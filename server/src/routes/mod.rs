//! Handlers, by group. [`crate::router`] lists their paths.

pub mod describe;
pub mod operations;
