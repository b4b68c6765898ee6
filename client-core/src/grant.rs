//! Granting: the file key of a version, wrapped once more. One signature covers up to a thousand grants.

use carnet_wire::grant::Grant as Header;
use carnet_wire::grant_leaf::{GrantLeaf, GrantLeafError, GrantPath, GrantTree, Rights};
use carnet_wire::id::EntryId;
use carnet_wire::statement::{Grant, GrantBatch, Statement};

use crate::header;
use crate::reader::VerifiedReader;
use crate::secret::{FileKey, make_random};
use crate::signer::SignError;
use crate::vault::Ruler;
use crate::wrap_error::WrapError;

/// What a grant allows, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What the reader may do.
    pub rights: Rights,
    /// Not served before this moment, in milliseconds since 1970.
    pub not_before: Option<u64>,
    /// Not served from this moment on, in milliseconds since 1970.
    pub expires: Option<u64>,
}

impl Terms {
    /// Open, from now on, without an end.
    pub const OPEN: Self = Self { rights: Rights::Open, not_before: None, expires: None };
}

/// One grant, not yet signed: its leaf and its header.
#[derive(Debug, Clone)]
pub struct Wrapped {
    /// What the statement will sign.
    pub leaf: GrantLeaf,
    /// The detached age header that the reader will get.
    pub header: Header,
}

impl Wrapped {
    /// Wraps the file key of a version for one reader.
    pub(crate) fn wrap(
        file_key: &FileKey,
        entry: EntryId,
        version: u64,
        reader: &VerifiedReader,
        terms: Terms,
    ) -> Result<Self, WrapError> {
        let header = header::wrap(file_key, reader.recipient())?;
        let leaf = GrantLeaf {
            entry,
            version,
            reader: reader.id(),
            generation: reader.generation(),
            key_id: reader.key_id(),
            via: reader.via(),
            rights: terms.rights,
            not_before: terms.not_before,
            expires: terms.expires,
            header: header.digest(),
            blind: make_random::<16>()?.into(),
        };
        Ok(Self { leaf, header })
    }
}

/// Grants in the order of their leaves, with the tree over them: what a deposit or a grant statement signs and uploads.
#[derive(Debug)]
pub struct Batch {
    grants: Vec<Wrapped>,
    tree: GrantTree,
}

impl Batch {
    /// Puts 0 to 1,000 grants under one root.
    ///
    /// # Errors
    /// [`GrantLeafError::TooMany`].
    pub fn new(grants: Vec<Wrapped>) -> Result<Self, GrantLeafError> {
        let leaves: Vec<_> = grants.iter().map(|grant| grant.leaf.clone()).collect();
        let tree = GrantTree::over(&leaves)?;
        Ok(Self { grants, tree })
    }

    /// What the statement signs.
    #[must_use]
    pub fn root(&self) -> GrantBatch {
        self.tree.batch()
    }

    /// The grants, in the order of their leaves.
    #[must_use]
    pub fn grants(&self) -> &[Wrapped] {
        &self.grants
    }

    /// The path of one leaf.
    ///
    /// # Errors
    /// [`GrantLeafError::NotInBatch`] past the end.
    pub fn path(&self, index: u32) -> Result<GrantPath, GrantLeafError> {
        self.tree.path(index)
    }

    /// Signs the grants as the vault's holder or delegate.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, ruler: &Ruler<'_>) -> Result<Statement<Grant>, SignError> {
        let body = Grant { context: ruler.context(), policy: ruler.policy(), grants: self.root() };
        ruler.device.sign(ruler.vault.origin(), body)
    }
}
