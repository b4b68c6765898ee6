//! The words before the cursor, as clap will read them: which command they choose, and to which arguments
//! they belong.

use clap::{Arg, ArgAction, Command};

use super::typed::Typed;

/// A line, as far as it was read.
pub(super) struct Line<'a> {
    root: &'a Command,
    pub(super) command: &'a Command,
    pub(super) values: Vec<(&'a Arg, String)>,
    /// How many arguments without a name there were.
    pub(super) places: usize,
    /// The option whose value comes next.
    pub(super) waits: Option<&'a Arg>,
    /// Whether `--` has ended the options.
    pub(super) ended: bool,
}

impl<'a> Line<'a> {
    /// Nothing of a line.
    pub(super) fn of(root: &'a Command) -> Self {
        Self { root, command: root, values: Vec::new(), places: 0, waits: None, ended: false }
    }

    /// These words; nothing where one of them is not to be understood without the shell, or the last asks for
    /// a file.
    pub(super) fn read(root: &'a Command, words: &[String]) -> Option<Self> {
        let mut line = Self::of(root);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match is_redirection(word) {
                true => {
                    words.next()?;
                }
                false => line.word(word)?,
            }
        }
        Some(line)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        if let Some(arg) = self.waits.take() {
            // Bash breaks words at `=`.
            match word {
                "=" => self.waits = Some(arg),
                _ => self.values.push((arg, Typed::of(word)?.text)),
            }
        } else if self.ended || word == "-" || !word.starts_with('-') {
            self.place(Typed::of(word)?.text);
        } else if word == "--" {
            self.ended = true;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let arg = self.long(name);
            match (arg, value) {
                (Some(arg), Some(value)) => self.values.push((arg, Typed::of(value)?.text)),
                (arg, None) => self.waits = arg,
                (None, Some(_)) => {}
            }
        } else {
            self.shorts(word)?;
        }
        Some(())
    }

    fn shorts(&mut self, word: &str) -> Option<()> {
        let mut letters = word.chars();
        letters.next();
        while let Some(letter) = letters.next() {
            let Some(arg) = self.option(|arg| arg.get_short() == Some(letter)) else { continue };
            match letters.as_str() {
                "" => self.waits = Some(arg),
                value => self.values.push((arg, Typed::of(value.trim_start_matches('='))?.text)),
            }
            break;
        }
        Some(())
    }

    fn place(&mut self, word: String) {
        if self.places == 0
            && let Some(command) = self.command.find_subcommand(&word)
        {
            self.command = command;
            return;
        }
        if let Some(arg) = self.positional() {
            self.values.push((arg, word));
        }
        self.places = self.places.saturating_add(1);
    }

    /// The argument without a name that comes next; the last one may come several times.
    pub(super) fn positional(&self) -> Option<&'a Arg> {
        let several = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Append);
        let mut all = self.command.get_positionals();
        all.nth(self.places).or_else(|| self.command.get_positionals().last().filter(several))
    }

    /// An option with a value, by its long name.
    pub(super) fn long(&self, name: &str) -> Option<&'a Arg> {
        self.option(|arg| {
            arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
        })
    }

    /// An option that takes a value: the command's own, or one that all have.
    fn option(&self, is: impl Fn(&Arg) -> bool) -> Option<&'a Arg> {
        let takes = |arg: &&Arg| !arg.is_positional() && arg.get_action().takes_values();
        let own = self.command.get_arguments();
        let all = self.root.get_arguments().filter(|arg| arg.is_global_set());
        own.chain(all).filter(takes).find(|arg| is(arg))
    }
}

/// `>`, `2>>`, `<`, `&>`: what follows is a file's name, and no argument.
fn is_redirection(word: &str) -> bool {
    let bare = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&');
    !bare.is_empty() && bare.chars().all(|c| matches!(c, '<' | '>' | '|' | '&'))
}
