//! `carnet unlock`, `carnet lock`, and the agent between them.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::spoken;
use crate::cli::Cli;
use crate::home::Home;
use crate::{Failure, agent, say};

/// Keeps the account open, so that commands do not ask for the passphrase.
#[derive(Debug, clap::Args)]
pub struct Unlock {
    /// Minutes without a command after which it closes by itself
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=1440))]
    idle: u64,
}

/// Closes the account: the passphrase is asked for again.
#[derive(Debug, clap::Args)]
pub struct Lock {}

/// The agent itself.
#[derive(Debug, clap::Args)]
pub struct Agent {
    /// The folder of the person
    #[arg(long)]
    folder: PathBuf,
    /// Seconds without a question after which it ends
    #[arg(long)]
    idle: u64,
}

#[derive(Serialize)]
struct Open {
    open: bool,
    idle_minutes: Option<u64>,
}

impl Unlock {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-account`, `passphrase`, `agent`.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let secret = cli.secret_by_passphrase()?;
        agent::start(&cli.home, &secret, Duration::from_secs(self.idle.saturating_mul(60)))?;
        let shape = Open { open: true, idle_minutes: Some(self.idle) };
        cli.answer(&shape, |texts| {
            say!(texts, "unlocked", minutes = self.idle, hours = spoken::hours(self.idle))
        })
    }
}

impl Lock {
    /// Runs the command.
    ///
    /// # Errors
    /// `file`.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let was = agent::lock(&cli.home)?;
        let shape = Open { open: false, idle_minutes: None };
        cli.answer(&shape, |texts| if was { say!(texts, "locked") } else { say!(texts, "locked-already") })
    }
}

impl Agent {
    /// Runs the agent until it ends.
    ///
    /// # Errors
    /// `agent`.
    pub fn run(self) -> Result<(), Failure> {
        agent::serve(&Home::at(&self.folder), Duration::from_secs(self.idle))
    }
}
