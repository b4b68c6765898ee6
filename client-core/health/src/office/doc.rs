//! The words of a Word 97 document (MS-DOC, 2.4.1): its pieces of text in order.

use super::compound;

/// Its text, paragraphs apart by empty lines; `None` where its pieces cannot be found.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let mut file = compound::open(bytes)?;
    let document = compound::stream(&mut file, "/WordDocument")?;
    let flags = short(&document, 10)?;
    if flags & ENCRYPTED != 0 {
        return None;
    }
    let table = if flags & SECOND_TABLE == 0 { "/0Table" } else { "/1Table" };
    let table = compound::stream(&mut file, table)?;
    let (at, length) = (long(&document, 0x1a2)?, long(&document, 0x1a6)?);
    let pieces = pieces(table.get(at..at.checked_add(length)?)?)?;
    // Positions of characters, then eight bytes for each piece.
    let count = pieces.len().checked_sub(4)? / 12;
    let mut text = String::new();
    for index in 0..count {
        let characters = long(pieces, index * 4 + 4)?.checked_sub(long(pieces, index * 4)?)?;
        let place = long(pieces, (count + 1) * 4 + index * 8 + 2)?;
        let bytes = if place & ONE_BYTE == 0 {
            document.get(place..place.checked_add(characters.checked_mul(2)?)?)?
        } else {
            let place = (place & !ONE_BYTE) / 2;
            document.get(place..place.checked_add(characters)?)?
        };
        let encoding = if place & ONE_BYTE == 0 { encoding_rs::UTF_16LE } else { encoding_rs::WINDOWS_1252 };
        text.push_str(&encoding.decode_without_bom_handling(bytes).0);
        if text.len() > MAX_TEXT {
            break;
        }
    }
    let plain = plain(&text);
    (!plain.trim().is_empty()).then_some(plain)
}

/// Whether a password closes it.
pub(super) fn is_locked(bytes: &[u8]) -> bool {
    let flags = compound::open(bytes)
        .and_then(|mut file| compound::stream(&mut file, "/WordDocument"))
        .and_then(|document| short(&document, 10));
    flags.is_some_and(|flags| flags & ENCRYPTED != 0)
}

/// The table of pieces, after what changes their looks.
fn pieces(mut table: &[u8]) -> Option<&[u8]> {
    loop {
        match table.first()? {
            1 => table = table.get(3 + usize::from(short(table, 1)?)..)?,
            2 => return table.get(5..5_usize.checked_add(long(table, 1)?)?),
            _ => return None,
        }
    }
}

/// Without marks of fields, cells and objects (MS-DOC, 2.4.1 and 2.8.25).
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut in_code = 0_usize;
    for c in text.chars() {
        match c {
            // A field: its code, then what it shows.
            '\u{13}' => in_code += 1,
            '\u{14}' | '\u{15}' => in_code = in_code.saturating_sub(1),
            _ if in_code > 0 => {}
            '\r' => plain.push_str("\n\n"),
            '\u{7}' => plain.push_str(" \t"),
            '\u{b}' | '\u{c}' => plain.push('\n'),
            '\u{1e}' => plain.push('-'),
            c if c.is_control() && c != '\t' => {}
            c => plain.push(c),
        }
    }
    plain
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

const ENCRYPTED: u16 = 0x0100;
const SECOND_TABLE: u16 = 0x0200;
const ONE_BYTE: usize = 0x4000_0000;
const MAX_TEXT: usize = 8 << 20;
