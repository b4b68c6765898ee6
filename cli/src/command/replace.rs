//! `carnet replace`: a new version of a document. Who could read the one before reads the new one too, where the policy or a grant says so.

use std::path::PathBuf;

use serde::Serialize;

use super::contents::{self, Said};
use super::known::Lengths;
use super::{find, when};
use crate::cli::Cli;
use crate::{Failure, say};

/// Puts a new version in the place of a document.
#[derive(Debug, clap::Args)]
pub struct Replace {
    /// The document: its short name, its id, or words of its title
    document: String,
    /// The file with the new version, or - for the standard input
    file: PathBuf,
    /// When what it tells of happened
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// Its title
    #[arg(long)]
    title: Option<String>,
    /// Who wrote it
    #[arg(long)]
    author: Option<String>,
}

#[derive(Serialize)]
struct Shape {
    document: String,
    version: u64,
    title: String,
}

impl Replace {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; `same-content` where the file is the version that is there; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let row = find::document(&client.catalogue(&held.vault.id())?, &self.document)?;
        let opened = client.reopen(&held, &row.entry)?;
        let said = Said {
            title: self.title.or_else(|| Some(row.title.clone())),
            date: self.date.as_deref().map(when::parse_day).transpose()?,
            author: self.author,
            code: row.codes.first().map(|code| (code.clone(), row.class)),
        };
        let found = contents::find(&[self.file])?;
        let found = found.first().ok_or_else(|| Failure::wrong("nothing-to-add"))?;
        let mut looked = found.look(&said, &Lengths::only(row.len))?;
        if looked.item.digest == Some(row.content.into()) {
            return Err(Failure::wrong("same-content"));
        }
        looked.item.place = Some(opened.next_version());
        looked.item.holder = opened.holder().clone();
        let title = looked.item.description.title.clone();
        let draft = client.draft(&held, looked.item, found.open()?)?.into_draft();
        let deposited = client.deposit(&mut held, vec![draft], &|_| {})?;
        super::carry::grants(&mut client, &mut held, &row.entry)?;
        client.sync()?;
        let version = deposited.first().map_or(0, |one| one.wanted.version);
        let shape = Shape { document: find::short(&row), version, title };
        cli.answer(&shape, |texts| {
            say!(
                texts,
                "replaced",
                document = shape.document.as_str(),
                version = shape.version,
                title = shape.title.as_str()
            )
        })
    }
}
