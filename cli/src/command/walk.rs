//! Files that names on the command line mean: files themselves, what folders hold, and `-` for the standard input. What is left out is told.

use std::collections::BTreeSet;
use std::fs::{self, FileType};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use super::contents::Found;
use crate::Failure;

/// What names mean.
#[derive(Default)]
pub(crate) struct Walked {
    /// Contents to look at.
    pub(crate) found: Vec<Found>,
    /// What is no document of a person's, and stays out: by its path, and the code of the reason.
    pub(crate) left_out: Vec<(PathBuf, &'static str)>,
    /// What might be one and cannot be read, and why.
    pub(crate) unread: Vec<(PathBuf, Failure)>,
}

impl From<Vec<Found>> for Walked {
    /// Contents that no walk found.
    fn from(found: Vec<Found>) -> Self {
        Self { found, ..Self::default() }
    }
}

impl Walked {
    /// Follows names. A link to a file is that file; a link to a folder is not followed, for it could lead back into itself.
    ///
    /// # Errors
    /// `folder-large` for more than 100,000 files; `nothing-to-add` where nothing is found, left out or unread; `stdin-large`.
    pub(crate) fn of(names: &[PathBuf]) -> Result<Self, Failure> {
        let mut walked = Self::default();
        for name in names {
            walked.name(name)?;
        }
        let nothing = walked.found.is_empty() && walked.left_out.is_empty() && walked.unread.is_empty();
        if nothing { Err(Failure::wrong("nothing-to-add")) } else { Ok(walked) }
    }

    /// A name that a person has typed.
    fn name(&mut self, name: &Path) -> Result<(), Failure> {
        if name.as_os_str() == "-" {
            self.found.push(Found::in_memory("-".to_owned(), bounded(io::stdin().lock(), name)?));
            return Ok(());
        }
        let metadata = match fs::metadata(name) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.unread.push((name.to_owned(), Failure::file(name, &error)));
                return Ok(());
            }
        };
        if metadata.is_dir() {
            return self.folder(name);
        }
        if metadata.is_file() {
            return self.file(name);
        }
        // What a shell gives for `<(command)`: somebody writes to its other end, which comes to an end.
        if is_descriptor(name) && metadata.file_type().is_fifo() {
            let stream = fs::File::open(name).map_err(|error| Failure::file(name, &error))?;
            self.found.push(Found::in_memory("-".to_owned(), bounded(stream, name)?));
            return Ok(());
        }
        let shown = name.display().to_string();
        self.unread
            .push((name.to_owned(), Failure::wrong(special(metadata.file_type())).with("path", shown)));
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        if self.found.len() >= MOST {
            return Err(Failure::wrong("folder-large").with("most", MOST.to_string()));
        }
        self.found.push(Found::file(path));
        Ok(())
    }

    /// All that a folder holds, in the order of its names; folders as deep as they go.
    fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            let mut inside = BTreeSet::new();
            let read = fs::read_dir(&folder).and_then(|entries| {
                entries.into_iter().try_for_each(|entry| {
                    inside.insert(entry?.path());
                    Ok(())
                })
            });
            if let Err(error) = read {
                self.unread.push((folder.clone(), Failure::file(&folder, &error)));
            }
            let mut folders = Vec::new();
            for path in inside {
                match fs::symlink_metadata(&path) {
                    Err(error) => self.unread.push((path.clone(), Failure::file(&path, &error))),
                    // What begins with a dot is a program's.
                    Ok(_) if is_hidden(&path) => self.left_out.push((path, "left-hidden")),
                    Ok(metadata) if metadata.is_dir() => folders.push(path),
                    Ok(metadata) if metadata.is_symlink() => self.link(path)?,
                    Ok(metadata) if metadata.is_file() => self.file(&path)?,
                    Ok(_) => self.left_out.push((path, "left-special")),
                }
            }
            open.extend(folders.into_iter().rev());
        }
        Ok(())
    }

    fn link(&mut self, path: PathBuf) -> Result<(), Failure> {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => self.file(&path)?,
            Ok(metadata) if metadata.is_dir() => self.left_out.push((path, "left-link")),
            Ok(_) => self.left_out.push((path, "left-special")),
            Err(error) => {
                let failure = Failure::file(&path, &error);
                self.unread.push((path, failure));
            }
        }
        Ok(())
    }
}

/// A stream in memory, as far as one may be kept there.
fn bounded(stream: impl Read, name: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = stream.take(MOST_OF_STREAM.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Failure::file(name, &error))?;
    if bytes.len() as u64 > MOST_OF_STREAM {
        return Err(Failure::wrong("stdin-large").with("most", (MOST_OF_STREAM >> 20).to_string()));
    }
    Ok(bytes)
}

/// Whether a name is that of a descriptor of this process.
fn is_descriptor(name: &Path) -> bool {
    name == Path::new("/dev/stdin") || name.starts_with("/dev/fd") || name.starts_with("/proc/self/fd")
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// The code that says why something that is no file is not read.
fn special(kind: FileType) -> &'static str {
    if kind.is_fifo() || kind.is_socket() { "file-pipe" } else { "file-device" }
}

const MOST: usize = 100_000;
/// Most bytes of a stream, which is kept in memory.
const MOST_OF_STREAM: u64 = 256 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn folder_gives_every_file_however_deep_and_tells_what_it_leaves_out() {
        let folder = tempfile::tempdir().unwrap();
        let deep = (0..60).fold(folder.path().join("in"), |path, _| path.join("deep"));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("deepest.txt"), "1").unwrap();
        fs::write(folder.path().join("elsewhere.txt"), "2").unwrap();
        let inside = folder.path().join("in");
        fs::write(inside.join(".hidden"), "3").unwrap();
        symlink("../elsewhere.txt", inside.join("link.txt")).unwrap();
        symlink("..", inside.join("up")).unwrap();
        symlink("nowhere", inside.join("broken")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            inside.join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let walked = Walked::of(&[inside]).unwrap();
        let mut names: Vec<&str> = walked.found.iter().map(|found| found.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["deepest.txt", "link.txt"]);
        let reasons: Vec<&str> = walked.left_out.iter().map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, ["left-hidden", "left-special", "left-link"]);
        assert_eq!(walked.unread.len(), 1);
    }

    #[test]
    fn pipes_and_devices_that_are_named_are_refused_without_being_read() {
        let walked = Walked::of(&[PathBuf::from("/dev/zero")]).unwrap();
        assert!(walked.found.is_empty());
        assert_eq!(walked.unread[0].1.code(), Some("file-device"));
    }
}
