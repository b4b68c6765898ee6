//! At the start: what a power cut may have left half done.

use std::fs;

use carnet_wire::id::{PayloadRoot, VaultId};

use super::Shared;
use super::error::PayloadError;
use super::flush::{Disk, Ready};
use super::layout::{Name, Role, files, in_folder, remove_file};
use super::part::Part;
use super::settle::write_tree;

/// What was found among the uploads at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Payloads of committed versions that had their upload's name, and have their own now.
    pub settled: u64,
    /// Payloads of committed versions that cannot be settled: too few bytes, or others. What is left of them is set
    /// aside.
    pub lost: Vec<(VaultId, PayloadRoot)>,
    /// Uploads that no committed version names: their clients may go on with them.
    pub waiting: u64,
}

pub(super) fn repair(
    shared: &Shared,
    named: impl Fn(&VaultId, &PayloadRoot) -> Option<u64>,
) -> Result<Repaired, PayloadError> {
    let disk = Disk::open(shared.layout.payloads())?;
    let mut repaired = Repaired::default();
    // The journal may hold what was deleted since.
    for name in std::mem::take(&mut *shared.restored()) {
        if named(&name.vault, &name.root).is_none() {
            remove_file(&shared.layout.payload(&name))?;
        }
    }
    for folder in shared.layout.upload_folders()? {
        for found in files(&folder)? {
            match found.what {
                // An outboard half written: it is made again with its payload.
                Some((_, Role::Tree)) => drop(remove_file(&found.path)?),
                Some((name, Role::Part)) => match named(&name.vault, &name.root) {
                    None => repaired.waiting += 1,
                    Some(_) if shared.settled_len(&name)?.is_some() => drop(remove_file(&found.path)?),
                    Some(len) => match verified(shared, &name, len)? {
                        Some(ready) => {
                            disk.flush(std::iter::once(&ready));
                            disk.rename(&ready, &shared.layout)?;
                            repaired.settled += 1;
                        }
                        None => {
                            tracing::error!(code = "payload-lost", vault = %name.vault, root = %name.root);
                            repaired.lost.push((name.vault, name.root));
                        }
                    },
                },
                _ => {}
            }
        }
    }
    disk.flush_all();
    Ok(repaired)
}

/// The upload, if it is the payload of that length. If not it is set aside, so that it can be uploaded again.
fn verified(shared: &Shared, name: &Name, len: u64) -> Result<Option<Ready>, PayloadError> {
    let whole = Part::open(&shared.layout, name)?.finish();
    if whole.root != name.root || whole.len != len {
        let aside = shared.layout.damaged(name);
        in_folder(&aside, || fs::rename(shared.layout.part(name), &aside))?;
        return Ok(None);
    }
    let tree = write_tree(&shared.layout, name, len, &whole.outboard)?;
    Ok(Some(Ready { name: *name, file: whole.file, tree }))
}
