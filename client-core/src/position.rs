//! Places in the log. What was signed before a key was cut off stays valid, and only the log can say what came before.

use carnet_wire::checkpoint::VerifiedCheckpoint;
use carnet_wire::origin::Origin;
use carnet_wire::tree::Included;

/// A leaf's proven place in one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPosition {
    origin: Origin,
    index: u64,
}

impl LogPosition {
    /// The place of a leaf that was proved to be in the tree of a verified checkpoint; nothing where the proof is of another tree.
    #[must_use]
    pub fn prove(leaf: &Included, checkpoint: &VerifiedCheckpoint) -> Option<Self> {
        let tree = checkpoint.checkpoint();
        let same = leaf.size() == tree.size() && leaf.root() == tree.root();
        same.then(|| Self { origin: tree.origin().clone(), index: leaf.index() })
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
    /// Its place: needed where the device that signed has been cut off since.
    pub position: Option<LogPosition>,
}

impl From<Vec<u8>> for Signed {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, position: None }
    }
}
