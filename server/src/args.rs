//! The command line of `carnet-server`.

use std::path::PathBuf;

use carnet_wire::note::VerifierKey;
use clap::{Parser, Subcommand};

use crate::config::Config;

/// The thin server of Carnet: it keeps ciphertext and access grants, and can read neither.
#[derive(Debug, Parser)]
#[command(name = "carnet-server", version, propagate_version = true)]
pub struct Args {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", default_value = Config::PATH, env = "CARNET_CONFIG")]
    pub config: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented configuration and the server's keys, and print the log's public key.
    Init {
        /// The name of the log, for good: a host and a path, such as carnet.example/log.
        #[arg(long)]
        origin: String,
        /// The folder of records, payloads and keys.
        #[arg(long, default_value = "/var/lib/carnet")]
        folder: PathBuf,
    },
    /// Serve until told to stop (SIGTERM, SIGINT). SIGHUP reads the certificate again.
    Serve {
        /// Speak plain HTTP to a proxy that does TLS, also beyond loopback.
        #[arg(long)]
        behind_proxy: bool,
    },
    /// Read everything that is kept, and compare it with its digests and references. The server is stopped.
    Check {
        /// A backup to read instead.
        backup: Option<PathBuf>,
        /// Remove what nothing names any more: payloads older than a day, uploads older than a week.
        #[arg(long, conflicts_with = "backup")]
        repair: bool,
    },
    /// Look at the machine: disk, file modes, flushes, clock, certificate, open files.
    Doctor,
    /// Copy everything into a new folder, while the server goes on.
    Backup {
        /// The folder to make.
        into: PathBuf,
        /// With the server's secrets: whoever has this backup can then sign in the log's name.
        #[arg(long)]
        keys: bool,
    },
    /// Put a backup into an empty folder. The server is stopped, and starts only after `log resume` or `log succeed`.
    Restore {
        /// The folder of the backup.
        from: PathBuf,
        /// The newest checkpoint that any client or witness has: if the backup reaches it, the log goes on at once.
        #[arg(long, value_name = "FILE")]
        last_checkpoint: Option<PathBuf>,
        /// The log's public key, where its secret one is lost.
        #[arg(long, value_name = "KEY")]
        log_key: Option<VerifierKey>,
    },
    /// Decide how the log goes on after a restore. The server is stopped.
    Log {
        /// What to do.
        #[command(subcommand)]
        command: LogCommand,
    },
    /// Give space of deleted records and payloads back to the disk. The server is stopped.
    Reclaim,
}

/// How the log goes on after a restore.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// It goes on under its name: it reaches the newest checkpoint that any client or witness has.
    Resume {
        /// That checkpoint.
        #[arg(long, value_name = "FILE")]
        checkpoint: PathBuf,
        /// The log's public key, where its secret one is lost.
        #[arg(long, value_name = "KEY")]
        log_key: Option<VerifierKey>,
    },
    /// It ends, and a successor begins that commits to the newest checkpoint that any client or witness has.
    Succeed {
        /// The successor's name, which no log ever had.
        #[arg(long)]
        origin: String,
        /// That checkpoint.
        #[arg(long, value_name = "FILE")]
        checkpoint: PathBuf,
        /// The old log's public key, where its secret one is lost.
        #[arg(long, value_name = "KEY")]
        log_key: Option<VerifierKey>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn command_line_is_consistent() {
        super::Args::command().debug_assert();
    }
}
