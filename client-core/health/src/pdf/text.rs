//! The words of pages, in the order in which they are drawn: with those of form XObjects, of annotations and of fields.
//!
//! Where glyphs stand decides where words and lines end. What is unpacked, drawn and nested is bounded.

use std::collections::BTreeMap;
use std::rc::Rc;

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::MAX_PAGES;
use super::field::{self, long};
use super::font::Font;
use super::matrix::{Matrix, number};

/// The text of a document, at most about `limit` bytes.
pub(super) fn of(document: &Document, limit: usize) -> String {
    let mut reading = Reading::new(document, limit);
    for page in document.page_iter().take(MAX_PAGES) {
        reading.page(page);
        if reading.is_full() {
            break;
        }
    }
    reading.fields();
    reading.out
}

/// Whether any letter or digit can be read in it.
pub(super) fn has_any(document: &Document) -> bool {
    let read = |text: &str| text.chars().any(char::is_alphanumeric);
    let mut reading = Reading::new(document, usize::MAX);
    for page in document.page_iter().take(MAX_PAGES) {
        reading.page(page);
        if read(&reading.out) {
            return true;
        }
        if reading.is_full() {
            break;
        }
    }
    reading.fields();
    read(&reading.out)
}

/// An entry of a dictionary, references followed.
pub(super) fn part<'a>(document: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let (_, object) = document.dereference(dictionary.get(key).ok()?).ok()?;
    Some(object)
}

struct Reading<'a> {
    document: &'a Document,
    out: String,
    limit: usize,
    /// Bytes of contents that may still be unpacked, and operations that may still be met.
    budget: usize,
    operations: usize,
    fonts: BTreeMap<ObjectId, Rc<Font>>,
    last: Option<Drawn>,
}

/// Where the last glyph stands: along its line, across lines, and how high its font is.
#[derive(Clone, Copy)]
struct Drawn {
    direction: (f64, f64),
    end: f64,
    across: f64,
    height: f64,
}

#[derive(Clone)]
struct State {
    base: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    letter_space: f64,
    word_space: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

impl<'a> Reading<'a> {
    fn new(document: &'a Document, limit: usize) -> Self {
        let (budget, operations) = (CONTENT_BUDGET, MAX_OPERATIONS);
        Self { document, out: String::new(), limit, budget, operations, fonts: BTreeMap::new(), last: None }
    }

    fn is_full(&self) -> bool {
        self.out.len() >= self.limit || self.budget == 0 || self.operations == 0
    }

    fn page(&mut self, id: ObjectId) {
        let Ok(page) = self.document.get_dictionary(id) else { return };
        self.last = None;
        if let Ok(content) = self.document.get_page_content_with_limit(id, self.budget.min(PAGE_LIMIT)) {
            self.budget = self.budget.saturating_sub(content.len().max(1));
            self.run(&content, self.resources(page), Matrix::IDENTITY, 0);
        }
        self.new_line();
        if let Some(Object::Array(annotations)) = part(self.document, page, b"Annots") {
            for annotation in annotations.iter().take(MAX_ANNOTATIONS) {
                if self.is_full() {
                    break;
                }
                let found = self.document.dereference(annotation).ok();
                if let Some(annotation) = found.and_then(|(_, object)| object.as_dict().ok()) {
                    self.annotation(annotation);
                }
            }
        }
    }

    /// The resources of a page, its own or those of the pages around it.
    fn resources(&self, page: &'a Dictionary) -> Option<&'a Dictionary> {
        let mut node = page;
        for _ in 0..MAX_DEPTH * 4 {
            if let Some(found) =
                part(self.document, node, b"Resources").and_then(|object| object.as_dict().ok())
            {
                return Some(found);
            }
            node = part(self.document, node, b"Parent")?.as_dict().ok()?;
        }
        None
    }

    /// What an annotation shows, and what it says where it shows something else.
    fn annotation(&mut self, annotation: &'a Dictionary) {
        let flags = part(self.document, annotation, b"F").and_then(|flags| flags.as_i64().ok()).unwrap_or(0);
        let subtype = annotation.get(b"Subtype").and_then(Object::as_name).unwrap_or_default();
        if flags & (HIDDEN | NO_VIEW) != 0 || matches!(subtype, b"Link" | b"Popup") {
            return;
        }
        let kind = part(self.document, annotation, b"FT").and_then(|kind| kind.as_name().ok());
        // What is ticked is said with the fields.
        if kind != Some(b"Btn") {
            self.appearance(annotation);
            self.new_line();
        }
        if let Some(said) = part(self.document, annotation, b"Contents").and_then(long)
            && subtype != b"Widget"
        {
            self.say(&said);
        }
    }

    fn appearance(&mut self, annotation: &'a Dictionary) -> Option<()> {
        let looks = part(self.document, annotation, b"AP")?.as_dict().ok()?;
        let stream = match part(self.document, looks, b"N")? {
            Object::Stream(stream) => stream,
            Object::Dictionary(states) => {
                let state = annotation.get(b"AS").and_then(Object::as_name).ok()?;
                part(self.document, states, state)?.as_stream().ok()?
            }
            _ => return None,
        };
        self.last = None;
        // Where it stands on the page: its box goes into the annotation's rectangle.
        let corner = |key: &[u8], dictionary: &'a Dictionary| -> Option<(f64, f64)> {
            let Object::Array(sides) = part(self.document, dictionary, key)? else { return None };
            Some((number(sides.first()?)?, number(sides.get(1)?)?))
        };
        let (from, to) = (corner(b"BBox", &stream.dict).unwrap_or_default(), corner(b"Rect", annotation)?);
        self.form(stream, None, Matrix::shift(to.0 - from.0, to.1 - from.1), 0);
        Some(())
    }

    fn form(
        &mut self,
        stream: &'a lopdf::Stream,
        around: Option<&'a Dictionary>,
        base: Matrix,
        depth: usize,
    ) {
        let Ok(content) = stream.get_plain_content_with_limit(self.budget.min(PAGE_LIMIT)) else { return };
        self.budget = self.budget.saturating_sub(content.len().max(64));
        let own = part(self.document, &stream.dict, b"Resources").and_then(|object| object.as_dict().ok());
        let matrix = match part(self.document, &stream.dict, b"Matrix") {
            Some(Object::Array(numbers)) => Matrix::of(numbers).unwrap_or(Matrix::IDENTITY),
            _ => Matrix::IDENTITY,
        };
        self.run(&content, own.or(around), matrix.then(base), depth);
    }

    fn run(&mut self, content: &[u8], resources: Option<&'a Dictionary>, base: Matrix, depth: usize) {
        let mut state = State {
            base,
            font: None,
            size: 1.0,
            letter_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        let (mut saved, mut line, mut at) = (Vec::new(), Matrix::IDENTITY, Matrix::IDENTITY);
        for operation in Content::decode_iter(content).flatten() {
            self.operations = self.operations.saturating_sub(1);
            if self.is_full() {
                return;
            }
            let Operation { operator, operands } = &operation;
            let value = |index: usize| operands.get(index).and_then(number).unwrap_or(0.0);
            match operator.as_str() {
                "q" if saved.len() < MAX_SAVED => saved.push(state.clone()),
                "Q" => state = saved.pop().unwrap_or(state),
                "cm" => {
                    state.base = Matrix::of(operands).map_or(state.base, |matrix| matrix.then(state.base))
                }
                "BT" => (line, at) = (Matrix::IDENTITY, Matrix::IDENTITY),
                "Tf" => {
                    state.size = value(1);
                    state.font = operands
                        .first()
                        .and_then(|name| name.as_name().ok())
                        .and_then(|name| self.font(resources?, name));
                }
                "Tc" => state.letter_space = value(0),
                "Tw" => state.word_space = value(0),
                "Tz" => state.stretch = value(0) / 100.0,
                "TL" => state.leading = value(0),
                "Ts" => state.rise = value(0),
                "Td" | "TD" => {
                    if operator == "TD" {
                        state.leading = -value(1);
                    }
                    line = Matrix::shift(value(0), value(1)).then(line);
                    at = line;
                }
                "Tm" => {
                    line = Matrix::of(operands).unwrap_or(line);
                    at = line;
                }
                "T*" | "'" | "\"" => {
                    if operator == "\"" {
                        (state.word_space, state.letter_space) = (value(0), value(1));
                    }
                    line = Matrix::shift(0.0, -state.leading).then(line);
                    at = line;
                    if let Some(bytes) =
                        operands.last().and_then(|last| last.as_str().ok()).filter(|_| operator != "T*")
                    {
                        self.show(bytes, &state, &mut at);
                    }
                }
                "Tj" => {
                    if let Some(bytes) = operands.first().and_then(|text| text.as_str().ok()) {
                        self.show(bytes, &state, &mut at);
                    }
                }
                "TJ" => {
                    let Some(Object::Array(pieces)) = operands.first() else { continue };
                    for piece in pieces {
                        match (piece, number(piece)) {
                            (Object::String(bytes, _), _) => self.show(bytes, &state, &mut at),
                            (_, Some(back)) => {
                                at = Matrix::shift(-back / 1000.0 * state.size * state.stretch, 0.0).then(at);
                            }
                            _ => {}
                        }
                    }
                }
                "Do" if depth < MAX_DEPTH => {
                    let named = || -> Option<&'a lopdf::Stream> {
                        let name = operands.first()?.as_name().ok()?;
                        let all = part(self.document, resources?, b"XObject")?.as_dict().ok()?;
                        part(self.document, all, name)?.as_stream().ok()
                    };
                    if let Some(stream) = named()
                        && stream
                            .dict
                            .get(b"Subtype")
                            .and_then(Object::as_name)
                            .is_ok_and(|kind| kind == b"Form")
                    {
                        self.form(stream, resources, state.base, depth + 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn font(&mut self, resources: &'a Dictionary, name: &[u8]) -> Option<Rc<Font>> {
        let fonts = part(self.document, resources, b"Font")?.as_dict().ok()?;
        let object = fonts.get(name).ok()?;
        let id = object.as_reference().ok();
        if let Some(known) = id.and_then(|id| self.fonts.get(&id)) {
            return Some(Rc::clone(known));
        }
        let font = self.document.dereference(object).ok()?.1.as_dict().ok()?;
        let font = Rc::new(Font::read(self.document, font));
        if let Some(id) = id.filter(|_| self.fonts.len() < MAX_FONTS) {
            self.fonts.insert(id, Rc::clone(&font));
        }
        Some(font)
    }

    fn show(&mut self, bytes: &[u8], state: &State, at: &mut Matrix) {
        let Some(font) = state.font.clone() else { return };
        let mut rest = bytes;
        while !rest.is_empty() {
            let (length, code) = font.first(rest);
            rest = rest.get(length..).unwrap_or_default();
            let letters = font.letters(length, code);
            let width = font.width(code, letters.as_deref()) * state.size;
            let space = if length == 1 && code == 32 { state.word_space } else { 0.0 };
            let advance = (width + state.letter_space + space) * state.stretch;
            let place = Matrix([state.size * state.stretch, 0.0, 0.0, state.size, 0.0, state.rise])
                .then(*at)
                .then(state.base);
            *at = Matrix::shift(advance, 0.0).then(*at);
            self.glyph(letters.as_deref(), place, at.then(state.base));
        }
    }

    /// Puts a glyph behind what was drawn before: in the same word, after a space, or on a new line.
    fn glyph(&mut self, letters: Option<&str>, place: Matrix, after: Matrix) {
        let direction = place.direction();
        let project =
            |(x, y): (f64, f64)| (x * direction.0 + y * direction.1, y * direction.0 - x * direction.1);
        let ((along, across), (end, _)) = (project(place.point(0.0, 0.0)), project(after.point(0.0, 0.0)));
        let height = place.height();
        let drawn = Drawn { direction, end, across, height };
        let Some(letters) = letters else {
            // It takes its room, unread.
            if let Some(last) = &mut self.last {
                last.end = end.max(last.end);
            }
            return;
        };
        let blank = letters.trim().is_empty();
        let Some(last) = self.last else {
            if !blank {
                self.out.push_str(letters);
                self.last = Some(drawn);
            }
            return;
        };
        let turned = (last.direction.0 - direction.0).abs() + (last.direction.1 - direction.1).abs() > 0.1;
        let size = last.height.max(height).max(1e-6);
        let (raised, gap) = (across - last.across, along - last.end);
        if turned || raised.abs() > 0.6 * size || gap < -2.0 * size {
            if blank {
                return;
            }
            self.out.push('\n');
            // An empty line keeps paragraphs apart.
            if !turned && raised < -2.0 * size {
                self.out.push('\n');
            }
        } else if gap > 0.13 * size && !self.out.ends_with(char::is_whitespace) && !blank {
            self.out.push(' ');
        }
        // A smaller, raised figure is a power: 10 to the 9th is not 109.
        let is_power = raised > 0.15 * size && height < 0.85 * last.height && gap < size;
        match letters.chars().next().and_then(power).filter(|_| is_power && letters.chars().count() == 1) {
            Some(power) => {
                self.out.push(power);
                self.last = Some(Drawn { end, ..last });
            }
            None => {
                if !(blank && self.out.ends_with(char::is_whitespace)) {
                    self.out.push_str(letters);
                }
                let same_line =
                    raised.abs() < 0.6 * size && !turned && height < 0.85 * last.height && gap > -2.0 * size;
                self.last = Some(if same_line { Drawn { end, ..last } } else { drawn });
            }
        }
    }

    fn new_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.last = None;
    }

    /// Says what is not there yet.
    fn say(&mut self, said: &str) {
        if !said.trim().is_empty() && !self.has(said) {
            self.new_line();
            self.out.push_str(said.trim());
            self.out.push('\n');
        }
    }

    /// Whether words were drawn already, however they are spaced.
    fn has(&self, said: &str) -> bool {
        let tail = self.out.len().saturating_sub(COMPARED);
        let tail = (tail..self.out.len()).find_map(|at| self.out.get(at..)).unwrap_or_default();
        squeezed(tail).contains(&squeezed(said))
    }

    fn fields(&mut self) {
        let shown = squeezed(&self.out);
        for (name, value) in field::values(self.document) {
            let is_drawn = !matches!(value.chars().next(), Some('\u{2610}' | '\u{2612}'))
                && shown.contains(&squeezed(&value));
            if !is_drawn && self.out.len() < self.limit {
                self.new_line();
                self.out.push_str(&if name.is_empty() { value } else { format!("{name}: {value}") });
                self.out.push('\n');
            }
        }
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The raised form of a figure or sign.
fn power(c: char) -> Option<char> {
    let plain = "0123456789+-\u{2212}";
    let raised =
        "\u{2070}\u{b9}\u{b2}\u{b3}\u{2074}\u{2075}\u{2076}\u{2077}\u{2078}\u{2079}\u{207a}\u{207b}\u{207b}";
    plain.chars().position(|known| known == c).and_then(|at| raised.chars().nth(at))
}

const HIDDEN: i64 = 2;
const NO_VIEW: i64 = 32;
const PAGE_LIMIT: usize = 4 << 20;
const CONTENT_BUDGET: usize = 32 << 20;
const MAX_OPERATIONS: usize = 3_000_000;
const MAX_ANNOTATIONS: usize = 5_000;
const MAX_DEPTH: usize = 12;
const MAX_SAVED: usize = 256;
const MAX_FONTS: usize = 2_000;
/// Bytes of the text before that a note is compared with.
const COMPARED: usize = 8 * 1024;
