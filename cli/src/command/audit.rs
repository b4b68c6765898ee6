//! `carnet audit`: checks of what others keep.

use std::path::PathBuf;

use crate::cli::Cli;
use crate::{Exit, Failure, audit};

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
            Self::Store(store) => audit::store(&store, cli.json, cli.out),
        }
    }
}
