//! Payloads that lie in packs: the index, each place of it, and what lies beside.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use carnet_rest::pack::{self, BLOCK, END, FREED, INDEX, PACKS};
use carnet_rest::{Key, PackEnd, PackPlace, Space, checksum, file};
use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::padding::is_padme;
use carnet_wire::payload::PayloadLen;

use super::class::Class;
use super::source::{Redb, Source};
use super::tally::Tally;
use super::walk::Unfit;
use crate::error::AuditError;

/// The payloads of a folder, wherever they lie.
pub(super) struct Packs {
    folder: PathBuf,
    index: Option<Redb>,
}

/// What the index says of each pack.
#[derive(Default)]
pub(super) struct Places {
    of: BTreeMap<u64, Vec<Extent>>,
    end: Option<PackEnd>,
}

/// Some bytes of a pack, from a block on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Extent {
    block: u32,
    len: u32,
    /// Nobody needs them any more: the next start takes away what a crash has left.
    freed: bool,
}

/// What the walk over the index has found.
pub(super) struct Walked {
    /// What was counted.
    pub(super) tally: Tally,
    /// Bytes of keys and values.
    pub(super) stored: u64,
    /// Where something lies.
    pub(super) places: Places,
}

impl Packs {
    /// Opens the index of a server's folder, if it has one.
    ///
    /// # Errors
    /// [`AuditError`] where it cannot be read.
    pub(super) fn open(folder: &Path) -> Result<Self, AuditError> {
        let path = folder.join(PACKS).join(INDEX);
        let index = if path.exists() { Some(Redb::open(&path, None)?) } else { None };
        Ok(Self { folder: folder.to_owned(), index })
    }

    /// The length of a settled payload, if it is there.
    ///
    /// # Errors
    /// [`AuditError`].
    pub(super) fn len(&self, vault: [u8; 32], root: &[u8; 32]) -> Result<Option<u64>, AuditError> {
        if let Ok(found) = self
            .folder
            .join(file::payload(&VaultId::from_bytes(vault), &PayloadRoot::from_bytes(*root)))
            .metadata()
        {
            return Ok(Some(found.len()));
        }
        Ok(self.find(vault, root)?.map(|place| u64::from(place.len)))
    }

    /// The first bytes of a settled payload, if it is there.
    ///
    /// # Errors
    /// [`AuditError`].
    pub(super) fn nonce(&self, vault: [u8; 32], root: &[u8; 32]) -> Result<Option<[u8; 16]>, AuditError> {
        let mut nonce = [0; 16];
        let read = match File::open(
            self.folder.join(file::payload(&VaultId::from_bytes(vault), &PayloadRoot::from_bytes(*root))),
        ) {
            Ok(mut file) => file.read_exact(&mut nonce),
            Err(_) => match self.find(vault, root)? {
                Some(place) => {
                    self.pack(place.pack).and_then(|pack| pack.read_exact_at(&mut nonce, place.start()))
                }
                None => return Ok(None),
            },
        };
        Ok(read.is_ok().then_some(nonce))
    }

    /// Walks the index, and reads each payload that it places.
    ///
    /// # Errors
    /// [`AuditError`].
    pub(super) fn walk(&self, source: &dyn Source) -> Result<Walked, AuditError> {
        let mut walked = Walked { tally: Tally::default(), stored: 0, places: Places::default() };
        let Some(index) = &self.index else { return Ok(walked) };
        index.each(&[], &mut |key, framed| {
            walked.stored += (key.len() + framed.len()) as u64;
            if let Err(code) = self.row(source, &mut walked, key, framed)? {
                let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
                walked.tally.find(format!("{PACKS}/{INDEX} {key}"), code);
            }
            Ok(())
        })?;
        walked.places.of.values_mut().for_each(|places| places.sort_unstable());
        Ok(walked)
    }

    fn row(
        &self,
        source: &dyn Source,
        Walked { tally, places, .. }: &mut Walked,
        key: &[u8],
        framed: &[u8],
    ) -> Result<Result<(), Unfit>, AuditError> {
        let value = checksum::open(key, framed.to_vec());
        let (payload, place) = (pack::payload(key), value.as_deref().and_then(PackPlace::from_bytes));
        if let (Some((vault, root)), Some(place)) = (payload, place) {
            for (name, len) in [("vault", 32), ("payload", 32)] {
                tally.field(("pack place", name), Class::Ids, len);
            }
            for (name, len) in [("pack", 8), ("block", 4), ("length", 4), ("time", 8)] {
                tally.field(("pack place", name), Class::Numbers, len);
            }
            tally.add(Class::Checksums, checksum::LEN);
            places.add(&place, false);
            return self.payload(source, &vault, &root, &place);
        }
        if let Some(place) = place.filter(|place| key == pack::freed_key(place)) {
            tally.field(("freed place", "pack, block, length, time"), Class::Numbers, 12 + 24);
            tally.add(Class::Format, FREED.len());
            tally.add(Class::Checksums, checksum::LEN);
            places.add(&place, true);
            return Ok(Ok(()));
        }
        match value.as_deref().and_then(PackEnd::from_bytes).filter(|_| key == END) {
            Some(end) => {
                tally.field(("pack place", "end"), Class::Numbers, framed.len() - checksum::LEN);
                tally.add(Class::Format, key.len());
                tally.add(Class::Checksums, checksum::LEN);
                places.end = Some(end);
                Ok(Ok(()))
            }
            None => {
                tally.add(Class::Unknown, key.len() + framed.len());
                Ok(Err("place-damaged"))
            }
        }
    }

    /// A payload at its place: its length, its padding, its root, its use.
    fn payload(
        &self,
        source: &dyn Source,
        vault: &VaultId,
        root: &PayloadRoot,
        place: &PackPlace,
    ) -> Result<Result<(), Unfit>, AuditError> {
        if source.carried(vault, root).is_some() {
            // The next start puts back what a crash may have taken of it.
            return Ok(Ok(()));
        }
        if self.folder.join(file::payload(vault, root)).exists() {
            // The file is the one that counts.
            return Ok(Ok(()));
        }
        let mut used = false;
        let prefix = Key::new(Space::Payload, *vault.as_bytes(), *root.as_bytes()).to_bytes();
        source.each(&prefix, &mut |_, _| {
            used = true;
            Ok(())
        })?;
        let mut bytes = vec![0; usize::try_from(place.len).unwrap_or_default()];
        let read = self.pack(place.pack).and_then(|pack| pack.read_exact_at(&mut bytes, place.start()));
        if !used {
            // Of a payload that was removed a crash may leave the place, not the bytes.
            let gone = read.is_err() || bytes.iter().all(|byte| *byte == 0);
            return Ok(if gone { Ok(()) } else { Err("payload-of-nothing") });
        }
        if read.is_err() {
            return Ok(Err("payload-missing"));
        }
        let Ok(len) = PayloadLen::from_stored(u64::from(place.len)) else { return Ok(Err("payload-length")) };
        Ok(if !is_padme(len.plaintext()) {
            Err("payload-not-padded")
        } else if blake3::hash(&bytes).as_bytes() != root.as_bytes() {
            Err("payload-other-root")
        } else {
            Ok(())
        })
    }

    fn find(&self, vault: [u8; 32], root: &[u8; 32]) -> Result<Option<PackPlace>, AuditError> {
        let Some(index) = &self.index else { return Ok(None) };
        let key = pack::key(&VaultId::from_bytes(vault), &PayloadRoot::from_bytes(*root));
        let framed = index.stored(&key)?;
        Ok(framed
            .and_then(|framed| checksum::open(&key, framed))
            .and_then(|value| PackPlace::from_bytes(&value)))
    }

    fn pack(&self, number: u64) -> io::Result<File> {
        File::open(self.folder.join(PACKS).join(pack::name(number)))
    }
}

/// Counts the bytes of a pack as they are read, from its first on.
pub(super) struct Counter<'a> {
    places: &'a [Extent],
    end: u64,
    at: u64,
    /// Bytes of payloads.
    pub(super) placed: u64,
    /// Zeros beside them.
    pub(super) zeros: u64,
    /// Bytes that a crash left: the journal has them, or the next start takes them away.
    pub(super) left: u64,
    /// Bytes that are nobody's.
    pub(super) others: u64,
}

impl Places {
    fn add(&mut self, place: &PackPlace, freed: bool) {
        let extent = Extent { block: place.block, len: place.len, freed };
        self.of.entry(place.pack).or_default().push(extent);
    }

    /// Begins to count a pack.
    pub(super) fn counter(&self, number: u64) -> Counter<'_> {
        let places = self.of.get(&number).map(Vec::as_slice).unwrap_or_default();
        let end = match self.end {
            Some(end) if number == end.pack => u64::from(end.blocks) * BLOCK,
            Some(end) if number < end.pack => u64::MAX,
            _ => 0,
        };
        Counter { places, end, at: 0, placed: 0, zeros: 0, left: 0, others: 0 }
    }
}

impl Counter<'_> {
    /// The next bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let next = self.places.first().map(|extent| {
                let start = u64::from(extent.block) * BLOCK;
                (start, start + u64::from(extent.len), extent.freed)
            });
            let (to, within, freed) = match next {
                Some((_, end, _)) if end <= self.at => {
                    self.places = self.places.get(1..).unwrap_or_default();
                    continue;
                }
                Some((start, _, _)) if start > self.at => (start, false, false),
                Some((_, end, freed)) => (end, !freed, freed),
                None => (u64::MAX, false, false),
            };
            let to = if self.at < self.end { to.min(self.end) } else { to };
            let len = usize::try_from(to - self.at).unwrap_or(usize::MAX).min(bytes.len());
            let (some, rest) = bytes.split_at(len);
            let zeros = some.iter().filter(|byte| **byte == 0).count() as u64;
            if within {
                self.placed += len as u64;
            } else if zeros == len as u64 {
                self.zeros += zeros;
            } else if freed || self.at >= self.end {
                self.left += len as u64;
            } else {
                (self.zeros, self.others) = (self.zeros + zeros, self.others + len as u64 - zeros);
            }
            self.at += len as u64;
            bytes = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_a_pack_is_counted_once_however_it_is_read() {
        let end = Some(PackEnd { pack: 3, blocks: 4 });
        let mut places = Places { end, ..Places::default() };
        for (block, len, freed) in [(0, 5000, false), (2, 5, true), (3, 10, false)] {
            places.add(&PackPlace { pack: 3, block, len, time: 0 }, freed);
        }
        let mut bytes = vec![0; 5 * 4096];
        bytes[..5000].fill(1);
        bytes[2 * 4096..][..5].fill(1);
        bytes[2 * 4096 + 7] = 1;
        bytes[3 * 4096..][..10].fill(1);
        bytes[4 * 4096..].fill(1);
        for piece in [1, 7, 4096, 5000, 100_000] {
            let mut counter = places.counter(3);
            bytes.chunks(piece).for_each(|piece| counter.push(piece));
            let Counter { placed, zeros, left, others, .. } = counter;
            assert_eq!(placed, 5010);
            assert_eq!(placed + zeros + left + others, bytes.len() as u64);
            assert_eq!((left, others), (4096 + 5, 1), "{piece}");
        }
        let mut unknown = places.counter(4);
        unknown.push(&[1; 10]);
        assert_eq!(unknown.left, 10);
        let mut before = places.counter(2);
        before.push(&[1; 10]);
        assert_eq!(before.others, 10);
    }
}
