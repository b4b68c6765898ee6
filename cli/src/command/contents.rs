//! Contents to add: found in files, folders and the standard input, recognised, described.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use carnet_core::authored::{Code, Description, Related, Relation, Series, Sort};
use carnet_core::description::{MAX_NAME, MAX_TEXT};
use carnet_core::manifest::HolderPart;
use carnet_core::plain_text::plain_line;
use carnet_core::wire::padding::padme;
use carnet_core::wire::payload::PayloadLen;
use carnet_health::doctype::{self, DocumentType};
use carnet_health::xdm::PackedDocument;
use carnet_health::{Fact, Kind, Moment, RECOGNISE_LIMIT, Recognised, recognise, recognise_prefix};

use super::known::Lengths;
use super::one_moment::{self, OneMoment, State};
use super::person;
use super::way_back;
use crate::Failure;
use crate::client::{Client, Drafted, Held, Item};
use crate::terminal::stage::{Counted, Progress};

/// A content to add. It may hold the content itself: nothing prints it.
pub(crate) struct Found {
    /// Where it is; nothing for the standard input.
    pub(crate) path: Option<PathBuf>,
    /// What it is called there.
    pub(crate) name: String,
    /// How it was described before, for what an export gives back.
    pub(crate) given: Option<Given>,
    /// What the package says of it that it came in.
    pub(crate) packed: Option<PackedDocument>,
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
    bytes: Option<Vec<u8>>,
    /// The state of its file then.
    state: Option<State>,
}

/// A content that is read to be sealed.
enum Content<'a> {
    Bytes(&'a [u8]),
    File(Box<OneMoment>),
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Bytes(bytes) => bytes.read(buffer),
            Self::File(file) => file.read(buffer),
        }
    }
}

impl Content<'_> {
    /// Why reading failed.
    fn failure(&mut self) -> Option<Failure> {
        match self {
            Self::Bytes(_) => None,
            Self::File(file) => file.failure(),
        }
    }
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

impl Found {
    /// A content in memory, under a name.
    pub(crate) fn in_memory(name: String, bytes: Vec<u8>) -> Self {
        Self { path: None, name, bytes: Some(bytes), given: None, packed: None }
    }

    /// What a person knows it by: its path, else its name.
    pub(crate) fn shown_name(&self) -> String {
        self.path.as_ref().map_or_else(|| self.name.clone(), |path| path.display().to_string())
    }

    /// A file.
    pub(crate) fn file(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { path: Some(path.to_owned()), bytes: None, ..Self::in_memory(name, Vec::new()) }
    }

    /// Takes these bytes in the place of the file's: metadata was removed from them.
    pub(crate) fn replace(&mut self, bytes: Vec<u8>) {
        self.bytes = Some(bytes);
    }

    /// Seals the content into the spool as it was when it was looked at.
    ///
    /// # Errors
    /// `file`, `file-changed`; what the spool says.
    pub(crate) fn draft(
        &self,
        client: &Client,
        held: &Held,
        looked: Looked,
        bar: &Progress,
    ) -> Result<Drafted, Failure> {
        let mut content = match (&looked.bytes, &self.bytes, &self.path) {
            (Some(bytes), ..) | (None, Some(bytes), _) => Content::Bytes(bytes),
            (None, None, Some(path)) => {
                let file = one_moment::open(path)?;
                Content::File(Box::new(match &looked.state {
                    // What was looked at is known by its digest.
                    Some(_) if looked.item.digest.is_some() => file,
                    Some(state) => file.since(state)?,
                    None => file,
                }))
            }
            (None, None, None) => return Err(Failure::coded("internal")),
        };
        let drafted = client.draft(held, looked.item, Counted::new(&mut content, bar));
        // Where reading broke off, the content says why.
        drafted.map_err(|failure| content.failure().unwrap_or(failure))
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
        let mut file = one_moment::open(path)?;
        let mut bytes = Vec::new();
        match file.read_to_end(&mut bytes) {
            Ok(_) => Ok(Some(bytes)),
            Err(error) => Err(file.failed(&error)),
        }
    }

    /// Its first bytes, at most `most`.
    ///
    /// # Errors
    /// `file`.
    pub(crate) fn beginning(&self, most: u64) -> Result<Vec<u8>, Failure> {
        let mut begin = Vec::new();
        match (&self.bytes, &self.path) {
            (Some(bytes), _) => begin.extend(bytes.iter().take(usize::try_from(most).unwrap_or(usize::MAX))),
            (None, Some(path)) => {
                let read = fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut begin));
                read.map_err(|error| Failure::file(path, &error))?;
            }
            (None, None) => {}
        }
        Ok(begin)
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
        let Glance { mut recognised, digest, len, bytes, state, way_back } = match (&self.bytes, &self.path) {
            (Some(bytes), _) => Glance::of(bytes, name),
            (None, Some(path)) => look_at(path, name, known)?,
            (None, None) => return Err(Failure::coded("internal")),
        };
        if len == 0 {
            return Err(Failure::wrong("file-empty").with("path", self.name.clone()));
        }
        if let Some(code) = way_back {
            return Err(Failure::wrong(code).with("path", self.name.clone()));
        }
        if let Some(given) = self.given.clone() {
            let Given { mut description, holder, class } = given;
            let about = || recognised.patient.as_ref().and_then(person::about);
            description.about = description.about.or_else(about);
            description = description.harmless();
            let item = Item { description, holder, class, digest, place: None };
            return Ok(Looked { item, recognised, proposed: Vec::new(), len, bytes, state });
        }
        if let Some(packed) = &self.packed {
            recognised.fill(packed);
        }
        let item = describe(&recognised, said, &self.name, digest);
        // A title is read by more people than the document.
        if way_back::holds(&item.description.title) {
            let whose = said.title.as_ref().map_or(self.name.as_str(), |_| "--title");
            return Err(Failure::wrong("file-way-back").with("path", whose));
        }
        let coded = !recognised.codes.is_empty();
        let resource = recognised.fact(Fact::ResourceType).is_some();
        let told = said.code.as_ref().map_or_else(|| doctype::of_format(&recognised), |_| None);
        let proposed = match said.code {
            _ if told.is_some() => Vec::new(),
            // A picture of an examination is no document of the list, whatever its file is called.
            None if recognised.kind == Kind::Dicom => Vec::new(),
            // The caption of a picture tells what is on it, not what it is.
            None if recognised.kind.is_image() => doctype::propose(&Recognised::new(recognised.kind), name),
            None if !coded && !resource => doctype::propose(&recognised, name),
            _ => Vec::new(),
        };
        let mut looked = Looked { item, recognised, proposed, len, bytes, state };
        if let Some(kind) = told {
            looked.take_type(&kind);
        }
        Ok(looked)
    }
}

/// What a look at a content tells, before anything is said of it.
struct Glance {
    recognised: Recognised,
    digest: Option<[u8; 32]>,
    len: u64,
    bytes: Option<Vec<u8>>,
    state: Option<State>,
    /// Why it is no document, where it is a way back into an account.
    way_back: Option<&'static str>,
}

impl Glance {
    fn of(bytes: &[u8], name: Option<&str>) -> Self {
        let digest = Some(*blake3::hash(bytes).as_bytes());
        let recognised = recognise(bytes, name);
        let way_back = way_back::code(bytes, &recognised);
        Self { recognised, digest, len: bytes.len() as u64, bytes: None, state: None, way_back }
    }
}

fn look_at(path: &Path, name: Option<&str>, known: &Lengths) -> Result<Glance, Failure> {
    let mut file = one_moment::open(path)?;
    let state = Some(file.state());
    let len = file.state().len();
    if len <= RECOGNISE_LIMIT as u64 {
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default().saturating_add(1));
        file.read_to_end(&mut bytes).map_err(|error| file.failed(&error))?;
        let glance = Glance::of(&bytes, name);
        return Ok(Glance { bytes: Some(bytes).filter(|bytes| bytes.len() <= SHORT), state, ..glance });
    }
    let mut prefix = vec![0; carnet_health::PREFIX_LENGTH];
    file.read_exact(&mut prefix).map_err(|error| file.failed(&error))?;
    let recognised = recognise_prefix(&prefix, name);
    let glance = Glance { recognised, digest: None, len, bytes: None, state, way_back: None };
    if !known.have(len) {
        return Ok(glance);
    }
    file.rewind()?;
    let (mut hasher, mut piece) = (blake3::Hasher::new(), vec![0; PIECE]);
    loop {
        let read = file.read(&mut piece).map_err(|error| file.failed(&error))?;
        if read == 0 {
            let digest = Some(*hasher.finalize().as_bytes());
            return Ok(Glance { digest, len: hasher.count(), ..glance });
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

const MOST_CODES: usize = 16;
const MOST_CHARACTERS: usize = 300;
/// Contents up to so many bytes stay in memory between the look at them and their sealing: of two hundred 25 MiB at most.
const SHORT: usize = 128 * 1024;
/// Bytes of a long content that are hashed together, by all cores.
const PIECE: usize = 4 * 1024 * 1024;
