//! Appends to packs, in whole blocks past the system's cache.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use bytes::Bytes;
use carnet_rest::pack::{self, BLOCK, PackEnd};

use super::Name;
use crate::direct::{DirectFile, aligned};

/// Blocks of a pack: the next one is begun with the payload that would go beyond.
const FULL: u32 = 1 << 16;

/// The pack that grows. Who holds it is alone with it.
pub(super) struct Writer {
    file: Option<DirectFile>,
    end: PackEnd,
    memory: Vec<u8>,
}

impl Writer {
    /// Goes on with a pack of its own: whatever a crash has left is in none.
    pub(super) fn behind(end: Option<PackEnd>) -> Self {
        let pack = end.map_or(0, |end| end.pack + 1);
        Self { file: None, end: PackEnd { pack, blocks: 0 }, memory: Vec::new() }
    }

    /// Up to where something is written.
    pub(super) fn end(&self) -> PackEnd {
        self.end
    }

    /// Writes payloads behind the last ones, or into a new pack, and gives their first block.
    pub(super) fn write(&mut self, folder: &Path, payloads: &[(Name, Bytes)]) -> io::Result<u32> {
        let room: u32 = payloads.iter().map(|(_, bytes)| blocks(bytes.len())).sum();
        if self.file.is_some() && self.end.blocks.saturating_add(room) > FULL {
            self.file = None;
            self.end = PackEnd { pack: self.end.pack + 1, blocks: 0 };
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut options = OpenOptions::new();
                // What a write that failed has left is nobody's.
                options.write(true).create(true).truncate(true);
                let path = folder.join(pack::name(self.end.pack));
                self.file.insert(DirectFile::open(&options, &path)?)
            }
        };
        let size = usize::try_from(u64::from(room) * BLOCK).map_err(io::Error::other)?;
        let bytes = aligned(&mut self.memory, size, |memory| {
            for (_, bytes) in payloads {
                let zeros = bytes.len().next_multiple_of(crate::direct::BLOCK) - bytes.len();
                memory.extend_from_slice(bytes);
                memory.resize(memory.len() + zeros, 0);
            }
        });
        let first = self.end.blocks;
        if let Err(error) = file.write_blocks(bytes, u64::from(first) * BLOCK) {
            // What came of it is nobody's. Where this fails too, the next write goes over it, or a start takes it away.
            let _ = file.file().set_len(u64::from(first) * BLOCK);
            return Err(error);
        }
        self.end.blocks += room;
        Ok(first)
    }
}

const _: () = assert!(BLOCK == crate::direct::BLOCK as u64, "packs are written in whole blocks");

/// How many blocks a payload takes.
pub(super) fn blocks(len: usize) -> u32 {
    u32::try_from(len.div_ceil(crate::direct::BLOCK)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use carnet_wire::id::{PayloadRoot, VaultId};

    use super::*;

    #[test]
    fn full_pack_is_followed_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let payload = |seed: u8, len| {
            let (vault, root) = (VaultId::from_bytes([1; 32]), PayloadRoot::from_bytes([seed; 32]));
            (Name { vault, root }, Bytes::from(vec![seed; len]))
        };
        let mut writer = Writer::behind(None);
        writer.end.blocks = FULL - 2;
        let mut write = |payloads: &[_]| (writer.write(folder.path(), payloads).unwrap(), writer.end());
        let end = |pack, blocks| PackEnd { pack, blocks };
        assert_eq!(write(&[payload(1, 4097)]), (FULL - 2, end(0, FULL)));
        assert_eq!(write(&[payload(2, 1), payload(3, 1)]), (0, end(1, 2)));
        let bytes = std::fs::read(folder.path().join(pack::name(1))).unwrap();
        assert_eq!((bytes.len(), &bytes[..2], &bytes[4096..4098]), (8192, &[2, 0][..], &[3, 0][..]));
        assert_eq!(Writer::behind(Some(end(1, 2))).end(), end(2, 0));
    }
}
