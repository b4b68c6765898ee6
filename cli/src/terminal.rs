//! The person at the terminal: questions, passphrases, progress. Where there is nobody, nothing is asked.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use zeroize::Zeroizing;

use crate::Failure;

/// Who is there, and where passphrases come from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal {
    /// A file descriptor that gives the passphrase, a line of it.
    pub passphrase_fd: Option<i32>,
    /// Whether yes is the answer to everything that would be asked.
    pub yes: bool,
    /// Whether nothing but answers is wanted.
    pub quiet: bool,
}

impl Terminal {
    /// Whether somebody can answer.
    #[must_use]
    pub fn is_there(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether answers go to a screen: colours then help.
    #[must_use]
    pub fn has_colours(&self) -> bool {
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// Asks for a passphrase: from the descriptor, from the environment's file, or of the person.
    ///
    /// # Errors
    /// `nobody-there` where there is nobody to ask.
    pub fn passphrase(&self, question: &str) -> Result<Zeroizing<String>, Failure> {
        if let Some(fd) = self.passphrase_fd {
            return read_line_of(fd);
        }
        if !self.is_there() {
            return Err(Failure::wrong("nobody-there"));
        }
        let read = rpassword::prompt_password(format!("{question} "));
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
        let mut err = io::stderr();
        let asked = write!(err, "{question} ").and_then(|()| err.flush());
        let mut line = String::new();
        let read = asked.and_then(|()| io::stdin().lock().take(MAX_LINE).read_line(&mut line));
        match read {
            Ok(count) if count > 0 => Ok(line.trim().to_owned()),
            _ => Err(Failure::wrong("nobody-there")),
        }
    }

    /// Asks for yes or no: `no` where nobody answers, unless `--yes` was given.
    #[must_use]
    pub fn confirm(&self, question: &str) -> bool {
        if self.yes {
            return true;
        }
        let answer = self.ask(question).unwrap_or_default().to_lowercase();
        matches!(answer.as_str(), "o" | "oui" | "y" | "yes")
    }

    /// A bar for work of `len` steps or bytes, which shows after a second, where somebody looks.
    #[must_use]
    pub fn progress(&self, len: u64, what: &str, bytes: bool) -> ProgressBar {
        let target = if self.quiet || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(8)
        };
        let bar = ProgressBar::with_draw_target(Some(len), target);
        let template = if bytes {
            "{msg} {wide_bar} {bytes}/{total_bytes} {eta}"
        } else {
            "{msg} {wide_bar} {pos}/{len} {eta}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar
    }
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
