//! The stage of `cargo xtask demo`: the real server and the real command line, with people and documents that the project makes up.
//!
//! Everything lies in one folder. A second run goes on with what the first has made; `--reset` begins again.

mod documents;
mod people;
mod server;
mod stage;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use stage::Stage;

/// What went wrong, and what to do.
pub(crate) type Failure = (String, String);

/// Runs the demo in the folder that the first argument names, with the programs in the folder that the second names.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), Some(programs)) = (arguments.next(), arguments.next()) else {
        say("usage: carnet-demo FOLDER PROGRAMS [--reset]");
        return ExitCode::from(2);
    };
    let reset = arguments.next().is_some_and(|argument| argument == "--reset");
    let stage = Stage { folder: PathBuf::from(folder), programs: PathBuf::from(programs) };
    match stage.run(reset) {
        Ok(()) => ExitCode::SUCCESS,
        Err((what, remedy)) => {
            let _ = writeln!(std::io::stderr(), "{what}\n{remedy}");
            ExitCode::FAILURE
        }
    }
}

/// Says a line.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
