//! SpreadsheetML (ISO/IEC 29500-1, 18): the values of each sheet, dates as dates. Formulas are not shown, only what they gave.

use std::collections::BTreeSet;

use super::package::Package;
use super::pieces::{Piece, walk};
use crate::recognised::Moment;
use crate::view::Sheet;

pub(super) fn show(package: &mut Package<'_>, sheet: &mut Sheet) {
    let related = package.related("xl/workbook.xml");
    let workbook = package.part("xl/workbook.xml").unwrap_or_default();
    let (mut sheets, mut from_1904) = (Vec::new(), false);
    walk(&workbook, |piece| match piece {
        Piece::Open("sheet", attributes) => {
            let target = attributes.get("id").and_then(|id| related.iter().find(|(found, _)| found == id));
            let name = attributes.get("name").unwrap_or("-").to_owned();
            sheets.extend(target.map(|(_, part)| (name, part.clone())));
        }
        Piece::Open("workbookPr", attributes) => {
            from_1904 = matches!(attributes.get("date1904"), Some("1" | "true"));
        }
        _ => {}
    });
    let strings = strings(&package.part("xl/sharedStrings.xml").unwrap_or_default());
    let formats = formats(&package.part("xl/styles.xml").unwrap_or_default());
    let mut room = Room { left: MAX_SHOWN, refused: 0 };
    for (name, part) in sheets.into_iter().take(MAX_SHEETS) {
        let Some(bytes) = package.part(&part) else { continue };
        let rows = rows(&bytes, &strings, &formats, from_1904, &mut room);
        sheet.heading(2, &name);
        sheet.table(None, Vec::new(), rows);
    }
    sheet.left_out(room.refused);
}

/// Bytes that may still be shown: a few bytes of a file can name one long string a million times.
struct Room {
    left: usize,
    refused: usize,
}

impl Room {
    /// Takes a cell's text, where there is room for it.
    fn take(&mut self, text: &str) -> Option<String> {
        match self.left.checked_sub(text.len()) {
            Some(left) => {
                self.left = left;
                Some(text.to_owned())
            }
            None => {
                self.refused = self.refused.saturating_add(1);
                None
            }
        }
    }
}

/// Most bytes of all cells together.
const MAX_SHOWN: usize = 4 << 20;

/// Shared strings in their order; how a word is read aloud (phonetic runs) is no part of it.
fn strings(bytes: &[u8]) -> Vec<String> {
    let (mut strings, mut one, mut is_text, mut phonetic) = (Vec::new(), String::new(), false, false);
    walk(bytes, |piece| match piece {
        Piece::Open("t", _) => is_text = !phonetic,
        Piece::Close("t") => is_text = false,
        Piece::Open("rPh", _) => phonetic = true,
        Piece::Close("rPh") => phonetic = false,
        Piece::Text(text) if is_text => one.push_str(text),
        Piece::Close("si") => strings.push(std::mem::take(&mut one)),
        _ => {}
    });
    strings
}

/// How a number is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Number,
    Day,
    Time,
    DayAndTime,
    Percent,
}

/// The formats of cells in their order.
fn formats(bytes: &[u8]) -> Vec<Format> {
    let (mut own, mut cells, mut is_cells) = (Vec::new(), Vec::new(), false);
    walk(bytes, |piece| match piece {
        Piece::Open("numFmt", attributes) => {
            if let (Some(id), Some(code)) = (attributes.get("numFmtId"), attributes.get("formatCode")) {
                own.push((id.to_owned(), of_code(code)));
            }
        }
        Piece::Open("cellXfs", _) => is_cells = true,
        Piece::Close("cellXfs") => is_cells = false,
        Piece::Open("xf", attributes) if is_cells => {
            let id = attributes.get("numFmtId").unwrap_or("0");
            let found = own.iter().find(|(found, _)| found == id).map(|(_, format)| *format);
            cells.push(found.unwrap_or_else(|| built_in(id)));
        }
        _ => {}
    });
    cells
}

fn built_in(id: &str) -> Format {
    match id.parse().unwrap_or(0_u32) {
        9 | 10 => Format::Percent,
        14..=17 | 27..=31 | 36 | 50..=58 => Format::Day,
        18..=21 | 32..=35 | 45..=47 => Format::Time,
        22 => Format::DayAndTime,
        _ => Format::Number,
    }
}

/// What a format's code shows; words in it, colours and escapes do not count.
fn of_code(code: &str) -> Format {
    let (mut plain, mut quoted, mut bracket, mut escaped) = (String::new(), false, false, false);
    for c in code.split(';').next().unwrap_or_default().chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' | '_' | '*' => escaped = true,
            '"' => quoted = !quoted,
            '[' => bracket = true,
            ']' => bracket = false,
            c if !quoted && !bracket => plain.extend(c.to_lowercase()),
            _ => {}
        }
    }
    let has = |letters: &[char]| plain.contains(letters);
    match (has(&['y', 'd']), has(&['h', 's'])) {
        (true, true) => Format::DayAndTime,
        (true, false) => Format::Day,
        (false, true) => Format::Time,
        (false, false) if plain.contains("mmm") => Format::Day,
        (false, false) if has(&['%']) => Format::Percent,
        (false, false) => Format::Number,
    }
}

fn rows(
    bytes: &[u8],
    strings: &[String],
    formats: &[Format],
    from_1904: bool,
    room: &mut Room,
) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut kind, mut format, mut column) = (String::new(), Format::Number, 0);
    let (mut value, mut takes) = (String::new(), false);
    let mut used = BTreeSet::new();
    walk(bytes, |piece| match piece {
        Piece::Open("row", _) if rows.len() < MAX_ROWS => {
            rows.push(Vec::new());
            column = 0;
        }
        Piece::Open("c", attributes) => {
            value.clear();
            kind = attributes.get("t").unwrap_or("n").to_owned();
            let style = attributes.get("s").and_then(|style| style.parse::<usize>().ok());
            format = style.and_then(|style| formats.get(style)).copied().unwrap_or(Format::Number);
            column = attributes.get("r").and_then(column_of).unwrap_or(column);
        }
        Piece::Open("v" | "t", _) => takes = true,
        Piece::Close("v" | "t") => takes = false,
        Piece::Text(text) if takes => value.push_str(text),
        Piece::Close("c") => {
            let shown = match kind.as_str() {
                "s" => value
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| strings.get(index))
                    .and_then(|text| room.take(text))
                    .unwrap_or_default(),
                "n" => number(&value, format, from_1904),
                "b" => if value == "1" { "\u{2713}" } else { "\u{2717}" }.to_owned(),
                _ => room.take(&value).unwrap_or_default(),
            };
            if let Some(row) = rows.last_mut().filter(|_| !shown.is_empty() && column < MAX_COLUMNS) {
                row.resize(row.len().max(column), String::new());
                row.push(shown);
                used.insert(column);
            }
            column += 1;
        }
        _ => {}
    });
    // Columns that are empty in all rows say nothing.
    rows.retain(|row| !row.is_empty());
    let keep = |row: Vec<String>| {
        row.into_iter().enumerate().filter(|(at, _)| used.contains(at)).map(|(_, cell)| cell)
    };
    rows.into_iter().map(|row| keep(row).collect()).collect()
}

/// The column of a reference such as `AB12`, from 0.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let number = letters
        .fold(0_usize, |number, letter| number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1)
}

/// A number as a person reads it: days since 1900 or 1904 as a date, else at most 15 digits, as many as are kept.
fn number(value: &str, format: Format, from_1904: bool) -> String {
    let Ok(number) = value.trim().parse::<f64>() else { return value.to_owned() };
    if !number.is_finite() {
        return value.to_owned();
    }
    match format {
        Format::Number if value.trim().len() <= 15 => value.trim().to_owned(),
        Format::Number => rounded(number),
        Format::Percent => format!("{} %", rounded(number * 100.0)),
        Format::Time if number < 1.0 => clock(number),
        Format::Time | Format::Day | Format::DayAndTime if !(0.0..=2_958_465.0).contains(&number) => {
            rounded(number)
        }
        Format::Time => format!("{} {}", day(number, from_1904), clock(number)),
        Format::Day => day(number, from_1904),
        Format::DayAndTime => format!("{} {}", day(number, from_1904), clock(number)),
    }
}

fn rounded(number: f64) -> String {
    let short = format!("{number:.14e}").parse::<f64>().unwrap_or(number);
    short.to_string()
}

fn day(number: f64, from_1904: bool) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "between 0 and three millions")]
    let days = number.floor() as i64;
    // 1900 has a 29 February in workbooks, so that days before March count from one day later.
    let epoch = match (from_1904, days < 60) {
        (true, _) => 24_107,
        (false, true) => 25_568,
        (false, false) => 25_569,
    };
    Moment::from_millis((days - epoch) * 86_400_000).without_time().to_string()
}

fn clock(number: f64) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "less than the seconds of a day")]
    let seconds = (number.fract() * 86_400.0).round() as i64;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

const MAX_SHEETS: usize = 200;
const MAX_ROWS: usize = 100_000;
const MAX_COLUMNS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_read_as_its_format_shows_it() {
        assert_eq!(number("45000", Format::Day, false), "2023-03-15");
        assert_eq!(number("45000.5", Format::DayAndTime, false), "2023-03-15 12:00");
        assert_eq!(number("59", Format::Day, false), "1900-02-28");
        assert_eq!(number("0.75", Format::Time, false), "18:00");
        assert_eq!(number("13.199999999999999", Format::Number, false), "13.2");
        assert_eq!(number("13.20", Format::Number, false), "13.20");
        assert_eq!(number("0.065", Format::Percent, false), "6.5 %");
        assert_eq!((column_of("A1"), column_of("AB12"), column_of("1")), (Some(0), Some(27), None));
        for (code, format) in [
            ("dd/mm/yyyy", Format::Day),
            ("[$-40C]d mmm yyyy;@", Format::Day),
            ("hh:mm", Format::Time),
            ("dd/mm/yy\\ hh:mm", Format::DayAndTime),
            ("0.00\" mg/d\"", Format::Number),
            ("[Red]0.0", Format::Number),
            ("0.0%", Format::Percent),
        ] {
            assert_eq!(of_code(code), format, "{code}");
        }
    }

    #[test]
    fn string_that_a_million_cells_name_is_shown_while_there_is_room() {
        let strings = ["x".repeat(1 << 20)];
        let cells = r#"<row><c t="s"><v>0</v></c></row>"#.repeat(10);
        let mut room = Room { left: MAX_SHOWN, refused: 0 };
        let rows =
            rows(format!("<sheetData>{cells}</sheetData>").as_bytes(), &strings, &[], false, &mut room);
        assert!(rows.concat().concat().len() <= MAX_SHOWN && !rows.is_empty());
        assert_eq!(room.refused, 6);
    }
}
