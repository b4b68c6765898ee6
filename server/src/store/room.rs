//! Room on the disk: a store refuses to grow before the disk is full, because an engine that meets the end of the disk in the
//! middle of a write can only stop.

use std::fs::File;
use std::io;
use std::path::Path;

/// The file system of a folder, and how much of it stays free.
pub(super) struct Room {
    folder: File,
    reserve: u64,
}

impl Room {
    /// Bytes that stay free unless the configuration says otherwise: eight times what one write of the committer may bring.
    pub(super) const RESERVE: u64 = 64 * 1024 * 1024;

    /// Watches the file system of `folder`, of which `reserve` bytes stay free.
    pub(super) fn watch(folder: &Path, reserve: u64) -> io::Result<Self> {
        Ok(Self { folder: File::open(folder)?, reserve })
    }

    /// Whether less than the reserve is free, besides room for what is outstanding, twice: an engine may write it to new pages. A file system that does not tell is taken to have room.
    pub(super) fn is_short(&self, outstanding: u64) -> bool {
        let needed = self.reserve.saturating_add(outstanding.saturating_mul(2));
        rustix::fs::fstatvfs(&self.folder)
            .is_ok_and(|room| room.f_bavail.saturating_mul(room.f_frsize) < needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_with_less_than_the_reserve_is_short() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Room::watch(folder.path(), 0).unwrap().is_short(0));
        assert!(Room::watch(folder.path(), u64::MAX).unwrap().is_short(0));
    }
}
