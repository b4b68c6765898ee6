//! HEIF (ISO/IEC 23008-12) in its boxes (ISO/IEC 14496-12): HEIC and AVIF photographs of telephones.
//!
//! Nothing is moved, because other boxes say at which byte the pixels stand: what has to go is overwritten where it is.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Removed, StripError, Stripped, says_place};
use crate::kind::Kind;

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    let mut kept = bytes.to_vec();
    let mut removed = BTreeSet::new();
    let (mut at, mut meta) = (0, None);
    while at < bytes.len() {
        let Some(found) = next(bytes, at..bytes.len()) else {
            // No box: what telephones append to a picture.
            kept.truncate(at);
            removed.insert(Removed::Trailer);
            break;
        };
        match &found.name {
            b"ftyp" | b"mdat" | b"free" | b"skip" => {}
            b"meta" if meta.is_none() => meta = Some(found.body.clone()),
            // A film has its own descriptions, which are not looked at here.
            b"moov" | b"moof" => return Err(StripError::Unsupported(Kind::Heif)),
            _ => {
                overwrite(&mut kept, found.body.clone(), &[]);
                if let Some(name) = kept.get_mut(found.start + 4..found.start + 8) {
                    name.copy_from_slice(b"free");
                }
                removed.insert(Removed::Application);
            }
        }
        at = found.body.end;
    }
    let meta = meta.ok_or(StripError::Broken)?;
    // Four bytes of version and flags stand before the boxes in it.
    let told = told(bytes, meta.start + 4..meta.end).ok_or(StripError::Broken)?;
    for (id, what) in told.items {
        for place in told.places.iter().filter(|(item, _)| *item == id).map(|(_, place)| place) {
            let said = bytes.get(place.clone()).ok_or(StripError::Broken)?;
            if said.iter().all(|byte| *byte == 0) || said.starts_with(&EMPTY_EXIF) {
                continue;
            }
            if says_place(said) || (what == Removed::Exif && has_gps(said)) {
                removed.insert(Removed::Gps);
            }
            let instead: &[u8] = if what == Removed::Exif { &EMPTY_EXIF } else { &[] };
            overwrite(&mut kept, place.clone(), instead);
            removed.insert(what);
        }
    }
    Ok(Stripped { bytes: kept, removed, orientation_kept: false })
}

/// Whether a block of Exif has a directory of places: the tag, in either byte order.
fn has_gps(exif: &[u8]) -> bool {
    exif.windows(4).any(|window| window == b"\x25\x88\x04\0" || window == b"\x88\x25\0\x04")
}

fn overwrite(bytes: &mut [u8], place: Range<usize>, instead: &[u8]) {
    let Some(place) = bytes.get_mut(place) else { return };
    let fits = instead.len() <= place.len();
    place.fill(0);
    for (byte, new) in place.iter_mut().zip(instead).filter(|_| fits) {
        *byte = *new;
    }
}

struct Found {
    start: usize,
    name: [u8; 4],
    body: Range<usize>,
}

/// The box that begins a range.
fn next(bytes: &[u8], range: Range<usize>) -> Option<Found> {
    let start = range.start;
    let name: [u8; 4] = bytes.get(start + 4..start + 8)?.try_into().ok()?;
    let (head, length) = match number(bytes, start, 4)? {
        0 => (8, range.end - start),
        1 => (16, number(bytes, start + 8, 8)?),
        length => (8, length),
    };
    let end = start.checked_add(length).filter(|end| *end <= range.end)?;
    let plain = name.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    (plain && length >= head).then(|| Found { start, name, body: start + head..end })
}

/// What the description of a file says: items that are metadata, and where the bytes of each item stand.
struct Told {
    items: Vec<(usize, Removed)>,
    places: Vec<(usize, Range<usize>)>,
}

fn told(bytes: &[u8], range: Range<usize>) -> Option<Told> {
    let (mut items, mut locations, mut inside) = (Vec::new(), None, 0);
    let mut at = range.start;
    while at < range.end {
        let found = next(bytes, at..range.end)?;
        match &found.name {
            b"iinf" => items = information(bytes, found.body.clone())?,
            b"iloc" => locations = Some(found.body.clone()),
            b"idat" => inside = found.body.start,
            _ => {}
        }
        at = found.body.end;
    }
    let places = match locations {
        Some(locations) => places(bytes, locations, inside)?,
        None => Vec::new(),
    };
    Some(Told { items, places })
}

/// `iinf`: of each item its number and type.
fn information(bytes: &[u8], body: Range<usize>) -> Option<Vec<(usize, Removed)>> {
    let version = *bytes.get(body.start)?;
    let mut at = body.start + if version == 0 { 6 } else { 8 };
    let mut items = Vec::new();
    while at < body.end && items.len() < MAX_ITEMS {
        let found = next(bytes, at..body.end)?;
        let from = found.body.start;
        let wide = match *bytes.get(from)? {
            2 => 2,
            3 => 4,
            _ => {
                at = found.body.end;
                continue;
            }
        };
        let id = number(bytes, from + 4, wide)?;
        let what = match bytes.get(from + 6 + wide..from + 10 + wide)? {
            b"Exif" => Some(Removed::Exif),
            b"mime" => Some(Removed::Xmp),
            b"uri " => Some(Removed::Application),
            _ => None,
        };
        items.extend(what.map(|what| (id, what)));
        at = found.body.end;
    }
    Some(items)
}

/// `iloc`: where the bytes of each item stand.
fn places(bytes: &[u8], body: Range<usize>, inside: usize) -> Option<Vec<(usize, Range<usize>)>> {
    let version = *bytes.get(body.start)?;
    let sizes = (*bytes.get(body.start + 4)?, *bytes.get(body.start + 5)?);
    let (offset, length) = (usize::from(sizes.0 >> 4), usize::from(sizes.0 & 15));
    let base = usize::from(sizes.1 >> 4);
    let index = if version == 0 { 0 } else { usize::from(sizes.1 & 15) };
    let wide = if version < 2 { 2 } else { 4 };
    let mut at = body.start + 6;
    let mut take = |size: usize| {
        let value = number(bytes, at, size)?;
        at += size;
        Some(value)
    };
    let count = take(wide)?;
    let mut places = Vec::new();
    for _ in 0..count.min(MAX_ITEMS) {
        let id = take(wide)?;
        let method = if version == 0 { 0 } else { take(2)? & 15 };
        let elsewhere = take(2)?;
        let base = take(base)?;
        for _ in 0..take(2)?.min(MAX_ITEMS) {
            take(index)?;
            let (from, length) = (take(offset)?, take(length)?);
            let start = base.checked_add(from)?.checked_add(if method == 1 { inside } else { 0 })?;
            if elsewhere == 0 && method < 2 && places.len() < MAX_ITEMS {
                places.push((id, start..start.checked_add(length)?));
            }
        }
    }
    Some(places)
}

/// A big-endian number of 0, 2, 4 or 8 bytes.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(size)?)?;
    usize::try_from(digits.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))).ok()
}

/// An Exif item without an entry: no bytes before the block, its head, an empty directory.
const EMPTY_EXIF: [u8; 18] = *b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0";
const MAX_ITEMS: usize = 10_000;
