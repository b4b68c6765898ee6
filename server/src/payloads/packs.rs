//! Packs: files of many short payloads, and the index of where each lies. A file of its own costs a short payload more than its bytes
//! do. The format: [`carnet_rest::pack`].
//!
//! # The contract
//! - **A place is written once.** Packs only grow, and a number is never used again: whoever knows a payload's place finds its bytes
//!   there, or none.
//! - **The index knows only what lasts.** Places are held in memory until the disk has the bytes ([`Packs::keep`]); until then the
//!   journal has them too, and a start throws away what lies behind the index's end.
//! - **What is taken away is gone.** The room goes back to the file system, and reads as zeros where it still can be read; a pack
//!   that holds nothing is removed. A crash may leave a removed payload's place, with zeros. Where it comes before the room went back
//!   for good, the index knows of it ([`freed`]), and the next start goes on.

mod freed;
mod writer;

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use carnet_rest::checksum;
use carnet_rest::pack::{self, PackEnd, PackPlace};

use freed::Freed;
use writer::Writer;

use super::flush::Disk;
use super::layout::{Name, remove_file};
use crate::durability;
use crate::store::{self, Backend as _, Changes, OpenError, Redb, StoreError};

/// Bytes of memory for the index's cache.
const CACHE: usize = 4 << 20;
/// Removals that the index hears of together, where no checkpoint comes before.
const REMOVED: usize = 4096;
/// Places that the index is told in one write.
const TOLD: usize = 4096;
/// Places that are given back while nobody reads.
const FREED: usize = 64;
/// Places read from the index at once.
const PAGE: usize = 1024;

/// The packs of a server. One thread appends at a time, any number read and remove.
pub(super) struct Packs {
    folder: PathBuf,
    disk: Disk,
    index: Redb,
    writer: Mutex<Writer>,
    state: Mutex<State>,
    /// The end that the index was told last; held while it is written, one batch after the other.
    told: Mutex<Option<PackEnd>>,
    /// Held to read at a place; alone, to take what lies there away.
    places: RwLock<()>,
}

#[derive(Default)]
struct State {
    /// What the index does not have yet: where a payload lies now, or that it lies nowhere.
    changed: HashMap<Name, Option<PackPlace>>,
    /// Removals since the index heard of any.
    removed: usize,
    freed: Freed,
    /// How many want freed places left alone.
    pauses: usize,
}

/// What there is to tell the index, as it was at a moment.
struct Batch {
    changed: Vec<(Name, Option<PackPlace>)>,
    /// None of the places lies behind it. None where what was written may not last.
    end: Option<PackEnd>,
    /// What was punched before that moment, where it lasts.
    punched: Vec<PackPlace>,
}

/// As long as this is held, what is freed can still be read.
#[derive(Debug)]
pub struct Pause(Arc<Packs>);

impl Batch {
    /// What is told in one write each, and up to where the index knows all by then: a crash may come between two of them.
    fn parts(&self) -> impl Iterator<Item = (&[(Name, Option<PackPlace>)], Option<PackEnd>)> {
        let next = self.changed.chunks(TOLD).skip(1).map(|next| next.first().and_then(|(_, place)| *place));
        let ends = next.map(|place| place.map(begin)).chain([self.end]);
        self.changed.chunks(TOLD).zip(ends)
    }
}

impl Packs {
    /// Opens the packs of a folder, or makes it, and throws away what no index knows.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where another process has them open; others of the system.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let disk = Disk::open(&folder)?;
        let path = folder.join(pack::INDEX);
        if fs::metadata(&path).map_or(0, |found| found.len()) == 0 && numbers(&folder)?.next().is_some() {
            // A new one would have all of them thrown away.
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "packs are there, and their index is not",
            ));
        }
        let index = store::redb(&path, CACHE).map_err(|error| match error {
            OpenError::Locked => io::ErrorKind::WouldBlock.into(),
            error => io::Error::other(error.to_string()),
        })?;
        remove_file(&folder.join(pack::NEW_INDEX))?;
        let end = stored(&index, pack::END)?.map(end).transpose()?;
        for number in numbers(&folder)? {
            let path = folder.join(pack::name(number));
            match end {
                Some(end) if number <= end.pack => freed::tidy(&path, number, end)?,
                _ => fs::remove_file(path)?,
            }
        }
        let writer = Mutex::new(Writer::behind(end));
        let state = Mutex::new(State { freed: freed_before(&index)?, ..State::default() });
        let told = Mutex::new(end);
        let packs = Self { folder, disk, index, writer, state, told, places: RwLock::default() };
        packs.free();
        Ok(packs)
    }

    /// Writes payloads one after the other. They can be read from here on; they last once [`Packs::keep`] says so.
    ///
    /// # Errors
    /// Those of the system: none of them is there then.
    pub(super) fn append(&self, payloads: &[(Name, Bytes)]) -> io::Result<()> {
        if payloads.is_empty() {
            return Ok(());
        }
        let mut writer = lock(&self.writer);
        let first = writer.write(&self.folder, payloads)?;
        let PackEnd { pack, .. } = writer.end();
        let (mut block, time) = (first, crate::clock::now());
        let mut state = lock(&self.state);
        for (name, bytes) in payloads {
            let place = PackPlace { pack, block, len: u32::try_from(bytes.len()).unwrap_or(u32::MAX), time };
            block += writer::blocks(bytes.len());
            if let Some(Some(before)) = state.changed.insert(*name, Some(place)) {
                state.freed.push(before);
            }
        }
        Ok(())
    }

    /// Makes all that is written now last, and tells the index. Ends the process where the disk or the index does not take it.
    ///
    /// # Errors
    /// Those of reading the index.
    pub(super) fn keep(&self) -> io::Result<()> {
        let batch = self.changed();
        self.disk.flush_all();
        self.tell(&batch)
    }

    /// What the index does not know yet, of what is written now.
    fn changed(&self) -> Batch {
        // Nobody appends between: no place lies behind the end.
        let writer = lock(&self.writer);
        let state = lock(&self.state);
        let mut changed: Vec<_> = state.changed.iter().map(|(name, place)| (*name, *place)).collect();
        let (end, punched) = (Some(writer.end()), state.freed.punched().to_vec());
        drop((state, writer));
        changed.sort_unstable_by_key(|(_, place)| place.map(begin));
        Batch { changed, end, punched }
    }

    /// Tells the index, durably, after the disk was told to keep the bytes. What lies elsewhere since the batch was taken is left to the
    /// next one.
    fn tell(&self, batch: &Batch) -> io::Result<()> {
        let mut told = lock(&self.told);
        for (changed, end) in batch.parts() {
            // Of two batches the earlier one may come later: an end that went back would cost what lies behind it.
            *told = end.max(*told);
            self.tell_some(changed, *told, &batch.punched)?;
        }
        self.forget(&batch.punched);
        drop(told);
        self.free();
        Ok(())
    }

    fn tell_some(
        &self,
        changed: &[(Name, Option<PackPlace>)],
        end: Option<PackEnd>,
        punched: &[PackPlace],
    ) -> io::Result<()> {
        let rows: BTreeMap<Name, Option<PackPlace>> = {
            let state = lock(&self.state);
            // One that was touched meanwhile lies where it did: whoever asks for this relies on it.
            let left = changed.iter().filter_map(|(name, place)| {
                let now = state.changed.get(name).filter(|now| now.map(begin) == place.map(begin));
                now.map(|now| (*name, *now))
            });
            left.collect()
        };
        if rows.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = rows.keys().map(key).collect();
        let before = self.index.get(&keys).map_err(failed)?;
        let mut replaced = Vec::new();
        let mut changes = Changes::new();
        for ((key, now), before) in keys.into_iter().zip(rows.values()).zip(before) {
            // What was removed has been freed already.
            if let (Some(now), Some(framed)) = (now, before) {
                replaced.extend(place(&key, framed).filter(|before| begin(*before) != begin(*now)));
            }
            changes.insert(key.clone(), now.map(|now| checksum::frame(&key, now.to_bytes())));
        }
        if let Some(end) = end {
            changes.insert(pack::END.to_vec(), Some(checksum::frame(pack::END, end.to_bytes())));
        }
        let mut notes = lock(&self.state).freed.unnoted(punched, end);
        notes.extend(&replaced);
        for place in &notes {
            let key = pack::freed_key(place);
            let value = checksum::frame(&key, place.to_bytes());
            changes.insert(key, Some(value));
        }
        self.write(&changes);
        let mut state = lock(&self.state);
        for (name, place) in &rows {
            if state.changed.get(name) == Some(place) {
                state.changed.remove(name);
            }
        }
        state.removed = 0;
        replaced.into_iter().for_each(|place| state.freed.push(place));
        state.freed.noted(&notes);
        Ok(())
    }

    /// What was punched and lasts need not be known any more.
    fn forget(&self, punched: &[PackPlace]) {
        let noted = lock(&self.state).freed.forget(punched);
        if !noted.is_empty() {
            self.write(&noted.into_iter().map(|key| (key, None)).collect());
        }
    }

    fn write(&self, changes: &Changes) {
        if let Err(error) = self.index.write(changes) {
            durability::lost("the index of packs", &error);
        }
    }

    /// Where a payload lies, if it lies in a pack.
    pub(super) fn find(&self, name: &Name) -> io::Result<Option<PackPlace>> {
        if let Some(place) = lock(&self.state).changed.get(name) {
            return Ok(*place);
        }
        self.indexed(name)
    }

    /// Reads exactly so many bytes of a payload to the end of `to`.
    ///
    /// # Errors
    /// Those of the system; [`io::ErrorKind::NotFound`] where it lies in no pack any more.
    pub(super) fn read(&self, name: &Name, offset: u64, len: usize, to: &mut Vec<u8>) -> io::Result<()> {
        let _reading = self.places.read().unwrap_or_else(PoisonError::into_inner);
        let place = self.find(name)?.ok_or(io::ErrorKind::NotFound)?;
        if offset + len as u64 > u64::from(place.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Its place is known: without the pack it is not gone, but lost.
        let lost = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => io::ErrorKind::UnexpectedEof.into(),
            _ => error,
        };
        let mut file = File::open(self.path(place.pack)).map_err(lost)?;
        alone(&file);
        file.seek(SeekFrom::Start(place.start() + offset))?;
        if file.take(len as u64).read_to_end(to)? == len {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// All bytes of a payload, if it lies in a pack and that has them.
    pub(super) fn whole(&self, name: &Name) -> io::Result<Option<Vec<u8>>> {
        let Some(place) = self.find(name)? else { return Ok(None) };
        let len = usize::try_from(place.len).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(len);
        match self.read(name, 0, len, &mut bytes) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Says that a payload is wanted: see [`super::Payloads::remove_orphan`].
    pub(super) fn touch(&self, name: &Name) -> io::Result<()> {
        // Held over both: what is not among the changes, the index has, and nobody is writing it.
        let mut state = lock(&self.state);
        let place = match state.changed.get(name) {
            Some(place) => *place,
            None => self.indexed(name)?,
        };
        if let Some(place) = place {
            state.changed.insert(*name, Some(PackPlace { time: crate::clock::now(), ..place }));
        }
        Ok(())
    }

    /// Takes a payload away, and says whether it was here. Whoever does it holds its name.
    pub(super) fn remove(&self, name: &Name) -> io::Result<bool> {
        let removed = {
            // As for a touch.
            let mut state = lock(&self.state);
            let indexed = self.indexed(name)?;
            let now = match state.changed.get(name) {
                Some(changed) => *changed,
                None => indexed,
            };
            let Some(now) = now else { return Ok(false) };
            state.changed.insert(*name, None);
            state.freed.push(now);
            // One that it has got since is not the only one.
            if let Some(indexed) = indexed.filter(|indexed| begin(*indexed) != begin(now)) {
                state.freed.push(indexed);
            }
            state.removed += 1;
            state.removed
        };
        self.free();
        if removed >= REMOVED {
            self.keep()?;
        }
        Ok(true)
    }

    /// The places in the order of their names after one, so many at the most. They are those that last.
    pub(super) fn page(&self, after: Option<&Name>) -> io::Result<Vec<(Name, PackPlace)>> {
        let mut low = after.map_or(Bound::Unbounded, |after| Bound::Excluded(key(after)));
        let mut places = Vec::new();
        while places.is_empty() {
            let rows = self.index.scan((low, Bound::Unbounded), PAGE, false).map_err(failed)?;
            let Some((last, _)) = rows.last() else { break };
            low = Bound::Excluded(last.clone());
            for (key, framed) in rows {
                if let (Some((vault, root)), Some(place)) = (pack::payload(&key), place(&key, framed)) {
                    places.push((Name { vault, root }, place));
                }
            }
        }
        Ok(places)
    }

    /// Writes the index anew, so that nothing of what was removed stays in its file. Whoever does it has the packs for himself, and opens
    /// them again.
    pub(super) fn rewrite(self) -> io::Result<()> {
        let path = self.folder.join(pack::NEW_INDEX);
        let new = store::redb(&path, CACHE).map_err(|error| io::Error::other(error.to_string()))?;
        let mut low = Bound::Unbounded;
        loop {
            let rows = self.index.scan((low, Bound::Unbounded), PAGE, false).map_err(failed)?;
            let Some((last, _)) = rows.last() else { break };
            low = Bound::Excluded(last.clone());
            let rows: Changes = rows.into_iter().map(|(key, framed)| (key, Some(framed))).collect();
            new.write(&rows).map_err(failed)?;
        }
        drop(new);
        fs::rename(path, self.folder.join(pack::INDEX))?;
        File::open(&self.folder)?.sync_all()
    }

    /// Leaves what is freed from here on where it is, until what this gives is dropped.
    pub(super) fn pause(self: &Arc<Self>) -> Pause {
        lock(&self.state).pauses += 1;
        Pause(Arc::clone(self))
    }

    fn indexed(&self, name: &Name) -> io::Result<Option<PackPlace>> {
        let key = key(name);
        Ok(stored(&self.index, &key)?.and_then(|framed| place(&key, framed)))
    }

    /// Gives room back to the file system, unless it is still wanted. What cannot be given back now waits for the next time.
    pub(super) fn free(&self) {
        let waiting = {
            let state = lock(&self.state);
            if state.pauses > 0 { Vec::new() } else { state.freed.waiting().to_vec() }
        };
        for some in waiting.chunks(FREED) {
            // The writer never goes back: a pack before this one grows no more.
            let growing = lock(&self.writer).end().pack;
            let _alone = self.places.write().unwrap_or_else(PoisonError::into_inner);
            if lock(&self.state).pauses > 0 {
                return;
            }
            let mut given = Vec::with_capacity(some.len());
            for place in some {
                match freed::give_back(&self.path(place.pack), place, growing) {
                    Ok(()) => given.push(*place),
                    Err(error) => {
                        tracing::error!(code = "room-not-given-back", pack = place.pack, block = place.block, %error);
                    }
                }
            }
            lock(&self.state).freed.given(&given);
        }
    }

    /// Tells the index of removals alone: what was written may not last yet.
    fn tell_removed(&self) -> io::Result<()> {
        let mut batch = self.changed();
        batch.changed.retain(|(_, place)| place.is_none());
        self.tell(&Batch { end: None, punched: Vec::new(), ..batch })
    }

    fn path(&self, pack: u64) -> PathBuf {
        self.folder.join(pack::name(pack))
    }
}

impl Drop for Packs {
    fn drop(&mut self) {
        // Untold, they are places of nothing, which a check finds.
        let _ = self.tell_removed();
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        lock(&self.0.state).pauses -= 1;
    }
}

impl std::fmt::Debug for Packs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packs").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// What lies before a place ends here. Two places of the same begin are the same bytes: only the time may be another.
fn begin(place: PackPlace) -> PackEnd {
    PackEnd { pack: place.pack, blocks: place.block }
}

fn key(name: &Name) -> Vec<u8> {
    pack::key(&name.vault, &name.root)
}

fn stored(index: &Redb, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
    Ok(index.get(&[key.to_vec()]).map_err(failed)?.into_iter().next().flatten())
}

fn end(framed: Vec<u8>) -> io::Result<PackEnd> {
    let end = checksum::open(pack::END, framed).and_then(|value| PackEnd::from_bytes(&value));
    end.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the end of packs is damaged"))
}

/// A damaged place is none: its payload is missing, as one whose file is, and can be put back or sent again.
fn place(key: &[u8], framed: Vec<u8>) -> Option<PackPlace> {
    let place = checksum::open(key, framed).and_then(|value| PackPlace::from_bytes(&value));
    if place.is_none() {
        let payload = pack::payload(key);
        let (vault, root) = (payload.map(|of| of.0.to_string()), payload.map(|of| of.1.to_string()));
        tracing::error!(code = "place-damaged", vault, root);
    }
    place
}

/// The packs of a folder.
fn numbers(folder: &Path) -> io::Result<impl Iterator<Item = u64>> {
    let names: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    Ok(names.into_iter().filter_map(|name| name.to_str().and_then(pack::number)))
}

/// What a crash kept from going back.
fn freed_before(index: &Redb) -> io::Result<Freed> {
    let mut freed = Freed::default();
    let mut low = Bound::Included(pack::FREED.to_vec());
    loop {
        let high = Bound::Excluded(pack::FREED_END.to_vec());
        let rows = index.scan((low, high), PAGE, false).map_err(failed)?;
        let Some((last, _)) = rows.last() else { return Ok(freed) };
        low = Bound::Excluded(last.clone());
        for (key, framed) in rows.into_iter().filter(|(key, _)| pack::payload(key).is_none()) {
            if let Some(place) = place(&key, framed) {
                freed.push(place);
                freed.noted(&[place]);
            }
        }
    }
}

fn failed(error: StoreError) -> io::Error {
    io::Error::other(error.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What lies beside a payload is another's: it is not read ahead. Only advice, so a refusal changes nothing.
#[cfg(target_os = "linux")]
fn alone(file: &File) {
    let _: Result<(), _> = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::Random);
}

#[cfg(not(target_os = "linux"))]
fn alone(_: &File) {}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;
    use std::sync::atomic::{AtomicBool, Ordering};

    use carnet_rest::pack::BLOCK;
    use carnet_wire::id::{PayloadRoot, VaultId};
    use proptest::prelude::*;

    use super::*;

    fn name(seed: u8) -> Name {
        Name { vault: VaultId::from_bytes([0xa7; 32]), root: PayloadRoot::from_bytes([seed; 32]) }
    }

    fn payload(seed: u8, len: usize) -> (Name, Bytes) {
        (name(seed), Bytes::from(vec![seed; len]))
    }

    fn keep(packs: &Packs) {
        packs.keep().unwrap();
    }

    fn pack(folder: &Path, number: u64) -> PathBuf {
        folder.join(pack::name(number))
    }

    fn numbered(n: usize) -> Name {
        let mut root = [0; 32];
        root[..8].copy_from_slice(&n.to_be_bytes());
        Name { vault: VaultId::from_bytes([1; 32]), root: PayloadRoot::from_bytes(root) }
    }

    #[test]
    fn places_outlast_a_start_and_what_no_index_knows_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        packs.append(&[payload(1, 5000), payload(2, 4096)]).unwrap();
        keep(&packs);
        packs.append(&[payload(3, 100)]).unwrap();
        assert_eq!(packs.whole(&name(3)).unwrap(), Some(vec![3; 100]));
        assert_eq!(fs::metadata(pack(folder.path(), 0)).unwrap().len(), 4 * BLOCK);
        drop(packs);
        fs::write(pack(folder.path(), 1), b"of a crash").unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        assert_eq!(fs::metadata(pack(folder.path(), 0)).unwrap().len(), 3 * BLOCK);
        assert!(!pack(folder.path(), 1).exists());
        assert_eq!(packs.whole(&name(1)).unwrap(), Some(vec![1; 5000]));
        assert_eq!(packs.whole(&name(2)).unwrap(), Some(vec![2; 4096]));
        assert_eq!(packs.whole(&name(3)).unwrap(), None);
        let places: Vec<_> = packs.page(None).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(places, [name(1), name(2)]);
        assert_eq!(packs.page(Some(&name(1))).unwrap().len(), 1);
        packs.append(&[payload(4, 1)]).unwrap();
        assert_eq!(packs.find(&name(4)).unwrap().unwrap().pack, 1);
    }

    #[test]
    fn pack_goes_with_its_last_payload_unless_it_grows() {
        let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        for number in 0..2 {
            let packs = Packs::open(folder.path().to_owned()).unwrap();
            packs.append(&[payload(number, 8192), payload(9, 1)]).unwrap();
            keep(&packs);
        }
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        packs.append(&[payload(2, 1)]).unwrap();
        assert!(packs.remove(&name(0)).unwrap() && packs.remove(&name(2)).unwrap());
        let there: Vec<_> = (0..3).map(|number| pack(folder.path(), number).exists()).collect();
        assert_eq!(there, [false, true, true]);
        assert_eq!(packs.whole(&name(9)).unwrap(), Some(vec![9]));
    }

    #[test]
    fn removed_payload_gives_its_room_back_and_stays_removed() {
        let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        packs.append(&[payload(1, 1 << 20), payload(2, 1 << 20)]).unwrap();
        keep(&packs);
        let blocks = || fs::metadata(pack(folder.path(), 0)).unwrap().blocks() * 512;
        let before = blocks();
        assert!(packs.remove(&name(1)).unwrap());
        assert!(!packs.remove(&name(1)).unwrap());
        assert!(blocks() + (1 << 20) <= before);
        assert!(fs::read(pack(folder.path(), 0)).unwrap()[..1 << 20].iter().all(|byte| *byte == 0));
        assert!(packs.read(&name(1), 0, 1, &mut Vec::new()).is_err());
        // No batch was kept since: the end of the process tells the index.
        drop(packs);
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        assert_eq!(packs.find(&name(1)).unwrap(), None);
        assert_eq!(packs.whole(&name(2)).unwrap(), Some(vec![2; 1 << 20]));
    }

    #[test]
    fn removed_payload_is_gone_from_the_place_of_before_too() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        for _ in 0..2 {
            packs.append(&[payload(1, 100)]).unwrap();
            keep(&packs);
            packs.append(&[payload(1, 100)]).unwrap();
            packs.append(&[payload(1, 100)]).unwrap();
            assert!(packs.remove(&name(1)).unwrap());
            assert!(fs::read(pack(folder.path(), 0)).unwrap().iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn batch_does_not_bring_back_what_has_changed_since_it_was_taken() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        packs.append(&[payload(1, 10), payload(2, 10)]).unwrap();
        let batch = packs.changed();
        packs.remove(&name(1)).unwrap();
        packs.append(&[payload(2, 10)]).unwrap();
        let place = packs.find(&name(2)).unwrap();
        packs.tell(&batch).unwrap();
        assert_eq!(packs.page(None).unwrap(), []);
        assert_eq!((packs.find(&name(1)).unwrap(), packs.find(&name(2)).unwrap()), (None, place));
        keep(&packs);
        assert_eq!(packs.page(None).unwrap().len(), 1);
        assert_eq!(packs.whole(&name(2)).unwrap(), Some(vec![2; 10]));
    }

    #[test]
    fn payload_that_is_asked_for_while_the_disk_keeps_it_lasts_with_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        packs.append(&[payload(1, 10)]).unwrap();
        let batch = packs.changed();
        std::thread::sleep(std::time::Duration::from_millis(5));
        packs.touch(&name(1)).unwrap();
        packs.tell(&batch).unwrap();
        drop(packs);
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        assert_eq!(packs.whole(&name(1)).unwrap(), Some(vec![1; 10]));
        assert!(packs.find(&name(1)).unwrap().unwrap().time > batch.changed[0].1.unwrap().time);
    }

    #[test]
    fn crash_between_two_writes_of_a_batch_leaves_no_bytes_before_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        let payloads: Vec<_> =
            (0..2 * TOLD + 5).rev().map(|n| (numbered(n), Bytes::from_static(b"x"))).collect();
        packs.append(&payloads).unwrap();
        packs.remove(&payloads[7].0).unwrap();
        let batch = packs.changed();
        let mut told = 0;
        for (changed, end) in batch.parts() {
            told += changed.len();
            let places = |some: &[(Name, Option<PackPlace>)]| -> Vec<_> {
                some.iter().filter_map(|(_, place)| place.map(begin).map(Some)).collect()
            };
            assert!(places(&batch.changed[..told]).into_iter().all(|place| place < end));
            assert!(places(&batch.changed[told..]).into_iter().all(|place| place >= end));
        }
        assert_eq!(told, payloads.len());
        assert_eq!(batch.parts().last().unwrap().1, batch.end);
        let (first, end) = batch.parts().next().unwrap();
        packs.tell_some(first, end, &[]).unwrap();
        std::mem::take(&mut lock(&packs.state).changed);
        drop(packs);
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        let held = fs::metadata(pack(folder.path(), 0)).unwrap().len() / BLOCK;
        assert_eq!(held, u64::from(end.unwrap().blocks));
        // One of the first was removed, and one more place lies before the end.
        assert_eq!(packs.page(None).unwrap().len(), TOLD.min(PAGE));
        assert_eq!(packs.whole(&payloads[0].0).unwrap().as_deref(), Some(b"x".as_slice()));
        assert_eq!(packs.find(&payloads[2 * TOLD].0).unwrap(), None);
    }

    #[test]
    fn end_that_the_index_was_told_never_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        packs.append(&[payload(1, 10)]).unwrap();
        let early = packs.changed();
        packs.append(&[payload(2, 10)]).unwrap();
        let late = packs.changed();
        // The late one says nothing of the first payload, so that the early one has something left to say.
        packs.tell(&Batch { changed: late.changed[1..].to_vec(), ..late }).unwrap();
        packs.tell(&early).unwrap();
        packs.remove(&name(1)).unwrap();
        packs.tell_removed().unwrap();
        drop(packs);
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        assert_eq!(packs.whole(&name(2)).unwrap(), Some(vec![2; 10]));
    }

    #[test]
    fn what_is_freed_during_a_pause_can_be_read_until_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Arc::new(Packs::open(folder.path().to_owned()).unwrap());
        packs.append(&[payload(1, 10)]).unwrap();
        keep(&packs);
        let pause = packs.pause();
        packs.append(&[payload(1, 10)]).unwrap();
        keep(&packs);
        assert_eq!(fs::read(pack(folder.path(), 0)).unwrap()[..10], [1; 10]);
        packs.free();
        assert_eq!(fs::read(pack(folder.path(), 0)).unwrap()[..10], [1; 10]);
        drop(pause);
        packs.free();
        assert_eq!(fs::read(pack(folder.path(), 0)).unwrap()[..10], [0; 10]);
        assert_eq!(packs.whole(&name(1)).unwrap(), Some(vec![1; 10]));
    }

    #[test]
    fn what_is_freed_and_still_there_at_a_crash_goes_with_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Arc::new(Packs::open(folder.path().to_owned()).unwrap());
        packs.append(&[payload(1, 10), payload(2, 10), payload(3, 10)]).unwrap();
        keep(&packs);
        // Nothing is punched: one was written again, one removed.
        let pause = packs.pause();
        packs.append(&[payload(1, 10)]).unwrap();
        assert!(packs.remove(&name(2)).unwrap());
        keep(&packs);
        let notes = |packs: &Packs| freed_before(&packs.index).unwrap().waiting().len();
        let first = || fs::read(pack(folder.path(), 0)).unwrap();
        let held = || [0, 4096, 8192].map(|at| first()[at]);
        assert_eq!((notes(&packs), held()), (2, [1, 2, 3]));
        // Others are told, and these are not told twice.
        packs.append(&[payload(4, 10)]).unwrap();
        keep(&packs);
        assert_eq!(notes(&packs), 2);
        drop((pause, packs));
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        assert_eq!((notes(&packs), held()), (2, [0, 0, 3]));
        keep(&packs);
        assert_eq!(notes(&packs), 0);
        let whole = [1, 2, 3, 4].map(|seed| packs.whole(&name(seed)).unwrap().map(|bytes| bytes[0]));
        assert_eq!(whole, [Some(1), None, Some(3), Some(4)]);
        // Without a pause the disk hears of the hole first, or of the note.
        packs.append(&[payload(3, 10)]).unwrap();
        keep(&packs);
        assert_eq!((notes(&packs), held()), (1, [0, 0, 0]));
        keep(&packs);
        assert_eq!(notes(&packs), 0);
    }

    #[test]
    fn damaged_place_is_none_and_can_be_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        packs.append(&[payload(1, 10), payload(2, 10)]).unwrap();
        keep(&packs);
        let mut framed = stored(&packs.index, &key(&name(1))).unwrap().unwrap();
        framed[7] ^= 1;
        packs.write(&[(key(&name(1)), Some(framed))].into());
        assert_eq!(packs.whole(&name(1)).unwrap(), None);
        assert_eq!(packs.page(None).unwrap().len(), 1);
        packs.append(&[payload(1, 10)]).unwrap();
        keep(&packs);
        assert_eq!(packs.whole(&name(1)).unwrap(), Some(vec![1; 10]));
        assert_eq!(packs.page(None).unwrap().len(), 2);
    }

    #[test]
    fn packs_without_their_index_are_not_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        packs.append(&[payload(1, 10)]).unwrap();
        keep(&packs);
        drop(packs);
        let index = folder.path().join(pack::INDEX);
        let whole = fs::read(&index).unwrap();
        for lost in [|index: &Path| fs::remove_file(index), |index: &Path| fs::write(index, b"")] {
            lost(&index).unwrap();
            let error = Packs::open(folder.path().to_owned()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(pack(folder.path(), 0).exists());
        }
        fs::write(&index, whole).unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        assert_eq!(packs.whole(&name(1)).unwrap(), Some(vec![1; 10]));
    }

    #[test]
    fn room_that_cannot_be_given_back_stops_neither_others_nor_a_start() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..2 {
            let packs = Packs::open(folder.path().to_owned()).unwrap();
            packs.append(&[payload(number, 10), payload(number + 10, 10)]).unwrap();
            keep(&packs);
        }
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        let (path, aside) = (pack(folder.path(), 0), folder.path().join("aside"));
        fs::rename(&path, &aside).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(packs.remove(&name(0)).unwrap() && packs.remove(&name(1)).unwrap());
        keep(&packs);
        assert_eq!(lock(&packs.state).freed.waiting().len(), 1);
        assert_eq!(fs::read(pack(folder.path(), 1)).unwrap()[0], 0);
        fs::remove_dir(&path).unwrap();
        fs::rename(aside, &path).unwrap();
        packs.free();
        assert_eq!((fs::read(path).unwrap()[0], lock(&packs.state).freed.waiting().len()), (0, 0));
    }

    #[test]
    fn places_are_found_behind_any_number_of_notes() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        let behind = Name { vault: VaultId::from_bytes([b'g'; 32]), ..name(1) };
        packs.append(&[(behind, Bytes::from_static(b"x"))]).unwrap();
        keep(&packs);
        let places = (0..3 * PAGE).map(|block| PackPlace {
            pack: 0,
            block: u32::try_from(block + 1).unwrap(),
            len: 1,
            time: 0,
        });
        let note = |place: PackPlace| {
            let key = pack::freed_key(&place);
            let value = checksum::frame(&key, place.to_bytes());
            (key, Some(value))
        };
        packs.write(&places.map(note).collect());
        assert_eq!(freed_before(&packs.index).unwrap().waiting().len(), 3 * PAGE);
        assert_eq!(packs.page(None).unwrap().len(), 1);
        assert_eq!(packs.page(Some(&behind)).unwrap(), []);
    }

    #[test]
    fn nothing_of_what_was_removed_stays_in_a_rewritten_index() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        let all: Vec<_> = (1..=160).map(|seed| payload(seed, 10)).collect();
        packs.append(&all).unwrap();
        keep(&packs);
        for seed in 3..=160 {
            assert!(packs.remove(&name(seed)).unwrap());
        }
        drop(packs);
        let held = || {
            let index = fs::read(folder.path().join(pack::INDEX)).unwrap();
            let holds = |seed: &u8| index.windows(32).any(|window| window == [*seed; 32]);
            (1..=160).filter(holds).collect::<Vec<u8>>()
        };
        let file = || fs::metadata(folder.path().join(pack::INDEX)).unwrap().ino();
        let before = file();
        fs::write(folder.path().join(pack::NEW_INDEX), b"half a rewriting").unwrap();
        Packs::open(folder.path().to_owned()).unwrap().rewrite().unwrap();
        // Whatever the engine had left in the other file.
        assert!(file() != before);
        assert_eq!(held(), [1, 2]);
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        assert_eq!(packs.whole(&name(2)).unwrap(), Some(vec![2; 10]));
        assert_eq!(packs.page(None).unwrap().len(), 2);
        packs.append(&[payload(3, 10)]).unwrap();
        assert_eq!(packs.find(&name(3)).unwrap().unwrap().pack, 1);
    }

    #[test]
    fn many_removals_are_told_together_and_do_not_pile_up() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        let all: Vec<_> = (0..REMOVED + 5).map(|n| (numbered(n), Bytes::from_static(b"x"))).collect();
        packs.append(&all).unwrap();
        keep(&packs);
        for (name, _) in &all {
            assert!(packs.remove(name).unwrap());
        }
        assert!(lock(&packs.state).changed.len() <= 5);
        assert_eq!(packs.page(None).unwrap().len(), 5);
    }

    #[test]
    fn whoever_reads_while_payloads_move_and_go_gets_their_bytes_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Packs::open(folder.path().to_owned()).unwrap();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        for seed in 1..=4 {
                            if let Some(bytes) = packs.whole(&name(seed)).unwrap() {
                                assert!(bytes.len() == 20_000 && bytes.iter().all(|byte| *byte == seed));
                            }
                        }
                    }
                });
            }
            scope.spawn(|| {
                for round in 0..300_u32 {
                    let seed = u8::try_from(round % 4 + 1).unwrap();
                    packs.append(&[payload(seed, 20_000)]).unwrap();
                    if round % 3 == 0 {
                        packs.remove(&name(seed)).unwrap();
                    }
                    keep(&packs);
                }
                stop.store(true, Ordering::Relaxed);
            });
        });
    }

    proptest! {
        #[test]
        fn packs_do_what_a_map_does_through_any_starts(
            steps in proptest::collection::vec((0_u8..5, 1_u8..6, 1_usize..9000), 1..40),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut packs = Packs::open(folder.path().to_owned()).unwrap();
            let (mut now, mut kept) = (BTreeMap::new(), BTreeMap::new());
            for (step, seed, len) in steps {
                match step {
                    0 | 1 => {
                        packs.append(&[payload(seed, len)]).unwrap();
                        now.insert(seed, len);
                    }
                    2 => {
                        // Of one removed and written again before a start, the place of before may be left, with zeros.
                        let removed = packs.remove(&name(seed)).unwrap();
                        prop_assert!(removed || now.remove(&seed).is_none());
                        now.remove(&seed);
                        kept.remove(&seed);
                    }
                    3 => {
                        keep(&packs);
                        kept = now.clone();
                    }
                    _ => {
                        drop(packs);
                        packs = Packs::open(folder.path().to_owned()).unwrap();
                        now = kept.clone();
                    }
                }
                for seed in 1..6 {
                    let expected = now.get(&seed).map(|len| vec![seed; *len]);
                    let found = packs.whole(&name(seed)).unwrap();
                    prop_assert_eq!(found.filter(|found| found.iter().any(|byte| *byte != 0)), expected);
                }
            }
        }
    }
}
