//! The catalogue that this client keeps of a vault: a row for each entry's newest version, with what opens it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use carnet_core::authored::{Authored, Authorship, Sort};
use carnet_core::description::moments_of;
use carnet_core::manifest::HolderPart;
use carnet_core::open::{OpenError, Opened};
use carnet_core::seal::{Sealed, SignedDeposit, Told};
use carnet_core::step::ListStep;
use carnet_core::stored::{Deposits, Stored};
use carnet_core::vault::Ground;
use carnet_moment::Moment;
use carnet_wire::cbor;
use carnet_wire::grant_leaf::GrantLeaf;
use carnet_wire::id::{ActorId, EntryId, StatementHash, VaultId};
use carnet_wire::message::StoredPart;
use carnet_wire::statement::DepositItem;
use rayon::prelude::*;

use super::entries::open_among;
use super::segment::{entry_of, relating_key, relating_prefix};
use super::{Client, Held};
use crate::Failure;
use crate::local::{CatalogueRow, Change, Local, Table, entry_key};

/// The catalogue of a vault, newest first, out of the records alone.
pub(crate) fn catalogue_of(local: &Local, vault: &VaultId) -> Result<Vec<CatalogueRow>, Failure> {
    let rows: Vec<(Vec<u8>, CatalogueRow)> = local.scan(Table::Catalogue, vault.as_bytes())?;
    let mut rows: Vec<_> = rows.into_iter().map(|(_, row)| row).filter(|row| row.sort != Sort::Key).collect();
    rows.sort_by_key(|row| core::cmp::Reverse((row.date_key(), row.entry)));
    Ok(rows)
}

impl Client {
    /// The catalogue of a vault, newest first: documents and profile items, without keys.
    ///
    /// # Errors
    /// What the records say.
    pub fn catalogue(&self, vault: &VaultId) -> Result<Vec<CatalogueRow>, Failure> {
        catalogue_of(&self.local, vault)
    }

    /// One entry of the catalogue.
    ///
    /// # Errors
    /// `document-unknown`.
    pub fn listed(&self, vault: &VaultId, entry: &EntryId) -> Result<CatalogueRow, Failure> {
        let row = self.local.get(Table::Catalogue, &entry_key(vault, entry))?;
        row.ok_or_else(|| Failure::coded("document-unknown").with("document", entry.to_string()))
    }

    /// Asks the server for some entries of a vault that this client holds, opens them, and puts them into the catalogue; those that
    /// are gone leave it. `changed` are the entries to look at; all where there is none.
    pub(super) fn refresh(
        &mut self,
        held: &Held,
        changed: Option<&BTreeSet<EntryId>>,
    ) -> Result<(), Failure> {
        let vault = held.vault.id();
        let mut seen = BTreeSet::new();
        let mut wanted = changed.cloned();
        let mut change = self.local.change();
        let mut next = match &wanted {
            None => Some(ListStep::start(&vault)),
            Some(entries) => entries.first().map(|first| ListStep::from(&vault, first)),
        };
        while let Some(ask) = next {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response)?;
            let (mut stored, mut last) = (Vec::new(), None);
            for one in progress.stored {
                let leaf = GrantLeaf::parse(&one.leaf).map_err(|_| Failure::coded("step-page"))?;
                last = Some(leaf.entry);
                if wanted.as_ref().is_none_or(|entries| entries.contains(&leaf.entry)) {
                    seen.insert(leaf.entry);
                    stored.push(one);
                }
            }
            self.take(held, stored, &mut change)?;
            // A durable change for each page of a hundred would take longer than all the rest.
            if change.len() > MOST_CHANGED {
                self.local.commit(core::mem::take(&mut change))?;
            }
            next = match (&mut wanted, progress.more) {
                (None, more) => more,
                (Some(_), None) => None,
                (Some(entries), Some(_)) => {
                    entries.retain(|entry| last.is_some_and(|last| *entry > last));
                    entries.first().map(|first| ListStep::from(&vault, first))
                }
            };
        }
        self.local.commit(core::mem::take(&mut change))?;
        match changed {
            Some(changed) => {
                for entry in changed.difference(&seen) {
                    self.forget(&mut change, &vault, entry)?;
                }
            }
            None => {
                for row in self.catalogue(&vault)? {
                    if !seen.contains(&row.entry) {
                        self.forget(&mut change, &vault, &row.entry)?;
                    }
                }
            }
        }
        Ok(self.local.commit(change)?)
    }

    /// Opens what a server gave and puts it into the catalogue.
    fn take(&mut self, held: &Held, stored: Vec<Stored>, change: &mut Change) -> Result<(), Failure> {
        self.meet_depositors(&stored)?;
        let keyring = held.keyring.as_ref().ok_or_else(|| Failure::coded("vault-without-keys"))?;
        let deposits = Deposits::of(&held.vault, &self.accounts);
        let opened: Vec<(Stored, StoredPart, Result<Opened, OpenError>)> = stored
            .into_par_iter()
            .map(|stored| {
                let opened = open_among(stored.clone(), &[keyring], &deposits, &self.accounts);
                let part = StoredPart::from(&stored);
                (stored, part, opened)
            })
            .collect();
        for (stored, part, opened) in opened {
            let opened = match opened {
                Ok(opened) => opened,
                Err(error) => self.open_again(error, stored.clone(), &held.vault, &[keyring])?,
            };
            self.put_part(change, held, &opened, &stored, &part, None)?;
        }
        Ok(())
    }

    /// Puts what was just deposited into the catalogue of an own vault. What this command did not seal itself is opened again, from the
    /// very bytes that were sent: there is nobody else to tell what it says.
    pub(super) fn list_own(
        &self,
        change: &mut Change,
        held: &Held,
        signed: &SignedDeposit,
        told: Vec<Option<Told>>,
        accepted: u64,
    ) -> Result<(), Failure> {
        let Some(keyring) = &held.keyring else { return Ok(()) };
        let own = held.vault.reader().id();
        let places: BTreeMap<_, _> = (0..)
            .zip(signed.grants.grants())
            .filter(|(_, grant)| grant.leaf.reader == own)
            .map(|(index, grant)| (grant.leaf.entry, (index, grant)))
            .collect();
        let deposit = signed.statement.hash();
        let deposits = Deposits::of(&held.vault, &self.accounts);
        let told = told.into_iter().chain(core::iter::repeat_with(|| None));
        let each: Vec<_> = signed.sealed.iter().zip(told).collect();
        let rows: Vec<(CatalogueRow, StoredPart)> = each
            .into_par_iter()
            .filter_map(|(sealed, told)| Some((sealed, told, places.get(&sealed.item().entry)?)))
            .map(|(sealed, told, (index, grant))| {
                let part = StoredPart {
                    deposit,
                    describe: None,
                    grant: None,
                    leaf: grant.leaf.to_bytes().into(),
                    path: cbor::encode(&signed.grants.path(*index)?).into(),
                    header: grant.header.as_bytes().to_vec().into(),
                    manifest: sealed.manifest().to_vec().into(),
                    nonce: (*sealed.nonce().as_bytes()).into(),
                    next: None,
                    predecessors: Vec::new(),
                };
                if let Some(told) = told {
                    return Ok((CatalogueRow::told(sealed, told, self.account.actor(), deposit), part));
                }
                let bytes = |_: &StatementHash| Some(signed.statement.as_bytes().to_vec());
                let stored = Stored::assemble(part.clone(), bytes);
                let stored = stored.ok_or_else(|| Failure::coded("internal"))?;
                let opened = open_among(stored, &[keyring], &deposits, &self.accounts)?;
                Ok((CatalogueRow::opened(&held.vault.id(), &opened, deposit), part))
            })
            .collect::<Result<_, Failure>>()?;
        let statements = [(deposit, signed.statement.as_bytes())];
        for (row, part) in rows {
            self.put_row(change, row, &part, statements, Some(accepted))?;
        }
        Ok(())
    }

    pub(super) fn put_entry(
        &self,
        change: &mut Change,
        held: &Held,
        opened: &Opened,
        stored: &Stored,
        accepted: Option<u64>,
    ) -> Result<(), Failure> {
        self.put_part(change, held, opened, stored, &StoredPart::from(stored), accepted)
    }

    /// The same, with what names its statements by their hashes.
    pub(super) fn put_part(
        &self,
        change: &mut Change,
        held: &Held,
        opened: &Opened,
        stored: &Stored,
        part: &StoredPart,
        accepted: Option<u64>,
    ) -> Result<(), Failure> {
        let bytes = stored.statements().map(|signed| signed.bytes.as_slice());
        let statements = part.statements().copied().zip(bytes);
        let mut row = CatalogueRow::opened(&held.vault.id(), opened, part.deposit);
        // Only the holder is told what was accepted. Of what somebody else is given nothing says that it waits.
        row.waiting &= self.profile.vault == Some(row.vault);
        self.put_row(change, row, part, statements, accepted)
    }

    /// Puts a row into the catalogue, with what opens it again.
    pub(super) fn put_row<'a>(
        &self,
        change: &mut Change,
        mut row: CatalogueRow,
        part: &StoredPart,
        statements: impl IntoIterator<Item = (StatementHash, &'a [u8])>,
        accepted: Option<u64>,
    ) -> Result<(), Failure> {
        let vault = row.vault;
        let key = entry_key(&vault, &row.entry);
        let before: Option<CatalogueRow> = self.local.get(Table::Catalogue, &key)?;
        let known = before.is_some();
        if let Some(before) = before.as_ref().filter(|before| before.payload != row.payload) {
            // Only the newest version is kept here.
            let _ = fs::remove_file(self.local.payload(&before.payload));
        }
        if let Some(before) = before.filter(|before| before.payload == row.payload) {
            let same = before.name == row.name && before.labels == row.labels && before.note == row.note;
            row.indexed = before.indexed && same;
            row.accepted = before.accepted;
            // What was accepted once does not wait again because its holder describes it.
            row.waiting &= before.waiting;
        }
        if accepted.is_some() {
            row.accepted = accepted;
        }
        self.local.put(change, Table::Catalogue, &key, &row)?;
        if row.relates() {
            self.local.put_bytes(change, Table::Texts, &relating_key(&vault, &row.entry), b"")?;
        } else if known {
            change.remove(Table::Texts, &relating_key(&vault, &row.entry));
        }
        // A deposit of two hundred entries is tens of kilobytes: it is kept once, each entry names it by its hash.
        for (hash, bytes) in statements {
            let statement = [vault.as_bytes().as_slice(), hash.as_bytes()].concat();
            if !change.has(Table::Statements, &statement) && !self.local.has(Table::Statements, &statement)? {
                self.local.put_bytes(change, Table::Statements, &statement, bytes)?;
            }
        }
        self.local.put(change, Table::Stored, &key, part)?;
        if !row.indexed && row.sort != Sort::Key {
            self.note_unindexed(change, &vault, &row.entry)?;
        }
        Ok(())
    }

    /// The entries of a vault that say how they stand to other documents.
    ///
    /// # Errors
    /// What the records say.
    pub fn relating(&self, vault: &VaultId) -> Result<Vec<CatalogueRow>, Failure> {
        let keys = self.local.keys(Table::Texts, &relating_prefix(vault))?;
        let mut rows = Vec::with_capacity(keys.len());
        for entry in keys.iter().filter_map(|key| entry_of(key.get(1..)?)) {
            rows.extend(self.local.get::<CatalogueRow>(Table::Catalogue, &entry_key(vault, &entry))?);
        }
        Ok(rows)
    }

    fn forget(&self, change: &mut Change, vault: &VaultId, entry: &EntryId) -> Result<(), Failure> {
        let key = entry_key(vault, entry);
        if let Some(row) = self.local.get::<CatalogueRow>(Table::Catalogue, &key)? {
            let _ = fs::remove_file(self.local.payload(&row.payload));
        }
        for table in [Table::Catalogue, Table::Stored] {
            change.remove(table, &key);
        }
        change.remove(Table::Texts, &relating_key(vault, entry));
        self.note_unindexed(change, vault, entry)
    }
}

impl CatalogueRow {
    /// What a list shows of an opened version.
    pub(super) fn opened(vault: &VaultId, opened: &Opened, deposit: StatementHash) -> Self {
        let (authored, holder) = (opened.authored().body(), opened.holder());
        let authored = Authored { description: opened.description().clone(), ..authored.clone() };
        let row = Self::of(*vault, opened.item(), authored, holder.clone(), deposit);
        let waiting = opened.ground() == Ground::Standing;
        let copy = opened.authorship() != Authorship::Original;
        Self { depositor: opened.depositor(), waiting, copy, ..row }
    }

    /// What a list shows of a version that its depositor, who is its author and the vault's holder, has just sealed.
    pub(super) fn told(sealed: &Sealed, told: Told, depositor: ActorId, deposit: StatementHash) -> Self {
        let vault = told.authored.vault;
        let row = Self::of(vault, sealed.item(), told.authored, told.holder, deposit);
        Self { depositor, ..row }
    }

    fn of(
        vault: VaultId,
        item: &DepositItem,
        authored: Authored,
        holder: HolderPart,
        deposit: StatementHash,
    ) -> Self {
        let description = authored.description;
        Self {
            vault,
            entry: item.entry,
            version: item.version,
            sort: description.sort,
            title: description.title,
            dates: description.dates,
            codes: description.codes,
            media_type: description.media_type,
            len: authored.len,
            content: authored.content,
            author: authored.author,
            written_by: description.written_by,
            identifier: description.identifier,
            depositor: authored.author,
            deposit,
            accepted: None,
            waiting: false,
            payload: item.payload,
            class: item.class,
            name: holder.name,
            labels: holder.labels,
            note: holder.note,
            indexed: false,
            copy: false,
            moments: description.moments,
            file: description.file,
            series: description.series,
            related: description.related,
            guess: description.guess,
            display: description.display,
            about: description.about,
        }
    }

    /// Whether it says how it stands to other documents, so that theirs may be no last word.
    #[must_use]
    pub fn relates(&self) -> bool {
        let later = self.series.as_ref().and_then(|series| series.version).is_some_and(|version| version > 1);
        self.related.is_some() || later
    }

    /// What sorts a list: the key of [`CatalogueRow::date`], in milliseconds since 1970.
    #[must_use]
    pub fn date_key(&self) -> i64 {
        self.dates.last().copied().unwrap_or_else(|| self.deposited())
    }

    /// The date that a list goes by: the last one of what it tells, else when it was deposited.
    #[must_use]
    pub fn date(&self) -> Moment {
        self.when().pop().unwrap_or_else(|| Moment::from_millis(self.deposited()))
    }

    /// When what it tells of happened, as the document says it, first to last.
    #[must_use]
    pub fn when(&self) -> Vec<Moment> {
        moments_of(self.moments.as_deref(), &self.dates)
    }

    fn deposited(&self) -> i64 {
        self.accepted.and_then(|time| i64::try_from(time).ok()).unwrap_or_else(|| self.made())
    }

    /// When its entry was made, as its id says, in milliseconds since 1970 (RFC 9562, version 7).
    #[must_use]
    pub fn made(&self) -> i64 {
        self.entry.as_bytes().iter().take(6).fold(0, |time, byte| (time << 8) | i64::from(*byte))
    }

    /// The title that a list shows: the holder's name for it, else the author's.
    #[must_use]
    pub fn shown_title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.title)
    }
}

/// Rows that are changed under one durable commit while all entries are listed.
const MOST_CHANGED: usize = 8_000;
