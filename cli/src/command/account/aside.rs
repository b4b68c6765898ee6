//! The folder beside a person's, in which everything is made before it counts: an account without its ways back is none.
//!
//! A command may be killed at any moment. What it left is told from what somebody else keeps under that name by a note in this folder:
//! a line a paper, with the digest of its bytes. The note goes last.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::paper::{self, Papers};
use crate::home::{Home, absolute};
use crate::stopped::Unfinished;
use crate::{Failure, unix};

/// The folder. It is gone where the command does not come to its end.
#[derive(Debug)]
pub(super) struct Aside {
    folder: PathBuf,
    to: PathBuf,
    made: bool,
    displaced: Option<PathBuf>,
    unfinished: Option<Unfinished>,
}

/// What may become of a folder that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing: a new account wants a free name.
    Free,
    /// One that does not open any more makes room; one that does stays, and the command is refused.
    OfBroken,
    /// It makes room, whatever it is.
    OfAny,
}

impl Aside {
    /// Looks at what is there under this name, and changes nothing yet.
    ///
    /// # Errors
    /// `account-there` where somebody lives there and is to stay; `home-broken` where something is there that does not open, and no
    /// name for it is free of a command that comes back.
    pub(super) fn begin(home: &Home, place: Place) -> Result<Self, Failure> {
        let (folder, to) = (home.folder().with_extension("new"), home.folder().to_owned());
        let displaced = match (home.is_lived_in(), place) {
            (true, Place::Free | Place::OfBroken) => return Err(Failure::coded("account-there")),
            (false, Place::Free) if home.is_broken() => {
                return Err(Failure::coded("home-broken").with("path", to.display().to_string()));
            }
            (true, Place::OfAny) => Some(free_name(&to)),
            (false, _) => home.is_broken().then(|| free_name(&to)),
        };
        Ok(Self { folder, to, made: false, displaced, unfinished: None })
    }

    /// Where what is there now will be kept.
    pub(super) fn displaced(&self) -> Option<&Path> {
        self.displaced.as_deref()
    }

    /// Frees the names of papers: those that an earlier command, which was killed, made for an account that is not there are removed.
    ///
    /// # Errors
    /// `paper-there` where something else has such a name, and nothing is removed then; `file`.
    pub(super) fn free(&self, files: &[PathBuf]) -> Result<(), Failure> {
        let note = fs::read_to_string(self.folder.join(NOTE)).unwrap_or_default();
        let began: Vec<&PathBuf> = files.iter().filter(|file| is_noted(&note, file)).collect();
        for file in files.iter().filter(|file| !began.contains(file)) {
            paper::free(file)?;
        }
        began
            .into_iter()
            .try_for_each(|file| fs::remove_file(file).map_err(|error| Failure::file(file, &error)))
    }

    /// The folder, as a person's, with nothing in it.
    pub(super) fn home(&mut self) -> Result<Home, Failure> {
        self.made = true;
        self.unfinished = Some(Unfinished::folder(&self.folder));
        let _ = fs::remove_dir_all(&self.folder);
        let home = Home::at(&self.folder);
        home.make()?;
        Ok(home)
    }

    /// Notes which papers are about to get their names. A command that is stopped from here on leaves the note to the next one, as one that
    /// is killed does.
    pub(super) fn note(&mut self, papers: &Papers) -> Result<(), Failure> {
        let lines: Vec<String> = papers.noted().map(|(digest, file)| line(digest, file)).collect();
        let note = self.folder.join(NOTE);
        unix::write_private(&note, lines.join("\n").as_bytes())
            .map_err(|error| Failure::file(&note, &error))?;
        self.unfinished = None;
        Ok(())
    }

    /// Makes the folder the person's own.
    pub(super) fn move_in(mut self, locked: &[u8]) -> Result<(), Failure> {
        // The papers have their names: where this fails, the note is of use to the next command.
        self.made = false;
        self.unfinished = None;
        let failed = |error: std::io::Error| Failure::file(&self.to, &error);
        unix::write_private(&Home::at(&self.folder).lock(), locked).map_err(failed)?;
        if let Some(displaced) = &self.displaced {
            fs::rename(&self.to, displaced).map_err(failed)?;
        }
        let named = fs::rename(&self.folder, &self.to);
        if let (Err(_), Some(displaced)) = (&named, &self.displaced) {
            // What was there stays there, where nothing came in its place.
            let _ = fs::rename(displaced, &self.to);
        }
        named.map_err(failed)?;
        // From here on the papers are those of an account that is there.
        let _ = fs::remove_file(self.to.join(NOTE));
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if self.made {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// `NAME.before-1`, or the next number that is free. No person's folder is called so: their names have no dot.
fn free_name(folder: &Path) -> PathBuf {
    let named = |number: u32| folder.with_extension(format!("before-{number}"));
    (1..u32::MAX).map(named).find(|path| fs::symlink_metadata(path).is_err()).unwrap_or_else(|| named(0))
}

fn line(digest: &blake3::Hash, name: &Path) -> String {
    format!("{} {}", digest.to_hex(), absolute(name))
}

/// Whether a file is one that the note names, and has the bytes that it names. Nothing else is read.
fn is_noted(note: &str, file: &Path) -> bool {
    let name = absolute(file);
    let named = note.lines().filter_map(|line| line.split_once(' ')).any(|(_, noted)| noted == name);
    let digest = || -> std::io::Result<blake3::Hash> {
        let (mut file, mut hasher) = (fs::File::open(file)?, blake3::Hasher::new());
        // A kit is a secret.
        let mut piece = Zeroizing::new([0; 4096]);
        loop {
            match file.read(piece.as_mut_slice())? {
                0 => return Ok(hasher.finalize()),
                read => hasher.update(piece.get(..read).unwrap_or_default()),
            };
        }
    };
    named && digest().is_ok_and(|digest| note.lines().any(|noted| noted == line(&digest, file)))
}

const NOTE: &str = "papers";

#[cfg(test)]
mod tests {
    use super::*;

    /// What a killed process leaves: nothing of it is dropped.
    fn killed<T>(value: T) {
        let _kept = core::mem::ManuallyDrop::new(value);
    }

    fn papers(folder: &Path) -> (Papers, Vec<PathBuf>) {
        let (mut papers, files) = (Papers::default(), vec![folder.join("kit.pdf"), folder.join("copy.age")]);
        for file in &files {
            papers.write(file, b"a way back").unwrap();
        }
        (papers, files)
    }

    #[test]
    fn papers_of_a_command_that_was_killed_stop_the_next_whenever_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().join("me"));
        // Killed after the note, after one name, after both.
        for named in 0..3 {
            let mut aside = Aside::begin(&home, Place::Free).unwrap();
            let (papers, files) = papers(folder.path());
            aside.home().unwrap();
            aside.note(&papers).unwrap();
            for file in papers.names().take(named) {
                fs::rename(papers.part_of(file).unwrap(), file).unwrap();
            }
            killed((aside, papers));
            // Killed before it has freed all of them, as often as one likes.
            let first = Aside::begin(&home, Place::Free).unwrap();
            first.free(&files[..1]).unwrap();
            killed(first);
            let next = Aside::begin(&home, Place::Free).unwrap();
            next.free(&files).unwrap();
            assert!(files.iter().all(|file| !file.exists()), "{named}");
        }
        // A command that is refused before it makes anything leaves the note to the next one.
        let mut aside = Aside::begin(&home, Place::Free).unwrap();
        let (papers, files) = papers(folder.path());
        aside.home().unwrap();
        aside.note(&papers).unwrap();
        papers.keep().unwrap();
        killed(aside);
        let other = folder.path().join("other.pdf");
        fs::write(&other, b"of somebody").unwrap();
        let refused = Aside::begin(&home, Place::Free).unwrap();
        let asked = [files[0].clone(), other.clone()];
        assert_eq!(refused.free(&asked).unwrap_err().code(), Some("paper-there"));
        assert!(files[0].exists() && other.exists());
        drop(refused);
        let mut next = Aside::begin(&home, Place::Free).unwrap();
        next.free(&files).unwrap();
        next.home().unwrap();
        next.move_in(b"locked").unwrap();
        assert!(home.is_lived_in() && !home.folder().join(NOTE).exists());
    }

    #[test]
    fn file_that_took_a_noted_name_since_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().join("me"));
        let mut aside = Aside::begin(&home, Place::Free).unwrap();
        let (papers, files) = papers(folder.path());
        aside.home().unwrap();
        aside.note(&papers).unwrap();
        killed((aside, papers));
        fs::write(&files[0], b"of somebody").unwrap();
        assert_eq!(
            Aside::begin(&home, Place::Free).unwrap().free(&files).unwrap_err().code(),
            Some("paper-there")
        );
        assert_eq!(fs::read(&files[0]).unwrap(), b"of somebody");
    }

    #[test]
    fn folder_that_does_not_open_makes_room_and_is_kept_and_one_that_opens_stays_unless_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().join("me"));
        let move_in = |place| {
            let mut aside = Aside::begin(&home, place).unwrap();
            aside.home().unwrap();
            let displaced = aside.displaced().map(Path::to_owned);
            aside.move_in(b"locked").unwrap();
            displaced
        };
        assert_eq!(move_in(Place::OfBroken), None);
        assert_eq!(Aside::begin(&home, Place::OfBroken).unwrap_err().code(), Some("account-there"));
        fs::write(home.records(), b"of before").unwrap();
        fs::remove_file(home.lock()).unwrap();
        assert_eq!(Aside::begin(&home, Place::Free).unwrap_err().code(), Some("home-broken"));
        let kept = move_in(Place::OfBroken).unwrap();
        assert_eq!(fs::read(kept.join("records.redb")).unwrap(), b"of before");
        assert!(home.is_lived_in() && !home.records().exists());
        let again = move_in(Place::OfAny).unwrap();
        assert!(again != kept && again.join("lock.age").exists() && home.is_lived_in());
    }
}
