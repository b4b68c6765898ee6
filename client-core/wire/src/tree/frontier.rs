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

    /// The edge of a tree of `size` leaves, as [`Frontier::peaks`] gave it; nothing where their number does not fit the size.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<NodeHash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// The complete subtrees that make up the tree, the largest first: what a store keeps to go on later.
    #[must_use]
    pub fn peaks(&self) -> &[NodeHash] {
        &self.peaks
    }

    /// The same with their places in the tree: level, index and hash.
    pub fn nodes(&self) -> impl Iterator<Item = (u8, u64, NodeHash)> + '_ {
        let levels = (0..64_u8).rev().filter(|level| self.size >> level & 1 == 1);
        // What stands to the left of a peak is all leaves that the larger ones take.
        levels.zip(&self.peaks).map(|(level, peak)| (level, (self.size >> level) - 1, *peak))
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
        self.append_with(leaf, |_, _, _| {});
    }

    /// Appends a leaf and tells every node that is complete from now on: level, index and hash, the leaf itself first.
    pub fn append_with(&mut self, leaf: LeafHash, mut complete: impl FnMut(u8, u64, NodeHash)) {
        let mut node = NodeHash::from(leaf);
        complete(0, self.size, node);
        for (below, level) in (0..self.size.trailing_ones()).zip(1u8..) {
            let Some(left) = self.peaks.pop() else { break };
            node = NodeHash::parent(&left, &node);
            complete(level, self.size >> (below + 1), node);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn edge_is_at_the_places_where_its_nodes_were_completed() {
        let (mut frontier, mut complete) = (Frontier::new(), BTreeMap::new());
        for size in 0..300_u64 {
            assert_eq!(frontier.nodes().count(), size.count_ones() as usize);
            for (level, index, hash) in frontier.nodes() {
                assert_eq!(complete.get(&(level, index)), Some(&hash), "{size}: {level}, {index}");
            }
            let leaf = LeafHash::of(&size.to_be_bytes());
            frontier.append_with(leaf, |level, index, hash| {
                complete.insert((level, index), hash);
            });
        }
    }
}
