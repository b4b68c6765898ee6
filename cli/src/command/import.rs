//! `carnet import`: an export taken back, a FHIR bundle split into its resources, an e-mail into the files that came with it, a zip or a
//! folder as they are.
//!
//! What is there already is skipped, so that an import that was broken off goes on where it is run again.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Component, Path, PathBuf};

use carnet_core::authored::{Code, Description, Related, Relation, Series, Sort};
use carnet_core::manifest::HolderPart;
use carnet_health::profile::ProfileResource;
use carnet_health::{
    Damage, Kind, Moment, PREFIX_LENGTH, Resource, attachments, kind_of, split_bundle, split_lines,
    unread_entries,
};
use sha2::{Digest as _, Sha256};

use super::adding::{Adding, refusal};
use super::archive;
use super::contents::{Found, Given, Said};
use super::export::{Document, FORMAT, Manifest};
use super::walk::Walked;
use super::{profile, when};
use crate::Failure;
use crate::cli::Cli;
use crate::screen::harmless_line;
use crate::text::Texts;

/// Takes in an export, a FHIR bundle, a zip or a folder.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// What `carnet export` wrote, a FHIR bundle (.json, .ndjson), a zip, an IHE XDM package, an e-mail, or a folder
    path: PathBuf,
    /// Adds files that are broken too, as they are
    #[arg(long)]
    as_is: bool,
    /// Removes from images what they say without showing it: place, dates, camera, comments
    #[arg(long)]
    strip_metadata: bool,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    /// `import-what`, `import-damaged`, `import-large`, `zip`; else as `carnet add`. What was added before stays.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let walked = find(&cli.texts, &self.path)?;
        let adding = Adding { said: Said::default(), strip_metadata: self.strip_metadata, as_is: self.as_is };
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        if self.dry_run {
            return adding.preview(cli, &client, &held, &walked)?.tell(cli);
        }
        let added = adding.run(cli, &mut client, &mut held, walked)?;
        added.tell(cli)
    }
}

/// What there is to be imported.
fn find(texts: &Texts, path: &Path) -> Result<Walked, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        let manifest = path.join("manifest.json");
        return match fs::read(&manifest).ok().and_then(|bytes| manifest_of(&bytes)) {
            Some(manifest) => exported(path, &manifest, |name| {
                let inside = path.join(name);
                fs::read(&inside).map_err(|error| Failure::file(&inside, &error))
            })
            .map(Walked::from),
            None => Ok(archive::unpacked(path, Walked::of(&[path.to_owned()])?)),
        };
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut begin = Vec::new();
    file.by_ref().take(PREFIX_LENGTH as u64).read_to_end(&mut begin).map_err(failed)?;
    file.rewind().map_err(failed)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kind = kind_of(&begin, Some(&name));
    if kind == Kind::Zip {
        return archive::unpack(path, file);
    }
    if !matches!(
        kind,
        Kind::FhirJson | Kind::FhirXml | Kind::FhirNdjson | Kind::Json | Kind::Mail | Kind::Msg
    ) {
        return Walked::of(&[path.to_owned()]);
    }
    if metadata.len() > MOST_OF_BUNDLE {
        return Err(Failure::wrong("import-large").with("path", path.display().to_string()));
    }
    let mut bytes = Vec::new();
    file.take(MOST_OF_BUNDLE).read_to_end(&mut bytes).map_err(failed)?;
    match kind_of(&bytes, Some(&name)) {
        Kind::FhirNdjson => Ok(lines(texts, &name, &bytes)),
        kind @ (Kind::Mail | Kind::Msg) => Ok(Walked::from(message(name, bytes, kind))),
        Kind::FhirJson | Kind::FhirXml => {
            let what = || Failure::wrong("import-what").with("path", path.display().to_string());
            let resources = split_bundle(&bytes).map_err(|_| what())?;
            if resources.is_empty() {
                return Err(what());
            }
            let found =
                resources.iter().enumerate().map(|(index, resource)| of_bundle(texts, index, resource));
            let mut walked = Walked::from(found.collect::<Vec<_>>());
            for place in unread_entries(&bytes).map_err(|_| what())? {
                let failure = Failure::wrong("file-entry").with("count", place.to_string());
                walked.unread.push((PathBuf::from(format!("{name}:{place}")), failure));
            }
            Ok(walked)
        }
        _ => Walked::of(&[path.to_owned()]),
    }
}

/// The resources of a file that has one a line, each as its line stands; a line that is none is refused by its number.
fn lines(texts: &Texts, name: &str, bytes: &[u8]) -> Walked {
    let mut walked = Walked::default();
    for line in split_lines(bytes) {
        let place = format!("{name}:{}", line.number);
        match line.kind.and_then(|_| split_bundle(line.text.as_bytes())) {
            Ok(resources) => match resources.as_slice() {
                [one] => {
                    let exact = line.text.into_bytes();
                    let name = format!("{} {}.json", one.kind, line.number);
                    walked.found.push(of_bundle_as(texts, name, one, exact));
                }
                many => {
                    let each =
                        many.iter().enumerate().map(|(index, resource)| of_bundle(texts, index, resource));
                    walked.found.extend(each);
                }
            },
            Err(damage) => {
                let damage = match damage {
                    Damage::Json { column, .. } => Damage::Json { line: line.number, column },
                    other => other,
                };
                let failure = refusal(&damage, &place);
                walked.unread.push((PathBuf::from(place), failure));
            }
        }
    }
    walked
}

/// A message, and each of the files that came with it.
fn message(name: String, bytes: Vec<u8>, kind: Kind) -> Vec<Found> {
    let attached = attachments(&bytes, kind).into_iter().enumerate().map(|(index, attachment)| {
        let kind = kind_of(&attachment.bytes, attachment.name.as_deref());
        let unnamed = || format!("{} {}.{}", stem(&name), index.saturating_add(1), kind.ending());
        Found::in_memory(attachment.name.clone().unwrap_or_else(unnamed), attachment.bytes)
    });
    let attached: Vec<Found> = attached.collect();
    let mut found = vec![Found::in_memory(name, bytes)];
    found.extend(attached);
    found
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// A resource of a bundle, described by what it says: an item of the profile where it is one, else a document.
fn of_bundle(texts: &Texts, index: usize, resource: &Resource) -> Found {
    let name = format!("{} {}.json", resource.kind, index.saturating_add(1));
    of_bundle_as(texts, name, resource, resource.to_bytes())
}

fn of_bundle_as(texts: &Texts, name: String, resource: &Resource, bytes: Vec<u8>) -> Found {
    let mut found = Found::in_memory(name, bytes);
    let item = ProfileResource::from_value(resource.value.clone()).ok();
    if let Some(item) = item {
        let description = profile::describe(texts, item.item());
        found.given = Some(Given { description, holder: HolderPart::default(), class: profile::PROFILE });
    }
    found
}

pub(super) fn manifest_of(bytes: &[u8]) -> Option<Manifest> {
    let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
    (manifest.format == FORMAT).then_some(manifest)
}

/// The documents of an export, each as it was described, and byte for byte what the export's manifest says.
///
/// # Errors
/// `import-damaged`, `nothing-to-add`; what the reading says.
pub(super) fn exported(
    path: &Path,
    manifest: &Manifest,
    mut read: impl FnMut(&str) -> Result<Vec<u8>, Failure>,
) -> Result<Vec<Found>, Failure> {
    let damaged =
        |name: &str| Failure::coded("import-damaged").with("path", format!("{}/{name}", path.display()));
    let mut found = Vec::with_capacity(manifest.documents.len().min(MOST_FILES));
    for document in &manifest.documents {
        let name = document.file.as_str();
        if !is_inside(name) {
            return Err(damaged(name));
        }
        let bytes = read(name)?;
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != document.sha256 {
            return Err(damaged(name));
        }
        let mut one = Found::in_memory(name.to_owned(), bytes);
        one.given = Some(given(document, manifest));
        found.push(one);
    }
    if found.is_empty() { Err(Failure::wrong("nothing-to-add")) } else { Ok(found) }
}

/// How a document was described. Who signs now is whoever imports it: the author of before is named as the one who wrote it.
fn given(document: &Document, manifest: &Manifest) -> Given {
    let other = document.author != manifest.account;
    let written_by = document.written_by.clone().or_else(|| other.then(|| document.author_name.clone()));
    let clip = |text: &str| harmless_line(text).chars().take(300).collect::<String>();
    let codes =
        document.codes.iter().take(16).map(|(system, code)| Code { system: clip(system), code: clip(code) });
    let old = document.dates.iter().filter_map(|date| when::parse_iso(date)).map(Moment::from_plain_millis);
    let said = document.moments.iter().filter_map(|date| Moment::parse(date));
    let moments: Vec<Moment> = if document.moments.is_empty() { old.collect() } else { said.collect() };
    let related = document.related.iter().filter_map(|(relation, identifier)| {
        Some(Related { relation: Relation::from_name(relation)?, identifier: clip(identifier) })
    });
    let related: Vec<Related> = related.collect();
    let mut description = Description {
        sort: if document.sort == "profile" { Sort::Profile } else { Sort::Document },
        title: clip(&document.title),
        codes: codes.collect(),
        media_type: clip(&document.media_type),
        written_by: written_by.as_deref().map(clip),
        identifier: document.identifier.as_deref().map(clip),
        file: document.file_name.clone(),
        series: document.series.as_ref().map(|(set, version)| Series { set: clip(set), version: *version }),
        related: (!related.is_empty()).then_some(related),
        guess: document.guess.as_ref().map(|(system, code)| Code { system: clip(system), code: clip(code) }),
        display: document.display.as_deref().map(clip),
        ..Description::default()
    };
    description.set_moments(moments);
    let description = description.harmless();
    let holder = HolderPart {
        name: document.name.as_deref().map(clip),
        labels: document.labels.iter().take(64).map(|label| clip(label)).collect(),
        folder: document.folder.iter().take(16).map(|folder| clip(folder)).collect(),
        note: document.note.as_ref().map(|note| note.chars().take(4000).collect()),
    };
    Given { description, holder, class: document.class }
}

/// Whether a name of a manifest stays inside the export.
fn is_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

const MOST_FILES: usize = 100_000;
const MOST_OF_BUNDLE: u64 = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_that_leads_out_of_an_export_is_refused() {
        assert!(is_inside("documents/2025 a.pdf"));
        for name in ["", "../a", "/etc/passwd", "documents/../../a", "./a"] {
            assert!(!is_inside(name) || name == "./a", "{name}");
        }
    }
}
