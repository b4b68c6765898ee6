//! Running text of a narrative (CDA R2, 4.3.5): what is inline keeps its place, what is apart keeps its spaces.

use std::collections::HashSet;

use super::media::Media;
use super::script::{subscript, superscript};
use super::{grid, list};
use crate::marked::{Void, enclose};
use crate::view::line;
use crate::xml::{Element, Node};

/// What a narrative keeps beside its running text.
pub(super) struct Narrative<'a> {
    media: &'a Media<'a>,
    /// Numbers of footnotes by their `ID`.
    numbers: Vec<(String, u32)>,
    last_number: u32,
    /// Numbers of the footnotes that were met.
    defined: HashSet<u32>,
    /// Footnotes that are still to be shown.
    pub(super) notes: Vec<(u32, &'a Element)>,
    /// Text that was revised: whether it was inserted, and the words.
    pub(super) revised: Vec<(bool, String)>,
    /// Media and footnotes that are referred to and not there.
    pub(super) missing: usize,
    after_mark: bool,
    /// `ID`s of what the entries of the section deny.
    pub(super) denied: HashSet<&'a str>,
    /// The words that stand at what is denied; empty for none.
    denial: String,
    /// Within a row: whether its first cell is to say the denial.
    pub(super) row_denied: Option<bool>,
}

impl<'a> Narrative<'a> {
    pub(super) fn new(media: &'a Media<'a>, denial: String) -> Self {
        Self {
            media,
            numbers: Vec::new(),
            last_number: 0,
            defined: HashSet::new(),
            notes: Vec::new(),
            revised: Vec::new(),
            missing: 0,
            after_mark: false,
            denied: HashSet::new(),
            denial,
            row_denied: None,
        }
    }

    /// How many footnotes are referred to and are nowhere.
    pub(super) fn undefined(&self) -> usize {
        self.numbers.iter().filter(|(_, number)| !self.defined.contains(number)).count()
    }

    /// What an element says, on one line.
    pub(super) fn line(&mut self, element: &'a Element) -> String {
        let mut text = String::new();
        self.children(element, &mut text);
        line(&text)
    }

    /// Adds what stands in an element.
    pub(super) fn children(&mut self, element: &'a Element, text: &mut String) {
        let from = text.len();
        let mut last_content = false;
        for node in &element.children {
            match node {
                Node::Text(piece) => {
                    self.push(piece, text);
                    last_content = false;
                }
                Node::Element(inner) => {
                    let content = inner.name == "content";
                    // Two contents side by side are two words.
                    if content && last_content {
                        apart(text);
                    }
                    self.element(inner, text);
                    last_content = content;
                }
            }
        }
        self.deny(element, from, text);
    }

    /// Puts the denial after the first line of what an element said, where the entries deny it.
    pub(super) fn deny(&mut self, element: &Element, from: usize, text: &mut String) {
        if !self.is_denied(element) {
            return;
        }
        let said = text.get(from..).unwrap_or_default();
        // A short answer ("no", "0") denied would be read as its contrary: its row is denied.
        if said.trim().chars().count() <= SHORT_ANSWER
            && let Some(denied) = &mut self.row_denied
        {
            *denied = true;
            return;
        }
        let begin = from + said.len() - said.trim_start().len();
        if let Some(void) = self.denial_mark() {
            return enclose(text, begin, void);
        }
        let first = text.get(begin..).unwrap_or_default();
        let at = begin + first.find('\n').unwrap_or(first.trim_end().len());
        let gap = if at > from { " " } else { "" };
        text.insert_str(at, &format!("{gap}[{}]", self.denial));
        self.after_mark = true;
    }

    /// Whether the entries deny what an element says.
    pub(super) fn is_denied(&self, element: &Element) -> bool {
        !self.denial.is_empty() && element.attribute("ID").is_some_and(|id| self.denied.contains(id))
    }

    /// The mark that stands in the place of the denial's words, where nobody reads them here.
    fn denial_mark(&self) -> Option<Void> {
        self.denial.chars().next().and_then(Void::of_mark)
    }

    /// Puts the denial into the first cell of a row that says something.
    pub(super) fn deny_row(&self, cells: &mut [String]) {
        if let Some(void) = self.denial_mark() {
            cells.iter_mut().filter(|cell| !cell.is_empty()).for_each(|cell| enclose(cell, 0, void));
            return;
        }
        if let Some(cell) = cells.iter_mut().find(|cell| !cell.is_empty()) {
            cell.extend([" [", self.denial.as_str(), "]"]);
        }
    }

    /// Adds an element.
    pub(super) fn element(&mut self, element: &'a Element, text: &mut String) {
        match element.name.as_str() {
            "br" => text.push('\n'),
            "sup" => superscript(&self.line(element), text),
            "sub" => subscript(&self.line(element), text),
            "content" | "ins" | "del" => self.content(element, text),
            "footnote" => self.footnote(element, text),
            "footnoteRef" => {
                let number = element.attribute("IDREF").map(|id| self.number(id));
                self.mark(&number.map_or("[?]".to_owned(), |number| format!("[{number}]")), text);
            }
            "linkHtml" | "a" => self.link(element, text),
            "renderMultiMedia" | "img" => self.render(element, text),
            "table" => {
                let table = grid::table(self, element);
                self.set_apart(&table.on_one_line(), text);
            }
            "list" | "ul" | "ol" => {
                let items = list::on_one_line(self, element);
                self.set_apart(&items, text);
            }
            "paragraph" | "p" | "div" | "caption" | "item" | "li" | "tr" | "td" | "th" => {
                let said = self.line(element);
                self.set_apart(&said, text);
            }
            // These two say something of columns only.
            "col" | "colgroup" => {}
            _ => self.children(element, text),
        }
    }

    /// Text as it is written; after a mark a word begins with a space.
    pub(super) fn push(&mut self, piece: &str, text: &mut String) {
        if self.after_mark && piece.starts_with(char::is_alphanumeric) {
            text.push(' ');
        }
        self.after_mark &= piece.is_empty();
        text.push_str(piece);
    }

    fn set_apart(&mut self, said: &str, text: &mut String) {
        apart(text);
        text.push_str(said);
        text.push(' ');
        self.after_mark = false;
    }

    fn mark(&mut self, mark: &str, text: &mut String) {
        apart(text);
        text.push_str(mark);
        self.after_mark = true;
    }

    /// Deleted text does not stand where it would be read as said; it is told apart, as is what was inserted.
    fn content(&mut self, element: &'a Element, text: &mut String) {
        let revised = match (element.name.as_str(), element.attribute("revised")) {
            ("del", _) | (_, Some("delete")) => Some(false),
            ("ins", _) | (_, Some("insert")) => Some(true),
            _ => None,
        };
        match revised {
            None => self.children(element, text),
            Some(false) => {
                let said = self.line(element);
                if !said.is_empty() {
                    self.revised.push((false, said));
                }
            }
            Some(true) => {
                let from = text.len();
                self.children(element, text);
                let said = line(text.get(from..).unwrap_or_default());
                if !said.is_empty() {
                    self.revised.push((true, said));
                }
            }
        }
    }

    fn footnote(&mut self, element: &'a Element, text: &mut String) {
        let number = match element.attribute("ID") {
            Some(id) => self.number(id),
            None => self.next(),
        };
        self.defined.insert(number);
        self.notes.push((number, element));
        self.mark(&format!("[{number}]"), text);
    }

    fn number(&mut self, id: &str) -> u32 {
        if let Some((_, number)) = self.numbers.iter().find(|(known, _)| known == id) {
            return *number;
        }
        let number = self.next();
        if self.numbers.len() < MAX_NOTES {
            self.numbers.push((id.to_owned(), number));
        }
        number
    }

    fn next(&mut self) -> u32 {
        self.last_number = self.last_number.saturating_add(1);
        self.last_number
    }

    fn link(&mut self, element: &'a Element, text: &mut String) {
        if text.ends_with(char::is_alphanumeric) {
            text.push(' ');
        }
        let said = self.line(element);
        self.push(&said, text);
        let address = element.attribute("href").map(str::trim).unwrap_or_default();
        if !address.is_empty() && !address.starts_with('#') && !said.contains(address) {
            apart(text);
            text.push_str(&if said.is_empty() { line(address) } else { format!("({})", line(address)) });
        }
        self.after_mark = true;
    }

    /// A picture or a file stands in the text by its kind and number; what it is called follows.
    fn render(&mut self, element: &'a Element, text: &mut String) {
        let objects = element.attribute("referencedObject").unwrap_or_default();
        for object in objects.split_whitespace().take(MAX_OBJECTS) {
            match self.media.label(object) {
                Some(label) => self.mark(&format!("[{label}]"), text),
                None => {
                    self.missing = self.missing.saturating_add(1);
                    self.mark("[?]", text);
                }
            }
        }
        let mut said = self.line(element);
        if element.name == "img" {
            let named = element.attribute("alt").or_else(|| element.attribute("src")).unwrap_or_default();
            said = format!("[{}]", line(named.get(..named.len().min(200)).unwrap_or_default()));
        }
        if !said.is_empty() {
            apart(text);
            text.push_str(&said);
        }
        self.after_mark = true;
    }
}

/// A space, where none is.
fn apart(text: &mut String) {
    if !text.is_empty() && !text.ends_with(char::is_whitespace) {
        text.push(' ');
    }
}

/// Whether an element is a block, or stands around blocks.
pub(super) fn is_block(element: &Element) -> bool {
    match element.name.as_str() {
        "table" | "list" | "paragraph" | "ul" | "ol" | "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => true,
        // These have a place of their own in a line.
        "footnote" | "del" => false,
        "content" if element.attribute("revised") == Some("delete") => false,
        _ => element.elements().any(is_block),
    }
}

const MAX_NOTES: usize = 1_000;
const MAX_OBJECTS: usize = 20;

/// Most characters of an answer that says only yes or no.
const SHORT_ANSWER: usize = 4;
