//! The command line of `carnet-server`.

use std::path::PathBuf;

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
    Check,
    /// Look at the machine: disk, file modes, flushes, clock, certificate, open files.
    Doctor,
    /// Copy everything into a new folder, while the server goes on.
    Backup {
        /// The folder to make.
        into: PathBuf,
    },
    /// Put a backup into an empty folder. The server is stopped.
    Restore {
        /// The folder of the backup.
        from: PathBuf,
    },
    /// Give space of deleted records and payloads back to the disk. The server is stopped.
    Reclaim,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn command_line_is_consistent() {
        super::Args::command().debug_assert();
    }
}
