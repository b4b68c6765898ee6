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
    let (pixels, trailer) = split_scan(scan, &mut removed).ok_or(StripError::Broken)?;
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
                let ends = split_scan(rest, &mut BTreeSet::new()).is_some();
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
}

fn next(bytes: &[u8]) -> Option<(Segment<'_>, &[u8])> {
    // Fill bytes may stand before a marker.
    let fill = bytes.iter().take_while(|byte| **byte == 0xff).count();
    let start = fill.checked_sub(1)?;
    let marker = *bytes.get(fill)?;
    if marker == EOI {
        return Some((
            Segment { marker, body: &[], whole: bytes.get(start..=fill)? },
            bytes.get(fill + 1..)?,
        ));
    }
    if marker == 0 || matches!(marker, 0x01 | 0xd0..=0xd8) {
        return None;
    }
    let length = usize::from(u16::from_be_bytes(bytes.get(fill + 1..fill + 3)?.try_into().ok()?));
    let end = fill + 1 + length;
    let body = bytes.get(fill + 3..end)?;
    Some((Segment { marker, body, whole: bytes.get(start..end)? }, bytes.get(end..)?))
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

/// From the first scan to the end of the image, segments between scans judged alike; and what follows.
fn split_scan<'a>(bytes: &'a [u8], removed: &mut BTreeSet<Removed>) -> Option<(Vec<u8>, &'a [u8])> {
    let mut pixels = Vec::new();
    let mut rest = bytes;
    loop {
        let (segment, after) = next(rest)?;
        match judge(&segment) {
            _ if matches!(segment.marker, SOS | EOI) => pixels.extend(segment.whole),
            None => pixels.extend(segment.whole),
            Some(what) => {
                removed.insert(what);
            }
        }
        if segment.marker == EOI {
            return Some((pixels, after));
        }
        rest = after;
        if segment.marker == SOS {
            let coded = coded_length(rest)?;
            pixels.extend(rest.get(..coded)?);
            rest = rest.get(coded..)?;
        }
    }
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
