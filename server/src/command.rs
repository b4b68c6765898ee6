//! What `carnet-server` does with its command line.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use carnet_wire::note::VerifierKey;
use clap::Parser;

use crate::args::{Args, Command, LogCommand};
use crate::backup::{self, Restored};
use crate::check::{self, Findings};
use crate::config::Config;
use crate::failure::Failure;
use crate::reclaim::{self, Reclaimed};
use crate::{arena, doctor, init, log_command, restore, serve, start, telemetry};

/// Does what the arguments of this process say. Exit codes: 0 done, 1 failed, 2 usage.
#[must_use]
pub fn main() -> ExitCode {
    arena::bound();
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
            runtime()?.block_on(async {
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
        Command::Backup { into, keys } => {
            let config = Config::load(&args.config, variables)?;
            let manifest = runtime()?.block_on(backup::make(&config, &into, keys))?;
            say(&manifest.to_string())?;
            if manifest.missing > 0 {
                let what = format!(
                    "{} payloads were missing or damaged: the rest is in the backup",
                    manifest.missing
                );
                return Err(Failure::new(what, "Run `carnet-server check` on the stopped server."));
            }
        }
        Command::Restore { from, last_checkpoint, log_key } => {
            let config = Config::load(&args.config, variables)?;
            runtime()?.block_on(restored(&config, &from, last_checkpoint.as_deref(), log_key.as_ref()))?;
        }
        Command::Log { command } => {
            let config = Config::load(&args.config, variables)?;
            runtime()?.block_on(of_log(&config, command))?;
        }
        Command::Check { backup, repair } => {
            let config = Config::load(&args.config, variables)?;
            return runtime()?.block_on(checked(&config, backup.as_deref(), repair));
        }
        Command::Reclaim => {
            let config = Config::load(&args.config, variables)?;
            let mut tell = line;
            let mut findings = Findings::new(&mut tell);
            let Reclaimed { records, payloads } =
                runtime()?.block_on(reclaim::reclaim(&config, &mut findings))?;
            say(&format!(
                "records: {} bytes before, {} after\npayloads: {} bytes before, {} after\n",
                records.0, records.1, payloads.0, payloads.1
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn checked(config: &Config, backup: Option<&Path>, repair: bool) -> Result<ExitCode, Failure> {
    let mut tell = line;
    let mut findings = Findings::new(&mut tell);
    match backup {
        Some(backup) => check::check_backup(config, backup, &mut findings).await?,
        None => check::check(config, repair, &mut findings).await?,
    }
    say(&findings.summary())?;
    Ok(if findings.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A finding, as it comes. Where nobody reads, the summary's failure tells.
fn line(text: &str) {
    let _ = say(&format!("{text}\n"));
}

async fn restored(
    config: &Config,
    from: &Path,
    last: Option<&Path>,
    log_key: Option<&VerifierKey>,
) -> Result<(), Failure> {
    let restored = restore::restore(config, from, log_key).await?;
    let Restored { rows, payloads, missing, leaves } = restored;
    say(&format!("{rows} records, {payloads} payloads ({missing} missing), {leaves} leaves of the log\n"))?;
    match last {
        Some(last) => {
            let size = log_command::resume(config, last, log_key).await?;
            say(&format!("the log reaches {size} leaves and goes on\n"))
        }
        None => {
            say("The log does not go on yet: give the newest checkpoint that any client or witness has to\n\
             `carnet-server log resume --checkpoint FILE`, or to `log succeed` where it is beyond this backup.\n")
        }
    }
}

async fn of_log(config: &Config, command: LogCommand) -> Result<(), Failure> {
    match command {
        LogCommand::Resume { checkpoint, log_key } => {
            let size = log_command::resume(config, &checkpoint, log_key.as_ref()).await?;
            say(&format!("the log reaches {size} leaves and goes on\n"))
        }
        LogCommand::Succeed { origin, checkpoint, log_key } => {
            let public = log_command::succeed(config, &checkpoint, &origin, log_key.as_ref()).await?;
            say(&format!(
                "{public}\nSet server.origin to {origin} in the configuration, then start; publish this key.\n"
            ))
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(error.to_string(), "Look at the system's limits on threads and files."))
}

fn say(text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("standard output: {error}"), "Give it somewhere to write.")
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(failed)
}
