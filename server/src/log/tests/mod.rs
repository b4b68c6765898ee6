//! A store in memory, faults, and a second reading of the log: from its bundles, with plain SHA-256.

mod growth;
mod restart;
mod succession;

pub(crate) use succession::with_predecessor;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use carnet_wire::checkpoint::{SignedCheckpoint, VerifiedCheckpoint};
use carnet_wire::log_leaf::{LogLeaf, LogSalt};
use carnet_wire::origin::Origin;
use carnet_wire::tile::{TILE_WIDTH, TileKind, TilePath};
use carnet_wire::tree::{LeafHash, TreeRoot};

use super::signer::{LogKey, LogSigner};
use super::{Log, LogError, state};
use crate::store::{Commit, Key, Range, Records, Row, Space, StoreError, Transaction};

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

fn origin(name: &str) -> Origin {
    Origin::parse(name).unwrap()
}

fn signer(name: &str) -> LogSigner {
    LogSigner::new(Arc::new(LogKey::from_seed(&[7; 32]).unwrap()), origin(name)).unwrap()
}

fn ours() -> LogSigner {
    signer("carnet.example/log")
}

fn history(number: u8) -> [u8; 32] {
    state::sha256(&[number])
}

fn leaf(number: u8, n: u64) -> LogLeaf {
    LogLeaf::new(&LogSalt::from_bytes([number; 32]), n, TreeRoot::from_bytes(state::sha256(&n.to_be_bytes())))
}

/// Queues statement `n` of a history, as the transaction of a statement does.
async fn queue(records: &dyn Records, number: u8, n: u64) {
    let put = vec![Log::queue_row(history(number), n, &leaf(number, n))];
    assert_eq!(records.commit(Transaction { put, ..Transaction::default() }).await, Ok(Commit::Done));
}

fn verified(note: &[u8], signer: &LogSigner) -> VerifiedCheckpoint {
    SignedCheckpoint::parse(note).unwrap().verify(signer.verifier()).unwrap()
}

/// MTH of RFC 9162 section 2.1.1 over entries, with plain SHA-256.
fn mth(entries: &[Vec<u8>]) -> [u8; 32] {
    match entries {
        [] => state::sha256(&[]),
        [entry] => state::sha256(&[&[0], entry.as_slice()].concat()),
        _ => {
            let (left, right) = entries.split_at(entries.len().next_power_of_two() / 2);
            state::sha256(&[[1].as_slice(), &mth(left), &mth(right)].concat())
        }
    }
}

/// All entries under the newest checkpoint, read from bundles; checked against the checkpoint and all hash tiles.
async fn read_back(log: &Log) -> Vec<Vec<u8>> {
    let checkpoint = verified(&log.checkpoint(), log.signer());
    let size = checkpoint.checkpoint().size();
    let mut entries = Vec::new();
    for (index, width) in widths(size) {
        let bundle =
            log.tile(&TilePath::new(TileKind::Entries, index, width).unwrap()).await.unwrap().unwrap();
        assert_eq!(bundle.len(), usize::from(width) * 66);
        entries.extend(bundle.chunks(66).map(|entry| {
            assert_eq!(entry[..2], [0x00, 0x40]);
            entry[2..].to_vec()
        }));
    }
    assert_eq!(mth(&entries), *checkpoint.checkpoint().root().as_bytes());
    let mut level: Vec<[u8; 32]> = entries.iter().map(|entry| *LeafHash::of(entry).as_bytes()).collect();
    for number in 0.. {
        for (index, width) in widths(level.len() as u64) {
            let path = TilePath::new(TileKind::Hashes(number), index, width).unwrap();
            let start = usize::try_from(index).unwrap() * 256;
            let expected = level[start..start + usize::from(width)].concat();
            assert_eq!(log.tile(&path).await.unwrap().unwrap(), expected, "{path}");
        }
        if level.len() < 256 {
            break;
        }
        let span = 256_usize.pow(u32::from(number) + 1);
        level = entries.chunks_exact(span).map(mth).collect();
    }
    entries
}

fn widths(size: u64) -> impl Iterator<Item = (u64, u16)> {
    (0..size.div_ceil(256))
        .map(move |index| (index, u16::try_from((size - index * 256).min(u64::from(TILE_WIDTH))).unwrap()))
}

/// Checks that the log holds each of these leaves once, a history's in their order, each where its place says.
async fn check_all(log: &Log, queued: &[(u8, u64)]) {
    let entries = read_back(log).await;
    assert_eq!(entries.len(), queued.len());
    let mut last = BTreeMap::new();
    for (number, n) in queued {
        let expected = leaf(*number, *n).to_bytes().to_vec();
        let at: Vec<usize> = (0..entries.len()).filter(|at| entries[*at] == expected).collect();
        let [at] = at.as_slice() else { panic!("leaf {n} of {number} stands at {at:?}") };
        let place = log.place(history(*number), *n).await.unwrap().unwrap();
        assert_eq!((place.origin, place.index), (log.origin().clone(), *at as u64));
        assert!(last.insert(*number, (*n, *at)).is_none_or(|(before, earlier)| before < *n && earlier < *at));
    }
    assert_eq!(log.0.records.scan(Range::all(Space::Queue)).await.unwrap(), []);
}

/// Checks that each of these checkpoints is of this log, in its newest state.
async fn check_consistent(log: &Log, notes: &[Vec<u8>]) {
    let newest = verified(&log.checkpoint(), log.signer());
    for note in notes {
        let older = verified(note, log.signer());
        let (old, new) = (older.checkpoint().size(), newest.checkpoint().size());
        if old > 0 {
            newest.extends(&older, &log.prove_consistency(old, new).await.unwrap()).unwrap();
        }
    }
}

/// Records in memory.
#[derive(Default)]
pub(super) struct Memory(Mutex<BTreeMap<Key, Vec<u8>>>);

impl Memory {
    fn copy(&self) -> Arc<Self> {
        Arc::new(Self(Mutex::new(self.0.lock().unwrap().clone())))
    }
}

#[async_trait]
impl Records for Memory {
    async fn get(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        tokio::task::yield_now().await;
        let rows = self.0.lock().unwrap();
        Ok(keys.iter().map(|key| rows.get(key).cloned()).collect())
    }

    async fn scan(&self, range: Range) -> Result<Vec<Row>, StoreError> {
        tokio::task::yield_now().await;
        assert!(!range.backwards);
        let low = Key::new(range.space, range.partition.unwrap_or_default(), range.prefix.clone());
        let rows = self.0.lock().unwrap();
        let rows = rows.range(range.after.clone().unwrap_or_else(|| low.clone()).max(low)..);
        let inside = |key: &Key| {
            key.space == range.space
                && range.partition.is_none_or(|partition| partition == key.partition)
                && key.suffix.starts_with(&range.prefix)
        };
        let rows = rows.filter(|(key, _)| Some(*key) != range.after.as_ref() && inside(key));
        Ok(rows.take(range.limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        tokio::task::yield_now().await;
        assert!(transaction.fits(), "{} rows", transaction.put.len() + transaction.delete.len());
        assert!(transaction.put.iter().all(|(_, value)| value.len() < 32 * 1024));
        let mut rows = self.0.lock().unwrap();
        if transaction.expect.iter().any(|(key, value)| rows.get(key) != value.as_ref()) {
            return Ok(Commit::Stale);
        }
        rows.extend(transaction.put);
        transaction.delete.iter().for_each(|key| drop(rows.remove(key)));
        Ok(Commit::Done)
    }

    async fn export(&self, _: Box<dyn FnMut(Row) -> std::io::Result<()> + Send>) -> Result<(), StoreError> {
        Err(StoreError::Backend("not here".to_owned()))
    }
}

/// A store whose machine stops after so many commits: the next one is lost, or is done without an answer.
struct Stopping {
    inner: Arc<Memory>,
    commits: AtomicUsize,
    stops_after: usize,
    last_is_done: bool,
}

impl Stopping {
    fn new(inner: &Arc<Memory>, stops_after: usize, last_is_done: bool) -> Arc<Self> {
        Arc::new(Self { inner: inner.clone(), commits: AtomicUsize::new(0), stops_after, last_is_done })
    }

    fn stopped(&self) -> Result<(), StoreError> {
        let stopped = self.commits.load(Ordering::SeqCst) > self.stops_after;
        if stopped { Err(StoreError::Backend("stopped".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl Records for Stopping {
    async fn get(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.stopped()?;
        self.inner.get(keys).await
    }

    async fn scan(&self, range: Range) -> Result<Vec<Row>, StoreError> {
        self.stopped()?;
        self.inner.scan(range).await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        if number < self.stops_after || (number == self.stops_after && self.last_is_done) {
            let done = self.inner.commit(transaction).await;
            self.stopped()?;
            return done;
        }
        Err(StoreError::Backend("stopped".to_owned()))
    }

    async fn export(
        &self,
        sink: Box<dyn FnMut(Row) -> std::io::Result<()> + Send>,
    ) -> Result<(), StoreError> {
        self.inner.export(sink).await
    }
}
