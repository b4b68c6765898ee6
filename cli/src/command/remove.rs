//! `carnet rm`: documents removed for everybody. Headers, descriptions and contents go; that they were there stays in the history.

use carnet_core::authored::Sort;
use carnet_core::wire::statement::Delete;
use serde::Serialize;

use super::{find, title};
use crate::cli::Cli;
use crate::{Failure, say};

/// Removes documents.
#[derive(Debug, clap::Args)]
pub struct Remove {
    /// The documents: short names, ids, or words of their titles
    #[arg(required = true)]
    documents: Vec<String>,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Shape {
    removed: Vec<String>,
    /// Whether nothing was done, and only said.
    dry_run: bool,
}

impl Remove {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; `not-confirmed` where nobody said yes; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        remove(cli, &self.documents, None, self.dry_run)
    }
}

/// Removes entries, of one sort where that is asked for, once the person said yes.
pub(super) fn remove(
    cli: &mut Cli<'_>,
    documents: &[String],
    sort: Option<Sort>,
    dry_run: bool,
) -> Result<(), Failure> {
    let mut client = cli.client()?;
    let mut held = client.sync()?;
    let mut rows = client.catalogue(&held.vault.id())?;
    rows.retain(|row| sort.is_none_or(|sort| row.sort == sort));
    let mut wanted = Vec::new();
    for name in documents {
        wanted.push(find::document(&rows, name)?);
    }
    wanted.sort_by_key(|row| row.entry);
    wanted.dedup_by_key(|row| row.entry);
    if dry_run {
        let shape = Shape { removed: wanted.iter().map(find::short).collect(), dry_run };
        return cli.answer(&shape, |texts| {
            let line = |row: &crate::local::CatalogueRow| {
                say!(texts, "to-remove", document = find::short(row), title = title::title(texts, row))
            };
            let mut lines: Vec<String> = wanted.iter().map(line).collect();
            lines.push(say!(texts, "would-remove", count = shape.removed.len()));
            lines.join("\n")
        });
    }
    for row in &wanted {
        let said =
            say!(cli.texts, "to-remove", document = find::short(row), title = title::title(&cli.texts, row));
        cli.remark(&said);
    }
    if !cli.terminal.confirm(&cli.texts, &say!(cli.texts, "ask-remove", count = wanted.len())) {
        return Err(Failure::wrong("not-confirmed"));
    }
    let entries = wanted.iter().map(|row| row.entry).collect();
    let context = client.ruler(&held).context();
    client.rule(&mut held, Delete { context, entries })?;
    client.sync()?;
    let shape = Shape { removed: wanted.iter().map(find::short).collect(), dry_run };
    cli.answer(&shape, |texts| say!(texts, "removed", count = shape.removed.len()))
}
