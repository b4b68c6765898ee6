//! What is expected where the cursor stands, read off the commands: the name of an argument's value says
//! whether it is a document or a person, in the help and here.

use std::collections::BTreeSet;

use clap::{Arg, Command};

use super::line::Line;
use super::typed::Typed;

/// What may stand somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A document of the own vault.
    Document,
    /// A document that waits to be accepted.
    Waiting,
    /// A document that this patient shares.
    DocumentOf(String),
    /// An allergy, a treatment, an illness or a vaccine of the own profile.
    Item,
    /// Somebody of the address book.
    Person,
}

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) wanted: Wanted,
    /// What was typed of it.
    pub(super) typed: Typed,
    /// What the same word begins with, and keeps: an option and `=`.
    pub(super) lead: String,
    /// What the line names already in the same place.
    pub(super) named: Vec<String>,
    /// The account that the line names.
    pub(super) account: Option<String>,
}

/// What is expected in the place of the last word, where that is a document or a person. The program's own
/// name is none of the words.
pub(super) fn asked(root: &Command, words: &[String]) -> Option<Asked> {
    let (last, before) = words.split_last()?;
    Line::read(root, before)?.ask(last)
}

/// The options, by their long names, whose values are documents or people in some command.
pub(super) fn options(root: &Command) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = root.get_subcommands().flat_map(options).collect();
    let line = Line::of(root);
    let asks = root.get_opts().filter(|arg| line.wanted(arg).is_some());
    all.extend(asks.filter_map(|arg| arg.get_long().map(str::to_owned)));
    all
}

impl Line<'_> {
    fn ask(mut self, last: &str) -> Option<Asked> {
        let (arg, lead, typed) = match self.waits.take() {
            Some(arg) => (arg, String::new(), if last == "=" { "" } else { last }),
            None if self.ended || !last.starts_with('-') => {
                // Commands are the library's own part.
                let is_command = self.places == 0 && self.command.has_subcommands();
                (self.positional().filter(|_| !is_command)?, String::new(), last)
            }
            None => {
                let (name, value) = last.strip_prefix("--")?.split_once('=')?;
                (self.long(name)?, format!("--{name}="), value)
            }
        };
        let wanted = self.wanted(arg)?;
        let of_arg = self.values.iter().filter(|(one, _)| one.get_id() == arg.get_id());
        let named = of_arg.map(|(_, value)| value.clone()).collect();
        let mut accounts = self.values.iter().filter(|(one, _)| one.get_id() == ACCOUNT);
        let account = accounts.next().map(|(_, value)| value.clone());
        Some(Asked { wanted, typed: Typed::of(typed)?, lead, named, account })
    }

    fn wanted(&self, arg: &Arg) -> Option<Wanted> {
        match value_name(arg)? {
            "DOCUMENT" | "DOCUMENTS" if arg.get_id() == WAITING => Some(Wanted::Waiting),
            "DOCUMENT" | "DOCUMENTS" => {
                let patient = self.values.iter().find(|(one, _)| value_name(one) == Some(PATIENT));
                Some(patient.map_or(Wanted::Document, |(_, name)| Wanted::DocumentOf(name.clone())))
            }
            "ITEM" | "ITEMS" => Some(Wanted::Item),
            "PERSON" | PATIENT => Some(Wanted::Person),
            _ => None,
        }
    }
}

fn value_name(arg: &Arg) -> Option<&str> {
    Some(arg.get_value_names()?.first()?.as_str())
}

const PATIENT: &str = "PATIENT";
/// The id of documents that wait.
const WAITING: &str = "waiting";
/// The id of the option that names an account.
const ACCOUNT: &str = "as";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Args;

    fn at(line: &str) -> Option<Asked> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        asked(&Args::command(), &words)
    }

    fn wanted(line: &str) -> Option<Wanted> {
        at(line).map(|asked| asked.wanted)
    }

    #[test]
    fn place_of_a_document_or_a_person_is_told_by_the_commands() {
        for line in [
            "get ",
            "get -o out.pdf ",
            "-q get --output=out.pdf bil",
            "rm 3f2a9c01 ",
            "share ",
            "share --with = martin ",
            "share -- --wi",
            "revoke --from martin a b ",
            "who ",
            "--as anne --json history ",
            "replace ",
            "get > out.txt ",
        ] {
            assert_eq!(wanted(line), Some(Wanted::Document), "{line}");
        }
        for line in [
            "share bilan --with ",
            "share bilan --with =",
            "share --with = mar",
            "share --with=mar",
            "revoke --from ",
            "who --seen-by ",
            "contact name ",
            "pro show ",
            "ls --from ",
            "open ",
            "deposit --for ",
        ] {
            assert_eq!(wanted(line), Some(Wanted::Person), "{line}");
        }
        for line in [
            "",
            "ge",
            "get a ",
            "get -",
            "get -o ",
            "replace a ",
            "contact ",
            "contact name a ",
            "share --unt",
        ] {
            assert_eq!(wanted(line), None, "{line}");
        }
        for line in
            ["authority withdraw ", "authority withdraw key ", "deposit --for durand ", "get > ", "nowhere "]
        {
            assert_eq!(wanted(line), None, "{line}");
        }
        assert_eq!(wanted("accept "), Some(Wanted::Waiting));
        assert_eq!(wanted("refuse a "), Some(Wanted::Waiting));
        assert_eq!(wanted("profile rm "), Some(Wanted::Item));
        assert_eq!(wanted("profile show "), Some(Wanted::Item));
        assert_eq!(wanted("open durand "), Some(Wanted::DocumentOf("durand".to_owned())));
    }

    #[test]
    fn line_tells_the_account_and_what_it_names_already() {
        let asked = at("--as anne rm 3f2a9c01 --yes 0b1c2d3e 4").unwrap();
        assert_eq!(asked.account.as_deref(), Some("anne"));
        assert_eq!(asked.named, ["3f2a9c01", "0b1c2d3e"]);
        assert_eq!(asked.typed.text, "4");
        assert_eq!(at("rm --as=zoe ").unwrap().account.as_deref(), Some("zoe"));
        assert_eq!(at("share a --with=mar").unwrap().lead, "--with=");
    }

    #[test]
    fn options_whose_values_are_people_are_told_by_the_commands() {
        let options: Vec<String> = options(&Args::command()).into_iter().collect();
        assert_eq!(options, ["for", "from", "seen-by", "with"]);
    }

    /// Help that speaks of a document or a person, and a place where none is offered, do not agree.
    #[test]
    fn every_argument_that_is_a_document_or_a_person_by_its_help_is_one_here() {
        fn look(command: &Command, count: &mut usize) {
            for arg in command.get_arguments() {
                let help = arg.get_help().unwrap_or_default().to_string();
                let names = ["short name", "short names", "of your address book", "From whom"];
                if names.iter().any(|one| help.contains(one))
                    && !matches!(arg.get_id().as_str(), "way" | "device")
                {
                    assert!(
                        Line::of(command).wanted(arg).is_some(),
                        "{} {}: {help}",
                        command.get_name(),
                        arg.get_id()
                    );
                    *count += 1;
                }
            }
            command.get_subcommands().for_each(|one| look(one, count));
        }
        let mut count = 0;
        look(&Args::command(), &mut count);
        assert!(count >= 18, "{count}");
    }
}
