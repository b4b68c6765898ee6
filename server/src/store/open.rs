//! How a store is opened.

use std::path::Path;
use std::sync::Arc;

use carnet_rest::StoreFile;

use super::backend::Backend;
use super::embedded::Embedded;
use super::engine::{Engine, OpenError, Resources};
use super::folder::Folder;
use super::journaled::Journaled;
use super::redb::Redb;
use super::room::Room;
use super::sled::Sled;
use super::{Along, Records};

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
    use crate::store::backend::Changes;
    use crate::store::conformance::{self, Subject};
    use crate::store::{Commit, Key, Space, StoreError, Transaction};

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
