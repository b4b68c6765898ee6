//! The authored part of a manifest: who wrote this content, and what it is. Signed by its author, never changed after.
//!
//! It is a COSE_Sign1 of the statement profile, kind `authored`, under the signing key of the author's generation. It is
//! sealed inside the manifest, so no server sees it; it travels unchanged through re-sealing and export, and is verified
//! offline, years later, with the author's account statements.

use carnet_wire::id::{ActorId, EntryId, InnerCommitment, VaultId};
use carnet_wire::statement::{Body, Kind, LimitError, Statement, Verified};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::account::Accounts;
pub use crate::description::{About, Code, Description, Related, Relation, Series, Sort};
use crate::stream::sealed::ContentDigest;

/// What an author signs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Authored {
    /// The vault it was written for.
    #[n(0)]
    pub vault: VaultId,
    /// The entry it was written as.
    #[n(1)]
    pub entry: EntryId,
    /// The first version that carries it.
    #[n(2)]
    pub first_version: u64,
    /// What it is.
    #[n(3)]
    pub description: Description,
    /// The content's true length in bytes, without padding.
    #[n(4)]
    pub len: u64,
    /// BLAKE3 of the content, without padding. It never leaves the seal.
    #[n(5)]
    pub content: ByteArray<32>,
    /// The author.
    #[n(6)]
    pub author: ActorId,
    /// The generation of the author's keys that signs.
    #[n(7)]
    pub generation: u64,
}

impl Body for Authored {
    const KIND: Kind = Kind::Authored;

    /// The manifest around it bounds it: a limit of its own here could make unreadable what was sealed in good faith.
    fn check(&self) -> Result<(), LimitError> {
        Ok(())
    }
}

impl Authored {
    /// The digest that the content must have.
    #[must_use]
    pub fn content_digest(&self) -> ContentDigest {
        ContentDigest::from_bytes(self.content.into())
    }

    /// Whether it was written for this place, or has been copied from another.
    #[must_use]
    pub fn authorship(&self, vault: &VaultId, entry: &EntryId) -> Authorship {
        if self.vault == *vault && self.entry == *entry {
            Authorship::Original
        } else {
            Authorship::Copy { vault: self.vault, entry: self.entry }
        }
    }
}

/// Whether an authored part stands where its author put it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorship {
    /// It does.
    Original,
    /// It was written elsewhere: screens show it as a copy.
    Copy {
        /// The vault it was written for.
        vault: VaultId,
        /// The entry it was written as.
        entry: EntryId,
    },
}

/// The deposit statement's commitment to an author's signature: SHA-256 of the label, the salt and the signed bytes.
#[must_use]
pub fn inner_commitment(salt: &[u8; 32], authored: &[u8]) -> InnerCommitment {
    let hash = Sha256::new().chain_update(b"carnet/v1/inner").chain_update(salt).chain_update(authored);
    InnerCommitment::from_bytes(hash.finalize().into())
}

/// Verifies an authored part, offline: that the account it names, at the generation it names, signed these very bytes.
///
/// # Errors
/// [`AuthoredError`], told apart by its code.
pub fn verify_authored(bytes: &[u8], accounts: &Accounts) -> Result<Verified<Authored>, AuthoredError> {
    let statement = Statement::<Authored>::parse(bytes).map_err(|_| AuthoredError::Malformed)?;
    let claimed = statement.claimed();
    let unknown = AuthoredError::UnknownAuthor(claimed.author);
    let account = accounts.resolve(&claimed.author).ok_or(unknown)?;
    let key = *account.signing(claimed.generation).ok_or(unknown)?;
    statement.verify(&key).map_err(|_| AuthoredError::Signature)
}

/// Why an authored part proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthoredError {
    /// Not an authored part.
    #[error("not an authored part")]
    Malformed,
    /// Its author, or that generation of the author's keys, is not known: the author's line is to be fetched.
    #[error("the author is not known")]
    UnknownAuthor(ActorId),
    /// The signature is not the author's, or something under it was changed.
    #[error("the author's signature does not verify")]
    Signature,
}

impl carnet_wire::StableCode for AuthoredError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "authored-malformed",
            Self::UnknownAuthor(_) => "authored-unknown-author",
            Self::Signature => "authored-signature",
        }
    }
}
