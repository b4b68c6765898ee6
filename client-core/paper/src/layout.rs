//! From blocks to pages, and from pages to a PDF.

use core::num::NonZeroU16;

use krilla::color::luma;
use krilla::configure::ConfigurationBuilder;
use krilla::configure::{Accessibility, Archival, Configuration};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TagGroup, TagTree};
use krilla::text::TextDirection;
use krilla::{Document as Pdf, SerializeSettings};

use crate::document::{Block, Document, PaperError, Table};
use crate::face::{Faces, Weight};
use crate::page::{Element, Mark, Page, Part, Role};
use crate::qr::Qr;

const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const MARGIN: f32 = 56.0;
const INNER: f32 = WIDTH - 2.0 * MARGIN;
/// Under this, nothing but the foot of the page.
const BOTTOM: f32 = HEIGHT - MARGIN - 14.0;
const TEXT: f32 = 10.0;
const NOTE: f32 = 8.0;
const LEADING: f32 = 1.4;

impl Document {
    /// Prints the document: the bytes of a PDF.
    ///
    /// # Errors
    /// [`PaperError`].
    pub fn print(&self) -> Result<Vec<u8>, PaperError> {
        Layout::of(self)?.print(self)
    }
}

/// A document on its pages.
pub(crate) struct Layout {
    faces: Faces,
    pages: Vec<Page>,
    elements: Vec<Element>,
    outline: Vec<(String, usize, f32)>,
    y: f32,
}

impl Layout {
    /// Lays a document out.
    pub(crate) fn of(document: &Document) -> Result<Self, PaperError> {
        let faces = Faces::load().ok_or_else(|| PaperError::Pdf("the faces are damaged".to_owned()))?;
        let mut layout = Self {
            faces,
            pages: vec![Page::default()],
            elements: Vec::new(),
            outline: Vec::new(),
            y: MARGIN,
        };
        layout.heading(&document.title, NonZeroU16::MIN, 18.0);
        for block in &document.blocks {
            layout.block(block);
            if layout.pages.len() > PaperError::MAX_PAGES {
                return Err(PaperError::Pages);
            }
        }
        layout.feet(&document.footer);
        Ok(layout)
    }

    /// How many pages there are.
    pub(crate) fn pages(&self) -> usize {
        self.pages.len()
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => {
                self.gap(8.0);
                self.heading(text, SECOND, 13.0);
            }
            Block::Paragraph(text) => self.paragraph(text, TEXT),
            Block::Lines(lines) => lines.iter().for_each(|line| self.paragraph(line, TEXT)),
            Block::Note(text) => self.paragraph(text, NOTE),
            Block::Fields(fields) => fields.iter().for_each(|(name, value)| self.field(name, value)),
            Block::Steps(steps) => self.steps(steps),
            Block::Words(words) => self.words(words),
            Block::Table(table) => self.table(table),
            Block::Qr { qr, millimetres, alternative } => self.qr(qr, *millimetres, alternative),
            Block::QrWithSteps { qr, millimetres, alternative, title, steps } => {
                self.beside(qr, *millimetres, alternative, title, steps);
            }
            Block::Warning(text) => {
                let element = self.element(Role::Paragraph, None);
                self.flow(Part::Element(element), Weight::Bold, TEXT, text, MARGIN, INNER);
            }
            Block::PageBreak => self.turn(),
        }
        self.gap(6.0);
    }

    fn heading(&mut self, text: &str, level: NonZeroU16, size: f32) {
        self.heading_at(text, level, size, MARGIN, INNER);
    }

    fn heading_at(&mut self, text: &str, level: NonZeroU16, size: f32, x: f32, width: f32) {
        let text = self.faces.printable(text);
        // A heading at the foot of a page would be alone.
        self.room(size * LEADING + 40.0);
        self.outline.push((text.clone(), self.pages.len().saturating_sub(1), self.y));
        let element = self.element(Role::Heading(level, text.clone()), None);
        self.flow(Part::Element(element), Weight::Bold, size, &text, x, width);
        self.gap(4.0);
    }

    fn paragraph(&mut self, text: &str, size: f32) {
        let element = self.element(Role::Paragraph, None);
        self.flow(Part::Element(element), Weight::Regular, size, text, MARGIN, INNER);
    }

    fn field(&mut self, name: &str, value: &str) {
        const NAME: f32 = 130.0;
        let element = self.element(Role::Paragraph, None);
        let names = self.faces.lines(Weight::Bold, TEXT, name, NAME - 8.0);
        let values = self.faces.lines(Weight::Regular, TEXT, value, INNER - NAME);
        self.columns(&[
            (Part::Element(element), Weight::Bold, MARGIN, names),
            (Part::Element(element), Weight::Regular, MARGIN + NAME, values),
        ]);
    }

    fn steps(&mut self, steps: &[String]) {
        self.steps_at(steps, MARGIN, INNER);
    }

    fn steps_at(&mut self, steps: &[String], x: f32, width: f32) {
        let list = self.element(Role::List, None);
        for (at, step) in steps.iter().enumerate() {
            let item = self.element(Role::Item, Some(list));
            let (label, body) = (self.element(Role::Label, Some(item)), self.element(Role::Body, Some(item)));
            let lines = self.faces.lines(Weight::Regular, TEXT, step, width - 22.0);
            self.columns(&[
                (Part::Element(label), Weight::Bold, x, vec![format!("{}.", at.saturating_add(1))]),
                (Part::Element(body), Weight::Regular, x + 22.0, lines),
            ]);
            self.gap(2.0);
        }
    }

    fn words(&mut self, words: &[String]) {
        const COLUMNS: usize = 4;
        const SIZE: f32 = 13.0;
        let list = self.element(Role::List, None);
        let mut number = 0_usize;
        for row in words.chunks(COLUMNS) {
            self.room(19.0);
            let mut x = MARGIN;
            for word in row {
                number = number.saturating_add(1);
                let item = self.element(Role::Item, Some(list));
                let (label, body) =
                    (self.element(Role::Label, Some(item)), self.element(Role::Body, Some(item)));
                let y = self.y + SIZE;
                self.text(Part::Element(label), x, y, Weight::Regular, NOTE, 90, format!("{number}. "));
                let word = format!("{} ", self.faces.printable(word));
                self.text(Part::Element(body), x + 20.0, y, Weight::Bold, SIZE, 0, word);
                x += INNER / 4.0;
            }
            self.y += 19.0;
        }
    }

    fn table(&mut self, table: &Table) {
        let shares: f32 = table.columns.iter().map(|(_, share)| share).sum();
        let widths: Vec<f32> = table.columns.iter().map(|(_, share)| INNER * share / shares).collect();
        let names: Vec<String> = table.columns.iter().map(|(name, _)| name.clone()).collect();
        let root = self.element(Role::Table, None);
        self.row(Some(root), &names, &widths, true);
        for cells in &table.rows {
            let before = self.pages.len();
            let height = self.row_height(cells, &widths, false);
            self.room(height.min(BOTTOM - MARGIN - 60.0));
            if self.pages.len() > before {
                self.row(None, &names, &widths, true);
            }
            self.row(Some(root), cells, &widths, false);
        }
    }

    fn row_height(&self, cells: &[String], widths: &[f32], head: bool) -> f32 {
        let weight = if head { Weight::Bold } else { Weight::Regular };
        let lines = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| self.faces.lines(weight, CELL, cell, width - 8.0).len());
        let lines = u16::try_from(lines.max().unwrap_or(1)).unwrap_or(u16::MAX);
        f32::from(lines) * CELL * LEADING + 8.0
    }

    /// A row: of the table's structure, or a repeated head outside of it.
    fn row(&mut self, table: Option<usize>, cells: &[String], widths: &[f32], head: bool) {
        let weight = if head { Weight::Bold } else { Weight::Regular };
        let row = table.map(|table| self.element(Role::Row, Some(table)));
        let mut x = MARGIN;
        let mut columns = Vec::new();
        for (at, width) in widths.iter().enumerate() {
            let cell = row.map(|row| self.element(if head { Role::Head } else { Role::Cell }, Some(row)));
            let part = cell.map_or(Part::Ornament, Part::Element);
            let text = cells.get(at).map(String::as_str).unwrap_or_default();
            columns.push((part, weight, x + 4.0, self.faces.lines(weight, CELL, text, width - 8.0)));
            x += width;
        }
        self.y += 3.0;
        self.columns_of(CELL, &columns);
        self.y += 3.0;
        let (y, grey) = (self.y, if head { 60 } else { 200 });
        self.mark(Part::Ornament, Mark::Bar { x: MARGIN, y, width: INNER, height: 0.6, grey });
        self.y += 1.0;
    }

    fn qr(&mut self, qr: &Qr, millimetres: f32, alternative: &str) {
        let (side, quiet) = sides(qr, millimetres);
        self.room(side + 2.0 * quiet);
        self.qr_at(qr, (WIDTH - side) / 2.0, side, quiet, alternative);
        self.y += side + 2.0 * quiet;
    }

    fn qr_at(&mut self, qr: &Qr, x: f32, side: f32, quiet: f32, alternative: &str) {
        let element = self.element(Role::Figure(self.faces.printable(alternative)), None);
        let y = self.y + quiet;
        self.mark(Part::Element(element), Mark::Qr { x, y, side, qr: qr.clone() });
    }

    /// A QR code at the left, steps at its right. What is longer goes on below.
    fn beside(&mut self, qr: &Qr, millimetres: f32, alternative: &str, title: &str, steps: &[String]) {
        let (side, quiet) = sides(qr, millimetres);
        self.room(side + 2.0 * quiet);
        let (top, page) = (self.y, self.pages.len());
        self.qr_at(qr, MARGIN, side, quiet, alternative);
        let x = MARGIN + side + 2.0 * quiet + 8.0;
        let width = WIDTH - MARGIN - x;
        self.gap(quiet);
        self.heading_at(title, SECOND, 13.0, x, width);
        self.steps_at(steps, x, width);
        if self.pages.len() == page {
            self.y = self.y.max(top + side + 2.0 * quiet);
        }
    }

    /// Lines one below the other, over as many pages as it takes.
    fn flow(&mut self, part: Part, weight: Weight, size: f32, text: &str, x: f32, width: f32) {
        let lines = self.faces.lines(weight, size, text, width);
        self.columns_of(size, &[(part, weight, x, lines)]);
    }

    fn columns(&mut self, columns: &[(Part, Weight, f32, Vec<String>)]) {
        self.columns_of(TEXT, columns);
    }

    /// Lines side by side, over as many pages as it takes.
    fn columns_of(&mut self, size: f32, columns: &[(Part, Weight, f32, Vec<String>)]) {
        let count = columns.iter().map(|(_, _, _, lines)| lines.len()).max().unwrap_or(0);
        for at in 0..count {
            self.room(size * LEADING);
            let y = self.y + size;
            for (part, weight, x, lines) in columns {
                // A space at the end of each line, so that its last word is not read together with the next.
                if let Some(line) = lines.get(at).filter(|line| !line.is_empty()) {
                    self.text(*part, *x, y, *weight, size, 0, format!("{line} "));
                }
            }
            self.y += size * LEADING;
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a place, a style and a text")]
    fn text(&mut self, part: Part, x: f32, y: f32, weight: Weight, size: f32, grey: u8, text: String) {
        self.mark(part, Mark::Text { x, y, weight, size, grey, text });
    }

    fn mark(&mut self, part: Part, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.0.push((part, mark));
        }
    }

    fn element(&mut self, role: Role, parent: Option<usize>) -> usize {
        self.elements.push(Element { role, parent });
        self.elements.len().saturating_sub(1)
    }

    fn gap(&mut self, points: f32) {
        self.y += points;
    }

    fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > MARGIN {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.pages.push(Page::default());
        self.y = MARGIN;
    }

    fn feet(&mut self, footer: &str) {
        let count = self.pages.len();
        let footer = self.faces.lines(Weight::Regular, NOTE, footer, INNER - 60.0).swap_remove(0);
        for (at, page) in self.pages.iter_mut().enumerate() {
            let number = format!("{} / {count}", at.saturating_add(1));
            let width = self.faces.width(Weight::Regular, NOTE, &number);
            let y = HEIGHT - MARGIN + 4.0;
            let foot = |x: f32, text: String| {
                (Part::Ornament, Mark::Text { x, y, weight: Weight::Regular, size: NOTE, grey: 90, text })
            };
            if !footer.is_empty() {
                page.0.push(foot(MARGIN, footer.clone()));
            }
            page.0.push(foot(WIDTH - MARGIN - width, number));
        }
    }

    /// Writes the pages as a PDF.
    pub(crate) fn print(self, document: &Document) -> Result<Vec<u8>, PaperError> {
        let mut pdf = Pdf::new_with(SerializeSettings {
            compress_content_streams: true,
            enable_tagging: true,
            configuration: configuration()?,
            ..SerializeSettings::default()
        });
        let mut leaves: Vec<Vec<Identifier>> = self.elements.iter().map(|_| Vec::new()).collect();
        for page in &self.pages {
            let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| refused("the page"))?;
            let mut on = pdf.start_page_with(settings);
            let mut surface = on.surface();
            for (part, mark) in &page.0 {
                let ornament = Artifact::with_kind(ArtifactType::PaginationOther);
                let tag = match (part, mark) {
                    (Part::Ornament, _) => ContentTag::Artifact(ornament),
                    (_, Mark::Text { .. }) => ContentTag::Span(SpanTag::empty()),
                    _ => ContentTag::Other,
                };
                let identifier = surface.start_tagged(tag);
                self.draw(&mut surface, mark);
                surface.end_tagged();
                if let Part::Element(element) = part {
                    leaves.get_mut(*element).into_iter().for_each(|leaves| leaves.push(identifier));
                }
            }
            surface.finish();
            on.finish();
        }
        let mut outline = Outline::new();
        for (title, page, y) in &self.outline {
            let place = XyzDestination::new(*page, Point::from_xy(MARGIN, *y));
            outline.push_child(OutlineNode::new(title.clone(), place));
        }
        pdf.set_outline(outline);
        pdf.set_tag_tree(tree(&self.elements, leaves, &document.language));
        pdf.set_metadata(metadata(document, &self.faces));
        pdf.finish().map_err(|error| PaperError::Pdf(format!("{error:?}")))
    }

    fn draw(&self, surface: &mut Surface<'_>, mark: &Mark) {
        match mark {
            Mark::Text { x, y, weight, size, grey, text } => {
                surface.set_fill(Some(fill(*grey)));
                let (place, font) = (Point::from_xy(*x, *y), self.faces.font(*weight));
                surface.draw_text(place, font, *size, text, false, TextDirection::LeftToRight);
            }
            Mark::Bar { x, y, width, height, grey } => {
                surface.set_fill(Some(fill(*grey)));
                let mut path = PathBuilder::new();
                Rect::from_xywh(*x, *y, *width, *height).into_iter().for_each(|bar| path.push_rect(bar));
                path.finish().iter().for_each(|path| surface.draw_path(path));
            }
            Mark::Qr { x, y, side, qr } => {
                surface.set_fill(Some(fill(0)));
                qr_path(*x, *y, *side, qr).iter().for_each(|path| surface.draw_path(path));
            }
        }
    }
}

const CELL: f32 = 9.0;
const SECOND: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

/// A QR code's side, and the quiet zone around it, in points.
fn sides(qr: &Qr, millimetres: f32) -> (f32, f32) {
    let side = (millimetres.clamp(10.0, 160.0) * 72.0 / 25.4).min(INNER);
    let modules = u16::try_from(qr.width()).unwrap_or(u16::MAX);
    (side, side / f32::from(modules) * 4.0)
}

/// The dark modules, those of a row that touch as one rectangle, so that no hairline shows between them.
fn qr_path(x: f32, y: f32, side: f32, qr: &Qr) -> Option<krilla::geom::Path> {
    let number = |value: usize| f32::from(u16::try_from(value).unwrap_or(u16::MAX));
    let module = side / number(qr.width());
    let mut path = PathBuilder::new();
    for row in 0..qr.width() {
        let mut column = 0;
        while column < qr.width() {
            let run = (column..qr.width()).take_while(|at| qr.is_dark(*at, row)).count();
            let (left, top) = (x + number(column) * module, y + number(row) * module);
            if run > 0 {
                path.push_rect(Rect::from_xywh(left, top, number(run) * module, module)?);
            }
            column = column.saturating_add(run.max(1));
        }
    }
    path.finish()
}

fn configuration() -> Result<Configuration, PaperError> {
    ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| refused("the configuration"))
}

fn refused(what: &str) -> PaperError {
    PaperError::Pdf(what.to_owned())
}

fn fill(grey: u8) -> Fill {
    Fill { paint: luma::Color::new(grey).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

/// The structure: children after their parents, so that one pass from the end builds it. Elements without content are left out.
fn tree(elements: &[Element], leaves: Vec<Vec<Identifier>>, language: &str) -> TagTree {
    let mut groups: Vec<Option<TagGroup>> =
        elements.iter().map(|element| Some(element.role.group())).collect();
    let mut children: Vec<Vec<TagGroup>> = elements.iter().map(|_| Vec::new()).collect();
    let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
    let mut roots = Vec::new();
    for (at, leaves) in leaves.into_iter().enumerate().rev() {
        let Some(mut group) = groups.get_mut(at).and_then(Option::take) else { continue };
        leaves.into_iter().for_each(|leaf| group.push(leaf));
        let own = children.get_mut(at).map(core::mem::take).unwrap_or_default();
        own.into_iter().rev().for_each(|child| group.push(child));
        match elements.get(at).and_then(|element| element.parent).and_then(|parent| children.get_mut(parent))
        {
            Some(siblings) => siblings.push(group),
            None => roots.push(group),
        }
    }
    roots.into_iter().rev().for_each(|root| tree.push(root));
    tree
}

fn metadata(document: &Document, faces: &Faces) -> Metadata {
    let date = DateTime::new(document.date.year).month(document.date.month).day(document.date.day);
    let metadata = Metadata::new()
        .title(faces.printable(&document.title))
        .language(document.language.clone())
        .creator("Carnet".to_owned())
        .creation_date(date);
    match &document.author {
        Some(author) => metadata.authors(vec![faces.printable(author)]),
        None => metadata,
    }
}
