//! What a tree needs in order to grow.

use super::{LeafHash, NodeHash, TreeRoot};

/// The right edge of a tree: at most 64 hashes, enough to append and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    // The complete subtrees that make up the tree, largest (leftmost) first: one per bit set in `size`.
    peaks: Vec<NodeHash>,
}

impl Frontier {
    /// A tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The complete subtrees of a tree of `size` leaves, the largest first.
    pub(super) fn of_peaks(size: u64, peaks: Vec<NodeHash>) -> Self {
        Self { size, peaks }
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: LeafHash) {
        let mut node = NodeHash::from(leaf);
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            node = NodeHash::parent(&left, &node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The root of all leaves.
    #[must_use]
    pub fn root(&self) -> TreeRoot {
        let join = |right: NodeHash, left: &NodeHash| NodeHash::parent(left, &right);
        let mut peaks = self.peaks.iter().rev();
        peaks.next().map_or(TreeRoot::EMPTY, |last| TreeRoot::from(peaks.fold(*last, join)))
    }
}
