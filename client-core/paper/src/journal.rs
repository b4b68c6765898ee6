//! Access journals: who listed and who opened what, over as many pages as it takes.

use crate::document::{Date, Document, PaperError, Table};

/// A journal, and the texts around it.
#[derive(Debug, Clone, Copy)]
pub struct Journal<'a> {
    /// The title.
    pub title: &'a str,
    /// A language tag such as `fr`.
    pub language: &'a str,
    /// When it is printed.
    pub date: Date,
    /// What this is, and what a journal cannot show.
    pub what: &'a [&'a str],
    /// Names with their values: whose vault, from when to when, up to which receipt.
    pub fields: &'a [(&'a str, &'a str)],
    /// Names of the columns: when, who, what, how verified.
    pub columns: [&'a str; 4],
    /// The lines, in the caller's order.
    pub lines: &'a [JournalLine<'a>],
    /// At the foot of each page.
    pub footer: &'a str,
}

/// A line of a journal, as people read it.
#[derive(Debug, Clone, Copy)]
pub struct JournalLine<'a> {
    /// When, by the server's clock.
    pub when: &'a str,
    /// Who.
    pub who: &'a str,
    /// What was done with which entries.
    pub what: &'a str,
    /// How it is known: signature, place in the log.
    pub verified: &'a str,
}

impl Journal<'_> {
    /// Prints the journal.
    ///
    /// # Errors
    /// [`PaperError::Pages`] for more lines than [`PaperError::MAX_PAGES`] pages hold.
    pub fn print(&self) -> Result<Vec<u8>, PaperError> {
        let [when, who, what, verified] = self.columns;
        let table = Table::new(&[(when, 2.5), (who, 2.6), (what, 4.4), (verified, 2.5)]);
        let table = self
            .lines
            .iter()
            .fold(table, |table, line| table.row(&[line.when, line.who, line.what, line.verified]));
        Document::new(self.title, self.language, self.date)
            .footer(self.footer)
            .paragraphs(self.what)
            .fields(self.fields)
            .table(table)
            .print()
    }
}
