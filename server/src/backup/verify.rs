//! Reads a backup from its first byte to its last before anything is believed of it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::place::root_of;
use super::{CHECKPOINT, KEYS, MANIFEST, Manifest, Named, RECORDS, Summing, claimed, open};
use crate::failure::Failure;
use crate::keys::{CHALLENGE_KEY, LOG_SEED, SecretBytes};
use crate::log::checkpoint_key;
use crate::payloads::payload_path;
use crate::store::Row;

/// A backup that has been read and is what was written.
#[derive(Debug, Clone)]
pub struct Backup {
    /// What is in it.
    pub manifest: Manifest,
    /// The log's checkpoint, a signed note; its signature has not been looked at.
    pub checkpoint: Option<Vec<u8>>,
    folder: PathBuf,
}

impl Backup {
    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its records, once more.
    ///
    /// # Errors
    /// Those of the system.
    pub fn records(&self) -> io::Result<impl Iterator<Item = io::Result<Row>>> {
        open(&self.folder, RECORDS)
    }
}

/// Reads a whole backup: records, payloads, checkpoint, each against its digest in the manifest, and the manifest against its own.
///
/// # Errors
/// [`Failure`] that names the first thing which is not as it was written.
pub fn verify(folder: &Path) -> Result<Backup, Failure> {
    let path = folder.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|error| {
        Failure::file(
            &path,
            &error,
            "Name the folder of a whole backup: one whose name ends in .partial is none.",
        )
    })?;
    let manifest: Manifest = text.parse().map_err(|error| damaged(&path, &error))?;
    let checkpoint = manifest.checkpoint.map(|expected| checkpoint(folder, expected)).transpose()?;
    records(folder, &manifest, checkpoint.as_deref())?;
    if manifest.keys {
        for name in [LOG_SEED, CHALLENGE_KEY] {
            SecretBytes::load(&folder.join(KEYS).join(name))?;
        }
    }
    Ok(Backup { manifest, checkpoint, folder: folder.to_owned() })
}

fn checkpoint(folder: &Path, (size, digest): (u64, [u8; 32])) -> Result<Vec<u8>, Failure> {
    let path = folder.join(CHECKPOINT);
    let note = fs::read(&path).map_err(|error| damaged(&path, &error))?;
    let fits =
        *blake3::hash(&note).as_bytes() == digest && claimed(&note).is_some_and(|at| at.size() == size);
    if fits { Ok(note) } else { Err(damaged(&path, &"not the checkpoint of the manifest")) }
}

fn records(folder: &Path, manifest: &Manifest, checkpoint: Option<&[u8]>) -> Result<(), Failure> {
    let path = folder.join(RECORDS);
    let of_log = checkpoint_key(&manifest.origin);
    let mut sum = Summing::default();
    let mut named = Named::default();
    let mut absent = BTreeSet::new();
    let mut reader = open(folder, RECORDS).map_err(|error| damaged(&path, &error))?;
    for row in reader.by_ref() {
        let row = row.map_err(|error| damaged(&path, &error))?;
        if row.0 == of_log && Some(row.1.as_slice()) != checkpoint {
            return Err(damaged(&path, &"another checkpoint than the backup's"));
        }
        let Some(payload) = named.next(&row) else { continue };
        let file = payload_path(folder, &payload.vault, &payload.root);
        let whole = fs::metadata(&file).is_ok_and(|found| found.len() == payload.len)
            && root_of(&file).is_ok_and(|root| root == payload.root);
        if whole {
            sum.add(&payload);
        } else {
            absent.insert((payload.vault, payload.root));
        }
    }
    if reader.summary() != Some(manifest.records) {
        return Err(damaged(&path, &"not the records of the manifest"));
    }
    if sum.finish() != manifest.payloads {
        let first = absent.first().map(|(vault, root)| payload_path(folder, vault, root));
        return Err(damaged(&first.unwrap_or_else(|| folder.join("payloads")), &"missing or damaged"));
    }
    Ok(())
}

fn damaged(path: &Path, what: &dyn std::fmt::Display) -> Failure {
    let what = format!("this backup is damaged: {}: {what}", path.display());
    Failure::new(what, "Take another backup, or another copy of this one.")
}
