//! What opens an account is no document: whoever may read it among documents would have the whole vault.

use std::io::Read as _;

use carnet_core::words::{WordList, Words};
use carnet_health::{Fact, Kind, Recognised, searchable_text};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::account::holds_way_back;

/// The code that says why a content is no document, where it is a way back into an account: a kit, a contact's share, a letter, a key, or
/// what may hold one.
pub(super) fn code(bytes: &[u8], recognised: &Recognised) -> Option<&'static str> {
    let mut room = MOST_INFLATED;
    code_within(bytes, recognised, DEEPEST, &mut room)
}

fn code_within(bytes: &[u8], recognised: &Recognised, depth: u32, room: &mut u64) -> Option<&'static str> {
    if bytes.len() > MOST_BYTES {
        return None;
    }
    if bytes.len() <= MOST_PASSPHRASE_FILE && is_under_passphrase(bytes) {
        return Some("file-passphrase");
    }
    let text = match recognised.kind {
        Kind::Pdf if pages(recognised) <= MOST_PAGES => searchable_text(bytes, Kind::Pdf),
        Kind::Pdf => return None,
        kind if bytes.is_ascii() || core::str::from_utf8(bytes).is_ok() => match searchable_text(bytes, kind)
        {
            text if text.is_empty() => String::from_utf8_lossy(bytes).into_owned(),
            text => text,
        },
        kind => searchable_text(bytes, kind),
    };
    let text = Zeroizing::new(text);
    // What a reader does not show, such as a comment of a page, is there all the same.
    let raw = core::str::from_utf8(bytes).is_ok_and(|raw| raw != *text && holds_way_back(raw));
    if raw || holds(&text) { Some("file-way-back") } else { code_of_packed(bytes, depth, room) }
}

/// The same of the files of a zip, or of what is made of one, as far as there is room for what they inflate to.
fn code_of_packed(bytes: &[u8], depth: u32, room: &mut u64) -> Option<&'static str> {
    let depth = depth.checked_sub(1).filter(|_| bytes.starts_with(b"PK\x03\x04"))?;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).ok()?;
    (0..archive.len().min(MOST_FILES)).find_map(|index| {
        let mut inside = Zeroizing::new(Vec::new());
        let file = archive.by_index(index).ok()?;
        file.take(MOST_PACKED.min(*room)).read_to_end(&mut inside).ok()?;
        *room = room.saturating_sub(inside.len() as u64);
        code_within(&inside, &carnet_health::recognise(&inside, None), depth, room)
    })
}

fn pages(recognised: &Recognised) -> u32 {
    recognised.fact(Fact::Pages).and_then(|pages| pages.parse().ok()).unwrap_or(1)
}

/// Whether it is an age file under a passphrase, in either form of its own.
fn is_under_passphrase(bytes: &[u8]) -> bool {
    let armoured = || {
        let text = core::str::from_utf8(bytes).ok()?;
        Some(text.trim_start().strip_prefix(ARMOUR)?.trim_start().starts_with(SCRYPT_IN_BASE64))
    };
    bytes.starts_with(SCRYPT) || armoured().unwrap_or_default()
}

/// Whether a secret key of age stands in it.
fn holds_key(text: &str) -> bool {
    let upper = Zeroizing::new(text.to_ascii_uppercase());
    upper.match_indices(SECRET_KEY).take(MOST_FILES).any(|(at, _)| {
        let rest = upper.get(at.saturating_add(SECRET_KEY.len())..).unwrap_or_default();
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').count() > 32
    })
}

/// Whether a short text, such as a title, holds a way back.
pub(super) fn holds(text: &str) -> bool {
    holds_way_back(text) || holds_key(text) || holds_words(text)
}

/// Whether the words of a kit stand in it: 24 words of a list one after the other, of which the last checks. Numbers and signs may stand
/// between them, and words of one or two letters, which no list has; and before each the same few words, as in `Mot 1 : …`.
fn holds_words(text: &str) -> bool {
    let text: Zeroizing<String> = Zeroizing::new(text.nfc().collect());
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().nth(2).is_some());
    let words: Vec<&str> = words.take(MOST_WORDS).collect();
    // Each word is looked up once: in a text that is no kit, hardly any two dozen in a row are in a list.
    let known: Vec<[bool; 2]> = words.iter().map(|word| WordList::having(word)).collect();
    WordList::ALL.into_iter().enumerate().any(|(at, list)| {
        let is_in = |known: &[bool; 2]| known.get(at) == Some(&true);
        let (mut run, mut label, mut since, mut tries) = (Vec::new(), None, 0_usize, 0_usize);
        for (place, word) in words.iter().enumerate() {
            if !known.get(place).is_some_and(is_in) {
                continue;
            }
            let before = words.get(since..place).unwrap_or_default();
            since = place.saturating_add(1);
            if label != Some(before) || before.len() > MOST_LABEL {
                // Behind the first of a run stands what stands behind each; before it may stand anything.
                let first = run.last().copied().filter(|_| before.len() <= MOST_LABEL);
                run.clear();
                run.extend(first);
                label = Some(before);
            }
            run.push(*word);
            let window = run.len().checked_sub(KIT_WORDS).and_then(|from| run.get(from..));
            if let Some(window) = window.filter(|_| tries < MOST_TRIES) {
                tries = tries.saturating_add(1);
                if Words::check(window, list) {
                    return true;
                }
            }
        }
        false
    })
}

/// Longer contents are no kit, nor a note with one.
const MOST_BYTES: usize = 512 * 1024;
const MOST_PAGES: u32 = 4;
/// Files of a zip that are looked at, as far into each, and zips within zips.
const MOST_FILES: usize = 64;
const MOST_PACKED: u64 = 256 * 1024;
/// Most bytes that a zip and the zips within it may inflate to here: a small one can hold itself again and again.
const MOST_INFLATED: u64 = 8 * 1024 * 1024;
const DEEPEST: u32 = 3;
/// Words of a content that are looked up, in each list.
const MOST_WORDS: usize = 20_000;
/// Of those, how many beginnings of two dozen in a row are tried.
const MOST_TRIES: usize = 4096;
/// Words before each word of a kit.
const MOST_LABEL: usize = 3;
const KIT_WORDS: usize = 24;
/// A passphrase file holds one code; other files under a passphrase are mostly longer.
const MOST_PASSPHRASE_FILE: usize = 1024;
const SCRYPT: &[u8] = b"age-encryption.org/v1\n-> scrypt ";
const ARMOUR: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
/// The first bytes of [`SCRYPT`], as many as whole groups of base64 hold.
const SCRYPT_IN_BASE64: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlw";
const SECRET_KEY: &str = "AGE-SECRET-KEY-";

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(bytes: &[u8]) -> Option<&'static str> {
        code(bytes, &carnet_health::recognise(bytes, None))
    }

    #[test]
    fn words_of_a_kit_are_found_in_a_note_and_other_words_are_not() {
        // BIP 39: 32 bytes of zeros.
        let words = [&["abandon"; 23][..], &["art"]].concat();
        let numbered: Vec<String> =
            words.iter().enumerate().map(|(at, word)| format!("{}. {word}", at + 1)).collect();
        let note = format!("Mes mots pour Carnet :\n{}\n", numbered.join("\n"));
        assert_eq!(code_of(note.as_bytes()), Some("file-way-back"));
        assert_eq!(code_of(note.replacen("1. ", "1. zz", 1).as_bytes()), None);
        assert_eq!(code_of("Douleur depuis trois jours. ".repeat(20).as_bytes()), None);
    }

    #[test]
    fn words_of_a_kit_are_found_behind_labels_between_short_words_and_with_accents_apart() {
        let words = [&["abandon"; 23][..], &["art"]].concat();
        let noted = |line: &dyn Fn(usize, &str) -> String| {
            words.iter().enumerate().map(|(at, word)| line(at + 1, word)).collect::<String>()
        };
        for note in [
            noted(&|at, word| format!("Mot {at} : {word}\n")),
            noted(&|at, word| format!("Le mot no {at} est : {word}\n")),
            noted(&|at, word| format!("{at}e : {word} (ok)\n")),
            noted(&|_, word| format!("{word}, puis ")),
            noted(&|_, word| format!("{word} et ")),
        ] {
            assert_eq!(code_of(note.as_bytes()), Some("file-way-back"), "{note}");
        }
        assert!(holds(&words.join(" ")), "a title");
        assert_eq!(code_of("Mot pour mot : le médecin le dit. ".repeat(60).as_bytes()), None);
    }

    #[test]
    fn words_of_a_kit_are_found_far_into_a_long_text_and_a_list_over_and_over_costs_little() {
        let kit = [&["abandon"; 23][..], &["art"]].concat().join(" ");
        let letter = format!("{} {kit}. Merci.", "Le patient est venu hier. ".repeat(2000));
        assert_eq!(code_of(letter.as_bytes()), Some("file-way-back"));
        // Each beginning of 24 words is tried once, and none checks: the last word is no check word of the others.
        assert_eq!(code_of("abandon ".repeat(60_000).as_bytes()), None);
    }

    #[test]
    fn short_file_under_a_passphrase_is_told_from_a_long_one_and_from_one_for_a_recipient() {
        let mut file = SCRYPT.to_vec();
        file.extend_from_slice(b"c2FsdA 18\n");
        assert_eq!(code_of(&file), Some("file-passphrase"));
        let armoured = format!("{ARMOUR}\n{SCRYPT_IN_BASE64}dCBj\n-----END AGE ENCRYPTED FILE-----\n");
        assert_eq!(code_of(armoured.as_bytes()), Some("file-passphrase"));
        file.resize(MOST_PASSPHRASE_FILE + 1, b'x');
        assert_eq!(code_of(&file), None);
        assert_eq!(code_of(b"age-encryption.org/v1\n-> X25519 abc\n"), None);
    }

    #[test]
    fn secret_key_of_age_is_no_document() {
        let key = format!("# created: today\nAGE-SECRET-KEY-1{}\n", "Q".repeat(58));
        assert_eq!(code_of(key.as_bytes()), Some("file-way-back"));
        assert_eq!(code_of(b"A key of age begins with AGE-SECRET-KEY-1."), None);
    }

    fn zip_of(files: &[(String, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut writer, bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn zip_of_zips_is_looked_into_as_far_as_there_is_room() {
        let key = format!("AGE-SECRET-KEY-1{}", "Q".repeat(58));
        let zipped = zip_of(&[("a.zip".to_owned(), &zip_of(&[("b.txt".to_owned(), key.as_bytes())]))]);
        assert_eq!(code_of(&zipped), Some("file-way-back"));
        // Zeros that inflate to far more than there is room for.
        let zeros = vec![0; 256 * 1024];
        let many: Vec<(String, &[u8])> =
            (0..64).map(|number| (number.to_string(), zeros.as_slice())).collect();
        let inner = zip_of(&many);
        let outer: Vec<(String, &[u8])> =
            (0..64).map(|number| (format!("{number}.zip"), inner.as_slice())).collect();
        let mut room = MOST_INFLATED;
        let bomb = zip_of(&outer);
        assert!(bomb.len() < MOST_BYTES);
        assert_eq!(code_of_packed(&bomb, DEEPEST, &mut room), None);
        assert_eq!(room, 0);
    }
}
