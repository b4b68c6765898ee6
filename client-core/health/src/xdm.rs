//! Cross-enterprise Document Media Interchange (IHE ITI XDM, vol. 3, 4.2): which files of a package are documents, and what its metadata
//! (ebRIM) says of each.

use crate::date;
use crate::office::pieces::{Piece, walk};
use crate::recognised::{Author, Code, LOINC, Moment, Recognised, field};

/// What a package says of one of its documents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackedDocument {
    /// Its file's name in the folder of the metadata.
    pub uri: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// When the care that it tells of began, else when it was made.
    pub date: Option<Moment>,
    /// What type of document it is.
    pub code: Option<Code>,
    /// Who wrote it.
    pub author: Option<Author>,
}

/// Whether a name in an archive is one of a package's own: what shows it to people, describes it or lays it out.
#[must_use]
pub fn is_packaging(name: &str) -> bool {
    let upper = name.to_ascii_uppercase().replace('\\', "/");
    let file = upper.rsplit('/').next().unwrap_or_default();
    let inside = upper.starts_with("IHE_XDM/") || upper.contains("/IHE_XDM/");
    let shows =
        !inside && (file.starts_with("INDEX.HT") || file.starts_with("README") || file.starts_with("LISEZ"));
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    shows || file == "METADATA.XML" || matches!(ending, "XSL" | "XSLT" | "CSS" | "XSD" | "DTD" | "JS")
}

/// Whether the names of an archive are those of a package.
#[must_use]
pub fn is_package<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    names.any(|name| {
        let upper = name.to_ascii_uppercase().replace('\\', "/");
        upper.starts_with("IHE_XDM/") || upper.contains("/IHE_XDM/")
    })
}

/// The documents of a `METADATA.XML`, at most [`MAX_DOCUMENTS`]; those that it names as far as it can be read.
#[must_use]
pub fn documents(metadata: &[u8]) -> Vec<PackedDocument> {
    let mut reading = Reading::default();
    walk(metadata, |piece| reading.take(piece));
    reading.documents
}

#[derive(Default)]
struct Reading {
    documents: Vec<PackedDocument>,
    open: Vec<String>,
    slot: String,
    /// Scheme and code of the classification that is open.
    classified: Option<(String, String)>,
    system: Option<String>,
    display: Option<String>,
    value: String,
}

impl Reading {
    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Open(name, attributes) => {
                match name {
                    "ExtrinsicObject" if self.documents.len() < MAX_DOCUMENTS => {
                        self.documents.push(PackedDocument::default());
                    }
                    "Slot" => self.slot = attributes.get("name").unwrap_or_default().to_owned(),
                    "Classification" => {
                        let said = |name| attributes.get(name).unwrap_or_default().to_owned();
                        self.classified = Some((said("classificationScheme"), said("nodeRepresentation")));
                        (self.system, self.display) = (None, None);
                    }
                    "LocalizedString" => self.localized(attributes.get("value").and_then(field)),
                    _ => {}
                }
                self.value.clear();
                if self.open.len() < MAX_DEPTH {
                    self.open.push(name.to_owned());
                }
            }
            Piece::Text(text) => self.value.push_str(text),
            Piece::Close(name) => {
                match name {
                    "Value" => self.slot_value(),
                    "Classification" => self.end_classification(),
                    _ => {}
                }
                self.open.pop();
            }
        }
    }

    fn is_in(&self, name: &str) -> bool {
        self.open.iter().any(|open| open == name)
    }

    fn document(&mut self) -> Option<&mut PackedDocument> {
        if self.is_in("ExtrinsicObject") { self.documents.last_mut() } else { None }
    }

    fn localized(&mut self, value: Option<String>) {
        if self.classified.is_some() {
            self.display = value;
        } else if self.is_in("Name")
            && !self.is_in("ExternalIdentifier")
            && let Some(document) = self.document()
        {
            document.title = value;
        }
    }

    fn slot_value(&mut self) {
        let value = std::mem::take(&mut self.value);
        let slot = self.slot.clone();
        if slot == "codingScheme" {
            self.system = field(&value);
            return;
        }
        let author = self.classified.as_ref().is_some_and(|(scheme, _)| scheme == AUTHOR);
        let Some(document) = self.document() else { return };
        match slot.as_str() {
            // A long one is cut into numbered pieces: `1|DOC`, `2|0001.XML`.
            "URI" => {
                let piece = value.split_once('|').map_or(value.as_str(), |(_, piece)| piece).trim();
                document.uri.get_or_insert_default().push_str(piece);
            }
            "serviceStartTime" => document.date = date::hl7(&value).or(document.date),
            "creationTime" => document.date = document.date.or_else(|| date::hl7(&value)),
            "authorPerson" if author => document.author.get_or_insert_default().name = person(&value),
            "authorInstitution" if author => {
                document.author.get_or_insert_default().organisation =
                    value.split('^').next().and_then(field);
            }
            _ => {}
        }
    }

    fn end_classification(&mut self) {
        let (system, display) = (self.system.take(), self.display.take());
        let typed = self.classified.take().filter(|(scheme, _)| scheme == TYPE);
        let Some((_, code)) = typed else { return };
        let system = match system.as_deref() {
            Some("2.16.840.1.113883.6.1" | "LOINC") | None => LOINC.to_owned(),
            Some(oid) if oid.starts_with(|c: char| c.is_ascii_digit()) => format!("urn:oid:{oid}"),
            Some(other) => other.to_owned(),
        };
        if let (Some(code), Some(document)) = (field(&code), self.document()) {
            document.code = Some(Code { system, code, display });
        }
    }
}

/// `id^FAMILY^Given^…` (XCN) as given and family name.
fn person(value: &str) -> Option<String> {
    let mut parts = value.split('^').skip(1);
    let (family, given) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    field(&format!("{given} {family}"))
}

impl Recognised {
    /// Takes from its package what a content does not say itself.
    pub fn fill(&mut self, packed: &PackedDocument) {
        self.title = self.title.take().or_else(|| packed.title.clone());
        self.date = self.date.or(packed.date);
        self.author = self.author.take().or_else(|| packed.author.clone());
        if self.codes.is_empty() {
            self.codes.extend(packed.code.clone());
        }
    }
}

const TYPE: &str = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983";
const AUTHOR: &str = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d";

/// Most documents of a package.
pub const MAX_DOCUMENTS: usize = 10_000;
const MAX_DEPTH: usize = 64;
