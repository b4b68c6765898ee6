//! Entries: opened, fetched, and listed in the catalogue that this client keeps of a vault.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};

use carnet_core::account::{AccountError, Accounts, Keyring};
use carnet_core::authored::{Authored, AuthoredError, Authorship, Sort};
use carnet_core::manifest::HolderPart;
use carnet_core::open::{OpenError, Opened};
use carnet_core::seal::{Sealed, Told};
use carnet_core::step::{ListStep, PayloadAt};
use carnet_core::stored::{Deposits, Stored, Wanted};
use carnet_core::vault::{Ground, VaultError, VerifiedVault};
use carnet_wire::grant_leaf::GrantLeaf;
use carnet_wire::id::{AccountId, ActorId, EntryId, StatementHash, VaultId};
use carnet_wire::message::{Request, StoredPart};
use carnet_wire::statement::{Deposit, DepositItem, Statement};
use rayon::prelude::*;

use super::{Client, Held};
use crate::Failure;
use crate::local::{CatalogueRow, Change, Local, Table};
use crate::session::CallError;

/// The key of an entry's rows.
#[must_use]
pub fn entry_key(vault: &VaultId, entry: &EntryId) -> Vec<u8> {
    [vault.as_bytes().as_slice(), entry.as_bytes()].concat()
}

impl Client {
    /// The catalogue of a vault, newest first: documents and profile items, without keys.
    ///
    /// # Errors
    /// What the records say.
    pub fn catalogue(&self, vault: &VaultId) -> Result<Vec<CatalogueRow>, Failure> {
        let rows: Vec<(Vec<u8>, CatalogueRow)> = self.local.scan(Table::Catalogue, vault.as_bytes())?;
        let mut rows: Vec<_> =
            rows.into_iter().map(|(_, row)| row).filter(|row| row.sort != Sort::Key).collect();
        rows.sort_by_key(|row| core::cmp::Reverse((row.date(), row.entry)));
        Ok(rows)
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
        let row = CatalogueRow::opened(&held.vault.id(), opened, part.deposit);
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
        if let Some(before) = before.filter(|before| before.payload == row.payload) {
            let same = before.name == row.name && before.labels == row.labels && before.note == row.note;
            row.indexed = before.indexed && same;
            row.accepted = before.accepted;
        }
        if accepted.is_some() {
            row.accepted = accepted;
        }
        self.local.put(change, Table::Catalogue, &key, &row)?;
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

    /// An entry as the server gave it, with its statements.
    ///
    /// # Errors
    /// `document-unknown`.
    pub(crate) fn stored(&self, vault: &VaultId, entry: &EntryId) -> Result<Stored, Failure> {
        stored(&self.local, vault, entry)
    }

    fn forget(&self, change: &mut Change, vault: &VaultId, entry: &EntryId) -> Result<(), Failure> {
        let key = entry_key(vault, entry);
        if let Some(row) = self.local.get::<CatalogueRow>(Table::Catalogue, &key)? {
            let _ = fs::remove_file(self.local.payload(&row.payload));
        }
        for table in [Table::Catalogue, Table::Stored] {
            change.remove(table, &key);
        }
        self.note_unindexed(change, vault, entry)
    }

    /// Opens an entry that is in the catalogue, without asking the server.
    ///
    /// # Errors
    /// `document-unknown`; what its statements or its seal say.
    pub fn reopen(&mut self, held: &Held, entry: &EntryId) -> Result<Opened, Failure> {
        let stored = self.stored(&held.vault.id(), entry)?;
        let keyrings: Vec<&Keyring> =
            held.keyring.iter().chain(held.circles.values()).chain([&self.keyring]).collect();
        match open(stored.clone(), &held.vault, &keyrings, &self.accounts) {
            Ok(opened) => return Ok(opened),
            Err(error) if !is_mendable(&error) => return Err(error.into()),
            Err(_) => {}
        }
        // The account's own secrets may be among those that open it, and cannot be lent while people are met.
        let own =
            core::mem::replace(&mut self.keyring, Keyring::new(carnet_core::reader::ReaderKeys::make()?));
        let keyrings: Vec<&Keyring> =
            held.keyring.iter().chain(held.circles.values()).chain([&own]).collect();
        let opened = self.mend(stored, &held.vault, &keyrings);
        self.keyring = own;
        opened
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

    /// Writes an opened content: out of what this client keeps, else of what the server has. What comes is verified piece by piece
    /// before any of it is written.
    ///
    /// # Errors
    /// What the server or the content says.
    pub fn write_content(
        &mut self,
        opened: &Opened,
        vault: &VaultId,
        read: Option<StatementHash>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let kept = self.local.payload(&opened.item().payload);
        // What is kept here and does not open any more is fetched again.
        if fs::metadata(&kept).is_ok_and(|metadata| metadata.len() == opened.item().payload_len)
            && let Ok(payload) = fs::read(&kept)
            && let Ok(document) = opened.open_bytes(&payload)
        {
            let written = out.write_all(&document.content);
            return written.map_err(|error| Failure::coded("write").with("why", error.to_string()));
        }
        let mut reader = opened.content()?;
        let request = PayloadAt::of(opened, *vault, read).slice(&reader);
        let mut download = self.download(&request)?;
        let (mut piece, mut content) = (vec![0; PIECE], Vec::new());
        loop {
            let count = download.read(&mut piece).map_err(broken)?;
            let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            content.clear();
            reader.push(bytes, &mut content)?;
            out.write_all(&content)
                .map_err(|error| Failure::coded("write").with("why", error.to_string()))?;
        }
        Ok(reader.finish()?)
    }

    /// An opened content of at most `most` bytes, in memory; its sealed payload is then kept, so that it opens without a network too.
    ///
    /// # Errors
    /// `content-large` beyond `most`; what the server or the content says.
    pub fn content(
        &mut self,
        opened: &Opened,
        vault: &VaultId,
        read: Option<StatementHash>,
        most: u64,
    ) -> Result<Vec<u8>, Failure> {
        if opened.content_len() > most {
            return Err(Failure::coded("content-large"));
        }
        let kept = self.local.payload(&opened.item().payload);
        if let Ok(payload) = fs::read(&kept)
            && let Ok(document) = opened.open_bytes(&payload)
        {
            return Ok(document.content);
        }
        let at = PayloadAt::of(opened, *vault, read);
        let payload = self.payload_bytes(&at.whole(), opened, sealed_at_most(most))?;
        let content = opened.open_bytes(&payload)?.content;
        if payload.len() as u64 <= MOST_KEPT {
            let _ = crate::unix::write_private(&kept, &payload);
        }
        Ok(content)
    }

    /// Downloads a payload of at most `most` bytes whole, without believing any of them: never more than was signed, whatever the
    /// server goes on to send, and nothing where a depositor signed for more than such a content needs.
    pub(super) fn payload_bytes(
        &mut self,
        request: &Request,
        opened: &Opened,
        most: u64,
    ) -> Result<Vec<u8>, Failure> {
        let len = opened.item().payload_len;
        if len > most {
            return Err(Failure::coded("content-large"));
        }
        let mut bytes = Vec::new();
        self.download(request)?.take(len.saturating_add(1)).read_to_end(&mut bytes).map_err(broken)?;
        Ok(bytes)
    }
}

/// Rows that are changed under one durable commit while all entries are listed.
const MOST_CHANGED: usize = 8_000;
/// Sealed payloads up to this many bytes are kept here.
pub(super) const MOST_KEPT: u64 = 64 * 1024 * 1024;

/// Most bytes of a payload that holds a vault's or a circle's secrets: 16,384 generations.
pub(super) const MOST_KEYS: u64 = 1024 * 1024;

/// Most bytes of the payload of a content of so many: padding adds an eighth at most, tags far less.
fn sealed_at_most(content: u64) -> u64 {
    content.saturating_add(content / 4).saturating_add(128 * 1024)
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

fn broken(error: std::io::Error) -> Failure {
    CallError::from(crate::RemoteError::Broken(error)).into()
}

const PIECE: usize = 1 << 20;

impl CatalogueRow {
    /// What a list shows of an opened version.
    pub(super) fn opened(vault: &VaultId, opened: &Opened, deposit: StatementHash) -> Self {
        let (authored, holder) = (opened.authored().body(), opened.holder());
        let row = Self::of(*vault, opened.item(), authored.clone(), holder.clone(), deposit);
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
        }
    }

    /// The date that a list goes by: of what it tells, else of its deposit, in milliseconds since 1970.
    #[must_use]
    pub fn date(&self) -> i64 {
        let deposited = || self.accepted.and_then(|time| i64::try_from(time).ok());
        self.dates.last().copied().or_else(deposited).unwrap_or_else(|| self.made())
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
