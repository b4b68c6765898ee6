//! `carnet history`: what was stated about a document, each under the server's receipt.

use carnet_core::wire::id::{AccountId, ActorId};
use carnet_core::wire::statement::{self, Accept, Delete, Deposit, Describe, Kind, Read, ReadMode, Revoke};
use serde::Serialize;

use super::{find, list, title, when};
use crate::cli::Cli;
use crate::client::{StatedRow, claimed};
use crate::{Failure, say};

/// Tells what happened to a document.
#[derive(Debug, clap::Args)]
pub struct History {
    /// The document: its short name, its id, or words of its title
    document: String,
    /// Does not ask the server what is new
    #[arg(long)]
    offline: bool,
}

#[derive(Serialize)]
struct Shape {
    document: String,
    title: String,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    number: u64,
    time: String,
    what: &'static str,
    who: String,
    /// The same in words, where they have no name.
    #[serde(skip)]
    said: String,
    version: Option<u64>,
    #[serde(skip)]
    accepted: u64,
}

impl History {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, _) = super::fresh_vault(cli, &mut client, self.offline)?;
        let row = find::document(&client.catalogue(&vault)?, &self.document)?;
        let rows = client.history(&vault)?;
        let events: Vec<Event> = rows
            .iter()
            .filter_map(|stated| {
                let (what, actor, version) = about(stated, &row.entry)?;
                let actor = AccountId::from_bytes(*actor.as_bytes());
                let (who, said) = (client.name_of(&actor), list::who(&cli.texts, &client, &actor));
                let (number, accepted) = (stated.number, stated.accepted);
                let time = when::iso(i64::try_from(accepted).unwrap_or_default());
                Some(Event { number, time, what, who, said, version, accepted })
            })
            .collect();
        let shape = Shape { document: find::short(&row), title: row.shown_title().to_owned(), events };
        let language = cli.texts.language();
        cli.answer(&shape, |texts| {
            let mut lines = vec![title::title(texts, &row)];
            for event in &shape.events {
                let time = when::minute(event.accepted, language);
                let version = event.version.unwrap_or(1);
                let id = format!("history-{}", event.what);
                let what = say!(texts, &id, who = event.said.as_str(), version = version);
                lines.push(format!("  {time}  {what}"));
            }
            lines.join("\n")
        })
    }
}

/// What a statement says of an entry: what was done, by whom, to which version.
pub(super) fn about(
    stated: &StatedRow,
    entry: &carnet_core::wire::id::EntryId,
) -> Option<(&'static str, ActorId, Option<u64>)> {
    let bytes = stated.bytes.as_ref()?;
    match statement::kind_of(bytes).ok()? {
        Kind::Deposit => {
            let body = claimed::<Deposit>(bytes)?;
            let item = body.items.iter().find(|item| item.entry == *entry)?;
            let what = if item.version == 1 { "deposit" } else { "version" };
            Some((what, body.context.actor, Some(item.version)))
        }
        Kind::Describe => {
            let body = claimed::<Describe>(bytes).filter(|body| body.entry == *entry)?;
            Some(("describe", body.context.actor, Some(body.version)))
        }
        Kind::Read => {
            let body = claimed::<Read>(bytes).filter(|body| body.entries.contains(entry))?;
            let what = if body.mode == ReadMode::Open { "open" } else { "list" };
            Some((what, body.context.actor, None))
        }
        Kind::Revoke => {
            let body = claimed::<Revoke>(bytes)?;
            let of_it = |revoked: &statement::Revoked| revoked.entry.is_none_or(|one| one == *entry);
            body.revoked.iter().any(of_it).then_some(("revoke", body.context.actor, None))
        }
        Kind::Delete => {
            let body = claimed::<Delete>(bytes).filter(|body| body.entries.contains(entry))?;
            Some(("delete", body.context.actor, None))
        }
        Kind::Accept => {
            let body = claimed::<Accept>(bytes).filter(|body| body.entries.contains(entry))?;
            Some(("accept", body.context.actor, None))
        }
        _ => None,
    }
}
