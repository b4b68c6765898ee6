//! The history of a vault that this client rules: everything that was stated, each statement under its receipt, kept as evidence; and
//! what of the catalogue it makes stale.

use std::collections::BTreeSet;

use carnet_core::step::{HistoryNext, HistoryStep, Stated};
use carnet_wire::id::{EntryId, StatementHash, VaultId};
use carnet_wire::statement::{self, Accept, Delete, Deposit, Describe, Kind};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::{Client, Held, claimed};
use crate::Failure;
use crate::local::{CatalogueRow, Change, Table};

/// A statement of a vault's history, as it is kept.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct StatedRow {
    /// Its number, from 1.
    #[n(0)]
    pub number: u64,
    /// Its hash.
    #[n(1)]
    pub hash: StatementHash,
    /// Its bytes; none once they were erased.
    #[n(2)]
    pub bytes: Option<ByteVec>,
    /// Its receipt.
    #[n(3)]
    pub receipt: ByteVec,
    /// When the server accepted it, in milliseconds since 1970.
    #[n(4)]
    pub accepted: u64,
}

impl Client {
    /// Brings what this client keeps of its own vault up to date: chain, secrets, history, catalogue.
    ///
    /// # Errors
    /// What the server says; `history-*` where it shows another past than before: nothing is taken over then.
    pub fn sync(&mut self) -> Result<Held, Failure> {
        let mut held = self.enter_own()?;
        self.sync_vault(&mut held)?;
        Ok(held)
    }

    /// The same for a vault that this client has entered.
    ///
    /// # Errors
    /// As [`Client::sync`].
    pub fn sync_vault(&mut self, held: &mut Held) -> Result<(), Failure> {
        let first = held.history.pin().size == 0;
        let stated = self.follow_history(held)?;
        if !stated.is_empty() || first {
            let mut changed = BTreeSet::new();
            for stated in &stated {
                changed.extend(self.stale_entries(&held.vault.id(), stated)?);
            }
            let keys_changed = stated.iter().any(|stated| kind_of(stated) == Some(Kind::Activate));
            if first || keys_changed || changed.len() > FEW {
                self.refresh(held, None)?;
            } else if !changed.is_empty() {
                self.refresh(held, Some(&changed))?;
            }
        }
        let mut change = self.local.change();
        for stated in &stated {
            self.date(&mut change, &held.vault.id(), stated)?;
            let row = StatedRow {
                number: stated.number,
                hash: stated.hash,
                bytes: stated.bytes.clone().map(Into::into),
                receipt: stated.receipt.as_bytes().to_vec().into(),
                accepted: stated.receipt.accepted(),
            };
            self.local.put(&mut change, Table::History, &history_key(&held.vault.id(), row.number), &row)?;
        }
        self.put_vault(&mut change, held)?;
        Ok(self.local.commit(change)?)
    }

    /// The entries that a statement changes for whoever lists them, without those that the catalogue has from this very deposit: what this
    /// client put there itself need not be fetched.
    fn stale_entries(&self, vault: &VaultId, stated: &Stated) -> Result<Vec<EntryId>, Failure> {
        let mut entries = entries_of(stated);
        if kind_of(stated) == Some(Kind::Deposit) && !stated.waiting {
            let mut stale = Vec::new();
            for entry in entries {
                let row: Option<CatalogueRow> =
                    self.local.get(Table::Catalogue, &crate::local::entry_key(vault, &entry))?;
                if row.is_none_or(|row| row.deposit != stated.hash) {
                    stale.push(entry);
                }
            }
            entries = stale;
        }
        Ok(entries)
    }

    /// Everything that was stated in a vault, as it was when the server was last asked.
    ///
    /// # Errors
    /// What the records say.
    pub fn history(&self, vault: &VaultId) -> Result<Vec<StatedRow>, Failure> {
        let rows: Vec<(Vec<u8>, StatedRow)> = self.local.scan(Table::History, vault.as_bytes())?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    fn follow_history(&mut self, held: &mut Held) -> Result<Vec<Stated>, Failure> {
        let mut all = Vec::new();
        let mut ask = HistoryStep::start(&held.vault.id(), held.history.clone());
        loop {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response, &self.log, &mut held.pinned)?;
            all.extend(progress.stated);
            match progress.next {
                HistoryNext::More(next) => ask = next,
                HistoryNext::Done(history) => {
                    held.history = history;
                    return Ok(all);
                }
            }
        }
    }

    /// Notes in the catalogue when a deposit was accepted, and whether the holder has still to accept it.
    fn date(&self, change: &mut Change, vault: &VaultId, stated: &Stated) -> Result<(), Failure> {
        let Some(bytes) = &stated.bytes else { return Ok(()) };
        match statement::kind_of(bytes) {
            Ok(Kind::Deposit) => {
                let Some(deposit) = claimed::<Deposit>(bytes) else { return Ok(()) };
                for item in deposit.items {
                    let key = crate::local::entry_key(vault, &item.entry);
                    let row: Option<CatalogueRow> = self.local.get(Table::Catalogue, &key)?;
                    let (accepted, waiting) = (Some(stated.receipt.accepted()), stated.waiting);
                    let row = row.filter(|row| row.version == item.version);
                    if let Some(mut row) =
                        row.filter(|row| (row.accepted, row.waiting) != (accepted, waiting))
                    {
                        (row.accepted, row.waiting) = (accepted, waiting);
                        self.local.put(change, Table::Catalogue, &key, &row)?;
                    }
                }
            }
            Ok(Kind::Accept) => {
                let Some(accept) = claimed::<Accept>(bytes) else { return Ok(()) };
                let rows = self.catalogue(vault)?;
                let depositor =
                    rows.iter().find(|row| row.deposit == accept.deposit).map(|row| row.depositor);
                // Whoever was accepted once is known: nothing of theirs waits any more.
                for mut row in rows.into_iter().filter(|row| row.waiting && Some(row.depositor) == depositor)
                {
                    row.waiting = false;
                    let key = crate::local::entry_key(vault, &row.entry);
                    self.local.put(change, Table::Catalogue, &key, &row)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn kind_of(stated: &Stated) -> Option<Kind> {
    stated.bytes.as_ref().and_then(|bytes| statement::kind_of(bytes).ok())
}

/// The entries that a statement changes for whoever lists them.
fn entries_of(stated: &Stated) -> Vec<EntryId> {
    let Some(bytes) = &stated.bytes else { return Vec::new() };
    match statement::kind_of(bytes) {
        Ok(Kind::Deposit) => claimed::<Deposit>(bytes)
            .map(|deposit| deposit.items.iter().map(|item| item.entry).collect())
            .unwrap_or_default(),
        Ok(Kind::Describe) => claimed::<Describe>(bytes).map(|body| vec![body.entry]).unwrap_or_default(),
        Ok(Kind::Delete) => claimed::<Delete>(bytes).map(|body| body.entries).unwrap_or_default(),
        Ok(Kind::Accept) => claimed::<Accept>(bytes).map(|body| body.entries).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn history_key(vault: &VaultId, number: u64) -> Vec<u8> {
    [vault.as_bytes().as_slice(), &number.to_be_bytes()].concat()
}

/// Beyond so many changed entries, all are listed again.
const FEW: usize = 400;
