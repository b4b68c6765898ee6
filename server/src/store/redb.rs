//! Records in redb: one file, one table from a key's bytes to a value with its checksum.
//!
//! Each write is one transaction with quick repair: two phases (the pages, then the pointer to them, an `fsync` each), and what a
//! restart needs stands in the file, so that opening after a crash does not walk the whole of it. Readers see a moment and never
//! anything that is not durable yet.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use carnet_rest::StoreFile;
use redb::{
    AccessGuard, Database, DatabaseError, ReadOnlyTable, ReadableDatabase, StorageError, TableDefinition,
};

use super::backend::{Backend, Changes, Pair};
use super::bounds::Bounds;
use super::{OpenError, StoreError};

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(StoreFile::TABLE);

type Rows = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// A redb database.
pub(crate) struct Redb {
    /// The table as the last write left it: to open it anew for each read would cost half of a short one.
    rows: RwLock<Option<Arc<Rows>>>,
    database: Database,
}

impl Redb {
    /// Opens or makes the database in a file whose folder exists.
    pub(crate) fn open(path: &Path, cache_bytes: usize) -> Result<Self, OpenError> {
        let opened = Database::builder().set_cache_size(cache_bytes).create(path);
        let database = opened.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenError::Locked,
            error => OpenError::Refused(error.to_string()),
        })?;
        let store = Self { rows: RwLock::default(), database };
        store.write(&Changes::new())?;
        Ok(store)
    }

    fn table(&self) -> Result<Arc<Rows>, StoreError> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        rows.clone().ok_or_else(|| StoreError::Backend("a write has failed".into()))
    }

    /// Has reads from here on see what is stored now. The pages of before are free again once nobody reads them any more.
    fn renew(&self) -> Result<(), StoreError> {
        let rows = self.database.begin_read().map_err(failed)?.open_table(TABLE).map_err(failed)?;
        *self.rows.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rows));
        Ok(())
    }
}

impl Backend for Redb {
    fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let table = self.table()?;
        keys.iter()
            .map(|key| Ok(table.get(key.as_slice()).map_err(failed)?.map(|value| value.value().to_vec())))
            .collect()
    }

    fn scan(&self, bounds: Bounds, limit: usize, backwards: bool) -> Result<Vec<Pair>, StoreError> {
        let table = self.table()?;
        let (low, high) = &bounds;
        let bounds = (low.as_ref().map(Vec::as_slice), high.as_ref().map(Vec::as_slice));
        let found = table.range::<&[u8]>(bounds).map_err(failed)?;
        if backwards {
            found.rev().take(limit).map(pair).collect()
        } else {
            found.take(limit).map(pair).collect()
        }
    }

    fn write(&self, changes: &Changes) -> Result<(), StoreError> {
        let mut transaction = self.database.begin_write().map_err(failed)?;
        transaction.set_quick_repair(true);
        {
            let mut table = transaction.open_table(TABLE).map_err(failed)?;
            for (key, value) in changes {
                match value {
                    Some(value) => table.insert(key.as_slice(), value.as_slice()).map_err(failed)?,
                    None => table.remove(key.as_slice()).map_err(failed)?,
                };
            }
        }
        transaction.commit().map_err(failed)?;
        self.renew()
    }

    fn export(&self, sink: &mut dyn FnMut(Pair) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let table = self.table()?;
        for found in table.range::<&[u8]>(..).map_err(failed)? {
            sink(pair(found)?)?;
        }
        Ok(())
    }
}

type Found<'a> = Result<(AccessGuard<'a, &'static [u8]>, AccessGuard<'a, &'static [u8]>), StorageError>;

fn pair(found: Found<'_>) -> Result<Pair, StoreError> {
    let (key, value) = found.map_err(failed)?;
    Ok((key.value().to_vec(), value.value().to_vec()))
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Backend(error.to_string())
}
