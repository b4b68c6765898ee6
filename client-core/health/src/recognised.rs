//! What `recognise` says of a content.

use std::collections::BTreeSet;

pub use carnet_moment::{Moment, Precision};
use carnet_wire::StableCode;

use crate::kind::Kind;

/// What a content says of itself. Nothing of it is verified: whoever made the file wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// What it is.
    pub kind: Kind,
    /// Its title, at most [`MAX_FIELD`] characters, as all texts here.
    pub title: Option<String>,
    /// When it was written: of a CDA its effective time, of a PDF its creation, of an image when it was taken.
    pub date: Option<Moment>,
    /// Codes that say what it is, most telling first: a CDA's type, a FHIR resource's `code`.
    pub codes: Vec<Code>,
    /// Who wrote it.
    pub author: Option<Author>,
    /// Whom it is about.
    pub patient: Option<Patient>,
    /// What two copies of the same document have in common: a CDA's `root^extension`, a DICOM instance UID, a FHIR identifier.
    pub unique_id: Option<String>,
    /// What all versions of the same document have in common.
    pub set_id: Option<String>,
    /// Which version it says it is.
    pub version: Option<u32>,
    /// Other documents that it says it replaces, adds to or was made from, at most [`MAX_RELATED`].
    pub related: Vec<Related>,
    /// How confidential it says it is.
    pub confidentiality: Option<Code>,
    /// Other facts, by a stable name.
    pub facts: Vec<(Fact, String)>,
    /// What is worth saying of it.
    pub remarks: BTreeSet<Remark>,
    /// Why it could not be read further, where it claims to be of its kind and is broken.
    pub damage: Option<Damage>,
}

/// A code of a code system.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    /// URI of the system: `http://loinc.org`, or `urn:oid:…`.
    pub system: String,
    /// The code.
    pub code: String,
    /// What the file calls it.
    pub display: Option<String>,
}

/// Who wrote a content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// A person, or a device or program.
    pub name: Option<String>,
    /// For whom.
    pub organisation: Option<String>,
    /// The number of the person: `root^extension`, an RPPS number where the root says so.
    pub id: Option<String>,
}

/// Whom a content is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// Given and family names.
    pub name: Option<String>,
    /// All given names, where they are told apart.
    pub given: Option<String>,
    /// All family names, of birth and of use, where they are told apart.
    pub family: Option<String>,
    /// The national health identity (INS), 15 characters.
    pub ins: Option<String>,
    /// Another identifier: `root^extension`.
    pub id: Option<String>,
    /// Day of birth.
    pub birth: Option<Moment>,
}

/// Another document that a content has to do with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Related {
    /// How.
    pub relation: Relation,
    /// Its identifier, as [`Recognised::unique_id`] has it.
    pub id: String,
}

/// What a document has to do with another (CDA R2 `relatedDocument`, FHIR R4 `relatesTo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// It stands in the other one's place (`RPLC`, `replaces`).
    Replaces,
    /// It adds to it (`APND`, `appends`).
    Appends,
    /// It is the same in another form (`XFRM`, `transforms`).
    Transforms,
}

/// Names of further facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// DICOM (0008,0060): CT, MR, US.
    Modality,
    /// DICOM (0018,0015).
    BodyPart,
    /// DICOM (0020,000D).
    StudyUid,
    /// DICOM (0008,0018).
    InstanceUid,
    /// DICOM (0008,103E).
    SeriesDescription,
    /// FHIR `resourceType`.
    ResourceType,
    /// FHIR `Bundle.type`.
    BundleType,
    /// How many resources a bundle, or events a calendar holds.
    Count,
    /// Number of pages.
    Pages,
    /// Camera maker and model.
    Camera,
    /// Width and height in pixels: `W x H`.
    Size,
    /// Media type of a CDA's body of level 1.
    BodyType,
}

/// What is worth saying of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Remark {
    /// It opens with a password only: its text is not searchable.
    Encrypted,
    /// It claims to be of its kind and is broken; see [`Recognised::damage`].
    Damaged,
    /// It ends early.
    Truncated,
    /// Only its beginning was looked at, because it is long.
    BeginningOnly,
    /// A CDA whose body is another file.
    LevelOneBody,
    /// A CDA whose body is structured.
    LevelThreeBody,
    /// It says where it was taken.
    HasGps,
    /// It says with which camera.
    HasCamera,
    /// It has no title of its own.
    NoTitle,
    /// It carries programs (PDF JavaScript, HTML script): Carnet runs none.
    HasScript,
    /// It carries files inside.
    HasAttachments,
    /// Nothing in it.
    Empty,
    /// Its name's ending says another kind.
    NameSaysOtherwise,
    /// No text could be read in it, as of a scan: a search finds it by its title only.
    NoText,
    /// A line of it could not be read.
    LineUnread,
    /// Whatever it announces does not take place.
    Cancelled,
    /// Its date or author are those of the file, as a program wrote them: the document may say others.
    FromFile,
}

/// Why a file that claims to be of a kind could not be read. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// XML that is not well-formed.
    #[error("not well-formed XML at line {line}, column {column}")]
    Xml {
        /// Line.
        line: usize,
        /// Column, in bytes.
        column: usize,
    },
    /// XML that declares a document type: it could expand without end, so it is not read.
    #[error("XML with a document type declaration")]
    XmlDtd,
    /// More depth, elements or attributes than any document has.
    #[error("XML beyond the limits of depth, elements or attributes")]
    XmlLimits,
    /// XML of another vocabulary than it seemed.
    #[error("XML without the root element that it needs")]
    XmlRoot,
    /// JSON that does not parse.
    #[error("not JSON at line {line}, column {column}")]
    Json {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// JSON without a resource in it.
    #[error("JSON without a FHIR resource")]
    FhirShape,
    /// A PDF that does not parse.
    #[error("a PDF whose structure is broken")]
    Pdf,
    /// A DICOM file whose elements do not parse.
    #[error("a DICOM file whose elements are broken")]
    Dicom,
    /// A calendar without beginning or end.
    #[error("a calendar whose structure is broken")]
    Calendar,
    /// An image whose structure is broken.
    #[error("an image whose structure is broken")]
    Image,
    /// Longer than what is read at once.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// Most bytes.
        limit: usize,
    },
}

impl StableCode for Damage {
    fn code(&self) -> &'static str {
        match self {
            Self::Xml { .. } => "health-xml",
            Self::XmlDtd => "health-xml-dtd",
            Self::XmlLimits => "health-xml-limits",
            Self::XmlRoot => "health-xml-root",
            Self::Json { .. } => "health-json",
            Self::FhirShape => "health-fhir-shape",
            Self::Pdf => "health-pdf",
            Self::Dicom => "health-dicom",
            Self::Calendar => "health-calendar",
            Self::Image => "health-image",
            Self::TooLong { .. } => "health-too-long",
        }
    }
}

impl Recognised {
    /// Nothing known but the kind.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            title: None,
            date: None,
            codes: Vec::new(),
            author: None,
            patient: None,
            unique_id: None,
            set_id: None,
            version: None,
            related: Vec::new(),
            confidentiality: None,
            facts: Vec::new(),
            remarks: BTreeSet::new(),
            damage: None,
        }
    }

    /// Its media type (RFC 6838).
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        self.kind.media_type()
    }

    /// Whether a remark was made.
    #[must_use]
    pub fn has(&self, remark: Remark) -> bool {
        self.remarks.contains(&remark)
    }

    /// A further fact.
    #[must_use]
    pub fn fact(&self, name: Fact) -> Option<&str> {
        self.facts.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn remark(&mut self, remark: Remark) {
        self.remarks.insert(remark);
    }

    pub(crate) fn say(&mut self, name: Fact, value: Option<String>) {
        if let Some(value) = value {
            self.facts.push((name, value));
        }
    }

    pub(crate) fn damaged(&mut self, damage: Damage) {
        self.remarks.insert(Remark::Damaged);
        self.damage.get_or_insert(damage);
    }
}

impl Code {
    /// A code without the file's own words for it.
    #[must_use]
    pub fn new(system: &str, code: &str) -> Self {
        Self { system: system.to_owned(), code: code.to_owned(), display: None }
    }
}

/// One line of at most [`MAX_FIELD`] characters, without control characters; nothing where that is empty.
pub(crate) fn field(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line = String::new();
    let mut left = MAX_FIELD;
    for word in words {
        if left == 0 {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
            left -= 1;
        }
        for c in word.chars().take(left) {
            line.push(c);
            left -= 1;
        }
    }
    let line = line.trim_end();
    (!line.is_empty()).then(|| line.to_owned())
}

/// LOINC's URI.
pub const LOINC: &str = "http://loinc.org";

/// Most documents that one has to do with.
pub const MAX_RELATED: usize = 16;

/// Most characters of a title, a name or a fact.
pub const MAX_FIELD: usize = 500;
