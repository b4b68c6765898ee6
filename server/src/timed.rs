//! A store whose durable commits are timed.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;

use crate::metrics::Metrics;
use crate::store::{Commit, Key, Range, Records, Row, StoreError, Transaction};

/// A store, and the figures that its commits go to.
pub struct Timed {
    records: Arc<dyn Records>,
    metrics: Arc<Metrics>,
}

impl Timed {
    /// The same store, timed.
    #[must_use]
    pub fn new(records: Arc<dyn Records>, metrics: Arc<Metrics>) -> Self {
        Self { records, metrics }
    }
}

#[async_trait]
impl Records for Timed {
    async fn get(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.records.get(keys).await
    }

    async fn scan(&self, range: Range) -> Result<Vec<Row>, StoreError> {
        self.records.scan(range).await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        let begun = Instant::now();
        let done = self.records.commit(transaction).await;
        if done == Ok(Commit::Done) {
            self.metrics.committed(begun.elapsed());
        }
        done
    }

    fn carries(&self) -> bool {
        self.records.carries()
    }

    async fn export(&self, sink: Box<dyn FnMut(Row) -> io::Result<()> + Send>) -> Result<(), StoreError> {
        self.records.export(sink).await
    }
}
