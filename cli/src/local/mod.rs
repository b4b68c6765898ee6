//! What this client keeps between commands: rows of an embedded store (redb), each sealed under the device's secret.
//!
//! A row's table and key are part of what it is sealed for, so rows cannot change places. Keys are ids that the server knows too, or
//! digests under the device's secret. A change of many rows is one transaction: it is there whole or not at all.

mod row;

use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use carnet_core::device::DeviceError;
use carnet_core::secret::{DeviceSecret, NoRandomness};
use carnet_wire::StableCode;
use carnet_wire::cbor;
use minicbor::{Decode, Encode};
use rayon::prelude::*;
use redb::{Database, DatabaseError, ReadableDatabase as _, TableDefinition};
use zeroize::Zeroizing;

use crate::home::Home;
pub use row::{
    AccountRow, AttestedRow, CatalogueRow, DraftRow, OldVersion, PersonRow, Profile, UnsealedRow, VaultRow,
    WayRow,
};

/// A table of sealed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// What this client is: one row each for its settings, its device's key, its keyring.
    Own,
    /// Lines of accounts, by account.
    Accounts,
    /// Vaults and their chains, by vault.
    Vaults,
    /// What lists show of an entry, by vault and entry.
    Catalogue,
    /// An entry's newest version as the server gives it, by vault and entry.
    Stored,
    /// Deposit statements that entries name, by vault and hash.
    Statements,
    /// The index of texts: see `client/index.rs`.
    Texts,
    /// Entries whose text is to be put into the index, or taken out of it, by vault and entry.
    Pending,
    /// Sealed versions on their way, by content.
    Drafts,
    /// People that this client knows: the address book, by account.
    People,
    /// Statements of a vault's history with their receipts, by vault and number.
    History,
}

impl Table {
    /// Its name, which is part of what its rows are sealed for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Accounts => "accounts",
            Self::Vaults => "vaults",
            Self::Catalogue => "catalogue",
            Self::Stored => "stored",
            Self::Statements => "statements",
            Self::Texts => "texts",
            Self::Pending => "pending",
            Self::Drafts => "drafts",
            Self::People => "people",
            Self::History => "history",
        }
    }

    fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.name())
    }

    fn purpose(self, key: &[u8]) -> Vec<u8> {
        [b"carnet/v1/row/", self.name().as_bytes(), b"/", key].concat()
    }
}

/// The sealed records of one person's client.
pub struct Local {
    database: Database,
    secret: DeviceSecret,
    home: Home,
}

impl core::fmt::Debug for Local {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Local(..)")
    }
}

/// A row's key and its opened bytes.
pub type OpenedRow = (Vec<u8>, Zeroizing<Vec<u8>>);

/// A change of rows, sealed already.
#[derive(Debug, Default)]
pub struct Change(Vec<(Table, Vec<u8>, Option<Vec<u8>>)>);

impl Local {
    /// Opens the records of a folder, or makes them. Another command that is at work there is waited for, ten seconds at most.
    ///
    /// # Errors
    /// [`LocalError::Busy`], [`LocalError::Store`].
    pub fn open(home: &Home, secret: DeviceSecret) -> Result<Self, LocalError> {
        let end = Instant::now() + PATIENCE;
        let database = loop {
            match Database::builder().set_cache_size(CACHE).create(home.records()) {
                Ok(database) => break database,
                Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < end => {
                    sleep(Duration::from_millis(20));
                }
                Err(DatabaseError::DatabaseAlreadyOpen) => return Err(LocalError::Busy),
                Err(error) => return Err(store(error)),
            }
        };
        Ok(Self { database, secret, home: home.clone() })
    }

    /// The folder.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The device's secret, for what is sealed apart from rows.
    #[must_use]
    pub fn secret(&self) -> &DeviceSecret {
        &self.secret
    }

    /// Where a sealed content is kept.
    #[must_use]
    pub fn payload(&self, root: &carnet_wire::id::PayloadRoot) -> PathBuf {
        self.home.payloads().join(root.to_string())
    }

    /// A row.
    ///
    /// # Errors
    /// [`LocalError::Closed`] where it does not open, [`LocalError::Store`].
    pub fn get<T>(&self, table: Table, key: &[u8]) -> Result<Option<T>, LocalError>
    where
        T: for<'b> Decode<'b, ()> + Encode<()>,
    {
        let bytes = self.bytes(table, key)?;
        bytes.map(|bytes| cbor::decode(&bytes, MAX_ROW).map_err(|_| LocalError::Closed)).transpose()
    }

    /// The opened bytes of a row.
    ///
    /// # Errors
    /// As [`Local::get`].
    pub fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, LocalError> {
        let Some(sealed) = self.sealed(table, key)? else { return Ok(None) };
        Ok(Some(self.secret.open(&table.purpose(key), &sealed)?))
    }

    /// The keyring under a name among the client's own rows.
    ///
    /// # Errors
    /// As [`Local::get`].
    pub fn keyring(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<carnet_core::account::Keyring>, LocalError> {
        let Some(sealed) = self.sealed(table, key)? else { return Ok(None) };
        Ok(Some(self.secret.open_keyring(&table.purpose(key), &sealed)?))
    }

    /// The seed under a name among the client's own rows.
    ///
    /// # Errors
    /// As [`Local::get`].
    pub fn seed(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<carnet_core::secret::SigningSeed>, LocalError> {
        let Some(sealed) = self.sealed(table, key)? else { return Ok(None) };
        Ok(Some(self.secret.open_seed(&table.purpose(key), &sealed)?))
    }

    /// All rows whose keys begin so, opened on all cores, in the order of their keys.
    ///
    /// # Errors
    /// As [`Local::get`].
    pub fn scan<T>(&self, table: Table, prefix: &[u8]) -> Result<Vec<(Vec<u8>, T)>, LocalError>
    where
        T: for<'b> Decode<'b, ()> + Encode<()> + Send,
    {
        let opened = self.scan_bytes(table, prefix)?;
        let decode = |(key, bytes): (Vec<u8>, Zeroizing<Vec<u8>>)| {
            cbor::decode(&bytes, MAX_ROW).map(|row| (key, row)).map_err(|_| LocalError::Closed)
        };
        opened.into_par_iter().map(decode).collect()
    }

    /// The same, as bytes.
    ///
    /// # Errors
    /// As [`Local::get`].
    pub fn scan_bytes(&self, table: Table, prefix: &[u8]) -> Result<Vec<OpenedRow>, LocalError> {
        let transaction = self.database.begin_read().map_err(store)?;
        let Ok(rows) = transaction.open_table(table.definition()) else { return Ok(Vec::new()) };
        let mut sealed = Vec::new();
        for row in rows.range(prefix..).map_err(store)? {
            let (key, value) = row.map_err(store)?;
            if !key.value().starts_with(prefix) {
                break;
            }
            sealed.push((key.value().to_vec(), value.value().to_vec()));
        }
        let open = |(key, sealed): (Vec<u8>, Vec<u8>)| {
            let bytes = self.secret.open(&table.purpose(&key), &sealed)?;
            Ok((key, bytes))
        };
        sealed.into_par_iter().map(open).collect()
    }

    /// Whether there is a row. It is not opened.
    ///
    /// # Errors
    /// [`LocalError::Store`].
    pub fn has(&self, table: Table, key: &[u8]) -> Result<bool, LocalError> {
        Ok(self.sealed(table, key)?.is_some())
    }

    /// The keys of all rows whose keys begin so, in their order. No row is opened.
    ///
    /// # Errors
    /// [`LocalError::Store`].
    pub fn keys(&self, table: Table, prefix: &[u8]) -> Result<Vec<Vec<u8>>, LocalError> {
        let transaction = self.database.begin_read().map_err(store)?;
        let Ok(rows) = transaction.open_table(table.definition()) else { return Ok(Vec::new()) };
        let mut keys = Vec::new();
        for row in rows.range(prefix..).map_err(store)? {
            let (key, _) = row.map_err(store)?;
            if !key.value().starts_with(prefix) {
                break;
            }
            keys.push(key.value().to_vec());
        }
        Ok(keys)
    }

    /// Begins a change.
    #[must_use]
    pub fn change(&self) -> Change {
        Change::default()
    }

    /// Puts a row into a change.
    ///
    /// # Errors
    /// [`LocalError::Randomness`].
    pub fn put<T: Encode<()>>(
        &self,
        change: &mut Change,
        table: Table,
        key: &[u8],
        row: &T,
    ) -> Result<(), LocalError> {
        let bytes = Zeroizing::new(cbor::encode(row));
        self.put_bytes(change, table, key, &bytes)
    }

    /// Puts bytes into a change.
    ///
    /// # Errors
    /// [`LocalError::Randomness`].
    pub fn put_bytes(
        &self,
        change: &mut Change,
        table: Table,
        key: &[u8],
        bytes: &[u8],
    ) -> Result<(), LocalError> {
        let sealed = self.secret.seal(&table.purpose(key), bytes)?;
        change.0.push((table, key.to_vec(), Some(sealed)));
        Ok(())
    }

    /// Puts a keyring into a change.
    ///
    /// # Errors
    /// [`LocalError::Randomness`].
    pub fn put_keyring(
        &self,
        change: &mut Change,
        table: Table,
        key: &[u8],
        keyring: &carnet_core::account::Keyring,
    ) -> Result<(), LocalError> {
        let sealed = self.secret.seal_keyring(&table.purpose(key), keyring)?;
        change.0.push((table, key.to_vec(), Some(sealed)));
        Ok(())
    }

    /// Puts a seed into a change.
    ///
    /// # Errors
    /// [`LocalError::Randomness`].
    pub fn put_seed(
        &self,
        change: &mut Change,
        table: Table,
        key: &[u8],
        seed: &carnet_core::secret::SigningSeed,
    ) -> Result<(), LocalError> {
        let sealed = self.secret.seal_seed(&table.purpose(key), seed)?;
        change.0.push((table, key.to_vec(), Some(sealed)));
        Ok(())
    }

    /// Makes a change durable.
    ///
    /// # Errors
    /// [`LocalError::Store`]; nothing of it is there then.
    pub fn commit(&self, change: Change) -> Result<(), LocalError> {
        if change.0.is_empty() {
            return Ok(());
        }
        let mut transaction = self.database.begin_write().map_err(store)?;
        transaction.set_quick_repair(true);
        // Table by table, for opening one takes as long as several rows; in each they keep their order.
        let mut changed = change.0;
        changed.sort_by_key(|(table, ..)| table.name());
        for rows_of_one in changed.chunk_by(|(one, ..), (other, ..)| one == other) {
            let Some((table, ..)) = rows_of_one.first() else { continue };
            let mut rows = transaction.open_table(table.definition()).map_err(store)?;
            for (_, key, value) in rows_of_one {
                match value {
                    Some(value) => drop(rows.insert(key.as_slice(), value.as_slice()).map_err(store)?),
                    None => drop(rows.remove(key.as_slice()).map_err(store)?),
                }
            }
        }
        transaction.commit().map_err(store)
    }

    fn sealed(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, LocalError> {
        let transaction = self.database.begin_read().map_err(store)?;
        match transaction.open_table(table.definition()) {
            Ok(rows) => Ok(rows.get(key).map_err(store)?.map(|value| value.value().to_vec())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(store(error)),
        }
    }
}

impl Change {
    /// Removes a row.
    pub fn remove(&mut self, table: Table, key: &[u8]) {
        self.0.push((table, key.to_vec(), None));
    }

    /// Whether one of the last rows of this change is this one: rows that belong together come together.
    #[must_use]
    pub fn has(&self, table: Table, key: &[u8]) -> bool {
        self.0.iter().rev().take(RECENT).any(|(of, known, _)| *of == table && known == key)
    }

    /// How many rows change.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why this client's records are of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// Another command is at work in the same folder.
    #[error("another command is at work")]
    Busy,
    /// A row does not open: the folder is of another device, or was changed.
    #[error("cannot open")]
    Closed,
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(Box<redb::Error>),
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl From<DeviceError> for LocalError {
    fn from(_: DeviceError) -> Self {
        Self::Closed
    }
}

impl StableCode for LocalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "local-busy",
            Self::Closed => "local-closed",
            Self::Store(_) => "local-store",
            Self::Randomness(_) => "no-randomness",
        }
    }
}

fn store(error: impl Into<redb::Error>) -> LocalError {
    LocalError::Store(Box::new(error.into()))
}

const PATIENCE: Duration = Duration::from_secs(10);
/// Rows of a change that are looked through for one that is there already.
const RECENT: usize = 1_000;
const CACHE: usize = 64 * 1024 * 1024;
/// Most bytes of one row: a page of the server with all of its statements.
const MAX_ROW: usize = 32 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> (tempfile::TempDir, Local) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        home.make().unwrap();
        let local = Local::open(&home, DeviceSecret::make().unwrap()).unwrap();
        (folder, local)
    }

    #[test]
    fn row_that_was_moved_to_another_key_does_not_open() {
        let (_folder, local) = local();
        let mut change = local.change();
        local.put(&mut change, Table::People, b"one", &"Zoe".to_owned()).unwrap();
        local.commit(change).unwrap();
        assert_eq!(local.get::<String>(Table::People, b"one").unwrap().as_deref(), Some("Zoe"));
        let sealed = local.sealed(Table::People, b"one").unwrap().unwrap();
        let mut moved = local.change();
        moved.0.push((Table::People, b"two".to_vec(), Some(sealed)));
        local.commit(moved).unwrap();
        assert!(matches!(local.get::<String>(Table::People, b"two"), Err(LocalError::Closed)));
    }

    #[test]
    fn nothing_readable_lies_in_the_records() {
        let (folder, local) = local();
        let mut change = local.change();
        local.put(&mut change, Table::Catalogue, b"key", &"Hemoglobine 13,4".to_owned()).unwrap();
        local.commit(change).unwrap();
        drop(local);
        let bytes = std::fs::read(folder.path().join("records.redb")).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"Hemoglobine"));
    }

    #[test]
    fn scan_gives_what_begins_so_and_nothing_else() {
        let (_folder, local) = local();
        let mut change = local.change();
        for key in ["a1", "a2", "b1"] {
            local.put(&mut change, Table::Texts, key.as_bytes(), &key.to_owned()).unwrap();
        }
        local.commit(change).unwrap();
        let rows: Vec<(Vec<u8>, String)> = local.scan(Table::Texts, b"a").unwrap();
        assert_eq!(rows.iter().map(|(_, row)| row.as_str()).collect::<Vec<_>>(), ["a1", "a2"]);
        let mut change = local.change();
        change.remove(Table::Texts, b"a1");
        local.commit(change).unwrap();
        assert_eq!(local.scan::<String>(Table::Texts, b"a").unwrap().len(), 1);
    }
}
