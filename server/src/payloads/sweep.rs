//! Removes payloads, and what uploads have left.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::error::PayloadError;
use super::layout::{Name, Role, files, remove_file};
use super::locks::Work;
use super::{Shared, len_of};

/// What a sweep has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Uploads.
    pub uploads: u64,
    /// Their bytes.
    pub bytes: u64,
}

pub(super) async fn remove(shared: &Arc<Shared>, name: Name) -> Result<bool, PayloadError> {
    let held = shared.locks.hold(name).await?;
    let remover = Arc::clone(shared);
    shared
        .on_disk(move || {
            let removed = remove_all(&remover, &name);
            drop(held);
            removed
        })
        .await?
}

pub(super) async fn remove_orphan(
    shared: &Arc<Shared>,
    name: Name,
    age: Duration,
) -> Result<bool, PayloadError> {
    let held = shared.locks.hold(name).await?;
    let remover = Arc::clone(shared);
    shared
        .on_disk(move || {
            let fresh = remover.fresh.get(&name).is_some();
            let old = !fresh && is_old(&remover, &name, age)?;
            let removed = old && remove_all(&remover, &name)?;
            drop(held);
            Ok(removed)
        })
        .await?
}

fn is_old(shared: &Shared, name: &Name, age: Duration) -> io::Result<bool> {
    let path = shared.layout.payload(name);
    if len_of(&path)?.is_some() {
        return Ok(old(&path, age)?.is_some());
    }
    let place = shared.packs.find(name)?;
    let since = |time| Duration::from_millis(crate::clock::now().saturating_sub(time));
    Ok(place.is_some_and(|place| since(place.time) >= age))
}

fn remove_all(shared: &Shared, name: &Name) -> Result<bool, PayloadError> {
    drop(shared.open.take(name));
    let layout = &shared.layout;
    let fresh = shared.fresh.forget(name);
    let packed = shared.packs.remove(name)?;
    let removed = remove_file(&layout.payload(name))? || fresh || packed;
    for path in [layout.tree(name), layout.damaged(name), layout.part(name), layout.new_tree(name)] {
        remove_file(&path)?;
    }
    shared.settler.untidy();
    Ok(removed)
}

pub(super) fn abandon(shared: &Shared, age: Duration) -> Result<Swept, PayloadError> {
    // What a backup wanted left alone.
    shared.packs.free();
    let mut swept = Swept::default();
    for folder in shared.layout.upload_folders()? {
        for found in files(&folder)? {
            let Some((name, Role::Part)) = found.what else { continue };
            let Ok(held) = shared.locks.try_hold(name, Work::Own) else { continue };
            let Some(len) = old(&found.path, age)? else { continue };
            drop(shared.open.take(&name));
            remove_file(&found.path)?;
            swept.uploads += 1;
            swept.bytes += len;
            drop(held);
        }
        // Refused while anything is in it. Who needs it makes it again.
        drop(fs::remove_dir(&folder));
    }
    Ok(swept)
}

/// The length of a file that has not been written or touched for so long; nothing if it has, or is gone.
fn old(path: &Path, age: Duration) -> io::Result<Option<u64>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let since = SystemTime::now().duration_since(metadata.modified()?).unwrap_or_default();
    Ok((since >= age).then_some(metadata.len()))
}
