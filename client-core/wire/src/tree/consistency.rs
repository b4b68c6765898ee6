//! Consistency proofs (RFC 9162 section 2.1.4), and those of subtrees.

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

use super::path::{self, ProofError};
use super::{NodeHash, TreeRoot};

/// The proof that a tree is the start of a later one. CBOR: an array of at most 64 byte strings of 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof(pub(super) Vec<NodeHash>);

/// Two sizes of one tree that only grew in between. Only [`ConsistencyProof::verify`] makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consistent {
    old: (u64, TreeRoot),
    new: (u64, TreeRoot),
}

impl ConsistencyProof {
    /// Takes the hashes, from the bottom of the tree.
    ///
    /// # Errors
    /// [`ProofError::WrongLength`] for more than 64.
    pub fn from_hashes(hashes: Vec<NodeHash>) -> Result<Self, ProofError> {
        if hashes.len() > path::MAX_PROOF_LEN { Err(ProofError::WrongLength) } else { Ok(Self(hashes)) }
    }

    /// The hashes, from the bottom of the tree.
    #[must_use]
    pub fn hashes(&self) -> &[NodeHash] {
        &self.0
    }

    /// Verifies that the tree of `new_size` leaves starts with all leaves of the tree of `old_size`.
    ///
    /// Every tree starts with the empty one: a proof from size 0 would say nothing, and is refused.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] unless `0 < old_size <= new_size`; [`ProofError::WrongLength`] and
    /// [`ProofError::Mismatch`].
    pub fn verify(
        &self,
        old_size: u64,
        old_root: &TreeRoot,
        new_size: u64,
        new_root: &TreeRoot,
    ) -> Result<Consistent, ProofError> {
        path::verify(&self.0, (0, old_size), NodeHash::from_bytes(*old_root.as_bytes()), new_size, new_root)?;
        Ok(Consistent { old: (old_size, *old_root), new: (new_size, *new_root) })
    }

    /// Verifies that the valid subtree `[start, end)` of hash `subtree` is part of the tree of `size` leaves.
    ///
    /// The empty subtree is part of every tree that reaches it; its hash is [`TreeRoot::EMPTY`], its proof empty.
    ///
    /// # Errors
    /// [`ProofError::OutOfRange`] for a subtree that is not valid or ends after `size`; [`ProofError::WrongLength`] and
    /// [`ProofError::Mismatch`].
    pub fn verify_subtree(
        &self,
        start: u64,
        end: u64,
        subtree: &TreeRoot,
        size: u64,
        root: &TreeRoot,
    ) -> Result<(), ProofError> {
        if start == end && end <= size {
            return match (self.0.is_empty(), *subtree == TreeRoot::EMPTY) {
                (true, true) => Ok(()),
                (false, _) => Err(ProofError::WrongLength),
                (true, false) => Err(ProofError::Mismatch),
            };
        }
        path::verify(&self.0, (start, end), NodeHash::from_bytes(*subtree.as_bytes()), size, root)
    }
}

impl Consistent {
    /// The size and root of the earlier tree.
    #[must_use]
    pub fn old_tree(&self) -> (u64, &TreeRoot) {
        (self.old.0, &self.old.1)
    }

    /// The size and root of the later tree.
    #[must_use]
    pub fn new_tree(&self) -> (u64, &TreeRoot) {
        (self.new.0, &self.new.1)
    }
}

impl<C> Encode<C> for ConsistencyProof {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        path::encode(&self.0, e)
    }
}

impl<'b, C> Decode<'b, C> for ConsistencyProof {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        path::decode(d).map(Self)
    }
}
