//! Files written past the system's cache (`O_DIRECT`), where the file system can: what is written once and not read soon then costs no
//! copy, and no page that the cache must first get.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// What is written so begins and ends at a multiple of this, in memory and in the file.
pub(crate) const BLOCK: usize = 4096;

/// An open file. Where its file system turns out not to take such writes, they go through the cache.
#[derive(Debug)]
pub(crate) struct DirectFile {
    file: File,
    direct: bool,
}

impl DirectFile {
    /// Opens a file as these options say.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn open(options: &OpenOptions, path: &Path) -> io::Result<Self> {
        let opened = match open_direct(options, path) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => None,
            opened => Some(opened?),
        };
        let (file, direct) = match opened {
            Some(file) => (file, cfg!(target_os = "linux")),
            None => (options.open(path)?, false),
        };
        Ok(Self { file, direct })
    }

    /// The file, for everything but writing.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Writes blocks: bytes from [`aligned`] memory, a multiple of [`BLOCK`] long, at a multiple of it.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn write_blocks(&mut self, blocks: &[u8], at: u64) -> io::Result<()> {
        match self.file.write_all_at(blocks, at) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput && self.direct => {
                self.through_cache()?;
                self.file.write_all_at(blocks, at)
            }
            written => written,
        }
    }

    fn through_cache(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.direct) { clear_direct(&self.file) } else { Ok(()) }
    }
}

/// Lets `build` append about `room` bytes to memory that is used again, and gives them: they begin at a multiple of [`BLOCK`].
pub(crate) fn aligned(memory: &mut Vec<u8>, room: usize, build: impl Fn(&mut Vec<u8>)) -> &[u8] {
    loop {
        memory.clear();
        memory.reserve(room + 2 * BLOCK);
        let start = memory.as_ptr().align_offset(BLOCK).min(BLOCK);
        memory.resize(start, 0);
        build(memory);
        // It has grown, and lies elsewhere: now there is room.
        if memory.as_ptr().align_offset(BLOCK) == start {
            return memory.get(start..).unwrap_or_default();
        }
        memory.reserve(memory.len());
    }
}

#[cfg(target_os = "linux")]
fn open_direct(options: &OpenOptions, path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flag = rustix::fs::OFlags::DIRECT.bits().cast_signed();
    options.clone().custom_flags(flag).open(path)
}

#[cfg(target_os = "linux")]
fn clear_direct(file: &File) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(file)?;
    Ok(rustix::fs::fcntl_setfl(file, flags - rustix::fs::OFlags::DIRECT)?)
}

#[cfg(not(target_os = "linux"))]
fn clear_direct(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn open_direct(options: &OpenOptions, path: &Path) -> io::Result<File> {
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn blocks_come_back_from_disk_and_from_memory_that_moves() {
        // In the checkout: a temporary folder may lie in memory, which takes no such writes (then it is the other way that is tested).
        for folder in
            [tempfile::tempdir().unwrap(), tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap()]
        {
            let path = folder.path().join("file");
            let mut options = File::options();
            options.read(true).write(true).create_new(true);
            let mut file = DirectFile::open(&options, &path).unwrap();
            let mut memory = Vec::new();
            let mut whole = Vec::new();
            for blocks in [1, 3, 40, 2] {
                let bytes = vec![blocks; usize::from(blocks) * BLOCK];
                let built = aligned(&mut memory, usize::from(blocks % 2) * bytes.len(), |memory| {
                    memory.extend_from_slice(&bytes)
                });
                assert_eq!(built, bytes);
                assert_eq!(built.as_ptr().align_offset(BLOCK), 0);
                file.write_blocks(built, whole.len() as u64).unwrap();
                whole.extend(bytes);
            }
            file.file().sync_all().unwrap();
            assert_eq!(fs::read(&path).unwrap(), whole);
            assert!(
                DirectFile::open(&options, &path)
                    .is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists)
            );
        }
    }
}
