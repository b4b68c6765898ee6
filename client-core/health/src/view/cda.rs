//! The narrative of a CDA's body (HL7 CDA R2, 4.3.5).

use super::{Block, Key, Sheet, line, moment};
use crate::cda;
use crate::recognised::Damage;
use crate::xml::{self, Element, Node};

pub(super) fn show(bytes: &[u8], sheet: &mut Sheet) -> Result<(), Damage> {
    let found = cda::recognise(bytes);
    if let Some(damage) = found.damage {
        return Err(damage);
    }
    sheet.heading(1, found.title.as_deref().unwrap_or("-"));
    sheet.key(Key::Date, found.date.map(moment));
    let author = found.author.unwrap_or_default();
    sheet.key(Key::Author, author.name);
    sheet.key(Key::Organisation, author.organisation);
    sheet.key(Key::Patient, found.patient.and_then(|patient| patient.name));
    let Some(root) = xml::parse(bytes).root else { return Err(Damage::XmlRoot) };
    if let Some(text) = root.path(&["component", "nonXMLBody", "text"]) {
        let media_type = text.attribute("mediaType").unwrap_or("text/plain").to_owned();
        if text.attribute("representation").is_none() && media_type == "text/plain" {
            sheet.paragraphs(&text.text());
        } else {
            sheet.key(Key::Inside, Some(media_type));
        }
    }
    if let Some(body) = root.path(&["component", "structuredBody"]) {
        sections(body, 2, sheet);
    }
    Ok(())
}

fn sections(parent: &Element, level: u8, sheet: &mut Sheet) {
    for section in parent.all("component").filter_map(|component| component.child("section")) {
        if let Some(title) = section.child("title") {
            sheet.heading(level, &title.text());
        }
        if let Some(text) = section.child("text") {
            blocks(text, sheet);
        }
        sections(section, (level + 1).min(6), sheet);
    }
}

/// Blocks in order; text and inline markup between them are paragraphs.
fn blocks(element: &Element, sheet: &mut Sheet) {
    let mut running = String::new();
    for node in &element.children {
        match node {
            Node::Text(piece) => running.push_str(piece),
            Node::Element(inner) if is_block(inner) => {
                sheet.paragraph(&std::mem::take(&mut running));
                block(inner, sheet);
            }
            Node::Element(inner) => inline(inner, &mut running),
        }
    }
    sheet.paragraph(&running);
}

fn block(element: &Element, sheet: &mut Sheet) {
    match element.name.as_str() {
        "table" => table(element, sheet),
        "list" => list(element, sheet),
        "paragraph" | "content" | "item" | "td" | "footnote" => blocks(element, sheet),
        _ => {}
    }
}

fn table(element: &Element, sheet: &mut Sheet) {
    let rows =
        |parent: &Element| -> Vec<Vec<String>> { parent.all("tr").take(MAX_ROWS + 1).map(cells).collect() };
    let mut head: Vec<Vec<String>> = element.child("thead").map(rows).unwrap_or_default();
    let mut body: Vec<Vec<String>> =
        element.all("tbody").chain(element.all("tfoot")).flat_map(rows).collect();
    body.extend(rows(element));
    // Without thead, a first row of header cells only is one.
    let first_row = element.child("tbody").unwrap_or(element).child("tr");
    if head.is_empty() && first_row.is_some_and(|row| row.child("td").is_none()) && body.len() > 1 {
        head.push(body.remove(0));
    }
    sheet.left_out(body.len().saturating_sub(MAX_ROWS));
    body.truncate(MAX_ROWS);
    let caption =
        element.child("caption").map(|caption| line(&caption.text())).filter(|text| !text.is_empty());
    if !head.is_empty() || !body.is_empty() {
        sheet.push(Block::Table { caption, head, rows: body });
    }
}

/// A cell that spans several columns is followed by empty ones, so that columns stay in line.
fn cells(row: &Element) -> Vec<String> {
    let mut cells = Vec::new();
    for cell in row.elements().filter(|cell| matches!(cell.name.as_str(), "td" | "th")) {
        let mut text = String::new();
        inline_children(cell, &mut text);
        cells.push(line(&text));
        let span = cell.attribute("colspan").and_then(|span| span.parse::<usize>().ok()).unwrap_or(1);
        for _ in 1..span.min(MAX_COLUMNS) {
            cells.push(String::new());
        }
        if cells.len() >= MAX_COLUMNS {
            break;
        }
    }
    cells
}

fn list(element: &Element, sheet: &mut Sheet) {
    if let Some(caption) = element.child("caption") {
        sheet.paragraph(&caption.text());
    }
    let items = element.all("item").take(MAX_ROWS).map(|item| {
        let mut text = String::new();
        inline_children(item, &mut text);
        line(&text)
    });
    let items: Vec<String> = items.filter(|item| !item.is_empty()).collect();
    if !items.is_empty() {
        let ordered = element.attribute("listType") == Some("ordered");
        sheet.push(Block::List { ordered, items });
    }
}

fn inline(element: &Element, text: &mut String) {
    match element.name.as_str() {
        "br" => text.push('\n'),
        _ => inline_children(element, text),
    }
}

fn inline_children(element: &Element, text: &mut String) {
    for node in &element.children {
        match node {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(inner) => {
                let apart = is_block(inner) || matches!(inner.name.as_str(), "tr" | "td" | "th" | "item");
                if apart && !text.ends_with(char::is_whitespace) {
                    text.push(' ');
                }
                inline(inner, text);
                if apart {
                    text.push(' ');
                }
            }
        }
    }
}

/// A content element may stand around tables.
fn is_block(element: &Element) -> bool {
    match element.name.as_str() {
        "table" | "list" | "paragraph" => true,
        "content" | "footnote" => element.elements().any(is_block),
        _ => false,
    }
}

const MAX_ROWS: usize = 2_000;
const MAX_COLUMNS: usize = 50;
