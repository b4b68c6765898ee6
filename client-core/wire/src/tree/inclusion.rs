//! Inclusion proofs (RFC 9162 section 2.1.3).

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

use super::path::{self, ProofError};
use super::{LeafHash, NodeHash, TreeRoot};

/// The path from a leaf to the root. CBOR: an array of at most 64 byte strings of 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof(pub(super) Vec<NodeHash>);

/// A leaf that was proved to be in a tree. Only [`InclusionProof::verify`] makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Included {
    leaf: LeafHash,
    index: u64,
    size: u64,
    root: TreeRoot,
}

impl InclusionProof {
    /// Takes the hashes, the leaf's sibling first.
    ///
    /// # Errors
    /// [`ProofError::WrongLength`] for more than 64.
    pub fn from_hashes(hashes: Vec<NodeHash>) -> Result<Self, ProofError> {
        if hashes.len() > path::MAX_PROOF_LEN { Err(ProofError::WrongLength) } else { Ok(Self(hashes)) }
    }

    /// The hashes, the leaf's sibling first.
    #[must_use]
    pub fn hashes(&self) -> &[NodeHash] {
        &self.0
    }

    /// Verifies that `leaf` is at `index` (from 0) in the tree of `size` leaves and root `root`.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] unless `index < size`; [`ProofError::WrongLength`] and [`ProofError::Mismatch`].
    pub fn verify(
        &self,
        leaf: &LeafHash,
        index: u64,
        size: u64,
        root: &TreeRoot,
    ) -> Result<Included, ProofError> {
        let end = index.checked_add(1).ok_or(ProofError::OutOfRange)?;
        path::verify(&self.0, (index, end), NodeHash::from(*leaf), size, root)?;
        Ok(Included { leaf: *leaf, index, size, root: *root })
    }

    /// Verifies that `leaf` is at `index` of the whole tree, within its valid subtree `[start, end)` of hash `root`.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] unless `start <= index < end` and the subtree is valid; else as [`Self::verify`].
    pub fn verify_in_subtree(
        &self,
        leaf: &LeafHash,
        index: u64,
        (start, end): (u64, u64),
        root: &TreeRoot,
    ) -> Result<(), ProofError> {
        path::check_subtree(start, end, end)?;
        let index = index.checked_sub(start).ok_or(ProofError::OutOfRange)?;
        self.verify(leaf, index, end - start, root).map(drop)
    }
}

impl Included {
    /// The leaf.
    #[must_use]
    pub fn leaf(&self) -> &LeafHash {
        &self.leaf
    }

    /// Its place in the tree, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The number of leaves of the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> &TreeRoot {
        &self.root
    }
}

impl<C> Encode<C> for InclusionProof {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        path::encode(&self.0, e)
    }
}

impl<'b, C> Decode<'b, C> for InclusionProof {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        path::decode(d).map(Self)
    }
}
