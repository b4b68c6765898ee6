//! The files of a zip, for an import: an export's, the documents of an IHE XDM package, else all of them. Nothing is unpacked onto the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use carnet_health::archived_name;
use carnet_health::xdm::{self, PackedDocument};
use zip::ZipArchive;
use zip::result::ZipError;

use super::contents::Found;
use super::import::{exported, manifest_of};
use super::walk::Walked;
use crate::Failure;

type Archive = ZipArchive<BufReader<File>>;

/// What a zip holds. A file in it that is locked, broken or too long is refused by itself.
///
/// # Errors
/// `zip`, `import-large`, `import-damaged`, `nothing-to-add`.
pub(super) fn unpack(path: &Path, file: File) -> Result<Walked, Failure> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| failed(&error))?;
    if archive.len() > MOST_FILES {
        return Err(large(path.display().to_string()));
    }
    let entries = entries(&archive);
    let indexes: BTreeMap<&str, usize> =
        entries.iter().map(|entry| (entry.name.as_str(), entry.index)).collect();
    let read_named = |archive: &mut Archive, name: &str| {
        let index = indexes.get(name).copied();
        index.map_or_else(|| Err(failed(&ZipError::FileNotFound)), |index| read(archive, index, MOST_OF_FILE))
    };
    let manifest = read_named(&mut archive, "manifest.json").ok().and_then(|bytes| manifest_of(&bytes));
    if let Some(manifest) = manifest {
        return exported(path, &manifest, |name| read_named(&mut archive, name)).map(Walked::from);
    }
    let is_package = xdm::is_package(entries.iter().map(|entry| entry.name.as_str()));
    let packed = if is_package { packed(&mut archive, &entries) } else { BTreeMap::new() };
    let (mut walked, mut left) = (Walked::default(), MOST_OF_ZIP);
    for entry in &entries {
        if !is_document(&entry.name) {
            walked.left_out.push((PathBuf::from(&entry.name), "left-hidden"));
            continue;
        }
        if is_package && xdm::is_packaging(&entry.name) {
            walked.left_out.push((PathBuf::from(&entry.name), PACKAGING));
            continue;
        }
        let name = entry.name.rsplit(['/', '\\']).next().unwrap_or(&entry.name).to_owned();
        if entry.locked {
            let failure = Failure::coded("zip-locked").with("path", name.clone());
            walked.unread.push((PathBuf::from(name), failure));
            continue;
        }
        match read(&mut archive, entry.index, left.min(MOST_OF_FILE)) {
            Ok(bytes) => {
                left = left.saturating_sub(bytes.len() as u64);
                let mut one = Found::in_memory(name, bytes);
                one.packed = packed.get(&entry.name.to_ascii_uppercase()).cloned();
                walked.found.push(one);
            }
            Err(failure) => walked.unread.push((PathBuf::from(name), failure)),
        }
    }
    let there: BTreeSet<String> = entries.iter().map(|entry| entry.name.to_ascii_uppercase()).collect();
    for (announced, document) in packed.iter().filter(|(announced, _)| !there.contains(*announced)) {
        let name = document.uri.clone().unwrap_or_else(|| announced.clone());
        walked.unread.push((PathBuf::from(&name), missing(name)));
    }
    let nothing = walked.found.is_empty() && walked.unread.is_empty();
    if nothing { Err(Failure::wrong("nothing-to-add")) } else { Ok(walked) }
}

/// The documents of a package that lies in a folder, as on a disc; of another folder all that was found in it.
pub(super) fn unpacked(folder: &Path, mut walked: Walked) -> Walked {
    let inside =
        |path: &Path| path.strip_prefix(folder).ok().map(|inside| inside.to_string_lossy().into_owned());
    let name = |one: &Found| inside(one.path.as_ref()?);
    let names: Vec<String> = walked.found.iter().filter_map(name).collect();
    if !xdm::is_package(names.iter().map(String::as_str)) {
        return walked;
    }
    let mut packed = BTreeMap::new();
    for metadata in names.iter().filter(|name| name.to_ascii_uppercase().ends_with("METADATA.XML")) {
        let path = folder.join(metadata);
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for document in xdm::documents(&bytes) {
            let uri = document.uri.as_ref().map(|uri| path.with_file_name(uri));
            packed.extend(uri.map(|uri| (uri, document)));
        }
    }
    for (place, document) in packed.iter().filter(|(place, _)| !place.exists()) {
        let name = document.uri.clone().unwrap_or_default();
        walked.unread.push((place.clone(), missing(name)));
    }
    for mut one in std::mem::take(&mut walked.found) {
        match one.path.clone().filter(|_| name(&one).is_some_and(|name| xdm::is_packaging(&name))) {
            Some(path) => walked.left_out.push((path, PACKAGING)),
            None => {
                one.packed = one.path.as_ref().and_then(|path| packed.get(path)).cloned();
                walked.found.push(one);
            }
        }
    }
    walked
}

struct Entry {
    index: usize,
    name: String,
    locked: bool,
}

fn entries(archive: &Archive) -> Vec<Entry> {
    let entry = |index: usize| {
        let entry = archive.by_index_data(index).ok()?;
        let name = archived_name(entry.name_raw());
        (!entry.is_dir()).then(|| Entry { index, name, locked: entry.encrypted() })
    };
    (0..archive.len()).filter_map(entry).collect()
}

/// What the metadata of a package say of its documents, by their names in capitals.
fn packed(archive: &mut Archive, entries: &[Entry]) -> BTreeMap<String, PackedDocument> {
    let mut packed = BTreeMap::new();
    for entry in entries {
        let upper = entry.name.to_ascii_uppercase();
        let Some(folder) = upper.strip_suffix("METADATA.XML") else { continue };
        let Ok(bytes) = read(archive, entry.index, MOST_OF_METADATA) else { continue };
        for document in xdm::documents(&bytes) {
            if let Some(uri) = &document.uri {
                packed.insert(format!("{folder}{}", uri.to_ascii_uppercase()), document);
            }
        }
    }
    packed
}

/// Whether a name in a zip is a person's file: no folder, nothing hidden, nothing that an archiver put there.
fn is_document(name: &str) -> bool {
    !name.ends_with('/')
        && name.split(['/', '\\']).all(|part| part == ".." || (!part.starts_with('.') && part != "__MACOSX"))
}

fn read(archive: &mut Archive, index: usize, most: u64) -> Result<Vec<u8>, Failure> {
    let entry = archive.by_index(index).map_err(|error| failed(&error))?;
    let name = archived_name(entry.name_raw());
    let mut bytes = Vec::new();
    // A few bytes of a zip can be many once they are unpacked: what the entry says of its length is not believed.
    let read = entry.take(most.saturating_add(1)).read_to_end(&mut bytes);
    if bytes.len() as u64 > most {
        return Err(large(name));
    }
    read.map_err(|error| Failure::coded("zip").because(&error))?;
    Ok(bytes)
}

/// What a package announces and does not hold.
fn missing(name: String) -> Failure {
    Failure::coded("file-missing").with("path", name)
}

fn large(path: String) -> Failure {
    Failure::wrong("import-large").with("path", path)
}

fn failed(error: &ZipError) -> Failure {
    Failure::coded("zip").because(error)
}

/// Why what shows or lays out a package is left out.
const PACKAGING: &str = "left-packaging";
const MOST_FILES: usize = 100_000;
/// Most bytes of one file of a zip, and of all together: they are in memory.
const MOST_OF_FILE: u64 = 256 * 1024 * 1024;
const MOST_OF_ZIP: u64 = 1024 * 1024 * 1024;
const MOST_OF_METADATA: u64 = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_archivers_are_told_from_a_persons() {
        assert!(is_document("a/b.pdf") && is_document("../b.pdf"));
        for name in ["a/", ".hidden", "a/.b", "__MACOSX/a"] {
            assert!(!is_document(name), "{name}");
        }
    }
}
