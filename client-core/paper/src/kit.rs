//! Recovery kits on one page.

use crate::document::{Block, Date, Document, PaperError};
use crate::layout::Layout;
use crate::qr::Qr;

/// What a kit holds, and the texts around it.
#[derive(Debug, Clone, Copy)]
pub struct KitPage<'a> {
    /// The texts.
    pub texts: KitTexts<'a>,
    /// A language tag such as `fr`.
    pub language: &'a str,
    /// When it is printed.
    pub date: Date,
    /// Whose it is.
    pub owner: &'a str,
    /// The server's address.
    pub server: &'a str,
    /// The account, as it is typed.
    pub account: &'a str,
    /// The 24 words.
    pub words: &'a [&'a str],
    /// The 12 words of the second secret, where there is one.
    pub second: &'a [&'a str],
    /// The code that holds all of it, in capitals.
    pub code: &'a str,
}

/// The texts of a kit.
#[derive(Debug, Clone, Copy)]
pub struct KitTexts<'a> {
    /// The title.
    pub title: &'a str,
    /// What must not be overlooked: whoever has the page can read everything.
    pub warning: &'a str,
    /// What this is, what Carnet is and where to get it.
    pub what: &'a [&'a str],
    /// Before the owner's name.
    pub owner: &'a str,
    /// Before the place where the owner writes down whom to call.
    pub call: &'a str,
    /// Names before the server's address, the account and the date; and the date as people write it.
    pub server: &'a str,
    /// Before the account.
    pub account: &'a str,
    /// Before the date.
    pub printed: &'a str,
    /// The date as people write it.
    pub date: &'a str,
    /// Above the words.
    pub words: &'a str,
    /// Above the words of the second secret.
    pub second: &'a str,
    /// For those who do not see the QR code.
    pub qr: &'a str,
    /// Before the same code in letters, under the QR code.
    pub code: &'a str,
    /// Above the steps.
    pub steps_title: &'a str,
    /// What to do with it.
    pub steps: &'a [&'a str],
    /// At the foot of the page.
    pub footer: &'a str,
}

/// Where something is written by hand.
const LINE: &str = "……………………………………………………………………";

impl KitPage<'_> {
    /// Prints the kit. The bytes hold its secret: the caller wipes them.
    ///
    /// # Errors
    /// [`PaperError::OnePage`] where the texts are too long for one page.
    pub fn print(&self) -> Result<Vec<u8>, PaperError> {
        // The largest QR code that leaves all of it on one page; the smallest still has modules of nearly half a millimetre.
        for millimetres in [48.0, 42.0] {
            match self.print_with(millimetres) {
                Err(PaperError::OnePage) => {}
                done => return done,
            }
        }
        self.print_with(36.0)
    }

    fn print_with(&self, millimetres: f32) -> Result<Vec<u8>, PaperError> {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        let qr = Qr::encode(self.code).map_err(|error| PaperError::Pdf(error.to_string()))?;
        let mut document = Document::new(self.texts.title, self.language, self.date)
            .footer(self.texts.footer)
            .fields(&[(self.texts.owner, self.owner)])
            .block(Block::Warning(self.texts.warning.to_owned()))
            .paragraphs(self.texts.what)
            .fields(&[
                (self.texts.server, self.server),
                (self.texts.account, self.account),
                (self.texts.printed, self.texts.date),
                (self.texts.call, LINE),
            ])
            .heading(self.texts.words)
            .block(Block::Words(own(self.words)));
        if !self.second.is_empty() {
            document = document.heading(self.texts.second).block(Block::Words(own(self.second)));
        }
        let document = document
            .block(Block::QrWithSteps {
                qr,
                millimetres,
                alternative: self.texts.qr.to_owned(),
                title: self.texts.steps_title.to_owned(),
                steps: own(self.texts.steps),
            })
            .block(Block::Note(format!("{} {}", self.texts.code, self.code)));
        let layout = Layout::of(&document)?;
        if layout.pages() == 1 { layout.print(&document) } else { Err(PaperError::OnePage) }
    }
}
