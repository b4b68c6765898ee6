//! OpenDocument (ISO/IEC 26300): texts, workbooks and presentations have one content. Cells hold what is shown in them.

use super::package::Package;
use super::pieces::{Piece, walk};
use crate::view::Sheet;

pub(super) fn show(package: &mut Package<'_>, sheet: &mut Sheet) {
    // Page headers and footers stand with the styles.
    for part in ["styles.xml", "content.xml"] {
        let Some(bytes) = package.part(part) else { continue };
        let mut reading = Reading { is_body: part == "content.xml", ..Reading::default() };
        walk(&bytes, |piece| reading.take(piece, sheet));
    }
}

#[derive(Default)]
struct Reading {
    is_body: bool,
    /// Open elements whose text is not shown: deleted text, styles, names of authors of notes.
    hidden: usize,
    /// Open elements of pages' heads and feet.
    edges: usize,
    text: String,
    /// Open paragraphs: one may stand in a note within another.
    paragraphs: usize,
    tables: Vec<Table>,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    cell: String,
    times: usize,
    row_times: usize,
}

impl Reading {
    fn take(&mut self, piece: Piece<'_>, sheet: &mut Sheet) {
        match piece {
            Piece::Open(name, _) if HIDDEN.contains(&name) => self.hidden += 1,
            Piece::Close(name) if HIDDEN.contains(&name) => self.hidden = self.hidden.saturating_sub(1),
            Piece::Open("header" | "footer", _) => self.edges += 1,
            Piece::Close("header" | "footer") => self.edges = self.edges.saturating_sub(1),
            _ if self.hidden > 0 || (!self.is_body && self.edges == 0) => {}
            Piece::Open("p" | "h", _) => {
                self.paragraphs += 1;
                if self.paragraphs > 1 {
                    self.text.push(' ');
                }
            }
            Piece::Open("tab", _) => self.text.push('\t'),
            Piece::Open("line-break", _) => self.text.push('\n'),
            Piece::Open("s", attributes) => {
                self.text.extend(std::iter::repeat_n(' ', attributes.count("c", 100)));
            }
            Piece::Text(text) if self.paragraphs > 0 => self.text.push_str(text),
            Piece::Open("table", attributes) if self.tables.len() < MAX_DEPTH => {
                if let Some(name) = attributes.get("name").filter(|_| self.tables.is_empty()) {
                    sheet.heading(3, name);
                }
                self.tables.push(Table::default());
            }
            Piece::Open("page", attributes) => sheet.heading(2, attributes.get("name").unwrap_or("-")),
            Piece::Open("table-row", attributes) => {
                let times = attributes.count("number-rows-repeated", MAX_TIMES);
                if let Some(table) = self.tables.last_mut().filter(|table| table.rows.len() < MAX_ROWS) {
                    table.rows.push(Vec::new());
                    table.row_times = times;
                }
            }
            Piece::Open("table-cell" | "covered-table-cell", attributes) => {
                let times = attributes.count("number-columns-repeated", MAX_COLUMNS);
                if let Some(table) = self.tables.last_mut() {
                    (table.cell, table.times) = (String::new(), times);
                }
            }
            Piece::Close("p") => self.end(None, sheet),
            Piece::Close("h") => self.end(Some(2), sheet),
            Piece::Close("table-cell" | "covered-table-cell") => self.end_cell(),
            Piece::Close("table-row") => self.end_row(),
            Piece::Close("table") => self.end_table(sheet),
            _ => {}
        }
    }

    fn end(&mut self, heading: Option<u8>, sheet: &mut Sheet) {
        self.paragraphs = self.paragraphs.saturating_sub(1);
        if self.paragraphs > 0 {
            return;
        }
        let said = std::mem::take(&mut self.text);
        match (self.tables.last_mut(), heading) {
            (Some(table), _) if table.cell.is_empty() => table.cell = said,
            (Some(table), _) => table.cell.extend(["\n", &said]),
            (None, Some(level)) => sheet.heading(level, &said),
            (None, None) => sheet.paragraph(&said),
        }
    }

    fn end_cell(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let cell = std::mem::take(&mut table.cell);
        if let Some(row) = table.rows.last_mut() {
            let room = MAX_COLUMNS.saturating_sub(row.len());
            row.extend(std::iter::repeat_n(cell, table.times.min(room)));
        }
    }

    /// A row without words is repeated to the end of a sheet: it is not kept.
    fn end_row(&mut self) {
        let Some(table) = self.tables.last_mut() else { return };
        let Some(mut row) = table.rows.pop() else { return };
        while row.last().is_some_and(String::is_empty) {
            row.pop();
        }
        if !row.is_empty() {
            table.rows.extend(std::iter::repeat_n(row, table.row_times));
        }
    }

    fn end_table(&mut self, sheet: &mut Sheet) {
        let Some(table) = self.tables.pop() else { return };
        match self.tables.last_mut() {
            Some(outer) => {
                for row in table.rows {
                    outer.cell.extend([row.join(" \u{b7} ").as_str(), "\n"]);
                }
            }
            None => sheet.table(None, Vec::new(), table.rows),
        }
    }
}

const HIDDEN: [&str; 4] = ["tracked-changes", "automatic-styles", "font-face-decls", "forms"];
const MAX_DEPTH: usize = 16;
const MAX_ROWS: usize = 100_000;
const MAX_COLUMNS: usize = 256;
const MAX_TIMES: usize = 1_000;
