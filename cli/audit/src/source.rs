//! The records of a store that no server has open, read only.
//!
//! redb opens its file read only. sled writes when it opens, and redb has to repair what a crash left: then a copy is read, in the
//! system's temporary folder, and removed afterwards.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use carnet_rest::pieces::{PIECES, piece_key, pieces_of};
use carnet_rest::{Key, StoreFile, checksum};
use carnet_wire::id::{PayloadRoot, VaultId};
use redb::{ReadOnlyDatabase, ReadableDatabase as _, TableDefinition, TableError};

use super::journal::Journaled;
use super::tally::Tally;
use crate::error::AuditError;

/// What is given each stored pair: the key's bytes and the value's, with its checksum.
pub(super) type Sink<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), AuditError>;

/// A store's records.
pub(super) trait Source {
    /// What is stored under a key, with its checksum.
    ///
    /// # Errors
    /// [`AuditError`].
    fn stored(&self, key: &[u8]) -> Result<Option<Vec<u8>>, AuditError>;

    /// Gives every pair whose key begins with these bytes, in the order of the keys.
    ///
    /// # Errors
    /// [`AuditError`].
    fn each(&self, prefix: &[u8], sink: Sink<'_>) -> Result<(), AuditError>;

    /// The value of a key; nothing also where it is damaged: that is found where the key is walked.
    ///
    /// # Errors
    /// [`AuditError`].
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, AuditError> {
        let key = key.to_bytes();
        Ok(self.stored(&key)?.and_then(|framed| checksum::open(&key, framed)))
    }

    /// The nonce of a payload that a journal holds: its file may not be there, or not whole.
    fn carried(&self, _: &VaultId, _: &PayloadRoot) -> Option<[u8; 16]> {
        None
    }

    /// What was counted of a journal, besides its records, and what was found.
    fn journal(&self) -> Tally {
        Tally::default()
    }
}

/// Opens the store of a folder `records`.
///
/// # Errors
/// [`AuditError`] where a server has it open, or it cannot be read.
pub(super) fn open(folder: &Path) -> Result<Box<dyn Source>, AuditError> {
    let path = folder.join(StoreFile::NAME);
    let said = fs::read_to_string(&path).map_err(|error| AuditError::file(&path, error))?;
    let file = StoreFile::parse(&said).map_err(|error| AuditError::OtherVersion(error.to_string()))?;
    let lock = take(&folder.join("lock"))?;
    let data = folder.join(file.data());
    let engine: Box<dyn Source> = match file.engine.as_str() {
        "redb" => Box::new(Redb::open(&data.join(StoreFile::REDB), lock)?),
        "sled" => Box::new(Sled::open(&data, lock)?),
        other => return Err(AuditError::OtherVersion(format!("the store is of engine {other}"))),
    };
    Ok(Box::new(Journaled::open(engine, &data)?))
}

/// Takes the store's lock, where there is one: a copy may have none.
fn take(path: &Path) -> Result<Option<File>, AuditError> {
    let lock = match File::open(path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(AuditError::file(path, error)),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(AuditError::Locked),
        Err(TryLockError::Error(error)) => Err(AuditError::file(path, error)),
    }
}

/// No records.
pub(super) struct Nothing;

impl Source for Nothing {
    fn stored(&self, _: &[u8]) -> Result<Option<Vec<u8>>, AuditError> {
        Ok(None)
    }

    fn each(&self, _: &[u8], _: Sink<'_>) -> Result<(), AuditError> {
        Ok(())
    }
}

/// A redb file.
pub(super) struct Redb {
    database: ReadOnlyDatabase,
    _lock: Option<File>,
    _copy: Option<tempfile::TempDir>,
}

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(StoreFile::TABLE);

type Table = redb::ReadOnlyTable<&'static [u8], &'static [u8]>;

impl Redb {
    /// Opens it; `lock` is held as long as it is open.
    ///
    /// # Errors
    /// [`AuditError`].
    pub(super) fn open(path: &Path, lock: Option<File>) -> Result<Self, AuditError> {
        if let Ok(database) = ReadOnlyDatabase::open(path) {
            return Ok(Self { database, _lock: lock, _copy: None });
        }
        let no_room = AuditError::NoRoom;
        let folder = tempfile::tempdir().map_err(no_room)?;
        let copy = folder.path().join("copy.redb");
        fs::copy(path, &copy).map_err(no_room)?;
        // Opening to write repairs the copy.
        redb::Database::open(&copy).map_err(failed)?;
        let database = ReadOnlyDatabase::open(&copy).map_err(failed)?;
        Ok(Self { database, _lock: lock, _copy: Some(folder) })
    }

    fn table(&self) -> Result<Option<Table>, AuditError> {
        match self.database.begin_read().map_err(failed)?.open_table(TABLE) {
            Ok(table) => Ok(Some(table)),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

impl Source for Redb {
    fn stored(&self, key: &[u8]) -> Result<Option<Vec<u8>>, AuditError> {
        let Some(table) = self.table()? else { return Ok(None) };
        Ok(table.get(key).map_err(failed)?.map(|value| value.value().to_vec()))
    }

    fn each(&self, prefix: &[u8], sink: Sink<'_>) -> Result<(), AuditError> {
        let Some(table) = self.table()? else { return Ok(()) };
        for pair in table.range::<&[u8]>(prefix..).map_err(failed)? {
            let (key, value) = pair.map_err(failed)?;
            if !key.value().starts_with(prefix) {
                break;
            }
            sink(key.value(), value.value())?;
        }
        Ok(())
    }
}

struct Sled {
    database: sled::Db,
    _lock: Option<File>,
    _copy: tempfile::TempDir,
}

impl Sled {
    fn open(data: &Path, lock: Option<File>) -> Result<Self, AuditError> {
        let (copy, data) = copy(data)?;
        let database = sled::Config::new().path(data).cache_capacity(16 << 20).open().map_err(failed)?;
        Ok(Self { database, _lock: lock, _copy: copy })
    }

    /// The bytes that a head stands for.
    fn assemble(&self, key: &[u8], head: &[u8]) -> Result<Vec<u8>, AuditError> {
        let Some((name, count)) = pieces_of(head) else {
            return Ok(head.get(1..).unwrap_or_default().to_vec());
        };
        let mut stored = Vec::new();
        for number in 0..count {
            let piece = self.database.get(piece_key(key, name, number)).map_err(failed)?;
            stored.extend_from_slice(&piece.unwrap_or_default());
        }
        Ok(stored)
    }
}

impl Source for Sled {
    fn stored(&self, key: &[u8]) -> Result<Option<Vec<u8>>, AuditError> {
        let head = self.database.get(key).map_err(failed)?;
        head.map(|head| self.assemble(key, &head)).transpose()
    }

    fn each(&self, prefix: &[u8], sink: Sink<'_>) -> Result<(), AuditError> {
        for pair in self.database.scan_prefix(prefix) {
            let (key, head) = pair.map_err(failed)?;
            // Pieces are read with the values that they belong to.
            if key.first() == Some(&PIECES) {
                break;
            }
            sink(&key, &self.assemble(&key, &head)?)?;
        }
        Ok(())
    }
}

/// Copies a folder of data, without what sled left unfinished: it would take that for whole.
fn copy(data: &Path) -> Result<(tempfile::TempDir, PathBuf), AuditError> {
    let copy = tempfile::tempdir().map_err(AuditError::NoRoom)?;
    let to = copy.path().join("data");
    copy_folder(data, &to)?;
    Ok((copy, to))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), AuditError> {
    let failed = |error| AuditError::file(from, error);
    fs::create_dir(to).map_err(AuditError::NoRoom)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &to)?;
        } else if path.extension().is_none_or(|extension| extension != "generating") {
            fs::copy(&path, &to).map_err(AuditError::NoRoom)?;
        }
    }
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> AuditError {
    AuditError::Damaged(error.to_string())
}
