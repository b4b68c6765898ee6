//! Reads every settled payload again, and says what is wrong.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use carnet_rest::PackPlace;
use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::outboard::Outboard;

use super::Shared;
use super::error::PayloadError;
use super::layout::{Found, Name, Role, files};
use super::part::Part;
use super::settle::TREE_FROM;
use super::slice;

/// Something about a payload that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Its bytes are not those of its name.
    Damaged(VaultId, PayloadRoot),
    /// A committed version names it, and it is not there.
    Missing(VaultId, PayloadRoot),
    /// It has another length than a committed version says.
    WrongLength(VaultId, PayloadRoot),
    /// It cannot be read, for a reason of the system's.
    Unreadable(VaultId, PayloadRoot, io::ErrorKind),
    /// No committed version names it; settled, or last asked for, so long ago.
    Orphan(VaultId, PayloadRoot, Duration),
    /// Its outboard was missing or damaged, and has been made again.
    OutboardRebuilt(VaultId, PayloadRoot),
    /// A damaged payload that was set aside.
    SetAside(VaultId, PayloadRoot),
    /// An outboard without a payload.
    OutboardAlone(VaultId, PayloadRoot),
    /// A file that is none of the server's.
    Stray(PathBuf),
}

/// The findings of a scrub, in no order. Reads a payload at each step, and holds the names of one vault at a time.
pub struct Scrub<N> {
    shared: Arc<Shared>,
    named: N,
    folders: Box<dyn Iterator<Item = PathBuf> + Send>,
    files: std::vec::IntoIter<Found>,
    packed: std::vec::IntoIter<(Name, PackPlace)>,
    last: Option<Name>,
    second: Option<Finding>,
}

impl<N> Scrub<N> {
    pub(super) fn new(shared: Arc<Shared>, named: N) -> Result<Self, PayloadError> {
        let folders = Box::new(shared.layout.payload_folders()?);
        let (files, packed) = (Vec::new().into_iter(), Vec::new().into_iter());
        Ok(Self { shared, named, folders, files, packed, last: None, second: None })
    }
}

impl<N: Fn(&VaultId, &PayloadRoot) -> Option<u64>> Iterator for Scrub<N> {
    type Item = Finding;

    fn next(&mut self) -> Option<Finding> {
        loop {
            if let Some(finding) = self.second.take() {
                return Some(finding);
            }
            let Some(found) = self.files.next() else {
                let Some(folder) = self.folders.next() else { return self.next_packed() };
                match files(&folder) {
                    Ok(files) => self.files = files.into_iter(),
                    Err(_) => return Some(Finding::Stray(folder)),
                }
                continue;
            };
            let finding = match found.what {
                None => Some(Finding::Stray(found.path)),
                Some((name, Role::Payload)) => self.payload(&name),
                Some((name, Role::Tree)) => matches!(self.shared.settled_len(&name), Ok(None))
                    .then_some(Finding::OutboardAlone(name.vault, name.root)),
                Some((name, Role::Damaged)) => Some(Finding::SetAside(name.vault, name.root)),
                Some((_, Role::Part)) => Some(Finding::Stray(found.path)),
            };
            if finding.is_some() {
                return finding;
            }
        }
    }
}

impl<N: Fn(&VaultId, &PayloadRoot) -> Option<u64>> Scrub<N> {
    /// The findings of packs, after those of files.
    fn next_packed(&mut self) -> Option<Finding> {
        loop {
            if let Some(finding) = self.second.take() {
                return Some(finding);
            }
            let Some((name, _)) = self.packed.next() else {
                // An index that cannot be read fails wherever its payloads are wanted.
                self.packed = self.shared.packs.page(self.last.as_ref()).ok()?.into_iter();
                self.last = Some(self.packed.as_slice().last()?.0);
                continue;
            };
            // Nobody else is here who could hold the name.
            if self.is_gone(&name) {
                drop(self.shared.packs.remove(&name));
                continue;
            }
            match self.payload(&name) {
                Some(finding) => return Some(finding),
                // A file put back for what a pack has lost, or has twice: it is whole, and the one that counts.
                None if self.shared.layout.payload(&name).exists() => drop(self.shared.packs.remove(&name)),
                None => {}
            }
        }
    }

    /// Whether a crash left the place of a payload that was removed, and nothing of its bytes.
    fn is_gone(&self, name: &Name) -> bool {
        let bytes = self.shared.packs.whole(name);
        bytes.is_ok_and(|bytes| bytes.is_none_or(|bytes| bytes.iter().all(|byte| *byte == 0)))
            && (self.named)(&name.vault, &name.root).is_none()
    }

    fn payload(&mut self, name: &Name) -> Option<Finding> {
        let (vault, root) = (name.vault, name.root);
        let (condition, age) = match verify(&self.shared, name) {
            Ok(verified) => verified,
            // Removed meanwhile.
            Err(PayloadError::Absent) => return None,
            Err(PayloadError::Io(error)) => return Some(Finding::Unreadable(vault, root, error.kind())),
            Err(_) => return Some(Finding::Unreadable(vault, root, io::ErrorKind::StorageFull)),
        };
        let named = (self.named)(&vault, &root);
        let reference = match named {
            None => Some(Finding::Orphan(vault, root, age)),
            Some(len) if matches!(condition, Condition::Whole(kept) | Condition::Rebuilt(kept) if kept != len) => {
                Some(Finding::WrongLength(vault, root))
            }
            Some(_) => None,
        };
        match condition {
            Condition::Whole(_) => reference,
            Condition::Rebuilt(_) => {
                self.second = reference;
                Some(Finding::OutboardRebuilt(vault, root))
            }
            Condition::Damaged => {
                self.second = reference;
                Some(Finding::Damaged(vault, root))
            }
        }
    }
}

impl<N> std::fmt::Debug for Scrub<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scrub").finish_non_exhaustive()
    }
}

pub(super) fn examine(shared: &Shared, name: Name, len: u64) -> Result<Option<Finding>, PayloadError> {
    Ok(match shared.settled_len(&name)? {
        None => Some(Finding::Missing(name.vault, name.root)),
        Some(kept) if kept != len => Some(Finding::WrongLength(name.vault, name.root)),
        Some(_) => None,
    })
}

enum Condition {
    Whole(u64),
    Rebuilt(u64),
    Damaged,
}

/// Reads a payload and its outboard, and how long ago it was settled or asked for.
fn verify(shared: &Shared, name: &Name) -> Result<(Condition, Duration), PayloadError> {
    if let Some(bytes) = shared.fresh.get(name) {
        // Its file may be half written.
        return Ok((Condition::Whole(bytes.len() as u64), Duration::ZERO));
    }
    let file = match File::open(shared.layout.payload(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return verify_packed(shared, name),
        opened => opened?,
    };
    let age = SystemTime::now().duration_since(file.metadata()?.modified()?).unwrap_or_default();
    without_cache(&file);
    let whole = Part::hashed(file)?.finish();
    if whole.root != name.root {
        return Ok((Condition::Damaged, age));
    }
    if whole.len <= TREE_FROM || tree_is(shared, name, &whole.outboard)? {
        return Ok((Condition::Whole(whole.len), age));
    }
    let rebuilt = slice::keep(shared, name, whole.len, &whole.outboard)?;
    Ok((if rebuilt { Condition::Rebuilt(whole.len) } else { Condition::Whole(whole.len) }, age))
}

fn verify_packed(shared: &Shared, name: &Name) -> Result<(Condition, Duration), PayloadError> {
    let place = shared.packs.find(name)?.ok_or(PayloadError::Absent)?;
    let age = Duration::from_millis(crate::clock::now().saturating_sub(place.time));
    let Some(bytes) = shared.packs.whole(name)? else {
        // Removed meanwhile, or its pack is not there.
        let gone = shared.packs.find(name)?.is_none();
        return Err(if gone {
            PayloadError::Absent
        } else {
            io::Error::from(io::ErrorKind::UnexpectedEof).into()
        });
    };
    let whole = blake3::hash(&bytes).as_bytes() == name.root.as_bytes();
    Ok((if whole { Condition::Whole(bytes.len() as u64) } else { Condition::Damaged }, age))
}

fn tree_is(shared: &Shared, name: &Name, outboard: &Outboard) -> io::Result<bool> {
    match fs::read(shared.layout.tree(name)) {
        Ok(bytes) => Ok(bytes == outboard.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A scrub reads everything once: it should not push out what readers want. Only advice, so a refusal changes nothing.
#[cfg(target_os = "linux")]
fn without_cache(file: &File) {
    let _: Result<(), _> = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::NoReuse);
}

#[cfg(not(target_os = "linux"))]
fn without_cache(_: &File) {}
