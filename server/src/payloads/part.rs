//! An upload: a file that grows at its end, hashed as it grows.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use carnet_wire::id::PayloadRoot;
use carnet_wire::outboard::{GROUP_LEN, Outboard, OutboardBuilder};
use carnet_wire::payload::PayloadNonce;

use super::layout::{Layout, Name, in_folder};

/// How much is read at once to be hashed.
const READ: usize = 1 << 20;

/// Bytes after which the system is made to begin writing them down, so that a settle finds little left to do. What it has written of a
/// long upload it then forgets: a few of these pieces stay in memory, whatever the upload's length, and nothing else is driven out.
const WRITE_BACK: u64 = 32 << 20;

/// What was told before and may have been on its way to the disk since then.
const LINGERING: u64 = 3 * WRITE_BACK;

/// An upload, open. The file's position is its end.
///
/// The hash is believed only while the file stays open: an open file reports at its fsync every page that could not be
/// written since. Once closed the system may forget both the page and the failure, so the bytes are hashed again.
#[derive(Debug)]
pub(super) struct Part {
    file: File,
    len: u64,
    hash: OutboardBuilder,
    nonce: Vec<u8>,
    written_back: u64,
}

/// What an upload turned out to be.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) file: File,
    pub(super) len: u64,
    pub(super) root: PayloadRoot,
    pub(super) outboard: Outboard,
    pub(super) nonce: Vec<u8>,
}

impl Part {
    /// Opens an upload or begins it, and hashes what is there.
    pub(super) fn open(layout: &Layout, name: &Name) -> io::Result<Self> {
        let path = layout.part(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        Self::hashed(in_folder(&path, || options.open(&path))?)
    }

    /// Hashes a file from its start.
    pub(super) fn hashed(file: File) -> io::Result<Self> {
        let mut part =
            Self { file, len: 0, hash: OutboardBuilder::new(), nonce: Vec::new(), written_back: 0 };
        let len = part.file.metadata()?.len();
        let mut buffer = Vec::with_capacity(READ.min(usize::try_from(len).unwrap_or(READ)));
        while part.len < len {
            buffer.clear();
            (&part.file).take((len - part.len).min(READ as u64)).read_to_end(&mut buffer)?;
            if buffer.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            part.hash(&buffer);
        }
        part.written_back = part.len;
        Ok(part)
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Appends all of the pieces, or none of them.
    pub(super) fn write(&mut self, pieces: &[Bytes]) -> io::Result<()> {
        let mut slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        if let Err(error) = write_all(&mut self.file, &mut slices) {
            self.file.set_len(self.len)?;
            self.file.seek(SeekFrom::Start(self.len))?;
            return Err(error);
        }
        for piece in pieces {
            self.hash(piece);
        }
        if self.len - self.written_back >= WRITE_BACK {
            write_back(&self.file, self.written_back.saturating_sub(LINGERING));
            self.written_back = self.len;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Whole {
        let (root, outboard) = self.hash.finish();
        Whole { file: self.file, len: self.len, root, outboard, nonce: self.nonce }
    }

    fn hash(&mut self, bytes: &[u8]) {
        let missing = PayloadNonce::LEN - self.nonce.len();
        self.nonce.extend(bytes.iter().take(missing));
        self.hash.push(bytes);
        self.len += bytes.len() as u64;
    }

    /// Bytes of memory it takes, about.
    fn weight(&self) -> u64 {
        4096 + self.len / GROUP_LEN as u64 * 32
    }
}

/// Uploads that nobody writes at the moment, open with their hashes: so many, and so many bytes of hashes at most, of
/// which the one left longest is closed first. Whoever works on one holds its name and takes it out.
#[derive(Debug)]
pub(super) struct OpenParts {
    most: usize,
    most_weight: u64,
    parts: Mutex<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    weight: u64,
    turn: u64,
    by_name: HashMap<Name, (u64, Part)>,
    by_turn: BTreeMap<u64, Name>,
}

impl OpenParts {
    pub(super) fn new(most: usize, most_weight: u64) -> Self {
        Self { most, most_weight, parts: Mutex::default() }
    }

    /// Takes an upload out, if it is open.
    pub(super) fn take(&self, name: &Name) -> Option<Part> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).take(name)
    }

    /// Leaves an upload, and closes the oldest if there are too many. The last one stays, whatever it weighs.
    pub(super) fn leave(&self, name: Name, part: Part) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        drop(parts.take(&name));
        parts.turn += 1;
        parts.weight += part.weight();
        let turn = parts.turn;
        parts.by_turn.insert(turn, name);
        parts.by_name.insert(name, (turn, part));
        while parts.by_name.len() > 1 && (parts.by_name.len() > self.most || parts.weight > self.most_weight)
        {
            let Some(oldest) = parts.by_turn.first_key_value().map(|(_, name)| *name) else { break };
            drop(parts.take(&oldest));
        }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.parts.lock().unwrap().by_name.len()
    }
}

impl Parts {
    fn take(&mut self, name: &Name) -> Option<Part> {
        let (turn, part) = self.by_name.remove(name)?;
        self.by_turn.remove(&turn);
        self.weight -= part.weight();
        Some(part)
    }
}

/// Makes the system begin to write what follows `start`, and forget what it has written of it. "Not needed" says so on Linux, without
/// waiting for the disk or its journal as an fsync would. Only advice, so a refusal changes nothing; a page that could not be written is
/// still told of by the next fsync of a file that stays open.
#[cfg(target_os = "linux")]
fn write_back(file: &File, start: u64) {
    let _: Result<(), _> = rustix::fs::fadvise(file, start, None, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn write_back(_: &File, _: u64) {}

fn write_all(file: &mut File, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    // Empty pieces at the front would look like a disk that takes nothing.
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match file.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use carnet_wire::id::VaultId;

    fn name(number: u8) -> Name {
        Name { vault: VaultId::from_bytes([0; 32]), root: PayloadRoot::from_bytes([number; 32]) }
    }

    #[test]
    fn reopened_part_hashes_as_if_it_had_stayed_open() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let content: Vec<u8> = (0..=250).cycle().take(3 * GROUP_LEN + 7).collect();
        let mut part = Part::open(&layout, &name(1)).unwrap();
        part.write(&[Bytes::new(), Bytes::copy_from_slice(&content[..70_000])]).unwrap();
        drop(part);
        let mut part = Part::open(&layout, &name(1)).unwrap();
        assert_eq!(part.len(), 70_000);
        part.write(&[Bytes::copy_from_slice(&content[70_000..]), Bytes::new()]).unwrap();
        let whole = part.finish();
        assert_eq!(whole.root.as_bytes(), blake3::hash(&content).as_bytes());
        assert_eq!(whole.nonce, content[..16]);
        assert_eq!(whole.outboard.as_bytes().len(), 3 * 64);
    }

    #[test]
    fn oldest_open_part_is_closed_when_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let parts = OpenParts::new(2, u64::MAX);
        for number in 1..=3 {
            parts.leave(name(number), Part::open(&layout, &name(number)).unwrap());
        }
        assert_eq!(parts.count(), 2);
        assert!(parts.take(&name(1)).is_none());
        assert!(parts.take(&name(2)).is_some() && parts.take(&name(2)).is_none());
        let light = OpenParts::new(9, 1);
        light.leave(name(4), Part::open(&layout, &name(4)).unwrap());
        light.leave(name(5), Part::open(&layout, &name(5)).unwrap());
        assert!(light.take(&name(4)).is_none() && light.take(&name(5)).is_some());
    }
}
