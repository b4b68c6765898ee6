//! `carnet deposit`: documents that a professional puts into a patient's vault.

use std::path::PathBuf;
use std::sync::Arc;

use carnet_health::same_person::Person;
use serde::Serialize;

use super::added::{Added, LeftOut, Refused, left_out_lines};
use super::adding::is_of_the_file;
use super::contents::{Found, Said};
use super::known::Lengths;
use super::patients::patient;
use super::person::NamesOther;
use super::walk::Walked;
use super::when;
use crate::cli::Cli;
use crate::client::{Client, Trust};
use crate::stopped::Unfinished;
use crate::terminal::stage::Unit;
use crate::{Failure, say, shown};

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

impl Deposit {
    /// Runs the command.
    ///
    /// # Errors
    /// `person-unknown`; `deposit-not-attested`, `deposit-attestation-ended` and `deposit-not-taken` where this account may not deposit
    /// there; `some-refused` where some files were, the others are there; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let code = self.kind.as_deref().map(super::kinds::code).transpose()?;
        let date = self.date.as_deref().map(when::parse_moment).transpose()?;
        let said = Said { title: self.title, date, author: None, code };
        let walked = Walked::of(&self.files)?;
        let mut client = cli.client()?;
        let (said, dry_run) = (&said, self.dry_run);
        match deposit(cli, &mut client, &self.patient, said, walked, dry_run) {
            Err(failure) if failure.code() == Some("absent") => {
                Err(refusal(&mut client, &self.patient, failure))
            }
            done => done,
        }
    }
}

fn deposit(
    cli: &mut Cli<'_>,
    client: &mut Client,
    named: &str,
    said: &Said,
    walked: Walked,
    dry_run: bool,
) -> Result<(), Failure> {
    let Walked { found, left_out, unread } = walked;
    let (vault, name) = patient(client, named)?;
    let mut held = client.visit(&vault)?;
    // Whatever else lies in this vault: only what an earlier command left in the spool is looked for.
    let lengths = Lengths::of(&[], client.drafted_lengths(&vault)?, &[]);
    if dry_run {
        return preview(cli, name, &found, said, &lengths);
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
        let drafted = one.look(said, &lengths).and_then(|looked| {
            let patient = looked.recognised.patient.as_ref();
            let other = patient.and_then(|patient| NamesOther::of(&person, patient));
            names_other.extend(other.map(|other| Named { file: one.shown_name(), other }));
            one.draft(client, &held, looked, &bar)
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
    let _told = Unfinished::told("stopped-deposit", &Arc::default());
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

/// Why nothing was taken. To whom a vault does not open the server gives one answer for every reason; whether this account is attested
/// can be seen from here, and stands before all others.
fn refusal(client: &mut Client, named: &str, failure: Failure) -> Failure {
    let own = client.account.id();
    match client.check(&own).map(|checked| checked.trust) {
        Ok(Trust::Attested(_)) => Failure::coded("deposit-not-taken").with("person", named),
        Ok(Trust::Ended(_)) => Failure::coded("deposit-attestation-ended"),
        Ok(Trust::Unknown) => Failure::coded("deposit-not-attested"),
        Err(_) => failure,
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
