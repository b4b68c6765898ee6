//! Places that nobody needs any more: what lay there goes from its pack, and until that lasts the index knows of it.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use carnet_rest::pack::{self, BLOCK, PackEnd, PackPlace};

/// The places, from when nobody needs them until their room went back for good.
#[derive(Debug, Default)]
pub(super) struct Freed {
    /// Their bytes are there.
    waiting: Vec<PackPlace>,
    /// Their bytes are gone, unless a power cut brings them back.
    punched: Vec<PackPlace>,
    /// The keys of those that the index knows.
    noted: BTreeSet<Vec<u8>>,
}

impl Freed {
    /// Nobody needs a place any more.
    pub(super) fn push(&mut self, place: PackPlace) {
        self.waiting.push(place);
    }

    /// Places whose bytes are there, the oldest first.
    pub(super) fn waiting(&self) -> &[PackPlace] {
        &self.waiting
    }

    /// These have been [given back](give_back).
    pub(super) fn given(&mut self, given: &[PackPlace]) {
        let keys: BTreeSet<_> = given.iter().map(pack::freed_key).collect();
        self.waiting.retain(|place| !keys.contains(&pack::freed_key(place)));
        self.punched.extend(given);
    }

    /// Places whose bytes are gone as soon as the disk is told to keep what it has.
    pub(super) fn punched(&self) -> &[PackPlace] {
        &self.punched
    }

    /// What the index must know, except those of `punched`, which last: no start takes away what lies before the end.
    pub(super) fn unnoted(&self, punched: &[PackPlace], end: Option<PackEnd>) -> Vec<PackPlace> {
        let last: BTreeSet<_> = punched.iter().map(pack::freed_key).collect();
        let before_end = |place: &&PackPlace| Some(PackEnd { pack: place.pack, blocks: place.block }) < end;
        let others = self.punched.iter().filter(|place| !last.contains(&pack::freed_key(place)));
        let all = self.waiting.iter().chain(others).filter(before_end);
        all.filter(|place| !self.noted.contains(&pack::freed_key(place))).copied().collect()
    }

    /// The index knows of these.
    pub(super) fn noted(&mut self, places: &[PackPlace]) {
        self.noted.extend(places.iter().map(pack::freed_key));
    }

    /// These were punched, and it lasts. Gives the keys of those that the index knows.
    pub(super) fn forget(&mut self, places: &[PackPlace]) -> Vec<Vec<u8>> {
        let keys: BTreeSet<_> = places.iter().map(pack::freed_key).collect();
        self.punched.retain(|place| !keys.contains(&pack::freed_key(place)));
        keys.into_iter().filter(|key| self.noted.remove(key)).collect()
    }
}

/// Takes what lies at a place out of its pack, and removes a pack that holds nothing and grows no more.
///
/// # Errors
/// Those of the system.
pub(super) fn give_back(path: &Path, place: &PackPlace, growing: u64) -> io::Result<()> {
    let file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    punch(&file, place)?;
    if place.pack < growing && holds_nothing(&file) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Takes away what lies behind the end of the last pack, and a pack that holds nothing.
pub(super) fn tidy(path: &Path, number: u64, end: PackEnd) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    let len = u64::from(end.blocks) * BLOCK;
    if number == end.pack && file.metadata()?.len() > len {
        file.set_len(len)?;
    }
    if holds_nothing(&file) { fs::remove_file(path) } else { Ok(()) }
}

/// Gives the room of a place back; where the file system cannot, only the bytes go.
#[cfg(target_os = "linux")]
fn punch(file: &File, place: &PackPlace) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    match fallocate(file, flags, place.start(), place.room()) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => zeros(file, place),
        punched => Ok(punched?),
    }
}

#[cfg(not(target_os = "linux"))]
fn punch(file: &File, place: &PackPlace) -> io::Result<()> {
    zeros(file, place)
}

fn zeros(file: &File, place: &PackPlace) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    file.write_all_at(&vec![0; usize::try_from(place.room()).map_err(io::Error::other)?], place.start())
}

/// Whether a file is one hole. Where the file system does not tell it is taken to hold something.
#[cfg(target_os = "linux")]
fn holds_nothing(file: &File) -> bool {
    rustix::fs::seek(file, rustix::fs::SeekFrom::Data(0)) == Err(rustix::io::Errno::NXIO)
}

#[cfg(not(target_os = "linux"))]
fn holds_nothing(_: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_knows_of_a_place_until_its_bytes_are_gone_for_good() {
        let place = |block| PackPlace { pack: 3, block, len: 10, time: 0 };
        let end = |blocks| Some(PackEnd { pack: 3, blocks });
        let mut freed = Freed::default();
        (1..=3).for_each(|block| freed.push(place(block)));
        freed.given(&[place(1)]);
        assert_eq!(freed.waiting(), [place(2), place(3)]);
        assert_eq!(freed.punched(), [place(1)]);
        assert_eq!(freed.unnoted(&[], None), []);
        assert_eq!(freed.unnoted(&[], end(2)), [place(1)]);
        assert_eq!(freed.unnoted(&[], end(4)), [place(2), place(3), place(1)]);
        assert_eq!(freed.unnoted(&[place(1)], end(4)), [place(2), place(3)]);
        assert_eq!(freed.forget(&[place(1)]), [] as [Vec<u8>; 0]);
        freed.noted(&[place(2), place(3)]);
        assert_eq!(freed.unnoted(&[], end(4)), []);
        freed.given(&[place(2), place(3)]);
        assert_eq!(freed.forget(&[place(2)]), [pack::freed_key(&place(2))]);
        assert_eq!((freed.punched(), freed.noted.len()), (&[place(3)][..], 1));
    }
}
