//! Fonts (ISO 32000-1, 9.5 to 9.10): how long codes are, how wide their glyphs, which letters they mean.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use lopdf::{Dictionary, Document, Object};

use super::cmap::CMap;
use super::matrix::number;
use super::text::part;

/// A font, as far as text needs it.
pub(super) struct Font {
    codes: Codes,
    to_unicode: Option<CMap>,
    widths: BTreeMap<u32, f64>,
    other_width: f64,
    /// Whether widths are of a usual font that the file does not have.
    guessed: bool,
    /// What a width of 1 is in text space: a thousandth, but of fonts that are drawings (Type 3).
    unit: f64,
}

enum Codes {
    /// One byte each, and what each means.
    Simple(Vec<Option<String>>),
    /// As a map says.
    Mapped(CMap),
    /// Two bytes each, which number glyphs.
    Identity,
    /// Text in an encoding of East Asia.
    Encoded(&'static Encoding),
}

impl Font {
    /// Reads a font's dictionary. What it does not say is as of a usual font.
    pub(super) fn read(document: &Document, font: &Dictionary) -> Self {
        let to_unicode = part(document, font, b"ToUnicode").and_then(map);
        let subtype = font.get(b"Subtype").and_then(Object::as_name).unwrap_or_default();
        let mut read = Self {
            codes: Codes::Identity,
            to_unicode,
            widths: BTreeMap::new(),
            other_width: 1000.0,
            guessed: false,
            unit: 0.001,
        };
        if subtype == b"Type0" {
            read.codes = composite(document, font);
            read.composite_widths(document, font);
        } else {
            read.codes = Codes::Simple(simple(document, font, subtype));
            read.simple_widths(document, font);
            if subtype == b"Type3"
                && let Some(Object::Array(matrix)) = part(document, font, b"FontMatrix")
            {
                read.unit = matrix.first().and_then(number).map_or(0.001, f64::abs);
            }
        }
        read
    }

    /// The first code of a text: its length and number.
    pub(super) fn first(&self, bytes: &[u8]) -> (usize, u32) {
        let length = match &self.codes {
            Codes::Simple(_) => 1,
            Codes::Mapped(map) => map.length(bytes),
            Codes::Identity => 2,
            Codes::Encoded(encoding) => {
                let lead = bytes.first().is_some_and(|byte| *byte >= 0x81);
                let whole = *encoding == encoding_rs::UTF_16BE || lead;
                1 + usize::from(whole)
            }
        };
        let length = length.min(bytes.len()).max(1);
        let code = bytes.iter().take(length).fold(0_u32, |code, byte| code << 8 | u32::from(*byte));
        (length, code)
    }

    /// The letters of a code; `None` where nothing tells them.
    pub(super) fn letters(&self, length: usize, code: u32) -> Option<String> {
        if let Some(letters) = self.to_unicode.as_ref().and_then(|map| map.letters(length, code)) {
            return Some(letters);
        }
        match &self.codes {
            Codes::Simple(table) => table.get(usize::try_from(code).ok()?)?.clone(),
            Codes::Encoded(encoding) => {
                let bytes = code.to_be_bytes();
                let text = encoding.decode_without_bom_handling(bytes.get(4 - length..)?).0;
                (!text.contains('\u{fffd}')).then(|| text.into_owned())
            }
            Codes::Mapped(_) | Codes::Identity => None,
        }
    }

    /// How wide the glyph of a code is, of a size of 1.
    pub(super) fn width(&self, code: u32, letters: Option<&str>) -> f64 {
        if let Some(width) = self.widths.get(&code) {
            return width * self.unit;
        }
        let first = letters.and_then(|letters| letters.chars().next());
        match first.filter(|_| self.guessed) {
            Some(
                ' ' | 'i' | 'l' | 'j' | 't' | 'f' | '.' | ',' | ':' | ';' | '!' | '\'' | '/' | '|' | 'I',
            ) => 0.278,
            Some('m' | 'w' | 'M' | 'W' | '%' | '@') => 0.85,
            Some(c) if c.is_uppercase() => 0.69,
            Some(_) => 0.54,
            None => self.other_width * self.unit,
        }
    }

    fn simple_widths(&mut self, document: &Document, font: &Dictionary) {
        let first = part(document, font, b"FirstChar").and_then(|first| first.as_i64().ok()).unwrap_or(0);
        let Some(Object::Array(widths)) = part(document, font, b"Widths") else {
            self.guessed = true;
            self.other_width = 556.0;
            return;
        };
        let first = u32::try_from(first).unwrap_or(0);
        let known = widths.iter().take(256).map(|width| dereferenced(document, width));
        self.widths = (first..).zip(known.map(|width| width.and_then(number).unwrap_or(0.0))).collect();
        let descriptor = part(document, font, b"FontDescriptor").and_then(|object| object.as_dict().ok());
        let missing =
            descriptor.and_then(|descriptor| part(document, descriptor, b"MissingWidth")).and_then(number);
        self.other_width = missing.unwrap_or(500.0);
    }

    fn composite_widths(&mut self, document: &Document, font: &Dictionary) {
        let Some(descendant) = descendant(document, font) else { return };
        self.other_width = part(document, descendant, b"DW").and_then(number).unwrap_or(1000.0);
        let Some(Object::Array(parts)) = part(document, descendant, b"W") else { return };
        let mut parts = parts.iter().filter_map(|object| dereferenced(document, object)).take(MAX_WIDTHS);
        // `first [w w w]` or `first last w`.
        while let (Some(first), Some(second)) = (parts.next(), parts.next()) {
            let Some(first) = first.as_i64().ok().and_then(|first| u32::try_from(first).ok()) else { return };
            match second {
                Object::Array(widths) => {
                    let known = widths.iter().take(MAX_WIDTHS).filter_map(number);
                    self.widths.extend((first..).zip(known));
                }
                last => {
                    let last = last.as_i64().ok().and_then(|last| u32::try_from(last).ok()).unwrap_or(first);
                    let Some(width) = parts.next().and_then(number) else { return };
                    let last = last.min(first.saturating_add(65_535));
                    self.widths.extend((first..=last).map(|code| (code, width)));
                }
            }
            if self.widths.len() > MAX_WIDTHS {
                return;
            }
        }
    }
}

/// How a font of many glyphs is coded.
fn composite(document: &Document, font: &Dictionary) -> Codes {
    match part(document, font, b"Encoding") {
        Some(Object::Name(name)) => {
            let name = String::from_utf8_lossy(name);
            let known = [
                ("UCS2", encoding_rs::UTF_16BE),
                ("UTF16", encoding_rs::UTF_16BE),
                ("GB", encoding_rs::GBK),
                ("90ms", encoding_rs::SHIFT_JIS),
                ("90pv", encoding_rs::SHIFT_JIS),
                ("83pv", encoding_rs::SHIFT_JIS),
                ("EUC-", encoding_rs::EUC_JP),
                ("KSC", encoding_rs::EUC_KR),
                ("ETen", encoding_rs::BIG5),
                ("B5", encoding_rs::BIG5),
                ("HKscs", encoding_rs::BIG5),
            ];
            let found = known.iter().find(|(part, _)| name.contains(part));
            found.map_or(Codes::Identity, |(_, encoding)| Codes::Encoded(encoding))
        }
        Some(object) => match map(object) {
            // A font of one byte a glyph that was rewritten as one of many: its codes are what they were.
            Some(map) if map.is_of_bytes() && counts_letters(document, font) => {
                Codes::Simple(named(document, b"WinAnsiEncoding"))
            }
            Some(map) if map.has_spaces() => Codes::Mapped(map),
            _ => Codes::Identity,
        },
        None => Codes::Identity,
    }
}

/// Whether a font without a map to letters has glyphs for codes of letters only, from the space on: such codes are letters.
fn counts_letters(document: &Document, font: &Dictionary) -> bool {
    let glyphs = descendant(document, font).and_then(|font| part(document, font, b"CIDToGIDMap"));
    let stream = glyphs.and_then(|glyphs| glyphs.as_stream().ok());
    let bytes =
        stream.and_then(|stream| stream.get_plain_content_with_limit(MAX_PROGRAM).ok()).unwrap_or_default();
    let (controls, letters) = bytes.split_at_checked(64).unwrap_or_default();
    !font.has(b"ToUnicode") && controls.iter().all(|byte| *byte == 0) && letters.iter().any(|byte| *byte != 0)
}

fn descendant<'a>(document: &'a Document, font: &'a Dictionary) -> Option<&'a Dictionary> {
    let Object::Array(fonts) = part(document, font, b"DescendantFonts")? else { return None };
    dereferenced(document, fonts.first()?)?.as_dict().ok()
}

/// What each byte means in a font of at most 256 glyphs: its own encoding, and where it differs from it.
fn simple(document: &Document, font: &Dictionary, subtype: &[u8]) -> Vec<Option<String>> {
    let encoding = part(document, font, b"Encoding");
    let said = match encoding {
        Some(Object::Name(name)) => Some(name.as_slice()),
        Some(Object::Dictionary(encoding)) => encoding.get(b"BaseEncoding").and_then(Object::as_name).ok(),
        _ => None,
    };
    let name = font.get(b"BaseFont").and_then(Object::as_name).unwrap_or_default();
    let descriptor = part(document, font, b"FontDescriptor").and_then(|object| object.as_dict().ok());
    let mut table = match said {
        Some(said) => named(document, said),
        None if name.ends_with(b"Symbol") => symbol(),
        None if name.ends_with(b"ZapfDingbats") => dingbats(),
        None if subtype == b"TrueType" => named(document, b"WinAnsiEncoding"),
        None => {
            let mut table = named(document, b"StandardEncoding");
            let program = descriptor.and_then(|descriptor| part(document, descriptor, b"FontFile"));
            for (code, name) in program.map(own_encoding).unwrap_or_default() {
                put(&mut table, code, glyph(document, &name));
            }
            table
        }
    };
    let Some(Object::Dictionary(encoding)) = encoding else { return table };
    let Some(Object::Array(differences)) = part(document, encoding, b"Differences") else { return table };
    let mut code = 0_usize;
    for object in differences.iter().take(1_024) {
        match object {
            Object::Integer(number) => code = usize::try_from(*number).unwrap_or(256),
            Object::Name(name) => {
                put(&mut table, code, glyph(document, name));
                code += 1;
            }
            _ => {}
        }
    }
    table
}

fn put(table: &mut [Option<String>], code: usize, letters: Option<String>) {
    if let Some(place) = table.get_mut(code) {
        *place = letters;
    }
}

/// One of the encodings of annex D.
fn named(document: &Document, name: &[u8]) -> Vec<Option<String>> {
    let mut font = Dictionary::new();
    font.set("Type", Object::Name(b"Font".to_vec()));
    font.set("Encoding", Object::Name(name.to_vec()));
    let Ok(encoding) = font.get_font_encoding(document) else { return vec![None; 256] };
    let letters = |byte: u8| encoding.bytes_to_string(&[byte]).ok().filter(|letters| !letters.is_empty());
    (0..=u8::MAX).map(letters).collect()
}

/// The letters of a glyph by its name in Adobe's list, or by the number in it.
fn glyph(document: &Document, name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name).ok()?;
    let text = text.split('.').next().filter(|text| !text.is_empty())?;
    if let Some(hex) = text.strip_prefix("uni").filter(|hex| hex.len() >= 4 && hex.len() % 4 == 0) {
        let units: Option<Vec<u16>> = hex
            .as_bytes()
            .chunks(4)
            .map(|four| u16::from_str_radix(std::str::from_utf8(four).ok()?, 16).ok())
            .collect();
        if let Some(units) = units {
            return String::from_utf16(&units).ok();
        }
    }
    if let Some(c) =
        text.strip_prefix('u').and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32)
        && text.len() >= 5
    {
        return Some(c.to_string());
    }
    if text.contains('_') {
        return text.split('_').map(|part| glyph(document, part.as_bytes())).collect();
    }
    let mut encoding = Dictionary::new();
    encoding
        .set("Differences", Object::Array(vec![Object::Integer(0), Object::Name(text.as_bytes().to_vec())]));
    let mut font = Dictionary::new();
    font.set("Type", Object::Name(b"Font".to_vec()));
    font.set("Encoding", Object::Dictionary(encoding));
    // An unknown name falls back to the standard encoding, which has nothing at 0.
    let letters = font.get_font_encoding(document).ok()?.bytes_to_string(&[0]).ok()?;
    (!letters.is_empty() && letters != "\0").then_some(letters)
}

/// The encoding in a Type 1 font's program: `dup 65 /A put`.
fn own_encoding(program: &Object) -> Vec<(usize, Vec<u8>)> {
    let Some(stream) = program.as_stream().ok() else { return Vec::new() };
    let Ok(bytes) = stream.get_plain_content_with_limit(MAX_PROGRAM) else { return Vec::new() };
    let clear = bytes.get(..bytes.len().min(64 * 1024)).unwrap_or_default();
    let text: String = clear.iter().map(|byte| char::from(*byte)).collect();
    let entries = text.split("dup ").skip(1).filter_map(|entry| {
        let mut words = entry.split_ascii_whitespace();
        let code = words.next()?.parse().ok()?;
        let name = words.next()?.strip_prefix('/')?.as_bytes().to_vec();
        (words.next()? == "put").then_some((code, name))
    });
    entries.take(256).collect()
}

/// The font Symbol: Greek, and signs that doses and limits are written with.
fn symbol() -> Vec<Option<String>> {
    let mut table: Vec<Option<String>> = (0..=u8::MAX)
        .map(|byte| (0x20..0x40).contains(&byte).then(|| char::from(byte).to_string()))
        .collect();
    let greek = [(0x41, "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"), (0x61, "αβχδεφγηιϕκλμνοπθρστυϖωξψζ")];
    for (first, letters) in greek {
        for (code, letter) in (first..).zip(letters.chars()) {
            put(&mut table, code, Some(letter.to_string()));
        }
    }
    let signs = [
        (0xa3, '≤'),
        (0xa5, '∞'),
        (0xab, '↔'),
        (0xac, '←'),
        (0xad, '↑'),
        (0xae, '→'),
        (0xaf, '↓'),
        (0xb0, '°'),
        (0xb1, '±'),
        (0xb3, '≥'),
        (0xb4, '×'),
        (0xb7, '•'),
        (0xb8, '÷'),
        (0xb9, '≠'),
        (0xba, '≡'),
        (0xbb, '≈'),
        (0xbc, '…'),
        (0xd6, '√'),
        (0xe5, '∑'),
        (0x2d, '−'),
    ];
    for (code, sign) in signs {
        put(&mut table, code, Some(sign.to_string()));
    }
    table
}

/// The font ZapfDingbats: the signs that forms are ticked with.
fn dingbats() -> Vec<Option<String>> {
    let mut table = vec![None; 256];
    table.splice(0x20..0x21, [Some(" ".to_owned())]);
    let signs = [
        (0x33, '✓'),
        (0x34, '✔'),
        (0x35, '✕'),
        (0x36, '✖'),
        (0x37, '✗'),
        (0x38, '✘'),
        (0x6c, '●'),
        (0x6e, '■'),
    ];
    for (code, sign) in signs {
        put(&mut table, code, Some(sign.to_string()));
    }
    table
}

fn map(object: &Object) -> Option<CMap> {
    let bytes = object.as_stream().ok()?.get_plain_content_with_limit(MAX_PROGRAM).ok()?;
    Some(CMap::read(&bytes))
}

fn dereferenced<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Object> {
    document.dereference(object).ok().map(|(_, object)| object)
}

const MAX_WIDTHS: usize = 100_000;
const MAX_PROGRAM: usize = 4 << 20;
