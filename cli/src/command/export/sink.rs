//! Where an export goes: a folder or a zip, in the clear or each file sealed for an age recipient. It takes its name when it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use carnet_core::foreign;
use carnet_core::recipient::Recipients;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::command::part_file;
use crate::stopped::Unfinished;
use crate::{Failure, unix};

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// Its name.
    pub(crate) file: String,
    /// What it is called here, where that is another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<String>,
    /// Bytes of its content.
    pub(crate) bytes: u64,
    /// SHA-256 of its content.
    pub(crate) sha256: String,
}

/// Where an export goes.
pub(super) struct Sink {
    path: PathBuf,
    part: PathBuf,
    to: Option<Recipients>,
    place: Place,
    written: Vec<Written>,
    count: usize,
    /// The file of a folder that is being written.
    under_way: Option<PathBuf>,
    /// Whether it has its name.
    finished: bool,
    /// What a process that is stopped takes with it.
    _unfinished: [Unfinished; 3],
}

enum Place {
    Folder,
    Zip(Box<ZipWriter<BufWriter<File>>>),
}

impl Sink {
    /// Begins an export.
    ///
    /// # Errors
    /// `export-there`, `file`.
    pub(super) fn open(path: &Path, to: Option<Recipients>) -> Result<Self, Failure> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(Failure::wrong("export-there").with("path", path.display().to_string()));
        }
        let part = part_file::free(path);
        let told = Unfinished::told("stopped-export", &Arc::default());
        let unfinished = [told, Unfinished::file(&part), Unfinished::folder(&part)];
        let failed = |error: io::Error| Failure::file(&part, &error);
        let zip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
        let place = if zip {
            let file = unix::new_private_file(&part).map_err(failed)?;
            Place::Zip(Box::new(ZipWriter::new(BufWriter::with_capacity(1 << 20, file))))
        } else {
            unix::private_folder(&part).map_err(failed)?;
            Place::Folder
        };
        let (path, written) = (path.to_owned(), Vec::new());
        let (under_way, finished) = (None, false);
        Ok(Self { path, part, to, place, written, count: 0, under_way, finished, _unfinished: unfinished })
    }

    /// Writes a file.
    ///
    /// # Errors
    /// `write`, `file`, `zip`.
    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) -> Result<Written, Failure> {
        self.stream(name, |out| out.write_all(bytes).map_err(|error| failed(&error)))
    }

    /// Writes a file, piece by piece.
    ///
    /// # Errors
    /// What `content` says, or as [`Sink::put`].
    pub(super) fn stream(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
    ) -> Result<Written, Failure> {
        self.count = self.count.saturating_add(1);
        let sealed = self.to.as_ref().map(|_| match name {
            "manifest.json" => "manifest.json.age".to_owned(),
            _ => format!("{:06}.age", self.count),
        });
        let real = sealed.as_deref().unwrap_or(name);
        let to = self.to.clone();
        let digest = match &mut self.place {
            Place::Folder => {
                let path = self.part.join(real);
                if let Some(folder) = path.parent() {
                    unix::private_folder(folder).map_err(|error| Failure::file(folder, &error))?;
                }
                let file = unix::private_file(&path).map_err(|error| named(&path, &error))?;
                self.under_way = Some(path.clone());
                let mut out = BufWriter::with_capacity(1 << 18, file);
                let done = write(&mut out, to.as_ref(), content)?;
                out.flush().map_err(|error| Failure::file(&path, &error))?;
                self.under_way = None;
                done
            }
            Place::Zip(zip) => {
                let method =
                    if to.is_some() { CompressionMethod::Stored } else { CompressionMethod::Deflated };
                let options = SimpleFileOptions::default().compression_method(method).large_file(true);
                zip.start_file(real, options).map_err(|error| zip_failed(&error))?;
                write(&mut **zip, to.as_ref(), content)?
            }
        };
        let (bytes, sha256) = digest;
        let written = Written { file: name.to_owned(), sealed, bytes, sha256 };
        self.written.push(written.clone());
        Ok(written)
    }

    /// Leaves out the file that could not be written to its end.
    ///
    /// # Errors
    /// `file`, `zip`.
    pub(super) fn abandon(&mut self) -> Result<(), Failure> {
        match &mut self.place {
            Place::Folder => match self.under_way.take() {
                Some(path) => fs::remove_file(&path).map_err(|error| Failure::file(&path, &error)),
                None => Ok(()),
            },
            // Nothing was begun where the entry did not open.
            Place::Zip(zip) if zip.is_writing_file() => zip.abort_file().map_err(|error| zip_failed(&error)),
            Place::Zip(_) => Ok(()),
        }
    }

    /// What was written so far.
    pub(super) fn written(&self) -> &[Written] {
        &self.written
    }

    /// Gives the export its name.
    ///
    /// # Errors
    /// `file`, `zip`.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        if let Place::Zip(zip) = core::mem::replace(&mut self.place, Place::Folder) {
            let mut file = zip.finish().map_err(|error| zip_failed(&error))?;
            let synced = file.flush().and_then(|()| file.get_ref().sync_all());
            synced.map_err(|error| Failure::file(&self.part, &error))?;
        }
        fs::rename(&self.part, &self.path).map_err(|error| Failure::file(&self.path, &error))?;
        self.finished = true;
        Ok(())
    }
}

/// An export that is not whole takes no room, least of all on a disk that is full.
impl Drop for Sink {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_dir_all(&self.part);
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Writes a content, sealed where there is a recipient; its length and SHA-256 in hexadecimal digits.
fn write<W: Write + Send>(
    out: &mut W,
    to: Option<&Recipients>,
    content: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(u64, String), Failure> {
    let Some(recipients) = to else {
        let mut counting = Counting { out, hasher: Sha256::new(), bytes: 0 };
        content(&mut counting)?;
        return Ok(counting.finish());
    };
    // Sealing reads, opening writes: a pipe between them, and a thread, so that no long content is ever in memory or on disk.
    let (reader, writer) = io::pipe().map_err(|error| failed(&error))?;
    std::thread::scope(|scope| {
        let sealing = scope.spawn(move || foreign::export(reader, out, recipients));
        let mut counting =
            Counting { out: BufWriter::with_capacity(1 << 16, writer), hasher: Sha256::new(), bytes: 0 };
        let opened = content(&mut counting).and_then(|()| counting.flush().map_err(|error| failed(&error)));
        let done = counting.finish();
        let sealed = sealing.join().map_err(|_| Failure::coded("internal"))?;
        // Where sealing failed, the pipe broke: its own reason says more.
        sealed?;
        opened?;
        Ok(done)
    })
}

/// A writer that counts and hashes what goes through it.
struct Counting<W> {
    out: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Counting<W> {
    /// What went through; the writer ends here, so that whoever reads on its other side sees the end.
    fn finish(self) -> (u64, String) {
        let digest = self.hasher.finalize();
        (self.bytes, digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A file that cannot be made: where the disk does not take its name, that is no fault of the disk.
fn named(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => {
            Failure::coded("file-name").with("path", path.display().to_string())
        }
        _ => Failure::file(path, error),
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::coded("write").because(error)
}

fn zip_failed(error: &zip::result::ZipError) -> Failure {
    Failure::coded("zip").because(error)
}
