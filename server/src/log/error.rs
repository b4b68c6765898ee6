//! Why the log does not do what it was asked.

use carnet_wire::StableCode;
use carnet_wire::origin::Origin;
use carnet_wire::tree::ProofError;

use super::signer::KeyError;
use crate::store::StoreError;

/// Why the log does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The store does not hold a log of this origin.
    #[error("the store holds no log of this origin")]
    Absent,
    /// The store holds a log of this origin already.
    #[error("the store holds a log of this origin already")]
    Exists,
    /// The log was signed by another key.
    #[error("the log was signed by another key")]
    OtherKey,
    /// Tiles, state and checkpoint do not fit together.
    #[error("the log's records do not fit together")]
    Damaged,
    /// The store was restored from a backup, and the last checkpoint that anybody has seen was not given yet.
    #[error("restored from a backup: give the last checkpoint that a witness or client has seen")]
    Restored,
    /// The log ends before the checkpoint that was given: only a successor may go on.
    #[error("the log has {kept} leaves, its last known checkpoint {last}: open a successor")]
    Behind {
        /// Leaves in the store.
        kept: u64,
        /// Leaves under the checkpoint that was given.
        last: u64,
    },
    /// The log contradicts the checkpoint that was given.
    #[error("the log contradicts its own checkpoint of {0} leaves: it forked")]
    Forked(u64),
    /// Not a checkpoint signed by this log.
    #[error("not a checkpoint of this log: {0}")]
    NotACheckpoint(&'static str),
    /// The log goes on beyond the checkpoint that was given as its last.
    #[error("the log goes on beyond this checkpoint")]
    NotLast,
    /// Another log has taken this one's place.
    #[error("succeeded by {0}")]
    Succeeded(Origin),
    /// No such proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StableCode for LogError {
    fn code(&self) -> &'static str {
        match self {
            Self::Absent => "log-absent",
            Self::Exists => "log-exists",
            Self::OtherKey => "log-other-key",
            Self::Damaged => "log-damaged",
            Self::Restored => "log-restored",
            Self::Behind { .. } => "log-behind",
            Self::Forked(_) => "log-forked",
            Self::NotACheckpoint(code) => code,
            Self::NotLast => "log-not-last",
            Self::Succeeded(_) => "log-succeeded",
            Self::Proof(error) => error.code(),
            Self::Key(_) => "log-key",
            Self::Store(_) => "store",
        }
    }
}
