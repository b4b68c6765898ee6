//! Filling an empty store from rows: restoring a backup, or moving to another folder.

use std::io;
use std::path::Path;

use super::backend::{Backend, Changes};
use super::engine::{Engine, OpenError, Resources};
use super::folder::Folder;
use super::open::backend;
use carnet_rest::checksum;

use super::Row;

/// Bytes that one write of a filling takes: large, for each is synced.
const BATCH: usize = 16 * 1024 * 1024;

/// Makes a store in a folder that holds none, and fills it with rows. It is there whole or not at all: killed at any moment, it
/// leaves a folder without a store. Gives the number of rows.
///
/// # Errors
/// [`OpenError::NotEmpty`]; [`OpenError::Io`] also where a row cannot be had.
pub fn import(
    engine: Engine,
    folder: &Path,
    resources: Resources,
    rows: impl IntoIterator<Item = io::Result<Row>>,
) -> Result<u64, OpenError> {
    let folder = Folder::take(folder)?;
    if folder.content()?.is_some() {
        return Err(OpenError::NotEmpty);
    }
    let content = folder.prepare(engine)?;
    let backend = backend(engine, &folder.path_of(content), resources)?;
    let mut filling = Filling::new(&*backend);
    for row in rows {
        let (key, value) = row?;
        let key = key.to_bytes();
        let framed = checksum::frame(&key, value);
        filling.push(key, framed)?;
    }
    let rows = filling.finish()?;
    drop(backend);
    folder.install(content)?;
    Ok(rows)
}

/// Rows on their way into an engine, in large writes.
pub(super) struct Filling<'a> {
    backend: &'a dyn Backend,
    changes: Changes,
    bytes: usize,
    rows: u64,
}

impl<'a> Filling<'a> {
    pub(super) fn new(backend: &'a dyn Backend) -> Self {
        Self { backend, changes: Changes::new(), bytes: 0, rows: 0 }
    }

    /// A row, with its checksum.
    pub(super) fn push(&mut self, key: Vec<u8>, framed: Vec<u8>) -> Result<(), super::StoreError> {
        self.bytes += key.len() + framed.len();
        self.rows += 1;
        self.changes.insert(key, Some(framed));
        if self.bytes >= BATCH {
            self.bytes = 0;
            self.backend.write(&std::mem::take(&mut self.changes))?;
        }
        Ok(())
    }

    /// The rest, and how many rows there were.
    pub(super) fn finish(self) -> Result<u64, super::StoreError> {
        if !self.changes.is_empty() {
            self.backend.write(&self.changes)?;
        }
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Key, Range, Space, open};

    const RESOURCES: Resources = Resources { cache_bytes: 8 << 20, reserve_bytes: 0, journal_bytes: 1 << 20 };

    fn rows(count: u32) -> Vec<Row> {
        (0..count).map(|n| (Key::new(Space::Head, [7; 32], n.to_be_bytes()), vec![1; 20_000])).collect()
    }

    #[tokio::test]
    async fn store_that_was_filled_holds_the_rows_and_is_not_filled_twice() {
        for engine in [Engine::Redb, Engine::Sled] {
            let folder = tempfile::tempdir().unwrap();
            let filled = import(engine, folder.path(), RESOURCES, rows(1000).into_iter().map(Ok)).unwrap();
            assert_eq!(filled, 1000);
            let again = import(engine, folder.path(), RESOURCES, rows(1).into_iter().map(Ok));
            assert!(matches!(again, Err(OpenError::NotEmpty)), "{again:?}");
            let records = open(engine, folder.path(), RESOURCES).unwrap();
            assert!(records.scan(Range::all(Space::Head).limit(2000)).await.unwrap() == rows(1000));
        }
    }

    #[tokio::test]
    async fn filling_that_broke_off_leaves_no_store() {
        for engine in [Engine::Redb, Engine::Sled] {
            let folder = tempfile::tempdir().unwrap();
            let broken = rows(1000).into_iter().map(Ok).chain([Err(io::Error::other("end of the backup"))]);
            assert!(matches!(import(engine, folder.path(), RESOURCES, broken), Err(OpenError::Io(_))));
            let records = open(engine, folder.path(), RESOURCES).unwrap();
            assert_eq!(records.scan(Range::all(Space::Head)).await.unwrap(), []);
        }
    }
}
