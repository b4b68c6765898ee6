//! `carnet accept` and `carnet refuse`: first deposits of people whom the patient has never met.

use std::collections::BTreeMap;

use carnet_core::wire::id::{AccountId, EntryId, StatementHash};
use carnet_core::wire::statement::Accept as Body;
use carnet_health::same_person::Person;
use serde::Serialize;

use super::list::Row;
use super::person;
use super::versions::Versions;
use super::{find, list};
use crate::cli::Cli;
use crate::client::Client;
use crate::local::CatalogueRow;
use crate::{Failure, say};

/// Accepts what somebody new has deposited; lists it where nothing is named.
#[derive(Debug, clap::Args)]
pub struct Accept {
    /// The documents: short names, ids, or words of their titles
    #[arg(id = "waiting", value_name = "DOCUMENTS")]
    documents: Vec<String>,
    /// Everything that waits
    #[arg(long, conflicts_with = "waiting")]
    all: bool,
}

/// Refuses what somebody new has deposited: it is removed.
#[derive(Debug, clap::Args)]
pub struct Refuse {
    /// The documents: short names, ids, or words of their titles
    #[arg(id = "waiting", value_name = "DOCUMENTS", required = true)]
    documents: Vec<String>,
}

#[derive(Serialize)]
struct Shape {
    waiting: Vec<Row>,
    accepted: Vec<String>,
    refused: Vec<String>,
}

impl Accept {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let only_shows = self.documents.is_empty() && !self.all;
        let waiting = match waiting(&mut client) {
            answered if only_shows => match super::if_there(cli, answered)? {
                Some(waiting) => waiting,
                None => known_waiting(&client)?,
            },
            answered => answered?,
        };
        let wanted = match self.all {
            true => waiting.clone(),
            false => named(&waiting, &self.documents)?,
        };
        if wanted.is_empty() {
            client.look_up_depositors(&waiting);
            let colours = cli.terminal.has_colours();
            let holder = Person::named(&client.profile.name);
            let none = Versions::default();
            let named = waiting.iter().zip(person::others(&holder, &waiting));
            let row = |(row, names_other)| Row { names_other, ..Row::of(&client, row, &none) };
            let rows = named.map(row).collect();
            let shape = Shape { waiting: rows, accepted: Vec::new(), refused: Vec::new() };
            return cli.answer(&shape, |texts| match waiting.is_empty() {
                true => say!(texts, "nothing-waits"),
                false => list::table(texts, &client, &waiting, &Versions::default(), colours),
            });
        }
        // Of each deposit, what is not named stays: it is accepted along, since its author is known from now on.
        settle(&mut client, &waiting, &wanted, &[])?;
        let accepted: Vec<String> = wanted.iter().map(find::short).collect();
        let shape = Shape { waiting: Vec::new(), accepted, refused: Vec::new() };
        cli.answer(&shape, |texts| say!(texts, "accepted", count = shape.accepted.len()))
    }
}

impl Refuse {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let waiting = waiting(&mut client)?;
        let refused = named(&waiting, &self.documents)?;
        settle(&mut client, &waiting, &[], &refused)?;
        let refused: Vec<String> = refused.iter().map(find::short).collect();
        let shape = Shape { waiting: Vec::new(), accepted: Vec::new(), refused };
        cli.answer(&shape, |texts| say!(texts, "refused", count = shape.refused.len()))
    }
}

fn waiting(client: &mut Client) -> Result<Vec<CatalogueRow>, Failure> {
    client.sync()?;
    known_waiting(client)
}

/// What waited when the server was last asked.
fn known_waiting(client: &Client) -> Result<Vec<CatalogueRow>, Failure> {
    let vault = client.profile.vault.ok_or_else(|| Failure::coded("no-vault"))?;
    let mut rows = client.catalogue(&vault)?;
    rows.retain(|row| row.waiting);
    Ok(rows)
}

fn named(waiting: &[CatalogueRow], names: &[String]) -> Result<Vec<CatalogueRow>, Failure> {
    names.iter().map(|name| find::document(waiting, name)).collect()
}

/// One statement a deposit: its entries that are accepted; the others are deleted.
fn settle(
    client: &mut Client,
    waiting: &[CatalogueRow],
    accepted: &[CatalogueRow],
    refused: &[CatalogueRow],
) -> Result<(), Failure> {
    let mut deposits: BTreeMap<StatementHash, Vec<EntryId>> = BTreeMap::new();
    for row in accepted.iter().chain(refused) {
        deposits.entry(row.deposit).or_default();
    }
    for row in waiting {
        if let Some(entries) = deposits.get_mut(&row.deposit)
            && refused.iter().all(|one| one.entry != row.entry)
        {
            entries.push(row.entry);
        }
    }
    let mut held = client.enter_own()?;
    for (deposit, entries) in deposits {
        let context = client.ruler(&held).context();
        client.rule(&mut held, Body { context, deposit, entries })?;
    }
    for row in accepted {
        let account = AccountId::from_bytes(*row.depositor.as_bytes());
        let checked = client.check(&account)?;
        if checked.known.is_none() {
            let name = checked.name();
            client.remember(&checked, &name)?;
        }
    }
    client.sync()?;
    Ok(())
}
