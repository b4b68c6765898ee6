//! The embedded engines, and how a store is opened.

use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use carnet_wire::rest::StoreFile;

use super::embedded::{Backend, Embedded};
use super::folder::Folder;
use super::journaled::Journaled;
use super::redb::Redb;
use super::room::Room;
use super::sled::Sled;
use super::{Along, Records, StoreError};

/// An embedded engine, chosen by one line of configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// redb 4.
    #[default]
    Redb,
    /// sled 0.34.
    Sled,
}

impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        match name {
            "redb" => Ok(Self::Redb),
            "sled" => Ok(Self::Sled),
            _ => Err(UnknownEngine),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redb => "redb",
            Self::Sled => "sled",
        })
    }
}

/// No engine has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine is \"redb\" or \"sled\"")]
pub struct UnknownEngine;

/// Why a store is not opened. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it open.
    #[error("another process has this store open: stop it first")]
    Locked,
    /// Another engine made it.
    #[error(
        "the engine {0} made this store: name it in the configuration, or rewrite the store for another engine"
    )]
    Engine(Engine),
    /// Another version of Carnet made it.
    #[error("this store has format {0}, which this version does not know: use the version that made it")]
    Format(u32),
    /// The folder is not what was left there.
    #[error("this store is damaged ({0}): restore a backup")]
    Damaged(&'static str),
    /// What is to be filled holds something already.
    #[error("there is a store already: name an empty folder")]
    NotEmpty,
    /// The engine refuses its files.
    #[error("the engine cannot open its files: {0}; restore a backup, or see what the disk says")]
    Refused(String),
    /// The system failed.
    #[error("the store's folder: {0}")]
    Io(#[from] io::Error),
}

impl OpenError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked => "store-locked",
            Self::Engine(_) => "store-engine",
            Self::Format(_) => "store-format",
            Self::Damaged(_) => "store-damaged",
            Self::NotEmpty => "store-not-empty",
            Self::Refused(_) => "store-refused",
            Self::Io(_) => "store-io",
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// What an engine may use.
#[derive(Debug, Clone, Copy)]
pub struct Resources {
    /// Bytes of memory for the engine's cache.
    pub cache_bytes: usize,
    /// Bytes of the disk that stay free: below it, a transaction that writes is refused ([`StoreError::Full`]).
    pub reserve_bytes: u64,
    /// Bytes after which a file of the journal is full: from 64 KiB to 1 GiB.
    pub journal_bytes: u64,
}

impl Resources {
    /// The usual length of a file of the journal.
    pub const JOURNAL: u64 = 128 << 20;

    /// So much cache, and the usual reserve and journal.
    #[must_use]
    pub fn cache(cache_bytes: usize) -> Self {
        Self { cache_bytes, reserve_bytes: Room::RESERVE, journal_bytes: Self::JOURNAL }
    }
}

/// Opens the store in a folder, or makes one there. The folder is this process's until the store is dropped.
///
/// # Errors
/// [`OpenError`].
pub fn open(engine: Engine, folder: &Path, resources: Resources) -> Result<Arc<dyn Records>, OpenError> {
    opened(engine, folder, resources, None)
}

/// The same, of a store whose transactions take along what lives at `along`.
///
/// # Errors
/// [`OpenError`].
pub fn open_along(
    engine: Engine,
    folder: &Path,
    resources: Resources,
    along: Arc<dyn Along>,
) -> Result<Arc<dyn Records>, OpenError> {
    opened(engine, folder, resources, Some(along))
}

fn opened(
    engine: Engine,
    folder: &Path,
    resources: Resources,
    along: Option<Arc<dyn Along>>,
) -> Result<Arc<dyn Records>, OpenError> {
    let folder = Folder::take(folder)?;
    let (content, backend) = match folder.content()? {
        Some(content) if content.engine != engine => return Err(OpenError::Engine(content.engine)),
        Some(content) => (content, backend(engine, &folder.path_of(content), resources)?),
        None => {
            let content = folder.prepare(engine)?;
            let backend = backend(engine, &folder.path_of(content), resources)?;
            folder.install(content)?;
            (content, backend)
        }
    };
    let room = Room::watch(folder.path(), resources.reserve_bytes)?;
    let data = folder.path_of(content);
    let backend =
        Arc::new(Journaled::start(backend, &data, along, resources.journal_bytes, folder.into_lock())?);
    Ok(Arc::new(Embedded::start(backend, room)?))
}

/// Opens an engine in its folder of data.
pub(super) fn backend(
    engine: Engine,
    data: &Path,
    resources: Resources,
) -> Result<Box<dyn Backend>, OpenError> {
    match engine {
        Engine::Redb => Ok(Box::new(redb(&data.join(StoreFile::REDB), resources.cache_bytes)?)),
        Engine::Sled => {
            guarded(|| Ok(Sled::open(data, resources.cache_bytes)?)).map(|sled| Box::new(sled) as Box<_>)
        }
    }
}

/// Opens or makes a redb file whose folder exists.
pub(crate) fn redb(path: &Path, cache_bytes: usize) -> Result<Redb, OpenError> {
    guarded(|| Redb::open(path, cache_bytes))
}

/// Opens on a thread of its own: both engines may panic on files that a disk has damaged.
fn guarded<T: Send>(open: impl FnOnce() -> Result<T, OpenError> + Send) -> Result<T, OpenError> {
    let opened = std::thread::scope(|scope| scope.spawn(open).join());
    opened.unwrap_or_else(|_| Err(OpenError::Refused("it panicked on them".into())))
}

#[cfg(test)]
pub(super) mod tests {
    use async_trait::async_trait;
    use tempfile::TempDir;

    use super::*;
    use crate::store::conformance::{self, Subject};
    use crate::store::embedded::Changes;
    use crate::store::{Commit, Key, Space, Transaction};

    const CACHE: Resources = Resources { cache_bytes: 8 << 20, reserve_bytes: 0, journal_bytes: 64 << 10 };

    /// An engine on a folder that goes with it.
    pub(in crate::store) struct OnDisk {
        engine: Engine,
        // Before its folder: it writes when it is dropped.
        records: Option<Arc<dyn Records>>,
        folder: TempDir,
    }

    impl OnDisk {
        pub(in crate::store) fn new(engine: Engine) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let records = Some(open(engine, folder.path(), CACHE).unwrap());
            Self { engine, folder, records }
        }
    }

    #[async_trait]
    impl Subject for OnDisk {
        fn records(&self) -> Arc<dyn Records> {
            Arc::clone(self.records.as_ref().unwrap())
        }

        async fn reopen(&mut self) {
            self.records = None;
            self.records = Some(open(self.engine, self.folder.path(), CACHE).unwrap());
        }

        async fn damage(&mut self, key: &Key) {
            self.records = None;
            {
                let folder = Folder::take(self.folder.path()).unwrap();
                let data = folder.path_of(folder.content().unwrap().unwrap());
                flip(&*backend(self.engine, &data, CACHE).unwrap(), key);
            }
            self.reopen().await;
        }
    }

    fn flip(backend: &dyn Backend, key: &Key) {
        let key = key.to_bytes();
        let mut value = backend.get(std::slice::from_ref(&key)).unwrap().remove(0).unwrap();
        let middle = value.len() / 2;
        value[middle] ^= 16;
        backend.write(&Changes::from([(key, Some(value))])).unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn redb_conforms() {
        conformance::all(|| OnDisk::new(Engine::Redb)).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sled_conforms() {
        conformance::all(|| OnDisk::new(Engine::Sled)).await;
    }

    #[test]
    fn engine_of_another_name_is_refused() {
        for engine in [Engine::Redb, Engine::Sled] {
            assert_eq!(engine.to_string().parse(), Ok(engine));
        }
        for name in ["", "Redb", "sqlite", "redb "] {
            assert_eq!(name.parse::<Engine>(), Err(UnknownEngine));
        }
    }

    #[test]
    fn store_open_twice_is_refused_with_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(Engine::Redb, folder.path(), CACHE).unwrap();
        let code = |engine| open(engine, folder.path(), CACHE).err().map(|error| error.code());
        assert_eq!(code(Engine::Redb), Some("store-locked"));
        assert_eq!(code(Engine::Sled), Some("store-locked"));
        drop(first);
        assert_eq!(code(Engine::Sled), Some("store-engine"));
        assert_eq!(code(Engine::Redb), None);
    }

    #[tokio::test]
    async fn full_disk_refuses_what_grows_and_takes_what_shrinks() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::new(Space::Head, [1; 32], []);
        let write = Transaction { put: vec![(key.clone(), vec![1])], ..Transaction::default() };
        let remove = Transaction { delete: vec![key.clone()], ..Transaction::default() };
        let records = open(Engine::Redb, folder.path(), CACHE).unwrap();
        assert_eq!(records.commit(write.clone()).await, Ok(Commit::Done));
        drop(records);
        let full = Resources { reserve_bytes: u64::MAX, ..CACHE };
        let records = open(Engine::Redb, folder.path(), full).unwrap();
        assert_eq!(records.commit(write).await, Err(StoreError::Full));
        assert_eq!(records.get(vec![key.clone()]).await, Ok(vec![Some(vec![1])]));
        assert_eq!(records.commit(remove).await, Ok(Commit::Done));
        assert_eq!(records.get(vec![key]).await, Ok(vec![None]));
    }
}
