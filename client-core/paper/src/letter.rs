//! Letters that open a vault. The second factor is named, never printed.

use crate::document::{Block, Date, Document, PaperError};
use crate::qr::Qr;

/// A letter, and the texts around its code.
#[derive(Debug, Clone, Copy)]
pub struct LetterPage<'a> {
    /// The texts.
    pub texts: LetterTexts<'a>,
    /// A language tag such as `fr`.
    pub language: &'a str,
    /// When it is printed.
    pub date: Date,
    /// The server's address.
    pub server: &'a str,
    /// The code of the letter, in capitals.
    pub code: &'a str,
}

/// The texts of a letter.
#[derive(Debug, Clone, Copy)]
pub struct LetterTexts<'a> {
    /// The title.
    pub title: &'a str,
    /// Who sends it, line by line.
    pub sender: &'a [&'a str],
    /// To whom it is sent, line by line.
    pub recipient: &'a [&'a str],
    /// Place and date, as people write them.
    pub date: &'a str,
    /// The letter above the QR code.
    pub body: &'a [&'a str],
    /// Before the server's address.
    pub server: &'a str,
    /// For those who do not see the QR code.
    pub qr: &'a str,
    /// Before the same code in letters, for those who cannot scan it.
    pub code: &'a str,
    /// Above how a true letter is told from a false one.
    pub trust_title: &'a str,
    /// How a true letter is told from a false one, and whom to call.
    pub trust: &'a [&'a str],
    /// What the second factor is and how it comes.
    pub factor: &'a str,
    /// Above the steps.
    pub steps_title: &'a str,
    /// What to do, and how to refuse.
    pub steps: &'a [&'a str],
    /// At the foot of the page.
    pub footer: &'a str,
}

fn own(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

impl LetterPage<'_> {
    /// Prints the letter. The bytes hold its secret: the caller wipes them.
    ///
    /// # Errors
    /// [`PaperError`].
    pub fn print(&self) -> Result<Vec<u8>, PaperError> {
        let qr = Qr::encode(self.code).map_err(|error| PaperError::Pdf(error.to_string()))?;
        Document::new(self.texts.title, self.language, self.date)
            .footer(self.texts.footer)
            .block(Block::Lines(own(self.texts.sender)))
            .block(Block::Lines(own(self.texts.recipient)))
            .paragraph(self.texts.date)
            .paragraphs(self.texts.body)
            .block(Block::QrWithSteps {
                qr,
                millimetres: 50.0,
                alternative: self.texts.qr.to_owned(),
                title: self.texts.steps_title.to_owned(),
                steps: own(self.texts.steps),
            })
            .fields(&[(self.texts.server, self.server)])
            .block(Block::Note(format!("{} {}", self.texts.code, self.code)))
            .paragraph(self.texts.factor)
            .heading(self.texts.trust_title)
            .paragraphs(self.texts.trust)
            .print()
    }
}
