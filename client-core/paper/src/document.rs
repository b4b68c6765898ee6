//! Documents: blocks one below the other, printed on A4.

use crate::qr::Qr;

/// A document, block by block.
#[derive(Debug, Clone)]
pub struct Document {
    pub(crate) title: String,
    pub(crate) language: String,
    pub(crate) date: Date,
    pub(crate) author: Option<String>,
    pub(crate) footer: String,
    pub(crate) blocks: Vec<Block>,
}

impl Document {
    /// An empty document. The title is printed on top; the language is a tag of RFC 5646 such as `fr`.
    #[must_use]
    pub fn new(title: &str, language: &str, date: Date) -> Self {
        let (title, language) = (title.to_owned(), language.to_owned());
        Self { title, language, date, author: None, footer: String::new(), blocks: Vec::new() }
    }

    /// Names an author, in the description of the file.
    #[must_use]
    pub fn author(self, author: &str) -> Self {
        Self { author: Some(author.to_owned()), ..self }
    }

    /// Prints a text at the foot of each page, beside the page's number.
    #[must_use]
    pub fn footer(self, footer: &str) -> Self {
        Self { footer: footer.to_owned(), ..self }
    }

    /// Adds a block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Adds a heading under the title.
    #[must_use]
    pub fn heading(self, text: &str) -> Self {
        self.block(Block::Heading(text.to_owned()))
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn paragraph(self, text: &str) -> Self {
        self.block(Block::Paragraph(text.to_owned()))
    }

    /// Adds paragraphs.
    #[must_use]
    pub fn paragraphs(self, texts: &[&str]) -> Self {
        texts.iter().fold(self, |document, text| document.paragraph(text))
    }

    /// Adds names with their values, one pair on a line.
    #[must_use]
    pub fn fields(self, fields: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.block(Block::Fields(fields.iter().map(own).collect()))
    }

    /// Adds a table.
    #[must_use]
    pub fn table(self, table: Table) -> Self {
        self.block(Block::Table(table))
    }

    /// Adds a QR code of this size, with a text for those who do not see it.
    #[must_use]
    pub fn qr(self, qr: Qr, millimetres: f32, alternative: &str) -> Self {
        self.block(Block::Qr { qr, millimetres, alternative: alternative.to_owned() })
    }
}

/// A part of a document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Block {
    /// A heading under the title.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// Lines of one paragraph, one below the other: an address.
    Lines(Vec<String>),
    /// A paragraph in small letters.
    Note(String),
    /// Names with their values.
    Fields(Vec<(String, String)>),
    /// Numbered steps, one below the other.
    Steps(Vec<String>),
    /// Numbered words in columns, row by row.
    Words(Vec<String>),
    /// A table.
    Table(Table),
    /// A QR code.
    Qr {
        /// What it says.
        qr: Qr,
        /// Its side without the quiet zone.
        millimetres: f32,
        /// For those who do not see it.
        alternative: String,
    },
    /// A QR code on the left, and beside it numbered steps under a heading: what to do with the code stands where it is seen.
    QrWithSteps {
        /// What it says.
        qr: Qr,
        /// Its side without the quiet zone.
        millimetres: f32,
        /// For those who do not see it.
        alternative: String,
        /// Above the steps.
        title: String,
        /// The steps.
        steps: Vec<String>,
    },
    /// A paragraph in bold letters: what must not be overlooked.
    Warning(String),
    /// A new page.
    PageBreak,
}

/// A table: columns with their share of the width, and rows of as many cells. Missing cells are empty, further ones are left out.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) columns: Vec<(String, f32)>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows. Shares are relative to each other.
    #[must_use]
    pub fn new(columns: &[(&str, f32)]) -> Self {
        let columns = columns.iter().map(|(name, share)| ((*name).to_owned(), share.max(0.1))).collect();
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    #[must_use]
    pub fn row(mut self, cells: &[&str]) -> Self {
        self.rows.push(cells.iter().map(|cell| (*cell).to_owned()).collect());
        self
    }
}

/// A day, for the description of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day, from 1.
    pub day: u8,
}

/// Why nothing was printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// The document has more than [`PaperError::MAX_PAGES`] pages.
    #[error("more than {} pages", PaperError::MAX_PAGES)]
    Pages,
    /// What must stand on one page does not.
    #[error("the texts do not fit on one page")]
    OnePage,
    /// The library refused, for instance because the title is empty.
    #[error("the PDF library refused: {0}")]
    Pdf(String),
}

impl PaperError {
    /// Most pages of one document.
    pub const MAX_PAGES: usize = 5000;

    /// A code that does not change.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Pages => "paper-pages",
            Self::OnePage => "paper-one-page",
            Self::Pdf(_) => "paper-pdf",
        }
    }
}
