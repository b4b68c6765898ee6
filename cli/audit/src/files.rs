//! All files of the folder: what each is, how many bytes of what it holds, and whether a canary stands in it.

use std::fs::{self, File};
use std::io::{Read, Seek as _, SeekFrom};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use carnet_rest::file::{self, Role};
use carnet_rest::{Key, Space, StoreFile, pack};
use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::outboard::OutboardBuilder;
use carnet_wire::padding::is_padme;
use carnet_wire::payload::PayloadLen;

use super::class::Class;
use super::packs::{Counter, Places};
use super::search::{Found, Hit, Search};
use super::source::Source;
use super::tally::Tally;
use crate::error::AuditError;

/// The operator's door, which a server that was killed leaves: it holds no bytes.
const SOCKET: &str = "admin.sock";

/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;

/// What the walk over all files has found.
pub(super) struct Files<'a> {
    source: &'a dyn Source,
    places: &'a Places,
    search: &'a Search,
    buffer: Vec<u8>,
    /// What was counted, besides the engine's files.
    pub(super) tally: Tally,
    /// Canaries in files.
    pub(super) hits: Vec<Hit>,
    /// Bytes of the engine's files.
    pub(super) engine: u64,
    /// How many files.
    pub(super) count: u64,
}

/// What a file is.
enum What {
    Payload(VaultId, PayloadRoot),
    Pack(u64),
    Tree,
    Sealed(&'static str),
    ServerKeys,
    Engine,
    Unknown,
}

/// Walks all files.
///
/// # Errors
/// [`AuditError`] where one cannot be read.
pub(super) fn walk<'a>(
    source: &'a dyn Source,
    places: &'a Places,
    search: &'a Search,
    folder: &Path,
) -> Result<Files<'a>, AuditError> {
    let (tally, hits, buffer) = (Tally::default(), Vec::new(), vec![0; CHUNK]);
    let mut files = Files { source, places, search, buffer, tally, hits, engine: 0, count: 0 };
    files.folder(folder, &mut Vec::new())?;
    Ok(files)
}

impl Files<'_> {
    fn folder(&mut self, path: &Path, names: &mut Vec<String>) -> Result<(), AuditError> {
        let failed = |error| AuditError::file(path, error);
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            names.push(entry.file_name().to_string_lossy().into_owned());
            let place = names.join("/");
            if kind.is_dir() {
                self.folder(&entry.path(), names)?;
            } else if kind.is_file() {
                self.file(&entry.path(), &place, &what(names))?;
            } else if !(kind.is_socket() && place == SOCKET) {
                self.tally.find(place, "file-neither-file-nor-folder");
            }
            names.pop();
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, place: &str, what: &What) -> Result<(), AuditError> {
        let settled = matches!(what, What::Payload(..));
        let mut counter =
            if let What::Pack(number) = what { Some(self.places.counter(*number)) } else { None };
        let read = self.read(path, place, settled, counter.as_mut())?;
        self.count += 1;
        match what {
            What::Payload(vault, root) => {
                self.tally.field_len(("payload", "payload"), Class::Sealed, read.len);
                if let Err(code) = self.payload(path, vault, root, &read)? {
                    self.tally.find(place, code);
                }
            }
            What::Pack(_) => {
                let Some(Counter { placed, zeros, left, others, .. }) = counter else { return Ok(()) };
                self.tally.field_len(("payload", "payloads of a pack"), Class::Sealed, placed);
                self.tally.add_len(Class::Format, zeros);
                self.tally.add_len(Class::Sealed, left);
                self.tally.add_len(Class::Unknown, others);
                if others > 0 {
                    self.tally.find(place, "pack-bytes-of-nothing");
                }
            }
            What::Tree => self.tally.field_len(("payload", "tree"), Class::Ids, read.len),
            What::Sealed(name) => self.tally.field_len(("payload", name), Class::Sealed, read.len),
            What::ServerKeys => self.tally.field_len(("server", "keys"), Class::ServerKeys, read.len),
            What::Engine => self.engine += read.len,
            What::Unknown => {
                self.tally.add_len(Class::Unknown, read.len);
                self.tally.find(place, "file-unknown");
            }
        }
        Ok(())
    }

    /// Reads a file once: for the search, for the tree over a payload, and for the places of a pack.
    fn read(
        &mut self,
        path: &Path,
        place: &str,
        tree: bool,
        mut counter: Option<&mut Counter<'_>>,
    ) -> Result<FileRead, AuditError> {
        let failed = |error| AuditError::file(path, error);
        let mut file = File::open(path).map_err(failed)?;
        let mut stream = self.search.stream();
        let mut builder = tree.then(OutboardBuilder::new);
        let mut len = 0;
        loop {
            let read = file.read(&mut self.buffer).map_err(failed)?;
            let bytes = self.buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            len += bytes.len() as u64;
            if !self.search.is_empty() {
                stream.push(bytes);
            }
            if let Some(builder) = &mut builder {
                builder.push(bytes);
            }
            if let Some(counter) = &mut counter {
                counter.push(bytes);
            }
        }
        self.seek(path, place, stream.end())?;
        Ok(FileRead { len, tree: builder })
    }

    fn seek(&mut self, path: &Path, place: &str, found: Found) -> Result<(), AuditError> {
        let open = |at| {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(at))?;
            Ok(std::io::BufReader::with_capacity(4096, file))
        };
        let hits = self.search.finish(found, &|| place.to_owned(), open);
        self.hits.extend(hits.map_err(|error| AuditError::file(path, error))?);
        Ok(())
    }

    /// A settled payload: its length, its padding, its root, its outboard, its use.
    fn payload(
        &self,
        path: &Path,
        vault: &VaultId,
        root: &PayloadRoot,
        read: &FileRead,
    ) -> Result<Result<(), &'static str>, AuditError> {
        if self.source.carried(vault, root).is_some() {
            // The next start puts back what a crash may have taken of it.
            return Ok(Ok(()));
        }
        let Ok(len) = PayloadLen::from_stored(read.len) else { return Ok(Err("payload-length")) };
        if !is_padme(len.plaintext()) {
            return Ok(Err("payload-not-padded"));
        }
        let Some((found, outboard)) = read.tree.clone().map(OutboardBuilder::finish) else {
            return Ok(Ok(()));
        };
        if found != *root {
            return Ok(Err("payload-other-root"));
        }
        if read.len > file::TREE_FROM {
            match fs::read(path.with_extension("tree")) {
                Ok(tree) if tree == outboard.as_bytes() => {}
                Ok(_) => return Ok(Err("outboard-other")),
                Err(_) => return Ok(Err("outboard-missing")),
            }
        }
        let mut used = false;
        let prefix = Key::new(Space::Payload, *vault.as_bytes(), *root.as_bytes()).to_bytes();
        self.source.each(&prefix, &mut |_, _| {
            used = true;
            Ok(())
        })?;
        Ok(if used { Ok(()) } else { Err("payload-of-nothing") })
    }
}

struct FileRead {
    len: u64,
    tree: Option<OutboardBuilder>,
}

/// What a file is, by the names of its folders and its own.
fn what(names: &[String]) -> What {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["keys", _] => What::ServerKeys,
        ["records", "lock" | "store.new"] => What::Engine,
        ["records", name] if *name == StoreFile::NAME => What::Engine,
        ["records", data, ..] if data.starts_with(StoreFile::DATA) => What::Engine,
        [file::UPLOADS, vault, name] => match (file::vault(vault), file::role(name)) {
            (Some(_), Some((_, Role::Part))) => What::Sealed("part of an upload"),
            (Some(_), Some((_, Role::Tree))) => What::Tree,
            _ => What::Unknown,
        },
        [file::PAYLOADS, first, vault, name] if vault.starts_with(first) && first.len() == 2 => {
            match (file::vault(vault), file::role(name)) {
                (Some(vault), Some((root, Role::Payload))) => What::Payload(vault, root),
                (Some(_), Some((_, Role::Tree))) => What::Tree,
                (Some(_), Some((_, Role::Damaged))) => What::Sealed("payload set aside"),
                _ => What::Unknown,
            }
        }
        [pack::PACKS, pack::INDEX | pack::NEW_INDEX] => What::Engine,
        [pack::PACKS, name] => pack::number(name).map_or(What::Unknown, What::Pack),
        _ => What::Unknown,
    }
}
