//! What `carnet-server` does with its command line.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::config::Config;
use crate::failure::Failure;
use crate::{doctor, init, serve, start, telemetry};

/// Does what the arguments of this process say. Exit codes: 0 done, 1 failed, 2 usage.
#[must_use]
pub fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(code) => code,
        Err(failure) => {
            // Where standard error is closed, there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<ExitCode, Failure> {
    let mut variables: Vec<(String, String)> = std::env::vars().collect();
    match args.command {
        Command::Init { origin, folder } => {
            let public = init::init(&args.config, &origin, &folder)?;
            say(&format!("{public}\n"))?;
        }
        Command::Serve { behind_proxy } => {
            if behind_proxy {
                variables.push(("CARNET_SERVER__BEHIND_PROXY".to_owned(), "true".to_owned()));
            }
            let config = Config::load(&args.config, variables)?;
            telemetry::begin(&config.log);
            let runtime = tokio::runtime::Runtime::new().map_err(|error| {
                Failure::new(error.to_string(), "Look at the system's limits on threads and files.")
            })?;
            runtime.block_on(async {
                let started = start::start(config).await?;
                let served = serve::serve(started.state.clone()).await;
                started.finish().await;
                served
            })?;
        }
        Command::Doctor => {
            let report = doctor::examine(&Config::load(&args.config, variables)?);
            say(&report.to_string())?;
            return Ok(if report.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Check | Command::Backup { .. } | Command::Restore { .. } | Command::Reclaim => {
            return Err(Failure::new("this command is not built yet", "Use a later version."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say(text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("standard output: {error}"), "Give it somewhere to write.")
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(failed)
}
