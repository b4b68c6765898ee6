//! The few elements of a DICOM file (PS3.10) that say what it is. Pixels are never looked at.
//!
//! Our own walk over elements: what is needed are twelve of them, up to group 0020, with limits on everything.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use crate::date;
use crate::encoding::decode;
use crate::kind::Kind;
use crate::recognised::{Author, Damage, Fact, Patient, Recognised, field};

/// Reads the elements up to group 0020, and those of a beginning as far as it goes.
pub(crate) fn recognise(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::Dicom);
    let mut values = Values::default();
    if read(bytes, &mut values).is_none() {
        found.damaged(Damage::Dicom);
    }
    let said = |tag: Tag| values.0.iter().find(|(found, _)| *found == tag).and_then(|(_, text)| field(text));
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

/// `FAMILY^GIVEN^…` (PS3.5 6.2.1) as given and family name.
fn person(name: &str) -> Option<String> {
    let alphabetic = name.split('=').next().unwrap_or_default();
    let mut parts = alphabetic.split('^');
    let family = parts.next().unwrap_or_default();
    let given = parts.next().unwrap_or_default();
    field(&format!("{given} {family}"))
}

/// Components of a name in all its spellings: 0 the family name, 1 and 2 the given ones (PS3.5 6.2.1).
fn component(name: &str, range: core::ops::Range<usize>) -> Option<String> {
    let (skip, take) = (range.start, range.len());
    let parts = name.split('=').flat_map(|spelling| spelling.split('^').skip(skip).take(take));
    field(&parts.collect::<Vec<_>>().join(" "))
}

type Tag = (u16, u16);

#[derive(Default)]
struct Values(Vec<(Tag, String)>);

impl Values {
    fn take(&mut self, tag: Tag, value: &[u8]) {
        if WANTED.contains(&tag) && value.len() <= MAX_VALUE && !self.0.iter().any(|(found, _)| *found == tag)
        {
            let text = decode(value);
            self.0.push((tag, text.trim_matches(['\0', ' ']).to_owned()));
        }
    }
}

/// `None` where the elements do not parse; what was read until there stays.
fn read(bytes: &[u8], values: &mut Values) -> Option<()> {
    let mut syntax = String::new();
    let mut meta = Walk { bytes, at: 132, big: false, implicit: false };
    while meta.bytes.get(meta.at..meta.at + 2) == Some(&[2, 0]) {
        let element = meta.element()?;
        let value = meta.value(element.length?)?;
        if element.tag == (2, 0x10) {
            syntax = String::from_utf8_lossy(value).trim_matches(['\0', ' ']).to_owned();
        }
    }
    let implicit = syntax == "1.2.840.10008.1.2";
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
const MAX_ELEMENTS: usize = 100_000;
const MAX_DEPTH: usize = 64;
/// Deflated data sets are inflated to here; what is wanted stands at the beginning.
const MAX_INFLATED: u64 = 8 << 20;
