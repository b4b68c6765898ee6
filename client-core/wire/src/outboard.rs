//! The inner nodes of a payload's BLAKE3 tree, kept beside the payload so that any range of it can be proved.
//!
//! The leaves are groups of 64 KiB (64 BLAKE3 chunks, as Bao calls them); the nodes are 64 bytes each, the chaining values
//! of the left and the right child, in pre-order. No key is needed: the server computes it while it stores an upload.

use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt as _, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};

use crate::StableCode;
use crate::id::PayloadRoot;

/// The length of a group, in bytes: the unit that is verified at once.
pub const GROUP_LEN: usize = 64 * 1024;

/// The same, as a position in a payload.
pub(crate) const GROUP: u64 = GROUP_LEN as u64;

/// The length of an inner node, in bytes.
pub const NODE_LEN: usize = 64;

/// Computes the root and the outboard of a payload while it passes by.
///
/// Holds 32 bytes per group. Where only the root is wanted, plain BLAKE3 gives the same, faster.
#[derive(Clone, Debug)]
pub struct OutboardBuilder {
    groups: Vec<ChainingValue>,
    // The last group seen, kept open: only the end of the payload tells whether it is the root.
    current: Hasher,
    current_len: usize,
}

/// The inner nodes of a payload's tree in pre-order: 64 bytes for each group but one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outboard(Vec<u8>);

/// The bytes are not the outboard of a payload of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the outboard does not fit the payload's length")]
pub struct OutboardError;

impl StableCode for OutboardError {
    fn code(&self) -> &'static str {
        "outboard-wrong-length"
    }
}

impl OutboardBuilder {
    /// Starts an empty payload.
    #[must_use]
    pub fn new() -> Self {
        Self { groups: Vec::new(), current: Hasher::new(), current_len: 0 }
    }

    /// Takes the next bytes, any number of them.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.current_len == GROUP_LEN {
                self.groups.push(self.current.finalize_non_root());
                // Not `reset`: it keeps the old offset.
                self.current = Hasher::new();
                self.current.set_input_offset(self.groups.len() as u64 * GROUP);
                self.current_len = 0;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(GROUP_LEN - self.current_len));
            self.current.update(now);
            self.current_len += now.len();
            bytes = rest;
        }
    }

    /// Ends the payload.
    #[must_use]
    pub fn finish(mut self) -> (PayloadRoot, Outboard) {
        if self.groups.is_empty() {
            return (PayloadRoot::from_bytes(*self.current.finalize().as_bytes()), Outboard(Vec::new()));
        }
        self.groups.push(self.current.finalize_non_root());
        let mut nodes = Vec::with_capacity((self.groups.len() - 1) * NODE_LEN);
        let (left, right) = write_children(&self.groups, &mut nodes);
        let root = merge_subtrees_root(&left, &right, Mode::Hash);
        (PayloadRoot::from_bytes(*root.as_bytes()), Outboard(nodes))
    }
}

impl Default for OutboardBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl Outboard {
    /// Takes stored bytes, for a payload of `payload_len` bytes.
    ///
    /// # Errors
    /// [`OutboardError`] unless their length is 64 bytes for each group but one.
    pub fn from_bytes(bytes: Vec<u8>, payload_len: u64) -> Result<Self, OutboardError> {
        if bytes.len() as u64 == Self::len_for(payload_len) { Ok(Self(bytes)) } else { Err(OutboardError) }
    }

    /// The length of the outboard of a payload, in bytes.
    #[must_use]
    pub fn len_for(payload_len: u64) -> u64 {
        payload_len.div_ceil(GROUP).saturating_sub(1) * NODE_LEN as u64
    }

    /// The bytes, to be stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The node at a place of the pre-order, from 0.
    #[must_use]
    pub fn node(&self, index: u64) -> Option<&[u8; NODE_LEN]> {
        let start = usize::try_from(index).ok()?.checked_mul(NODE_LEN)?;
        self.0.get(start..)?.first_chunk()
    }
}

/// Writes the nodes of a tree of two groups or more, its top first, and returns the top's children.
fn write_children(groups: &[ChainingValue], nodes: &mut Vec<u8>) -> (ChainingValue, ChainingValue) {
    let (left, right) = groups.split_at(groups.len().next_power_of_two() / 2);
    let place = nodes.len();
    nodes.resize(place + NODE_LEN, 0);
    let children = (write_subtree(left, nodes), write_subtree(right, nodes));
    if let Some((left, right)) =
        nodes.get_mut(place..place + NODE_LEN).and_then(|n| n.split_at_mut_checked(32))
    {
        left.copy_from_slice(&children.0);
        right.copy_from_slice(&children.1);
    }
    children
}

fn write_subtree(groups: &[ChainingValue], nodes: &mut Vec<u8>) -> ChainingValue {
    if let [group] = groups {
        return *group;
    }
    let (left, right) = write_children(groups, nodes);
    merge_subtrees_non_root(&left, &right, Mode::Hash)
}

/// The length of the left child of a subtree of more than one group, in bytes.
pub(crate) fn left_len(subtree_len: u64) -> u64 {
    left_subtree_len(subtree_len)
}
