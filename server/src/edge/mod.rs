//! What stands between a connection and a handler: who asks, how fast, how much, and in which form it is answered.
//!
//! Each layer is a function of one request; [`crate::router`] puts them in order.

pub mod address;
pub mod body;
pub mod headers;
pub mod messages;
pub mod patience;
pub mod rate;
pub mod shape;
pub mod tls;
pub mod watch;
