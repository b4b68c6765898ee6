//! The journal on disk: two files that take turns, and what a start finds in them. The format: [`carnet_rest::journal`].
//!
//! The files keep the room that they have taken. Written again in place, a flush of them has no length and no blocks to write
//! down besides, and so costs the disk half of what an append would. They are written past the system's cache: nobody reads them but
//! a start.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use carnet_rest::checksum;
use carnet_rest::journal::{self, MARK, NAMES, TurnKey};

use super::backend::{Backend, Changes};
use super::{Along, Carried, OpenError, StoreError, folder};
use crate::direct::{DirectFile, aligned};

const _: () =
    assert!(journal::BLOCK.is_multiple_of(crate::direct::BLOCK), "records are written in whole blocks");
/// Bytes by which a file grows.
const GROW: u64 = 4 * 1024 * 1024;
/// Most bytes of memory that a record leaves for the next one: more than one write of the committer has, but for the longest.
const KEPT: usize = 10 * 1024 * 1024;
/// Most bytes that a record adds to a row, or to what goes along.
const FRAME: usize = 8;
/// Bytes of zeros written at once.
const ZEROS: usize = 256 * 1024;

/// The two files.
pub(super) struct Journal {
    files: [DirectFile; 2],
    lengths: [u64; 2],
    memory: Vec<u8>,
    active: usize,
    key: TurnKey,
    end: u64,
    number: u64,
}

impl Journal {
    /// Opens or makes the files in the folder of data. `number` is that of the newest record; what the files hold is not wanted any more.
    pub(super) fn open(data: &Path, number: u64) -> io::Result<Self> {
        let mut options = File::options();
        options.create(true).truncate(false).read(true).write(true);
        let open = |name| DirectFile::open(&options, &data.join(name));
        let files = [open(NAMES[0])?, open(NAMES[1])?];
        folder::sync(data)?;
        let lengths = [files[0].file().metadata()?.len(), files[1].file().metadata()?.len()];
        let (key, memory) = (TurnKey([0; 32]), Vec::new());
        let mut journal = Self { files, lengths, memory, active: 0, key, end: 0, number };
        journal.turn()?;
        Ok(journal)
    }

    /// The number of the newest record.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Bytes of this turn.
    pub(super) fn len(&self) -> u64 {
        self.end
    }

    /// Begins a turn: with the next record the other file is written from its start.
    pub(super) fn turn(&mut self) -> io::Result<()> {
        self.active ^= 1;
        self.end = 0;
        getrandom::fill(&mut self.key.0).map_err(io::Error::other)
    }

    /// Says that the engine has everything: the next start need not read what the files hold.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        let mut memory = Vec::new();
        let zeros =
            aligned(&mut memory, journal::BLOCK, |memory| memory.resize(memory.len() + journal::BLOCK, 0));
        let mut written = self.files.iter_mut().zip(self.lengths).filter(|(_, length)| *length > 0);
        written.try_for_each(|(file, _)| file.write_blocks(zeros, 0))
    }

    /// Writes a record down and makes it last. After an error nobody knows what the disk holds.
    pub(super) fn append(&mut self, changes: &Changes, along: &[Carried]) -> io::Result<()> {
        let (number, start, key) = (self.number + 1, self.end, self.key);
        let (Some(file), Some(length)) = (self.files.get_mut(self.active), self.lengths.get_mut(self.active))
        else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let rows = changes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len) + FRAME);
        let carried = along.iter().map(|one| one.name.len() + one.bytes.len() + FRAME);
        let bytes = aligned(&mut self.memory, rows.chain(carried).sum(), |bytes| {
            if start == 0 {
                bytes.extend_from_slice(&key.block());
            }
            let rows = changes.iter().map(|(key, value)| (key.as_slice(), value.as_deref()));
            key.record(bytes, number, rows, along.iter().map(|one| [one.name.as_slice(), &one.bytes]));
        });
        let end = start + bytes.len() as u64;
        if end > *length {
            let grown = (end + 1).next_multiple_of(GROW);
            write_zeros(file, end, grown)?;
            *length = grown;
        }
        file.write_blocks(bytes, start)?;
        file.file().sync_data()?;
        self.memory.truncate(0);
        self.memory.shrink_to(KEPT);
        (self.end, self.number) = (end, number);
        Ok(())
    }
}

fn write_zeros(file: &mut DirectFile, mut from: u64, to: u64) -> io::Result<()> {
    let mut memory = Vec::new();
    let zeros = aligned(&mut memory, ZEROS, |zeros| zeros.resize(zeros.len() + ZEROS, 0));
    while from < to {
        let some = usize::try_from(to - from).unwrap_or(zeros.len()).min(zeros.len());
        file.write_blocks(zeros.get(..some).unwrap_or_default(), from)?;
        from += some as u64;
    }
    Ok(())
}

/// Brings an engine up to what its journal holds, and gives the number of the newest record. May be done again, as often as it is cut
/// short: the engine holds the number of the newest record that it has together with what that record says.
///
/// # Errors
/// [`OpenError::Damaged`] where something acknowledged is missing.
pub(super) fn replay(data: &Path, engine: &dyn Backend, along: Option<&dyn Along>) -> Result<u64, OpenError> {
    let mark = mark(engine)?;
    let mut paths = NAMES.map(|name| data.join(name));
    paths.sort_by_key(|path| begin(path).map(|begin| journal::first(&begin)).ok());
    let (mut number, mut changes, mut any) = (mark, Changes::new(), false);
    for path in paths {
        // One after the other: they may be long.
        let file = read(&path)?;
        let turn = journal::read(&file);
        if turn.beyond.is_some_and(|number| number > mark) {
            return Err(OpenError::Damaged("a record of its journal"));
        }
        for record in turn.records.iter().filter(|record| record.number > mark) {
            if record.number != number + 1 {
                return Err(OpenError::Damaged("a record of its journal is missing"));
            }
            number = record.number;
            for (key, value) in &record.changes {
                changes.insert(key.to_vec(), value.map(<[u8]>::to_vec));
            }
            for one in &record.along {
                let along =
                    along.ok_or(OpenError::Damaged("its journal holds payloads: let a server start"))?;
                along.restore(one)?;
                any = true;
            }
        }
    }
    if number > mark {
        if let Some(along) = along.filter(|_| any) {
            along.secure()?;
        }
        let (key, value) = marked(number);
        changes.insert(key, value);
        engine.write(&changes)?;
    }
    Ok(number)
}

/// The number of the newest record that an engine has; 0 for none.
fn mark(engine: &dyn Backend) -> Result<u64, StoreError> {
    let found = engine.get(&[MARK.to_vec()])?.into_iter().next().flatten();
    let Some(framed) = found else { return Ok(0) };
    let damaged = || StoreError::Backend("the mark of its journal is damaged".into());
    let value = checksum::open(&MARK, framed).ok_or_else(damaged)?;
    value.try_into().map(u64::from_be_bytes).map_err(|_| damaged())
}

/// What says that an engine has everything up to a record.
pub(super) fn marked(number: u64) -> (Vec<u8>, Option<Vec<u8>>) {
    (MARK.to_vec(), Some(checksum::frame(&MARK, number.to_be_bytes().to_vec())))
}

/// All of a file; nothing of one that begins with no turn.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    match TurnKey::read(&begin(path)?) {
        Some(_) => fs::read(path),
        None => Ok(Vec::new()),
    }
}

/// What a file begins with: its turn's block, and the head of its first record.
fn begin(path: &Path) -> io::Result<Vec<u8>> {
    let mut blocks = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(2 * journal::BLOCK as u64).read_to_end(&mut blocks).map(|_| blocks),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(blocks),
        Err(error) => Err(error),
    }
}
