//! `carnet revoke`: what was shared is taken back; with `--reseal`, under new keys too.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use carnet_core::step::ClaimedGrant;
use carnet_core::wire::id::{EntryId, ReaderId};
use carnet_core::wire::statement::{Revoke as Body, Revoked};
use serde::Serialize;

use super::find;
use crate::cli::Cli;
use crate::client::circles::members;
use crate::client::{Client, Held, Resealed};
use crate::local::{CatalogueRow, OldVersion};
use crate::screen::harmless_line;
use crate::stopped::Unfinished;
use crate::terminal::stage::Unit;
use crate::text::Texts;
use crate::{Failure, say, shown};

/// Takes shares back.
#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// The documents; everything where none is named
    documents: Vec<String>,
    /// From whom
    #[arg(long, value_name = "PERSON")]
    from: String,
    /// Seals what they could read under new keys: what they kept opens nothing that comes after
    #[arg(long)]
    reseal: bool,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
}

/// What would be taken back.
#[derive(Serialize)]
struct Would {
    from: String,
    documents: Vec<Named>,
    dry_run: bool,
}

#[derive(Serialize)]
struct Shape {
    from: String,
    documents: Vec<String>,
    standing_access_ended: usize,
    resealed: usize,
    resealed_documents: Vec<Named>,
    left: Vec<Left>,
    /// What could be read and is still under the keys of then, where nothing was to be sealed again.
    unsealed: usize,
}

#[derive(Serialize)]
struct Named {
    document: String,
    title: String,
}

/// A document that is still under the keys of then, and why.
#[derive(Serialize)]
struct Left {
    document: String,
    title: String,
    code: String,
    what: String,
    #[serde(rename = "do")]
    remedy: String,
}

impl Revoke {
    /// Runs the command.
    ///
    /// # Errors
    /// `person-unknown`, `document-unknown`; `reseal-partly` where some documents were not sealed again; what the server says. What was
    /// done stays done: the same command goes on with it.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let vault = held.vault.id();
        let person = find::person(&client, &self.from)?;
        let reader = ReaderId::from_bytes(*person.account.as_bytes());
        let rows = client.catalogue(&vault)?;
        let mut wanted = Vec::new();
        for name in &self.documents {
            wanted.push(find::document(&rows, name)?);
        }
        let live = client.live_grants(&mut held)?;
        let could_read: BTreeSet<EntryId> = match wanted.is_empty() {
            false => wanted.iter().map(|row| row.entry).collect(),
            true => readable(&mut client, &mut held, &live, &reader)?.into_iter().collect(),
        };
        if self.dry_run {
            let could_read: Vec<EntryId> = could_read.into_iter().collect();
            let documents: Vec<Named> = named(&rows, &could_read).collect();
            let shape = Would { from: person.name.clone(), documents, dry_run: true };
            return cli.answer(&shape, |texts| {
                let line = |one: &Named| {
                    say!(texts, "to-remove", document = one.document.as_str(), title = one.title.as_str())
                };
                let mut lines: Vec<String> = shape.documents.iter().map(line).collect();
                let (name, count) = (shape.from.as_str(), shape.documents.len());
                lines.push(say!(texts, "would-revoke", name = name, count = count));
                lines.join("\n")
            });
        }
        // Noted before it is taken back: afterwards nothing tells of it, and this command may be killed.
        let old = rows.iter().filter(|row| could_read.contains(&row.entry));
        client.note_unsealed(&vault, &reader, old.map(old_version))?;
        // Circles first: their keys change while the one who leaves is still named, so that nobody else is left out.
        let mut ended = 0_usize;
        if wanted.is_empty() {
            for (circle, _) in client.circles(&mut held)? {
                let Some(key_entry) = held.vault.circle_key_entry(&circle) else { continue };
                if members(&live, &key_entry.entry).any(|grant| grant.leaf.reader == reader) {
                    client.remove_member(&mut held, &circle, &reader, &live)?;
                    ended = ended.saturating_add(1);
                }
            }
        }
        let revoked = match wanted.is_empty() {
            true => vec![Revoked { reader, entry: None }],
            false => wanted.iter().map(|row| Revoked { reader, entry: Some(row.entry) }).collect(),
        };
        let context = client.ruler(&held).context();
        client.rule(&mut held, Body { context, revoked })?;
        client.sync_vault(&mut held)?;
        let mut old = client.unsealed(&vault, &reader)?;
        old.retain(|one| wanted.is_empty() || could_read.contains(&one.entry));
        let resealed = match self.reseal {
            true => Some(reseal(cli, &mut client, &mut held, &reader, &old)?),
            false => None,
        };
        let shape = Shape {
            from: person.name.clone(),
            documents: wanted.iter().map(find::short).collect(),
            standing_access_ended: ended,
            resealed: resealed.as_ref().map_or(0, |resealed| resealed.done.len()),
            resealed_documents: resealed.iter().flat_map(|resealed| named(&rows, &resealed.done)).collect(),
            left: resealed.iter().flat_map(|resealed| left(&cli.texts, &rows, resealed)).collect(),
            unsealed: if self.reseal { 0 } else { old.len() },
        };
        cli.answer(&shape, |texts| text(texts, &shape, self.reseal))?;
        match shape.left.len() {
            0 => Ok(()),
            count => Err(Failure::coded("reseal-partly")
                .with("count", count.to_string())
                .with("name", shown::shell_word(&harmless_line(&person.name)))),
        }
    }
}

fn text(texts: &Texts, shape: &Shape, reseal: bool) -> String {
    let mut lines = vec![match shape.documents.is_empty() {
        true => say!(texts, "revoked-all", name = shape.from.as_str()),
        false => say!(texts, "revoked", name = shape.from.as_str(), count = shape.documents.len()),
    }];
    match reseal {
        false => lines.push(say!(texts, "revoked-hint", name = shape.from.as_str())),
        true => {
            let nothing = shape.resealed == 0 && shape.left.is_empty();
            lines.push(match nothing {
                true => say!(texts, "resealed-nothing", name = shape.from.as_str()),
                false => say!(texts, "resealed", count = shape.resealed),
            });
            for one in &shape.resealed_documents {
                lines.push(say!(
                    texts,
                    "resealed-line",
                    document = one.document.as_str(),
                    title = harmless_line(&one.title)
                ));
            }
        }
    }
    if !shape.left.is_empty() {
        lines.push(say!(texts, "reseal-left", count = shape.left.len()));
        for one in &shape.left {
            lines.push(say!(
                texts,
                "reseal-left-line",
                document = one.document.as_str(),
                title = harmless_line(&one.title),
                what = one.what.as_str()
            ));
            lines.push(format!("    {}", one.remedy));
        }
    }
    if shape.unsealed > 0 {
        lines.push(say!(texts, "revoked-unsealed", count = shape.unsealed));
    }
    lines.join("\n")
}

/// Seals again what a reader could read, with a bar.
fn reseal(
    cli: &Cli<'_>,
    client: &mut Client,
    held: &mut Held,
    reader: &ReaderId,
    old: &[OldVersion],
) -> Result<Resealed, Failure> {
    if old.is_empty() {
        return Ok(Resealed::default());
    }
    let live = client.live_grants(held)?;
    let bar = cli.terminal.progress(old.len() as u64, &say!(cli.texts, "resealing"), Unit::Things);
    let done = Arc::new(AtomicU64::new(0));
    let _told = Unfinished::told("stopped-reseal", &done);
    let resealed = client.reseal(held, reader, old, &live, &|| {
        bar.inc(1);
        done.fetch_add(1, Ordering::Relaxed);
    });
    bar.finish_and_clear();
    client.sweep_spool()?;
    resealed
}

fn old_version(row: &CatalogueRow) -> OldVersion {
    OldVersion { entry: row.entry, version: row.version }
}

fn named<'a>(rows: &'a [CatalogueRow], entries: &'a [EntryId]) -> impl Iterator<Item = Named> + 'a {
    entries.iter().map(|entry| Named { document: short(rows, entry), title: title(rows, entry) })
}

fn left<'a>(
    texts: &'a Texts,
    rows: &'a [CatalogueRow],
    resealed: &'a Resealed,
) -> impl Iterator<Item = Left> + 'a {
    resealed.left.iter().map(|(entry, failure)| {
        let (what, remedy) = failure.lines(texts);
        let code = failure.code().unwrap_or_default().to_owned();
        Left { document: short(rows, entry), title: title(rows, entry), code, what, remedy }
    })
}

fn short(rows: &[CatalogueRow], entry: &EntryId) -> String {
    rows.iter().find(|row| row.entry == *entry).map_or_else(|| entry.to_string(), find::short)
}

fn title(rows: &[CatalogueRow], entry: &EntryId) -> String {
    rows.iter().find(|row| row.entry == *entry).map(|row| row.shown_title().to_owned()).unwrap_or_default()
}

/// The entries that a reader can read now: by name, and through circles.
pub(crate) fn readable(
    client: &mut Client,
    held: &mut Held,
    live: &[ClaimedGrant],
    reader: &ReaderId,
) -> Result<Vec<EntryId>, Failure> {
    let mut as_readers = BTreeSet::from([*reader]);
    for (circle, _) in client.circles(held)? {
        let Some(key_entry) = held.vault.circle_key_entry(&circle) else { continue };
        if members(live, &key_entry.entry).any(|grant| grant.leaf.reader == *reader) {
            as_readers.insert(circle);
        }
    }
    let mut entries: Vec<EntryId> = live
        .iter()
        .filter(|grant| {
            as_readers.contains(&grant.leaf.reader) && !held.vault.is_key_entry(&grant.leaf.entry)
        })
        .map(|grant| grant.leaf.entry)
        .collect();
    entries.sort_unstable();
    entries.dedup();
    Ok(entries)
}
