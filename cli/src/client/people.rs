//! People: whom this client knows, what an authority says of them now, and whether their keys are still those of before.

use std::collections::BTreeSet;

use carnet_core::account::VerifiedAccount;
use carnet_core::step::{AttestationError, AttestationsStep, Attested, PlaceStep};
use carnet_wire::cbor;
use carnet_wire::id::AccountId;
use carnet_wire::signature::VerifyingKey;
use sha2::{Digest as _, Sha256};

use super::Client;
use crate::Failure;
use crate::local::{AttestedRow, CatalogueRow, Local, PersonRow, Table};
use crate::remote_error::is_away;
use crate::session::now;
use crate::shown;

/// What an authority says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Attested now, by an authority that this client knows.
    Attested(Box<Attested>),
    /// Was attested: it has ended, been withdrawn, or is of other keys. Nothing is to be shared.
    Ended(AttestationError),
    /// Nobody vouches: known by card, code or fingerprint only.
    Unknown,
}

/// Somebody, checked now.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The account, verified.
    pub account: VerifiedAccount,
    /// What an authority says.
    pub trust: Trust,
    /// Whether the keys are others than when this client last looked.
    pub changed: bool,
    /// What this client knew before.
    pub known: Option<PersonRow>,
}

impl Checked {
    /// What they are called: as attested, else as this client knows them, else their account.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.trust, &self.known) {
            (Trust::Attested(attested), _) => shown::name(&attested.practitioner.name),
            (_, Some(known)) => shown::name(&known.name),
            _ => short(&self.account.id()),
        }
    }
}

/// Everybody in the address book, by name, out of the records alone.
pub(crate) fn people_of(local: &Local) -> Result<Vec<PersonRow>, Failure> {
    let mut rows: Vec<PersonRow> = local.scan(Table::People, b"")?.into_iter().map(|(_, row)| row).collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(rows)
}

impl Client {
    /// Looks somebody up at the server and checks everything anew: line, attestation and its place in the log, keys against those that
    /// this client remembers.
    ///
    /// # Errors
    /// What the server or the line says.
    pub fn check(&mut self, id: &AccountId) -> Result<Checked, Failure> {
        let account = self.meet(id)?;
        let known: Option<PersonRow> = self.local.get(Table::People, id.as_bytes())?;
        let bundle = bundle_digest(&account);
        let changed = known.as_ref().is_some_and(|known| *known.bundle != bundle);
        let trust = self.attested(&account)?;
        Ok(Checked { account, trust, changed, known })
    }

    fn attested(&mut self, account: &VerifiedAccount) -> Result<Trust, Failure> {
        let authorities: Vec<VerifyingKey> = self
            .profile
            .authorities
            .iter()
            .filter_map(|(_, key)| VerifyingKey::from_bytes(key).ok())
            .collect();
        let (then, response) = self.call(AttestationsStep::start(&account.id()))?;
        if response.is_absent() {
            return Ok(Trust::Unknown);
        }
        let found = then.receive(&response)?;
        let mut ended = None;
        for claim in found.claims.iter().rev() {
            let (then, response) = self.call(PlaceStep::start(account.id(), &claim.statement()))?;
            if response.is_absent() {
                ended = ended.or(Some(AttestationError::NotLogged));
                continue;
            }
            let placed = then.receive(&response, &self.log)?;
            match claim.verify(&authorities, account, &placed.position, now()) {
                Ok(attested) => return Ok(Trust::Attested(Box::new(attested))),
                Err(error) => ended = ended.or(Some(error)),
            }
        }
        Ok(ended.map_or(Trust::Unknown, Trust::Ended))
    }

    /// Remembers somebody: under a name, with the keys that they have now.
    ///
    /// # Errors
    /// What the records say.
    pub fn remember(&self, checked: &Checked, name: &str) -> Result<PersonRow, Failure> {
        let attested = match &checked.trust {
            Trust::Attested(attested) => {
                let practitioner = attested.practitioner.clone();
                Some(AttestedRow { practitioner, expires: attested.expires })
            }
            _ => checked.known.as_ref().and_then(|known| known.attested.clone()),
        };
        let row = PersonRow {
            account: checked.account.id(),
            name: name.to_owned(),
            vault: checked.known.as_ref().and_then(|known| known.vault),
            generation: checked.account.generation(),
            bundle: bundle_digest(&checked.account).into(),
            attested,
        };
        self.keep_person(&row)?;
        Ok(row)
    }

    /// Keeps a row of the address book.
    ///
    /// # Errors
    /// What the records say.
    pub fn keep_person(&self, row: &PersonRow) -> Result<(), Failure> {
        let mut change = self.local.change();
        self.local.put(&mut change, Table::People, row.account.as_bytes(), row)?;
        Ok(self.local.commit(change)?)
    }

    /// Everybody in the address book, by name.
    ///
    /// # Errors
    /// What the records say.
    pub fn people(&self) -> Result<Vec<PersonRow>, Failure> {
        people_of(&self.local)
    }

    /// What somebody is called: this client's own name for them, the name by which they are attested, or the beginning of their account.
    #[must_use]
    pub fn name_of(&self, id: &AccountId) -> String {
        self.known_name(id).unwrap_or_else(|| short(id))
    }

    /// What somebody is called, where this client knows a name for them, or has seen in this run that they are attested.
    #[must_use]
    pub fn known_name(&self, id: &AccountId) -> Option<String> {
        if *id == self.account.id() {
            return Some(self.profile.name.clone());
        }
        let row: Option<PersonRow> = self.local.get(Table::People, id.as_bytes()).ok().flatten();
        // Who was accepted without a name stands under the beginning of their account: that is none.
        let named = row.map(|row| shown::name(&row.name)).filter(|name| *name != short(id));
        named.or_else(|| self.met.get(id).cloned().flatten())
    }

    /// Whether somebody was found in this run to be attested by nobody.
    #[must_use]
    pub fn is_unattested(&self, id: &AccountId) -> bool {
        self.met.get(id).is_some_and(Option::is_none)
    }

    /// Looks up who deposited what waits to be accepted and is not in the address book: by what name they are attested, if they are.
    /// Whoever cannot be looked up now stays unknown.
    pub fn look_up_depositors(&mut self, rows: &[CatalogueRow]) {
        let depositors: BTreeSet<AccountId> = rows
            .iter()
            .filter(|row| row.waiting)
            .map(|row| AccountId::from_bytes(*row.depositor.as_bytes()))
            .collect();
        let unknown = |id: &AccountId| self.known_name(id).is_none() && !self.met.contains_key(id);
        let unknown: Vec<AccountId> = depositors.into_iter().filter(unknown).take(MOST_LOOKED_UP).collect();
        for id in unknown {
            match self.check(&id) {
                Ok(checked) => {
                    let attested = matches!(checked.trust, Trust::Attested(_));
                    self.met.insert(id, attested.then(|| checked.name()));
                }
                // A list waits for a server that does not answer once, not for each name.
                Err(failure) if failure.code().is_some_and(is_away) => return,
                Err(_) => {}
            }
        }
    }
}

/// Depositors that a list looks up: a server may name any number of them.
const MOST_LOOKED_UP: usize = 16;

/// SHA-256 of the bundle of an account's newest generation, as attestations name it.
#[must_use]
pub(crate) fn bundle_digest(account: &VerifiedAccount) -> [u8; 32] {
    let bundle = account.bundle(account.generation()).map(cbor::encode).unwrap_or_default();
    Sha256::digest(bundle).into()
}

fn short(id: &AccountId) -> String {
    id.to_string().chars().take(12).collect()
}
