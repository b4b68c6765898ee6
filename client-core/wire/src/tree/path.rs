//! The path from a valid subtree to the root: built, verified and encoded once, for both kinds of proof.

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};

use super::{NodeHash, Nodes, TreeRoot};
use crate::StableCode;

/// The greatest number of hashes in a proof.
pub const MAX_PROOF_LEN: usize = 64;

/// Why a proof cannot be made, or proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The index, size or subtree does not exist in a tree of that size, or is empty.
    #[error("no such leaf or subtree in a tree of this size")]
    OutOfRange,
    /// The proof has more or fewer hashes than this place in the tree needs.
    #[error("the proof has the wrong number of hashes")]
    WrongLength,
    /// The hashes lead to another root, or start from another tree.
    #[error("the proof leads to another root")]
    Mismatch,
    /// The store lacks a node of the tree.
    #[error("a node of the tree is missing")]
    NodeMissing,
}

impl StableCode for ProofError {
    fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange => "proof-out-of-range",
            Self::WrongLength => "proof-wrong-length",
            Self::Mismatch => "proof-mismatch",
            Self::NodeMissing => "proof-node-missing",
        }
    }
}

/// The hash of the valid subtree `[start, end)`, not empty.
pub(super) fn subtree_hash<N: Nodes + ?Sized>(
    nodes: &N,
    start: u64,
    end: u64,
) -> Result<NodeHash, ProofError> {
    // The subtree is a row of complete nodes, one per bit set in its length, the largest first: fold from the right.
    let mut rest = end - start;
    let mut to = end;
    let mut hash = None;
    while rest != 0 {
        let level = rest.trailing_zeros();
        let index = (to - 1) >> level;
        let level = u8::try_from(level).map_err(|_| ProofError::OutOfRange)?;
        let node = nodes.node(level, index).ok_or(ProofError::NodeMissing)?;
        hash = Some(hash.map_or(node, |right| NodeHash::parent(&node, &right)));
        to -= 1 << level;
        rest &= rest - 1;
    }
    hash.ok_or(ProofError::OutOfRange)
}

/// The path of `[start, end)` in the tree `[0, size)`, from the bottom.
pub(super) fn prove<N: Nodes + ?Sized>(
    nodes: &N,
    mut start: u64,
    end: u64,
    size: u64,
) -> Result<Vec<NodeHash>, ProofError> {
    check_subtree(start, end, size)?;
    let mut path = Vec::new();
    let (mut low, mut high) = (0, size);
    // Once the subtree straddles a split, its hash no longer is a node of the tree: the path must then begin with one.
    let mut whole = true;
    while (start, end) != (low, high) {
        let middle = low + split(high - low);
        if end <= middle {
            path.push(subtree_hash(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(subtree_hash(nodes, low, middle)?);
            low = middle;
            if start < middle {
                start = middle;
                whole = false;
            }
        }
    }
    if !whole {
        path.push(subtree_hash(nodes, low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// Verifies a path: that the subtree `[start, end)` of hash `node` is part of the tree of `size` leaves and root `root`.
pub(super) fn verify(
    path: &[NodeHash],
    (start, end): (u64, u64),
    node: NodeHash,
    size: u64,
    root: &TreeRoot,
) -> Result<(), ProofError> {
    check_subtree(start, end, size)?;
    // Positions, at the level reached, of the subtree's first and last node and of the tree's last one.
    let (mut first, mut last, mut edge) = (start, end - 1, size - 1);
    let on_edge = last == edge;
    while first != last && (on_edge || last & 1 == 1) {
        (first, last, edge) = (first >> 1, last >> 1, edge >> 1);
    }
    // A subtree that is not a node of the tree is rebuilt from one (`old`) on the way to the root (`new`).
    let (seed, rest) = match path.split_first() {
        _ if first == last => (node, path),
        Some((seed, rest)) => (*seed, rest),
        None => return Err(ProofError::WrongLength),
    };
    let (mut old, mut new) = (seed, seed);
    for hash in rest {
        if edge == 0 {
            return Err(ProofError::WrongLength);
        }
        if last & 1 == 1 || last == edge {
            if first < last {
                old = NodeHash::parent(hash, &old);
            }
            new = NodeHash::parent(hash, &new);
            while last & 1 == 0 && last != 0 {
                (first, last, edge) = (first >> 1, last >> 1, edge >> 1);
            }
        } else {
            new = NodeHash::parent(&new, hash);
        }
        (first, last, edge) = (first >> 1, last >> 1, edge >> 1);
    }
    if edge != 0 {
        return Err(ProofError::WrongLength);
    }
    if old == node && TreeRoot::from(new) == *root { Ok(()) } else { Err(ProofError::Mismatch) }
}

/// Encodes a path as a CBOR array of 32-byte strings.
pub(super) fn encode<W: Write>(path: &[NodeHash], e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
    e.array(path.len() as u64)?;
    path.iter().try_for_each(|hash| e.bytes(hash.as_bytes())?.ok())
}

/// Decodes a path: a definite array of at most [`MAX_PROOF_LEN`] strings of 32 bytes.
pub(super) fn decode(d: &mut Decoder<'_>) -> Result<Vec<NodeHash>, DecodeError> {
    let len = d.array()?.ok_or_else(|| DecodeError::message("proof of indefinite length"))?;
    if len > MAX_PROOF_LEN as u64 {
        return Err(DecodeError::message("proof of more than 64 hashes"));
    }
    (0..len).map(|_| d.decode()).collect()
}

pub(super) fn check_subtree(start: u64, end: u64, size: u64) -> Result<(), ProofError> {
    if start >= end || end > size {
        return Err(ProofError::OutOfRange);
    }
    // No power of two fits above 2^63: such a subtree can only start at 0.
    let valid = (end - start).checked_next_power_of_two().map_or(start == 0, |span| start & (span - 1) == 0);
    if valid { Ok(()) } else { Err(ProofError::OutOfRange) }
}

/// The largest power of two less than `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}
