//! Bytes to text: UTF-8, UTF-16, else an encoding in which older French software writes.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Text of any bytes, without an error: what is no Unicode is read as `charset` guesses.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Cow::Owned(utf16(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Cow::Owned(utf16(rest, u16::from_be_bytes));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(encoding) = crate::charset::utf_16(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // A prefix may end inside a character.
        Err(error) if error.error_len().is_none() => {
            Cow::Owned(String::from_utf8_lossy(bytes).trim_end_matches('\u{fffd}').to_owned())
        }
        Err(_) => Cow::Owned(crate::charset::guess(bytes)),
    }
}

/// Text of an XML document: its mark decides, then its declaration (XML 1.0, 4.3.3 and appendix F), then what [`decode`] finds.
pub(crate) fn decode_xml(bytes: &[u8]) -> Cow<'_, str> {
    if Encoding::for_bom(bytes).is_some() || crate::charset::utf_16(bytes).is_some() {
        return decode(bytes);
    }
    match declared(bytes) {
        // A program that rewrote the document in UTF-8 may have left the declaration: no text of one byte a letter looks so.
        Some(encoding) if encoding.is_single_byte() && std::str::from_utf8(bytes).is_ok() => decode(bytes),
        Some(encoding) if encoding != UTF_8 => encoding.decode_without_bom_handling(bytes).0,
        _ => decode(bytes),
    }
}

/// The encoding that an XML declaration names. One of two bytes a letter is not: the declaration itself could not be read.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let beginning = bytes.get(..bytes.len().min(DECLARATION))?.trim_ascii_start();
    let declaration = beginning.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?.trim();
    Encoding::for_label_no_replacement(label.as_bytes())
        .filter(|found| *found != UTF_16LE && *found != UTF_16BE)
}

/// Longest XML declaration that is looked for.
const DECLARATION: usize = 1024;

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_of_older_software_is_not_read_as_garbage() {
        assert_eq!(decode(b"\x9cuvre \xe9t\xe9"), "œuvre été");
        assert_eq!(decode("œuvre".as_bytes()), "œuvre");
        assert_eq!(decode(b"\xff\xfea\0\xe9\0"), "aé");
        assert_eq!(decode(b"\xfe\xff\0a\0\xe9\0"), "aé");
        assert_eq!(decode(b"a\0b\0\xe9\0"), "abé");
        assert_eq!(decode(b"\0a\0b\0\xe9"), "abé");
    }

    #[test]
    fn declaration_of_any_8_bit_encoding_is_honoured() {
        let text = "œdème Łódź ěšč Зуб €";
        for label in [
            "ISO-8859-1",
            "iso-8859-2",
            "ISO-8859-5",
            "ISO-8859-15",
            "windows-1250",
            "windows-1251",
            "cp1252",
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let letters: String =
                text.chars().filter(|c| !encoding.encode(c.encode_utf8(&mut [0; 4])).2).collect();
            let document = format!("<?xml version='1.0' encoding=\"{label}\"?><a>{letters}</a>");
            let (bytes, _, lost) = encoding.encode(&document);
            assert!(!lost && letters.len() > 8, "{label}");
            assert_eq!(decode_xml(&bytes), document, "{label}");
        }
    }

    #[test]
    fn sixteen_bits_are_read_with_and_without_a_mark() {
        let document = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>Łódź €</a>";
        for mark in [&[][..], &[0xfeff][..]] {
            let units: Vec<u16> = mark.iter().copied().chain(document.encode_utf16()).collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            assert_eq!((&*decode_xml(&little), &*decode_xml(&big)), (document, document));
        }
        // Said by a program that then wrote 8 bits.
        assert_eq!(decode_xml(document.as_bytes()), document);
    }

    #[test]
    fn declaration_that_was_left_behind_does_not_garble_utf_8() {
        let document = "<?xml version='1.0' encoding='ISO-8859-1'?><a>œdème</a>";
        assert_eq!(decode_xml(document.as_bytes()), document);
        assert_eq!(
            decode_xml(b"<?xml version='1.0' encoding='klingon'?>\xe9t\xe9 "),
            "<?xml version='1.0' encoding='klingon'?>été "
        );
    }
}
