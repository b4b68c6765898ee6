//! Payloads that last by the journal of the records and have no file yet: they are read from memory, and written as files many
//! together, once there are enough of them, and before the journal forgets them.
//!
//! Their files are written past the system's cache: nobody may ask for them for years, and a page that the cache has never had
//! costs more than the rest of a deposit together (`docs/benchmarks.md`).

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use bytes::Bytes;

use super::layout::{Layout, Name, in_folder, put, remove_file};
use crate::direct::{BLOCK, DirectFile, aligned};

/// Threads that write files: the disk takes several at once.
const WRITERS: usize = 4;
/// From so many bytes on files are written without waiting for the journal.
const AHEAD: u64 = 8 * 1024 * 1024;
/// With so many bytes whoever brings more waits for them.
const MOST: u64 = 64 * 1024 * 1024;
/// Fewer payloads than this for each thread are not worth it.
const EACH: usize = 8;
/// From this length on a file is written past the cache.
const DIRECT_FROM: usize = 16 * 1024;

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
    /// Whether somebody writes files without waiting for the journal, or is about to.
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

    /// Writes files until few payloads are left without one. Where that fails they stay here: the journal's turn comes, and tells.
    pub(super) fn write_ahead(&self, layout: &Layout) {
        while self.write(layout).is_ok() && self.lock().bytes > AHEAD {}
        self.stay_behind();
    }

    /// Nobody writes files without waiting for the journal any more.
    pub(super) fn stay_behind(&self) {
        self.lock().ahead = false;
        self.written.notify_all();
    }

    /// The bytes of a payload. Where there are none it may have a file: it goes from here only once that is complete.
    pub(super) fn get(&self, name: &Name) -> Option<Bytes> {
        self.lock().by_name.get(name).map(|payload| payload.bytes.clone())
    }

    /// Forgets a payload, and says whether it was here. Waits while its file is written: afterwards nobody writes it any more.
    pub(super) fn forget(&self, name: &Name) -> bool {
        self.wait_while(|payloads| payloads.by_name.get(name).is_some_and(|payload| payload.writing))
            .remove(name)
    }

    /// How many there are, and how many bytes.
    pub(super) fn size(&self) -> (u64, u64) {
        let payloads = self.lock();
        (payloads.by_name.len() as u64, payloads.bytes)
    }

    /// Writes all that are here now as files, complete but not yet durable.
    ///
    /// # Errors
    /// The first of a thread's; what could not be written stays here.
    pub(super) fn write(&self, layout: &Layout) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<Name> = self.lock().by_name.keys().copied().collect();
        let each = names.len().div_ceil(WRITERS).max(EACH);
        thread::scope(|scope| {
            let mut parts = names.chunks(each);
            let own = parts.next().unwrap_or_default();
            let others: Vec<_> = parts.map(|part| scope.spawn(|| self.write_some(part, layout))).collect();
            let own = self.write_some(own, layout);
            let stopped = |_| Err(io::Error::other("a writer has stopped"));
            others.into_iter().map(|one| one.join().unwrap_or_else(stopped)).fold(own, Result::and)
        })
    }

    fn write_some(&self, names: &[Name], layout: &Layout) -> io::Result<()> {
        let mut aligned = Vec::new();
        for name in names {
            let bytes = match self.lock().by_name.get_mut(name) {
                // Deleted meanwhile.
                None => continue,
                Some(payload) => {
                    payload.writing = true;
                    payload.bytes.clone()
                }
            };
            let written = write_file(layout, name, &bytes, &mut aligned);
            let mut payloads = self.lock();
            match written {
                Ok(()) => drop(payloads.remove(name)),
                Err(_) => {
                    if let Some(payload) = payloads.by_name.get_mut(name) {
                        payload.writing = false;
                    }
                }
            }
            if payloads.waiting > 0 {
                self.written.notify_all();
            }
            drop(payloads);
            written?;
        }
        Ok(())
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

/// Writes a payload under its final name. What was uploaded of it before is not wanted any more.
fn write_file(layout: &Layout, name: &Name, bytes: &[u8], aligned: &mut Vec<u8>) -> io::Result<()> {
    let (part, payload) = (layout.part(name), layout.payload(name));
    match in_folder(&payload, || write_new(&payload, bytes, aligned)) {
        // Somebody may read the file that is there: another takes its name.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => put(&part, &payload, bytes),
        Err(error) => {
            // Half a file under a final name is nobody's; the first error is the one that counts.
            let _ = remove_file(&payload);
            Err(error)
        }
        Ok(()) => remove_file(&part).map(drop),
    }
}

fn write_new(path: &Path, bytes: &[u8], memory: &mut Vec<u8>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if bytes.len() < DIRECT_FROM {
        return options.open(path)?.write_all(bytes);
    }
    let (blocks, rest) = bytes.split_at(bytes.len() / BLOCK * BLOCK);
    let mut file = DirectFile::open(&options, path)?;
    file.write_blocks(aligned(memory, blocks.len(), |memory| memory.extend_from_slice(blocks)), 0)?;
    if rest.is_empty() { Ok(()) } else { file.write_rest(rest, blocks.len() as u64) }
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

    /// Lengths below and above those of a page, of what goes past the cache, and with and without a rest.
    const LENGTHS: [usize; 7] = [32, 4096, 16 * 1024 - 1, 16 * 1024, 65_536, 65_585, 131_072];

    #[tokio::test]
    async fn payload_reads_the_same_before_and_after_it_has_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        for (len, seed) in LENGTHS.into_iter().zip(1..) {
            let (name, bytes) = content(len, seed);
            let len = bytes.len() as u64;
            deposit(&payloads, &name, &bytes).await;
            assert!(!path(&payloads, &name).exists());
            let mut slices = Vec::new();
            for after in [false, true] {
                assert_eq!(path(&payloads, &name).exists(), after);
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
            assert_eq!(fs::read(path(&payloads, &name)).unwrap(), bytes);
            assert_eq!(payloads.shared.fresh.size(), (0, 0));
        }
    }

    #[tokio::test]
    async fn many_payloads_get_their_files_without_waiting_for_the_journal() {
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
        assert!(all.iter().any(|(name, _)| path(&payloads, name).exists()));
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
    async fn deleted_payload_gets_no_file_and_orphans_are_left_while_they_are_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let (name, bytes) = content(65_585, 1);
        deposit(&payloads, &name, &bytes).await;
        assert!(!payloads.remove_orphan(&VAULT, &name.root, Duration::ZERO).await.unwrap());
        assert!(payloads.remove(&VAULT, &name.root).await.unwrap());
        assert!(!payloads.remove(&VAULT, &name.root).await.unwrap());
        assert!(payloads.len(&VAULT, &name.root).await.is_err());
        payloads.secure().unwrap();
        assert!(!path(&payloads, &name).exists());
    }

    #[tokio::test]
    async fn removals_during_writes_leave_no_file_behind() {
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
            assert!(!path(&payloads, &name).exists());
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        assert!(!path(&payloads, &name).exists());
    }

    #[tokio::test]
    async fn payload_that_comes_again_is_as_good_and_heals_a_damaged_file() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let (name, bytes) = content(65_585, 3);
        assert_eq!(deposit(&payloads, &name, &bytes).await.len(), 1);
        assert_eq!(deposit(&payloads, &name, &bytes).await.len(), 1);
        payloads.secure().unwrap();
        fs::write(path(&payloads, &name), b"other bytes").unwrap();
        deposit(&payloads, &name, &bytes).await;
        payloads.secure().unwrap();
        assert_eq!(fs::read(path(&payloads, &name)).unwrap(), bytes);
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
        assert_eq!(fs::read(path(&payloads, &begun)).unwrap(), bytes);
    }

    #[tokio::test]
    async fn write_that_fails_is_told_and_the_payload_stays_readable() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = open(&folder);
        let (name, bytes) = content(65_585, 6);
        deposit(&payloads, &name, &bytes).await;
        // A file where a folder belongs.
        let taken = path(&payloads, &name);
        let taken = taken.parent().unwrap();
        fs::create_dir_all(taken.parent().unwrap()).unwrap();
        fs::write(taken, b"").unwrap();
        assert!(payloads.secure().is_err());
        assert_eq!(read(&payloads, &name, 0..bytes.len() as u64).await, bytes);
        fs::remove_file(taken).unwrap();
        payloads.secure().unwrap();
        assert_eq!(fs::read(path(&payloads, &name)).unwrap(), bytes);
    }
}
