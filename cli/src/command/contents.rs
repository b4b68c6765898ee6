//! Contents to add: found in files, folders and the standard input, recognised, described.

use std::fs::{self, File};
use std::io::{Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use carnet_core::authored::{Code, Description, Related, Relation, Series, Sort};
use carnet_core::description::{MAX_NAME, MAX_TEXT};
use carnet_core::manifest::HolderPart;
use carnet_core::plain_text::plain_line;
use carnet_core::wire::padding::padme;
use carnet_core::wire::payload::PayloadLen;
use carnet_health::doctype::{self, DocumentType};
use carnet_health::{Fact, Kind, Moment, RECOGNISE_LIMIT, Recognised, recognise, recognise_prefix};

use super::known::Lengths;
use super::person;
use crate::Failure;
use crate::client::Item;

/// A content to add. It may hold the content itself: nothing prints it.
pub(crate) struct Found {
    /// Where it is; nothing for the standard input.
    pub(crate) path: Option<PathBuf>,
    /// What it is called there.
    pub(crate) name: String,
    /// How it was described before, for what an export gives back.
    pub(crate) given: Option<Given>,
    bytes: Option<Vec<u8>>,
}

/// How a content was described before it was exported.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// What its author said of it.
    pub(crate) description: Description,
    /// What its holder added.
    pub(crate) holder: HolderPart,
    /// Its class.
    pub(crate) class: u16,
}

/// What a person says of the contents, before anything is recognised.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    /// The title.
    pub(crate) title: Option<String>,
    /// The date.
    pub(crate) date: Option<Moment>,
    /// Who wrote it.
    pub(crate) author: Option<String>,
    /// The type: its code, and its class.
    pub(crate) code: Option<(Code, u16)>,
}

/// A content that has been looked at. It may hold the content itself: nothing prints it.
pub(crate) struct Looked {
    /// What to deposit.
    pub(crate) item: Item,
    /// What it says of itself.
    pub(crate) recognised: Recognised,
    /// Types that it may be, best first, where it does not say so itself.
    pub(crate) proposed: Vec<DocumentType>,
    /// Its length in bytes.
    pub(crate) len: u64,
    /// A short content itself, read once: what is described is what is sealed.
    pub(crate) bytes: Option<Vec<u8>>,
}

impl Looked {
    /// Takes a type that its content does not say.
    pub(crate) fn take_type(&mut self, kind: &DocumentType) {
        let code = Code { system: kind.system.to_owned(), code: kind.code.to_owned() };
        let codes = &mut self.item.description.codes;
        codes.retain(|known| *known != code);
        codes.insert(0, code);
        codes.truncate(MOST_CODES);
        self.item.description.guess = None;
        self.item.class = kind.class.number();
    }

    /// Keeps a type that its words suggest, as a guess: it stands in no code's place, and decides nothing about who may read.
    pub(crate) fn guess_type(&mut self, kind: &DocumentType) {
        let code = Code { system: kind.system.to_owned(), code: kind.code.to_owned() };
        self.item.description.guess = Some(code);
    }
}

/// The contents that these names mean: files, what folders hold, and `-` for the standard input, at most 10,000.
///
/// # Errors
/// `file`; `folder-large`; `nothing-to-add`.
pub(crate) fn find(names: &[PathBuf]) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for name in names {
        if name.as_os_str() == "-" {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().take(MOST_OF_STDIN).read_to_end(&mut bytes);
            read.map_err(|error| Failure::file(name, &error))?;
            found.push(Found { path: None, name: "-".to_owned(), bytes: Some(bytes), given: None });
            continue;
        }
        let metadata = fs::metadata(name).map_err(|error| Failure::file(name, &error))?;
        if metadata.is_dir() {
            folder(name, 0, &mut found)?;
        } else {
            found.push(Found::file(name));
        }
        if found.len() > MOST {
            return Err(Failure::wrong("folder-large").with("most", MOST.to_string()));
        }
    }
    if found.is_empty() { Err(Failure::wrong("nothing-to-add")) } else { Ok(found) }
}

impl Found {
    /// A content in memory, under a name.
    pub(crate) fn in_memory(name: String, bytes: Vec<u8>) -> Self {
        Self { path: None, name, bytes: Some(bytes), given: None }
    }

    /// What a person knows it by: its path, else its name.
    pub(crate) fn shown_name(&self) -> String {
        self.path.as_ref().map_or_else(|| self.name.clone(), |path| path.display().to_string())
    }

    /// A file.
    pub(crate) fn file(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { path: Some(path.to_owned()), name, bytes: None, given: None }
    }

    /// Takes these bytes in the place of the file's: metadata was removed from them.
    pub(crate) fn replace(&mut self, bytes: Vec<u8>) {
        self.bytes = Some(bytes);
    }

    /// The content, to be sealed.
    ///
    /// # Errors
    /// `file`.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send + '_>, Failure> {
        match (&self.bytes, &self.path) {
            (Some(bytes), _) => Ok(Box::new(bytes.as_slice())),
            (None, Some(path)) => {
                Ok(Box::new(File::open(path).map_err(|error| Failure::file(path, &error))?))
            }
            (None, None) => Err(Failure::coded("internal")),
        }
    }

    /// The content in memory, where it is at most `most` bytes.
    ///
    /// # Errors
    /// `file`.
    pub(crate) fn bytes(&self, most: u64) -> Result<Option<Vec<u8>>, Failure> {
        if let Some(bytes) = &self.bytes {
            return Ok((bytes.len() as u64 <= most).then(|| bytes.clone()));
        }
        let Some(path) = &self.path else { return Ok(None) };
        let len = fs::metadata(path).map_err(|error| Failure::file(path, &error))?.len();
        if len > most {
            return Ok(None);
        }
        fs::read(path).map(Some).map_err(|error| Failure::file(path, &error))
    }

    /// Its length in bytes, where it can be told.
    pub(crate) fn len(&self) -> Option<u64> {
        match (&self.bytes, &self.path) {
            (Some(bytes), _) => Some(bytes.len() as u64),
            (None, path) => fs::metadata(path.as_ref()?).ok().map(|metadata| metadata.len()),
        }
    }

    /// What adding it takes, for a bar: its bytes as they are read, and as they are sent.
    pub(crate) fn work(&self) -> u64 {
        let Some(len) = self.len() else { return 0 };
        let sealed = PayloadLen::from_plaintext(padme(len)).map(PayloadLen::stored).unwrap_or(len);
        len.saturating_add(sealed)
    }

    /// Looks at the content: what it is, how it is to be described. A long one is read for its digest only where its length is one of
    /// those that are known.
    ///
    /// # Errors
    /// `file`, `file-empty`.
    pub(crate) fn look(&self, said: &Said, known: &Lengths) -> Result<Looked, Failure> {
        let name = Some(self.name.as_str()).filter(|name| *name != "-");
        let Glance { recognised, digest, len, bytes } = match (&self.bytes, &self.path) {
            (Some(bytes), _) => Glance::of(bytes, name),
            (None, Some(path)) => look_at(path, name, known)?,
            (None, None) => return Err(Failure::coded("internal")),
        };
        if len == 0 {
            return Err(Failure::wrong("file-empty").with("path", self.name.clone()));
        }
        if let Some(given) = self.given.clone() {
            let Given { mut description, holder, class } = given;
            let about = || recognised.patient.as_ref().and_then(person::about);
            description.about = description.about.or_else(about);
            description = description.harmless();
            let item = Item { description, holder, class, digest, place: None };
            return Ok(Looked { item, recognised, proposed: Vec::new(), len, bytes });
        }
        let item = describe(&recognised, said, &self.name, digest);
        let coded = !recognised.codes.is_empty();
        let resource = recognised.fact(Fact::ResourceType).is_some();
        let proposed = match said.code {
            // The caption of a picture tells what is on it, not what it is.
            None if recognised.kind.is_image() => doctype::propose(&Recognised::new(recognised.kind), name),
            None if !coded && !resource => doctype::propose(&recognised, name),
            _ => Vec::new(),
        };
        Ok(Looked { item, recognised, proposed, len, bytes })
    }
}

/// What a look at a content tells, before anything is said of it.
struct Glance {
    recognised: Recognised,
    digest: Option<[u8; 32]>,
    len: u64,
    bytes: Option<Vec<u8>>,
}

impl Glance {
    fn of(bytes: &[u8], name: Option<&str>) -> Self {
        let digest = Some(*blake3::hash(bytes).as_bytes());
        Self { recognised: recognise(bytes, name), digest, len: bytes.len() as u64, bytes: None }
    }
}

fn look_at(path: &Path, name: Option<&str>, known: &Lengths) -> Result<Glance, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let len = file.metadata().map_err(failed)?.len();
    if len <= RECOGNISE_LIMIT as u64 {
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default().saturating_add(1));
        file.take(RECOGNISE_LIMIT as u64).read_to_end(&mut bytes).map_err(failed)?;
        let glance = Glance::of(&bytes, name);
        return Ok(Glance { bytes: Some(bytes).filter(|bytes| bytes.len() <= SHORT), ..glance });
    }
    let mut prefix = vec![0; carnet_health::PREFIX_LENGTH];
    file.read_exact(&mut prefix).map_err(failed)?;
    let recognised = recognise_prefix(&prefix, name);
    if !known.have(len) {
        return Ok(Glance { recognised, digest: None, len, bytes: None });
    }
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let (mut hasher, mut piece) = (blake3::Hasher::new(), vec![0; PIECE]);
    loop {
        let read = file.read(&mut piece).map_err(failed)?;
        if read == 0 {
            let digest = Some(*hasher.finalize().as_bytes());
            return Ok(Glance { recognised, digest, len: hasher.count(), bytes: None });
        }
        hasher.update_rayon(piece.get(..read).unwrap_or_default());
    }
}

/// What is deposited of a content: what the person says comes first, then what the content says, then its name.
fn describe(recognised: &Recognised, said: &Said, name: &str, digest: Option<[u8; 32]>) -> Item {
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let title = said.title.clone().or_else(|| recognised.title.clone()).or(stem).unwrap_or_default();
    let date = said.date.or(recognised.date);
    let author = || {
        let author = recognised.author.as_ref()?;
        match (&author.name, &author.organisation) {
            (Some(name), Some(organisation)) if name != organisation => {
                Some(format!("{name}, {organisation}"))
            }
            (Some(name), _) => Some(name.clone()),
            (None, organisation) => organisation.clone(),
        }
    };
    let mut codes: Vec<Code> = said.code.iter().map(|(code, _)| code.clone()).collect();
    for code in recognised.codes.iter().chain(&recognised.confidentiality) {
        let code = Code { system: code.system.clone(), code: code.code.clone() };
        if !codes.contains(&code) && codes.len() < MOST_CODES {
            codes.push(code);
        }
    }
    let class = said.code.as_ref().map_or_else(|| class_of(recognised), |(_, class)| *class);
    let mut description = Description {
        sort: if is_profile(recognised) { Sort::Profile } else { Sort::Document },
        title: clip(&title),
        codes,
        media_type: recognised.media_type().to_owned(),
        written_by: said.author.clone().or_else(author).map(|author| clip(&author)),
        identifier: recognised.unique_id.clone().map(|id| clip(&id)),
        file: file_name(name),
        series: series(recognised),
        related: related(recognised),
        display: recognised.codes.first().and_then(|code| code.display.as_deref()).map(clip),
        about: recognised.patient.as_ref().and_then(person::about),
        ..Description::default()
    };
    description.set_moments(date);
    let description = description.harmless();
    Item { description, holder: HolderPart::default(), class, digest, place: None }
}

/// The set of versions that a document says it belongs to. What a DICOM file calls its study is no set of versions.
fn series(recognised: &Recognised) -> Option<Series> {
    let version = match recognised.kind {
        Kind::Cda => recognised.version,
        Kind::FhirJson | Kind::FhirXml => None,
        _ => return None,
    };
    Some(Series { set: clip(recognised.set_id.as_deref()?), version })
}

fn related(recognised: &Recognised) -> Option<Vec<Related>> {
    let related = recognised.related.iter().map(|one| {
        let relation = match one.relation {
            carnet_health::Relation::Replaces => Relation::Replaces,
            carnet_health::Relation::Appends => Relation::Appends,
            carnet_health::Relation::Transforms => Relation::Transforms,
        };
        Related { relation, identifier: clip(&one.id) }
    });
    let related: Vec<Related> = related.collect();
    (!related.is_empty()).then_some(related)
}

fn class_of(recognised: &Recognised) -> u16 {
    doctype::class_of(recognised).number()
}

fn is_profile(recognised: &Recognised) -> bool {
    let of_a_profile =
        ["AllergyIntolerance", "MedicationStatement", "Condition", "Immunization", "FamilyMemberHistory"];
    matches!(recognised.kind, Kind::FhirJson | Kind::FhirXml)
        && recognised.fact(Fact::ResourceType).is_some_and(|name| of_a_profile.contains(&name))
}

fn folder(path: &Path, depth: usize, found: &mut Vec<Found>) -> Result<(), Failure> {
    if depth > DEEPEST {
        return Ok(());
    }
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut inside: Vec<PathBuf> =
        fs::read_dir(path).map_err(failed)?.flatten().map(|file| file.path()).collect();
    inside.sort();
    for path in inside {
        // A link could lead back into the folder; what begins with a dot is not a person's document.
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if hidden || metadata.is_symlink() {
            continue;
        }
        if metadata.is_dir() {
            folder(&path, depth.saturating_add(1), found)?;
        } else if metadata.is_file() && found.len() <= MOST {
            found.push(Found::file(&path));
        }
    }
    Ok(())
}

fn clip(text: &str) -> String {
    plain_line(text, MAX_TEXT).chars().take(MOST_CHARACTERS).collect()
}

/// What a file was called, without its folder, at most 255 bytes: a longer name loses the end of its stem, and keeps its ending.
fn file_name(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().filter(|name| !name.is_empty() && *name != "-")?;
    if name.len() <= MAX_NAME {
        return Some(plain_line(name, MAX_NAME));
    }
    let (stem, ending) = name.rsplit_once('.').filter(|(_, ending)| ending.len() <= 16).unwrap_or((name, ""));
    let stem = plain_line(stem, MAX_NAME.saturating_sub(ending.len().saturating_add(1)));
    Some(if ending.is_empty() { stem } else { plain_line(&format!("{stem}.{ending}"), MAX_NAME) })
}

const MOST: usize = 100_000;
const MOST_CODES: usize = 16;
const MOST_CHARACTERS: usize = 300;
const DEEPEST: usize = 32;
/// Contents up to so many bytes stay in memory between the look at them and their sealing: of two hundred 25 MiB at most.
const SHORT: usize = 128 * 1024;
/// Bytes of a long content that are hashed together, by all cores.
const PIECE: usize = 4 * 1024 * 1024;
/// Most bytes of the standard input, which is kept in memory.
const MOST_OF_STDIN: u64 = 256 * 1024 * 1024;
