//! `carnet search`: documents by their words, on this device alone.

use carnet_core::wire::id::VaultId;
use serde::Serialize;

use super::list::{self, Row};
use super::versions::Versions;
use crate::cli::Cli;
use crate::client::{Client, Held};
use crate::local::CatalogueRow;
use crate::screen::harmless_line;
use crate::terminal::stage::Unit;
use crate::{Failure, say};

/// Finds documents by words of their titles, texts, codes and dates.
#[derive(Debug, clap::Args)]
pub struct Search {
    /// The words, all of which are in what is found; accents and capitals do not matter
    #[arg(required = true)]
    words: Vec<String>,
    /// Does not ask the server what is new
    #[arg(long)]
    offline: bool,
    /// At most so many
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 50)]
    most: usize,
}

#[derive(Serialize)]
struct Shape {
    found: Vec<Found>,
    /// How many there are in all.
    total: usize,
    /// How many documents are found by their descriptions only, because their contents are not here yet.
    waiting: usize,
    /// Whether the server was asked.
    fresh: bool,
}

#[derive(Serialize)]
struct Found {
    #[serde(flatten)]
    row: Row,
    context: String,
}

impl Search {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-vault`; what the records say.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, fresh) = super::fresh_vault(cli, &mut client, self.offline)?;
        let waiting = client.unindexed(&vault)?;
        if waiting > 0 {
            let held = client.own_vault()?;
            index(cli, &mut client, &held, !fresh, waiting)?;
        }
        let waiting = client.unindexed(&vault)?;
        let words = self.words.join(" ");
        let hits = client.search(&vault, &words)?;
        let total = hits.len();
        let mut rows: Vec<CatalogueRow> = Vec::new();
        let mut contexts: Vec<String> = Vec::new();
        for hit in hits.iter().take(self.most) {
            // Gone since the index was made.
            let Ok(row) = client.listed(&vault, &hit.entry) else { continue };
            contexts.push(harmless_line(&client.around(&vault, hit, &words)?));
            rows.push(row);
        }
        let versions = versions(&client, &vault, &rows)?;
        let found = rows.iter().zip(contexts);
        let found =
            found.map(|(row, context)| Found { row: Row::of(&client, row, &versions), context }).collect();
        let shape = Shape { found, total, waiting, fresh };
        let colours = cli.terminal.has_colours();
        cli.answer(&shape, |texts| {
            if rows.is_empty() {
                return say!(texts, "nothing-found");
            }
            let mut lines = Vec::new();
            for (row, found) in rows.iter().zip(&shape.found) {
                lines.push(list::line(texts, &client, row, &versions, colours));
                if !found.context.is_empty() {
                    lines.push(format!("          {}", found.context));
                }
            }
            if total > self.most {
                lines.push(say!(texts, "found-more", count = total.saturating_sub(self.most)));
            }
            if waiting > 0 {
                lines.push(say!(texts, "not-indexed", count = waiting));
            }
            lines.join("\n")
        })
    }
}

/// Who replaces whom among what was found. The whole catalogue is read only where something that was found says so itself: what it
/// replaces may be anything else.
fn versions(client: &Client, vault: &VaultId, found: &[CatalogueRow]) -> Result<Versions, Failure> {
    if found.iter().any(CatalogueRow::relates) {
        return Ok(Versions::of(&client.catalogue(vault)?));
    }
    let mut rows = client.relating(vault)?;
    if rows.is_empty() {
        return Ok(Versions::default());
    }
    rows.extend_from_slice(found);
    rows.sort_by_key(|row| core::cmp::Reverse((row.date_key(), row.entry)));
    Ok(Versions::of(&rows))
}

/// Brings the index up to date, with a bar.
pub(crate) fn index(
    cli: &mut Cli<'_>,
    client: &mut Client,
    held: &Held,
    offline: bool,
    count: usize,
) -> Result<(), Failure> {
    let bar = cli.terminal.progress(count as u64, &say!(cli.texts, "indexing"), Unit::Things);
    let done = client.index(held, offline, &|| bar.inc(1));
    bar.finish_and_clear();
    done.map(|_| ())
}
