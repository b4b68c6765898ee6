//! Files inside a CDA document: its body of level 1, and the media of its entries (CDA R2, 4.3.1.1 and 4.3.6.6).

use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::{document, level_one};
use crate::kind::Kind;
use crate::recognised::{Damage, field};
use crate::text::TEXT_SOURCE_LIMIT;
use crate::xml::Element;

/// A file inside a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its media type: what its bytes say, else what the document says.
    pub media_type: String,
    /// What the document calls it.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Where a part stands, before it is decoded.
pub(crate) struct Place<'a> {
    /// The data (HL7 v3 type ED).
    pub(crate) data: &'a Element,
    /// The `ID` that a narrative refers to.
    pub(crate) id: Option<&'a str>,
    /// What the document calls it.
    pub(crate) name: Option<String>,
}

/// The files inside a document, in its order, at most [`MAX_PARTS`]. Numbers that a screen shows count them from 1.
///
/// # Errors
/// [`Damage`] where the XML is broken. A part that does not decode has no bytes.
pub fn parts(bytes: &[u8]) -> Result<Vec<Part>, Damage> {
    let tree = document::parse(bytes);
    if let Some(damage) = tree.damage {
        return Err(damage);
    }
    let root = tree.root.ok_or(Damage::XmlRoot)?;
    let mut room = PART_LIMIT;
    let decoded = list(&root).into_iter().map(|place| {
        let part = place.decode(room);
        room = room.saturating_sub(part.bytes.len());
        part
    });
    Ok(decoded.collect())
}

/// Where the parts stand.
pub(crate) fn list(root: &Element) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    if let Some(data) = level_one(root) {
        if holds_file(data) || media_type(data) != "text/plain" {
            places.push(Place { data, id: None, name: file_name(data) });
        }
        return places;
    }
    let Some(body) = root.child("component") else { return places };
    for element in body.descendants() {
        if places.len() >= MAX_PARTS {
            break;
        }
        if element.name == "observationMedia" {
            let id = element.attribute("ID");
            let name = element.child("code").and_then(|code| field(code.attribute("displayName")?));
            let data = element.all("value");
            places.extend(data.map(|data| Place {
                data,
                id,
                name: file_name(data).or_else(|| name.clone()),
            }));
        } else if holds_file(element) && !is_listed(&places, element) {
            places.push(Place { data: element, id: None, name: file_name(element) });
        }
    }
    places
}

impl Place<'_> {
    /// The bytes, at most `room` of them; none where they do not decode.
    pub(crate) fn decode(&self, room: usize) -> Part {
        let said = media_type(self.data).to_owned();
        let mut text = String::new();
        for node in &self.data.children {
            if let crate::xml::Node::Text(piece) = node {
                text.push_str(piece);
            }
        }
        let bytes = if is_base64(self.data) {
            inflate(self.data.attribute("compression"), base64(&text), room)
        } else {
            text.into_bytes()
        };
        let bytes = if bytes.len() > room { Vec::new() } else { bytes };
        Part::of(&said, self.name.clone(), bytes)
    }
}

impl Part {
    /// A part whose type the document says; its bytes know better.
    pub(crate) fn of(said: &str, name: Option<String>, bytes: Vec<u8>) -> Self {
        let found = Kind::sniff(&bytes, None);
        // Documents of the field say `application/pdf` of pictures, and `image/jpeg` of PNG files.
        let media_type = match found {
            Kind::Text | Kind::Other => said.to_owned(),
            found => found.media_type().to_owned(),
        };
        Self { media_type, name, bytes }
    }
}

/// The bytes of a base64 text, as lenient as the field needs; none where it is none.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    let plain: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(plain).unwrap_or_default()
}

fn is_listed(places: &[Place<'_>], element: &Element) -> bool {
    places.iter().any(|place| std::ptr::eq(place.data, element))
}

fn holds_file(element: &Element) -> bool {
    is_base64(element) && !element.text().trim().is_empty()
}

fn is_base64(element: &Element) -> bool {
    element.attribute("representation").is_some_and(|said| said.trim().eq_ignore_ascii_case("B64"))
}

/// HL7 v3's ED is plain text where it says nothing.
pub(crate) fn media_type(data: &Element) -> &str {
    data.attribute("mediaType").map(str::trim).filter(|said| !said.is_empty()).unwrap_or("text/plain")
}

/// The last part of an address that the data refers to.
fn file_name(data: &Element) -> Option<String> {
    let address = data.child("reference")?.attribute("value")?;
    field(address.rsplit(['/', '\\']).next()?)
}

/// HL7 v3 compression: DF (RFC 1951), ZL (RFC 1950), GZ (RFC 1952). Others stay as they are.
fn inflate(compression: Option<&str>, bytes: Vec<u8>, room: usize) -> Vec<u8> {
    let limit = u64::try_from(room).unwrap_or(u64::MAX).saturating_add(1);
    let mut inflated = Vec::new();
    let read = match compression.map(str::trim) {
        Some("DF") => DeflateDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut inflated),
        Some("ZL") => ZlibDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut inflated),
        Some("GZ") => GzDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut inflated),
        _ => return bytes,
    };
    // Programs write a zlib stream and call it DF.
    if read.is_err() && compression == Some("DF") {
        return inflate(Some("ZL"), bytes, room);
    }
    if read.is_ok() { inflated } else { Vec::new() }
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Most parts of a document.
pub const MAX_PARTS: usize = 200;

/// Most bytes that the parts of a document have together.
const PART_LIMIT: usize = TEXT_SOURCE_LIMIT;
