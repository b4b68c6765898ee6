//! Rewriting a store: into a fresh folder of data beside it, which then takes its place. The disk gets back what deleted records
//! took, and nothing of them stays in the files. Also the way from one engine to the other.

use std::fs;
use std::io;
use std::path::Path;

use super::engine::{Engine, OpenError, Resources};
use super::folder::Folder;
use super::import::Filling;
use super::journal;
use super::open::backend;
use carnet_rest::journal::MARK;

/// What a rewriting did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reclaimed {
    /// Records of the store.
    pub rows: u64,
    /// Bytes on disk before.
    pub before: u64,
    /// Bytes on disk after.
    pub after: u64,
}

/// Rewrites a store that no process has open, for the engine named. Every record is checked on the way: a damaged one ends it, and
/// the store stays as it was. Killed at any moment, it leaves the store as it was or rewritten. It needs room for both.
///
/// # Errors
/// [`OpenError`].
pub fn reclaim(engine: Engine, folder: &Path, resources: Resources) -> Result<Reclaimed, OpenError> {
    let folder = Folder::take(folder)?;
    let old_content = folder.content()?.ok_or(OpenError::Damaged("there is none"))?;
    let content = folder.prepare(engine)?;
    let (old_path, path) = (folder.path_of(old_content), folder.path_of(content));
    let before = size(&old_path)?;
    // Both are open at once, and may take together what a server may.
    let resources = Resources { cache_bytes: resources.cache_bytes / 2, ..resources };
    let old = backend(old_content.engine, &old_path, resources)?;
    let new = backend(engine, &path, resources)?;
    let mut filling = Filling::new(&*new);
    journal::replay(&old_path, &*old, None)?;
    old.export(&mut |(key, framed)| {
        if key == MARK {
            return Ok(());
        }
        super::row(&key, framed.clone())?;
        filling.push(key, framed)
    })?;
    let rows = filling.finish()?;
    drop((old, new));
    folder.install(content)?;
    Ok(Reclaimed { rows, before, after: size(&path)? })
}

/// Bytes that the files of a folder take on the disk.
fn size(folder: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        bytes += if data.is_dir() { size(&entry.path())? } else { data.blocks() * 512 };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Commit, Key, Range, Space, Transaction, open};

    const RESOURCES: Resources = Resources { cache_bytes: 8 << 20, reserve_bytes: 0, journal_bytes: 1 << 20 };

    #[tokio::test]
    async fn rewriting_gives_room_back_and_keeps_the_rest() {
        for (engine, next) in
            [(Engine::Redb, Engine::Redb), (Engine::Sled, Engine::Sled), (Engine::Redb, Engine::Sled)]
        {
            let folder = tempfile::tempdir().unwrap();
            let key = |n: u32| Key::new(Space::Version, [3; 32], n.to_be_bytes());
            let records = open(engine, folder.path(), RESOURCES).unwrap();
            for chunk in 0..20 {
                let put = (0..100).map(|n| (key(chunk * 100 + n), vec![5; 3000])).collect();
                let write = Transaction { put, ..Transaction::default() };
                assert_eq!(records.commit(write).await, Ok(Commit::Done));
            }
            for chunk in 0..19 {
                let delete = (0..100).map(|n| key(chunk * 100 + n)).collect();
                let remove = Transaction { delete, ..Transaction::default() };
                assert_eq!(records.commit(remove).await, Ok(Commit::Done));
            }
            let rest = records.scan(Range::all(Space::Version)).await.unwrap();
            assert!(matches!(reclaim(next, folder.path(), RESOURCES), Err(OpenError::Locked)));
            drop(records);
            let done = reclaim(next, folder.path(), RESOURCES).unwrap();
            assert_eq!(done.rows, 100);
            assert!(done.after < done.before, "{engine} to {next}: {done:?}");
            let records = open(next, folder.path(), RESOURCES).unwrap();
            assert!(records.scan(Range::all(Space::Version)).await.unwrap() == rest);
        }
    }

    #[tokio::test]
    async fn damaged_record_ends_a_rewriting_and_leaves_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::new(Space::Head, [1; 32], []);
        drop(open(Engine::Redb, folder.path(), RESOURCES).unwrap());
        {
            let folder = Folder::take(folder.path()).unwrap();
            let data = folder.path_of(folder.content().unwrap().unwrap());
            let backend = backend(Engine::Redb, &data, RESOURCES).unwrap();
            backend.write(&[(key.to_bytes(), Some(b"not its checksum".to_vec()))].into()).unwrap();
        }
        assert!(matches!(reclaim(Engine::Sled, folder.path(), RESOURCES), Err(OpenError::Refused(_))));
        let records = open(Engine::Redb, folder.path(), RESOURCES).unwrap();
        let corrupt = crate::store::StoreError::Corrupt(Space::Head);
        assert_eq!(records.get(vec![key]).await, Err(corrupt));
    }
}
