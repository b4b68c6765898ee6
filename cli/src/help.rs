//! The help of commands and arguments in the language of the screen. English stands in the code; French in `fr/help.ftl` and
//! `fr/argument.ftl`: a command's under `help-` and its words (`help-account-create`), an argument's as an attribute of its command where it
//! is that command's own, else under `help-arg-` and its id.

use clap::{Arg, Command};

use crate::args::EVERYWHERE;
use crate::examples::with_examples;
use crate::text::{Language, Texts};

/// The commands with their help in this language.
#[must_use]
pub fn translated(command: Command, texts: &Texts) -> Command {
    let command = with_examples(command, texts);
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
    let command = command
        .help_template(format!(
            "{{about-with-newline}}\n{}: {{usage}}\n\n{{all-args}}{{after-help}}",
            heading("usage", texts)
        ))
        .subcommand_help_heading(heading("commands", texts))
        .subcommand_value_name(texts.say("help-command", &[]))
        .mut_args(|arg| argument(arg, path, texts));
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

/// An argument's help, with what clap would add to it in English, and the name of its value.
fn argument(arg: Arg, path: &str, texts: &Texts) -> Arg {
    let Some(mut help) = said(&arg, path, texts) else { return arg };
    let mut add = |id, values: Vec<String>| {
        if !values.is_empty() {
            let values = values.join(", ");
            help.push(' ');
            help.push_str(&texts.say(id, &[("values", values.into())]));
        }
    };
    let takes_values = arg.get_action().takes_values();
    let defaults = arg.get_default_values().iter().filter(|_| takes_values);
    add("help-default", defaults.map(|value| value.to_string_lossy().into_owned()).collect());
    let possible = arg.get_possible_values().into_iter().filter(|value| takes_values && !value.is_hide_set());
    add("help-possible", possible.map(|value| value_of(value.get_name(), texts)).collect());
    let names = arg.get_value_names().filter(|_| takes_values).unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| value_name(name, texts)).collect();
    let of = match arg.get_help_heading() == Some(EVERYWHERE) {
        true => "everywhere",
        false if arg.is_positional() => "arguments",
        false => "options",
    };
    let arg = arg.help_heading(heading(of, texts));
    let arg = arg.help(help);
    if names.is_empty() {
        return arg;
    }
    arg.value_names(names).hide_default_value(true).hide_possible_values(true)
}

/// A heading of the help, set with the space that French has before the colon.
fn heading(of: &str, texts: &Texts) -> String {
    format!("{}\u{a0}", texts.say(&format!("help-{of}"), &[]))
}

fn said(arg: &Arg, path: &str, texts: &Texts) -> Option<String> {
    let id = arg.get_id().as_str().replace('_', "-");
    texts.find(path, Some(&id), &[]).or_else(|| texts.find(&format!("help-arg-{id}"), None, &[]))
}

fn value_name(name: &str, texts: &Texts) -> String {
    let id = format!("help-value-{}", name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    texts.find(&id, None, &[]).unwrap_or_else(|| name.to_owned())
}

/// A value that an argument takes, as the language of the screen has it: it is an alias of the English one, which goes on being taken.
pub(crate) fn value_of(name: &str, texts: &Texts) -> String {
    texts.find(&format!("help-possible-{name}"), None, &[]).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Args;

    /// Looks at every command that is shown, with the path of its texts.
    fn every(command: &Command, path: &str, look: &mut dyn FnMut(&Command, &str)) {
        look(command, path);
        for one in command.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help") {
            every(one, &format!("{path}-{}", one.get_name()), look);
        }
    }

    #[test]
    fn command_whose_help_is_in_one_language_only() {
        let (french, mut missing) = (Texts::of(Language::Fr), Vec::new());
        every(&Args::command(), "help", &mut |command, path| {
            if path != "help" && french.find(path, None, &[]).is_none() {
                missing.push(path.to_owned());
            }
            assert!(command.get_long_about().is_none(), "{path}: there is no text for a long help");
        });
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// What is said alike in English is said alike in French, and what is not is not: none has the text of another command's argument.
    #[test]
    fn argument_whose_help_is_in_one_language_only_or_is_that_of_another() {
        let french = Texts::of(Language::Fr);
        let (mut missing, mut to_french, mut to_english) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        every(&Args::command(), "help", &mut |command, path| {
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                let english = arg.get_help().unwrap_or_default().to_string();
                assert!(arg.get_long_help().is_none(), "{path} {}: there is no text for it", arg.get_id());
                let Some(said) = said(arg, path, &french) else {
                    missing.push(format!("{path} {}", arg.get_id()));
                    continue;
                };
                let name = format!("{path} {}", arg.get_id());
                let first = to_french.entry(english.clone()).or_insert_with(|| said.clone());
                assert_eq!(*first, said, "{name}");
                let first = to_english.entry(said).or_insert_with(|| english.clone());
                assert_eq!(*first, english, "{name}");
            }
        });
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn english_in_the_help_of_a_french_screen() {
        let mut commands = translated(Args::command(), &Texts::of(Language::Fr));
        commands.build();
        every(&commands, "help", &mut |command, path| {
            let shown = command.clone().render_help().to_string();
            for english in [
                "Commands:",
                "Usage:",
                "Options:",
                "Arguments:",
                "[default",
                "[possible",
                "Print ",
                "[COMMAND]",
                " the ",
                "<FILE>",
                "<DAY>",
                "Everywhere",
                "allergy",
                "results",
                "imaging",
                "unknown",
            ] {
                assert!(!shown.contains(english), "{english} in {path}:\n{shown}");
            }
        });
    }

    #[test]
    fn value_that_french_help_shows_is_taken_and_is_another_than_the_english_one() {
        let (french, mut shown) = (Texts::of(Language::Fr), 0);
        every(&Args::command(), "help", &mut |command, path| {
            for arg in command.get_arguments() {
                for value in arg.get_possible_values() {
                    let said = value_of(value.get_name(), &french);
                    assert!(value.matches(&said, false), "{path} {}: {said} is not taken", arg.get_id());
                    shown += usize::from(said != value.get_name());
                }
            }
        });
        assert!(shown >= 7, "{shown}");
    }

    #[test]
    fn arguments_do_not_contradict_each_other() {
        Args::command().debug_assert();
        translated(Args::command(), &Texts::of(Language::Fr)).debug_assert();
    }
}
