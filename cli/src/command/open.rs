//! `carnet open`: what a patient shares with a professional. Each list and each opening is signed into the patient's journal.

use std::path::PathBuf;

use carnet_health::same_person::Person;
use serde::Serialize;

use super::get::name_of;
use super::list::{self, Row};
use super::patients::{is_new, patient};
use super::show::{self, Opening};
use super::versions::Versions;
use super::{find, inside, part_file};
use crate::cli::Cli;
use crate::terminal::stage::{Counted, Unit};
use crate::{Failure, say};

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
    /// Shows it here, as carnet show does, and writes no file
    #[arg(long, requires = "document", conflicts_with_all = ["output", "inside"])]
    show: bool,
    /// Writes out a file inside the document: its number, as `carnet show` tells it
    #[arg(long, value_name = "N", requires = "document")]
    inside: Option<usize>,
    /// Only what is new since you last looked
    #[arg(long)]
    new: bool,
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
        if self.show || self.inside.is_some() {
            // What is looked at is read under a statement too, and stands in the patient's journal.
            let (read, opened) = client.open_given(&mut held, &row.entry)?;
            let content = client.content(&opened, &vault, Some(read), show::MOST_SHOWN);
            if let Some(number) = self.inside {
                return inside::write(cli, &row, &content?, number, self.output, false);
            }
            let (holder, patient) = (Person::named(&name), Some(self.patient.as_str()));
            let opening =
                Opening { row: &row, rows: &rows, opened: &opened, content, holder: &holder, patient };
            return opening.tell(cli, &client);
        }
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
