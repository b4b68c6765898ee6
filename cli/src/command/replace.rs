//! `carnet replace`: a new version of a document. Who could read the one before reads the new one too, where the policy or a grant says so.

use std::path::PathBuf;

use carnet_core::document::Place;
use serde::Serialize;

use super::contents::Said;
use super::known::Lengths;
use super::walk::Walked;
use super::{add, find, when};
use crate::cli::Cli;
use crate::client::Carrying;
use crate::screen::harmless_line;
use crate::terminal::stage::Unit;
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
    /// What type of document it is, in words or as a LOINC code
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
}

#[derive(Serialize)]
struct Shape {
    document: String,
    version: u64,
    title: String,
    /// How many people were given this version by name, because they have an older one.
    given: usize,
}

impl Replace {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; `same-content` where the file is the version that is there, and everybody has it who should; what the server
    /// says. What was sealed lies in the spool, and what was deposited stays: the same command goes on with it.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let row = find::document(&client.catalogue(&held.vault.id())?, &self.document)?;
        let opened = client.reopen(&held, &row.entry)?;
        let kind = self.kind.as_deref().map(|words| add::kind(words, cli.texts.language())).transpose()?;
        let typed = kind.is_some();
        let said = Said {
            title: self.title.or_else(|| Some(row.title.clone())),
            date: self.date.as_deref().map(when::parse_moment).transpose()?,
            author: self.author,
            code: kind.or_else(|| row.codes.first().map(|code| (code.clone(), row.class))),
        };
        let walked = Walked::of(&[self.file])?;
        if let Some((_, failure)) = walked.unread.into_iter().next() {
            return Err(failure);
        }
        // A version is one content: of a folder nobody said which.
        let [found] = walked.found.as_slice() else { return Err(Failure::wrong("replace-one")) };
        let lengths = Lengths::of_one(row.len, client.drafted_lengths(&held.vault.id())?);
        let mut looked = found.look(&said, &lengths)?;
        let live = client.live_grants(&mut held)?;
        let mut carrying = Carrying::new(&live);
        if looked.item.digest == Some(row.content.into()) && !typed {
            // A command that was killed may have put it there, and not given it to everybody yet.
            let given = carrying.carry(&mut client, &mut held, &[row.entry])?;
            if given == 0 {
                return Err(Failure::wrong("same-content"));
            }
            client.sync()?;
            let shape =
                Shape { document: find::short(&row), version: row.version, title: row.title.clone(), given };
            return shape.answer(cli);
        }
        if !typed && looked.item.description.codes.is_empty() {
            // A guess stays one.
            looked.item.description.guess.clone_from(&row.guess);
        }
        // Who reads it by its kind changes only where the person says the kind.
        let class = if typed { looked.item.class } else { row.class };
        looked.item.place = Some(Place { class, ..opened.next_version() });
        looked.item.holder = opened.holder().clone();
        let title = looked.item.description.title.clone();
        let bar = cli.terminal.progress(found.work(), &say!(cli.texts, "replacing"), Unit::Bytes);
        let draft = found.draft(&client, &held, looked, &bar)?.into_draft();
        let deposited = client.deposit(&mut held, vec![draft], &|sent| bar.inc(sent))?;
        bar.finish_and_clear();
        let given = carrying.carry(&mut client, &mut held, &[row.entry])?;
        client.sync()?;
        client.sweep_spool()?;
        let version = deposited.first().map_or(0, |one| one.wanted.version);
        Shape { document: find::short(&row), version, title, given }.answer(cli)
    }
}

impl Shape {
    fn answer(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let shape = self;
        cli.answer(&shape, |texts| {
            let said = say!(
                texts,
                "replaced",
                document = shape.document.as_str(),
                version = shape.version,
                title = harmless_line(&shape.title)
            );
            match shape.given {
                0 => said,
                given => format!("{said}\n{}", say!(texts, "replaced-given", count = given)),
            }
        })
    }
}
