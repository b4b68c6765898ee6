//! Where payloads lie: the names of [`carnet_rest::file`], on disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use carnet_rest::file;
pub(super) use carnet_rest::file::Role;
use carnet_wire::id::{PayloadRoot, VaultId};

/// A payload's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    pub(super) vault: VaultId,
    pub(super) root: PayloadRoot,
}

/// A file found on disk: its path, and what it is if its name is one of ours.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) what: Option<(Name, Role)>,
}

/// The two folders.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    uploads: PathBuf,
    payloads: PathBuf,
}

impl Layout {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let layout = Self { uploads: folder.join(file::UPLOADS), payloads: folder.join(file::PAYLOADS) };
        fs::create_dir_all(&layout.uploads)?;
        fs::create_dir_all(&layout.payloads)?;
        Ok(layout)
    }

    pub(super) fn part(&self, name: &Name) -> PathBuf {
        self.uploads.join(format!("{}/{}.part", name.vault, name.root))
    }

    pub(super) fn new_tree(&self, name: &Name) -> PathBuf {
        self.uploads.join(format!("{}/{}.tree", name.vault, name.root))
    }

    pub(super) fn payload(&self, name: &Name) -> PathBuf {
        self.payloads.join(file::within(&name.vault, &name.root))
    }

    pub(super) fn tree(&self, name: &Name) -> PathBuf {
        self.payload(name).with_extension("tree")
    }

    pub(super) fn damaged(&self, name: &Name) -> PathBuf {
        self.payload(name).with_extension("damaged")
    }

    /// The folder that holds both.
    pub(super) fn payloads(&self) -> &Path {
        &self.payloads
    }

    /// The folders of uploads, one for each vault that has any.
    pub(super) fn upload_folders(&self) -> io::Result<Vec<PathBuf>> {
        list(&self.uploads)
    }

    /// The folders of settled payloads, two levels down, one vault at a time.
    pub(super) fn payload_folders(&self) -> io::Result<impl Iterator<Item = PathBuf> + use<>> {
        Ok(list(&self.payloads)?.into_iter().flat_map(|folder| list(&folder).unwrap_or_default()))
    }
}

/// Where a settled payload lies, from the folder of records and payloads, or of a backup.
#[must_use]
pub fn payload_path(folder: &Path, vault: &VaultId, root: &PayloadRoot) -> PathBuf {
    folder.join(file::payload(vault, root))
}

/// What lies in a folder of one vault; nothing if it has gone.
pub(super) fn files(folder: &Path) -> io::Result<Vec<Found>> {
    let vault = folder.file_name().and_then(|name| name.to_str()).and_then(file::vault);
    let found = |path: PathBuf| Found { what: vault.and_then(|vault| role(vault, &path)), path };
    Ok(list(folder)?.into_iter().map(found).collect())
}

/// Does `act`, and once more after making the folder of `path`, if that is what was missing.
pub(super) fn in_folder<T>(path: &Path, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    match act() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(path.parent().unwrap_or(path))?;
            act()
        }
        result => result,
    }
}

/// Writes a file under one name, and gives it the other once it is complete.
pub(super) fn put(part: &Path, whole: &Path, bytes: &[u8]) -> io::Result<()> {
    in_folder(part, || File::create(part))?.write_all(bytes)?;
    rename(part, whole)
}

/// Renames a file into a folder that may not be there.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    in_folder(to, || fs::rename(from, to))
}

/// A missing file is no error to one who wants it gone.
pub(super) fn remove_file(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        // A file where only folders belong is nobody's upload; `check` names it.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

fn role(vault: VaultId, path: &Path) -> Option<(Name, Role)> {
    let (root, role) = file::role(path.file_name()?.to_str()?)?;
    Some((Name { vault, root }, role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_disk_are_read_back() {
        let layout = Layout { uploads: "u".into(), payloads: "p".into() };
        let vault = VaultId::from_bytes([0xa1; 32]);
        let name = Name { vault, root: PayloadRoot::from_bytes([0x5e; 32]) };
        for (path, expected) in [
            (layout.part(&name), Role::Part),
            (layout.new_tree(&name), Role::Tree),
            (layout.payload(&name), Role::Payload),
            (layout.tree(&name), Role::Tree),
            (layout.damaged(&name), Role::Damaged),
        ] {
            assert_eq!(role(vault, &path), Some((name, expected)));
        }
        assert!(layout.payload(&name).starts_with("p/a1"));
    }

    #[test]
    fn foreign_names_are_nobodys() {
        let vault = VaultId::from_bytes([0; 32]);
        let (upper, long) = ("AB".repeat(32), "ab".repeat(33));
        for name in ["", "ab", "+f", "lost+found", &upper, &long, &format!("{}.tmp", "ab".repeat(32))] {
            assert_eq!(role(vault, Path::new(name)), None, "{name}");
        }
    }
}
