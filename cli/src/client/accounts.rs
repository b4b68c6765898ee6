//! Accounts: their lines, fetched, verified, remembered.

use carnet_core::account::{Accounts, VerifiedAccount};
use carnet_core::receipt::TrustedLog;
use carnet_core::step::{Followed, HistoryId, LineProgress, LineStep, PlaceStep, Places};
use carnet_wire::id::{AccountId, StatementHash};
use carnet_wire::page::{HistoryPage, PlaceProof};
use carnet_wire::statement;
use carnet_wire::{StableCode as _, cbor};

use super::Client;
use crate::Failure;
use crate::local::{AccountRow, Local, Table};
use crate::session::{CallError, call};

/// Most bytes of one proof of a place.
pub(super) const MAX_PROOF: usize = 64 * 1024;

/// All accounts that are remembered, and this client's own.
pub(super) fn load(
    local: &Local,
    log: &TrustedLog,
    own: &AccountId,
) -> Result<(Accounts, VerifiedAccount), Failure> {
    let mut accounts = Accounts::new();
    let mut mine = None;
    for (key, row) in local.scan::<AccountRow>(Table::Accounts, b"")? {
        let id = key.as_slice().try_into().map_err(|_| Failure::coded("local-closed"))?;
        let id = AccountId::from_bytes(id);
        let account = follow(&id, &row, log)?;
        if id == *own {
            mine = Some(account.clone());
        }
        accounts.insert(account)?;
    }
    Ok((accounts, mine.ok_or_else(|| Failure::coded("local-closed"))?))
}

impl Client {
    /// Fetches what is new in somebody's line, verifies it and remembers it.
    ///
    /// # Errors
    /// What the server or the line says: `account-rollback` where the server shows an older one than before.
    pub fn meet(&mut self, id: &AccountId) -> Result<VerifiedAccount, Failure> {
        let mut row: AccountRow = self.local.get(Table::Accounts, id.as_bytes())?.unwrap_or_default();
        let held = match row.statements.is_empty() {
            true => None,
            false => Some(follow(id, &row, &self.log)?),
        };
        let before = row.number;
        let mut ask = match held {
            Some(state) => LineStep::resume(Followed { state, number: row.number }),
            None => LineStep::start(id),
        };
        let mut fetched = Vec::new();
        let gathered = loop {
            let (then, response) = call(&self.remote, None, ask).map_err(CallError::from)?;
            if let Ok(page) = response.read::<HistoryPage>() {
                fetched.extend(page.parts.into_iter().filter_map(|part| part.statement));
            }
            match then.receive(&response)? {
                LineProgress::More(next) => ask = next,
                LineProgress::Gathered(gathered) => break gathered,
            }
        };
        let followed = gathered.verify(&Places::new())?;
        let mut account = followed.state;
        self.accounts.insert(account.clone())?;
        // Without the place of a device's end nobody can tell what it signed before from what it signed after. The log may have the
        // newest statements a little later: they are asked for again until it does.
        let ended = account.devices().any(|device| !device.is_live());
        let unplaced = ended && row.places.len() < row.statements.len();
        if followed.number != before || row.statements.is_empty() || unplaced {
            row.number = followed.number;
            row.statements.extend(fetched);
            if ended {
                let statements: Vec<_> = row.statements.iter().map(|bytes| statement::hash(bytes)).collect();
                row.places.clear();
                self.places(HistoryId::from(*id), &statements, &mut row.places)?;
                account = follow(id, &row, &self.log)?;
                self.accounts.insert(account.clone())?;
            }
            let mut change = self.local.change();
            self.local.put(&mut change, Table::Accounts, id.as_bytes(), &row)?;
            self.local.commit(change)?;
        }
        if *id == self.account.id() {
            self.account = account.clone();
            self.adopt_next()?;
        }
        Ok(account)
    }

    /// Proven places in the log of those statements that it has by now; the proofs are added to `kept`.
    pub(super) fn places(
        &mut self,
        history: HistoryId,
        statements: &[StatementHash],
        kept: &mut Vec<minicbor::bytes::ByteVec>,
    ) -> Result<Places, Failure> {
        let mut places = Places::new();
        for statement in statements {
            let (then, response) = self.call(PlaceStep::start(history, statement))?;
            if response.is_absent() {
                continue;
            }
            let placed = then.receive(&response, &self.log)?;
            places.insert(*statement, placed.position);
            kept.push(response.body.into());
        }
        Ok(places)
    }
}

fn follow(id: &AccountId, row: &AccountRow, log: &TrustedLog) -> Result<VerifiedAccount, Failure> {
    let hashes = row.statements.iter().map(|bytes| statement::hash(bytes));
    let places = kept_places(&row.places, hashes, log);
    let signed: Vec<_> = row.statements.iter().map(|bytes| places.place(bytes.to_vec())).collect();
    VerifiedAccount::from_chain(id, &signed).map_err(|error| Failure::coded(error.code()))
}

/// Places out of proofs that were kept: each is verified again, against whichever statement it is of.
pub(super) fn kept_places(
    kept: &[minicbor::bytes::ByteVec],
    statements: impl Iterator<Item = StatementHash>,
    log: &TrustedLog,
) -> Places {
    let mut places = Places::new();
    if kept.is_empty() {
        return places;
    }
    let proofs: Vec<PlaceProof> =
        kept.iter().filter_map(|bytes| cbor::decode(bytes, MAX_PROOF).ok()).collect();
    for statement in statements {
        for proof in &proofs {
            if let Ok(placed) = log.verify_place(proof, &statement) {
                places.insert(statement, placed.position);
            }
        }
    }
    places
}

/// Fetches and verifies a line without remembering it.
pub(super) fn fetch(remote: &crate::remote::Remote, id: &AccountId) -> Result<VerifiedAccount, Failure> {
    let mut ask = LineStep::start(id);
    loop {
        let (then, response) = call(remote, None, ask).map_err(CallError::from)?;
        match then.receive(&response)? {
            LineProgress::More(next) => ask = next,
            LineProgress::Gathered(gathered) => return Ok(gathered.verify(&Places::new())?.state),
        }
    }
}
