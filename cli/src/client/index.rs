//! The index of a vault's texts on this device: folded, packed into sealed segments of about 1 MiB ([`search`](super::search) reads them).
//!
//! ```text
//! pending/ VAULT ENTRY   an entry whose text is to be put into the index, or taken out of it
//! texts/ d VAULT NUMBER  what lies in a segment: entries and where their text begins and ends
//! texts/ s VAULT NUMBER  the segment: folded texts, one after the other
//! texts/ o VAULT ENTRY   an entry's text as it was written, for the line around what was found
//! texts/ f VAULT         the form of all these: 1 has marks. An index of another form is made anew
//! texts/ r VAULT ENTRY   an entry that says how it stands to other documents: what it replaces, or a version of a set
//! ```
//! A change of the catalogue notes the entry as pending, in the same transaction. [`Client::index`] then takes the segments apart
//! that hold it, and packs what stays with what is new: no segment keeps what was removed. What of a text does not hold stands between
//! the marks of [`carnet_health::marked`], as words of their own, so that no line around what was found reads as if it did.

use std::collections::BTreeSet;
use std::fs;

use carnet_core::account::Accounts;
use carnet_core::authored::Sort;
use carnet_health::doctype;
use carnet_health::fold::fold;
use carnet_health::marked::unmarked;
use carnet_health::{Kind, TEXT_SOURCE_LIMIT, marked_text};
use carnet_wire::id::{EntryId, VaultId};
use rayon::prelude::*;

use super::segment::{
    Directory, Folded, Pack, directory_key, directory_prefix, entry_of, form_key, number_of, original_key,
    segment_key,
};
use super::{Client, Held, entries};
use crate::Failure;
use crate::command::when;
use crate::local::{CatalogueRow, Change, Local, Table, entry_key};
use crate::text::Language;

impl Client {
    /// How many entries of a vault wait to be put into the index.
    ///
    /// # Errors
    /// What the records say.
    pub fn unindexed(&self, vault: &VaultId) -> Result<usize, Failure> {
        self.renew_index(vault)?;
        Ok(self.local.keys(Table::Pending, vault.as_bytes())?.len())
    }

    /// Notes all entries as pending where their texts were put into the index in another form than now.
    fn renew_index(&self, vault: &VaultId) -> Result<(), Failure> {
        let key = form_key(vault);
        if self.local.bytes(Table::Texts, &key)?.is_some_and(|form| form.as_slice() == [FORM]) {
            return Ok(());
        }
        let mut change = self.local.change();
        for row in self.catalogue(vault)?.iter().filter(|row| row.sort != Sort::Key) {
            self.note_unindexed(&mut change, vault, &row.entry)?;
        }
        self.local.put_bytes(&mut change, Table::Texts, &key, &[FORM])?;
        Ok(self.local.commit(change)?)
    }

    /// Brings the index of a vault that this client has entered up to date. Contents that are not here are fetched, unless `offline`:
    /// then such entries are found by their descriptions, and wait. `each` hears of each entry.
    ///
    /// # Errors
    /// What the records say. A content that cannot be had or read is left out, and waits where only the way to it was missing.
    pub fn index(&mut self, held: &Held, offline: bool, each: &dyn Fn()) -> Result<usize, Failure> {
        let vault = held.vault.id();
        let pending = self.local.keys(Table::Pending, vault.as_bytes())?;
        let mut done = 0;
        let mut entries = pending.iter().filter_map(|key| entry_of(key)).peekable();
        while entries.peek().is_some() {
            let (mut rows, mut gone, mut bytes) = (Vec::new(), Vec::new(), 0);
            while bytes < BYTES_AT_ONCE
                && rows.len() < AT_ONCE
                && let Some(entry) = entries.next()
            {
                let row: Option<CatalogueRow> =
                    self.local.get(Table::Catalogue, &entry_key(&vault, &entry))?;
                match row.filter(|row| row.sort != Sort::Key) {
                    Some(row) => {
                        bytes += row.len.min(TEXT_SOURCE_LIMIT as u64);
                        rows.push(row);
                    }
                    None => gone.push(entry),
                }
            }
            done += self.index_some(held, rows, gone, offline, each)?;
        }
        Ok(done)
    }

    fn index_some(
        &mut self,
        held: &Held,
        rows: Vec<CatalogueRow>,
        gone: Vec<EntryId>,
        offline: bool,
        each: &dyn Fn(),
    ) -> Result<usize, Failure> {
        let vault = held.vault.id();
        // What is kept here is opened on all cores; what is not comes one by one.
        let kept: Vec<Option<String>> = {
            let (local, accounts) = (&self.local, &self.accounts);
            let text = |row: &CatalogueRow| kept_text(local, accounts, held, row);
            rows.par_iter().map(text).collect()
        };
        let entries: Vec<EntryId> = rows.iter().map(|row| row.entry).chain(gone).collect();
        let mut texts = Vec::with_capacity(rows.len());
        let mut waiting = BTreeSet::new();
        for (row, kept) in rows.into_iter().zip(kept) {
            each();
            let text = match kept {
                Some(text) => text,
                None => match self.source(held, &row, offline) {
                    Ok(content) => content.map(|bytes| text_of(&row, &bytes)).unwrap_or_default(),
                    Err(_) => {
                        waiting.insert(row.entry);
                        String::new()
                    }
                },
            };
            texts.push((row, text));
        }
        let mut change = self.local.change();
        let mut fresh = Vec::with_capacity(texts.len());
        for (mut row, text) in texts {
            let key = entry_key(&vault, &row.entry);
            let shown = one_line(&text);
            let kept: String = shown.chars().take(MOST_SHOWN).collect();
            if !kept.is_empty() {
                self.local.put_bytes(
                    &mut change,
                    Table::Texts,
                    &original_key(&vault, &row.entry),
                    kept.as_bytes(),
                )?;
            }
            let (entry, date) = (row.entry, row.date_key());
            fresh.push(Folded { entry, date, head: one_line(&fold(&head(&row))), body: fold(&shown) });
            if !row.indexed {
                row.indexed = true;
                self.local.put(&mut change, Table::Catalogue, &key, &row)?;
            }
        }
        let known: BTreeSet<EntryId> = fresh.iter().map(|folded| folded.entry).collect();
        for entry in &entries {
            if !waiting.contains(entry) {
                change.remove(Table::Pending, &entry_key(&vault, entry));
            }
            if !known.contains(entry) {
                change.remove(Table::Texts, &original_key(&vault, entry));
            }
        }
        let changed: BTreeSet<EntryId> = entries.iter().copied().collect();
        self.repack(&mut change, &vault, &changed, fresh)?;
        self.local.commit(change)?;
        Ok(entries.len().saturating_sub(waiting.len()))
    }

    /// The content of an entry whose kind has a text; nothing for other kinds.
    fn source(&mut self, held: &Held, row: &CatalogueRow, offline: bool) -> Result<Option<Vec<u8>>, Failure> {
        if !has_text(row) {
            return Ok(None);
        }
        if offline && !self.local.payload(&row.payload).is_file() {
            return Err(Failure::coded("remote-unreachable"));
        }
        let vault = held.vault.id();
        let opened = self.reopen(held, &row.entry)?;
        match self.content(&opened, &vault, None, TEXT_SOURCE_LIMIT as u64) {
            Ok(content) => Ok(Some(content)),
            Err(failure) if failure.code().is_some_and(|code| code.starts_with("remote-")) => Err(failure),
            // What does not open will not open next time either: it is found by its description.
            Err(_) => Ok(None),
        }
    }

    /// Takes these entries out of the segments that hold them, and packs what stays there with what is new.
    fn repack(
        &self,
        change: &mut Change,
        vault: &VaultId,
        gone: &BTreeSet<EntryId>,
        fresh: Vec<Folded>,
    ) -> Result<(), Failure> {
        let directories: Vec<(Vec<u8>, Directory)> =
            self.local.scan(Table::Texts, &directory_prefix(vault))?;
        let mut next = 0;
        let mut texts = Vec::new();
        let mut last: Option<(u32, &Directory)> = None;
        for (key, directory) in &directories {
            let number = number_of(key);
            next = next.max(number.saturating_add(1));
            if directory.texts.iter().any(|place| gone.contains(&place.entry)) {
                texts.extend(self.unpack(vault, number, directory, gone)?);
                change.remove(Table::Texts, key);
                change.remove(Table::Texts, &segment_key(vault, number));
            } else if directory.texts.last().is_some_and(|place| (place.end as usize) < SEGMENT / 2) {
                last = Some((number, directory));
            }
        }
        // The newest segment that is less than half full is filled first.
        if let Some((number, directory)) = last.filter(|_| !fresh.is_empty() || !texts.is_empty()) {
            texts.extend(self.unpack(vault, number, directory, gone)?);
            change.remove(Table::Texts, &directory_key(vault, number));
            change.remove(Table::Texts, &segment_key(vault, number));
        }
        texts.extend(fresh);
        let mut pack = Pack::default();
        for folded in texts {
            pack.push(&folded);
            if pack.text.len() >= SEGMENT {
                self.put_segment(change, vault, next, core::mem::take(&mut pack))?;
                next = next.saturating_add(1);
            }
        }
        if !pack.text.is_empty() {
            self.put_segment(change, vault, next, pack)?;
        }
        Ok(())
    }

    fn unpack(
        &self,
        vault: &VaultId,
        number: u32,
        directory: &Directory,
        gone: &BTreeSet<EntryId>,
    ) -> Result<Vec<Folded>, Failure> {
        let bytes = self.local.bytes(Table::Texts, &segment_key(vault, number))?.unwrap_or_default();
        let stays = directory.texts.iter().filter(|place| !gone.contains(&place.entry));
        Ok(stays
            .map(|place| Folded {
                entry: place.entry,
                date: place.date,
                head: lossy(&bytes, place.begin, place.content),
                body: lossy(&bytes, place.content, place.end),
            })
            .collect())
    }

    fn put_segment(
        &self,
        change: &mut Change,
        vault: &VaultId,
        number: u32,
        pack: Pack,
    ) -> Result<(), Failure> {
        self.local.put(change, Table::Texts, &directory_key(vault, number), &pack.directory)?;
        Ok(self.local.put_bytes(change, Table::Texts, &segment_key(vault, number), pack.text.as_bytes())?)
    }

    /// Notes that an entry's text is to be put into the index, or taken out of it.
    pub(super) fn note_unindexed(
        &self,
        change: &mut Change,
        vault: &VaultId,
        entry: &EntryId,
    ) -> Result<(), Failure> {
        Ok(self.local.put_bytes(change, Table::Pending, &entry_key(vault, entry), b"")?)
    }
}

/// The text of an entry whose content is kept here and opens without asking anybody.
fn kept_text(local: &Local, accounts: &Accounts, held: &Held, row: &CatalogueRow) -> Option<String> {
    if !has_text(row) {
        return None;
    }
    let payload = fs::read(local.payload(&row.payload)).ok()?;
    let keyring = held.keyring.as_ref()?;
    let stored = entries::stored(local, &held.vault.id(), &row.entry).ok()?;
    let opened = entries::open(stored, &held.vault, &[keyring], accounts).ok()?;
    Some(text_of(row, &opened.open_bytes(&payload).ok()?.content))
}

fn text_of(row: &CatalogueRow, content: &[u8]) -> String {
    marked_text(content, Kind::from_media_type(&row.media_type).unwrap_or(Kind::Other))
}

/// Whether a content of this kind and length is read for its text.
fn has_text(row: &CatalogueRow) -> bool {
    let kind = Kind::from_media_type(&row.media_type).unwrap_or(Kind::Other);
    kind.has_words() && row.len <= TEXT_SOURCE_LIMIT as u64
}

/// What an entry is found by beside its content: titles, dates as they are written, codes and what they mean, who wrote it, what the
/// holder added.
fn head(row: &CatalogueRow) -> String {
    let mut words: Vec<String> = vec![row.title.clone()];
    words.extend(row.name.clone());
    words.extend(row.written_by.clone());
    words.extend(row.labels.iter().cloned());
    words.extend(row.note.clone());
    words.extend(row.display.clone());
    for code in row.codes.iter().chain(&row.guess) {
        words.push(code.code.clone());
        if let Some(known) = doctype::by_code(&code.system, &code.code) {
            words.extend([known.fr.to_owned(), known.en.to_owned()]);
        }
    }
    let mut dates = row.when();
    dates.push(row.date());
    dates.dedup();
    for date in dates {
        words.extend([
            when::shown_day(date, Language::Fr),
            when::shown_day(date, Language::En),
            when::words(date),
        ]);
    }
    unmarked(&words.join(" "))
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn lossy(bytes: &[u8], from: u32, to: u32) -> String {
    let text = bytes.get(from as usize..to as usize).unwrap_or_default();
    String::from_utf8_lossy(text).trim_end_matches('\n').to_owned()
}

/// The form in which texts stand in the index.
const FORM: u8 = 2;
/// Bytes of folded text in a full segment.
const SEGMENT: usize = 1 << 20;
/// Entries that are put into the index under one durable change.
const AT_ONCE: usize = 1_000;
/// Bytes of contents after which such a change ends too: those of all are in memory at once at the worst.
const BYTES_AT_ONCE: u64 = 32 * 1024 * 1024;
/// Characters of an entry's own text that are kept for the lines around what is found.
const MOST_SHOWN: usize = 100_000;
