//! `carnet audit`: checks of what others keep.

use std::fs;
use std::path::PathBuf;

use carnet_audit::AuditError;

use crate::cli::Cli;
use crate::{Exit, Failure};

/// Checks what others keep, without trusting them.
#[derive(Debug, clap::Subcommand)]
pub enum Audit {
    /// Lists what a server's folder holds, byte by byte, and seeks words that must not be in it
    Store(AuditStore),
}

/// What to check of a store, and what to seek.
#[derive(Debug, Clone, clap::Args)]
pub struct AuditStore {
    /// The data folder of a server that is stopped, or a copy of it
    pub folder: PathBuf,
    /// A word that must not be in any file, in any common encoding
    #[arg(long = "canary", value_name = "TEXT")]
    pub canaries: Vec<String>,
    /// A file of such words, one a line
    #[arg(long = "canaries", value_name = "FILE")]
    pub canary_file: Option<PathBuf>,
}

impl Audit {
    /// Runs the command.
    ///
    /// # Errors
    /// Where something cannot be read.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<Exit, Failure> {
        match self {
            Self::Store(store) => store.run(cli),
        }
    }
}

impl AuditStore {
    fn run(self, cli: &mut Cli<'_>) -> Result<Exit, Failure> {
        let canaries = self.all_canaries()?;
        carnet_audit::long_enough(&canaries).map_err(unaudited)?;
        let report = carnet_audit::folder(&self.folder, &canaries).map_err(unaudited)?;
        let printed = if cli.json { report.json(cli.out) } else { report.print(cli.out) };
        printed.map_err(|error| Failure::new(error.to_string(), "Look at where the output goes."))?;
        Ok(if report.is_clean() { Exit::Done } else { Exit::Failed })
    }

    /// The canaries that are named, and those of the file.
    fn all_canaries(&self) -> Result<Vec<String>, Failure> {
        let mut canaries = self.canaries.clone();
        if let Some(path) = &self.canary_file {
            let text = fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
            canaries.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        }
        Ok(canaries)
    }
}

/// Why nothing was audited, in words.
fn unaudited(error: AuditError) -> Failure {
    match &error {
        AuditError::File { path, error } => Failure::file(path, error),
        misuse if misuse.is_misuse() => Failure::usage(error.to_string(), error.remedy()),
        _ => Failure::new(error.to_string(), error.remedy()),
    }
}
