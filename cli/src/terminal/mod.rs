//! The person at the terminal: questions, passphrases, progress. Where there is nobody, nothing is asked.

pub mod beneath;
mod foot;
pub mod stage;

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use zeroize::Zeroizing;

use crate::Failure;
use crate::screen;
use crate::shown::Shown;
use crate::stopped::{self, Unfinished};
use crate::text::Texts;
use stage::{Progress, Stage, Unit};

/// Who is there, and where passphrases come from.
#[derive(Debug, Clone, Default)]
pub struct Terminal {
    /// A file descriptor that gives the passphrase, a line of it.
    pub passphrase_fd: Option<i32>,
    /// Whether yes is the answer to everything that would be asked.
    pub yes: bool,
    /// Whether nothing but answers is wanted.
    pub quiet: bool,
    /// The foot of the screen.
    pub stage: Stage,
}

impl Terminal {
    /// Whether somebody can answer.
    #[must_use]
    pub fn is_there(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether answers go to a screen that shows colours, and they are wanted.
    #[must_use]
    pub fn has_colours(&self) -> bool {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        io::stdout().is_terminal() && !unwanted && !stage::is_dumb()
    }

    /// Whether a passphrase that is wrong can be typed once more.
    #[must_use]
    pub fn can_try_again(&self) -> bool {
        self.passphrase_fd.is_none() && self.is_there()
    }

    /// Asks for a passphrase: from the descriptor, else of the person.
    ///
    /// # Errors
    /// `passphrase-fd`; `nobody-there` where there is nobody to ask.
    pub fn passphrase(&self, question: &str) -> Result<Zeroizing<String>, Failure> {
        if let Some(fd) = self.passphrase_fd {
            return read_line_of(fd);
        }
        if !self.is_there() {
            return Err(Failure::wrong("nobody-there"));
        }
        let question = prompt(question);
        let read = self.stage.aside(|| {
            // It is typed unseen: a process that is stopped meanwhile leaves the terminal as it was.
            let _as_it_was = Unfinished::terminal();
            let read = rpassword::prompt_password(&question);
            if read.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {
                stopped::wait();
            }
            read
        });
        read.map(Zeroizing::new).map_err(|_| Failure::wrong("nobody-there"))
    }

    /// Asks for a line.
    ///
    /// # Errors
    /// `nobody-there`.
    pub fn ask(&self, question: &str) -> Result<String, Failure> {
        if !self.is_there() {
            return Err(Failure::wrong("nobody-there"));
        }
        let question = prompt(question);
        self.stage.aside(|| {
            let mut err = io::stderr();
            let asked = write!(err, "{question}").and_then(|()| err.flush());
            let mut line = String::new();
            let read = asked.and_then(|()| io::stdin().lock().take(MAX_LINE).read_line(&mut line));
            match read {
                Ok(count) if count > 0 => Ok(line.trim().to_owned()),
                _ => Err(Failure::wrong("nobody-there")),
            }
        })
    }

    /// Asks for something that `read` understands, again where it does not: what is wrong is said each time.
    ///
    /// # Errors
    /// `nobody-there`; after [`TRIES`] times, what `read` said of the last answer.
    pub fn ask_until<T>(
        &self,
        texts: &Texts,
        question: &str,
        read: impl Fn(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut tries = 1;
        loop {
            match read(&self.ask(question)?) {
                Ok(value) => return Ok(value),
                Err(failure) if tries == TRIES => return Err(failure),
                Err(failure) => self.try_again(texts, &failure),
            }
            tries += 1;
        }
    }

    /// Asks for a passphrase that `open` takes, again where it is a wrong one. One that comes from a descriptor is tried once.
    ///
    /// # Errors
    /// `passphrase-fd`, `nobody-there`; what `open` says, of a wrong passphrase after [`TRIES`] times.
    pub fn passphrase_until<T>(
        &self,
        texts: &Texts,
        question: &str,
        open: impl Fn(&Zeroizing<String>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut tries = 1;
        loop {
            let opened = open(&self.passphrase(question)?);
            match opened {
                Err(failure) if self.can_try_again() && tries < TRIES && is_a_mistake(&failure) => {
                    self.try_again(texts, &failure);
                }
                done => return done,
            }
            tries += 1;
        }
    }

    /// Says what was wrong with an answer, before it is asked for again.
    pub fn try_again(&self, texts: &Texts, failure: &Failure) {
        let (what, remedy) = failure.lines(texts);
        let said = Shown::lines(&format!("{what}\n{remedy}")).fit(screen::width());
        self.stage.aside(|| {
            let _ = writeln!(io::stderr(), "{said}");
        });
    }

    /// Asks for yes or no, again where the answer is neither: `no` for an empty one and where nobody answers, unless `--yes` was given.
    #[must_use]
    pub fn confirm(&self, texts: &Texts, question: &str) -> bool {
        if self.yes {
            return true;
        }
        let understood = |answer: &str| yes_or_no(answer).ok_or_else(|| Failure::wrong("yes-or-no"));
        self.ask_until(texts, question, understood).unwrap_or(false)
    }

    /// Counts work of `len` bytes or things, where somebody looks.
    #[must_use]
    pub fn progress(&self, len: u64, what: &str, unit: Unit) -> Progress {
        self.stage.progress(len, what, unit)
    }
}

/// A question as it stands on the screen: the answer behind it, or below it where there is no room for one.
fn prompt(question: &str) -> String {
    let width = screen::width();
    let question = Shown::lines(question).fit(width);
    let last = question.as_str().lines().last().map_or(0, screen::columns);
    let end = if last.saturating_add(ROOM) > width { '\n' } else { ' ' };
    format!("{question}{end}")
}

/// What an answer to a yes-or-no question says; none for what says neither.
#[must_use]
pub fn yes_or_no(answer: &str) -> Option<bool> {
    match answer.trim().trim_end_matches(['.', '!']).to_lowercase().as_str() {
        "o" | "oui" | "y" | "yes" => Some(true),
        "" | "n" | "non" | "no" => Some(false),
        _ => None,
    }
}

/// Whether a passphrase was refused because it is another one, and not because something else failed.
fn is_a_mistake(failure: &Failure) -> bool {
    failure.code().is_some_and(|code| MISTAKES.contains(&code))
}

/// Reads a line from a descriptor that the caller was given, without reading on.
fn read_line_of(fd: i32) -> Result<Zeroizing<String>, Failure> {
    let path = format!("/dev/fd/{fd}");
    let file = std::fs::File::open(&path).map_err(|_| Failure::wrong("passphrase-fd"))?;
    // Long enough from the start, so that no copy stays behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    file.take(MAX_LINE).read_to_end(&mut bytes).map_err(|_| Failure::wrong("passphrase-fd"))?;
    let text = core::str::from_utf8(&bytes).map_err(|_| Failure::wrong("passphrase-fd"))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() { Err(Failure::wrong("passphrase-fd")) } else { Ok(Zeroizing::new(line.to_owned())) }
}

const MAX_LINE: u64 = 4096;
/// Columns that an answer may take beside its question.
const ROOM: usize = 12;
/// How often something is asked for.
pub const TRIES: u32 = 3;
/// Codes of a passphrase that is another one, or too short.
const MISTAKES: [&str; 6] = [
    "passphrase",
    "passphrase-short",
    "passphrase-twice",
    "passphrase-file-closed",
    "device-closed",
    "authority-passphrase",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_is_yes_in_both_languages_and_anything_else_is_asked_again() {
        for yes in ["o", "Oui", "YES", " y ", "oui."] {
            assert_eq!(yes_or_no(yes), Some(true), "{yes}");
        }
        for no in ["", "n", "Non", "no"] {
            assert_eq!(yes_or_no(no), Some(false), "{no}");
        }
        for neither in ["ouais", "ok", "1", "oui ou non", "yess"] {
            assert_eq!(yes_or_no(neither), None, "{neither}");
        }
    }
}
