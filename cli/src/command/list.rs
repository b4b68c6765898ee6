//! `carnet ls`: what is in the own vault, newest first.

use carnet_core::authored::Sort;
use carnet_core::wire::id::AccountId;
use carnet_moment::Moment;
use serde::Serialize;

use super::person::{self, NamesOther};
use super::versions::{Linked, Other, Versions};
use super::{find, kinds, title, when};
use crate::cli::Cli;
use crate::client::Client;
use crate::local::CatalogueRow;
use crate::text::{Language, Texts};
use crate::{Failure, say, shown};

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
    /// Only those of a type or of a kind, in words or as a LOINC code
    #[arg(long = "type", value_name = "WORDS")]
    kind: Option<String>,
    /// Only those that this person wrote or deposited
    #[arg(long, value_name = "PERSON")]
    from: Option<String>,
    /// Only those of this day and later
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Only those of this day and before
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// In which order
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = Order::Date)]
    sort: Order,
    /// In the other direction
    #[arg(long)]
    reverse: bool,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Order {
    /// The newest first, by what they tell of
    #[default]
    Date,
    /// By title
    #[value(alias = "titre")]
    Title,
    /// The last that was added first
    #[value(alias = "ajout")]
    Added,
}

/// What a list is asked for.
struct Wanted {
    words: String,
    class: Option<u16>,
    codes: Vec<(&'static str, &'static str)>,
    is_typed: bool,
    from: Option<String>,
    since: Option<Moment>,
    until: Option<Moment>,
}

impl Wanted {
    fn has(&self, client: &Client, row: &CatalogueRow) -> bool {
        // What nobody asked for is not worked out: a list of all is as long as the vault.
        let has_words = self.words.is_empty() || {
            let title = find::fold(&title::words(row));
            self.words.split_whitespace().all(|word| title.contains(word))
        };
        let is_code = |code: &carnet_core::authored::Code| {
            self.codes.contains(&(code.system.as_str(), code.code.as_str()))
        };
        let of_type = !self.is_typed || self.class == Some(row.class) || row.codes.iter().any(is_code);
        let depositor = || AccountId::from_bytes(*row.depositor.as_bytes());
        let from = self.from.as_ref().is_none_or(|from| {
            let by = row.written_by.clone().unwrap_or_default();
            let by = find::fold(&format!("{by} {}", client.name_of(&depositor())));
            from.split_whitespace().all(|word| by.contains(word))
        });
        let in_time = (self.since.is_none() && self.until.is_none()) || {
            let date = row.date().for_reader(when::minutes_here);
            self.since.is_none_or(|since| parts(date, since) >= parts(since, since))
                && self.until.is_none_or(|until| parts(date, until) <= parts(until, until))
        };
        has_words && of_type && from && in_time
    }
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
    /// Whether the document says that date; else it is that of its arrival.
    pub(crate) dated: bool,
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
        let depositor = AccountId::from_bytes(*row.depositor.as_bytes());
        Self {
            document: find::short(row),
            entry: row.entry.to_string(),
            version: row.version,
            title: row.shown_title().to_owned(),
            date: row.date().to_string(),
            dated: !row.when().is_empty(),
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
}

/// The year, month and day of a date, as far as another one is known: two dates are compared no more exactly than either is.
fn parts(date: Moment, like: Moment) -> (i16, Option<u8>, Option<u8>) {
    let month = like.months().map(|_| date.months().unwrap_or(1));
    (date.years(), month, like.days().map(|_| date.days().unwrap_or(1)))
}

impl List {
    /// What is asked for, understood before anything is done.
    fn wanted(&self) -> Result<Wanted, Failure> {
        let (class, codes) = match &self.kind {
            Some(kind) => kinds::meant(kind)?,
            None => (None, Vec::new()),
        };
        let day = |text: &String| {
            Moment::from_words(text).ok_or_else(|| Failure::wrong("date").with("text", text.as_str()))
        };
        Ok(Wanted {
            words: find::fold(&self.words.join(" ")),
            class,
            codes,
            is_typed: self.kind.is_some(),
            from: self.from.as_deref().map(find::fold),
            since: self.since.as_ref().map(day).transpose()?,
            until: self.until.as_ref().map(day).transpose()?,
        })
    }

    /// Runs the command.
    ///
    /// # Errors
    /// `no-vault`, `kind-unknown`, `date`. Where the server does not answer, what is known is listed, and that is said.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let wanted = self.wanted()?;
        let mut client = cli.client()?;
        let (vault, fresh) = super::fresh_vault(cli, &mut client, self.offline)?;
        let rows = client.catalogue(&vault)?;
        if fresh {
            client.look_up_depositors(&rows);
        }
        let (versions, holder) = (Versions::of(&rows), person::holder(&client.profile.name, &rows));
        let mut rows: Vec<CatalogueRow> =
            rows.into_iter().filter(|row| row.sort == Sort::Document && wanted.has(&client, row)).collect();
        match self.sort {
            // So they are in the catalogue.
            Order::Date => {}
            Order::Title => rows.sort_by_cached_key(|row| find::fold(row.shown_title())),
            Order::Added => rows.sort_by_key(|row| core::cmp::Reverse(row.made())),
        }
        if self.reverse {
            rows.reverse();
        }
        rows.truncate(self.most.unwrap_or(usize::MAX));
        let named = rows.iter().zip(person::others(&holder, &rows));
        let row = |(row, names_other)| Row { names_other, ..Row::of(&client, row, &versions) };
        let shape = Shape { documents: named.map(row).collect(), fresh };
        let colours = cli.terminal.has_colours();
        cli.answer(&shape, |texts| table(texts, &client, &rows, &versions, colours))
    }
}

/// What somebody is called, in words also where nobody vouches for them and they have no name.
pub(crate) fn who(texts: &Texts, client: &Client, id: &AccountId) -> String {
    let unnamed = || match client.is_unattested(id) {
        true => say!(texts, "somebody-unattested", id = client.name_of(id)),
        false => say!(texts, "somebody-unknown", id = client.name_of(id)),
    };
    client.known_name(id).unwrap_or_else(unnamed)
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
    let depositor = AccountId::from_bytes(*row.depositor.as_bytes());
    let mine = depositor == client.account.id();
    let elsewhere = Some(row.vault) != client.profile.vault;
    let by = match (&row.written_by, mine) {
        // A reader is not told what the holder has accepted: who put it there stands beside who is said to have written it.
        (Some(name), false) if elsewhere => {
            let depositor = who(texts, client, &depositor);
            say!(texts, "written-and-deposited", name = shown::name(name), depositor = depositor)
        }
        (Some(name), _) => shown::name(name),
        (None, true) => String::new(),
        (None, false) => who(texts, client, &depositor),
    };
    let mut mark = if row.waiting { format!(" [{}]", say!(texts, "to-accept")) } else { String::new() };
    // The day beside it would else be taken for the document's.
    if row.when().is_empty() {
        mark.push_str(&format!(" [{}]", say!(texts, "undated")));
    }
    if let Some(newer) = versions.newer(&row.entry).first() {
        mark.push_str(&format!(" [{}]", say!(texts, "newer-there", document = newer.document.as_str())));
    }
    let (faint, bold, end) = if colours { ("\x1b[2m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let day = when::shown_day(row.date(), language);
    let title = title::title(texts, row);
    format!("{faint}{}{end}  {day}  {bold}{title}{end}{mark}  {faint}{by}{end}", find::short(row))
        .trim_end()
        .to_owned()
}
