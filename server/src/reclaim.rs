//! `carnet-server reclaim`: what was deleted gives its room back to the disk, and nothing of it stays in the files.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use carnet_rest::{file, pack};
use carnet_wire::StableCode as _;

use crate::check::{self, Findings};
use crate::config::Config;
use crate::failure::Failure;
use crate::open_store::resources;
use crate::payloads;
use crate::store;

/// What a reclaim did, in bytes on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reclaimed {
    /// Records: before and after.
    pub records: (u64, u64),
    /// Payloads and uploads: before and after.
    pub payloads: (u64, u64),
}

/// Sweeps what no longer counts, removes payloads that nothing names, and rewrites the records and the index of packs. The store is read whole before: what is
/// damaged is not rewritten.
///
/// # Errors
/// [`Failure`].
pub async fn reclaim(config: &Config, findings: &mut Findings<'_>) -> Result<Reclaimed, Failure> {
    let folder = &config.server.folder;
    let size = || -> Result<u64, Failure> {
        let bytes: io::Result<u64> =
            [file::PAYLOADS, pack::PACKS, file::UPLOADS].iter().map(|name| size(&folder.join(name))).sum();
        bytes.map_err(|error| Failure::file(folder, &error, "Look at the disk."))
    };
    let before = size()?;
    check::check(config, true, findings).await?;
    let removed =
        ["orphan-removed", "outboard-removed", "outboard-rebuilt", "row-unused", "payload-set-aside"];
    if let Some(code) = findings.codes().find(|code| !removed.contains(code)) {
        return Err(Failure::new(
            format!("something is damaged ({code}): the records were not rewritten"),
            "See `carnet-server check`; restore a backup, or what is missing.",
        ));
    }
    let rewritten = store::reclaim(config.store.engine, &folder.join("records"), resources(config));
    let rewritten = rewritten.map_err(|error| {
        Failure::new(
            format!("the records ({}): {error}", error.code()),
            "It needs room for both: look at the disk.",
        )
    })?;
    payloads::rewrite_index(folder).map_err(|error| {
        let what = format!("the index of packs ({}): {error}", error.code());
        Failure::new(what, "Look at the disk, then reclaim again.")
    })?;
    Ok(Reclaimed { records: (rewritten.before, rewritten.after), payloads: (before, size()?) })
}

/// Bytes that the files of a folder take. What a running server removes meanwhile takes none.
fn size(folder: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        let data = match entry.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            data => data?,
        };
        bytes += if data.is_dir() { size(&entry.path())? } else { data.blocks() * 512 };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_that_is_gone_takes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one"), [1; 10_000]).unwrap();
        assert!(size(folder.path()).unwrap() >= 10_000);
        assert_eq!(size(&folder.path().join("gone")).unwrap(), 0);
    }
}
