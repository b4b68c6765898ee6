//! The bytes of a settled payload, wherever it lies: in memory, in a file of its own, or in a pack. Where it has both, the file is
//! the newer one: what goes into a pack leaves none behind.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;

use super::Shared;
use super::layout::Name;
use super::packs::Packs;

/// A payload that can be read.
pub(super) enum Content {
    /// It lasts by the journal.
    Fresh(Bytes),
    /// A file, its length, and where the next read begins unless it is told otherwise.
    File(File, u64, u64),
    /// Its place is looked for at each read: it may get another.
    Packed(Arc<Packs>, Name, u64),
}

impl Content {
    /// Looks for it, in this order: what leaves memory is whole in its pack by then.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`]; others of the system.
    pub(super) fn open(shared: &Shared, name: &Name) -> io::Result<Self> {
        if let Some(bytes) = shared.fresh.get(name) {
            return Ok(Self::Fresh(bytes));
        }
        match File::open(shared.layout.payload(name)) {
            Ok(file) => {
                let len = file.metadata()?.len();
                Ok(Self::File(file, len, 0))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let place = shared.packs.find(name)?.ok_or(error)?;
                Ok(Self::Packed(Arc::clone(&shared.packs), *name, u64::from(place.len)))
            }
            Err(error) => Err(error),
        }
    }

    /// Its length, in bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Fresh(bytes) => bytes.len() as u64,
            Self::Packed(_, _, len) | Self::File(_, len, _) => *len,
        }
    }

    /// Reads exactly so many bytes to the end of `to`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] where it is shorter, or gone; others of the system.
    pub(super) fn read(&mut self, offset: u64, len: usize, to: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Fresh(bytes) => {
                let start = usize::try_from(offset).map_err(io::Error::other)?;
                let some = bytes.get(start..).and_then(|rest| rest.get(..len));
                to.extend_from_slice(some.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
            Self::Packed(packs, name, _) => match packs.read(name, offset, len, to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err(io::ErrorKind::UnexpectedEof.into())
                }
                read => read,
            },
            Self::File(file, _, position) => {
                if *position != offset {
                    file.seek(SeekFrom::Start(offset))?;
                }
                read_into(file, len, to)?;
                *position = offset + len as u64;
                Ok(())
            }
        }
    }
}

/// Reads exactly so many bytes from the file's position to the end of `bytes`, without filling it with zeros first.
pub(super) fn read_into(file: &File, wanted: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    let read = file.take(wanted as u64).read_to_end(bytes)?;
    if read == wanted { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
