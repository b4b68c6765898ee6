//! The command line, as a library: what `carnet` is made of. Tests and benchmarks use it as the real client.

pub mod agent;
pub mod args;
pub mod audit;
pub mod client;
pub mod exit;
pub mod failure;
pub mod home;
pub mod local;
pub mod remote;
mod remote_error;
pub mod session;
pub mod terminal;
pub mod text;
pub mod unix;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser as _;

use args::{Args, Audit, Command};
pub use exit::Exit;
pub use failure::Failure;
pub use remote_error::RemoteError;

/// Runs `carnet` with these arguments, the first of which is its own name.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            if error.use_stderr() {
                let _ = write!(err, "{error}");
                return Exit::Usage;
            }
            let _ = write!(out, "{error}");
            return Exit::Done;
        }
    };
    let done = match args.command {
        Command::Audit(Audit::Store(store)) => audit::store(&store, out),
    };
    done.unwrap_or_else(|failure| {
        let _ = write!(err, "{failure}");
        failure.exit
    })
}
