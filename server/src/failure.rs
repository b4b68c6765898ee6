//! Why a command of the operator stops, in two lines: what happened, and what to do.

/// A failure that an operator reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}\n{remedy}")]
pub struct Failure {
    /// What happened.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Failure {
    /// A failure and its remedy.
    #[must_use]
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }

    /// A file that cannot be used.
    #[must_use]
    pub fn file(path: &std::path::Path, error: &std::io::Error, remedy: impl Into<String>) -> Self {
        Self::new(format!("{}: {error}", path.display()), remedy)
    }
}
