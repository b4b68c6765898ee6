//! What the two embedded engines have in common: a committer, checksums, and where reads run.
//!
//! A read of few rows runs on the caller's thread: handing it over costs five to twenty times what it takes (docs/STORAGE.md). A longer
//! one runs where it may wait for the disk.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;

use super::backend::Backend;
use super::bounds::bounds;
use super::committer::Committer;
use super::room::Room;
use super::{Commit, Key, Range, Records, Row, StoreError, Transaction, unframe};

/// Rows that are read on the caller's thread.
const FEW: usize = 32;

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
