//! What is said of arguments that are not understood: two lines, as of every other failure.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::Failure;
use crate::help::value_of;
use crate::screen::harmless_line;
use crate::text::Texts;

/// The failure that the arguments' parser means; none where it has something to show instead, such as a help that was asked for.
#[must_use]
pub(crate) fn failure(
    error: &clap::Error,
    commands: &Command,
    args: &[OsString],
    texts: &Texts,
) -> Option<Failure> {
    let (code, name, near) = match error.kind() {
        ErrorKind::UnknownArgument => {
            ("usage-unknown", ContextKind::InvalidArg, Some(ContextKind::SuggestedArg))
        }
        ErrorKind::InvalidSubcommand => {
            ("usage-command", ContextKind::InvalidSubcommand, Some(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingSubcommand => ("usage-which", ContextKind::InvalidSubcommand, None),
        ErrorKind::MissingRequiredArgument => ("usage-missing", ContextKind::InvalidArg, None),
        ErrorKind::InvalidValue if said(error, ContextKind::InvalidValue).is_none_or(|it| it.is_empty()) => {
            ("usage-no-value", ContextKind::InvalidArg, None)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            ("usage-value", ContextKind::InvalidArg, Some(ContextKind::ValidValue))
        }
        ErrorKind::ArgumentConflict => {
            ("usage-conflict", ContextKind::InvalidArg, Some(ContextKind::PriorArg))
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            ("usage-values", ContextKind::InvalidArg, None)
        }
        ErrorKind::InvalidUtf8 => ("usage-text", ContextKind::InvalidArg, None),
        _ => return None,
    };
    let near = near.and_then(|near| said(error, near));
    let near = match error.kind() {
        ErrorKind::InvalidValue => near
            .map(|near| near.split(", ").map(|value| value_of(value, texts)).collect::<Vec<_>>().join(", ")),
        _ => near,
    };
    Some(
        Failure::wrong(code)
            .with("name", said(error, name).unwrap_or_default())
            .with("value", said(error, ContextKind::InvalidValue).unwrap_or_default())
            .with("is-near", if near.is_some() { "yes" } else { "no" })
            .with("near", near.unwrap_or_default())
            .with("command", called(commands, args)),
    )
}

fn said(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let said = match error.get(kind)? {
        ContextValue::String(said) => said.clone(),
        ContextValue::Strings(all) => all.join(", "),
        ContextValue::StyledStr(said) => said.to_string(),
        _ => return None,
    };
    Some(harmless_line(&said))
}

/// The command that the arguments call, as far as there is such a one.
fn called(commands: &Command, args: &[OsString]) -> String {
    let (mut command, mut words) = (commands, vec![commands.get_name()]);
    for arg in args.iter().skip(1).filter_map(|arg| arg.to_str()) {
        if let Some(found) = command.find_subcommand(arg) {
            (command, _) = (found, words.push(found.get_name()));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Args;
    use crate::help::translated;
    use crate::text::Language;

    #[test]
    fn argument_that_is_not_understood_has_no_two_lines() {
        let cases = [
            (&["add", "--tipe", "x", "a"][..], "usage-unknown", "--type"),
            (&["ad"], "usage-command", "add"),
            (&["get"], "usage-missing", "<DOCUMENT>"),
            (&["share", "x", "--with", "y", "--until"], "usage-no-value", "--until"),
            (&["unlock", "--idle", "soon"], "usage-value", "soon"),
            (&["profile", "none", "pet"], "usage-value", "allerg"),
            (&["share", "x", "--with", "y", "--always"], "usage-conflict", "--always"),
            (&["lock", "now"], "usage-unknown", "now"),
        ];
        for language in [Language::Fr, Language::En] {
            let texts = Texts::of(language);
            let commands = translated(Args::command(), &texts);
            for (args, code, names) in cases {
                let args: Vec<OsString> = ["carnet"].iter().chain(args).map(OsString::from).collect();
                let error = commands.clone().try_get_matches_from(&args).unwrap_err();
                let failure = failure(&error, &commands, &args, &texts).unwrap();
                assert_eq!(failure.code(), Some(code), "{args:?}");
                let (what, remedy) = failure.lines(&texts);
                assert!(what.contains(names) || remedy.contains(names), "{args:?}: {what}\n{remedy}");
                assert!(!what.contains('\n') && remedy.contains("--help"), "{what}\n{remedy}");
            }
        }
    }
}
