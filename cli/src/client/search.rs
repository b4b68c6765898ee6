//! Searching the index of a vault's texts, on this device, on all cores.

use std::collections::BTreeMap;

use carnet_health::fold::fold;
use carnet_health::marked::{Void, open_after};
use carnet_wire::id::{EntryId, VaultId};
use memchr::memmem::Finder;
use rayon::prelude::*;

use super::Client;
use super::segment::{Directory, directory_prefix, number_of, original_key, segment_prefix};
use crate::Failure;
use crate::local::Table;

/// An entry that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The entry.
    pub entry: EntryId,
    /// How well it fits: more is better. Whole words before beginnings of words before parts of words, titles before texts.
    pub score: u32,
    /// The date that it goes by, in milliseconds since 1970.
    pub date: i64,
    /// Folded text around what was found first, with the marks of what in it does not hold.
    around: String,
}

impl Client {
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

    /// The line around what was found in an entry, as it was written where that is kept. What of it does not hold stands between marks.
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
    let inside = |at: &usize| text.get(*at).is_some_and(|byte| (0x80..0xc0).contains(byte));
    // A character is never cut: the mark of what does not hold would be lost.
    let begin = (0..=at.saturating_sub(AROUND)).rev().find(|at| !inside(at)).unwrap_or_default();
    let end = at.saturating_add(2 * AROUND).min(text.len());
    let clip = String::from_utf8_lossy(text.get(begin..end).unwrap_or_default());
    let before = String::from_utf8_lossy(text.get(..begin).unwrap_or_default());
    let clip = clip.replace(['\n', '\u{fffd}'], " ");
    clipped(&before, clip.trim(), end < text.len())
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
    Some(clipped(text.get(..begin)?, text.get(begin..end)?.trim(), end < text.len()))
}

/// A clip of a text, with the marks of what began before it and does not hold.
fn clipped(before: &str, clip: &str, goes_on: bool) -> String {
    let mut line: String = open_after(before).into_iter().map(Void::mark).collect();
    if !before.is_empty() {
        line.push('…');
    }
    line.push_str(clip);
    if goes_on {
        line.push('…');
    }
    line
}

const MOST_WORDS: usize = 16;
/// Occurrences of a word that are looked at for the best fit.
const MOST_OCCURRENCES: usize = 64;
/// Characters before what was found; twice as many after it.
const AROUND: usize = 30;

#[cfg(test)]
mod tests {
    use super::super::segment::{Folded, Pack};
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

    #[test]
    fn line_in_the_middle_of_what_does_not_hold_begins_with_its_mark() {
        let long = "mot ".repeat(50);
        let text = format!("Titre \u{fdd0} {long}Pénicilline {long}\u{fdef} Doliprane {long}");
        let mark = Void::Deleted.mark();
        let found = line_around(&text, "penicilline").unwrap();
        assert!(found.starts_with(&format!("{mark}…")) && !found.contains('\u{fdef}'), "{found}");
        let found = line_around(&text, "doliprane").unwrap();
        assert!(found.starts_with(&format!("{mark}…")) && found.contains("\u{fdef} Doliprane"), "{found}");
        let folded = fold(&text);
        let around = |word: &str| clip_around(folded.as_bytes(), folded.find(word).unwrap());
        assert!(around("penicilline").starts_with(&format!("{mark}…")));
        assert!(around("doliprane").contains("\u{fdef} doliprane"));
    }
}
