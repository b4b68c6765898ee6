//! The few elements of a DICOM file (PS3.10) that say what it is. Pixels are never looked at.
//!
//! Our own walk over elements: what is needed are twelve of them, up to group 0020, with limits on everything.

mod charset;

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use crate::date;
use crate::kind::Kind;
use crate::recognised::{Author, Damage, Fact, Patient, Recognised, field};

/// Reads the elements up to group 0020, and those of a beginning as far as it goes.
pub(crate) fn recognise(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::Dicom);
    let mut values = Values::default();
    if read(bytes, &mut values).is_none() {
        found.damaged(Damage::Dicom);
    }
    let said = |tag: Tag| field(&values.text(tag)?);
    found.title = said(STUDY_DESCRIPTION).or_else(|| said(SERIES_DESCRIPTION));
    found.date = said(STUDY_DATE)
        .and_then(|day| date::dicom(&day, said(STUDY_TIME).as_deref(), said(ZONE).as_deref()));
    found.unique_id = said(INSTANCE_UID);
    found.set_id = said(STUDY_UID);
    let author = Author {
        name: said(PHYSICIAN).and_then(|name| person(&name)),
        organisation: said(INSTITUTION),
        id: None,
    };
    found.author = (author != Author::default()).then_some(author);
    let patient = Patient {
        name: said(PATIENT_NAME).and_then(|name| person(&name)),
        given: said(PATIENT_NAME).and_then(|name| component(&name, 1..3)),
        family: said(PATIENT_NAME).and_then(|name| component(&name, 0..1)),
        ins: None,
        id: said(PATIENT_ID),
        birth: said(BIRTH_DATE).and_then(|day| date::dicom(&day, None, None)),
    };
    found.patient = (patient != Patient::default()).then_some(patient);
    found.say(Fact::Modality, said(MODALITY));
    found.say(Fact::BodyPart, said(BODY_PART));
    found.say(Fact::SeriesDescription, said(SERIES_DESCRIPTION));
    found.say(Fact::StudyUid, said(STUDY_UID));
    found.say(Fact::InstanceUid, said(INSTANCE_UID));
    if found.unique_id.is_none() {
        found.damaged(Damage::Dicom);
    }
    found
}

/// What a search finds it by: names in each of their spellings, places, descriptions.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut values = Values::default();
    let _ = read(bytes, &mut values);
    let spoken = [
        STUDY_DESCRIPTION,
        SERIES_DESCRIPTION,
        MODALITY,
        BODY_PART,
        INSTITUTION,
        PHYSICIAN,
        PATIENT_NAME,
        PATIENT_ID,
    ];
    let words = spoken.iter().filter_map(|tag| values.text(*tag));
    words.map(|text| text.replace(['^', '='], " ")).collect::<Vec<_>>().join("\n")
}

/// Whether bytes without the mark of a file are a data set: elements in ascending order that name a class and an instance.
pub(crate) fn is_bare(bytes: &[u8]) -> bool {
    if !matches!(bytes.get(..2), Some([8 | 2, 0])) {
        return false;
    }
    let bytes = bytes.get(..bytes.len().min(LOOKED_AT)).unwrap_or(bytes);
    let mut values = Values::default();
    // A beginning may end within an element: what was read until there tells.
    let _ = read(bytes, &mut values);
    values.text(INSTANCE_UID).is_some_and(|uid| {
        !uid.is_empty() && uid.len() <= 64 && uid.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}

/// `FAMILY^GIVEN^MIDDLE^…` (PS3.5 6.2.1) as given and family name: the alphabetic spelling, else the ideographic one, else as it sounds.
fn person(name: &str) -> Option<String> {
    name.split('=').find_map(|spelling| {
        let mut parts = spelling.split('^');
        let family = parts.next().unwrap_or_default();
        let given = parts.next().unwrap_or_default();
        let middle = parts.next().unwrap_or_default();
        field(&format!("{given} {middle} {family}"))
    })
}

/// Components of a name in all its spellings: 0 the family name, 1 and 2 the given ones (PS3.5 6.2.1).
fn component(name: &str, range: core::ops::Range<usize>) -> Option<String> {
    let (skip, take) = (range.start, range.len());
    let parts = name.split('=').flat_map(|spelling| spelling.split('^').skip(skip).take(take));
    field(&parts.collect::<Vec<_>>().join(" "))
}

type Tag = (u16, u16);

#[derive(Default)]
struct Values {
    raw: Vec<(Tag, Vec<u8>)>,
    charsets: Vec<String>,
}

impl Values {
    fn take(&mut self, tag: Tag, value: &[u8]) {
        if tag == SPECIFIC_CHARACTER_SET {
            let names = String::from_utf8_lossy(value.get(..value.len().min(MAX_VALUE)).unwrap_or_default());
            self.charsets = names.split('\\').map(|name| name.trim_matches(['\0', ' ']).to_owned()).collect();
        }
        let known = self.raw.iter().any(|(found, _)| *found == tag);
        if WANTED.contains(&tag) && value.len() <= MAX_VALUE && !known {
            self.raw.push((tag, value.to_vec()));
        }
    }

    /// The first value of an element, in the character set of its data set.
    fn text(&self, tag: Tag) -> Option<String> {
        let (_, raw) = self.raw.iter().find(|(found, _)| *found == tag)?;
        let text = charset::decode(raw, &self.charsets, tag == PATIENT_NAME || tag == PHYSICIAN);
        let first = text.split('\\').next().unwrap_or_default();
        Some(first.trim_matches(['\0', ' ']).to_owned())
    }
}

/// `None` where the elements do not parse; what was read until there stays.
fn read(bytes: &[u8], values: &mut Values) -> Option<()> {
    let mut syntax = String::new();
    let at = match bytes {
        [b'D', b'I', b'C', b'M', ..] => 4,
        _ if bytes.get(128..132) == Some(b"DICM") => 132,
        _ => 0,
    };
    let mut meta = Walk { bytes, at, big: false, implicit: false };
    while meta.bytes.get(meta.at..meta.at + 2) == Some(&[2, 0]) {
        let element = meta.element()?;
        let value = meta.value(element.length?)?;
        if element.tag == (2, 0x10) {
            syntax = String::from_utf8_lossy(value).trim_matches(['\0', ' ']).to_owned();
        }
    }
    // Without a head (or one that names no syntax) the first element shows how it is written.
    let representation = bytes.get(meta.at + 4..meta.at + 6).unwrap_or_default();
    let shown = syntax.is_empty() && !representation.iter().all(u8::is_ascii_uppercase);
    let implicit = syntax == "1.2.840.10008.1.2" || shown;
    let big = syntax == "1.2.840.10008.1.2.2";
    if syntax == "1.2.840.10008.1.2.1.99" {
        let mut inflated = Vec::new();
        let deflated = bytes.get(meta.at..)?;
        // A stream that ends early still gives what came before.
        let _ = DeflateDecoder::new(deflated).take(MAX_INFLATED).read_to_end(&mut inflated);
        return data_set(Walk { bytes: &inflated, at: 0, big, implicit: false }, values);
    }
    data_set(Walk { bytes, at: meta.at, big, implicit }, values)
}

fn data_set(mut walk: Walk<'_>, values: &mut Values) -> Option<()> {
    // What is open: whether the elements around it have implicit representations.
    let mut around: Vec<bool> = Vec::new();
    for _ in 0..MAX_ELEMENTS {
        if walk.at >= walk.bytes.len() {
            return around.is_empty().then_some(());
        }
        let element = walk.element()?;
        match (element.tag, element.length) {
            (ITEM_END | SEQUENCE_END, _) => walk.implicit = around.pop()?,
            (tag, _) if around.is_empty() && tag.0 > LAST_GROUP => return Some(()),
            (_, None) => {
                if around.len() >= MAX_DEPTH {
                    return None;
                }
                around.push(walk.implicit);
                // PS3.5 6.2.2: what is unknown and of undefined length is implicit inside.
                walk.implicit |= element.unknown;
            }
            (tag, Some(length)) => {
                let value = walk.value(length)?;
                if around.is_empty() {
                    values.take(tag, value);
                }
            }
        }
    }
    None
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    big: bool,
    implicit: bool,
}

struct Head {
    tag: Tag,
    /// `None`: undefined.
    length: Option<usize>,
    unknown: bool,
}

impl<'a> Walk<'a> {
    fn element(&mut self) -> Option<Head> {
        let tag = (self.short()?, self.short()?);
        if tag.0 == 0xfffe || self.implicit {
            let length = self.long()?;
            return Some(Head { tag, length: defined(length)?, unknown: false });
        }
        let representation = self.value(2)?;
        let length = match representation {
            b"OB" | b"OD" | b"OF" | b"OL" | b"OV" | b"OW" | b"SQ" | b"SV" | b"UC" | b"UN" | b"UR" | b"UT"
            | b"UV" => {
                self.value(2)?;
                self.long()?
            }
            [b'A'..=b'Z', b'A'..=b'Z'] => u32::from(self.short()?),
            _ => return None,
        };
        Some(Head { tag, length: defined(length)?, unknown: representation == b"UN" })
    }

    fn value(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let value = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(value)
    }

    fn short(&mut self) -> Option<u16> {
        let bytes = self.value(2)?.try_into().ok()?;
        Some(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(&mut self) -> Option<u32> {
        let bytes = self.value(4)?.try_into().ok()?;
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }
}

/// `Some(None)` for the undefined length.
fn defined(length: u32) -> Option<Option<usize>> {
    if length == u32::MAX { Some(None) } else { usize::try_from(length).ok().map(Some) }
}

const SPECIFIC_CHARACTER_SET: Tag = (0x0008, 0x0005);
const STUDY_DATE: Tag = (0x0008, 0x0020);
const STUDY_TIME: Tag = (0x0008, 0x0030);
const INSTANCE_UID: Tag = (0x0008, 0x0018);
/// Of all times of the file whose own zone is not said.
const ZONE: Tag = (0x0008, 0x0201);
const MODALITY: Tag = (0x0008, 0x0060);
const INSTITUTION: Tag = (0x0008, 0x0080);
const STUDY_DESCRIPTION: Tag = (0x0008, 0x1030);
const SERIES_DESCRIPTION: Tag = (0x0008, 0x103e);
const PHYSICIAN: Tag = (0x0008, 0x1050);
const PATIENT_NAME: Tag = (0x0010, 0x0010);
const PATIENT_ID: Tag = (0x0010, 0x0020);
const BIRTH_DATE: Tag = (0x0010, 0x0030);
const BODY_PART: Tag = (0x0018, 0x0015);
const STUDY_UID: Tag = (0x0020, 0x000d);
const WANTED: [Tag; 14] = [
    ZONE,
    STUDY_DATE,
    STUDY_TIME,
    INSTANCE_UID,
    MODALITY,
    INSTITUTION,
    STUDY_DESCRIPTION,
    SERIES_DESCRIPTION,
    PHYSICIAN,
    PATIENT_NAME,
    PATIENT_ID,
    BIRTH_DATE,
    BODY_PART,
    STUDY_UID,
];
const LAST_GROUP: u16 = 0x0020;
const ITEM_END: Tag = (0xfffe, 0xe00d);
const SEQUENCE_END: Tag = (0xfffe, 0xe0dd);
const MAX_VALUE: usize = 4096;
/// Bytes of a data set without a mark that are looked at to tell it.
const LOOKED_AT: usize = 16 * 1024;
const MAX_ELEMENTS: usize = 100_000;
const MAX_DEPTH: usize = 64;
/// Deflated data sets are inflated to here; what is wanted stands at the beginning.
const MAX_INFLATED: u64 = 8 << 20;
