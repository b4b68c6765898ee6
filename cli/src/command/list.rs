//! `carnet ls`: what is in the own vault, newest first.

use carnet_core::authored::Sort;
use carnet_health::same_person::Person;
use serde::Serialize;

use super::person::{self, NamesOther};
use super::versions::{Linked, Other, Versions};
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
    /// Whether nobody has said its type, and one was guessed.
    pub(crate) guessed: bool,
    /// What it says it replaces, of what is there.
    pub(crate) replaces: Vec<Other>,
    /// What is there and says that it replaces it.
    pub(crate) replaced_by: Vec<Other>,
    /// What it adds to, what adds to it, and other forms of it.
    pub(crate) related: Vec<Linked>,
    /// Whom it names, where that does not seem to be the holder of the own vault.
    pub(crate) names_other: Option<NamesOther>,
}

impl Row {
    pub(crate) fn of(client: &Client, row: &CatalogueRow, versions: &Versions) -> Self {
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
            guessed: row.guess.is_some(),
            replaces: versions.older(&row.entry),
            replaced_by: versions.newer(&row.entry),
            related: versions.linked(&row.entry),
            names_other: None,
        }
    }

    /// The same of an own vault, whose holder this is.
    pub(crate) fn of_holder(self, row: &CatalogueRow, holder: &Person) -> Self {
        let about = row.about.as_ref().map(person::patient);
        Self { names_other: about.and_then(|patient| NamesOther::of(holder, &patient)), ..self }
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
        let rows = client.catalogue(&vault)?;
        let (versions, holder) = (Versions::of(&rows), person::holder(&client.profile.name, &rows));
        let rows: Vec<CatalogueRow> = rows
            .into_iter()
            .filter(|row| row.sort == Sort::Document)
            .filter(|row| {
                let title = find::fold(row.shown_title());
                wanted.split_whitespace().all(|word| title.contains(word))
            })
            .take(self.most.unwrap_or(usize::MAX))
            .collect();
        let shape = Shape {
            documents: rows
                .iter()
                .map(|row| Row::of(&client, row, &versions).of_holder(row, &holder))
                .collect(),
            fresh,
        };
        let colours = cli.terminal.has_colours();
        cli.answer(&shape, |texts| table(texts, &client, &rows, &versions, colours))
    }
}

/// Lines of a list: short name, date, title, who wrote it.
pub(crate) fn table(
    texts: &Texts,
    client: &Client,
    rows: &[CatalogueRow],
    versions: &Versions,
    colours: bool,
) -> String {
    if rows.is_empty() {
        return say!(texts, "nothing-there");
    }
    let lines: Vec<String> = rows.iter().map(|row| line(texts, client, row, versions, colours)).collect();
    lines.join("\n")
}

pub(crate) fn line(
    texts: &Texts,
    client: &Client,
    row: &CatalogueRow,
    versions: &Versions,
    colours: bool,
) -> String {
    let language: Language = texts.language();
    let depositor = carnet_core::wire::id::AccountId::from_bytes(*row.depositor.as_bytes());
    let mine = depositor == client.account.id();
    let by = match (&row.written_by, mine) {
        (Some(name), _) => name.clone(),
        (None, true) => String::new(),
        (None, false) => client.name_of(&depositor),
    };
    let mut mark = if row.waiting { format!(" [{}]", say!(texts, "to-accept")) } else { String::new() };
    if let Some(newer) = versions.newer(&row.entry).first() {
        mark.push_str(&format!(" [{}]", say!(texts, "newer-there", document = newer.document.as_str())));
    }
    let (faint, bold, end) = if colours { ("\x1b[2m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let day = when::shown_day(row.date(), language);
    let title = row.shown_title();
    format!("{faint}{}{end}  {day}  {bold}{title}{end}{mark}  {faint}{by}{end}", find::short(row))
        .trim_end()
        .to_owned()
}
