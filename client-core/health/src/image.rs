//! The facts of a photograph: where, when and with what it was taken.

use std::io::Cursor;

use exif::{In, Tag, Value};

use crate::date;
use crate::kind::Kind;
use crate::recognised::{Damage, Fact, Recognised, Remark, field};
use crate::strip;
use crate::strip::orientation::lenient;

/// Reads Exif, and looks for XMP that says a place.
pub(crate) fn recognise(bytes: &[u8], kind: Kind) -> Recognised {
    let mut found = Recognised::new(kind);
    if let Some(structure) = strip::check(bytes, kind) {
        match structure {
            strip::Structure::Whole => {}
            strip::Structure::EndsEarly => found.remark(Remark::Truncated),
            strip::Structure::Broken => found.damaged(Damage::Image),
        }
    }
    found.say(Fact::Size, size(bytes, kind));
    let beginning = bytes.get(..bytes.len().min(SEARCHED)).unwrap_or(bytes);
    if contains(beginning, b"GPSLatitude") {
        found.remark(Remark::HasGps);
    }
    if kind == Kind::Gif {
        return found;
    }
    let exif = lenient(|reader| reader.read_from_container(&mut Cursor::new(bytes)));
    let Some(exif) = exif else { return found };
    if exif.get_field(Tag::GPSLatitude, In::PRIMARY).is_some()
        || exif.get_field(Tag::GPSLongitude, In::PRIMARY).is_some()
    {
        found.remark(Remark::HasGps);
    }
    let said = |tag| {
        let field = exif.get_field(tag, In::PRIMARY)?;
        match &field.value {
            Value::Ascii(parts) => crate::recognised::field(&String::from_utf8_lossy(parts.first()?)),
            _ => None,
        }
    };
    let camera = [said(Tag::Make), said(Tag::Model)];
    let camera: Vec<String> = camera.into_iter().flatten().collect();
    let serial = said(Tag::BodySerialNumber).or_else(|| said(Tag::CameraOwnerName));
    if !camera.is_empty() || serial.is_some() {
        found.remark(Remark::HasCamera);
    }
    found.say(Fact::Camera, field(&camera.join(" ")));
    found.title = said(Tag::ImageDescription);
    found.date = [
        (Tag::DateTimeOriginal, Tag::OffsetTimeOriginal),
        (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized),
        (Tag::DateTime, Tag::OffsetTime),
    ]
    .into_iter()
    .find_map(|(time, zone)| date::exif(&said(time)?, said(zone).as_deref()));
    found
}

fn size(bytes: &[u8], kind: Kind) -> Option<String> {
    let (width, height) = match kind {
        Kind::Png => {
            let long = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
            (long(16)?, long(20)?)
        }
        Kind::Gif => {
            let short =
                |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
            (short(6)?, short(8)?)
        }
        Kind::Jpeg => strip::jpeg::size(bytes)?,
        _ => return None,
    };
    Some(format!("{width} x {height}"))
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// XMP stands at the beginning of what cameras and telephones write.
const SEARCHED: usize = 1 << 20;
