//! `carnet-server backup`: everything that is kept, of one moment, in a new folder, while the server goes on.
//!
//! ```text
//! BACKUP/MANIFEST      what is in it, with digests
//! BACKUP/records       every record ([`stream`])
//! BACKUP/checkpoint    the log's checkpoint of that moment, signed
//! BACKUP/payloads/     the payloads that the records name, where the server has them
//! BACKUP/keys/         the secrets, only with --keys
//! ```
//! It is made under another name, and gets its own when everything in it is durable: half a backup is never taken for one. Memory is flat:
//! records pass one by one, payloads in pieces.

mod manifest;
mod place;
mod put;
mod source;
pub mod stream;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Write as _};
use std::iter::Peekable;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use carnet_rest::PackPlace;
use carnet_wire::checkpoint::Checkpoint;
use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::note::Note;

use crate::config::Config;
use crate::failure::Failure;
use crate::keys::{CHALLENGE_KEY, LOG_SEED, SecretBytes};
use crate::log::checkpoint_key;
use crate::store::{Key, Row, Space};
use place::Target;
use source::Source;
use stream::{Reader, Summary};

pub use manifest::{Manifest, Sum};
pub use put::Restored;
pub(crate) use source::{export, has_store, places};
pub use verify::{Backup, verify};

const MANIFEST: &str = "MANIFEST";
const RECORDS: &str = "records";
/// Only while it is made: where the server's payloads lie in packs.
const PLACES: &str = "places";
const CHECKPOINT: &str = "checkpoint";
const KEYS: &str = "keys";

/// Makes a backup in the folder `into`, which must not exist.
///
/// # Errors
/// [`Failure`]; nothing is left then.
pub async fn make(config: &Config, into: &Path, keys: bool) -> Result<Manifest, Failure> {
    if fs::symlink_metadata(into).is_ok() {
        return Err(Failure::new(
            format!("{} exists", into.display()),
            "Name a folder that does not: each backup has its own.",
        ));
    }
    let into = std::path::absolute(into).map_err(failed(into))?;
    let mut partial = into.clone().into_os_string();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let mut source = Source::open(config)?;
    make_folder(&partial).map_err(|error| {
        let remedy =
            "Name a place that this user may write to; remove what an interrupted backup left there.";
        Failure::file(&partial, &error, remedy)
    })?;
    match fill(config, &mut source, &partial, keys)
        .await
        .and_then(|manifest| source.close().map(|()| manifest))
    {
        Ok(manifest) => {
            fs::rename(&partial, &into).map_err(failed(&into))?;
            place::sync(into.parent().unwrap_or(&into)).map_err(failed(&into))?;
            Ok(manifest)
        }
        Err(failure) => {
            // The failure itself matters more than what it leaves.
            let _ = fs::remove_dir_all(&partial);
            Err(failure)
        }
    }
}

async fn fill(
    config: &Config,
    source: &mut Source,
    folder: &Path,
    with_keys: bool,
) -> Result<Manifest, Failure> {
    let time = crate::clock::now();
    let path = folder.join(RECORDS);
    let (written, records) = source.records(create(&path).map_err(failed(&path))?).await?;
    let places = folder.join(PLACES);
    source.places(create(&places).map_err(failed(&places))?)?;
    written.sync_all().map_err(failed(&path))?;
    let Taken { payloads, missing, checkpoint } =
        take(config, folder, &records).map_err(failed(&config.server.folder))?;
    fs::remove_file(&places).map_err(failed(&places))?;
    let origin = config.server.origin.clone();
    let checkpoint = checkpoint.map(|note| keep_checkpoint(folder, &note)).transpose()?;
    if with_keys {
        make_folder(&folder.join(KEYS)).map_err(failed(folder))?;
        for name in [LOG_SEED, CHALLENGE_KEY] {
            SecretBytes::load(&config.keys().join(name))?.save(&folder.join(KEYS).join(name))?;
        }
        place::sync(&folder.join(KEYS)).map_err(failed(folder))?;
    }
    let manifest = Manifest { origin, time, records, payloads, missing, checkpoint, keys: with_keys };
    write(&folder.join(MANIFEST), manifest.to_string().as_bytes())?;
    place::sync(folder).map_err(failed(folder))?;
    Ok(manifest)
}

/// What the second pass over the records took.
struct Taken {
    payloads: Sum,
    missing: u64,
    checkpoint: Option<Vec<u8>>,
}

/// Reads the records again as they were written, and takes the payloads that they name.
fn take(config: &Config, folder: &Path, written: &Summary) -> io::Result<Taken> {
    let mut target = Target::new(folder)?;
    let mut sum = Summing::default();
    let mut named = Named::default();
    let mut absent = BTreeSet::new();
    let mut checkpoint = None;
    let of_log = checkpoint_key(&config.server.origin);
    let mut places = Places(open(folder, PLACES)?.peekable());
    let mut reader = open(folder, RECORDS)?;
    for row in reader.by_ref() {
        let row = row?;
        if row.0 == of_log {
            checkpoint = Some(row.1);
        } else if let Some(payload) = named.next(&row) {
            let place = places.next(&payload)?;
            if target.take(&config.server.folder, &payload, place.as_ref())? {
                sum.add(&payload);
            } else {
                absent.insert((payload.vault, payload.root));
            }
        }
    }
    if reader.summary() != Some(*written) {
        return Err(io::Error::other("the disk gives other records back than were written"));
    }
    target.finish()?;
    Ok(Taken { payloads: sum.finish(), missing: missing(folder, &absent)?, checkpoint })
}

/// How many of these payloads a statement names that counts: others were named by stages that never came to be one.
fn missing(folder: &Path, absent: &BTreeSet<(VaultId, PayloadRoot)>) -> io::Result<u64> {
    if absent.is_empty() {
        return Ok(0);
    }
    let mut users: BTreeMap<Key, Vec<PayloadRoot>> = BTreeMap::new();
    for row in open(folder, RECORDS)? {
        let (key, _) = row?;
        let Some((root, _)) = key.suffix.split_first_chunk().filter(|_| key.space == Space::Payload) else {
            continue;
        };
        let root = PayloadRoot::from_bytes(*root);
        let Some(hash) = key.suffix.last_chunk::<32>() else { continue };
        if absent.contains(&(VaultId::from_bytes(key.partition), root)) {
            users.entry(Key::new(Space::Number, key.partition, hash.as_slice())).or_default().push(root);
        }
    }
    let mut missing = BTreeSet::new();
    for row in open(folder, RECORDS)? {
        let (key, _) = row?;
        let roots = users.get(&key).into_iter().flatten();
        missing.extend(roots.map(|root| (key.partition, *root)));
    }
    Ok(u64::try_from(missing.len()).unwrap_or(u64::MAX))
}

fn keep_checkpoint(folder: &Path, note: &[u8]) -> Result<(u64, [u8; 32]), Failure> {
    let damaged = || Failure::new("the log's checkpoint is damaged", "Run `carnet-server check`.");
    let size = claimed(note).ok_or_else(damaged)?.size();
    write(&folder.join(CHECKPOINT), note)?;
    Ok((size, *blake3::hash(note).as_bytes()))
}

/// What a signed note says, whoever signed it.
pub(crate) fn claimed(note: &[u8]) -> Option<Checkpoint> {
    Checkpoint::parse(Note::parse(note).ok()?.text()).ok()
}

/// A payload that records name.
#[derive(Debug, Clone, Copy)]
struct Payload {
    vault: VaultId,
    root: PayloadRoot,
    len: u64,
}

/// Finds the payloads in records that pass in their order, each once.
#[derive(Debug, Default)]
struct Named(Option<(VaultId, PayloadRoot)>);

impl Named {
    fn next(&mut self, (key, value): &Row) -> Option<Payload> {
        if key.space != Space::Payload {
            return None;
        }
        let vault = VaultId::from_bytes(key.partition);
        let root = PayloadRoot::from_bytes(*key.suffix.first_chunk()?);
        let len = crate::history::read_number(value)?;
        (self.0.replace((vault, root)) != Some((vault, root))).then_some(Payload { vault, root, len })
    }
}

/// Finds the places of payloads that are asked for in the order of their names.
struct Places(Peekable<Reader<BufReader<File>>>);

impl Places {
    fn next(&mut self, payload: &Payload) -> io::Result<Option<PackPlace>> {
        let name = (payload.vault.as_bytes().as_slice(), payload.root.as_bytes().as_slice());
        let of = |(key, _): &Row| (key.partition.as_slice(), key.suffix.as_slice()).cmp(&name);
        while self.0.next_if(|row| row.as_ref().is_ok_and(|row| of(row).is_lt())).is_some() {}
        let found = self.0.next_if(|row| row.as_ref().map_or(true, |row| of(row).is_eq())).transpose()?;
        found
            .map(|(_, value)| PackPlace::from_bytes(&value).ok_or(io::ErrorKind::InvalidData.into()))
            .transpose()
    }
}

/// Adds payloads up.
#[derive(Debug, Default)]
struct Summing {
    count: u64,
    bytes: u64,
    hasher: blake3::Hasher,
}

impl Summing {
    fn add(&mut self, payload: &Payload) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(payload.len);
        self.hasher.update(payload.vault.as_bytes());
        self.hasher.update(payload.root.as_bytes());
        self.hasher.update(&payload.len.to_be_bytes());
    }

    fn finish(self) -> Sum {
        Sum { count: self.count, bytes: self.bytes, digest: *self.hasher.finalize().as_bytes() }
    }
}

fn open(folder: &Path, name: &str) -> io::Result<Reader<BufReader<File>>> {
    Reader::begin(BufReader::with_capacity(1 << 20, File::open(folder.join(name))?))
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(failed(path))
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Failure + use<'_> {
    move |error| Failure::file(path, &error, "Look at the disk, and at whom these folders belong to.")
}

#[cfg(test)]
mod tests;
