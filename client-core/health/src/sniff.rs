//! What a file is, by its first bytes.

use crate::cda::document;
use crate::kind::Kind;
use crate::office::{compound, package};
use crate::{dicom, json, mail};

impl Kind {
    /// The kind that the content says; a name's ending decides between texts only.
    pub(crate) fn sniff(bytes: &[u8], name: Option<&str>) -> Self {
        let at = |from: usize, magic: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(magic));
        // What stands before the mark of a DICOM file may be the header of a TIFF (PS3.10, 7.1).
        if at(128, b"DICM") || at(0, b"DICM") {
            Self::Dicom
        } else if at(0, b"\xff\xd8\xff") {
            Self::Jpeg
        } else if at(0, b"\x89PNG\r\n\x1a\n") {
            Self::Png
        } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
            Self::Gif
        } else if at(0, b"RIFF") && at(8, b"WEBP") {
            Self::Webp
        } else if at(0, b"II*\0") || at(0, b"MM\0*") {
            Self::Tiff
        } else if at(0, b"BM") && bytes.get(6..10) == Some(&[0; 4]) && at(15, b"\0\0\0") {
            Self::Bmp
        } else if at(4, b"ftyp") && heif_brand(bytes) {
            Self::Heif
        } else if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
            package::kind(bytes)
        } else if at(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            compound::kind(bytes, name)
        } else if at(0, b"{\\rtf") {
            Self::Rtf
        } else if has_within(bytes, b"%PDF-", 1024) {
            Self::Pdf
        } else if dicom::is_bare(bytes) {
            Self::Dicom
        } else {
            sniff_text(bytes, name)
        }
    }
}

/// Whether a CDA begins after the beginning that was looked at: in a style sheet or a page that shows it.
fn stands_later(bytes: &[u8]) -> bool {
    bytes.len() > SNIFFED
        && has_within(bytes, b"ClinicalDocument", bytes.len())
        && document::begins_in(&crate::encoding::decode_xml(bytes))
}

/// The kind that a content and the ending of its name say.
#[must_use]
pub fn kind_of(bytes: &[u8], name: Option<&str>) -> Kind {
    Kind::sniff(bytes, name)
}

fn heif_brand(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"];
    bytes.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

fn sniff_text(bytes: &[u8], name: Option<&str>) -> Kind {
    let beginning = bytes.get(..bytes.len().min(SNIFFED)).unwrap_or_default();
    let text = crate::encoding::decode(beginning);
    let trimmed = text.trim_start_matches('\u{feff}').trim_start();
    let named = |ending: &str| name.is_some_and(|name| name.to_ascii_lowercase().ends_with(ending));
    let upper: String = trimmed.chars().take(256).collect::<String>().to_ascii_uppercase();
    if upper.starts_with("BEGIN:VCALENDAR") || named(".ics") {
        return Kind::Calendar;
    }
    if trimmed.starts_with('<') {
        if document::begins_in(&text) || stands_later(bytes) {
            return Kind::Cda;
        }
        if text.contains("http://hl7.org/fhir\"") || text.contains("http://hl7.org/fhir'") {
            return Kind::FhirXml;
        }
        if upper.contains("<HTML") || upper.starts_with("<!DOCTYPE HTML") {
            return Kind::Html;
        }
    }
    if matches!(trimmed.as_bytes().first(), Some(b'{' | b'[' | b'"'))
        && let Some(kind) = json::kind(bytes, &text)
    {
        return kind;
    }
    if named(".html") || named(".htm") {
        return Kind::Html;
    }
    // The encodings of e-mail change by escapes (RFC 1468), which no other text holds.
    let is_mail = mail::begins(&text);
    if !is_mail && !is_text(beginning, &text) {
        return Kind::Other;
    }
    if upper.starts_with("<?XML") {
        return Kind::Xml;
    }
    if [".csv", ".tsv", ".tab"].into_iter().any(named) {
        return Kind::Csv;
    }
    if is_mail { Kind::Mail } else { Kind::Text }
}

/// No control bytes but those of text, and either UTF-8 or a mostly printable single-byte encoding.
fn is_text(bytes: &[u8], decoded: &str) -> bool {
    // By bytes, without a branch for each: in UTF-8 the controls of Unicode's second block are 0xC2 and a byte below 0xA0.
    let text = decoded.as_bytes();
    let control = |b: u8| (b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t' | 0x0c)) || b == 0x7f;
    let first = text.iter().fold(false, |found, b| found | control(*b));
    let second = text.iter().zip(text.iter().skip(1));
    let second = second.fold(false, |found, (b, next)| found | (*b == 0xc2 && *next < 0xa0));
    !bytes.is_empty() && !first && !second
}

fn has_within(bytes: &[u8], magic: &[u8], within: usize) -> bool {
    let beginning = bytes.get(..bytes.len().min(within)).unwrap_or_default();
    let Some((first, rest)) = magic.split_first() else { return true };
    beginning.iter().enumerate().any(|(at, byte)| {
        byte == first && beginning.get(at + 1..).is_some_and(|after| after.starts_with(rest))
    })
}

/// CDA files may begin with pages of comments.
const SNIFFED: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_that_lies_does_not_beat_the_first_bytes() {
        assert_eq!(Kind::sniff(b"%PDF-1.4\n", Some("a.jpg")), Kind::Pdf);
        assert_eq!(Kind::sniff(b"\xff\xd8\xff\xe0", Some("a.ics")), Kind::Jpeg);
        assert_eq!(Kind::sniff(b"", Some("a.pdf")), Kind::Other);
    }

    #[test]
    fn control_of_either_block_is_no_text_and_what_looks_like_one_is() {
        for c in (0..0x3000).filter_map(char::from_u32) {
            let text = format!("a{c}é\u{a0}");
            let allowed = !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
            assert_eq!(is_text(text.as_bytes(), &text), allowed, "{c:?}");
        }
    }

    #[test]
    fn magic_that_stands_late_or_is_cut_is_not_found() {
        assert!(has_within(b"%%P%PDF-1", b"%PDF-", 8));
        assert!(!has_within(b"%%P%PDF-1", b"%PDF-", 7));
        assert!(!has_within(b"%PDF", b"%PDF-", 1024));
    }
}
