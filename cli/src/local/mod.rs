//! What this client keeps between commands: rows of an embedded store (redb), each sealed under the device's secret.
//!
//! A row's table and key are part of what it is sealed for, so rows cannot change places. Keys are ids that the server knows too, or
//! digests under the device's secret. A change of many rows is one transaction: it is there whole or not at all.

mod error;
pub(crate) use error::is_full;
mod guard;
mod row;
mod tally;

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use carnet_core::secret::DeviceSecret;
use carnet_wire::cbor;
use minicbor::{Decode, Encode};
use rayon::prelude::*;
use redb::{
    Database, DatabaseError, ReadOnlyDatabase, ReadableTableMetadata as _, StorageError, TableDefinition,
    TableError,
};
use zeroize::Zeroizing;

use crate::home::Home;
pub use error::LocalError;
use error::store;
use guard::{Engine, Guarded, guard};
pub use row::{
    AccountRow, AttestedRow, CatalogueRow, DraftRow, OldVersion, PersonRow, Profile, UnsealedRow, VaultRow,
    WayRow, entry_key,
};
use tally::Tally;

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
    /// All of them.
    const ALL: [Self; 11] = [
        Self::Own,
        Self::Accounts,
        Self::Vaults,
        Self::Catalogue,
        Self::Stored,
        Self::Statements,
        Self::Texts,
        Self::Pending,
        Self::Drafts,
        Self::People,
        Self::History,
    ];

    /// Whether all rows are counted where some are listed. Rows of the others are long, or very many.
    fn is_counted(self) -> bool {
        matches!(
            self,
            Self::Accounts | Self::Vaults | Self::Catalogue | Self::Pending | Self::Drafts | Self::People
        )
    }

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
    database: Guarded,
    secret: DeviceSecret,
    home: Home,
    tally: Mutex<Tally>,
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
    /// Makes the records of a folder that has none.
    ///
    /// # Errors
    /// As [`Local::open`].
    pub fn make(home: &Home, secret: DeviceSecret) -> Result<Self, LocalError> {
        let make = |path| Database::builder().set_cache_size(CACHE).create(path).map(Engine::Own);
        Self::begin(home, secret, PATIENCE, make)
    }

    /// Opens the records of a folder. Another command that is at work there is waited for, ten seconds at most.
    ///
    /// # Errors
    /// [`LocalError::Busy`]; [`LocalError::Damaged`] where there are none, or where a table has other rows than the last change left;
    /// [`LocalError::Closed`] where they are another device's; [`LocalError::Store`].
    pub fn open(home: &Home, secret: DeviceSecret) -> Result<Self, LocalError> {
        let open = |path| Database::builder().set_cache_size(CACHE).open(path).map(Engine::Own);
        Self::begin(home, secret, PATIENCE, open)
    }

    /// Looks at the records of a folder: nothing is written, nothing is repaired, nobody is waited for.
    ///
    /// # Errors
    /// As [`Local::open`]; [`LocalError::Busy`] at once where another command is at work there.
    pub fn look(home: &Home, secret: DeviceSecret) -> Result<Self, LocalError> {
        Self::begin(home, secret, Duration::ZERO, |path| ReadOnlyDatabase::open(path).map(Engine::Look))
    }

    fn begin(
        home: &Home,
        secret: DeviceSecret,
        patience: Duration,
        open: impl Fn(PathBuf) -> Result<Engine, DatabaseError>,
    ) -> Result<Self, LocalError> {
        let end = Instant::now() + patience;
        let database = loop {
            // The engine may panic on a damaged file here too.
            match guard(|| Ok(open(home.records())))? {
                Ok(database) => break Guarded::new(database),
                Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < end => {
                    sleep(Duration::from_millis(20));
                }
                Err(DatabaseError::DatabaseAlreadyOpen) => return Err(LocalError::Busy),
                Err(DatabaseError::Storage(StorageError::Io(error)))
                    if error.kind() == ErrorKind::NotFound =>
                {
                    return Err(LocalError::Damaged);
                }
                Err(error) => return Err(store(error)),
            }
        };
        let mut local = Self { database, secret, home: home.clone(), tally: Mutex::default() };
        let tally: Tally = local.get(Table::Own, Tally::KEY)?.unwrap_or_default();
        for table in Table::ALL.into_iter().filter(|table| *table != Table::Own) {
            if local.rows(table)? != tally.rows(table) {
                return Err(LocalError::Damaged);
            }
        }
        local.tally = Mutex::new(tally);
        Ok(local)
    }

    /// How many rows a table says that it has.
    fn rows(&self, table: Table) -> Result<u64, LocalError> {
        self.database.with(|database| {
            let transaction = database.begin_read()?;
            match transaction.open_table(table.definition()) {
                Ok(rows) => rows.len().map_err(store),
                Err(TableError::TableDoesNotExist(_)) => Ok(0),
                Err(error) => Err(store(error)),
            }
        })
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
        let sealed = self.range(table, prefix, |value| value.to_vec())?;
        let open = |(key, sealed): (Vec<u8>, Vec<u8>)| {
            let bytes = self.secret.open(&table.purpose(&key), &sealed)?;
            Ok((key, bytes))
        };
        sealed.into_par_iter().map(open).collect()
    }

    /// Rows whose keys begin so. Where a table is short, all of its rows are counted: a damaged page may hide some.
    fn range<T>(
        &self,
        table: Table,
        prefix: &[u8],
        take: impl Fn(&[u8]) -> T,
    ) -> Result<Vec<(Vec<u8>, T)>, LocalError> {
        self.database.with(|database| {
            let transaction = database.begin_read()?;
            let rows = match transaction.open_table(table.definition()) {
                Ok(rows) => rows,
                Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                Err(error) => return Err(store(error)),
            };
            let (mut found, mut count) = (Vec::new(), 0_u64);
            let from: &[u8] = if table.is_counted() { &[] } else { prefix };
            for row in rows.range(from..).map_err(store)? {
                let (key, value) = row.map_err(store)?;
                count = count.saturating_add(1);
                if key.value().starts_with(prefix) {
                    found.push((key.value().to_vec(), take(value.value())));
                } else if !table.is_counted() {
                    break;
                }
            }
            if table.is_counted() && count != rows.len().map_err(store)? {
                return Err(LocalError::Damaged);
            }
            Ok(found)
        })
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
        Ok(self.range(table, prefix, |_| ())?.into_iter().map(|(key, ())| key).collect())
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
    /// [`LocalError::Full`], [`LocalError::Store`]; nothing of it is there then.
    pub fn commit(&self, change: Change) -> Result<(), LocalError> {
        if change.0.is_empty() {
            return Ok(());
        }
        let mut known = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tally = known.clone();
        self.database.with(|database| {
            let mut transaction = database.begin_write()?;
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
                if *table != Table::Own {
                    tally.note(*table, rows.len().map_err(store)?);
                }
            }
            if tally != *known {
                let sealed = self.secret.seal(&Table::Own.purpose(Tally::KEY), &cbor::encode(&tally))?;
                let mut own = transaction.open_table(Table::Own.definition()).map_err(store)?;
                drop(own.insert(Tally::KEY, sealed.as_slice()).map_err(store)?);
            }
            transaction.commit().map_err(store)
        })?;
        *known = tally;
        Ok(())
    }

    fn sealed(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, LocalError> {
        self.database.with(|database| {
            let transaction = database.begin_read()?;
            match transaction.open_table(table.definition()) {
                Ok(rows) => Ok(rows.get(key).map_err(store)?.map(|value| value.value().to_vec())),
                Err(TableError::TableDoesNotExist(_)) => Ok(None),
                Err(error) => Err(store(error)),
            }
        })
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
        let local = Local::make(&home, DeviceSecret::make().unwrap()).unwrap();
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

    #[test]
    fn flipped_byte_anywhere_in_the_file_is_told_or_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        home.make().unwrap();
        let secret = DeviceSecret::make().unwrap();
        let secret = || DeviceSecret::parse(&secret.to_text().unwrap()).unwrap();
        let local = Local::make(&home, secret()).unwrap();
        let mut change = local.change();
        local.put(&mut change, Table::Own, b"profile", &"Zoe".to_owned()).unwrap();
        for number in 0..80_u32 {
            let row = format!("document {number}");
            local.put(&mut change, Table::Catalogue, &number.to_be_bytes(), &row).unwrap();
        }
        local.commit(change).unwrap();
        drop(local);
        // What every account has is damage where it is missing, to this client as here.
        let read = || {
            let local = Local::open(&home, secret())?;
            let profile: String = local.get(Table::Own, b"profile")?.ok_or(LocalError::Damaged)?;
            let rows: Vec<(Vec<u8>, String)> = local.scan(Table::Catalogue, b"")?;
            Ok((profile, rows))
        };
        let whole = std::fs::read(home.records()).unwrap();
        let right = read().unwrap();
        assert_eq!(right.1.len(), 80);
        let mut told = 0;
        // The beginning of each page says what lies in it: there each byte counts.
        let used = |place: &usize| whole[place - place % 4096..].iter().take(4096).any(|byte| *byte != 0);
        let counts =
            |place: &usize| place % 4096 < 16 && place.is_multiple_of(4) || place.is_multiple_of(1999);
        let places = (0..whole.len()).filter(counts).filter(used);
        for place in places {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x41;
            std::fs::write(home.records(), &bytes).unwrap();
            match read() {
                Ok(found) => assert!(found == right, "byte {place}"),
                Err(LocalError::Damaged | LocalError::Closed | LocalError::Store(_)) => told += 1,
                Err(other) => panic!("byte {place}: {other}"),
            }
        }
        assert!(told > 0);
        std::fs::remove_file(home.records()).unwrap();
        assert!(matches!(read(), Err(LocalError::Damaged)));
    }
}
