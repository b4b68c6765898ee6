//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Not locked: progress is drawn and questions are asked from elsewhere, threads among them.
    carnet_cli::run(std::env::args_os(), &mut std::io::stdout(), &mut std::io::stderr()).into()
}
