//! The two faces of the printed forms: widths of texts, and lines that fit.

use krilla::text::Font;
use ttf_parser::Face as Table;

/// A face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Both faces, loaded.
pub(crate) struct Faces {
    regular: Face,
    bold: Face,
}

struct Face {
    font: Font,
    table: Table<'static>,
}

static REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.ttf");

impl Faces {
    /// Loads the faces that are part of this crate; nothing where they are damaged.
    pub(crate) fn load() -> Option<Self> {
        Some(Self { regular: Face::load(REGULAR)?, bold: Face::load(BOLD)? })
    }

    pub(crate) fn font(&self, weight: Weight) -> Font {
        self.face(weight).font.clone()
    }

    /// The width of a text in points.
    pub(crate) fn width(&self, weight: Weight, size: f32, text: &str) -> f32 {
        let table = &self.face(weight).table;
        let advance = |character: char| {
            table.glyph_index(character).and_then(|glyph| table.glyph_hor_advance(glyph)).unwrap_or(0)
        };
        let units: f32 = text.chars().map(|character| f32::from(advance(character))).sum();
        units * size / f32::from(table.units_per_em())
    }

    /// A text as it can be printed: spaces for line ends and control characters, a mark for what the faces do not have.
    pub(crate) fn printable(&self, text: &str) -> String {
        let known = |character: char| self.regular.table.glyph_index(character).is_some();
        let print = |character: char| match character {
            '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => None,
            character if character.is_control() => Some(' '),
            character if known(character) => Some(character),
            _ => Some(char::REPLACEMENT_CHARACTER),
        };
        text.chars().filter_map(print).collect()
    }

    /// Lines of at most this width; a word that is longer is broken.
    pub(crate) fn lines(&self, weight: Weight, size: f32, text: &str, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in self.printable(text).split(' ').filter(|word| !word.is_empty()) {
            let Some(line) = lines.last_mut() else { break };
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(weight, size, &longer) <= width {
                *line = longer;
                continue;
            }
            let mut rest = String::new();
            for character in word.chars() {
                rest.push(character);
                if self.width(weight, size, &rest) > width && rest.chars().count() > 1 {
                    rest.pop();
                    push(&mut lines, core::mem::take(&mut rest));
                    rest.push(character);
                }
            }
            push(&mut lines, rest);
        }
        lines
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

/// Adds a line, in the place of an empty last one.
fn push(lines: &mut Vec<String>, line: String) {
    match lines.last_mut() {
        Some(last) if last.is_empty() => *last = line,
        _ => lines.push(line),
    }
}

impl Face {
    fn load(bytes: &'static [u8]) -> Option<Self> {
        Some(Self { font: Font::new(bytes.into(), 0)?, table: Table::parse(bytes, 0).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_wider_than_its_column_or_loses_letters() {
        let faces = Faces::load().unwrap();
        let text = "Une ordonnance de kinésithérapie anticonstitutionnellementanticonstitutionnellement à renouveler";
        let lines = faces.lines(Weight::Regular, 10.0, text, 80.0);
        assert!(lines.iter().all(|line| faces.width(Weight::Regular, 10.0, line) <= 80.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(faces.lines(Weight::Regular, 10.0, "", 80.0), [""]);
    }

    #[test]
    fn french_letter_has_no_glyph() {
        let faces = Faces::load().unwrap();
        let french = "àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ«»’€°–—…№".trim_end_matches('№');
        assert_eq!(faces.printable(french), french);
        assert_eq!(faces.printable("a\u{202e}b\tc漢"), "ab c\u{fffd}");
    }
}
