//! Entries: verified and opened, with whichever keys they are wrapped to.

use std::collections::BTreeSet;
use std::sync::Arc;

use carnet_core::account::{AccountError, Accounts, Keyring};
use carnet_core::authored::AuthoredError;
use carnet_core::open::{OpenError, Opened};
use carnet_core::step::VersionStep;
use carnet_core::stored::{Deposits, Stored, Wanted};
use carnet_core::vault::{VaultError, VerifiedVault};
use carnet_wire::grant_leaf::GrantLeaf;
use carnet_wire::id::{AccountId, EntryId, StatementHash, VaultId};
use carnet_wire::message::StoredPart;
use carnet_wire::statement::{Deposit, Statement};

use super::{Client, Held};
use crate::Failure;
use crate::local::{CatalogueRow, Local, Table, entry_key};

impl Client {
    /// Makes the acquaintance of everybody who deposited or wrote what is to be opened, as far as its statements say.
    pub(super) fn meet_depositors(&mut self, stored: &[Stored]) -> Result<(), Failure> {
        let mut unknown = BTreeSet::new();
        for one in stored {
            let signed = core::iter::once(&one.deposit).chain(&one.next).chain(&one.predecessors);
            for bytes in signed {
                if let Ok(deposit) = Statement::<Deposit>::parse(&bytes.bytes) {
                    unknown.insert(deposit.claimed().context.actor);
                }
            }
            if let Some(grant) = &one.grant
                && let Ok(grant) = Statement::<carnet_wire::statement::Grant>::parse(&grant.bytes)
            {
                unknown.insert(grant.claimed().context.actor);
            }
        }
        for actor in unknown {
            if self.accounts.resolve(&actor).is_none() {
                self.meet(&AccountId::from_bytes(*actor.as_bytes()))?;
            }
        }
        Ok(())
    }

    /// An entry as the server gave it, with its statements.
    ///
    /// # Errors
    /// `document-unknown`.
    pub(crate) fn stored(&self, vault: &VaultId, entry: &EntryId) -> Result<Stored, Failure> {
        stored(&self.local, vault, entry)
    }

    /// Opens an entry that is in the catalogue, without asking the server.
    ///
    /// # Errors
    /// `document-unknown`; what its statements or its seal say.
    pub fn reopen(&mut self, held: &Held, entry: &EntryId) -> Result<Opened, Failure> {
        let stored = self.stored(&held.vault.id(), entry)?;
        self.open_own(held, stored)
    }

    /// Opens one version of an entry of the own vault, an older one too, and tells what a list shows of it. The server is asked for what
    /// is not the newest: only that is kept here.
    ///
    /// # Errors
    /// `version-unknown` where the server has no such version; `open-other-version` where it gives another; what its statements or its
    /// seal say.
    pub fn open_version(
        &mut self,
        held: &Held,
        row: &CatalogueRow,
        version: u64,
    ) -> Result<(CatalogueRow, Opened), Failure> {
        if version == row.version {
            return Ok((row.clone(), self.reopen(held, &row.entry)?));
        }
        let (vault, unknown) = (held.vault.id(), || {
            let failure = Failure::coded("version-unknown").with("version", version.to_string());
            failure.with("document", row.shown_title()).with("newest", row.version.to_string())
        });
        // No version comes after the newest that the vault's history shows.
        if version > row.version {
            return Err(unknown());
        }
        let (then, response) = self.call(VersionStep::start(&vault, &row.entry, version))?;
        if response.is_absent() {
            return Err(unknown());
        }
        let stored = then.receive(&response)?;
        self.meet_depositors(core::slice::from_ref(&stored))?;
        let deposit = carnet_wire::statement::hash(&stored.deposit.bytes);
        let opened = self.open_own(held, stored)?;
        if (opened.item().entry, opened.item().version) != (row.entry, version) {
            return Err(OpenError::OtherVersion.into());
        }
        Ok((CatalogueRow::opened(&vault, &opened, deposit), opened))
    }

    /// Opens what is of the own vault, with whichever secrets it is wrapped to.
    fn open_own(&mut self, held: &Held, stored: Stored) -> Result<Opened, Failure> {
        let own = Arc::clone(&self.keyring);
        let keyrings: Vec<&Keyring> =
            held.keyring.iter().chain(held.circles.values()).chain([&*own]).collect();
        match open(stored.clone(), &held.vault, &keyrings, &self.accounts) {
            Ok(opened) => Ok(opened),
            Err(error) => self.open_again(error, stored, &held.vault, &keyrings),
        }
    }

    /// Opens what did not open at first, after asking the server for what was missing: an author's line, or the places in the log that
    /// tell what a device signed before it was cut off.
    pub(super) fn open_again(
        &mut self,
        error: OpenError,
        stored: Stored,
        vault: &VerifiedVault,
        keyrings: &[&Keyring],
    ) -> Result<Opened, Failure> {
        if is_mendable(&error) { self.mend(stored, vault, keyrings) } else { Err(error.into()) }
    }

    pub(super) fn mend(
        &mut self,
        stored: Stored,
        vault: &VerifiedVault,
        keyrings: &[&Keyring],
    ) -> Result<Opened, Failure> {
        let stored = match open(stored.clone(), vault, keyrings, &self.accounts) {
            Err(OpenError::Vault(VaultError::Account(AccountError::CutOff))) => {
                self.placed(stored, &vault.id())?
            }
            _ => stored,
        };
        match open(stored.clone(), vault, keyrings, &self.accounts) {
            Err(OpenError::Authored(AuthoredError::UnknownAuthor(author))) => {
                self.meet(&AccountId::from_bytes(*author.as_bytes()))?;
                Ok(open(stored, vault, keyrings, &self.accounts)?)
            }
            done => Ok(done?),
        }
    }

    /// Verifies and opens what a server gave, with whichever keyring it is wrapped to.
    pub(super) fn open_stored(
        &self,
        stored: Stored,
        vault: &VerifiedVault,
        keyrings: &[&Keyring],
    ) -> Result<Opened, Failure> {
        Ok(open(stored, vault, keyrings, &self.accounts)?)
    }

    /// The same version with the proven places of its statements in the log.
    fn placed(&mut self, mut stored: Stored, vault: &VaultId) -> Result<Stored, Failure> {
        let signed = core::iter::once(&stored.deposit)
            .chain(&stored.describe)
            .chain(&stored.grant)
            .chain(&stored.next)
            .chain(&stored.predecessors);
        let hashes: Vec<StatementHash> = signed.map(|one| carnet_wire::statement::hash(&one.bytes)).collect();
        let places = self.places((*vault).into(), &hashes, &mut Vec::new())?;
        let place = |one: &mut carnet_wire::position::Signed| {
            *one = places.place(core::mem::take(&mut one.bytes));
        };
        place(&mut stored.deposit);
        stored.describe.iter_mut().for_each(place);
        stored.grant.iter_mut().for_each(place);
        stored.next.iter_mut().for_each(place);
        stored.predecessors.iter_mut().for_each(place);
        Ok(stored)
    }
}

/// An entry as the server gave it, out of a client's records.
pub(super) fn stored(local: &Local, vault: &VaultId, entry: &EntryId) -> Result<Stored, Failure> {
    let part: Option<StoredPart> = local.get(Table::Stored, &entry_key(vault, entry))?;
    let part = part.ok_or_else(|| Failure::coded("document-unknown").with("document", entry.to_string()))?;
    let statement = |hash: &StatementHash| {
        let key = [vault.as_bytes().as_slice(), hash.as_bytes()].concat();
        Some(local.bytes(Table::Statements, &key).ok()??.to_vec())
    };
    Stored::assemble(part, statement).ok_or_else(|| Failure::coded("local-closed"))
}

/// Verifies and opens what a server gave, whatever version it says it is.
pub(super) fn open(
    stored: Stored,
    vault: &VerifiedVault,
    keyrings: &[&Keyring],
    accounts: &Accounts,
) -> Result<Opened, OpenError> {
    open_among(stored, keyrings, &Deposits::of(vault, accounts), accounts)
}

/// Opens one of many that share deposits.
pub(super) fn open_among(
    stored: Stored,
    keyrings: &[&Keyring],
    deposits: &Deposits<'_>,
    accounts: &Accounts,
) -> Result<Opened, OpenError> {
    let leaf = GrantLeaf::parse(&stored.leaf).map_err(|_| OpenError::NoKey)?;
    let wanted = Wanted { entry: leaf.entry, version: leaf.version };
    let keyring =
        keyrings.iter().find(|keyring| keyring.find(&leaf.key_id).is_some()).ok_or(OpenError::NoKey)?;
    stored.verify_among(&wanted, deposits)?.open_with(keyring, accounts)
}

/// Whether asking the server may help to open it.
fn is_mendable(error: &OpenError) -> bool {
    matches!(
        error,
        OpenError::Vault(VaultError::Account(AccountError::CutOff))
            | OpenError::Authored(AuthoredError::UnknownAuthor(_))
    )
}
