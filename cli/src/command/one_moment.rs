//! A file as it was at one moment: what is sealed of it is that, or it is refused.
//!
//! The system says whether a file has changed while it was read: by its length and its times. Where what was read cannot be compared
//! otherwise and those times are too coarse to tell, the file is read once more.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Failure;

/// What the system says of a file's state: it is another after each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    place: (u64, u64),
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// A file that is open, and its state then.
#[derive(Debug)]
pub(crate) struct OneMoment {
    path: PathBuf,
    file: File,
    state: State,
    /// How much of it has been read.
    count: u64,
    /// What was read, where the state alone could not tell a change.
    read: Option<blake3::Hasher>,
    failure: Option<Failure>,
}

/// Opens a file. What is no file is refused: a pipe would be waited for.
///
/// # Errors
/// `file`, `file-pipe`.
pub(crate) fn open(path: &Path) -> Result<OneMoment, Failure> {
    let failed = |error: io::Error| Failure::file(path, &error);
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(Failure::wrong("file-pipe").with("path", path.display().to_string()));
    }
    let state = State::of(&file).map_err(failed)?;
    Ok(OneMoment { path: path.to_owned(), file, state, count: 0, read: None, failure: None })
}

impl State {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            place: (metadata.dev(), metadata.ino()),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    fn since_change(&self) -> Option<Duration> {
        let changed = UNIX_EPOCH + Duration::from_secs(u64::try_from(self.changed.0).ok()?);
        SystemTime::now().duration_since(changed).ok()
    }

    /// The file's length.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }
}

impl OneMoment {
    /// Its state when it was opened.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// The same file, where it is as it was when it was looked at. Nothing else will compare what is read of it: it is read once more at
    /// its end, where it was written so lately that its times could not tell.
    ///
    /// # Errors
    /// `file-changed`.
    pub(crate) fn since(mut self, looked: &State) -> Result<Self, Failure> {
        if self.state != *looked {
            return Err(self.changed());
        }
        // A change within the same tick of the file system's clock leaves the same times: the coarsest that are met tick every two seconds.
        let fresh = self.state.since_change().is_none_or(|since| since < COARSEST);
        self.read = fresh.then(blake3::Hasher::new);
        Ok(self)
    }

    /// Reads from its beginning again.
    ///
    /// # Errors
    /// `file`.
    pub(crate) fn rewind(&mut self) -> Result<(), Failure> {
        self.count = 0;
        self.read = self.read.as_ref().map(|_| blake3::Hasher::new());
        self.file.seek(SeekFrom::Start(0)).map(drop).map_err(|error| Failure::file(&self.path, &error))
    }

    /// Whether it is as it was when it was opened, and, where that cannot be told otherwise, has the bytes that were read.
    fn check(&mut self) -> Result<(), Failure> {
        let (path, changed) = (self.path.clone(), self.changed());
        let failed = |error: io::Error| Failure::file(&path, &error);
        if self.count != self.state.len || State::of(&self.file).map_err(failed)? != self.state {
            return Err(changed);
        }
        let Some(read) = &self.read else { return Ok(()) };
        let (mut again, mut piece) = (blake3::Hasher::new(), vec![0; PIECE]);
        self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        loop {
            match self.file.read(&mut piece).map_err(failed)? {
                0 => break,
                count => again.update(piece.get(..count).unwrap_or_default()),
            };
        }
        if again.finalize() == read.finalize() { Ok(()) } else { Err(changed) }
    }

    /// Why reading failed.
    pub(crate) fn failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// What an error of reading it means.
    pub(crate) fn failed(&mut self, error: &io::Error) -> Failure {
        self.failure().unwrap_or_else(|| Failure::file(&self.path, error))
    }

    fn changed(&self) -> Failure {
        Failure::coded("file-changed").with("path", self.path.display().to_string())
    }
}

/// At its end it says whether it was read at one moment.
impl Read for OneMoment {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.file.read(buffer) {
            Ok(count) => count,
            Err(error) => {
                self.failure = Some(Failure::file(&self.path, &error));
                return Err(error);
            }
        };
        if let Some(read) = &mut self.read {
            read.update(buffer.get(..count).unwrap_or_default());
        }
        self.count = self.count.saturating_add(count as u64);
        // One that grows is not followed.
        let checked = match (count, self.count > self.state.len) {
            (_, true) => Err(self.changed()),
            (0, false) if !buffer.is_empty() => self.check(),
            _ => Ok(()),
        };
        match checked {
            Ok(()) => Ok(count),
            Err(failure) => {
                self.failure = Some(failure);
                Err(io::Error::other("the file has changed"))
            }
        }
    }
}

const COARSEST: Duration = Duration::from_secs(3);
const PIECE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    fn read_after(change: impl FnOnce(&Path)) -> Result<usize, Failure> {
        let (_folder, path) = file(&vec![7; 3 * PIECE]);
        let open = open(&path).unwrap();
        let state = open.state();
        let mut open = open.since(&state).unwrap();
        let mut first = vec![0; PIECE];
        open.read_exact(&mut first).unwrap();
        change(&path);
        let mut rest = Vec::new();
        match open.read_to_end(&mut rest) {
            Ok(count) => Ok(count),
            Err(_) => Err(open.failure().unwrap()),
        }
    }

    #[test]
    fn file_that_stays_as_it_is_is_read_whole_and_one_that_changes_is_refused_however_it_changes() {
        assert_eq!(read_after(|_| {}).unwrap(), 2 * PIECE);
        let changes: [fn(&Path); 3] = [
            |path| OpenOptions::new().append(true).open(path).unwrap().write_all(b"more").unwrap(),
            |path| OpenOptions::new().write(true).open(path).unwrap().set_len(PIECE as u64).unwrap(),
            // The same length, and the times of before.
            |path| {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                let modified = file.metadata().unwrap().modified().unwrap();
                std::os::unix::fs::FileExt::write_all_at(&file, b"other", 10).unwrap();
                file.set_modified(modified).unwrap();
            },
        ];
        for change in changes {
            assert_eq!(read_after(change).unwrap_err().code(), Some("file-changed"));
        }
    }

    #[test]
    fn file_that_changed_since_it_was_looked_at_is_not_opened_again() {
        let (_folder, path) = file(b"before");
        let looked = open(&path).unwrap().state();
        std::fs::write(&path, b"afterwards").unwrap();
        assert_eq!(open(&path).unwrap().since(&looked).unwrap_err().code(), Some("file-changed"));
    }

    #[test]
    fn pipe_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert_eq!(open(&path).unwrap_err().code(), Some("file-pipe"));
    }
}
