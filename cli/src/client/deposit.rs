//! Depositing: contents are sealed into a spool, uploaded, and signed many at a time.
//!
//! What is sealed is noted before anything is sent, so that a command that was killed goes on: the sealed bytes themselves are sent
//! again, never another content under the same key. A draft is found by its content's digest, whatever became of the file's name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;

use carnet_core::authored::Description;
use carnet_core::document::{Document, Place};
use carnet_core::manifest::HolderPart;
use carnet_core::reader::VerifiedReader;
use carnet_core::seal::{Sealed, SealedSpool, SignedDeposit, Told};
use carnet_core::step::{Carried, Spooled, Submit};
use carnet_core::stored::{Deposits, Stored, Wanted};
use carnet_core::wire::id::{EntryId, StatementHash, VaultId};
use carnet_wire::cbor;
use carnet_wire::message::StoredPart;
use rayon::prelude::*;

use super::spool::{Payload, SpoolWriter};
use super::{Client, Held};
use crate::Failure;
use crate::local::{CatalogueRow, Change, DraftRow, Table};
use crate::session::now;
use crate::unix;

/// What is to be deposited.
#[derive(Debug)]
pub struct Item {
    /// What its author says of it.
    pub description: Description,
    /// What its holder adds.
    pub holder: HolderPart,
    /// Its class.
    pub class: u16,
    /// BLAKE3 of the content, where it was read before; its sealing then refuses any other.
    pub digest: Option<[u8; 32]>,
    /// The version that it replaces; a new entry where there is none.
    pub place: Option<Place>,
}

/// A sealed version whose payload lies in the spool.
#[derive(Debug)]
pub struct Draft {
    sealed: Sealed,
    payload: Payload,
    digest: [u8; 32],
    /// What it says, where this command sealed it.
    told: Option<Told>,
    /// The payload's length.
    pub len: u64,
    /// The entry.
    pub entry: EntryId,
}

/// Whether something was sealed, or was in the spool already.
#[derive(Debug)]
pub enum Drafted {
    /// Sealed now.
    Sealed(Draft),
    /// Sealed by an earlier command that did not come to its end.
    Resumed(Draft),
}

impl Drafted {
    /// The draft.
    #[must_use]
    pub fn into_draft(self) -> Draft {
        match self {
            Self::Sealed(draft) | Self::Resumed(draft) => draft,
        }
    }
}

/// A deposit that the server has, and this client has still to remember.
#[derive(Debug)]
#[must_use]
pub struct Landed {
    signed: SignedDeposit,
    accepted: u64,
    noted: Vec<Noted>,
}

/// What is to be remembered of a draft that was deposited.
#[derive(Debug)]
struct Noted {
    payload: Payload,
    digest: [u8; 32],
    len: u64,
    told: Option<Told>,
}

/// What was deposited.
#[derive(Debug, Clone, Copy)]
pub struct Deposited {
    /// The entry and version.
    pub wanted: Wanted,
    /// The deposit.
    pub statement: StatementHash,
    /// When the server accepted it, in milliseconds since 1970.
    pub accepted: u64,
}

impl Client {
    /// Seals a content into the spool for everybody who reads its class, or takes it from there where it lies already.
    ///
    /// # Errors
    /// What the content, the spool or the vault's policy says.
    pub fn draft(&self, held: &Held, item: Item, content: impl Read + Send) -> Result<Drafted, Failure> {
        let vault = held.vault.id();
        if item.place.is_none()
            && let Some(digest) = &item.digest
            && let Some(draft) = self.resume(held, &draft_key(&vault, digest))?
        {
            return Ok(Drafted::Resumed(draft));
        }
        let place = match item.place {
            Some(place) => place,
            None => Place::new_entry(vault, item.class, now())?,
        };
        let readers = held.vault.readers_for(place.class)?;
        let path = self.local.home().spool().join(format!("{}-{}", place.entry, place.version));
        let document = Document { description: item.description, holder: item.holder, content };
        let mut writer = SpoolWriter::new(&path);
        let SealedSpool { sealed, spooled, content, told } =
            document.seal_spool(&place, &self.log.origin, &self.author(), &readers, &mut writer)?;
        let digest = *content.as_bytes();
        if item.digest.is_some_and(|looked_at| looked_at != digest) {
            // What was described is not what was sealed: the draft would be found again under the digest of something else.
            let _ = fs::remove_file(&path);
            return Err(Failure::coded("file-changed"));
        }
        let payload = writer.finish(spooled).map_err(|error| Failure::file(&path, &error))?;
        let len = sealed.item().payload_len;
        if place.version == 1 && len > NOTED {
            let (sealed, content) = (sealed.to_bytes().into(), digest.into());
            let row = DraftRow { sealed, content, entry: place.entry, vault };
            let mut change = self.local.change();
            self.local.put(&mut change, Table::Drafts, &draft_key(&vault, &digest), &row)?;
            self.local.commit(change)?;
        }
        Ok(Drafted::Sealed(Draft { sealed, payload, digest, told: Some(told), len, entry: place.entry }))
    }

    /// Lengths of the sealed payloads that earlier commands left in the spool: a content of another length is in none of them.
    ///
    /// # Errors
    /// What the records say.
    pub fn drafted_lengths(&self, vault: &VaultId) -> Result<BTreeSet<u64>, Failure> {
        let rows: Vec<(Vec<u8>, DraftRow)> = self.local.scan(Table::Drafts, vault.as_bytes())?;
        let len =
            |row: &DraftRow| Sealed::from_bytes(&row.sealed).ok().map(|sealed| sealed.item().payload_len);
        Ok(rows.iter().filter_map(|(_, row)| len(row)).collect())
    }

    /// A draft of this content that an earlier command left, if its readers are still the current ones and its bytes are all there.
    fn resume(&self, held: &Held, key: &[u8]) -> Result<Option<Draft>, Failure> {
        let Some(row) = self.local.get::<DraftRow>(Table::Drafts, key)? else { return Ok(None) };
        let path = self.local.home().spool().join(format!("{}-1", row.entry));
        let sealed = Sealed::from_bytes(&row.sealed).map_err(|_| Failure::coded("local-closed"))?;
        let readers = held.vault.readers_for(sealed.item().class)?;
        let current = sealed.is_for(&readers);
        let len = sealed.item().payload_len;
        // A power cut may have left other bytes than were written: what is not what was sealed is sealed anew, under a new key.
        let whole =
            || File::open(&path).and_then(|mut file| Spooled::check(&sealed, &mut file)).ok().flatten();
        let Some(spooled) = current.then(whole).flatten() else { return Ok(None) };
        let payload = Payload::File(path, spooled);
        let (digest, entry) = (row.content.into(), row.entry);
        Ok(Some(Draft { sealed, payload, digest, told: None, len, entry }))
    }

    /// Uploads drafts and deposits them, up to 200 under one signature. `each` hears of each payload that is sent, with its length.
    ///
    /// # Errors
    /// What the server says. What was deposited before stays, and what was sealed lies in the spool.
    pub fn deposit(
        &mut self,
        held: &mut Held,
        drafts: Vec<Draft>,
        each: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Deposited>, Failure> {
        let (mut deposited, landed) = self.deposit_meanwhile(held, drafts, each, |_, _| {})?;
        if let Some(landed) = landed {
            deposited.extend(self.record(held, landed)?);
        }
        Ok(deposited)
    }

    /// The same; while the server has the last of them, there is time for `work`, and that last is still to be [recorded](Self::record).
    ///
    /// # Errors
    /// As [`Client::deposit`]. `work` may then not have been done.
    pub fn deposit_meanwhile(
        &mut self,
        held: &mut Held,
        drafts: Vec<Draft>,
        each: &(dyn Fn(u64) + Sync),
        work: impl FnOnce(&Self, &Held),
    ) -> Result<(Vec<Deposited>, Option<Landed>), Failure> {
        let mut deposited = Vec::with_capacity(drafts.len());
        let mut drafts = drafts.into_iter().peekable();
        let (mut work, mut landed) = (Some(work), None);
        while drafts.peek().is_some() {
            let (mut batch, mut along) = (Vec::new(), 0_u64);
            while let Some(draft) = drafts.peek() {
                let len = if draft.len <= LONGEST_ALONG { draft.len } else { 0 };
                if batch.len() == BATCH || (along > 0 && along.saturating_add(len) > MOST_ALONG) {
                    break;
                }
                along = along.saturating_add(len);
                batch.extend(drafts.next());
            }
            let work = if drafts.peek().is_none() { work.take() } else { None };
            if let Some(before) = landed.take() {
                deposited.extend(self.record(held, before)?);
            }
            landed = Some(self.deposit_batch(held, batch, each, work)?);
        }
        if let Some(work) = work {
            work(self, held);
        }
        Ok((deposited, landed))
    }

    /// Remembers what was deposited: it is in the catalogue, and its drafts are gone. Where this is not done, the next look at the server
    /// tells of it.
    ///
    /// # Errors
    /// What the records say, or what was deposited and does not open.
    pub fn record(&self, held: &Held, landed: Landed) -> Result<Vec<Deposited>, Failure> {
        let Landed { signed, accepted, noted } = landed;
        let mut change = self.local.change();
        for noted in noted.iter().filter(|noted| noted.len > NOTED) {
            change.remove(Table::Drafts, &draft_key(&held.vault.id(), &noted.digest));
        }
        let mine = held.is_mine();
        let keep = |(noted, sealed): (Noted, &Sealed)| {
            let Noted { payload, len, told, .. } = noted;
            if len <= super::entries::MOST_KEPT && mine {
                payload.keep(&self.local.payload(&sealed.item().payload));
            } else {
                payload.remove();
            }
            told
        };
        let told = noted.into_par_iter().zip(&signed.sealed).map(keep).collect();
        self.list_own(&mut change, held, &signed, told, accepted)?;
        self.put_vault(&mut change, held)?;
        self.local.commit(change)?;
        let statement = signed.statement.hash();
        let put = |sealed: &Sealed| {
            let item = sealed.item();
            Deposited { wanted: Wanted { entry: item.entry, version: item.version }, statement, accepted }
        };
        Ok(signed.sealed.iter().map(put).collect())
    }

    fn deposit_batch(
        &mut self,
        held: &mut Held,
        batch: Vec<Draft>,
        each: &(dyn Fn(u64) + Sync),
        work: Option<impl FnOnce(&Self, &Held)>,
    ) -> Result<Landed, Failure> {
        let (mut sealed, mut payloads, mut noted) = (Vec::new(), Vec::new(), Vec::new());
        for draft in batch {
            // What goes along is not noted as a draft: where this fails it is sealed anew.
            let along = draft.len <= LONGEST_ALONG;
            payloads.push(if along { draft.payload.into_memory()? } else { draft.payload });
            sealed.push(draft.sealed);
            noted.push((draft.digest, draft.len, draft.told));
        }
        let (signed, accepted) = self.send(held, sealed, &payloads, each, work)?;
        let noted = payloads.into_iter().zip(noted);
        let noted = noted.map(|(payload, (digest, len, told))| Noted { payload, digest, len, told });
        Ok(Landed { noted: noted.collect(), signed, accepted })
    }

    /// Uploads the long payloads, then signs and submits all, the short payloads along with the statement. Where another statement came
    /// first, it is read, and the deposit is signed again.
    fn send(
        &mut self,
        held: &mut Held,
        sealed: Vec<Sealed>,
        payloads: &[Payload],
        each: &(dyn Fn(u64) + Sync),
        mut work: Option<impl FnOnce(&Self, &Held)>,
    ) -> Result<(SignedDeposit, u64), Failure> {
        let long: Vec<_> = payloads
            .iter()
            .filter_map(|payload| match payload {
                Payload::File(path, spooled) => Some((path.as_path(), spooled)),
                Payload::Bytes(_) => None,
            })
            .collect();
        let uploaded = self.upload_all(&held.vault.id(), &long, each)?;
        let kept: Vec<Vec<u8>> = sealed.iter().map(Sealed::to_bytes).collect();
        let mut sealed = Some(sealed);
        let mut tries = 0;
        loop {
            let parse =
                |bytes: &Vec<u8>| Sealed::from_bytes(bytes).map_err(|_| Failure::coded("local-closed"));
            let items = match sealed.take() {
                Some(sealed) => sealed,
                None => kept.iter().map(parse).collect::<Result<_, _>>()?,
            };
            let signed = SignedDeposit::sign(&held.vault, &self.author(), items, held.pinned.pin(), now())?;
            let mut carried = Vec::new();
            for (sealed, payload) in signed.sealed.iter().zip(payloads) {
                if let Payload::Bytes(bytes) = payload {
                    carried
                        .push(Carried::check(sealed, bytes).ok_or_else(|| Failure::coded("spool-damaged"))?);
                }
            }
            let ask = Submit::deposit_carrying(&signed, &carried, &uploaded, &held.pinned)?;
            let called = match work.take() {
                Some(work) => self.call_meanwhile(ask, |client| work(client, held)),
                None => self.call(ask),
            };
            let receipted = called
                .map_err(Failure::from)
                .and_then(|(then, response)| Ok(then.receive(&response, &self.log, &mut held.pinned)?));
            match receipted {
                Ok(receipted) => {
                    signed.sealed.iter().zip(payloads).for_each(|(sealed, payload)| {
                        if matches!(payload, Payload::Bytes(_)) {
                            each(sealed.item().payload_len);
                        }
                    });
                    return Ok((signed, receipted.receipt().accepted()));
                }
                Err(failure) if tries < 3 && failure.code().is_some_and(|code| PASSING.contains(&code)) => {
                    tries += 1;
                    let fresh = self.visit(&held.vault.id())?;
                    held.vault = fresh.vault;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Deposits what lies in memory: keys, profile items.
    ///
    /// # Errors
    /// What the server says.
    pub fn deposit_small(
        &mut self,
        held: &mut Held,
        sealed: Vec<(Sealed, Vec<u8>)>,
    ) -> Result<Vec<Deposited>, Failure> {
        let (sealed, payloads): (Vec<_>, Vec<_>) =
            sealed.into_iter().map(|(sealed, payload)| (sealed, Payload::Bytes(payload))).unzip();
        let (signed, accepted) = self.send(held, sealed, &payloads, &|_| {}, None::<fn(&Self, &Held)>)?;
        self.keep_pin(held)?;
        if held.is_mine() {
            let mut change = self.local.change();
            for (sealed, payload) in signed.sealed.iter().zip(&payloads) {
                if let Payload::Bytes(bytes) = payload {
                    let _ = unix::write_private(&self.local.payload(&sealed.item().payload), bytes);
                }
            }
            self.list_own(&mut change, held, &signed, Vec::new(), accepted)?;
            self.local.commit(change)?;
        }
        let statement = signed.statement.hash();
        let put = |sealed: &Sealed| {
            let item = sealed.item();
            Deposited { wanted: Wanted { entry: item.entry, version: item.version }, statement, accepted }
        };
        Ok(signed.sealed.iter().map(put).collect())
    }

    /// Seals a content in memory for these readers, at a place.
    ///
    /// # Errors
    /// What sealing says.
    pub fn seal_small(
        &self,
        place: &Place,
        description: Description,
        holder: HolderPart,
        content: &[u8],
        readers: &[VerifiedReader],
    ) -> Result<(Sealed, Vec<u8>), Failure> {
        let mut payload = Vec::new();
        let document = Document { description, holder, content };
        let sealed = document.seal(place, &self.log.origin, &self.author(), readers, &mut payload)?;
        Ok((sealed, payload))
    }

    /// Puts what was just deposited into the catalogue of an own vault. What this command did not seal itself is opened again, from the
    /// very bytes that were sent: there is nobody else to tell what it says.
    fn list_own(
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
                let opened = super::entries::open_among(stored, &[keyring], &deposits, &self.accounts)?;
                Ok((CatalogueRow::opened(&held.vault.id(), &opened, deposit), part))
            })
            .collect::<Result<_, Failure>>()?;
        let statements = [(deposit, signed.statement.as_bytes())];
        for (row, part) in rows {
            self.put_row(change, row, &part, statements, Some(accepted))?;
        }
        Ok(())
    }

    /// Removes what lies in the spool and no draft names, and drafts that were deposited: leftovers of commands that were killed.
    ///
    /// # Errors
    /// What the records say.
    pub fn sweep_spool(&self) -> Result<(), Failure> {
        let drafts: Vec<(Vec<u8>, DraftRow)> = self.local.scan(Table::Drafts, b"")?;
        let (mut named, mut change) = (Vec::new(), self.local.change());
        for (key, draft) in drafts {
            // Deposited, by a command that was killed before it could note that.
            if self.local.has(Table::Catalogue, &super::entry_key(&draft.vault, &draft.entry))? {
                change.remove(Table::Drafts, &key);
            } else {
                named.push(format!("{}-1", draft.entry));
            }
        }
        if !change.is_empty() {
            self.local.commit(change)?;
        }
        let Ok(files) = fs::read_dir(self.local.home().spool()) else { return Ok(()) };
        for file in files.flatten() {
            if !named.iter().any(|name| file.file_name().to_str() == Some(name)) {
                let _ = fs::remove_file(file.path());
            }
        }
        Ok(())
    }
}

/// Where a draft is noted: by its vault and content.
fn draft_key(vault: &VaultId, digest: &[u8; 32]) -> Vec<u8> {
    [vault.as_bytes().as_slice(), digest].concat()
}

/// Entries under one signature.
const BATCH: usize = 200;
/// Payloads up to so many bytes go along with their statement.
const LONGEST_ALONG: u64 = 1024 * 1024;
/// All that go along with one statement together, in bytes: under what a server takes.
const MOST_ALONG: u64 = 6 * 1024 * 1024;
/// Payloads of more bytes are noted, so that a killed command goes on with the same sealed bytes; shorter ones are sealed anew.
const NOTED: u64 = 1024 * 1024;
/// What another statement in between causes, and reading the vault again mends.
const PASSING: [&str; 5] =
    ["conflict", "stale-policy", "stale-generation", "step-pin-moved", "history-proof-missing"];
