//! Settled payloads in a stopped server's folder: in files and in packs, read as the format says and not with the server's code.

#![allow(clippy::unwrap_used, reason = "a stage prop that fails fails its test")]

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use carnet_rest::{PackPlace, pack};
use carnet_wire::id::{PayloadRoot, VaultId};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("records");

/// The index of packs, in a server's folder.
#[must_use]
pub fn index(folder: &Path) -> PathBuf {
    folder.join(pack::PACKS).join(pack::INDEX)
}

/// A pack, in a server's folder.
#[must_use]
pub fn pack(folder: &Path, place: &PackPlace) -> PathBuf {
    folder.join(pack::PACKS).join(pack::name(place.pack))
}

/// The payloads that lie in packs, and where.
///
/// # Panics
/// Where the index cannot be read.
#[must_use]
pub fn packed(folder: &Path) -> Vec<(VaultId, PayloadRoot, PackPlace)> {
    let database = Database::open(index(folder)).unwrap();
    let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
    let rows = table.iter().unwrap().map(Result::unwrap);
    rows.filter_map(|(key, value)| {
        let (vault, root) = pack::payload(key.value())?;
        let (value, _) = value.value().split_last_chunk::<8>()?;
        Some((vault, root, PackPlace::from_bytes(value)?))
    })
    .collect()
}

/// How many settled payloads a vault has.
///
/// # Panics
/// Where they cannot be read.
#[must_use]
pub fn count(folder: &Path, vault: &VaultId) -> usize {
    let name = vault.to_string();
    let files = fs::read_dir(folder.join(format!("payloads/{}/{name}", &name[..2])));
    let files = files
        .map_or(0, |files| files.filter(|file| file.as_ref().unwrap().path().extension().is_none()).count());
    files + packed(folder).iter().filter(|(of, ..)| of == vault).count()
}

/// The bytes of a settled payload, if it is there.
///
/// # Panics
/// Where they cannot be read.
#[must_use]
pub fn bytes(folder: &Path, vault: &VaultId, root: &PayloadRoot) -> Option<Vec<u8>> {
    let name = vault.to_string();
    if let Ok(bytes) = fs::read(folder.join(format!("payloads/{}/{name}/{root}", &name[..2]))) {
        return Some(bytes);
    }
    let (_, _, place) = packed(folder).into_iter().find(|(of, name, _)| (of, name) == (vault, root))?;
    let mut bytes = vec![0; usize::try_from(place.len).unwrap()];
    fs::File::open(pack(folder, &place)).unwrap().read_exact_at(&mut bytes, place.start()).unwrap();
    Some(bytes)
}
