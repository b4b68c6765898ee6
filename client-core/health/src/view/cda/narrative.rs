//! The narrative of a section as blocks (CDA R2, 4.3.5).

use super::grid;
use super::inline::{Narrative, is_block};
use super::label::Label;
use super::list::{self, Piece};
use crate::marked::Void;
use crate::view::{Block, Key, Sheet, line, lines};
use crate::xml::{Element, Node};

impl<'a> Narrative<'a> {
    /// Shows a narrative, then its footnotes and what was revised in it.
    pub(super) fn show(&mut self, text: &'a Element, sheet: &mut Sheet) {
        self.blocks(text, sheet);
        // A footnote may have footnotes.
        let mut shown = 0;
        while let Some((number, note)) = self.notes.get(shown).copied() {
            shown += 1;
            self.note(number, note, sheet);
        }
        self.notes.clear();
        for (inserted, words) in std::mem::take(&mut self.revised) {
            let label = if inserted { Label::Inserted } else { Label::Deleted };
            let from = sheet.len();
            sheet.key(Key::Cda(label), Some(words));
            sheet.void_since(from, (!inserted).then_some(Void::Deleted));
        }
        sheet.left_out(std::mem::take(&mut self.missing));
    }

    fn note(&mut self, number: u32, note: &'a Element, sheet: &mut Sheet) {
        if note.elements().any(is_block) {
            sheet.paragraph(&format!("[{number}]"));
            self.blocks(note, sheet);
        } else {
            let said = self.line(note);
            sheet.paragraph(&format!("[{number}] {said}"));
        }
    }

    /// Blocks in order; text and inline markup between them are paragraphs.
    fn blocks(&mut self, element: &'a Element, sheet: &mut Sheet) {
        let mut running = String::new();
        let mut last_content = false;
        for node in &element.children {
            match node {
                Node::Text(piece) => {
                    self.push(piece, &mut running);
                    last_content &= piece.is_empty();
                }
                Node::Element(inner) if is_block(inner) => {
                    sheet.paragraph(&std::mem::take(&mut running));
                    self.block(inner, sheet);
                    last_content = false;
                }
                Node::Element(inner) => {
                    let content = inner.name == "content";
                    if content && last_content && !running.ends_with(char::is_whitespace) {
                        running.push(' ');
                    }
                    self.element(inner, &mut running);
                    last_content = content;
                }
            }
        }
        self.deny(element, 0, &mut running);
        sheet.paragraph(&running);
    }

    fn block(&mut self, element: &'a Element, sheet: &mut Sheet) {
        match element.name.as_str() {
            "table" => self.table(element, sheet),
            "list" | "ul" | "ol" => self.list(element, sheet),
            _ => self.blocks(element, sheet),
        }
    }

    fn table(&mut self, element: &'a Element, sheet: &mut Sheet) {
        let table = grid::table(self, element);
        sheet.left_out(table.left_out);
        if table.is_empty() {
            sheet.paragraph(table.caption.as_deref().unwrap_or_default());
        } else {
            sheet.push(Block::Table { caption: table.caption, head: table.head, rows: table.rows });
        }
        sheet.paragraph(&table.stray);
    }

    fn list(&mut self, element: &'a Element, sheet: &mut Sheet) {
        if let Some(caption) = element.child("caption") {
            let caption = self.line(caption);
            sheet.paragraph(&caption);
        }
        sheet.paragraph(&line(&list::stray(element)));
        let (items, beyond) = list::items(element);
        sheet.left_out(beyond);
        let items: Vec<Vec<Piece<'a>>> = items.into_iter().map(|item| list::pieces(self, item)).collect();
        let ordered = list::is_ordered(element);
        let has_tables = items.iter().flatten().any(|piece| matches!(piece, Piece::Table(_)));
        let mut said: Vec<String> = Vec::new();
        for (index, pieces) in items.into_iter().enumerate() {
            let mut first = true;
            for piece in pieces {
                match piece {
                    Piece::Text(text) if !text.trim().is_empty() => {
                        let text = lines(&text);
                        // A table parts the list; its numbers go on.
                        let number = ordered && has_tables && first;
                        said.push(if number { format!("{}. {text}", index + 1) } else { text });
                        first = false;
                    }
                    Piece::Text(_) => {}
                    Piece::Table(table) => {
                        flush(&mut said, ordered && !has_tables, ordered && has_tables, sheet);
                        if first && ordered {
                            sheet.paragraph(&format!("{}.", index + 1));
                        }
                        first = false;
                        self.table(table, sheet);
                    }
                }
            }
        }
        flush(&mut said, ordered && !has_tables, ordered && has_tables, sheet);
    }
}

fn flush(items: &mut Vec<String>, ordered: bool, as_paragraphs: bool, sheet: &mut Sheet) {
    if items.is_empty() {
        return;
    }
    let items = std::mem::take(items);
    if as_paragraphs {
        items.iter().for_each(|item| sheet.paragraph(item));
    } else {
        sheet.push(Block::List { ordered, items });
    }
}
