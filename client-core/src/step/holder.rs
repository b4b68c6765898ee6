//! What a vault's holder sees without a statement: its own entries, and who can read what.

use carnet_wire::cbor;
use carnet_wire::grant_leaf::{GrantLeaf, GrantLeafError, GrantPath};
use carnet_wire::id::{EntryId, StatementHash, VaultId};
use carnet_wire::message::{MAX_BODY, Request, Response, ResponseError, StoredPage};
use carnet_wire::page::GrantPage;
use carnet_wire::statement::GrantBatch;

use super::{Ask, StepError};
use crate::stored::Stored;

/// Lists the entries of a vault, for its holder's own devices.
#[derive(Debug)]
pub struct ListStep;

impl ListStep {
    /// Lists what is granted to the vault.
    pub fn start(vault: &VaultId) -> Ask<AwaitList> {
        list(format!("/v1/vaults/{vault}/entries?own=false"), None)
    }

    /// Lists what is granted to the vault, from this entry on.
    pub fn from(vault: &VaultId, entry: &EntryId) -> Ask<AwaitList> {
        let before = u128::from_be_bytes(*entry.as_bytes()).checked_sub(1);
        let before = before.map(|before| EntryId::from_bytes(before.to_be_bytes()));
        list(format!("/v1/vaults/{vault}/entries?own=false"), before)
    }

    /// Lists what is granted to the holder's own account, as the vault's key entry is.
    pub fn own(vault: &VaultId) -> Ask<AwaitList> {
        list(format!("/v1/vaults/{vault}/entries?own=true"), None)
    }
}

/// Waits for a page of entries.
#[derive(Debug)]
pub struct AwaitList {
    path: String,
    after: Option<EntryId>,
}

/// A page of entries: bytes, none of them believed until [`Stored::verify`].
#[derive(Debug)]
#[must_use]
pub struct ListProgress {
    /// The entries.
    pub stored: Vec<Stored>,
    /// The next page, if there is one.
    pub more: Option<Ask<AwaitList>>,
}

impl AwaitList {
    /// Takes a page.
    ///
    /// # Errors
    /// [`StepError::OtherEntries`] for more than a page, an empty page that is not the last, or one that goes back;
    /// [`StepError::Page`] where a statement is missing.
    pub fn receive(self, response: &Response) -> Result<ListProgress, StepError> {
        let page: StoredPage = response.read()?;
        let empty = page.parts.is_empty() && page.next.is_some();
        let back = page.next.is_some_and(|next| self.after.is_some_and(|after| next <= after));
        if page.parts.len() > StoredPage::MAX_PARTS || empty || back {
            return Err(StepError::OtherEntries);
        }
        let more = page.next.map(|next| list(self.path, Some(next)));
        Ok(ListProgress { stored: super::released::stored(page.parts, page.statements)?, more })
    }
}

fn list(path: String, after: Option<EntryId>) -> Ask<AwaitList> {
    let query = after.map(|after| format!("&after={after}")).unwrap_or_default();
    Ask { request: Request::get(format!("{path}{query}")), then: AwaitList { path, after } }
}

/// Asks for one version of an entry, an older one too, for the vault's holder's own devices.
#[derive(Debug)]
pub struct VersionStep;

impl VersionStep {
    /// Asks for this version as it is granted to the vault.
    pub fn start(vault: &VaultId, entry: &EntryId, version: u64) -> Ask<AwaitVersion> {
        let path = format!("/v1/vaults/{vault}/entries/{entry}/versions/{version}");
        Ask { request: Request::get(path), then: AwaitVersion(()) }
    }
}

/// Waits for a version.
#[derive(Debug)]
pub struct AwaitVersion(());

impl AwaitVersion {
    /// Takes it: bytes, none of them believed until [`Stored::verify`], which also tells whether it is the version that was wanted.
    ///
    /// # Errors
    /// [`StepError::OtherEntries`] for none, for more than one, or for a page that goes on; [`StepError::Page`] where a statement is
    /// missing.
    pub fn receive(self, response: &Response) -> Result<Stored, StepError> {
        let page: StoredPage = response.read()?;
        if page.parts.len() != 1 || page.next.is_some() {
            return Err(StepError::OtherEntries);
        }
        let stored = super::released::stored(page.parts, page.statements)?;
        stored.into_iter().next().ok_or(StepError::OtherEntries)
    }
}

/// Lists who can read what.
#[derive(Debug)]
pub struct GrantsStep;

impl GrantsStep {
    /// Asks for the first page.
    pub fn start(vault: &VaultId) -> Ask<AwaitGrants> {
        Ask { request: Request::get(format!("/v1/vaults/{vault}/grants")), then: AwaitGrants(*vault) }
    }
}

/// Waits for a page of grants.
#[derive(Debug)]
pub struct AwaitGrants(VaultId);

/// A page of grants.
#[derive(Debug)]
#[must_use]
pub struct GrantsProgress {
    /// The grants, as the server tells them.
    pub grants: Vec<ClaimedGrant>,
    /// The next page, if there is one.
    pub more: Option<Ask<AwaitGrants>>,
}

/// A live grant as the server tells it. Whether it was made at all, [`ClaimedGrant::verify`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedGrant {
    /// What it says.
    pub leaf: GrantLeaf,
    /// The deposit or grant statement that made it.
    pub statement: StatementHash,
    path: GrantPath,
}

impl ClaimedGrant {
    /// Checks that it stands in the batch of that statement, verified by the caller.
    ///
    /// # Errors
    /// [`GrantLeafError::NotInBatch`].
    pub fn verify(&self, batch: &GrantBatch) -> Result<(), GrantLeafError> {
        self.path.verify(&self.leaf, batch)
    }
}

impl AwaitGrants {
    /// Takes a page.
    ///
    /// # Errors
    /// [`StepError::Page`] for more than a page, or an empty page that is not the last.
    pub fn receive(self, response: &Response) -> Result<GrantsProgress, StepError> {
        let page: GrantPage = response.read()?;
        if page.parts.len() > GrantPage::MAX_PARTS || page.next.as_ref().is_some_and(|next| next.len() != 48)
        {
            return Err(StepError::Page);
        }
        let grant = |part: carnet_wire::page::GrantedPart| {
            let leaf = GrantLeaf::parse(&part.leaf).map_err(ResponseError::from)?;
            let path = cbor::decode(&part.path, MAX_BODY).map_err(ResponseError::from)?;
            Ok(ClaimedGrant { leaf, statement: part.statement, path })
        };
        let grants: Vec<_> = page.parts.into_iter().map(grant).collect::<Result<_, StepError>>()?;
        if grants.is_empty() && page.next.is_some() {
            return Err(StepError::Page);
        }
        let more = page.next.map(|next| {
            let next: String = next.iter().map(|byte| format!("{byte:02x}")).collect();
            let request = Request::get(format!("/v1/vaults/{}/grants?after={next}", self.0));
            Ask { request, then: self }
        });
        Ok(GrantsProgress { grants, more })
    }
}
