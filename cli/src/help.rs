//! The help of the commands in the language of the screen. English stands in the code; French in the texts, under `help-` and the words of
//! the command: `help-account-create`.

use clap::Command;

use crate::text::{Language, Texts};

/// The commands with their help in this language.
#[must_use]
pub fn translated(command: Command, texts: &Texts) -> Command {
    if texts.language() == Language::En {
        return command;
    }
    let command = match texts.find("help-carnet", None, &[]) {
        Some(about) => command.about(about),
        None => command,
    };
    below(command, "help", texts)
}

fn below(command: Command, path: &str, texts: &Texts) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        let path = format!("{path}-{name}");
        command.mut_subcommand(name, |one| {
            let one = match texts.find(&path, None, &[]) {
                Some(about) => one.about(about),
                None => one,
            };
            below(one, &path, texts)
        })
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Args;

    fn untold(command: &Command, path: &str, texts: &Texts, missing: &mut Vec<String>) {
        for one in command.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help") {
            let path = format!("{path}-{}", one.get_name());
            if texts.find(&path, None, &[]).is_none() {
                missing.push(path.clone());
            }
            untold(one, &path, texts, missing);
        }
    }

    #[test]
    fn command_whose_help_is_in_one_language_only() {
        let mut missing = Vec::new();
        untold(&Args::command(), "help", &Texts::of(Language::Fr), &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn arguments_do_not_contradict_each_other() {
        Args::command().debug_assert();
    }
}
