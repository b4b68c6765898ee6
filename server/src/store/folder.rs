//! A store's folder:
//! ```text
//! lock      held while a process has the store open
//! store     three lines: format, engine, and which folder of data is the store
//! data-N    the engine's own files
//! ```
//! `store` is replaced by one rename after everything that it names has been made durable. So a folder of data is either the
//! store or nothing: what a process left half done, killed at any moment, is a folder that `store` does not name, and is removed
//! at the next opening.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use carnet_rest::StoreFile;
use carnet_rest::store_file::StoreFileError;

use super::engine::{Engine, OpenError};

const LOCK: &str = "lock";
const STORE: &str = StoreFile::NAME;
const NEW_STORE: &str = "store.new";
const DATA: &str = StoreFile::DATA;

/// A store's folder, held by this process.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    lock: File,
}

/// What the file `store` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    /// The engine whose files the folder of data holds.
    pub(super) engine: Engine,
    number: u64,
}

impl Folder {
    /// Takes the folder for this process, and makes it where it is absent.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(path)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// What the folder holds; `None` where it holds no store yet. Removes what was left half done.
    pub(super) fn content(&self) -> Result<Option<Content>, OpenError> {
        let content = match fs::read_to_string(self.path.join(STORE)) {
            Ok(text) => Some(Content::parse(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        for other in self.data()? {
            if Some(other) != content.map(|content| content.number) {
                fs::remove_dir_all(self.data_path(other))?;
            }
        }
        match content {
            Some(content) if !self.path_of(content).is_dir() => {
                Err(OpenError::Damaged("its data is missing"))
            }
            content => Ok(content),
        }
    }

    /// An empty folder of data, beside the store's own.
    pub(super) fn prepare(&self, engine: Engine) -> Result<Content, OpenError> {
        let number = self.data()?.into_iter().max().unwrap_or_default() + 1;
        let content = Content { engine, number };
        fs::create_dir(self.path_of(content))?;
        Ok(content)
    }

    /// Makes a folder of data the store, once everything in it is durable, and removes the one before.
    pub(super) fn install(&self, content: Content) -> Result<(), OpenError> {
        sync_tree(&self.path_of(content))?;
        let new = self.path.join(NEW_STORE);
        let mut file = File::create(&new)?;
        file.write_all(content.to_string().as_bytes())?;
        file.sync_all()?;
        sync(&self.path)?;
        fs::rename(&new, self.path.join(STORE))?;
        sync(&self.path)?;
        if let Some(parent) = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync(parent)?;
        }
        self.content().map(|_| ())
    }

    /// Where the files of the engine are.
    pub(super) fn path_of(&self, content: Content) -> PathBuf {
        self.data_path(content.number)
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the lock away: the folder stays taken for as long as the lock lives.
    pub(super) fn into_lock(self) -> File {
        self.lock
    }

    fn data_path(&self, number: u64) -> PathBuf {
        self.path.join(format!("{DATA}{number}"))
    }

    fn data(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(DATA)).map(str::parse);
            if let Some(Ok(number)) = number {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }
}

impl Content {
    fn parse(text: &str) -> Result<Self, OpenError> {
        const UNREADABLE: OpenError = OpenError::Damaged("its file `store` cannot be read");
        let file = StoreFile::parse(text).map_err(|error| match error {
            StoreFileError::Format(format) => OpenError::Format(format),
            _ => UNREADABLE,
        })?;
        Ok(Self { engine: file.engine.parse().map_err(|_| UNREADABLE)?, number: file.number })
    }
}

impl std::fmt::Display for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        StoreFile { engine: self.engine.to_string(), number: self.number }.fmt(f)
    }
}

/// Makes a folder's entries durable.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes all files beneath a folder durable, and their names.
pub(super) fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { sync_tree(&entry.path())? } else { sync(&entry.path())? }
    }
    sync(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_taken_twice_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::take(folder.path()).unwrap();
        assert!(matches!(Folder::take(folder.path()), Err(OpenError::Locked)));
        drop(first);
        Folder::take(folder.path()).unwrap();
    }

    #[test]
    fn data_that_the_store_does_not_name_is_removed_and_what_it_names_stays() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::take(folder.path()).unwrap();
        assert_eq!(folder.content().unwrap(), None);

        let first = folder.prepare(Engine::Redb).unwrap();
        fs::write(folder.path_of(first).join("file"), b"first").unwrap();
        assert_eq!(folder.content().unwrap(), None, "killed before it was installed");
        assert!(!folder.path_of(first).exists());

        let first = folder.prepare(Engine::Redb).unwrap();
        folder.install(first).unwrap();
        let second = folder.prepare(Engine::Sled).unwrap();
        assert_eq!(folder.content().unwrap(), Some(first), "killed while the second was filled");
        assert!(!folder.path_of(second).exists());

        let second = folder.prepare(Engine::Sled).unwrap();
        fs::write(folder.path().join(NEW_STORE), second.to_string()).unwrap();
        assert_eq!(folder.content().unwrap(), Some(first), "killed before the rename");

        let second = folder.prepare(Engine::Sled).unwrap();
        folder.install(second).unwrap();
        assert_eq!(folder.content().unwrap(), Some(second));
        assert!(!folder.path_of(first).exists());
    }

    #[test]
    fn file_store_that_says_something_else_is_refused() {
        let good = Content { engine: Engine::Sled, number: 7 };
        assert_eq!(Content::parse(&good.to_string()).unwrap(), good);
        assert!(matches!(Content::parse("format 1\nengine x\n"), Err(OpenError::Format(1))));
        for damaged in
            ["", "format", "format one\n", "format 2\nengine redb\n", "format 2\nengine other\ndata 1\n"]
        {
            assert!(matches!(Content::parse(damaged), Err(OpenError::Damaged(_))), "{damaged:?}");
        }
    }

    #[test]
    fn store_whose_data_is_gone_is_not_taken_for_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::take(folder.path()).unwrap();
        let content = folder.prepare(Engine::Redb).unwrap();
        folder.install(content).unwrap();
        fs::remove_dir(folder.path_of(content)).unwrap();
        assert!(matches!(folder.content(), Err(OpenError::Damaged(_))));
    }
}
