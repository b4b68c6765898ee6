//! Lists of a narrative (CDA R2, 4.3.5.6): nested ones in their item, tables of an item after it.

use super::grid::MAX_ROWS;
use super::inline::Narrative;
use crate::xml::{Element, Node};

/// What an item holds, in order.
pub(super) enum Piece<'a> {
    Text(String),
    Table(&'a Element),
}

/// Whether a list is numbered.
pub(super) fn is_ordered(list: &Element) -> bool {
    list.name == "ol" || list.attribute("listType") == Some("ordered")
}

/// The items of a list, at most [`MAX_ROWS`], and how many there are beyond.
pub(super) fn items(list: &Element) -> (Vec<&Element>, usize) {
    let all = || list.elements().filter(|item| item.name != "caption");
    let beyond = all().count().saturating_sub(MAX_ROWS);
    (all().take(MAX_ROWS).collect(), beyond)
}

/// Text that stands in a list and in none of its items.
pub(super) fn stray(list: &Element) -> String {
    let pieces = list.children.iter().filter_map(|node| match node {
        Node::Text(piece) => Some(piece.as_str()),
        Node::Element(_) => None,
    });
    pieces.collect()
}

/// An item's text, its nested lists as lines, and its tables.
pub(super) fn pieces<'a>(narrative: &mut Narrative<'a>, item: &'a Element) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    gather(narrative, item, 1, &mut text, &mut pieces);
    pieces.push(Piece::Text(text));
    if let Some(Piece::Text(text)) = pieces.first_mut() {
        narrative.deny(item, 0, text);
    }
    pieces
}

fn gather<'a>(
    narrative: &mut Narrative<'a>,
    element: &'a Element,
    depth: usize,
    text: &mut String,
    pieces: &mut Vec<Piece<'a>>,
) {
    for node in &element.children {
        let inner = match node {
            Node::Element(inner) => inner,
            Node::Text(piece) => {
                // Breaks of the source are spaces; only ours begin a line.
                text.push_str(&piece.replace(['\n', '\r'], " "));
                continue;
            }
        };
        match inner.name.as_str() {
            "table" => {
                pieces.push(Piece::Text(std::mem::take(text)));
                pieces.push(Piece::Table(inner));
            }
            "list" | "ul" | "ol" => nested(narrative, inner, depth, text, pieces),
            "paragraph" | "p" | "div" => {
                text.push('\n');
                let from = text.len();
                gather(narrative, inner, depth, text, pieces);
                narrative.deny(inner, from.min(text.len()), text);
                text.push('\n');
            }
            _ if super::inline::is_block(inner) => gather(narrative, inner, depth, text, pieces),
            _ => narrative.element(inner, text),
        }
    }
}

fn nested<'a>(
    narrative: &mut Narrative<'a>,
    list: &'a Element,
    depth: usize,
    text: &mut String,
    pieces: &mut Vec<Piece<'a>>,
) {
    for said in [list.child("caption").map(|caption| narrative.line(caption)), Some(stray(list))] {
        if let Some(said) = said.filter(|said| !said.trim().is_empty()) {
            text.push('\n');
            text.push_str(&said.replace(['\n', '\r'], " "));
        }
    }
    let bullet = BULLETS.get(depth - 1).or(BULLETS.last()).copied().unwrap_or_default();
    for (index, item) in list.elements().filter(|item| item.name != "caption").enumerate() {
        text.push('\n');
        text.push_str(&if is_ordered(list) { format!("{}) ", index + 1) } else { format!("{bullet} ") });
        let from = text.len();
        gather(narrative, item, depth + 1, text, pieces);
        narrative.deny(item, from.min(text.len()), text);
    }
    text.push('\n');
}

/// A list within a line or a cell.
pub(super) fn on_one_line<'a>(narrative: &mut Narrative<'a>, list: &'a Element) -> String {
    let mut text = list.child("caption").map(|caption| narrative.line(caption)).unwrap_or_default();
    text.push_str(&stray(list));
    for (index, item) in list.elements().filter(|item| item.name != "caption").enumerate() {
        let mark = if is_ordered(list) { format!(" {}) ", index + 1) } else { " • ".to_owned() };
        text.push_str(&mark);
        text.push_str(&narrative.line(item));
    }
    text
}

const BULLETS: [&str; 3] = ["•", "◦", "▪"];
