//! Records in sled 0.34, made durable in spite of it.
//!
//! - Its `flush` hands bytes to the disk with `sync_file_range`, which neither empties the disk's cache nor writes the file's size
//!   down. So each write is followed by an `fsync` of its data file, on one descriptor that is kept open: a descriptor opened later
//!   would not be told of an error that an earlier one was told of.
//! - A page that grows beyond an eighth of a MiB goes to a file of its own, which that `fsync` does not cover. A page holds up to
//!   some 20 values, so values are stored in pieces of at most 4 KiB. Should such a file appear all the same, it is made durable too.
//! - It takes a snapshot that it was writing when it was killed, or when the disk was full, for the last good one, and never opens
//!   again. So unfinished ones are removed before it opens: the one before and the log hold all of it.
//! - Readers see a batch before it is durable: [`Shadow`] hides it from them.
//!
//! How values stand in the engine: [`carnet_rest::pieces`].

use std::fs::{self, File};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use carnet_rest::pieces::{IN_PIECES, PIECE, PIECES, WHOLE, piece_key, pieces_of};
use sled::{Batch, Db};

use super::StoreError;
use super::backend::{Backend, Changes, Pair};
use super::bounds::Bounds;
use super::folder;
use super::shadow::{Before, Export, Shadow, merge};

/// Pairs that an export reads at once; a write waits as long.
const EXPORT_PAGE: usize = 256;
/// Times that a scan tries to fall between two writes before it makes them wait.
const TRIES: usize = 4;

/// A sled database.
pub(super) struct Sled {
    database: Db,
    file: File,
    blobs: PathBuf,
    names: AtomicU64,
    shadow: Shadow,
}

impl Sled {
    /// Opens or makes the database in a folder that exists and that no other process uses.
    pub(super) fn open(folder: &Path, cache_bytes: usize) -> Result<Self, StoreError> {
        let config = sled::Config::new().path(folder).cache_capacity(cache_bytes as u64);
        let started = Instant::now();
        let database = loop {
            remove_unfinished(folder).map_err(failed)?;
            match config.open() {
                Ok(database) => break database,
                // Threads of a database that this process closed a moment ago hold it still.
                Err(error)
                    if error.to_string().contains("could not acquire lock")
                        && started.elapsed() < Duration::from_secs(5) =>
                {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) => return Err(failed(error)),
            }
        };
        let file = File::open(folder.join("db")).map_err(failed)?;
        // It renames its snapshots without this.
        folder::sync_tree(folder).map_err(failed)?;
        let names = AtomicU64::new(getrandom::u64().map_err(failed)?);
        Ok(Self { database, file, blobs: folder.join("blobs"), names, shadow: Shadow::default() })
    }

    /// The bytes stored under a key now, durable or not.
    fn stored(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.head(key)?.map_or(Ok(None), |head| self.assemble(key, head))
    }

    fn head(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.database.get(key).map_err(failed)?.map(|head| head.to_vec()))
    }

    /// The bytes that a head stands for. A head whose pieces have gone has been replaced: the one that came after it is taken.
    fn assemble(&self, key: &[u8], mut head: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError> {
        loop {
            let Some((name, count)) = pieces_of(&head) else {
                head.splice(..head.len().min(1), []);
                return Ok(Some(head));
            };
            let mut stored = Vec::new();
            let mut complete = true;
            for number in 0..count {
                match self.database.get(piece_key(key, name, number)).map_err(failed)? {
                    Some(piece) => stored.extend_from_slice(&piece),
                    None => complete = false,
                }
            }
            if complete {
                return Ok(Some(stored));
            }
            match self.head(key)? {
                None => return Ok(None),
                // A piece is lost: its checksum will say so.
                Some(now) if now == head => return Ok(Some(stored)),
                Some(now) => head = now,
            }
        }
    }

    /// What the engine has within bounds now, except what `hidden` names.
    fn found(
        &self,
        bounds: Bounds,
        hidden: &Before,
        limit: usize,
        backwards: bool,
    ) -> Result<Vec<Pair>, StoreError> {
        let mut iterator = self.database.range(bounds);
        let mut found = Vec::new();
        while found.len() < limit {
            let Some(next) = (if backwards { iterator.next_back() } else { iterator.next() }) else { break };
            let (key, head) = next.map_err(failed)?;
            if hidden.contains_key(key.as_ref()) {
                continue;
            }
            if let Some(stored) = self.assemble(&key, head.to_vec())? {
                found.push((key.to_vec(), stored));
            }
        }
        Ok(found)
    }

    fn stage(&self, batch: &mut Batch, key: Vec<u8>, stored: Option<&[u8]>) -> Result<(), StoreError> {
        if let Some((name, count)) = self.head(&key)?.as_deref().and_then(pieces_of) {
            for number in 0..count {
                batch.remove(piece_key(&key, name, number));
            }
        }
        match stored {
            None => batch.remove(key),
            Some(stored) if stored.len() <= PIECE => batch.insert(key, [&[WHOLE], stored].concat()),
            Some(stored) => {
                let name = self.names.fetch_add(1, Ordering::Relaxed);
                let mut count = 0_u32;
                for piece in stored.chunks(PIECE) {
                    batch.insert(piece_key(&key, name, count), piece);
                    count += 1;
                }
                batch.insert(key, [&[IN_PIECES][..], &name.to_be_bytes(), &count.to_be_bytes()].concat());
            }
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), StoreError> {
        self.database.flush().map_err(failed)?;
        let mut any = false;
        for blob in fs::read_dir(&self.blobs).map_err(failed)? {
            match File::open(blob.map_err(failed)?.path()) {
                Ok(blob) => blob.sync_all().map_err(failed)?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
            any = true;
        }
        if any {
            folder::sync(&self.blobs).map_err(failed)?;
        }
        self.file.sync_all().map_err(failed)
    }
}

impl Backend for Sled {
    fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut found = keys.iter().map(|key| self.stored(key)).collect::<Result<Vec<_>, _>>()?;
        // After the engine: what was read of a write in progress stands here, what does not is durable by now.
        let before = self.shadow.now().before.clone();
        for (key, found) in keys.iter().zip(&mut found) {
            if let Some(stood) = before.get(key) {
                found.clone_from(stood);
            }
        }
        Ok(found)
    }

    fn scan(&self, bounds: Bounds, limit: usize, backwards: bool) -> Result<Vec<Pair>, StoreError> {
        for _ in 0..TRIES {
            let (epoch, before) = {
                let now = self.shadow.now();
                (now.epoch, now.before.clone())
            };
            let found = self.found(bounds.clone(), &before, limit, backwards)?;
            if self.shadow.now().epoch == epoch {
                return Ok(merge(found, &before, bounds, limit, backwards));
            }
        }
        let now = self.shadow.now();
        let found = self.found(bounds.clone(), &now.before, limit, backwards)?;
        Ok(merge(found, &now.before, bounds, limit, backwards))
    }

    fn write(&self, changes: &Changes) -> Result<(), StoreError> {
        let mut before = Before::new();
        let mut batch = Batch::default();
        for (key, stored) in changes {
            before.insert(key.clone(), self.stored(key)?);
            self.stage(&mut batch, key.clone(), stored.as_deref())?;
        }
        self.shadow.begin(before);
        self.database.apply_batch(batch).map_err(failed)?;
        self.sync()?;
        self.shadow.end();
        Ok(())
    }

    fn export(&self, sink: &mut dyn FnMut(Pair) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let export = self.shadow.export();
        let high = Bound::Excluded(vec![PIECES]);
        loop {
            let read = |bounds: Bounds, hidden: &Before| self.found(bounds, hidden, EXPORT_PAGE, false);
            let page = Export::next(&export, &high, EXPORT_PAGE, read)?;
            let last = page.len() < EXPORT_PAGE;
            page.into_iter().try_for_each(&mut *sink)?;
            if last {
                return Ok(());
            }
        }
    }
}

/// Removes snapshots that were not written to their end.
fn remove_unfinished(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Backend(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &[u8], value: Option<Vec<u8>>) -> Changes {
        Changes::from([(key.to_vec(), value)])
    }

    #[test]
    fn write_that_is_not_durable_yet_is_seen_by_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sled::open(folder.path(), 1 << 20).unwrap();
        store
            .write(&Changes::from([(vec![1, 1], Some(vec![1])), (vec![1, 2], Some(vec![2; 9000]))]))
            .unwrap();
        // As far as a write goes before its bytes are durable: one key changed, one new, one gone.
        let mut batch = Batch::default();
        let mut before = Before::new();
        for (key, value) in
            [(vec![1, 1], Some(vec![9; 9000])), (vec![1, 0], Some(vec![9])), (vec![1, 2], None)]
        {
            before.insert(key.clone(), store.stored(&key).unwrap());
            store.stage(&mut batch, key, value.as_deref()).unwrap();
        }
        store.shadow.begin(before);
        store.database.apply_batch(batch).unwrap();

        let stood = [(vec![1, 1], vec![1]), (vec![1, 2], vec![2; 9000])];
        let bounds = (Bound::Included(vec![1]), Bound::Excluded(vec![2]));
        let keys = [vec![1, 0], vec![1, 1], vec![1, 2]];
        assert_eq!(store.get(&keys).unwrap(), [None, Some(vec![1]), Some(vec![2; 9000])]);
        assert_eq!(store.scan(bounds.clone(), 9, false).unwrap(), stood);
        assert_eq!(store.scan(bounds.clone(), 1, false).unwrap(), stood[..1]);
        assert_eq!(store.scan(bounds.clone(), 1, true).unwrap(), stood[1..]);
        let mut exported = Vec::new();
        let mut sink = |pair| {
            exported.push(pair);
            Ok(())
        };
        store.export(&mut sink).unwrap();
        assert_eq!(exported, stood);

        store.shadow.end();
        assert_eq!(store.get(&keys).unwrap(), [Some(vec![9]), Some(vec![9; 9000]), None]);
        assert_eq!(store.scan(bounds, 9, false).unwrap().len(), 2);
    }

    #[test]
    fn no_size_of_value_makes_a_file_that_the_sync_does_not_cover() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sled::open(folder.path(), 1 << 20).unwrap();
        for round in 0..3_u8 {
            for size in [PIECE - 1, PIECE, PIECE + 1, 40_000, 1_000_000] {
                let rows =
                    (0..100_u8).map(|n| ([vec![1; 280], vec![n]].concat(), Some(vec![round; size / 10])));
                store.write(&rows.collect()).unwrap();
                let key = [vec![2; 280], size.to_be_bytes().to_vec()].concat();
                store.write(&one(&key, Some(vec![round; size]))).unwrap();
            }
            let full = (0..100_u8).map(|n| (vec![3, n], Some(vec![round; PIECE])));
            store.write(&full.collect()).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
    }

    #[test]
    fn snapshot_cut_short_does_not_keep_the_store_from_opening() {
        let folder = tempfile::tempdir().unwrap();
        for content in [&b""[..], b"snap", &[0; 100]] {
            {
                let store = Sled::open(folder.path(), 1 << 20).unwrap();
                store.write(&one(&[u8::try_from(content.len()).unwrap()], Some(vec![7; 20_000]))).unwrap();
            }
            fs::write(folder.path().join("snap.7FFFFFFFFFFFFFFF.generating"), content).unwrap();
        }
        let store = Sled::open(folder.path(), 1 << 20).unwrap();
        assert_eq!(store.get(&[vec![0], vec![4], vec![100]]).unwrap(), vec![Some(vec![7; 20_000]); 3]);
    }

    #[test]
    fn pieces_go_with_their_value() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sled::open(folder.path(), 1 << 20).unwrap();
        for size in [50_000, 10, 9_000, 70_000] {
            store.write(&one(&[1], Some(vec![7; size]))).unwrap();
            let pieces = if size <= PIECE { 0 } else { size.div_ceil(PIECE) };
            assert_eq!(store.database.scan_prefix([PIECES]).count(), pieces, "{size} bytes");
        }
        store.write(&one(&[1], None)).unwrap();
        assert_eq!(store.database.iter().count(), 0);
    }

    #[test]
    fn lost_piece_gives_shorter_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sled::open(folder.path(), 1 << 20).unwrap();
        store.write(&one(&[1], Some(vec![7; 3 * PIECE]))).unwrap();
        let (second, _) = store.database.scan_prefix([PIECES]).nth(1).unwrap().unwrap();
        store.database.remove(second).unwrap();
        assert_eq!(store.get(&[vec![1]]).unwrap(), [Some(vec![7; 2 * PIECE])]);
    }
}
