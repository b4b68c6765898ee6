//! The command line, as a library: what `carnet` is made of. Tests and benchmarks use it as the real client.

pub mod remote;
mod remote_error;
pub mod session;

pub use remote_error::RemoteError;
