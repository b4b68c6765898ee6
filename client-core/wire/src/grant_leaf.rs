//! Grant leaves: what one grant says. Up to 1,000 of them stand under one signature as an RFC 6962 tree.
//!
//! A reader gets its own leaf and path, and learns nothing of the others: each leaf is blinded by 16 random bytes.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::StableCode;
use crate::cbor::{self, CborError};
use crate::id::{Digest, EntryId, KeyId, ReaderId};
use crate::statement::GrantBatch;
use crate::tree::{InclusionProof, LeafHash, Nodes as _, Tree, TreeRoot};

/// One grant: this reader, at this generation, may do this with this version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantLeaf {
    /// The entry.
    #[n(0)]
    pub entry: EntryId,
    /// Its version.
    #[n(1)]
    pub version: u64,
    /// Who may read.
    #[n(2)]
    pub reader: ReaderId,
    /// The generation of the reader's keys that the header is wrapped to.
    #[n(3)]
    pub generation: u64,
    /// The recipient of that generation.
    #[n(4)]
    pub key_id: KeyId,
    /// How the reader's secret is held.
    #[n(5)]
    pub via: Via,
    /// What it may do.
    #[n(6)]
    pub rights: Rights,
    /// Not served before this accepted time, in milliseconds since 1970 (an embargo).
    #[n(7)]
    pub not_before: Option<u64>,
    /// Not served from this accepted time on, in milliseconds since 1970.
    #[n(8)]
    pub expires: Option<u64>,
    /// BLAKE3 of the header.
    #[n(9)]
    pub header: Digest,
    /// Random: who knows the other fields cannot recompute the leaf's hash.
    #[n(10)]
    pub blind: ByteArray<16>,
}

impl GrantLeaf {
    /// Most bytes of a leaf.
    pub const MAX_LEN: usize = 256;

    /// Parses one leaf.
    ///
    /// # Errors
    /// [`CborError`] where the bytes are not a leaf in its only encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, Self::MAX_LEN)
    }

    /// Its only encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Its hash in the tree.
    #[must_use]
    pub fn hash(&self) -> LeafHash {
        LeafHash::of(&self.to_bytes())
    }
}

/// How a reader's secret is held. All readers are the same mechanism; this is for the screen that says who can read, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Via {
    /// By an account, in its keyring.
    #[n(0)]
    Account,
    /// By the holders of a vault, in its key entry.
    #[n(1)]
    Vault,
    /// By the members of a circle, in its key entry.
    #[n(2)]
    Circle,
    /// In a link.
    #[n(3)]
    Link,
    /// On a card.
    #[n(4)]
    Card,
    /// In a letter.
    #[n(5)]
    Letter,
    /// By an app.
    #[n(6)]
    App,
}

/// What a reader may do with a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Rights {
    /// List it and open it.
    #[n(0)]
    Open,
    /// List it only: its manifest, not its bytes. Whoever holds the header could decrypt them; the server does not give them.
    #[n(1)]
    List,
}

/// The tree over a batch of leaves.
#[derive(Debug)]
pub struct GrantTree {
    tree: Tree,
    count: u32,
}

impl GrantTree {
    /// Builds the tree over 0 to 1,000 leaves.
    ///
    /// # Errors
    /// [`GrantLeafError::TooMany`].
    pub fn over(leaves: &[GrantLeaf]) -> Result<Self, GrantLeafError> {
        if leaves.len() > GrantBatch::MAX {
            return Err(GrantLeafError::TooMany);
        }
        let tree = leaves.iter().map(GrantLeaf::hash).collect();
        let count = u32::try_from(leaves.len()).map_err(|_| GrantLeafError::TooMany)?;
        Ok(Self { tree, count })
    }

    /// What the statement signs.
    #[must_use]
    pub fn batch(&self) -> GrantBatch {
        GrantBatch { root: (*self.tree.root().as_bytes()).into(), count: self.count }
    }

    /// The path of one leaf, for its reader.
    ///
    /// # Errors
    /// [`GrantLeafError::NotInBatch`] past the end.
    pub fn path(&self, index: u32) -> Result<GrantPath, GrantLeafError> {
        let proof = self
            .tree
            .prove_inclusion(u64::from(index), u64::from(self.count))
            .map_err(|_| GrantLeafError::NotInBatch)?;
        Ok(GrantPath { index, proof })
    }
}

/// Where a leaf stands in its batch, and the proof of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct GrantPath {
    /// Its place, from 0.
    #[n(0)]
    pub index: u32,
    /// The RFC 6962 inclusion proof: at most 10 hashes for 1,000 leaves.
    #[n(1)]
    pub proof: InclusionProof,
}

impl GrantPath {
    /// Checks that this leaf stands in that signed batch.
    ///
    /// # Errors
    /// [`GrantLeafError::NotInBatch`].
    pub fn verify(&self, leaf: &GrantLeaf, batch: &GrantBatch) -> Result<(), GrantLeafError> {
        let root = TreeRoot::from_bytes(batch.root.into());
        self.proof
            .verify(&leaf.hash(), u64::from(self.index), u64::from(batch.count), &root)
            .map(|_| ())
            .map_err(|_| GrantLeafError::NotInBatch)
    }
}

/// Why a grant leaf is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantLeafError {
    /// More than 1,000 grants.
    #[error("more than 1,000 grants under one signature")]
    TooMany,
    /// The leaf does not stand in the signed batch.
    #[error("the grant is not in the signed batch")]
    NotInBatch,
}

impl StableCode for GrantLeafError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooMany => "grant-too-many",
            Self::NotInBatch => "grant-not-in-batch",
        }
    }
}
