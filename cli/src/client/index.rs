//! The index of a vault's texts on this device: folded, packed into sealed segments of about 1 MiB, searched on all cores.
//!
//! ```text
//! pending/ VAULT ENTRY   an entry whose text is to be put into the index, or taken out of it
//! texts/ d VAULT NUMBER  what lies in a segment: entries and where their text begins and ends
//! texts/ s VAULT NUMBER  the segment: folded texts, one after the other
//! texts/ o VAULT ENTRY   an entry's text as it was written, for the line around what was found
//! ```
//! A change of the catalogue notes the entry as pending, in the same transaction. [`Client::index`] then takes the segments apart
//! that hold it, and packs what stays with what is new: no segment keeps what was removed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use carnet_core::account::Accounts;
use carnet_core::authored::Sort;
use carnet_health::doctype;
use carnet_health::fold::fold;
use carnet_health::{Kind, TEXT_SOURCE_LIMIT, searchable_text};
use carnet_wire::id::{EntryId, VaultId};
use memchr::memmem::Finder;
use minicbor::{Decode, Encode};
use rayon::prelude::*;

use super::{Client, Held, entries, entry_key};
use crate::Failure;
use crate::command::when;
use crate::local::{CatalogueRow, Change, Local, Table};
use crate::text::Language;

/// An entry that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The entry.
    pub entry: EntryId,
    /// How well it fits: more is better. Whole words before beginnings of words before parts of words, titles before texts.
    pub score: u32,
    /// The date that it goes by, in milliseconds since 1970.
    pub date: i64,
    /// Folded text around what was found first.
    around: String,
}

/// What lies in a segment.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
struct Directory {
    #[n(0)]
    texts: Vec<Place>,
}

/// Where an entry's text is in its segment: description, then content.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
struct Place {
    #[n(0)]
    entry: EntryId,
    #[n(1)]
    begin: u32,
    #[n(2)]
    content: u32,
    #[n(3)]
    end: u32,
    #[n(4)]
    date: i64,
}

/// An entry's folded text.
#[derive(Debug, Clone)]
struct Folded {
    entry: EntryId,
    date: i64,
    head: String,
    body: String,
}

impl Client {
    /// How many entries of a vault wait to be put into the index.
    ///
    /// # Errors
    /// What the records say.
    pub fn unindexed(&self, vault: &VaultId) -> Result<usize, Failure> {
        Ok(self.local.keys(Table::Pending, vault.as_bytes())?.len())
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
            let (entry, date) = (row.entry, row.date());
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

    /// The entries of a vault in which all of these words are, best first. Nothing is asked of anybody.
    ///
    /// # Errors
    /// What the records say.
    pub fn search(&self, vault: &VaultId, words: &str) -> Result<Vec<Hit>, Failure> {
        let mut words: Vec<String> = fold(words).split_whitespace().map(str::to_owned).collect();
        // The longest word is the rarest, most of the time: the others are looked for only where it is.
        words.sort_by_key(|word| core::cmp::Reverse(word.len()));
        words.dedup();
        words.truncate(MOST_WORDS);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let directories: Vec<(Vec<u8>, Directory)> =
            self.local.scan(Table::Texts, &directory_prefix(vault))?;
        let directories: BTreeMap<u32, Directory> =
            directories.into_iter().map(|(key, directory)| (number_of(&key), directory)).collect();
        let segments = self.local.scan_bytes(Table::Texts, &segment_prefix(vault))?;
        let mut hits: Vec<Hit> = segments
            .par_iter()
            .flat_map_iter(|(key, bytes)| {
                let directory = directories.get(&number_of(key));
                directory.map(|directory| scan(bytes, directory, &words)).unwrap_or_default()
            })
            .collect();
        hits.sort_by_key(|hit| core::cmp::Reverse((hit.score, hit.date, hit.entry)));
        Ok(hits)
    }

    /// The line around what was found in an entry, as it was written where that is kept.
    ///
    /// # Errors
    /// What the records say.
    pub fn around(&self, vault: &VaultId, hit: &Hit, words: &str) -> Result<String, Failure> {
        let kept = self.local.bytes(Table::Texts, &original_key(vault, &hit.entry))?;
        let kept = kept.as_deref().and_then(|bytes| core::str::from_utf8(bytes).ok());
        let mut words: Vec<String> = fold(words).split_whitespace().map(str::to_owned).collect();
        words.sort_by_key(|word| core::cmp::Reverse(word.len()));
        let found = words.iter().find_map(|word| line_around(kept?, word));
        Ok(found.unwrap_or_else(|| hit.around.clone()))
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
    searchable_text(content, Kind::from_media_type(&row.media_type).unwrap_or(Kind::Other))
}

/// Whether a content of this kind and length is read for its text.
fn has_text(row: &CatalogueRow) -> bool {
    let kind = Kind::from_media_type(&row.media_type).unwrap_or(Kind::Other);
    let has_text = matches!(
        kind,
        Kind::Pdf | Kind::Cda | Kind::FhirJson | Kind::FhirXml | Kind::Calendar | Kind::Html | Kind::Text
    );
    has_text && row.len <= TEXT_SOURCE_LIMIT as u64
}

/// Texts on their way into one segment.
#[derive(Debug, Default)]
struct Pack {
    directory: Directory,
    text: String,
}

impl Pack {
    fn push(&mut self, folded: &Folded) {
        let at = |text: &String| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let begin = at(&self.text);
        self.text.push_str(&folded.head);
        self.text.push('\n');
        let content = at(&self.text);
        self.text.push_str(&folded.body);
        self.text.push('\n');
        let (entry, date, end) = (folded.entry, folded.date, at(&self.text));
        self.directory.texts.push(Place { entry, begin, content, end, date });
    }
}

/// The entries of a segment that have all words.
fn scan(bytes: &[u8], directory: &Directory, words: &[String]) -> Vec<Hit> {
    let finders: Vec<Finder<'_>> = words.iter().map(|word| Finder::new(word.as_bytes())).collect();
    let (Some(first), mut hits, mut from) = (finders.first(), Vec::new(), 0_usize) else { return Vec::new() };
    while let Some(at) = bytes.get(from..).and_then(|rest| first.find(rest)).map(|at| from.saturating_add(at))
    {
        let index = directory.texts.partition_point(|place| place.end as usize <= at);
        let Some(place) = directory.texts.get(index) else { break };
        let text = bytes.get(place.begin as usize..place.end as usize).unwrap_or_default();
        let head = (place.content.saturating_sub(place.begin)) as usize;
        let scores = finders.iter().zip(words).map(|(finder, word)| score(text, head, finder, word.len()));
        let total: Option<u32> = scores.sum();
        if let Some(score) = total {
            let at = at.saturating_sub(place.begin as usize);
            let (entry, date) = (place.entry, place.date);
            hits.push(Hit { entry, score, date, around: clip_around(text, at) });
        }
        from = place.end as usize;
    }
    hits
}

/// How well a word fits a text: nothing where it is not in it.
fn score(text: &[u8], head: usize, finder: &Finder<'_>, len: usize) -> Option<u32> {
    let mut best = None;
    for at in finder.find_iter(text).take(MOST_OCCURRENCES) {
        let letter = |at: Option<usize>| {
            at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 128)
        };
        let begins = !letter(at.checked_sub(1));
        let ends = !letter(Some(at.saturating_add(len)));
        let fit: u32 = match (begins, ends) {
            (true, true) => 3,
            (true, false) => 2,
            (false, _) => 1,
        };
        let fit = fit + if at < head { 10 } else { 0 };
        best = best.max(Some(fit));
    }
    best
}

fn clip_around(text: &[u8], at: usize) -> String {
    let begin = at.saturating_sub(AROUND);
    let end = at.saturating_add(2 * AROUND).min(text.len());
    let mut clipped =
        String::from_utf8_lossy(text.get(begin..end).unwrap_or_default()).replace(['\n', '\u{fffd}'], " ");
    if begin > 0 {
        clipped.insert(0, '…');
    }
    if end < text.len() {
        clipped.push('…');
    }
    clipped.trim().to_owned()
}

/// The words around a folded word in a text as it was written.
fn line_around(text: &str, word: &str) -> Option<String> {
    // Each character is folded by itself, so that places in the folded text lead back to the written one.
    let (mut folded, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    let mut one = [0; 4];
    for (place, c) in text.char_indices() {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else {
            folded.push_str(&fold(c.encode_utf8(&mut one)));
        }
        places.resize(folded.len(), place);
    }
    let at = memchr::memmem::find(folded.as_bytes(), word.as_bytes())?;
    let at = *places.get(at)?;
    let begin = text.get(..at)?.char_indices().rev().take(AROUND).last().map_or(at, |(place, _)| place);
    let end = text
        .get(at..)?
        .char_indices()
        .nth(2 * AROUND)
        .map_or(text.len(), |(place, _)| at.saturating_add(place));
    let (before, after) = (if begin > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    Some(format!("{before}{}{after}", text.get(begin..end)?.trim()))
}

/// What an entry is found by beside its content: titles, dates as they are written, codes and what they mean, who wrote it, what the
/// holder added.
fn head(row: &CatalogueRow) -> String {
    let mut words: Vec<String> = vec![row.title.clone()];
    words.extend(row.name.clone());
    words.extend(row.written_by.clone());
    words.extend(row.labels.iter().cloned());
    words.extend(row.note.clone());
    for code in &row.codes {
        words.push(code.code.clone());
        if let Some(known) = doctype::by_code(&code.system, &code.code) {
            words.extend([known.fr.to_owned(), known.en.to_owned()]);
        }
    }
    let mut dates = row.dates.clone();
    dates.push(row.date());
    dates.dedup();
    for date in dates {
        words.extend([when::day(date, Language::Fr), when::day(date, Language::En), when::words(date)]);
    }
    words.join(" ")
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

fn directory_prefix(vault: &VaultId) -> Vec<u8> {
    [b"d".as_slice(), vault.as_bytes()].concat()
}

fn segment_prefix(vault: &VaultId) -> Vec<u8> {
    [b"s".as_slice(), vault.as_bytes()].concat()
}

fn directory_key(vault: &VaultId, number: u32) -> Vec<u8> {
    [directory_prefix(vault).as_slice(), &number.to_be_bytes()].concat()
}

fn segment_key(vault: &VaultId, number: u32) -> Vec<u8> {
    [segment_prefix(vault).as_slice(), &number.to_be_bytes()].concat()
}

fn original_key(vault: &VaultId, entry: &EntryId) -> Vec<u8> {
    [b"o".as_slice(), vault.as_bytes(), entry.as_bytes()].concat()
}

fn number_of(key: &[u8]) -> u32 {
    key.last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

fn entry_of(key: &[u8]) -> Option<EntryId> {
    let bytes = key.get(32..)?.try_into().ok()?;
    Some(EntryId::from_bytes(bytes))
}

/// Bytes of folded text in a full segment.
const SEGMENT: usize = 1 << 20;
/// Entries that are put into the index under one durable change.
const AT_ONCE: usize = 1_000;
/// Bytes of contents after which such a change ends too: those of all are in memory at once at the worst.
const BYTES_AT_ONCE: u64 = 32 * 1024 * 1024;
/// Characters of an entry's own text that are kept for the lines around what is found.
const MOST_SHOWN: usize = 100_000;
const MOST_WORDS: usize = 16;
/// Occurrences of a word that are looked at for the best fit.
const MOST_OCCURRENCES: usize = 64;
/// Characters before what was found; twice as many after it.
const AROUND: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(byte: u8) -> EntryId {
        EntryId::from_bytes([byte; 16])
    }

    fn pack(texts: &[(u8, &str, &str)]) -> Pack {
        let mut pack = Pack::default();
        for (number, head, body) in texts {
            let (entry, head, body) = (entry(*number), fold(head), fold(body));
            pack.push(&Folded { entry, date: 0, head, body });
        }
        pack
    }

    fn found(pack: &Pack, words: &[&str]) -> Vec<(EntryId, u32)> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        scan(pack.text.as_bytes(), &pack.directory, &words)
            .into_iter()
            .map(|hit| (hit.entry, hit.score))
            .collect()
    }

    #[test]
    fn word_that_another_entry_has_does_not_count() {
        let pack = pack(&[
            (1, "Hémogramme", "hémoglobine 13,4"),
            (2, "Radio", "thorax"),
            (3, "Radio", "hémoglobine thorax"),
        ]);
        assert_eq!(found(&pack, &["hemoglobine", "thorax"]), [(entry(3), 6)]);
        assert_eq!(found(&pack, &["hemoglobine", "radiothorax"]), []);
        // What ends one text and begins the next is not one word.
        assert_eq!(found(&pack, &["4\nradio"]).len(), 0);
    }

    #[test]
    fn whole_word_in_a_title_comes_before_a_part_of_a_word_in_a_text() {
        let pack = pack(&[
            (1, "Fer", ""),
            (2, "x", "fer"),
            (3, "x", "ferritine"),
            (4, "x", "transfert"),
            (5, "Ferritine", ""),
        ]);
        let mut hits = found(&pack, &["fer"]);
        hits.sort_by_key(|(_, score)| core::cmp::Reverse(*score));
        assert_eq!(
            hits.iter().map(|(entry, _)| *entry).collect::<Vec<_>>(),
            [entry(1), entry(5), entry(2), entry(3), entry(4)]
        );
    }

    #[test]
    fn line_around_is_as_it_was_written() {
        let text = "Le taux d’Hémoglobine est à 13,4 g/dL chez cette patiente, œdème des deux chevilles.";
        assert!(line_around(text, "hemoglobine").unwrap().contains("d’Hémoglobine est"));
        assert!(line_around(text, "oedeme").unwrap().contains("œdème des"));
        assert_eq!(line_around(text, "absent"), None);
    }
}
