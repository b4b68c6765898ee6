//! What the two embedded engines have in common: a committer, checksums, and where reads run.
//!
//! A read of few rows runs on the caller's thread: handing it over costs five to twenty times what it takes (docs/STORAGE.md). A longer
//! one runs where it may wait for the disk.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;

use super::bounds::{Bounds, bounds};
use super::committer::Committer;
use super::room::Room;
use super::{Carried, Commit, Key, Range, Records, Row, StoreError, Transaction, unframe};

/// Rows that are read on the caller's thread.
const FEW: usize = 32;

/// What changes together: the new bytes of a key, or none.
pub(crate) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A key and what is stored under it.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// An engine within this process. Keys and values are bytes, values with their checksums. Only the committer writes.
pub(crate) trait Backend: Send + Sync + 'static {
    /// What is stored under these keys, of what is durable.
    fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// The first pairs within the bounds, or the last ones from the last, of what is durable.
    fn scan(&self, bounds: Bounds, limit: usize, backwards: bool) -> Result<Vec<Pair>, StoreError>;

    /// Makes the changes, all or none, and makes them last. After an error nobody knows what the disk holds.
    fn write(&self, changes: &Changes) -> Result<(), StoreError>;

    /// The same, and what goes along lasts too.
    fn write_along(&self, changes: Changes, along: &[Carried]) -> Result<(), StoreError> {
        if along.is_empty() { self.write(&changes) } else { Err(StoreError::TooLarge) }
    }

    /// Whether anything may go along with a write.
    fn carries(&self) -> bool {
        false
    }

    /// Bytes written that take room on the disk once more, later.
    fn outstanding(&self) -> u64 {
        0
    }

    /// Gives all pairs of one moment in the order of their keys.
    fn export(&self, sink: &mut dyn FnMut(Pair) -> Result<(), StoreError>) -> Result<(), StoreError>;
}

/// A store of records on an embedded engine.
pub(super) struct Embedded {
    committer: Committer,
    backend: Arc<dyn Backend>,
}

impl Embedded {
    pub(super) fn start(backend: Arc<dyn Backend>, room: Room) -> io::Result<Self> {
        let committer = Committer::start(Arc::clone(&backend), room)?;
        Ok(Self { committer, backend })
    }

    /// Runs a read of so many rows.
    async fn read<T: Send + 'static>(
        &self,
        rows: usize,
        read: impl FnOnce(&dyn Backend) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if rows <= FEW {
            return read(&*self.backend);
        }
        let backend = Arc::clone(&self.backend);
        tokio::task::spawn_blocking(move || read(&*backend))
            .await
            .map_err(|error| StoreError::Backend(error.to_string()))?
    }
}

#[async_trait]
impl Records for Embedded {
    async fn get(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.read(keys.len(), move |backend| {
            let bytes: Vec<_> = keys.iter().map(Key::to_bytes).collect();
            let found = backend.get(&bytes)?;
            let rows = keys.iter().zip(&bytes).zip(found);
            rows.map(|((key, bytes), framed)| {
                framed.map(|framed| unframe(key.space, bytes, framed)).transpose()
            })
            .collect()
        })
        .await
    }

    async fn scan(&self, range: Range) -> Result<Vec<Row>, StoreError> {
        let Some(bounds) = bounds(&range) else { return Ok(Vec::new()) };
        self.read(range.limit, move |backend| {
            let found = backend.scan(bounds, range.limit, range.backwards)?;
            found.into_iter().map(|(key, framed)| super::row(&key, framed)).collect()
        })
        .await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        self.committer.commit(transaction).await
    }

    fn carries(&self) -> bool {
        self.backend.carries()
    }

    async fn export(&self, mut sink: Box<dyn FnMut(Row) -> io::Result<()> + Send>) -> Result<(), StoreError> {
        self.read(usize::MAX, move |backend| {
            backend.export(&mut |(key, framed)| {
                sink(super::row(&key, framed)?).map_err(|error| StoreError::Backend(error.to_string()))
            })
        })
        .await
    }
}
