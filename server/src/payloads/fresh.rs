//! Payloads that last by the journal of the records and have no place on the disk yet: they are read from memory, and written into packs
//! many together, once there are enough of them, and before the journal forgets them.
//!
//! Packs are written past the system's cache: nobody may ask for them for years, and a page that the cache has never had costs more
//! than the rest of a deposit together (`docs/benchmarks.md`).

use std::collections::HashMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::layout::{Layout, Name, remove_file};
use super::packs::Packs;
use crate::direct::BLOCK;

/// From so many bytes on they are written without waiting for the journal.
const AHEAD: u64 = 8 * 1024 * 1024;
/// With so many bytes whoever brings more waits for them.
const MOST: u64 = 64 * 1024 * 1024;
/// Bytes that are written at once, zeros among them, and one payload more.
const TOGETHER: usize = 4 * 1024 * 1024;

/// The payloads, and those that are being written.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    payloads: Mutex<Payloads>,
    written: Condvar,
    /// Held by who writes all.
    turn: Mutex<()>,
}

#[derive(Debug, Default)]
struct Payloads {
    by_name: HashMap<Name, Payload>,
    bytes: u64,
    /// Threads that wait until one is written: mostly none.
    waiting: usize,
    /// Whether somebody writes without waiting for the journal, or is about to.
    ahead: bool,
}

#[derive(Debug)]
struct Payload {
    bytes: Bytes,
    writing: bool,
}

impl Fresh {
    /// Keeps a payload, unless it is here: the same name means the same bytes. Waits where there are far too many, as long as somebody
    /// writes them. Whoever is answered yes has them [written](Fresh::write_ahead).
    #[must_use]
    pub(super) fn keep(&self, name: Name, bytes: Bytes) -> bool {
        let mut payloads = self.wait_while(|payloads| payloads.ahead && payloads.bytes > MOST);
        if !payloads.by_name.contains_key(&name) {
            payloads.bytes += bytes.len() as u64;
            payloads.by_name.insert(name, Payload { bytes, writing: false });
        }
        payloads.bytes > AHEAD && !std::mem::replace(&mut payloads.ahead, true)
    }

    /// Writes until few payloads are left here. Where that fails they stay: the journal's turn comes, and tells.
    pub(super) fn write_ahead(&self, layout: &Layout, packs: &Packs) {
        while self.write(layout, packs).is_ok() && self.lock().bytes > AHEAD {}
        self.stay_behind();
    }

    /// Nobody writes without waiting for the journal any more.
    pub(super) fn stay_behind(&self) {
        self.lock().ahead = false;
        self.written.notify_all();
    }

    /// The bytes of a payload. Where there are none it may lie elsewhere: it goes from here only once it is complete there.
    pub(super) fn get(&self, name: &Name) -> Option<Bytes> {
        self.lock().by_name.get(name).map(|payload| payload.bytes.clone())
    }

    /// Forgets a payload, and says whether it was here. Waits while it is written: afterwards nobody writes it any more.
    pub(super) fn forget(&self, name: &Name) -> bool {
        self.wait_while(|payloads| payloads.by_name.get(name).is_some_and(|payload| payload.writing))
            .remove(name)
    }

    /// How many there are, and how many bytes.
    pub(super) fn size(&self) -> (u64, u64) {
        let payloads = self.lock();
        (payloads.by_name.len() as u64, payloads.bytes)
    }

    /// Writes all that are here now into packs, complete but not yet durable.
    ///
    /// # Errors
    /// Those of the system; what could not be written stays here.
    pub(super) fn write(&self, layout: &Layout, packs: &Packs) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of one vault lie together.
        let mut names: Vec<Name> = self.lock().by_name.keys().copied().collect();
        names.sort_unstable();
        let mut names = names.into_iter().peekable();
        while names.peek().is_some() {
            self.write_some(&mut names, layout, packs)?;
        }
        Ok(())
    }

    fn write_some(
        &self,
        names: &mut impl Iterator<Item = Name>,
        layout: &Layout,
        packs: &Packs,
    ) -> io::Result<()> {
        let (mut some, mut bytes) = (Vec::new(), 0);
        {
            let mut payloads = self.lock();
            while bytes < TOGETHER
                && let Some(name) = names.next()
            {
                // Else deleted meanwhile.
                if let Some(payload) = payloads.by_name.get_mut(&name) {
                    payload.writing = true;
                    bytes += payload.bytes.len().next_multiple_of(BLOCK);
                    some.push((name, payload.bytes.clone()));
                }
            }
        }
        let (mut new, mut others) = (Vec::with_capacity(some.len()), Vec::new());
        for (name, bytes) in &some {
            let path = layout.payload(name);
            match std::fs::read(&path) {
                // It is there already, and may be on its way into a backup.
                Ok(file) if file == *bytes => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => new.push((*name, bytes.clone())),
                _ => {
                    others.push(path);
                    new.push((*name, bytes.clone()));
                }
            }
            others.push(layout.part(name));
        }
        // They are not wanted any more: the journal has their payloads until they last here.
        let written =
            packs.append(&new).and_then(|()| others.iter().try_for_each(|path| remove_file(path).map(drop)));
        let mut payloads = self.lock();
        for (name, _) in &some {
            match (&written, payloads.by_name.get_mut(name)) {
                (Err(_), Some(payload)) => payload.writing = false,
                _ => drop(payloads.remove(name)),
            }
        }
        if payloads.waiting > 0 {
            self.written.notify_all();
        }
        written
    }

    fn wait_while(&self, condition: impl Fn(&Payloads) -> bool) -> MutexGuard<'_, Payloads> {
        let mut payloads = self.lock();
        payloads.waiting += 1;
        while condition(&payloads) {
            payloads = self.written.wait(payloads).unwrap_or_else(PoisonError::into_inner);
        }
        payloads.waiting -= 1;
        payloads
    }

    fn lock(&self) -> MutexGuard<'_, Payloads> {
        self.payloads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Payloads {
    fn remove(&mut self, name: &Name) -> bool {
        let Some(payload) = self.by_name.remove(name) else { return false };
        self.bytes -= payload.bytes.len() as u64;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use carnet_wire::id::{PayloadRoot, VaultId};
    use futures_util::TryStreamExt as _;
    use tempfile::TempDir;

    use super::super::{PayloadLimits, Payloads};
    use std::thread;

    use super::*;
    use crate::store::{Along, Carried};

    const VAULT: VaultId = VaultId::from_bytes([0xa7; 32]);

    fn open(folder: &TempDir) -> Payloads {
        Payloads::open(folder.path(), PayloadLimits { reserve: 0, ..PayloadLimits::default() }).unwrap()
    }

    fn content(len: usize, seed: u8) -> (Name, Bytes) {
        let bytes: Vec<u8> = (0..len).map(|at| (at % 251).to_le_bytes()[0] ^ seed).collect();
        let root = PayloadRoot::from_bytes(*blake3::hash(&bytes).as_bytes());
        (Name { vault: VAULT, root }, bytes.into())
    }

    /// What a deposit does before and after its commit.
    async fn deposit(payloads: &Payloads, name: &Name, bytes: &Bytes) -> Vec<Carried> {
        let given = BTreeMap::from([(name.root, bytes.clone())]);
        let wanted = [(name.root, bytes.len() as u64)];
        let settlement = payloads.settle_with(&VAULT, &wanted, given, true).await.unwrap();
        for along in &settlement.along {
            payloads.place(along).unwrap();
        }
        settlement.along
    }

    fn path(payloads: &Payloads, name: &Name) -> std::path::PathBuf {
        payloads.shared.layout.payload(name)
    }

    /// What lies in a pack under this name.
    fn packed(payloads: &Payloads, name: &Name) -> Option<Vec<u8>> {
        payloads.shared.packs.whole(name).unwrap()
    }

    async fn read(payloads: &Payloads, name: &Name, range: std::ops::Range<u64>) -> Vec<u8> {
        let pieces: Vec<Bytes> =
            payloads.stream(&VAULT, &name.root, range).await.unwrap().try_collect().await.unwrap();
        pieces.concat()
    }

    async fn slice(payloads: &Payloads, name: &Name, range: std::ops::Range<u64>) -> Vec<u8> {
        let pieces: Vec<Bytes> =
            payloads.slice(&VAULT, &name.root, range).await.unwrap().try_collect().await.unwrap();
        pieces.concat()
    }

    /// Lengths below, of and above blocks.
    const LENGTHS: [usize; 7] = [32, 4096, 16 * 1024 - 1, 16 * 1024, 65_536, 65_585, 131_072];

    #[tokio::test]
    async fn payload_reads_the_same_before_and_after_it_lies_in_a_pack() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        for (len, seed) in LENGTHS.into_iter().zip(1..) {
            let (name, bytes) = content(len, seed);
            let len = bytes.len() as u64;
            deposit(&payloads, &name, &bytes).await;
            let mut slices = Vec::new();
            for after in [false, true] {
                assert_eq!(packed(&payloads, &name), after.then(|| bytes.to_vec()));
                assert_eq!(payloads.len(&VAULT, &name.root).await.unwrap(), len);
                assert_eq!(payloads.kept(&VAULT, &name.root).await.unwrap(), len);
                assert_eq!(payloads.nonce(&VAULT, &name.root).await.unwrap().as_bytes()[..], bytes[..16]);
                assert_eq!(payloads.examine(&VAULT, &name.root, len).unwrap(), None);
                for range in [0..len, 0..0, len..len, 1..len, 17..32] {
                    let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
                    let part = &bytes[start.unwrap()..end.unwrap()];
                    assert_eq!(read(&payloads, &name, range).await, part);
                }
                for range in [0..len + 1, len + 1..len + 1, 0..u64::MAX] {
                    assert!(payloads.stream(&VAULT, &name.root, range).await.is_err());
                }
                slices.push([slice(&payloads, &name, 0..len).await, slice(&payloads, &name, 20..21).await]);
                payloads.secure().unwrap();
            }
            assert_eq!(slices[0], slices[1]);
            assert!(!path(&payloads, &name).exists());
            assert_eq!(payloads.shared.fresh.size(), (0, 0));
        }
    }

    #[tokio::test]
    async fn many_payloads_get_their_places_without_waiting_for_the_journal() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let many = usize::try_from(AHEAD).unwrap() / 131_072 + 9;
        let all: Vec<_> = (1..).take(many).map(|seed| content(131_072, seed)).collect();
        for (name, bytes) in &all {
            deposit(&payloads, name, bytes).await;
        }
        let start = std::time::Instant::now();
        while payloads.shared.fresh.lock().ahead {
            assert!(start.elapsed() < Duration::from_secs(60), "nobody writes them");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(payloads.shared.fresh.size().1 <= AHEAD);
        assert!(all.iter().any(|(name, _)| packed(&payloads, name).is_some()));
        for (name, bytes) in &all {
            assert_eq!(read(&payloads, name, 0..bytes.len() as u64).await, *bytes);
        }
    }

    #[test]
    fn whoever_brings_too_many_waits_while_they_are_written_and_not_where_that_fails() {
        let fresh = Fresh::default();
        let bring = |seed: u8| {
            let name = Name { vault: VAULT, root: PayloadRoot::from_bytes([seed; 32]) };
            fresh.keep(name, Bytes::from(vec![seed; usize::try_from(MOST).unwrap() / 2 + 1]))
        };
        assert!(bring(1));
        assert!(!bring(2));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| bring(3));
            while fresh.lock().waiting == 0 {
                thread::yield_now();
            }
            assert_eq!(fresh.size().0, 2);
            fresh.stay_behind();
            assert!(waiting.join().unwrap());
        });
        assert_eq!(fresh.size().0, 3);
    }

    #[tokio::test]
    async fn deleted_payload_gets_no_place_and_orphans_are_left_while_they_are_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let (name, bytes) = content(65_585, 1);
        deposit(&payloads, &name, &bytes).await;
        assert!(!payloads.remove_orphan(&VAULT, &name.root, Duration::ZERO).await.unwrap());
        assert!(payloads.remove(&VAULT, &name.root).await.unwrap());
        assert!(!payloads.remove(&VAULT, &name.root).await.unwrap());
        assert!(payloads.len(&VAULT, &name.root).await.is_err());
        payloads.secure().unwrap();
        assert_eq!(packed(&payloads, &name), None);
    }

    #[tokio::test]
    async fn removals_during_writes_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let stop = Arc::new(AtomicBool::new(false));
        let writer = {
            let (payloads, stop) = (payloads.clone(), Arc::clone(&stop));
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    payloads.secure().unwrap();
                }
            })
        };
        let (name, bytes) = content(65_585, 2);
        for round in 0..200 {
            deposit(&payloads, &name, &bytes).await;
            if round % 3 == 0 {
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
            assert_eq!(read(&payloads, &name, 0..bytes.len() as u64).await, bytes);
            assert!(payloads.remove(&VAULT, &name.root).await.unwrap(), "{round}");
            assert_eq!(packed(&payloads, &name), None);
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        assert_eq!(packed(&payloads, &name), None);
        let packs = fs::read_dir(folder.path().join("packs")).unwrap().flatten();
        let kept = packs.filter(|file| file.path().extension().is_some_and(|of| of == "pack"));
        let kept: Vec<u8> = kept.flat_map(|file| fs::read(file.path()).unwrap()).collect();
        assert!(kept.iter().all(|byte| *byte == 0));
    }

    #[tokio::test]
    async fn payload_that_comes_again_is_as_good_and_heals_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let (name, bytes) = content(65_585, 3);
        let file = path(&payloads, &name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, b"other bytes").unwrap();
        assert_eq!(deposit(&payloads, &name, &bytes).await.len(), 1);
        assert_eq!(deposit(&payloads, &name, &bytes).await.len(), 1);
        payloads.secure().unwrap();
        assert!(!file.exists());
        let place = payloads.shared.packs.find(&name).unwrap().unwrap();
        let pack = folder.path().join("packs/0000000000000000.pack");
        let packs = fs::OpenOptions::new().write(true).open(&pack).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&packs, b"other bytes", place.start()).unwrap();
        assert_ne!(packed(&payloads, &name).unwrap(), bytes);
        deposit(&payloads, &name, &bytes).await;
        payloads.secure().unwrap();
        assert_eq!(packed(&payloads, &name).unwrap(), bytes);
        // Where the file is whole it stays, and nothing goes into a pack.
        let (other, bytes) = content(65_585, 8);
        fs::write(path(&payloads, &other), &bytes).unwrap();
        deposit(&payloads, &other, &bytes).await;
        payloads.secure().unwrap();
        assert_eq!(packed(&payloads, &other), None);
        assert_eq!(read(&payloads, &other, 0..bytes.len() as u64).await, bytes);
        // The room of the damaged one has been given back.
        let start = usize::try_from(place.start()).unwrap();
        assert!(fs::read(&pack).unwrap()[start..][..65_585].iter().all(|byte| *byte == 0));
    }

    #[tokio::test]
    async fn upload_gets_its_name_when_its_statement_lasts_and_what_was_begun_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let (name, bytes) = content(65_585, 4);
        let body = |part: Bytes| futures_util::stream::iter([Ok::<_, io::Error>(part)]);
        payloads.append(&VAULT, &name.root, 0, body(bytes.clone()), 1 << 30).await.unwrap();
        let wanted = [(name.root, bytes.len() as u64)];
        // A statement that comes to nothing and is sent again: its payload does not last yet, and goes along again.
        for _ in 0..2 {
            let settlement = payloads.settle_with(&VAULT, &wanted, BTreeMap::new(), true).await.unwrap();
            assert!(settlement.along[0].uploaded && settlement.along[0].bytes == bytes);
            assert!(!path(&payloads, &name).exists());
        }
        let settlement = payloads.settle_with(&VAULT, &wanted, BTreeMap::new(), true).await.unwrap();
        payloads.place(&settlement.along[0]).unwrap();
        drop(settlement);
        assert_eq!(fs::read(path(&payloads, &name)).unwrap(), bytes);
        // From here on it lasts by the record of its first statement.
        let again = payloads.settle_with(&VAULT, &wanted, BTreeMap::new(), true).await.unwrap();
        assert!(again.along.is_empty());
        drop(again);
        let (begun, bytes) = content(65_585, 5);
        payloads.append(&VAULT, &begun.root, 0, body(bytes.slice(..9000)), 1 << 30).await.unwrap();
        deposit(&payloads, &begun, &bytes).await;
        payloads.secure().unwrap();
        assert!(!payloads.shared.layout.part(&begun).exists());
        assert_eq!(packed(&payloads, &begun).unwrap(), bytes);
    }

    #[tokio::test]
    async fn write_that_fails_is_told_and_the_payload_stays_readable() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let (name, bytes) = content(65_585, 6);
        deposit(&payloads, &name, &bytes).await;
        // A folder where a pack belongs.
        let taken = folder.path().join("packs/0000000000000000.pack");
        fs::create_dir(&taken).unwrap();
        assert!(payloads.secure().is_err());
        assert_eq!(read(&payloads, &name, 0..bytes.len() as u64).await, bytes);
        fs::remove_dir(taken).unwrap();
        payloads.secure().unwrap();
        assert_eq!(packed(&payloads, &name).unwrap(), bytes);
    }
}
