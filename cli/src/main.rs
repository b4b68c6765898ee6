//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    let (out, err) = (&mut std::io::stdout().lock(), &mut std::io::stderr().lock());
    carnet_cli::run(std::env::args_os(), out, err).into()
}
