//! WebP (RFC 9649): RIFF chunks.

use std::collections::BTreeSet;

use super::{Removed, StripError, Stripped, orientation, says_place};

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    let long = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let length = long(4).and_then(|length| usize::try_from(length).ok()).ok_or(StripError::Broken)?;
    let end = length.checked_add(8).ok_or(StripError::Broken)?;
    let mut rest = bytes.get(12..end).ok_or(StripError::Broken)?;
    let mut removed = BTreeSet::new();
    if bytes.len() > end {
        removed.insert(Removed::Trailer);
    }
    let mut chunks: Vec<([u8; 4], Vec<u8>)> = Vec::new();
    let said = orientation::read_container(bytes);
    while !rest.is_empty() {
        let (name, body, after) = next(rest).ok_or(StripError::Broken)?;
        match &name {
            b"VP8 " | b"VP8L" | b"VP8X" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {
                chunks.push((name, body.to_vec()))
            }
            b"EXIF" => {
                removed.insert(Removed::Exif);
                if said.gps || orientation::read(body).gps {
                    removed.insert(Removed::Gps);
                }
            }
            b"XMP " => {
                removed.insert(Removed::Xmp);
                if says_place(body) {
                    removed.insert(Removed::Gps);
                }
            }
            _ => {
                removed.insert(Removed::Application);
            }
        }
        rest = after;
    }
    if !chunks.iter().any(|(name, _)| matches!(name, b"VP8 " | b"VP8L" | b"ANMF")) {
        return Err(StripError::Broken);
    }
    let extended = chunks.iter_mut().find(|(name, _)| name == b"VP8X");
    let orientation = said.orientation.filter(|_| extended.is_some());
    if let Some(flags) = extended.and_then(|(_, body)| body.first_mut()) {
        *flags &= !(EXIF_FLAG | XMP_FLAG);
        if orientation.is_some() {
            *flags |= EXIF_FLAG;
        }
    }
    if let Some(orientation) = orientation {
        chunks.push((*b"EXIF", orientation::tiff(orientation)));
    }
    let bytes = write(&chunks).ok_or(StripError::Broken)?;
    Ok(Stripped { bytes, removed, orientation_kept: orientation.is_some() })
}

fn next(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let name = bytes.get(..4)?.try_into().ok()?;
    let length = usize::try_from(u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?)).ok()?;
    let end = length.checked_add(8)?;
    let body = bytes.get(8..end)?;
    let after = bytes.get(end + length % 2..).unwrap_or_default();
    Some((name, body, after))
}

fn write(chunks: &[([u8; 4], Vec<u8>)]) -> Option<Vec<u8>> {
    let mut body = b"WEBP".to_vec();
    for (name, chunk) in chunks {
        body.extend(name);
        body.extend(u32::try_from(chunk.len()).ok()?.to_le_bytes());
        body.extend(chunk);
        body.resize(body.len() + chunk.len() % 2, 0);
    }
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(u32::try_from(body.len()).ok()?.to_le_bytes());
    bytes.extend(body);
    Some(bytes)
}

const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;
