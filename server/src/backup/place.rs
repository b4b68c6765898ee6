//! Puts a payload into another folder: by a second name for the same file where the file system can, else by a verified copy, as of
//! what lies in a pack. Settled payloads never change, so that two names for one are safe.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use carnet_rest::pack::{self, PackPlace};
use carnet_wire::id::PayloadRoot;

use super::Payload;
use crate::payloads::payload_path;

/// A folder of payloads that is being filled.
pub(super) struct Target {
    folder: PathBuf,
    vault: Option<PathBuf>,
    /// Opened before anything is written, so that it is told of whatever fails.
    payloads: File,
    /// Whether there are files whose bytes may not be durable yet.
    unpacked: bool,
}

impl Target {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let payloads = folder.join("payloads");
        fs::create_dir_all(&payloads)?;
        let payloads = File::open(payloads)?;
        Ok(Self { folder: folder.to_owned(), vault: None, payloads, unpacked: false })
    }

    /// Takes a payload over, from its place in a pack where it has one that is whole, else from its file: one that was put back for what
    /// a pack has lost. False where neither is there and whole.
    pub(super) fn take(
        &mut self,
        from: &Path,
        Payload { vault, root, len }: &Payload,
        place: Option<&PackPlace>,
    ) -> io::Result<bool> {
        let to = payload_path(&self.folder, vault, root);
        if let Some(place) = place
            && self.unpack(&from.join(pack::PACKS).join(pack::name(place.pack)), place, &to, root, *len)?
        {
            return Ok(true);
        }
        let from = payload_path(from, vault, root);
        match fs::metadata(&from) {
            Ok(found) if found.len() == *len => {}
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        }
        self.enter(to.parent().unwrap_or(&to))?;
        match fs::hard_link(&from, &to) {
            Ok(()) => return Ok(true),
            // Left by a restore that was interrupted: perhaps half a copy.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::remove_file(&to)?,
            // Another file system, or one without such names: the copy says what is wrong otherwise.
            Err(_) => {}
        }
        let whole = copy(&from, &to)? == *root;
        if !whole {
            fs::remove_file(&to)?;
        }
        Ok(whole)
    }

    /// Writes a payload of a pack into a file.
    fn unpack(
        &mut self,
        pack: &Path,
        place: &PackPlace,
        to: &Path,
        root: &PayloadRoot,
        len: u64,
    ) -> io::Result<bool> {
        if u64::from(place.len) != len {
            return Ok(false);
        }
        let mut bytes = vec![0; usize::try_from(place.len).map_err(io::Error::other)?];
        match File::open(pack).and_then(|pack| pack.read_exact_at(&mut bytes, place.start())) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {
                return Ok(false);
            }
            read => read?,
        }
        if blake3::hash(&bytes).as_bytes() != root.as_bytes() {
            return Ok(false);
        }
        self.enter(to.parent().unwrap_or(to))?;
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?.write_all(&bytes)?;
        self.unpacked = true;
        Ok(true)
    }

    /// Makes all durable.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.leave()?;
        let payloads = self.folder.join("payloads");
        if self.unpacked {
            sync_all(&self.payloads)?;
        }
        for entry in fs::read_dir(&payloads)? {
            sync(&entry?.path())?;
        }
        sync(&payloads)
    }

    fn enter(&mut self, vault: &Path) -> io::Result<()> {
        if self.vault.as_deref() != Some(vault) {
            self.leave()?;
            fs::create_dir_all(vault)?;
            self.vault = Some(vault.to_owned());
        }
        Ok(())
    }

    fn leave(&mut self) -> io::Result<()> {
        self.vault.take().map_or(Ok(()), |vault| sync(&vault))
    }
}

/// The root of a payload that is read to its end.
pub(super) fn root_of(path: &Path) -> io::Result<PayloadRoot> {
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(PayloadRoot::from_bytes(*hasher.finalize().as_bytes())),
            read => drop(hasher.update(piece.get(..read).unwrap_or_default())),
        }
    }
}

/// Copies a file durably, and gives the root of what was written.
fn copy(from: &Path, to: &Path) -> io::Result<PayloadRoot> {
    let mut from = File::open(from)?;
    let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = from.read(&mut piece)?;
        let bytes = piece.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            to.sync_all()?;
            return Ok(PayloadRoot::from_bytes(*hasher.finalize().as_bytes()));
        }
        hasher.update(bytes);
        to.write_all(bytes)?;
    }
}

pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes all bytes of a file system durable: at once, for many files.
#[cfg(target_os = "linux")]
fn sync_all(folder: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

/// Elsewhere nothing lies in packs.
#[cfg(not(target_os = "linux"))]
fn sync_all(folder: &File) -> io::Result<()> {
    folder.sync_all()
}

const PIECE: usize = 256 * 1024;
