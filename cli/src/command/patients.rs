//! `carnet patients`, `carnet open`, `carnet deposit`: a professional's side. Each list and each opening is signed into the patient's journal.

use std::path::PathBuf;

use carnet_core::wire::id::{AccountId, VaultId};
use carnet_health::same_person::Person;
use serde::Serialize;

use super::added::{Added, LeftOut, Refused, left_out_lines};
use super::adding::is_of_the_file;
use super::contents::{Found, Said};
use super::get::name_of;
use super::known::Lengths;
use super::list::{self, Row};
use super::person::NamesOther;
use super::versions::Versions;
use super::walk::Walked;
use super::{contact, find, part_file, when};
use crate::cli::Cli;
use crate::client::{Client, Held};
use crate::local::{CatalogueRow, PersonRow};
use crate::terminal::stage::{Counted, Unit};
use crate::{Failure, say, shown};

/// Lists the patients who share something with you, and what is new.
#[derive(Debug, clap::Args)]
pub struct Patients {}

/// Lists what a patient shares with you, or opens a document of theirs.
#[derive(Debug, clap::Args)]
pub struct Open {
    /// The patient: a name of your address book, or a contact card
    patient: String,
    /// The document: its short name, its id, or words of its title
    document: Option<String>,
    /// Where it goes; - for the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only what is new since you last looked
    #[arg(long)]
    new: bool,
}

/// Deposits documents for a patient.
#[derive(Debug, clap::Args)]
pub struct Deposit {
    /// The patient: a name of your address book, or a contact card
    #[arg(long = "for", value_name = "PATIENT")]
    patient: String,
    /// Files, folders, or - for the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// When what it tells of happened
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// Its title
    #[arg(long)]
    title: Option<String>,
    /// What type of document it is, in words or as a LOINC code
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct PatientList {
    patients: Vec<Patient>,
}

#[derive(Serialize)]
struct Patient {
    name: String,
    account: String,
    vault: String,
    documents: usize,
    new: usize,
    last_visit: Option<String>,
}

#[derive(Serialize)]
struct Given {
    patient: String,
    documents: Vec<Row>,
}

#[derive(Serialize)]
struct OpenedShape {
    patient: String,
    document: String,
    file: String,
    bytes: u64,
}

#[derive(Serialize)]
struct Deposited {
    patient: String,
    documents: Vec<String>,
    /// Files that name another person than this patient. They are deposited all the same.
    names_other: Vec<Named>,
    refused: Vec<Refused>,
    left_out: Vec<LeftOut>,
    /// Whether nothing was done, and only said; `documents` are then titles.
    dry_run: bool,
}

/// A file that names another person.
#[derive(Serialize)]
struct Named {
    file: String,
    #[serde(flatten)]
    other: NamesOther,
}

impl Patients {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut patients = Vec::new();
        for vault in client.inbox()? {
            if client.profile.vault == Some(vault) {
                continue;
            }
            let Some(mut held) = given(client.visit(&vault))? else { continue };
            let visited = held.visited();
            let Some(rows) = given(client.list_given(&mut held))? else { continue };
            if rows.is_empty() {
                continue;
            }
            let new = rows.iter().filter(|row| is_new(row, visited)).count();
            let account = holder(&held);
            patients.push(Patient {
                name: account.map_or_else(|| vault.to_string(), |account| client.name_of(&account)),
                account: account.map(|account| account.to_string()).unwrap_or_default(),
                vault: vault.to_string(),
                documents: rows.len(),
                new,
                last_visit: visited.map(|time| when::iso(i64::try_from(time).unwrap_or_default())),
            });
        }
        patients.sort_by(|one, other| one.name.cmp(&other.name));
        let shape = PatientList { patients };
        cli.answer(&shape, |texts| {
            if shape.patients.is_empty() {
                return say!(texts, "no-patients");
            }
            let lines = shape.patients.iter().map(|patient| {
                say!(
                    texts,
                    "patient-line",
                    name = patient.name.as_str(),
                    documents = patient.documents,
                    new = patient.new
                )
            });
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}

impl Open {
    /// Runs the command.
    ///
    /// # Errors
    /// `person-unknown`, `absent` where nothing is shared, `document-unknown`; what the content says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, name) = patient(&mut client, &self.patient)?;
        let mut held = client.visit(&vault)?;
        let visited = held.visited();
        let mut rows = client.list_given(&mut held)?;
        let Some(document) = &self.document else {
            if self.new {
                rows.retain(|row| is_new(row, visited));
            }
            let versions = Versions::of(&rows);
            let documents = rows.iter().map(|row| Row::of(&client, row, &versions)).collect();
            let shape = Given { patient: name, documents };
            let colours = cli.terminal.has_colours();
            return cli.answer(&shape, |texts| list::table(texts, &client, &rows, &versions, colours));
        };
        let row = find::document(&rows, document)?;
        let output = self.output.unwrap_or_else(|| PathBuf::from(name_of(&row)));
        if output.as_os_str() == "-" {
            client.read_content(&mut held, &row.entry, cli.out)?;
            return Ok(());
        }
        let opened = part_file::write(&output, false, |file| {
            let bar = cli.terminal.progress(row.len, &say!(cli.texts, "writing"), Unit::Bytes);
            let opened = client.read_content(&mut held, &row.entry, &mut Counted::new(file, &bar));
            bar.finish_and_clear();
            opened
        })?;
        let shape = OpenedShape {
            patient: name,
            document: find::short(&row),
            file: output.display().to_string(),
            bytes: opened.content_len(),
        };
        cli.answer(&shape, |texts| {
            say!(texts, "opened", file = shape.file.as_str(), patient = shape.patient.as_str())
        })
    }
}

impl Deposit {
    /// Runs the command.
    ///
    /// # Errors
    /// `person-unknown`, `absent` where this account may not deposit there; `some-refused` where some files were, the others are there; what
    /// the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let code = self.kind.as_deref().map(super::kinds::code).transpose()?;
        let date = self.date.as_deref().map(when::parse_moment).transpose()?;
        let said = Said { title: self.title, date, author: None, code };
        let Walked { found, left_out, unread } = Walked::of(&self.files)?;
        let mut client = cli.client()?;
        let (vault, name) = patient(&mut client, &self.patient)?;
        let mut held = client.visit(&vault)?;
        // Whatever else lies in this vault: only what an earlier command left in the spool is looked for.
        let lengths = Lengths::of(&[], client.drafted_lengths(&vault)?, &[]);
        if self.dry_run {
            return preview(cli, name, &found, &said, &lengths);
        }
        let all = found.iter().map(Found::work).sum();
        let bar = cli.terminal.progress(all, &say!(cli.texts, "adding"), Unit::Bytes);
        let (mut drafts, mut answer, mut names_other) = (Vec::new(), Added::default(), Vec::new());
        left_out.iter().for_each(|(path, why)| answer.leave_out(path, why));
        for (path, failure) in &unread {
            answer.refuse(&cli.texts, path.display().to_string(), failure);
        }
        let person = Person::named(&name);
        for one in &found {
            let drafted = one.look(&said, &lengths).and_then(|looked| {
                let patient = looked.recognised.patient.as_ref();
                let other = patient.and_then(|patient| NamesOther::of(&person, patient));
                names_other.extend(other.map(|other| Named { file: one.shown_name(), other }));
                one.draft(&client, &held, looked, &bar)
            });
            match drafted {
                Ok(drafted) => drafts.push(drafted.into_draft()),
                // One that cannot be read keeps no other back.
                Err(failure) if is_of_the_file(&failure) => {
                    answer.refuse(&cli.texts, one.shown_name(), &failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        let deposited = match drafts.is_empty() {
            true => Ok(Vec::new()),
            false => client.deposit(&mut held, drafts, &|sent| bar.inc(sent)),
        };
        bar.finish_and_clear();
        // Whatever became of them: what lies in the spool for nothing fills the disk.
        let swept = client.sweep_spool();
        let deposited = deposited?;
        swept?;
        let shape = Deposited {
            patient: name,
            documents: deposited.iter().map(|one| one.wanted.entry.to_string()).collect(),
            names_other,
            refused: answer.refused,
            left_out: answer.left_out,
            dry_run: false,
        };
        cli.answer(&shape, |texts| {
            let count = shape.documents.len();
            let mut lines = vec![say!(texts, "deposited", count = count, patient = shape.patient.as_str())];
            for named in &shape.names_other {
                let said = named.other.line(texts);
                lines.push(say!(texts, "named", name = named.file.as_str(), text = said));
            }
            lines.extend(shape.refused.iter().flat_map(|one| one.lines(texts)));
            lines.extend(left_out_lines(texts, &shape.left_out));
            lines.join("\n")
        })?;
        match shape.refused.len() {
            0 => Ok(()),
            count => Err(Failure::coded("some-refused").with("count", count.to_string())),
        }
    }
}

/// What would be deposited: each file is looked at, and nothing is sealed or sent.
fn preview(
    cli: &mut Cli<'_>,
    patient: String,
    found: &[Found],
    said: &Said,
    lengths: &Lengths,
) -> Result<(), Failure> {
    let (mut documents, mut answer) = (Vec::new(), Added::default());
    for one in found {
        match one.look(said, lengths) {
            Ok(looked) => documents.push(looked.item.description.title),
            Err(failure) => answer.refuse(&cli.texts, one.shown_name(), &failure),
        }
    }
    let shape = Deposited {
        patient,
        documents,
        refused: answer.refused,
        names_other: Vec::new(),
        left_out: answer.left_out,
        dry_run: true,
    };
    cli.answer(&shape, |texts| {
        let mut lines: Vec<String> = shape.documents.iter().map(|title| shown::name(title)).collect();
        lines.extend(shape.refused.iter().flat_map(|one| one.lines(texts)));
        let count = shape.documents.len();
        lines.push(say!(texts, "would-deposit", count = count, patient = shape.patient.as_str()));
        lines.join("\n")
    })
}

/// The vault that a patient's name or card means. A card that is given is kept in the address book.
fn patient(client: &mut Client, named: &str) -> Result<(VaultId, String), Failure> {
    match find::person(client, named) {
        Ok(PersonRow { vault: Some(vault), name, .. }) => Ok((vault, name)),
        Ok(row) => {
            // Known without a card: whoever shares something stands in the inbox.
            for vault in client.inbox()? {
                if given(client.visit(&vault))?.is_some_and(|held| holder(&held) == Some(row.account)) {
                    return Ok((vault, row.name));
                }
            }
            Err(Failure::coded("absent"))
        }
        Err(failure) => {
            // A vault that was opened by letter has no holder yet, hence no card: its id is on the letter's copy.
            if let Some(vault) = contact::id(named) {
                return Ok((VaultId::from_bytes(vault), named.chars().take(12).collect()));
            }
            let Ok(card) = contact::read_card(named) else {
                // Whoever shares something and is not in the address book goes by the beginning of their account.
                for vault in client.inbox()? {
                    let Some(held) = given(client.visit(&vault))? else { continue };
                    let name = holder(&held).map(|account| client.name_of(&account)).unwrap_or_default();
                    if find::fold(&name) == find::fold(named) {
                        return Ok((vault, name));
                    }
                }
                return Err(failure);
            };
            if card.server.origin != client.log.origin {
                return Err(Failure::coded("card-elsewhere").with("server", card.server.url.as_str()));
            }
            let checked = client.check(&card.account)?;
            let name = card.name.as_ref().map_or_else(|| checked.name(), |name| name.as_str().to_owned());
            let mut row = client.remember(&checked, &name)?;
            row.vault = Some(card.vault);
            client.keep_person(&row)?;
            Ok((card.vault, name))
        }
    }
}

/// What is given; nothing where it is absent. Any other failure is one: a server that shows another past is not passed over.
fn given<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.code() == Some("absent") => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn holder(held: &Held) -> Option<AccountId> {
    held.vault.holder().map(|actor| AccountId::from_bytes(*actor.as_bytes()))
}

/// Whether an entry was made after the last visit.
fn is_new(row: &CatalogueRow, visited: Option<u64>) -> bool {
    visited.is_none_or(|time| row.made() > i64::try_from(time).unwrap_or(i64::MAX))
}
