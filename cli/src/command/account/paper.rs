//! Papers: recovery kits and contacts' shares, written as a page to print or as text, and read back from either.

use std::path::{Path, PathBuf};

use carnet_core::account::kit::Kit;
use carnet_core::account::shares::Share;
use carnet_core::letter::Letter;
use carnet_core::text_code::{CodeError, for_qr};
use carnet_core::words::{WordList, Words};
use carnet_health::{Kind, searchable_text};
use carnet_paper::{Date, KitPage, KitTexts};
use zeroize::Zeroizing;

use crate::command::spoken;
use crate::stopped::Unfinished;
use crate::text::{Language, Texts};
use crate::{Failure, say, shown, unix};

/// Files that are written aside, and get their names together once all of them are shown to work.
#[derive(Debug, Default)]
pub(super) struct Papers(Vec<Paper>);

#[derive(Debug)]
struct Paper {
    part: PathBuf,
    file: PathBuf,
    digest: blake3::Hash,
    _unfinished: Unfinished,
}

impl Papers {
    /// Writes a file aside, for its owner only, and says where it is meanwhile.
    ///
    /// # Errors
    /// `paper-there` where something has that name already; `file`.
    pub(super) fn write(&mut self, file: &Path, bytes: &[u8]) -> Result<PathBuf, Failure> {
        free(file)?;
        let name = || Failure::wrong("paper-name").with("path", file.display().to_string());
        // With its own extension, so that it can be looked at and printed meanwhile.
        let mut part = file.file_stem().ok_or_else(name)?.to_owned();
        part.push(".part");
        if let Some(extension) = file.extension() {
            part.push(".");
            part.push(extension);
        }
        let part = file.with_file_name(part);
        let unfinished = Unfinished::file(&part);
        unix::write_private(&part, bytes).map_err(|error| Failure::file(file, &error))?;
        let (file, digest) = (file.to_owned(), blake3::hash(bytes));
        self.0.push(Paper { part: part.clone(), file, digest, _unfinished: unfinished });
        Ok(part)
    }

    /// The digests of what is written, and the names that it will have.
    pub(super) fn noted(&self) -> impl Iterator<Item = (&blake3::Hash, &Path)> {
        self.0.iter().map(|paper| (&paper.digest, paper.file.as_path()))
    }

    /// The names that the files will have.
    pub(super) fn names(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|paper| paper.file.as_path())
    }

    /// Where a file is meanwhile.
    pub(super) fn part_of(&self, file: &Path) -> Option<PathBuf> {
        self.0.iter().find(|paper| paper.file == file).map(|paper| paper.part.clone())
    }

    /// Gives them their names: all of them, or none where one cannot have its name.
    ///
    /// # Errors
    /// `file`.
    pub(super) fn keep(mut self) -> Result<(), Failure> {
        let papers = core::mem::take(&mut self.0);
        for (at, Paper { part, file, .. }) in papers.iter().enumerate() {
            if let Err(error) = std::fs::rename(part, file) {
                // What has a name already goes back to being a part, which goes away with the others.
                for Paper { part, file, .. } in papers.iter().take(at) {
                    let _ = std::fs::rename(file, part);
                }
                let failure = Failure::file(file, &error);
                self.0 = papers;
                return Err(failure);
            }
        }
        Ok(())
    }
}

/// Papers that were not kept are of no use: what they open will not be there.
impl Drop for Papers {
    fn drop(&mut self) {
        for paper in &self.0 {
            let _ = std::fs::remove_file(&paper.part);
        }
    }
}

/// Checks that nothing has this name: an older kit could be somebody's only way back.
///
/// # Errors
/// `paper-there`.
pub(super) fn free(file: &Path) -> Result<(), Failure> {
    if file.exists() {
        return Err(Failure::wrong("paper-there").with("path", file.display().to_string()));
    }
    Ok(())
}

/// Checks that a file of this name can be written: nothing has it yet, and its folder is there.
///
/// # Errors
/// `paper-there`, `paper-name`, `file`.
pub(super) fn can_be(file: &Path) -> Result<(), Failure> {
    free(file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if file.file_name().is_none() {
        return Err(Failure::wrong("paper-name").with("path", file.display().to_string()));
    }
    match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Failure::file(folder, &std::io::ErrorKind::NotADirectory.into())),
        Err(error) => Err(Failure::file(folder, &error)),
    }
}

/// The list of words of a language.
pub(super) fn list(texts: &Texts) -> WordList {
    match texts.language() {
        Language::Fr => WordList::French,
        Language::En => WordList::English,
    }
}

/// A kit as a page to print, or as text for a file that is called `.txt`.
///
/// # Errors
/// `kit-page` where the page cannot be made.
pub(super) fn kit(texts: &Texts, kit: &Kit, owner: &str, file: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let words = kit.words(list(texts));
    let second = kit.second_words(list(texts));
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt")) {
        let mut page = Zeroizing::new(Vec::with_capacity(8192));
        page.extend_from_slice(kit.code().as_bytes());
        for words in core::iter::once(&words).chain(&second) {
            page.extend_from_slice(b"\n\n");
            page.extend_from_slice(words.text().as_bytes());
        }
        page.push(b'\n');
        return Ok(page);
    }
    kit_page(texts, kit, owner, &words, second.as_ref()).map(Zeroizing::new)
}

fn kit_page(
    texts: &Texts,
    kit: &Kit,
    owner: &str,
    words: &Words,
    second: Option<&Words>,
) -> Result<Vec<u8>, Failure> {
    let today = jiff::Zoned::now().date();
    let part = |value: i8| u8::try_from(value).unwrap_or(1);
    let year = u16::try_from(today.year()).unwrap_or(1970);
    let date = Date { year, month: part(today.month()), day: part(today.day()) };
    let shown = spoken::today(texts.language());
    let words: Vec<Zeroizing<String>> = words.iter().collect();
    let second: Vec<Zeroizing<String>> = second.map(|words| words.iter().collect()).unwrap_or_default();
    let words: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
    let second: Vec<&str> = second.iter().map(|word| word.as_str()).collect();
    let say = |id: &str| texts.say(id, &[]);
    let (title, footer) = (say("kit-title"), say("kit-footer"));
    let (warning, what, carnet) = (say("kit-warning"), say("kit-what"), say("kit-carnet"));
    let (of, call, owner) = (say("kit-owner"), say("kit-call"), shown::name(owner));
    let (server, account, printed) = (say("kit-server"), say("kit-account"), say("kit-printed"));
    let (above, above_second, qr) = (say("kit-words"), say("kit-second"), say("kit-qr"));
    let (letters, steps_title) = (say("kit-code"), say("kit-steps"));
    let steps = ["kit-step-1", "kit-step-2", "kit-step-3", "kit-step-4"].map(say);
    // The page of a password's kit has the second secret in the place of two steps.
    let shown_steps = |(at, _): &(usize, &String)| second.is_empty() || *at < 2;
    let steps: Vec<&str> =
        steps.iter().enumerate().filter(shown_steps).map(|(_, step)| step.as_str()).collect();
    let id = kit.account.to_string();
    let id: Vec<&str> = id.as_bytes().chunks(4).filter_map(|four| core::str::from_utf8(four).ok()).collect();
    let page = KitPage {
        texts: KitTexts {
            title: &title,
            warning: &warning,
            what: &[&what, &carnet],
            owner: &of,
            call: &call,
            server: &server,
            account: &account,
            printed: &printed,
            date: &shown,
            words: &above,
            second: &above_second,
            qr: &qr,
            code: &letters,
            steps_title: &steps_title,
            steps: &steps,
            footer: &footer,
        },
        language: if texts.language() == Language::Fr { "fr" } else { "en" },
        date,
        owner: &owner,
        server: kit.server.url.as_str(),
        account: &id.join(" "),
        words: &words,
        second: &second,
        code: &for_qr(&kit.code()),
    };
    page.print().map_err(|_| Failure::coded("kit-page"))
}

/// A contact's share: its code, and what its keeper should know.
pub(super) fn share(texts: &Texts, share: &Share, name: &str) -> Zeroizing<Vec<u8>> {
    let (index, needed, of) = share.numbers();
    let said = say!(texts, "share-file", name = name, index = index, needed = needed, of = of);
    let mut page = Zeroizing::new(Vec::with_capacity(4096));
    page.extend_from_slice(said.as_bytes());
    page.extend_from_slice(b"\n\n");
    page.extend_from_slice(share.code().as_bytes());
    page.push(b'\n');
    page
}

/// Reads a kit from its page or its text.
///
/// # Errors
/// `kit-unread` where no kit is in the file; `code-*` for one that was damaged; `file`.
pub(super) fn read_kit(file: &Path) -> Result<Kit, Failure> {
    let text = text(file)?;
    code(&text, "carnet-kit1", Kit::parse, || {
        Failure::wrong("kit-unread").with("path", file.display().to_string())
    })
}

/// Reads a contact's share.
///
/// # Errors
/// `share-unread`, `code-*`, `file`.
pub(super) fn read_share(file: &Path) -> Result<Share, Failure> {
    let text = text(file)?;
    code(&text, "carnet-share1", Share::parse, || {
        Failure::wrong("share-unread").with("path", file.display().to_string())
    })
}

/// Reads a letter: its code, or its page or a file with it.
///
/// # Errors
/// `code-*`, `paper-large`, `file`.
pub(crate) fn read_letter(given: &str) -> Result<Letter, Failure> {
    let file = Path::new(given);
    if !file.is_file() {
        return Ok(Letter::parse(given.trim())?);
    }
    code(&text(file)?, "carnet-letter1", Letter::parse, || Failure::coded("code-form"))
}

/// Whether a text holds a code that opens an account or a vault, whatever stands around it or between its letters.
pub(crate) fn holds_way_back(text: &str) -> bool {
    if !names_carnet(text) {
        return false;
    }
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    // A code in groups may be parted before its first sign that tells it.
    let close = Zeroizing::new(lower.split_whitespace().collect::<String>());
    let holds = |prefix: &str, is_code: &dyn Fn(&str) -> bool| {
        [&lower, &close].into_iter().any(|text| {
            let places = text.match_indices("carnet-").map(|(at, _)| at).take(MOST_PLACES);
            places.filter_map(|at| text.get(at..)).any(|rest| is_begun(rest, prefix, is_code))
        })
    };
    holds("carnet-kit1", &|code| Kit::parse(code).is_ok())
        || holds("carnet-share1", &|code| Share::parse(code).is_ok())
        || holds("carnet-letter1", &|code| Letter::parse(code).is_ok())
}

/// Whether what all codes begin with stands in a text, spaces left aside. Most texts end here: nothing of them is copied.
fn names_carnet(text: &str) -> bool {
    memchr::memchr2_iter(b'c', b'C', text.as_bytes()).any(|at| {
        let mut signs = text.get(at..).unwrap_or_default().chars().filter(|c| !c.is_whitespace());
        "carnet-".chars().all(|sign| signs.next().is_some_and(|c| c.to_ascii_lowercase() == sign))
    })
}

/// Whether a text begins with a code. Spaces and characters without width may stand in it; any other sign ends it, and a space may.
fn is_begun(text: &str, prefix: &str, is_code: &dyn Fn(&str) -> bool) -> bool {
    let (mut joined, mut tries) = (Zeroizing::new(String::with_capacity(MOST_CODE)), 0_usize);
    for c in text.chars().chain(['.']).take(2 * MOST_CODE) {
        let parts =
            c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
        if !parts && (c.is_ascii_alphanumeric() || (c == '-' && joined.len() < prefix.len())) {
            joined.push(c);
            continue;
        }
        if joined.len() > prefix.len() {
            // Each try reads all of it again.
            tries = tries.saturating_add(1);
            if tries > MOST_PIECES || !joined.starts_with(prefix) {
                return false;
            }
            if is_code(&joined) {
                return true;
            }
        }
        if !parts || joined.len() > MOST_CODE {
            return false;
        }
    }
    false
}

/// Finds a code in a text. Where it stands among others, as a PDF's text has it, its checksum says where it ends.
fn code<T>(
    text: &str,
    prefix: &str,
    parse: impl Fn(&str) -> Result<T, CodeError>,
    none: impl Fn() -> Failure,
) -> Result<T, Failure> {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let rest = lower.find(prefix).and_then(|start| lower.get(start..)).ok_or_else(&none)?;
    let plain = |piece: &&str| piece.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let pieces: Vec<&str> = rest.split_whitespace().take_while(plain).take(MOST_PIECES).collect();
    let (mut joined, mut last) = (Zeroizing::new(String::with_capacity(MOST_CODE)), None);
    for piece in pieces {
        if joined.len().saturating_add(piece.len()) > MOST_CODE {
            break;
        }
        joined.push_str(piece);
        match parse(&joined) {
            Ok(value) => return Ok(value),
            // The first fault is the one of the code itself, the later ones of what follows it.
            Err(error) => last = last.or(Some(error)),
        }
    }
    Err(last.map_or_else(none, Failure::from))
}

fn text(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let failed = |error: std::io::Error| Failure::file(file, &error);
    let len = std::fs::metadata(file).map_err(failed)?.len();
    if len > MOST_PAPER {
        return Err(Failure::wrong("paper-large").with("path", file.display().to_string()));
    }
    let bytes = Zeroizing::new(std::fs::read(file).map_err(failed)?);
    if bytes.starts_with(b"%PDF") {
        return Ok(Zeroizing::new(searchable_text(&bytes, Kind::Pdf)));
    }
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Most bytes of a paper: a scan of the kit is no longer.
const MOST_PAPER: u64 = 16 * 1024 * 1024;
/// Most places of a text where a code is looked for.
const MOST_PLACES: usize = 256;
/// Most characters of a code, and of pieces that a PDF's text cuts it into.
const MOST_CODE: usize = 4096;
const MOST_PIECES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use carnet_core::secret::SecondSecret;
    use carnet_core::secret::SigningSeed;
    use carnet_core::server_address::{ServerAddress, ServerUrl};
    use carnet_core::signer::DeviceKey;
    use carnet_core::wire::id::AccountId;
    use carnet_core::wire::origin::Origin;

    fn made(second: bool) -> Kit {
        let key = DeviceKey::from_seed(&SigningSeed::make().unwrap()).verifying_key();
        let server = ServerAddress {
            url: ServerUrl::parse("https://carnet.example").unwrap(),
            origin: Origin::parse("carnet.example/log").unwrap(),
            key,
        };
        let second = second.then(|| SecondSecret::make().unwrap());
        Kit::make(server, AccountId::from_bytes([7; 32]), second).unwrap()
    }

    #[test]
    fn kit_that_was_printed_in_either_language_is_not_read_back_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        for language in [Language::Fr, Language::En] {
            for (name, second) in
                [("kit.pdf", false), ("kit.pdf", true), ("kit.txt", false), ("kit.txt", true)]
            {
                let (file, one) = (folder.path().join(name), made(second));
                let page = kit(&Texts::of(language), &one, "Camille Durand", &file).unwrap();
                std::fs::write(&file, &*page).unwrap();
                assert_eq!(read_kit(&file).unwrap(), one, "{name} {language:?} {second}");
            }
        }
    }

    #[test]
    fn file_without_a_kit_or_with_a_damaged_one_is_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kit.txt");
        let one = made(false);
        let mut damaged = one.code().to_string();
        let last = damaged.pop().unwrap();
        damaged.push(if last == 'q' { 'p' } else { 'q' });
        for (text, code) in [
            (String::new(), "kit-unread"),
            ("%PDF-1.7 nothing".to_owned(), "kit-unread"),
            ("carnet-share1qqqq".to_owned(), "kit-unread"),
            ("carnet-kit1".to_owned(), "code-typo"),
            (damaged, "code-typo"),
        ] {
            std::fs::write(&file, &text).unwrap();
            assert_eq!(read_kit(&file).unwrap_err().code(), Some(code), "{text}");
        }
        assert_eq!(read_kit(&folder.path().join("none")).unwrap_err().code(), Some("file"));
    }

    #[test]
    fn paper_takes_the_place_of_another_or_stays_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let (there, new) = (folder.path().join("there.pdf"), folder.path().join("new.pdf"));
        std::fs::write(&there, b"of somebody").unwrap();
        let mut papers = Papers::default();
        assert_eq!(papers.write(&there, b"mine").unwrap_err().code(), Some("paper-there"));
        let part = papers.write(&new, b"mine").unwrap();
        assert!(part.exists() && !new.exists());
        drop(papers);
        assert!(!part.exists() && !new.exists());
        let mut papers = Papers::default();
        papers.write(&new, b"mine").unwrap();
        papers.keep().unwrap();
        assert_eq!(std::fs::read(&new).unwrap(), b"mine");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        // One of two cannot have its name: neither has.
        let (one, other) = (folder.path().join("one.pdf"), folder.path().join("other.pdf"));
        let mut papers = Papers::default();
        papers.write(&one, b"mine").unwrap();
        papers.write(&other, b"mine").unwrap();
        std::fs::create_dir(&other).unwrap();
        assert_eq!(papers.keep().unwrap_err().code(), Some("file"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
