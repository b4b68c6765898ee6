//! `carnet help`: what Carnet can do, in the order in which a person needs it; or all that one command takes, with examples.

use clap::{Command as Commands, CommandFactory as _};

use crate::args::Args;
use crate::cli::Cli;
use crate::text::Texts;
use crate::{Failure, help, say, screen};

/// Shows what Carnet can do, or all that one command takes.
#[derive(Debug, clap::Args)]
pub struct Help {
    /// The command, with its parts: account create
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Help {
    /// Runs the command.
    ///
    /// # Errors
    /// `usage-command` for a command that there is not; `write`.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut commands = help::translated(Args::command(), &cli.texts).term_width(screen::width_of_help());
        commands.build();
        let mut found = &commands;
        for word in &self.command {
            let one = found.find_subcommand(word).filter(|one| !one.is_hide_set());
            found = one.ok_or_else(|| {
                Failure::wrong("usage-command")
                    .with("name", word.as_str())
                    .with("is-near", "no")
                    .with("near", "")
                    .with("command", "carnet")
            })?;
        }
        let said = match self.command.is_empty() {
            true => overview(&commands, &cli.texts),
            false => found.clone().render_help().to_string(),
        };
        let shape = serde_json::json!({ "command": self.command, "help": said });
        cli.answer(&shape, |_| said)
    }
}

/// The commands in groups, each with what it does.
fn overview(commands: &Commands, texts: &Texts) -> String {
    let wide = commands.get_subcommands().map(|one| one.get_name().len()).max().unwrap_or(0);
    let mut lines = vec![commands.get_about().map(ToString::to_string).unwrap_or_default()];
    for (group, names) in GROUPS {
        lines.push(format!("\n{}", say!(texts, &format!("help-group-{group}"))));
        for one in names.iter().filter_map(|name| commands.find_subcommand(name)) {
            let about = one.get_about().map(ToString::to_string).unwrap_or_default();
            lines.push(format!("  {:wide$}  {about}", one.get_name()));
        }
    }
    lines.push(format!("\n{}", say!(texts, "help-more")));
    lines.join("\n")
}

/// Which commands belong together, in the order in which a person needs them.
const GROUPS: [(&str, &[&str]); 6] = [
    ("begin", &["status", "unlock", "lock", "account", "recover", "help", "doctor"]),
    ("documents", &["add", "ls", "search", "show", "get", "edit", "replace", "rm", "history", "profile"]),
    ("sharing", &["share", "revoke", "who", "journal", "accept", "refuse", "contact"]),
    ("leaving", &["export", "import", "raw", "verify"]),
    ("professionals", &["patients", "open", "deposit", "pro", "activate", "authority"]),
    ("machine", &["audit", "completions", "man"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_command_stands_in_one_group() {
        let commands = Args::command();
        let shown: BTreeSet<&str> =
            commands.get_subcommands().filter(|one| !one.is_hide_set()).map(Commands::get_name).collect();
        let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        assert_eq!(grouped.iter().copied().collect::<BTreeSet<_>>(), shown);
        assert_eq!(grouped.len(), shown.len(), "one stands twice");
    }
}
