//! Where sealed bytes are until they are sent: short ones in memory, longer ones in a file of the spool.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use carnet_core::spooled::Spooled;

use crate::{Failure, unix};

/// The sealed payload of one version, where it is.
#[derive(Debug)]
pub(super) enum Payload {
    /// In memory.
    Bytes(Vec<u8>),
    /// Spooled.
    File(PathBuf, Spooled),
}

impl Payload {
    /// The same in memory; its file is gone.
    ///
    /// # Errors
    /// `file`.
    pub(super) fn into_memory(self) -> Result<Self, Failure> {
        let Self::File(path, _) = &self else { return Ok(self) };
        let bytes = fs::read(path).map_err(|error| Failure::file(path, &error))?;
        self.remove();
        Ok(Self::Bytes(bytes))
    }

    /// Keeps it under another name. It need not last: what is damaged or missing is fetched again.
    pub(super) fn keep(self, path: &Path) {
        let _ = match self {
            Self::Bytes(bytes) => unix::private_file(path).and_then(|mut file| file.write_all(&bytes)),
            Self::File(spooled, _) => fs::rename(spooled, path),
        };
    }

    /// Takes it away.
    pub(super) fn remove(self) {
        if let Self::File(path, _) = self {
            let _ = fs::remove_file(path);
        }
    }
}

/// Takes sealed bytes: the first ones in memory, all in a file once there are more.
#[derive(Debug)]
pub(super) struct SpoolWriter<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
    file: Option<BufWriter<File>>,
}

impl<'a> SpoolWriter<'a> {
    /// Nothing yet; `path` is where the file would be.
    pub(super) fn new(path: &'a Path) -> Self {
        Self { path, bytes: Vec::new(), file: None }
    }

    /// Takes away what was written.
    pub(super) fn abandon(self) {
        if self.file.is_some() {
            drop(self.file);
            let _ = fs::remove_file(self.path);
        }
    }

    /// What was written, and where it is.
    ///
    /// # Errors
    /// An I/O error of the file.
    pub(super) fn finish(self, spooled: Spooled) -> io::Result<Payload> {
        match self.file {
            None => Ok(Payload::Bytes(self.bytes)),
            Some(file) => {
                file.into_inner().map_err(io::IntoInnerError::into_error)?;
                Ok(Payload::File(self.path.to_owned(), spooled))
            }
        }
    }
}

impl Write for SpoolWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(file) = &mut self.file {
            return file.write(bytes);
        }
        if self.bytes.len().saturating_add(bytes.len()) <= SHORT {
            self.bytes.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let mut file = BufWriter::with_capacity(1 << 20, unix::private_file(self.path)?);
        file.write_all(&core::mem::take(&mut self.bytes))?;
        self.file.insert(file).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Bytes that stay in memory: of two hundred such payloads at once some 25 MiB.
const SHORT: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_on_both_sides_of_what_stays_in_memory_are_not_those_that_were_written() {
        let folder = tempfile::tempdir().unwrap();
        for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 3 * SHORT] {
            let path = folder.path().join(len.to_string());
            let bytes: Vec<u8> = (0..=250).cycle().take(len).collect();
            let mut writer = SpoolWriter::new(&path);
            for piece in bytes.chunks(SHORT / 3) {
                writer.write_all(piece).unwrap();
            }
            writer.flush().unwrap();
            assert_eq!(path.exists(), len > SHORT, "{len}");
            let written = match writer.file {
                None => writer.bytes,
                Some(file) => {
                    drop(file);
                    fs::read(&path).unwrap()
                }
            };
            assert!(written == bytes, "{len}");
        }
    }
}
