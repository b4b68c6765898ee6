//! Tables as text (RFC 4180), with the separators of French programs too.

use crate::view::Sheet;

/// Shows a table; its first row is its head where it has more than one.
pub(crate) fn show(text: &str, sheet: &mut Sheet) {
    let mut rows = read(text, separator(text));
    let head = if rows.len() > 1 { vec![rows.remove(0)] } else { Vec::new() };
    sheet.table(None, head, rows);
}

/// The sign that the first lines have most of.
fn separator(text: &str) -> char {
    // What a first line says outright (`sep=;`) counts.
    if let Some(said) = text.strip_prefix("sep=").and_then(|rest| rest.chars().next()) {
        return said;
    }
    let beginning: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(10).collect();
    let least = |sign: char| beginning.iter().map(|line| line.matches(sign).count()).min().unwrap_or(0);
    let found = [';', '\t', ',', '|'].into_iter().rev().max_by_key(|sign| least(*sign));
    found.filter(|sign| least(*sign) > 0).unwrap_or(if text.contains('\t') { '\t' } else { ';' })
}

fn read(text: &str, separator: char) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' | '\r' if !quoted => {
                row.push(std::mem::take(&mut cell));
                end(&mut rows, std::mem::take(&mut row));
                if rows.len() >= MAX_ROWS {
                    return rows;
                }
            }
            c if c == separator && !quoted => row.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    row.push(cell);
    end(&mut rows, row);
    rows
}

fn end(rows: &mut Vec<Vec<String>>, row: Vec<String>) {
    let names_the_sign = rows.is_empty() && row.first().is_some_and(|cell| cell.starts_with("sep="));
    if !names_the_sign && row.iter().any(|cell| !cell.trim().is_empty()) {
        rows.push(row);
    }
}

const MAX_ROWS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_every_separator_are_told_apart_and_quoted_ones_are_whole() {
        for text in ["a;b,c\n1,5;\"x;\"\"y\"\"\"\n", "sep=;\r\na;b,c\r\n1,5;\"x;\"\"y\"\"\"\r\n\r\n"] {
            assert_eq!(read(text, separator(text)), [["a", "b,c"], ["1,5", "x;\"y\""]], "{text}");
        }
        assert_eq!(read("a\tb\n1\t2", separator("a\tb\n1\t2")), [["a", "b"], ["1", "2"]]);
        assert_eq!(separator("date,value\n2024,1"), ',');
    }
}
