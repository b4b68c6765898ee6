//! JPEG (ITU-T T.81): segments.

use std::collections::BTreeSet;

use super::orientation::{self, Said};
use super::{Removed, StripError, Stripped, Structure, says_place};

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    let mut kept = vec![0xff, SOI];
    let mut removed = BTreeSet::new();
    let mut turned = Said::default();
    let mut rest = bytes.get(2..).ok_or(StripError::Broken)?;
    let scan = loop {
        let (segment, after) = next(rest).ok_or(StripError::Broken)?;
        if segment.marker == SOS {
            break rest;
        }
        if segment.marker == EOI {
            return Err(StripError::Broken);
        }
        if segment.skipped {
            removed.insert(Removed::Application);
        }
        if let Some(short) = shortened(&segment) {
            removed.insert(Removed::Application);
            kept.extend(short);
            rest = after;
            continue;
        }
        match judge(&segment) {
            None => kept.extend(segment.whole),
            Some(what) => {
                if what == Removed::Exif {
                    let said = orientation::read(segment.body.get(6..).unwrap_or_default());
                    turned.orientation = turned.orientation.or(said.orientation);
                    turned.gps |= said.gps;
                }
                turned.gps |= what == Removed::Xmp && says_place(segment.body);
                removed.insert(what);
            }
        }
        rest = after;
    };
    let Scan { pixels, trailer, .. } = split_scan(scan, &mut removed);
    if !trailer.is_empty() {
        removed.insert(Removed::Trailer);
    }
    if turned.gps {
        removed.insert(Removed::Gps);
    }
    if let Some(orientation) = turned.orientation {
        let tiff = orientation::tiff(orientation);
        let at = after_jfif(&kept);
        let mut segment = vec![0xff, APP1, 0, 34];
        segment.extend(b"Exif\0\0");
        segment.extend(tiff);
        kept.splice(at..at, segment);
    }
    kept.extend(pixels);
    Ok(Stripped { bytes: kept, removed, orientation_kept: turned.orientation.is_some() })
}

pub(super) fn check(bytes: &[u8]) -> Structure {
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        match next(rest) {
            None => return Structure::Broken,
            Some((segment, _)) if segment.marker == SOS => {
                let ends = split_scan(rest, &mut BTreeSet::new()).ends;
                return if ends { Structure::Whole } else { Structure::EndsEarly };
            }
            Some((_, after)) => rest = after,
        }
    }
}

/// Width and height of the frame.
pub(crate) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.get(2..)?;
    loop {
        let (segment, after) = next(rest)?;
        if matches!(segment.marker, 0xc0..=0xcf) && !matches!(segment.marker, 0xc4 | 0xc8 | 0xcc) {
            let short = |at: usize| {
                Some(u32::from(u16::from_be_bytes(segment.body.get(at..at + 2)?.try_into().ok()?)))
            };
            return Some((short(3)?, short(1)?));
        }
        if segment.marker == SOS {
            return None;
        }
        rest = after;
    }
}

struct Segment<'a> {
    marker: u8,
    body: &'a [u8],
    whole: &'a [u8],
    /// Whether bytes of no segment stood before it: decoders pass over them, and so could a message hide.
    skipped: bool,
}

fn next(bytes: &[u8]) -> Option<(Segment<'_>, &[u8])> {
    let mut from = 0;
    // A marker is 0xFF and a byte that is neither a stuffed zero nor another 0xFF, which fills.
    let at = loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0 => from = at + 2,
            0xff => from = at + 1,
            _ => break at,
        }
    };
    let skipped = bytes.iter().take(at).any(|byte| *byte != 0xff);
    let marker = *bytes.get(at + 1)?;
    if marker == EOI {
        let whole = bytes.get(at..at + 2)?;
        return Some((Segment { marker, body: &[], whole, skipped }, bytes.get(at + 2..)?));
    }
    if matches!(marker, 0x01 | 0xd0..=0xd8) {
        return None;
    }
    let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
    let end = at + 2 + length;
    let body = bytes.get(at + 4..end)?;
    Some((Segment { marker, body, whole: bytes.get(at..end)?, skipped }, bytes.get(end..)?))
}

/// A header that decoders need, without what a maker added to it: a JFIF header without its thumbnail, an Adobe one at its 12 bytes.
fn shortened(segment: &Segment<'_>) -> Option<Vec<u8>> {
    let body = match segment.marker {
        APP0 if segment.body.starts_with(b"JFIF\0") && segment.body.len() > 14 => {
            [segment.body.get(..12)?, &[0, 0]].concat()
        }
        0xee if segment.body.starts_with(b"Adobe") && segment.body.len() > 12 => {
            segment.body.get(..12)?.to_vec()
        }
        _ => return None,
    };
    let length = u16::try_from(body.len() + 2).ok()?.to_be_bytes();
    Some([&[0xff, segment.marker], &length[..], &body].concat())
}

/// What of a segment has to go; nothing where it stays.
fn judge(segment: &Segment<'_>) -> Option<Removed> {
    let begins = |magic: &[u8]| segment.body.starts_with(magic);
    match segment.marker {
        // Tables, frames, restart intervals.
        0xc0..=0xcf | 0xdb..=0xdf => None,
        // A JFIF header without its thumbnail; an extension holds thumbnails only.
        APP0 if begins(b"JFIF\0") && segment.body.len() == 14 => None,
        0xe2 if begins(b"ICC_PROFILE\0") => None,
        0xee if begins(b"Adobe") && segment.body.len() == 12 => None,
        APP1 if begins(b"Exif\0") => Some(Removed::Exif),
        APP1 if begins(b"http://ns.adobe.com/") => Some(Removed::Xmp),
        0xed => Some(Removed::Iptc),
        0xfe => Some(Removed::Comment),
        _ => Some(Removed::Application),
    }
}

/// What stands from the first scan on.
struct Scan<'a> {
    /// The scans and the tables between them.
    pixels: Vec<u8>,
    /// What follows the end of the image.
    trailer: &'a [u8],
    /// Whether the image ends; of one that was cut short the pixels that are there stay.
    ends: bool,
}

/// From the first scan to the end of the image, segments between scans judged alike; and what follows.
fn split_scan<'a>(bytes: &'a [u8], removed: &mut BTreeSet<Removed>) -> Scan<'a> {
    let mut pixels = Vec::new();
    let mut rest = bytes;
    while let Some((segment, after)) = next(rest) {
        match judge(&segment) {
            _ if matches!(segment.marker, SOS | EOI) => pixels.extend(segment.whole),
            None => pixels.extend(segment.whole),
            Some(what) => {
                removed.insert(what);
            }
        }
        if segment.marker == EOI {
            return Scan { pixels, trailer: after, ends: true };
        }
        rest = after;
        if segment.marker == SOS {
            let coded = coded_length(rest).unwrap_or(rest.len());
            let (code, after) = rest.split_at_checked(coded).unwrap_or((rest, &[]));
            pixels.extend(code);
            rest = after;
        }
    }
    Scan { pixels, trailer: &[], ends: false }
}

/// Length of entropy-coded bytes: up to a marker that is neither a stuffed zero nor a restart.
fn coded_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}

fn after_jfif(kept: &[u8]) -> usize {
    match kept.get(2..).and_then(next) {
        Some((segment, _)) if segment.marker == APP0 => 2 + segment.whole.len(),
        _ => 2,
    }
}

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
