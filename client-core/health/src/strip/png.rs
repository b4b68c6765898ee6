//! PNG (ISO/IEC 15948): chunks.

use std::collections::BTreeSet;

use super::{Removed, StripError, Stripped, orientation, says_place};

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    let mut kept = bytes.get(..8).ok_or(StripError::Broken)?.to_vec();
    let mut rest = bytes.get(8..).ok_or(StripError::Broken)?;
    let mut removed = BTreeSet::new();
    let mut turned = None;
    let mut began = false;
    loop {
        let chunk = next(rest).ok_or(StripError::Broken)?;
        if !began && chunk.name != b"IHDR" {
            return Err(StripError::Broken);
        }
        began = true;
        match judge(chunk.name) {
            None => kept.extend(chunk.whole),
            Some(what) => {
                removed.insert(what);
                if chunk.name == b"eXIf" {
                    let said = orientation::read(chunk.body);
                    turned = turned.or(said.orientation);
                    if said.gps {
                        removed.insert(Removed::Gps);
                    }
                }
                if chunk.body.starts_with(b"XML:com.adobe.xmp") {
                    removed.insert(Removed::Xmp);
                }
                if what == Removed::Comment && says_place(chunk.body) {
                    removed.insert(Removed::Gps);
                }
            }
        }
        rest = chunk.rest;
        if chunk.name == b"IHDR"
            && let Some(orientation) = exif_orientation(bytes)
        {
            turned = Some(orientation);
            kept.extend(make(*b"eXIf", &orientation::tiff(orientation)));
        }
        if chunk.name == b"IEND" {
            break;
        }
    }
    if !rest.is_empty() {
        removed.insert(Removed::Trailer);
    }
    Ok(Stripped { bytes: kept, removed, orientation_kept: turned.is_some() })
}

fn exif_orientation(bytes: &[u8]) -> Option<u16> {
    let mut rest = bytes.get(8..)?;
    loop {
        let chunk = next(rest)?;
        if chunk.name == b"eXIf" {
            return orientation::read(chunk.body).orientation;
        }
        rest = chunk.rest;
    }
}

struct Chunk<'a> {
    name: &'a [u8],
    body: &'a [u8],
    whole: &'a [u8],
    rest: &'a [u8],
}

fn next(bytes: &[u8]) -> Option<Chunk<'_>> {
    let length = usize::try_from(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    let end = length.checked_add(12)?;
    Some(Chunk {
        name: bytes.get(4..8)?,
        body: bytes.get(8..end - 4)?,
        whole: bytes.get(..end)?,
        rest: bytes.get(end..)?,
    })
}

/// What a picture needs to show stays: critical chunks, colours, transparency, size of a pixel, animation.
fn judge(name: &[u8]) -> Option<Removed> {
    match name {
        b"IHDR" | b"PLTE" | b"IDAT" | b"IEND" | b"tRNS" | b"cHRM" | b"gAMA" | b"iCCP" | b"sBIT" | b"sRGB"
        | b"cICP" | b"mDCV" | b"cLLI" | b"bKGD" | b"pHYs" | b"acTL" | b"fcTL" | b"fdAT" => None,
        b"eXIf" | b"zxIf" => Some(Removed::Exif),
        b"tEXt" | b"zTXt" | b"iTXt" => Some(Removed::Comment),
        b"tIME" => Some(Removed::Time),
        _ => Some(Removed::Application),
    }
}

fn make(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(body.len()).unwrap_or_default().to_be_bytes().to_vec();
    let mut crc = flate2::Crc::new();
    crc.update(&name);
    crc.update(body);
    chunk.extend(name);
    chunk.extend(body);
    chunk.extend(crc.sum().to_be_bytes());
    chunk
}
