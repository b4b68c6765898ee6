//! `carnet complete`: what the scripts of `carnet completions` ask at each TAB.

use std::ffi::OsString;
use std::io::Write;

use clap_complete::Shell;

use crate::completion;
use crate::text::Language;

/// Says which documents or people may stand at the end of a line.
#[derive(Debug, clap::Args)]
pub struct Complete {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    /// The line without the program's name, up to the cursor
    #[arg(last = true)]
    words: Vec<OsString>,
}

impl Complete {
    /// Runs the command: it has no failure, since there is nobody to tell of one.
    pub fn run(self, account: Option<String>, language: Language, out: &mut dyn Write) {
        let words = self.words.into_iter().map(OsString::into_string).collect::<Result<Vec<_>, _>>();
        // No name of a document or a person begins with what is no text.
        let Ok(words) = words else { return };
        let lines = completion::lines(self.shell, words, account, language);
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}
