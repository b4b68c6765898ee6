//! A document as a tree of typed blocks, for a terminal or a page: never the sender's markup.

mod calendar;
pub(crate) mod cda;
pub(crate) mod fhir;
mod file;
mod ndjson;
mod words;

pub use cda::Label;

use core::cell::Cell;

pub use self::words::{Plain, Words};
use crate::calendar::{Alarm, Repeat};
use crate::encoding::decode;
use crate::kind::Kind;
use crate::mail;
use crate::marked::{Marked, Void};
use crate::office;
use crate::recognise::recognise;
use crate::recognised::{Damage, Fact, Moment, Remark};

/// A document as blocks, at most [`MAX_BLOCKS`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// In reading order.
    pub blocks: Vec<Block>,
    /// How many parts of the document the view does not show: blocks over the limit, texts cut at
    /// [`MAX_TEXT`], files inside that a screen cannot show, leaves that cannot be read.
    pub left_out: u32,
}

/// A block of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A title; level 1 is the document's.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its words.
        text: String,
    },
    /// Running text; line breaks are the author's.
    Paragraph(String),
    /// A table. All rows of it as they stand; cells of one row may be fewer than the widest row's.
    Table {
        /// Its caption.
        caption: Option<String>,
        /// Header rows.
        head: Vec<Vec<String>>,
        /// Other rows.
        rows: Vec<Vec<String>>,
    },
    /// Items.
    List {
        /// Whether they are numbered.
        ordered: bool,
        /// Their words.
        items: Vec<String>,
    },
    /// What an entry states beside the text, or without one.
    Entry {
        /// What it is called; several that state the same are parted by ` ; `.
        name: String,
        /// What it states, in its order.
        facts: Vec<(Key, String)>,
    },
    /// A fact of the document by name.
    KeyValue {
        /// What it is.
        key: Key,
        /// Its value.
        value: String,
    },
}

/// Names of facts: keys for the screens' own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Kind of content: a media type.
    Kind,
    /// Date.
    Date,
    /// Author.
    Author,
    /// Organisation of the author.
    Organisation,
    /// Patient.
    Patient,
    /// Start of an event.
    Start,
    /// End of an event.
    End,
    /// To whom a message went.
    Recipient,
    /// How long it takes, in seconds; its value is empty.
    Duration(i64),
    /// Until when a task is to be done.
    Due,
    /// When a task was done.
    Completed,
    /// How often an event comes again; its value is empty.
    Repeats(Repeat),
    /// Further times of an event.
    Also,
    /// Times at which a repeated event does not take place.
    Except,
    /// The time of a repeated event that this one stands in for.
    InsteadOf,
    /// Who takes part.
    Attendees,
    /// When an event is called to mind; its value is empty.
    Alarm(Alarm),
    /// Place.
    Location,
    /// Status: a FHIR code.
    Status,
    /// Value of a measure.
    Value,
    /// It is said to be absent: nothing known of this kind.
    KnownAbsent,
    /// A file inside, by media type: not shown here.
    Inside,
    /// A file that belongs to it and is not inside: its name and its address.
    Elsewhere,
    /// A fact of [`Recognised`](crate::Recognised).
    Fact(Fact),
    /// A remark of [`Recognised`](crate::Recognised); its value is empty.
    Remark(Remark),
    /// A fact of a CDA document.
    Cda(Label),
    /// Words of the document itself.
    Own(String),
}

/// Shows a content of a kind without a language, times on the clock of UTC: codes as they stand.
///
/// # Errors
/// As [`view_in`].
pub fn view(bytes: &[u8], kind: Kind) -> Result<View, Damage> {
    view_in(&Plain, bytes, kind)
}

/// Shows a content of a kind in the words of a screen.
///
/// # Errors
/// [`Damage`] where a CDA or FHIR resource does not parse; calendars and texts always show what is there.
pub fn view_in(words: &dyn Words, bytes: &[u8], kind: Kind) -> Result<View, Damage> {
    sheet_in(words, bytes, kind).map(Sheet::into_view)
}

/// A view, with what of it does not hold.
pub(crate) fn sheet_in(words: &dyn Words, bytes: &[u8], kind: Kind) -> Result<Sheet, Damage> {
    let mut sheet = Sheet::default();
    match kind {
        Kind::Cda => cda::show(bytes, words, &mut sheet)?,
        Kind::FhirJson | Kind::FhirXml => fhir::show(bytes, words, &mut sheet)?,
        Kind::Calendar => calendar::show(bytes, &mut sheet),
        Kind::Text | Kind::Json | Kind::Xml => sheet.paragraphs(&decode(bytes)),
        Kind::Html => sheet.paragraphs(&crate::html::to_text(&crate::charset::html(bytes))),
        Kind::FhirNdjson => ndjson::show(bytes, words, &mut sheet)?,
        Kind::Csv => office::show_csv(&decode(bytes), &mut sheet),
        Kind::Mail | Kind::Msg => mail::show(bytes, kind, &mut sheet),
        Kind::Zip => match Kind::sniff(bytes, None) {
            // What was added before its kind was told apart.
            Kind::Zip => office::show_archive(bytes, &mut sheet),
            kind => office::show(bytes, kind, &mut sheet),
        },
        Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::Odt | Kind::Ods | Kind::Odp | Kind::Rtf | Kind::Doc => {
            office::show(bytes, kind, &mut sheet);
            remarks(bytes, &mut sheet);
        }
        kind => show_facts(bytes, kind, &mut sheet),
    }
    Ok(sheet)
}

/// How many minutes a reader's clock is east of UTC at a point in time, in milliseconds since 1970.
pub type ReaderClock = fn(i64) -> i16;

/// Shows a content of a kind to a reader: in the words of a screen, times whose zone is known on this clock.
///
/// # Errors
/// As [`view_in`].
pub fn view_on(clock: ReaderClock, words: &dyn Words, bytes: &[u8], kind: Kind) -> Result<View, Damage> {
    let before = READER.replace(clock);
    let shown = view_in(words, bytes, kind);
    READER.set(before);
    shown
}

/// A moment for a person, no more exactly than it is known: `2024-05-06 07:08`, on the reader's clock.
pub(crate) fn moment(moment: Moment) -> String {
    let here = moment.for_reader(READER.get());
    let day = here.without_time();
    match here.clock() {
        Some(clock) => format!("{day} {:02}:{:02}", clock.hour(), clock.minute()),
        None => day.to_string(),
    }
}

/// Takes blocks up to the limits.
#[derive(Default)]
pub(crate) struct Sheet {
    view: View,
    /// Blocks that do not hold: the first, the one behind the last, and why.
    voids: Vec<(usize, usize, Void)>,
}

impl Sheet {
    pub(crate) fn heading(&mut self, level: u8, text: &str) {
        let text = line(text);
        if !text.is_empty() {
            self.push(Block::Heading { level: level.clamp(1, 6), text });
        }
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        let text = lines(text);
        if !text.is_empty() {
            self.push(Block::Paragraph(text));
        }
    }

    /// Paragraphs between empty lines; a long one is several, so that none of it is cut.
    pub(crate) fn paragraphs(&mut self, text: &str) {
        for paragraph in text.replace("\r\n", "\n").split("\n\n") {
            let mut piece = String::new();
            for line in paragraph.lines() {
                if piece.len() + line.len() > PIECE {
                    self.paragraph(&core::mem::take(&mut piece));
                }
                piece.push_str(line);
                piece.push('\n');
            }
            self.paragraph(&piece);
        }
    }

    pub(crate) fn key(&mut self, key: Key, value: Option<String>) {
        if let Some(value) = value {
            self.push(Block::KeyValue { key, value });
        }
    }

    /// A table without more rows than [`MAX_ROWS`].
    pub(crate) fn table(&mut self, caption: Option<String>, head: Vec<Vec<String>>, rows: Vec<Vec<String>>) {
        let clean = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
            rows.into_iter().map(|row| row.iter().map(|cell| lines(cell)).collect()).collect()
        };
        let mut rows = rows;
        if rows.len() > MAX_ROWS {
            self.left_out(rows.len() - MAX_ROWS);
            rows.truncate(MAX_ROWS);
        }
        if !rows.is_empty() || !head.is_empty() {
            self.push(Block::Table { caption, head: clean(head), rows: clean(rows) });
        }
    }

    /// Items without an order.
    pub(crate) fn list(&mut self, items: Vec<String>) {
        if !items.is_empty() {
            self.push(Block::List { ordered: false, items });
        }
    }

    /// Takes a block with its texts at most [`MAX_TEXT`] long; what does not fit is counted.
    pub(crate) fn push(&mut self, mut block: Block) {
        if self.view.blocks.len() < MAX_BLOCKS {
            let clipped = texts(&mut block).map(|text| usize::from(clip(text))).sum();
            self.left_out(clipped);
            self.view.blocks.push(block);
        } else {
            let parts = texts(&mut block).filter(|text| !text.is_empty()).count();
            self.left_out(parts.max(1));
        }
    }

    /// Whether more blocks would only be counted.
    pub(crate) fn is_full(&self) -> bool {
        self.view.blocks.len() >= MAX_BLOCKS
    }

    /// The view that was made.
    pub(crate) fn into_view(self) -> View {
        self.view
    }

    /// Notes that the blocks since one do not hold.
    pub(crate) fn void_since(&mut self, from: usize, void: Option<Void>) {
        let to = self.len();
        self.voids.extend(void.filter(|_| from < to).map(|void| (from, to, void)));
    }

    /// Tells the words of each block that is wanted, a line each, those that do not hold between marks.
    pub(crate) fn tell(&self, out: &mut Marked, mut say: impl FnMut(&mut Marked, &str)) {
        let mut voids = self.voids.clone();
        voids.sort_by_key(|(from, to, _)| (*from, core::cmp::Reverse(*to)));
        let (mut voids, mut ends) = (voids.into_iter().peekable(), Vec::new());
        for (at, block) in self.view.blocks.iter().enumerate() {
            while let Some((_, to, void)) = voids.next_if(|(from, ..)| *from == at) {
                out.begin(void);
                ends.push(to);
            }
            words(block, &mut |said| say(out, said));
            while ends.pop_if(|to| *to <= at.saturating_add(1)).is_some() {
                out.end();
            }
        }
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.view.blocks.len()
    }

    /// Counts parts of the document that the view does not show.
    pub(crate) fn left_out(&mut self, parts: usize) {
        self.view.left_out = self.view.left_out.saturating_add(u32::try_from(parts).unwrap_or(u32::MAX));
    }
}

/// The texts of a block, one by one.
fn texts(block: &mut Block) -> Box<dyn Iterator<Item = &mut String> + '_> {
    match block {
        Block::Heading { text, .. } | Block::Paragraph(text) | Block::KeyValue { value: text, .. } => {
            Box::new(core::iter::once(text))
        }
        Block::List { items, .. } => Box::new(items.iter_mut()),
        Block::Entry { name, facts } => {
            Box::new(core::iter::once(name).chain(facts.iter_mut().map(|(_, value)| value)))
        }
        Block::Table { caption, head, rows } => {
            Box::new(caption.iter_mut().chain(head.iter_mut().chain(rows).flatten()))
        }
    }
}

/// Cuts a text at [`MAX_TEXT`] characters; whether it was longer.
fn clip(text: &mut String) -> bool {
    let end = text.char_indices().nth(MAX_TEXT).map(|(end, _)| end);
    if let Some(end) = end {
        text.truncate(end);
    }
    end.is_some()
}

/// The words of a block.
fn words(block: &Block, say: &mut dyn FnMut(&str)) {
    match block {
        Block::Heading { text, .. } | Block::Paragraph(text) => say(text),
        Block::Table { caption, head, rows } => {
            say(caption.as_deref().unwrap_or_default());
            head.iter().chain(rows).for_each(|row| say(&row.join(" ")));
        }
        Block::List { items, .. } => items.iter().for_each(|item| say(item)),
        Block::Entry { name, facts } => {
            say(name);
            facts.iter().for_each(|(_, value)| say(value));
        }
        Block::KeyValue { value, .. } => say(value),
    }
}

/// One line, spaces joined.
pub(crate) fn line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn lines(text: &str) -> String {
    let kept: Vec<String> = text.lines().map(line).filter(|line| !line.is_empty()).collect();
    kept.join("\n")
}

fn show_facts(bytes: &[u8], kind: Kind, sheet: &mut Sheet) {
    let found = recognise(bytes, None);
    if let Some(title) = &found.title {
        sheet.heading(1, title);
    }
    sheet.key(Key::Kind, Some(kind.media_type().to_owned()));
    sheet.key(Key::Date, found.date.map(moment));
    sheet.key(Key::Author, found.author.as_ref().and_then(|author| author.name.clone()));
    sheet.key(Key::Organisation, found.author.and_then(|author| author.organisation));
    sheet.key(Key::Patient, found.patient.and_then(|patient| patient.name));
    for (fact, value) in found.facts {
        sheet.key(Key::Fact(fact), Some(value));
    }
    for remark in found.remarks {
        sheet.key(Key::Remark(remark), Some(String::new()));
    }
}

/// What is worth saying of a document that shows its words itself.
fn remarks(bytes: &[u8], sheet: &mut Sheet) {
    for remark in recognise(bytes, None).remarks {
        if matches!(remark, Remark::Encrypted | Remark::NoText | Remark::HasScript | Remark::Truncated) {
            sheet.key(Key::Remark(remark), Some(String::new()));
        }
    }
}

thread_local! {
    /// The clock of whom a document is being shown to, while it is: moments stand deep in a document, and each is shown on it.
    static READER: Cell<ReaderClock> = const { Cell::new(|_| 0) };
}

/// Most blocks of a view.
pub const MAX_BLOCKS: usize = 20_000;

/// Most rows of a table of an office document.
pub(crate) const MAX_ROWS: usize = 20_000;

/// Most characters of a paragraph, an item, a value or a cell.
pub const MAX_TEXT: usize = 10_000;

/// Bytes of a paragraph at which it is better read as two.
const PIECE: usize = 4_000;
