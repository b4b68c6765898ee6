//! Failures: two lines, what happened and what to do.

use std::fmt;
use std::path::Path;

use crate::Exit;

/// Why a command did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
    /// How the command ends.
    pub exit: Exit,
}

impl Failure {
    /// Something failed.
    #[must_use]
    pub fn new(what: impl Into<String>, remedy: &'static str) -> Self {
        Self { what: what.into(), remedy, exit: Exit::Failed }
    }

    /// The command was asked for what it cannot do.
    #[must_use]
    pub fn usage(what: impl Into<String>, remedy: &'static str) -> Self {
        Self { exit: Exit::Usage, ..Self::new(what, remedy) }
    }

    /// A file or folder cannot be read.
    #[must_use]
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("{}: {error}", path.display()), "Look at the path, and at who may read it.")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        writeln!(f, "{}", self.remedy)
    }
}
