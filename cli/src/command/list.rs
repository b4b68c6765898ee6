//! `carnet ls`: what is in the own vault, newest first.

use carnet_core::authored::Sort;
use serde::Serialize;

use super::{find, when};
use crate::cli::Cli;
use crate::client::Client;
use crate::local::CatalogueRow;
use crate::text::{Language, Texts};
use crate::{Failure, say};

/// Lists documents.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Only those whose title has these words
    words: Vec<String>,
    /// Does not ask the server what is new
    #[arg(long)]
    offline: bool,
    /// At most so many
    #[arg(long, short = 'n', value_name = "COUNT")]
    most: Option<usize>,
}

#[derive(Serialize)]
struct Shape {
    documents: Vec<Row>,
    /// Whether the server was asked.
    fresh: bool,
}

/// A document in a list, as programs read it.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) document: String,
    pub(crate) entry: String,
    pub(crate) version: u64,
    pub(crate) title: String,
    pub(crate) date: String,
    pub(crate) codes: Vec<String>,
    pub(crate) media_type: String,
    pub(crate) bytes: u64,
    pub(crate) written_by: Option<String>,
    pub(crate) deposited_by: String,
    pub(crate) waiting: bool,
    pub(crate) copy: bool,
}

impl Row {
    pub(crate) fn of(client: &Client, row: &CatalogueRow) -> Self {
        let depositor = carnet_core::wire::id::AccountId::from_bytes(*row.depositor.as_bytes());
        Self {
            document: find::short(row),
            entry: row.entry.to_string(),
            version: row.version,
            title: row.shown_title().to_owned(),
            date: row.date().to_string(),
            codes: row.codes.iter().map(|code| format!("{}|{}", code.system, code.code)).collect(),
            media_type: row.media_type.clone(),
            bytes: row.len,
            written_by: row.written_by.clone(),
            deposited_by: client.name_of(&depositor),
            waiting: row.waiting,
            copy: row.copy,
        }
    }
}

impl List {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-vault`. Where the server does not answer, what is known is listed, and that is said.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, fresh) = super::fresh_vault(cli, &mut client, self.offline)?;
        let wanted = find::fold(&self.words.join(" "));
        let rows: Vec<CatalogueRow> = client
            .catalogue(&vault)?
            .into_iter()
            .filter(|row| row.sort == Sort::Document)
            .filter(|row| {
                let title = find::fold(row.shown_title());
                wanted.split_whitespace().all(|word| title.contains(word))
            })
            .take(self.most.unwrap_or(usize::MAX))
            .collect();
        let shape = Shape { documents: rows.iter().map(|row| Row::of(&client, row)).collect(), fresh };
        let colours = cli.terminal.has_colours();
        cli.answer(&shape, |texts| table(texts, &client, &rows, colours))
    }
}

/// Lines of a list: short name, date, title, who wrote it.
pub(crate) fn table(texts: &Texts, client: &Client, rows: &[CatalogueRow], colours: bool) -> String {
    if rows.is_empty() {
        return say!(texts, "nothing-there");
    }
    let lines: Vec<String> = rows.iter().map(|row| line(texts, client, row, colours)).collect();
    lines.join("\n")
}

pub(crate) fn line(texts: &Texts, client: &Client, row: &CatalogueRow, colours: bool) -> String {
    let language: Language = texts.language();
    let depositor = carnet_core::wire::id::AccountId::from_bytes(*row.depositor.as_bytes());
    let mine = depositor == client.account.id();
    let by = match (&row.written_by, mine) {
        (Some(name), _) => name.clone(),
        (None, true) => String::new(),
        (None, false) => client.name_of(&depositor),
    };
    let mark = if row.waiting { format!(" [{}]", say!(texts, "to-accept")) } else { String::new() };
    let (faint, bold, end) = if colours { ("\x1b[2m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let day = when::shown_day(row.date(), language);
    let title = row.shown_title();
    format!("{faint}{}{end}  {day}  {bold}{title}{end}{mark}  {faint}{by}{end}", find::short(row))
        .trim_end()
        .to_owned()
}
