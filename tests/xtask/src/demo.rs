//! `cargo xtask demo`: builds the programs and puts its user inside.

use std::process::Command;

use crate::step::{self, Failure, Steps, cargo, say};

/// Builds the programs, without the noise of tests, and runs the stage.
pub(crate) fn demo(reset: bool) -> Result<std::process::ExitCode, Failure> {
    let mut steps = Steps::default();
    say("Building Carnet: some minutes the first time, seconds afterwards.");
    let mut build = cargo("build");
    build.args(["--profile", "demo", "-p", "carnet-cli", "-p", "carnet-server", "-p", "carnet-demo"]);
    steps.run("build", &mut build);
    steps.end()?;
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
    Ok(std::process::ExitCode::from(code))
}
