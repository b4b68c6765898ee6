//! Character maps (ISO 32000-1, 9.7.5 and 9.10.3): how long codes are, and which letters they mean.

use std::collections::BTreeMap;

/// A map of codes.
#[derive(Debug, Default)]
pub(super) struct CMap {
    /// Length in bytes, first and last code.
    spaces: Vec<(usize, u32, u32)>,
    /// Length and first code to the last code and what the first one means.
    letters: BTreeMap<(usize, u32), (u32, Meaning)>,
}

#[derive(Debug)]
enum Meaning {
    /// UTF-16 units, of which the last is counted up.
    First(Vec<u16>),
    Each(Vec<Vec<u16>>),
}

/// A code's length in bytes, its number, and its bytes as UTF-16 units.
type Code = (usize, u32, Vec<u16>);

enum Token<'a> {
    Code(usize, u32, Vec<u16>),
    Open,
    Close,
    Word(&'a [u8]),
}

impl CMap {
    /// Reads what of it tells lengths and letters; at most [`MAX_ENTRIES`] entries.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut map = Self::default();
        let (mut section, mut codes): (&[u8], Vec<Code>) = (b"", Vec::new());
        let mut list: Option<Vec<Vec<u16>>> = None;
        let mut entries = 0;
        for token in Tokens(bytes) {
            match token {
                Token::Word(word) if word.starts_with(b"begin") => {
                    section = word;
                    codes.clear();
                }
                Token::Word(word) if word.starts_with(b"end") => section = b"",
                Token::Word(_) => {}
                Token::Open => list = Some(Vec::new()),
                Token::Close => {
                    if let ([(length, low, _), (_, high, _)], Some(each)) = (codes.as_slice(), list.take()) {
                        map.letters.insert((*length, *low), (*high, Meaning::Each(each)));
                    }
                    codes.clear();
                }
                Token::Code(length, code, units) => {
                    entries += 1;
                    if entries > MAX_ENTRIES {
                        break;
                    }
                    if let Some(list) = &mut list {
                        list.push(units);
                        continue;
                    }
                    codes.push((length, code, units));
                    map.take(section, &mut codes);
                }
            }
        }
        map
    }

    fn take(&mut self, section: &[u8], codes: &mut Vec<Code>) {
        match (section, codes.as_slice()) {
            (b"begincodespacerange", [(length, low, _), (_, high, _)]) => {
                self.spaces.push((*length, *low, *high))
            }
            (b"beginbfchar", [(length, code, _), (_, _, units)]) => {
                self.letters.insert((*length, *code), (*code, Meaning::First(units.clone())));
            }
            (b"beginbfrange", [(length, low, _), (_, high, _), (_, _, units)]) => {
                self.letters.insert((*length, *low), (*high, Meaning::First(units.clone())));
            }
            (b"begincodespacerange" | b"beginbfchar", [_]) | (b"beginbfrange", [_] | [_, _]) => return,
            _ => {}
        }
        codes.clear();
    }

    /// Whether it says how long codes are.
    pub(super) fn has_spaces(&self) -> bool {
        !self.spaces.is_empty()
    }

    /// Whether each code is one byte.
    pub(super) fn is_of_bytes(&self) -> bool {
        self.has_spaces() && self.spaces.iter().all(|(length, _, _)| *length == 1)
    }

    /// The length of the code that begins here: that of a space whose bounds hold for each byte, else of the shortest code.
    pub(super) fn length(&self, bytes: &[u8]) -> usize {
        let fits = |(length, low, high): &(usize, u32, u32)| {
            (0..*length).all(|at| {
                let shift = 8 * (length - 1 - at);
                let part = |code: u32| u8::try_from(code >> shift & 0xff).unwrap_or_default();
                bytes.get(at).is_some_and(|byte| (part(*low)..=part(*high)).contains(byte))
            })
        };
        let found = self.spaces.iter().find(|space| fits(space)).map(|(length, _, _)| *length);
        found.or_else(|| self.spaces.iter().map(|(length, _, _)| *length).min()).unwrap_or(2).max(1)
    }

    /// The letters of a code of a length; of another length where the map has none of this one.
    pub(super) fn letters(&self, length: usize, code: u32) -> Option<String> {
        let lengths = [length].into_iter().chain((1..=4).filter(|other| *other != length));
        lengths.into_iter().find_map(|length| self.letters_of(length, code))
    }

    fn letters_of(&self, length: usize, code: u32) -> Option<String> {
        let ((_, low), (high, meaning)) = self.letters.range((length, 0)..=(length, code)).next_back()?;
        if code > *high {
            return None;
        }
        let at = code - low;
        let units = match meaning {
            Meaning::Each(each) => each.get(usize::try_from(at).ok()?)?.clone(),
            Meaning::First(units) => {
                let mut units = units.clone();
                let last = units.last_mut()?;
                *last = last.wrapping_add(u16::try_from(at).ok()?);
                units
            }
        };
        let text = String::from_utf16(&units).ok()?;
        // A map to nothing, or to a place of a font's own, tells no letter.
        let told =
            text.chars().all(|c| c != '\0' && !('\u{e000}'..='\u{f8ff}').contains(&c) && c != '\u{fffd}');
        (told && !text.is_empty()).then_some(text)
    }
}

struct Tokens<'a>(&'a [u8]);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let start = self.0.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let bytes = self.0.get(start..)?;
        let first = *bytes.first()?;
        let (token, length) = match first {
            b'%' => {
                let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
                (Token::Word(b""), end)
            }
            b'[' => (Token::Open, 1),
            b']' => (Token::Close, 1),
            b'<' if bytes.get(1) != Some(&b'<') => {
                let end = bytes.iter().position(|byte| *byte == b'>')?;
                (code(bytes.get(1..end)?), end + 1)
            }
            b'<' | b'>' | b'(' | b')' | b'{' | b'}' => (Token::Word(b""), 1),
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b"<>[]()/%{}".contains(byte);
                let end = bytes.iter().skip(1).position(ends).map_or(bytes.len(), |at| at + 1);
                (Token::Word(bytes.get(..end)?), end)
            }
        };
        self.0 = bytes.get(length..)?;
        Some(token)
    }
}

fn code<'a>(hex: &[u8]) -> Token<'a> {
    let mut digits: Vec<u8> = hex
        .iter()
        .filter_map(|digit| char::from(*digit).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    if digits.len() % 2 == 1 {
        digits.push(0);
    }
    let bytes: Vec<u8> =
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    let number = bytes.iter().take(4).fold(0_u32, |code, byte| code << 8 | u32::from(*byte));
    let units = bytes
        .chunks(2)
        .take(64)
        .map(|pair| pair.iter().fold(0_u16, |unit, byte| unit << 8 | u16::from(*byte)));
    Token::Code(bytes.len().min(4), number, units.collect())
}

const MAX_ENTRIES: usize = 300_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_one_and_two_bytes_are_told_apart_and_mean_their_letters() {
        let map = CMap::read(
            b"begincmap 1 begincodespacerange <00> <7F> endcodespacerange 1 begincodespacerange <8140> <9FFC> endcodespacerange\n\
              2 beginbfchar <01> <0153> <8141> <D83DDE00> endbfchar % comment <02> <03>\n\
              3 beginbfrange <02> <04> <0041> <8150> <8151> [<00660069> <0062>] <7f> <7F> <E001> endbfrange endcmap",
        );
        assert_eq!((map.length(b"\x01"), map.length(b"\x81\x41"), map.length(b"\xff")), (1, 2, 1));
        let letters = |length, code| map.letters(length, code).unwrap_or_default();
        assert_eq!((letters(1, 1), letters(1, 4)), ("\u{153}".to_owned(), "C".to_owned()));
        assert_eq!((letters(2, 0x8141), letters(2, 0x8150)), ("\u{1f600}".to_owned(), "fi".to_owned()));
        assert_eq!((map.letters(1, 5), map.letters(1, 0x7f)), (None, None));
        assert_eq!(letters(2, 2), "A", "a map that counts in bytes of another length");
    }
}
