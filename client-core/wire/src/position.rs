//! Places in the log. What was signed before a key was cut off stays valid, and only the log can say what came before.

use crate::checkpoint::VerifiedCheckpoint;
use crate::id::StatementHash;
use crate::log_leaf::{LogLeaf, history_leaf};
use crate::origin::Origin;
use crate::tree::Included;

/// The proven place of one statement in one log: no later than this leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPosition {
    statement: StatementHash,
    origin: Origin,
    index: u64,
}

impl LogPosition {
    /// The place of a statement that stands in a history (`in_history`: its leaf in the history's tree) whose root a log leaf
    /// names, that leaf being in the tree of a verified checkpoint (`in_log`). Nothing where one of them is of another.
    #[must_use]
    pub fn prove(
        statement: &StatementHash,
        in_history: &Included,
        leaf: &LogLeaf,
        in_log: &Included,
        checkpoint: &VerifiedCheckpoint,
    ) -> Option<Self> {
        let log = checkpoint.checkpoint();
        // The last statement under that root: with an earlier one, whoever proves could choose a later leaf than its own.
        let proven = *in_history.leaf() == history_leaf(statement)
            && in_history.index().checked_add(1) == Some(in_history.size())
            && in_history.root() == leaf.root()
            && *in_log.leaf() == leaf.hash()
            && in_log.root() == log.root()
            && in_log.size() == log.size();
        proven.then(|| Self { statement: *statement, origin: log.origin().clone(), index: in_log.index() })
    }

    /// Whether this is the place of that statement.
    #[must_use]
    pub fn is_of(&self, statement: &StatementHash) -> bool {
        self.statement == *statement
    }

    /// Whether this place is before another of the same log. Places in two logs have no order.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        self.origin == other.origin && self.index < other.index
    }
}

/// A statement's bytes, with its proven place in the log, where known.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Its place: needed where the device that signed has been cut off since, or the policy replaced.
    pub position: Option<LogPosition>,
}

impl From<Vec<u8>> for Signed {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, position: None }
    }
}
