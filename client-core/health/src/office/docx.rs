//! WordprocessingML (ISO/IEC 29500-1, 17): paragraphs and tables; then what stands at the edges of pages and in notes.

use super::package::Package;
use super::pieces::{Piece, walk};
use crate::view::Sheet;

pub(super) fn show(package: &mut Package<'_>, sheet: &mut Sheet) {
    let names = package.names();
    let at =
        |folder: &str| -> Vec<&String> { names.iter().filter(|name| name.starts_with(folder)).collect() };
    // A letter's head often says who wrote it.
    let edges = [
        at("word/header"),
        vec![],
        at("word/footnotes"),
        at("word/endnotes"),
        at("word/comments"),
        at("word/footer"),
    ];
    for (index, parts) in edges.into_iter().enumerate() {
        let own = "word/document.xml".to_owned();
        let parts = if index == 1 { vec![&own] } else { parts };
        for part in parts.into_iter().take(MAX_EDGES) {
            if let Some(bytes) = package.part(part) {
                body(&bytes, sheet);
            }
        }
    }
}

/// A table that is open: its rows, and the cell that is being filled.
#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    cell: String,
    span: usize,
}

fn body(bytes: &[u8], sheet: &mut Sheet) {
    let mut text = String::new();
    let mut heading = None;
    let mut tables: Vec<Table> = Vec::new();
    let (mut is_text, mut fallback) = (false, 0_usize);
    walk(bytes, |piece| match piece {
        // The same box again, for older programs.
        Piece::Open("Fallback", _) => fallback += 1,
        Piece::Close("Fallback") => fallback = fallback.saturating_sub(1),
        _ if fallback > 0 => {}
        Piece::Open("t", _) => is_text = true,
        Piece::Close("t") => is_text = false,
        Piece::Text(piece) if is_text => text.push_str(piece),
        Piece::Open("tab", _) => text.push('\t'),
        Piece::Open("br" | "cr", _) => text.push('\n'),
        Piece::Open("noBreakHyphen", _) => text.push('-'),
        Piece::Open("pStyle", attributes) => heading = attributes.get("val").and_then(level),
        Piece::Open("outlineLvl", attributes) => {
            heading = attributes
                .get("val")
                .and_then(|level| level.parse::<u8>().ok())
                .filter(|level| *level < 6)
                .map(|level| level + 1);
        }
        Piece::Open("tbl", _) if tables.len() < MAX_DEPTH => tables.push(Table::default()),
        Piece::Open("tr", _) => {
            if let Some(table) = tables.last_mut() {
                table.rows.push(Vec::new());
            }
        }
        Piece::Open("tc", _) => {
            if let Some(table) = tables.last_mut() {
                (table.cell, table.span) = (String::new(), 1);
            }
        }
        Piece::Open("gridSpan", attributes) => {
            if let Some(table) = tables.last_mut() {
                table.span = attributes.count("val", MAX_COLUMNS).max(1);
            }
        }
        Piece::Close("p") => {
            let said = std::mem::take(&mut text);
            match (tables.last_mut(), heading.take()) {
                (Some(table), _) => push(&mut table.cell, said.trim()),
                (None, Some(level)) => sheet.heading(level, &said),
                (None, None) => sheet.paragraph(&said),
            }
        }
        Piece::Close("tc") => {
            if let Some(table) = tables.last_mut() {
                let (cell, span) = (std::mem::take(&mut table.cell), table.span);
                if let Some(row) = table.rows.last_mut().filter(|row| row.len() < MAX_COLUMNS) {
                    row.push(cell);
                    row.extend(std::iter::repeat_n(String::new(), span.saturating_sub(1)));
                }
            }
        }
        Piece::Close("tbl") => {
            let Some(table) = tables.pop() else { return };
            match tables.last_mut() {
                // A table in a cell is told row by row.
                Some(outer) => {
                    for row in table.rows {
                        push(&mut outer.cell, &row.join(" \u{b7} "));
                    }
                }
                None => sheet.table(None, Vec::new(), table.rows),
            }
        }
        _ => {}
    });
    sheet.paragraph(&text);
}

fn push(cell: &mut String, text: &str) {
    if !text.is_empty() {
        if !cell.is_empty() {
            cell.push('\n');
        }
        cell.push_str(text);
    }
}

/// The level of a style whose name says that it is a heading, in the languages of Word that France uses.
fn level(style: &str) -> Option<u8> {
    let lower = style.to_lowercase();
    if lower == "title" || lower == "titre" {
        return Some(1);
    }
    let number = ["heading", "titre"].iter().find_map(|name| lower.strip_prefix(name))?;
    number.trim().parse().ok().filter(|level| (1..=6).contains(level))
}

const MAX_EDGES: usize = 20;
const MAX_DEPTH: usize = 16;
const MAX_COLUMNS: usize = 63;
