//! The words of Rich Text Format (version 1.9.1). Fonts, colours, pictures and whatever a reader may pass over are left out.

use encoding_rs::Encoding;

/// Its text; paragraphs end with an empty line.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut reading = Reading::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => {
                let group = reading.groups.last().copied().unwrap_or_default();
                if reading.groups.len() >= MAX_DEPTH {
                    break;
                }
                reading.groups.push(group);
                at += 1;
            }
            b'}' => {
                reading.flush();
                if reading.groups.len() > 1 {
                    reading.groups.pop();
                }
                at += 1;
            }
            b'\\' => at = reading.control(bytes, at + 1),
            b'\r' | b'\n' => at += 1,
            byte => {
                reading.byte(*byte);
                at += 1;
            }
        }
        if reading.text.len() > MAX_TEXT {
            break;
        }
    }
    reading.flush();
    reading.text
}

#[derive(Debug, Clone, Copy)]
struct Group {
    hidden: bool,
    /// Bytes after a Unicode character that stand in for it in older readers.
    skip: usize,
}

impl Default for Group {
    fn default() -> Self {
        Self { hidden: false, skip: 1 }
    }
}

struct Reading {
    encoding: &'static Encoding,
    groups: Vec<Group>,
    text: String,
    /// Bytes of the code page that are not decoded yet.
    bytes: Vec<u8>,
    units: Vec<u16>,
    to_skip: usize,
}

impl Reading {
    fn new() -> Self {
        Self {
            encoding: encoding_rs::WINDOWS_1252,
            groups: vec![Group::default()],
            text: String::new(),
            bytes: Vec::new(),
            units: Vec::new(),
            to_skip: 0,
        }
    }

    fn hidden(&self) -> bool {
        self.groups.last().is_some_and(|group| group.hidden)
    }

    fn byte(&mut self, byte: u8) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
        } else if !self.hidden() {
            self.flush_units();
            self.bytes.push(byte);
        }
    }

    fn push(&mut self, text: &str) {
        self.flush();
        if !self.hidden() {
            self.text.push_str(text);
        }
    }

    fn flush_units(&mut self) {
        let units = std::mem::take(&mut self.units);
        self.text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')));
    }

    fn flush(&mut self) {
        self.flush_units();
        let bytes = std::mem::take(&mut self.bytes);
        self.text.push_str(&self.encoding.decode_without_bom_handling(&bytes).0);
        self.to_skip = 0;
    }

    /// What a backslash begins at `at`; gives where the text goes on.
    fn control(&mut self, bytes: &[u8], at: usize) -> usize {
        let Some(first) = bytes.get(at) else { return at };
        if !first.is_ascii_alphabetic() {
            match first {
                b'\'' => {
                    let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
                    if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
                        self.byte(byte);
                    }
                    return at + 3;
                }
                b'~' => self.push("\u{a0}"),
                b'_' => self.push("-"),
                b'*' => self.hide(),
                b'\\' | b'{' | b'}' => self.byte(*first),
                b'\r' | b'\n' => self.push("\n\n"),
                _ => {}
            }
            return at + 1;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let letters = rest.iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = rest.get(..letters).unwrap_or_default();
        let after = rest.get(letters..).unwrap_or_default();
        let signed = after.iter().take(11).take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
        let number =
            after.get(..signed).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<i64>().ok());
        let space = usize::from(after.get(signed) == Some(&b' '));
        let end = at + letters + signed + space;
        self.word(word, number);
        if word == b"bin" {
            return end.saturating_add(number.and_then(|count| usize::try_from(count).ok()).unwrap_or(0));
        }
        end
    }

    fn word(&mut self, word: &[u8], number: Option<i64>) {
        match word {
            b"par" | b"sect" | b"page" => self.push("\n\n"),
            b"line" | b"row" | b"softline" => self.push("\n"),
            b"tab" => self.push("\t"),
            b"cell" | b"nestcell" => self.push(" \t"),
            b"emdash" => self.push("\u{2014}"),
            b"endash" => self.push("\u{2013}"),
            b"lquote" => self.push("\u{2018}"),
            b"rquote" => self.push("\u{2019}"),
            b"ldblquote" => self.push("\u{201c}"),
            b"rdblquote" => self.push("\u{201d}"),
            b"bullet" => self.push("\u{2022}"),
            b"ansicpg" => {
                let label = format!("windows-{}", number.unwrap_or(1252));
                self.encoding = match number {
                    Some(65001) => encoding_rs::UTF_8,
                    Some(10000) => encoding_rs::MACINTOSH,
                    _ => Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252),
                };
            }
            b"mac" => self.encoding = encoding_rs::MACINTOSH,
            b"uc" => {
                if let (Some(group), Some(count)) = (self.groups.last_mut(), number) {
                    group.skip = usize::try_from(count).unwrap_or(1).min(8);
                }
            }
            b"u" => {
                // Numbers above 32767 are written as negative ones.
                let unit = number.and_then(|number| u16::try_from(number.rem_euclid(65_536)).ok());
                if let Some(unit) = unit.filter(|_| !self.hidden()) {
                    let bytes = std::mem::take(&mut self.bytes);
                    self.text.push_str(&self.encoding.decode_without_bom_handling(&bytes).0);
                    self.units.push(unit);
                }
                self.to_skip = self.groups.last().map_or(1, |group| group.skip);
            }
            word if HIDDEN.contains(&word) => self.hide(),
            _ => {}
        }
    }

    fn hide(&mut self) {
        self.flush();
        if let Some(group) = self.groups.last_mut() {
            group.hidden = true;
        }
    }
}

/// Groups whose text is no text of the document.
const HIDDEN: [&[u8]; 12] = [
    b"fonttbl",
    b"colortbl",
    b"stylesheet",
    b"info",
    b"pict",
    b"object",
    b"listtable",
    b"themedata",
    b"fldinst",
    b"datastore",
    b"xmlnstbl",
    b"rsidtbl",
];
const MAX_DEPTH: usize = 200;
const MAX_TEXT: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_spelling_are_read_and_tables_of_fonts_are_not() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator X;}\f0\b Cher confr\'e8re\b0 ,\par \u339?d\u232\'e8me \{g\}\cell 2\u-3913?{\pict 89504e47}}";
        assert_eq!(text(rtf), "Cher confr\u{e8}re,\n\n\u{153}d\u{e8}me {g} \t2\u{f0b7}");
        assert_eq!(text(br"{\rtf1\ansicpg1251 \'cf\'f0}"), "\u{41f}\u{440}");
    }
}
