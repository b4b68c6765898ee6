//! `carnet search`: documents by their words, on this device alone.

use carnet_core::wire::id::VaultId;
use carnet_health::marked::{Void, is_mark};
use serde::Serialize;

use super::list::{self, Row};
use super::versions::Versions;
use crate::cli::Cli;
use crate::client::{Client, Held};
use crate::local::CatalogueRow;
use crate::screen::harmless_line;
use crate::terminal::stage::Unit;
use crate::text::Texts;
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
            contexts.push(harmless_line(&said(&cli.texts, &client.around(&vault, hit, &words)?)));
            rows.push(row);
        }
        if fresh {
            client.look_up_depositors(&rows);
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

/// A line with words in the place of its marks: `[texte supprimé, ne vaut plus : …]`.
fn said(texts: &Texts, line: &str) -> String {
    let (mut said, mut open) = (String::with_capacity(line.len()), 0_usize);
    for c in line.chars() {
        match Void::of_mark(c) {
            Some(void) => {
                said.push_str(&format!("[{}\u{a0}: ", say!(texts, &format!("void-{}", void.name()))));
                open = open.saturating_add(1);
            }
            None if is_mark(c) => {
                let whole = said.trim_end().len();
                said.truncate(whole);
                said.extend(open.checked_sub(1).map(|_| ']'));
                open = open.saturating_sub(1);
            }
            // The mark brings its own space.
            None if c == ' ' && said.ends_with(' ') => {}
            None => said.push(c),
        }
    }
    said.extend(core::iter::repeat_n(']', open));
    said
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn what_does_not_hold_is_said_where_it_stands_in_the_line() {
        let (fr, en) = (Texts::of(Language::Fr), Texts::of(Language::En));
        assert_eq!(
            said(&fr, "Avant \u{fdd0} Pénicilline 3 g \u{fdef} après"),
            "Avant [texte supprimé, ne vaut plus\u{a0}: Pénicilline 3 g] après"
        );
        assert_eq!(said(&en, "\u{fdd2}…allergy…"), "[entered in error\u{a0}: …allergy…]");
        assert_eq!(said(&en, "a \u{fdef} b"), "a b");
        for texts in [fr, en] {
            for void in Void::ALL {
                assert!(texts.find(&format!("void-{}", void.name()), None, &[]).is_some(), "{void:?}");
            }
        }
    }
}
