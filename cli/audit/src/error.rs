//! Why a store is not audited, and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why a store is not audited.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// A canary cannot be sought.
    #[error("{0}")]
    Canaries(String),
    /// The engine does not read its files.
    #[error("the engine cannot read its files: {0}")]
    Damaged(String),
    /// A file or folder cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A server runs on it.
    #[error("a server has this store open")]
    Locked,
    /// There is no room for a copy of the records.
    #[error("{0}")]
    NoRoom(io::Error),
    /// There is no store in this folder.
    #[error("{} is no server's folder", .0.display())]
    NoStore(PathBuf),
    /// The store has a format or an engine that this version does not know.
    #[error("{0}")]
    OtherVersion(String),
    /// The canary of this number, from 1, is too short.
    #[error("canary {0} has fewer than {least} bytes", least = crate::needles::LEAST)]
    ShortCanary(usize),
}

impl AuditError {
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Canaries(_) => "Name fewer canaries.",
            Self::Damaged(_) => "Restore a backup, or see what the disk says.",
            Self::File { .. } => "Look at its owner and at the disk.",
            Self::Locked => "Stop it first, or audit a copy of its folder.",
            Self::NoRoom(_) => {
                "A copy of the records is read, in the temporary folder (TMPDIR): give it as much room as the records have."
            }
            Self::NoStore(_) => "Name a server's data folder: it has a folder `records` with a file `store`.",
            Self::OtherVersion(_) => "Use the version of carnet that belongs to the server.",
            Self::ShortCanary(_) => "Random bytes would hold it by chance: name a longer one.",
        }
    }

    /// Whether the caller asked for what cannot be done, and nothing has failed.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        matches!(self, Self::Canaries(_) | Self::NoStore(_) | Self::ShortCanary(_))
    }
}
