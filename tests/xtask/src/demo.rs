//! `cargo xtask demo`: builds the programs and puts its user inside.

use std::process::{Command, ExitCode};

use crate::progress;
use crate::step::{self, Failure, say};

const PACKAGES: [&str; 3] = ["carnet-cli", "carnet-server", "carnet-demo"];

/// Builds the programs, without the noise of tests, and runs the stage.
pub(crate) fn demo(reset: bool) -> Result<ExitCode, Failure> {
    say("Building Carnet: some minutes the first time, seconds afterwards.");
    progress::build(&PACKAGES, &["--profile", "demo"])
        .map_err(|why| Failure::new(format!("the build failed: {why}"), "the compiler says why above"))?;
    let programs = step::target().join("demo");
    let mut stage = Command::new(programs.join("carnet-demo"));
    stage.arg(step::target().join("demo-stage")).arg(&programs);
    if reset {
        stage.arg("--reset");
    }
    let status = stage.status().map_err(|error| {
        Failure::new(format!("the demo does not start: {error}"), "cargo xtask demo --reset")
    })?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
