//! `carnet revoke`: what was shared is taken back; with `--reseal`, under new keys too.

use std::collections::BTreeSet;

use carnet_core::step::ClaimedGrant;
use carnet_core::wire::id::{EntryId, ReaderId};
use carnet_core::wire::statement::{Revoke as Body, Revoked};
use serde::Serialize;

use super::{carry, find};
use crate::cli::Cli;
use crate::client::circles::members;
use crate::client::{Client, Held};
use crate::{Failure, say};

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
}

#[derive(Serialize)]
struct Shape {
    from: String,
    documents: Vec<String>,
    standing_access_ended: usize,
    resealed: usize,
}

impl Revoke {
    /// Runs the command.
    ///
    /// # Errors
    /// `person-unknown`, `document-unknown`; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let person = find::person(&client, &self.from)?;
        let reader = ReaderId::from_bytes(*person.account.as_bytes());
        let rows = client.catalogue(&held.vault.id())?;
        let mut wanted = Vec::new();
        for name in &self.documents {
            wanted.push(find::document(&rows, name)?);
        }
        let live = client.live_grants(&mut held)?;
        let could_read: BTreeSet<EntryId> = match wanted.is_empty() {
            false => wanted.iter().map(|row| row.entry).collect(),
            true => readable(&mut client, &mut held, &live, &reader)?.into_iter().collect(),
        };
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
        let mut resealed = 0_usize;
        if self.reseal {
            let documents: Vec<_> = rows.iter().filter(|row| could_read.contains(&row.entry)).collect();
            let bar = cli.terminal.progress(documents.len() as u64, &say!(cli.texts, "resealing"), false);
            for row in documents {
                reseal(&mut client, &mut held, &row.entry)?;
                resealed = resealed.saturating_add(1);
                bar.inc(1);
            }
            bar.finish_and_clear();
        }
        let shape = Shape {
            from: person.name.clone(),
            documents: wanted.iter().map(find::short).collect(),
            standing_access_ended: ended,
            resealed,
        };
        cli.answer(&shape, |texts| {
            let mut lines = vec![match shape.documents.is_empty() {
                true => say!(texts, "revoked-all", name = shape.from.as_str()),
                false => say!(texts, "revoked", name = shape.from.as_str(), count = shape.documents.len()),
            }];
            lines.push(match self.reseal {
                true => say!(texts, "resealed", count = shape.resealed),
                false => say!(texts, "revoked-hint", name = shape.from.as_str()),
            });
            lines.join("\n")
        })
    }
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

/// Seals a document's content again as its next version, under a fresh key, for everybody who may read it still.
fn reseal(client: &mut Client, held: &mut Held, entry: &EntryId) -> Result<(), Failure> {
    let opened = client.reopen(held, entry)?;
    let mut content = Vec::new();
    client.write_content(&opened, &held.vault.id(), None, &mut content)?;
    let readers = held.vault.readers_for(opened.item().class)?;
    let mut payload = Vec::new();
    let sealed = opened.reseal(content.as_slice(), &readers, &mut payload)?;
    client.deposit_small(held, vec![(sealed, payload)])?;
    carry::grants(client, held, entry)?;
    Ok(())
}
