//! `carnet completions` and `carnet man`: what shells and manuals know of the commands, made of the commands themselves.

use std::path::PathBuf;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Args;
use crate::cli::Cli;
use crate::{Failure, completion, help, say};

/// Prints completions for a shell.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the manual pages.
#[derive(Debug, clap::Args)]
pub struct Man {
    /// Where they go
    folder: PathBuf,
}

impl Completions {
    /// Runs the command.
    ///
    /// # Errors
    /// `write`.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut command = shown(help::translated(Args::command(), &cli.texts));
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "carnet", &mut script);
        let script = completion::quoting(self.shell, &String::from_utf8_lossy(&script));
        cli.write((script + &completion::script(self.shell)).as_bytes())
    }
}

/// The commands that help shows: the library's scripts would offer the others too.
fn shown(command: Command) -> Command {
    let (hidden, commands): (Vec<_>, Vec<_>) =
        command.get_subcommands().cloned().partition(Command::is_hide_set);
    if hidden.is_empty() {
        return command;
    }
    let whole = Command::new(command.get_name().to_owned()).version(env!("CARGO_PKG_VERSION"));
    let whole = whole.disable_help_subcommand(true).disable_help_flag(true).disable_version_flag(true);
    whole.args(command.get_arguments().cloned()).subcommands(commands)
}

impl Man {
    /// Runs the command.
    ///
    /// # Errors
    /// `file`.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::file(&self.folder, &error);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let command = help::translated(Args::command(), &cli.texts);
        clap_mangen::generate_to(command, &self.folder).map_err(failed)?;
        let shape = serde_json::json!({ "folder": self.folder });
        cli.answer(&shape, |texts| say!(texts, "man-written", folder = self.folder.display().to_string()))
    }
}
