//! Records in memory: for tests, and the model that the other backends are compared with.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::bounds::bounds;
use carnet_rest::checksum;

use super::{Commit, Key, Range, Records, Row, StoreError, Transaction, unframe};

/// A store that is gone when it is dropped.
#[derive(Debug, Default)]
pub struct Memory {
    rows: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Flips a bit of a stored value, as a disk might.
    #[cfg(any(test, feature = "testing"))]
    pub fn damage(&self, key: &Key) {
        if let Some(first) = self.rows().get_mut(&key.to_bytes()).and_then(|framed| framed.first_mut()) {
            *first ^= 1;
        }
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        // Nothing that holds the lock panics between two changes.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Records for Memory {
    async fn get(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let rows = self.rows();
        keys.iter().map(|key| value(&rows, key)).collect()
    }

    async fn scan(&self, range: Range) -> Result<Vec<Row>, StoreError> {
        let Some(bounds) = bounds(&range) else { return Ok(Vec::new()) };
        let rows = self.rows();
        let found = rows.range(bounds);
        if range.backwards {
            found.rev().take(range.limit).map(row).collect()
        } else {
            found.take(range.limit).map(row).collect()
        }
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        if !transaction.fits() || !transaction.along.is_empty() {
            return Err(StoreError::TooLarge);
        }
        let mut rows = self.rows();
        for (key, expected) in &transaction.expect {
            if value(&rows, key)? != *expected {
                return Ok(Commit::Stale);
            }
        }
        for key in &transaction.delete {
            rows.remove(&key.to_bytes());
        }
        for (key, value) in transaction.put {
            let key = key.to_bytes();
            let framed = checksum::frame(&key, value);
            rows.insert(key, framed);
        }
        Ok(Commit::Done)
    }

    async fn export(&self, mut sink: Box<dyn FnMut(Row) -> io::Result<()> + Send>) -> Result<(), StoreError> {
        let rows = self.rows().clone();
        for found in rows.iter().map(row) {
            sink(found?).map_err(|error| StoreError::Backend(error.to_string()))?;
        }
        Ok(())
    }
}

fn value(rows: &BTreeMap<Vec<u8>, Vec<u8>>, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
    let bytes = key.to_bytes();
    rows.get(&bytes).map(|framed| unframe(key.space, &bytes, framed.clone())).transpose()
}

fn row((key, framed): (&Vec<u8>, &Vec<u8>)) -> Result<Row, StoreError> {
    super::row(key, framed.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::conformance::{self, Subject};

    struct InMemory(Arc<Memory>);

    #[async_trait]
    impl Subject for InMemory {
        fn records(&self) -> Arc<dyn Records> {
            Arc::clone(&self.0) as Arc<dyn Records>
        }

        async fn reopen(&mut self) {}

        async fn damage(&mut self, key: &Key) {
            self.0.damage(key);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn memory_conforms() {
        conformance::all(|| InMemory(Arc::new(Memory::new()))).await;
    }
}
