//! Merkle trees of RFC 9162 section 2.1 (the same as RFC 6962) with SHA-256.
//!
//! One implementation for a vault's history, the grants of a statement and the server's log. The tree of `n` leaves is
//! written `[0, n)`; a **subtree** `[start, end)` is valid where `start` is a multiple of the smallest power of two that is
//! not less than `end - start`: those are the subtrees that stay what they are, or grow on their right edge only, as the
//! tree grows (draft-ietf-plants-merkle-tree-certs, "Subtrees"). An inclusion proof is the path of `[i, i + 1)`, a
//! consistency proof that of `[0, old size)`.
//!
//! Sizes and indices are `u64`. A proof has at most [`MAX_PROOF_LEN`] hashes, enough for trees of 2^63 leaves.

mod consistency;
mod inclusion;
mod path;

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};
use sha2::{Digest as _, Sha256};

pub use consistency::{ConsistencyProof, Consistent};
pub use inclusion::{Included, InclusionProof};
pub use path::{MAX_PROOF_LEN, ProofError};

use crate::id::id;

id! {
    /// The hash of one leaf: `SHA-256(0x00 || entry)`.
    LeafHash, 32
}
id! {
    /// The hash of any node: a leaf's, or `SHA-256(0x01 || left || right)`.
    NodeHash, 32
}
id! {
    /// The root of a tree of a given size. Of no leaf at all: SHA-256 of nothing.
    TreeRoot, 32
}

/// Where the nodes of an append-only tree are kept: memory, or tiles.
///
/// A node `(level, index)` covers the leaves `[index * 2^level, (index + 1) * 2^level)`, all present. It never changes.
pub trait Nodes {
    /// The hash of a node, or `None` where it is not stored.
    fn node(&self, level: u8, index: u64) -> Option<NodeHash>;

    /// The root of the first `size` leaves.
    ///
    /// # Errors
    /// [`ProofError::NodeMissing`] where the store has fewer leaves.
    fn root_at(&self, size: u64) -> Result<TreeRoot, ProofError> {
        if size == 0 {
            return Ok(TreeRoot::EMPTY);
        }
        path::subtree_hash(self, 0, size).map(TreeRoot::from)
    }

    /// Proves that the leaf at `index` is in the tree of the first `size` leaves.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] unless `index < size`; [`ProofError::NodeMissing`].
    fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, ProofError> {
        let end = index.checked_add(1).ok_or(ProofError::OutOfRange)?;
        path::prove(self, index, end, size).map(InclusionProof)
    }

    /// Proves that the first `old_size` leaves of the tree of `new_size` leaves are those of the tree of `old_size`.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] unless `0 < old_size <= new_size`; [`ProofError::NodeMissing`].
    fn prove_consistency(&self, old_size: u64, new_size: u64) -> Result<ConsistencyProof, ProofError> {
        self.prove_subtree(0, old_size, new_size)
    }

    /// Proves that the valid subtree `[start, end)` is part of the tree of `size` leaves.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] for an empty, invalid or too long subtree; [`ProofError::NodeMissing`].
    fn prove_subtree(&self, start: u64, end: u64, size: u64) -> Result<ConsistencyProof, ProofError> {
        path::prove(self, start, end, size).map(ConsistencyProof)
    }
}

/// An append-only tree in memory, about 64 bytes per leaf: any root, any proof.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    // levels[l][i] is the node (l, i); only complete nodes are kept.
    levels: Vec<Vec<NodeHash>>,
}

impl Tree {
    /// A tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: LeafHash) {
        let mut node = NodeHash::from(leaf);
        for level in 0.. {
            let Some(nodes) = self.levels.get_mut(level) else {
                self.levels.push(vec![node]);
                return;
            };
            nodes.push(node);
            if nodes.len() % 2 == 1 {
                return;
            }
            let [.., left, right] = nodes.as_slice() else { return };
            node = NodeHash::parent(left, right);
        }
    }

    /// The root of all leaves.
    #[must_use]
    pub fn root(&self) -> TreeRoot {
        self.frontier().root()
    }

    /// The compact state, from which the tree can grow but prove nothing.
    #[must_use]
    pub fn frontier(&self) -> Frontier {
        let odd = |nodes: &&Vec<NodeHash>| nodes.len() % 2 == 1;
        let peaks = self.levels.iter().rev().filter(odd).filter_map(|nodes| nodes.last().copied()).collect();
        Frontier { size: self.size(), peaks }
    }
}

impl FromIterator<LeafHash> for Tree {
    fn from_iter<I: IntoIterator<Item = LeafHash>>(leaves: I) -> Self {
        let mut tree = Self::new();
        leaves.into_iter().for_each(|leaf| tree.append(leaf));
        tree
    }
}

impl Nodes for Tree {
    fn node(&self, level: u8, index: u64) -> Option<NodeHash> {
        self.levels.get(usize::from(level))?.get(usize::try_from(index).ok()?).copied()
    }
}

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

impl LeafHash {
    /// The hash of an entry.
    #[must_use]
    pub fn of(entry: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0x00]).chain_update(entry).finalize().into())
    }
}

impl NodeHash {
    /// The hash of the parent of two nodes.
    #[must_use]
    pub fn parent(left: &Self, right: &Self) -> Self {
        Self(Sha256::new().chain_update([0x01]).chain_update(left.0).chain_update(right.0).finalize().into())
    }
}

impl TreeRoot {
    /// The root of the tree without leaves: SHA-256 of nothing.
    pub const EMPTY: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
        0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);
}

impl From<LeafHash> for NodeHash {
    fn from(leaf: LeafHash) -> Self {
        Self(leaf.0)
    }
}

impl From<NodeHash> for TreeRoot {
    fn from(node: NodeHash) -> Self {
        Self(node.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u64) -> Vec<LeafHash> {
        (0..count).map(|i| LeafHash::of(&i.to_be_bytes())).collect()
    }

    // MTH as RFC 9162 section 2.1.1 defines it, word for word: slow, and right.
    fn mth(leaves: &[LeafHash]) -> TreeRoot {
        fn node(leaves: &[LeafHash]) -> NodeHash {
            if let [leaf] = leaves {
                return (*leaf).into();
            }
            let k = leaves.len().next_power_of_two() / 2;
            NodeHash::parent(&node(&leaves[..k]), &node(&leaves[k..]))
        }
        if leaves.is_empty() { TreeRoot::EMPTY } else { node(leaves).into() }
    }

    #[test]
    fn root_differs_from_definition_at_no_size() {
        let leaves = leaves(130);
        let tree: Tree = leaves.iter().copied().collect();
        let (mut growing, mut frontier) = (Tree::new(), Frontier::new());
        for size in 0..=leaves.len() {
            let root = mth(&leaves[..size]);
            assert_eq!(tree.root_at(size as u64).unwrap(), root);
            assert_eq!((growing.root(), frontier.root()), (root, root));
            assert_eq!(growing.frontier(), frontier);
            if let Some(leaf) = leaves.get(size) {
                growing.append(*leaf);
                frontier.append(*leaf);
            }
        }
        assert!(matches!(tree.root_at(131), Err(ProofError::NodeMissing)));
    }

    #[test]
    fn every_inclusion_and_subtree_proof_verifies_and_no_other_position_does() {
        let leaves = leaves(40);
        let tree: Tree = leaves.iter().copied().collect();
        for size in 1..=40 {
            let root = tree.root_at(size).unwrap();
            for (index, leaf) in (0..size).zip(&leaves) {
                let proof = tree.prove_inclusion(index, size).unwrap();
                proof.verify(leaf, index, size, &root).unwrap();
                for other in (0..size).filter(|other| *other != index) {
                    assert!(proof.verify(leaf, other, size, &root).is_err());
                }
            }
            for start in 0..size {
                for end in start + 1..=size {
                    let Ok(proof) = tree.prove_subtree(start, end, size) else {
                        assert!(!start.is_multiple_of((end - start).next_power_of_two()));
                        continue;
                    };
                    let node = mth(&leaves[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()]);
                    proof.verify_subtree(start, end, &node, size, &root).unwrap();
                    assert!(proof.verify_subtree(start, end, &TreeRoot::EMPTY, size, &root).is_err());
                }
            }
        }
    }

    #[test]
    fn proof_of_65_hashes_is_refused_by_the_decoder() {
        let encode = |count: usize| {
            let hashes = vec![NodeHash::from_bytes([7; 32]); count];
            minicbor::to_vec(InclusionProof(hashes)).unwrap()
        };
        assert!(minicbor::decode::<InclusionProof>(&encode(64)).is_ok());
        assert!(minicbor::decode::<InclusionProof>(&encode(65)).is_err());
        assert!(minicbor::decode::<ConsistencyProof>(&encode(65)).is_err());
        // An array that claims 2^64 - 1 hashes allocates nothing.
        assert!(minicbor::decode::<InclusionProof>(&[0x9b, 255, 255, 255, 255, 255, 255, 255, 255]).is_err());
        assert!(minicbor::decode::<InclusionProof>(&[0x9f, 0xff]).is_err());
    }

    #[test]
    fn sizes_near_the_end_of_u64_do_not_overflow() {
        let proof = InclusionProof(vec![NodeHash::from_bytes([7; 32]); 64]);
        let leaf = LeafHash::of(b"");
        for (index, size) in
            [(u64::MAX, u64::MAX), (u64::MAX - 1, u64::MAX), (0, u64::MAX), (1 << 63, u64::MAX)]
        {
            assert!(proof.verify(&leaf, index, size, &TreeRoot::EMPTY).is_err());
            let proof = ConsistencyProof(vec![NodeHash::from_bytes([7; 32]); 64]);
            assert!(proof.verify(index, &TreeRoot::EMPTY, size, &TreeRoot::EMPTY).is_err());
            assert!(proof.verify_subtree(index, size, &TreeRoot::EMPTY, size, &TreeRoot::EMPTY).is_err());
        }
    }
}
