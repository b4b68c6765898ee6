//! The arguments of `carnet`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// A personal health vault on the command line.
#[derive(Debug, Parser)]
#[command(name = "carnet", version, propagate_version = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks what others keep, without trusting them
    #[command(subcommand)]
    Audit(Audit),
}

/// What to check.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Lists what a server's folder holds, byte by byte, and seeks words that must not be in it
    Store(Store),
}

/// What to check of a store, and what to seek.
#[derive(Debug, Clone, clap::Args)]
pub struct Store {
    /// The data folder of a server that is stopped, or a copy of it
    pub folder: PathBuf,
    /// A word that must not be in any file, in any common encoding
    #[arg(long = "canary", value_name = "TEXT")]
    pub canaries: Vec<String>,
    /// A file of such words, one a line
    #[arg(long = "canaries", value_name = "FILE")]
    pub canary_file: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}
