//! GIF (GIF89a specification): blocks.

use std::collections::BTreeSet;

use super::{Removed, StripError, Stripped, says_place};

pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    let mut removed = BTreeSet::new();
    let kept = blocks(bytes, &mut removed).ok_or(StripError::Broken)?;
    Ok(Stripped { bytes: kept, removed, orientation_kept: false })
}

fn blocks(bytes: &[u8], removed: &mut BTreeSet<Removed>) -> Option<Vec<u8>> {
    // Header and screen descriptor, then the colours of all frames.
    let mut at = 13 + colours(*bytes.get(10)?);
    let mut kept = bytes.get(..at)?.to_vec();
    loop {
        let start = at;
        match bytes.get(at)? {
            // A frame: its descriptor, its colours, its code size, its pixels.
            0x2c => {
                at += 10 + colours(*bytes.get(at + 9)?) + 1;
                at = after_pieces(bytes, at)?;
                kept.extend(bytes.get(start..at)?);
            }
            0x21 => {
                let label = *bytes.get(at + 1)?;
                at = after_pieces(bytes, at + 2)?;
                let block = bytes.get(start..at)?;
                match judge(label, block.get(3..).unwrap_or_default()) {
                    None => kept.extend(block),
                    Some(what) => {
                        removed.insert(what);
                        if says_place(block) {
                            removed.insert(Removed::Gps);
                        }
                    }
                }
            }
            0x3b => {
                kept.push(0x3b);
                if bytes.len() > at + 1 {
                    removed.insert(Removed::Trailer);
                }
                return Some(kept);
            }
            _ => return None,
        }
    }
}

/// What of an extension has to go; what times, repeats and colours the frames stays.
fn judge(label: u8, name: &[u8]) -> Option<Removed> {
    match label {
        // Graphic control, and plain text, which is drawn.
        0xf9 | 0x01 => None,
        0xff if [&b"NETSCAPE2.0"[..], b"ANIMEXTS1.0", b"ICCRGBG1012"]
            .iter()
            .any(|kept| name.starts_with(kept)) =>
        {
            None
        }
        0xff if name.starts_with(b"XMP Data") => Some(Removed::Xmp),
        0xfe => Some(Removed::Comment),
        _ => Some(Removed::Application),
    }
}

/// Bytes of a table of colours, as its flags say.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Where a run of pieces, each with its length before it, has ended.
fn after_pieces(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}
