//! `carnet patients`: who shares something with a professional, and what a patient's name means. Each list is signed into the patient's
//! journal.

use carnet_core::wire::id::{AccountId, VaultId};
use serde::Serialize;

use super::{contact, find, when};
use crate::cli::Cli;
use crate::client::{Client, Held};
use crate::local::{CatalogueRow, PersonRow};
use crate::{Failure, say};

/// Lists the patients who share something with you, and what is new.
#[derive(Debug, clap::Args)]
pub struct Patients {}

#[derive(Serialize)]
struct PatientList {
    patients: Vec<Patient>,
}

#[derive(Serialize)]
struct Patient {
    name: String,
    account: String,
    vault: String,
    documents: usize,
    new: usize,
    last_visit: Option<String>,
}

impl Patients {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut patients = Vec::new();
        for vault in client.inbox()? {
            if client.profile.vault == Some(vault) {
                continue;
            }
            let Some(mut held) = given(client.visit(&vault))? else { continue };
            let visited = held.visited();
            let Some(rows) = given(client.list_given(&mut held))? else { continue };
            if rows.is_empty() {
                continue;
            }
            let new = rows.iter().filter(|row| is_new(row, visited)).count();
            let account = holder(&held);
            patients.push(Patient {
                name: account.map_or_else(|| vault.to_string(), |account| client.name_of(&account)),
                account: account.map(|account| account.to_string()).unwrap_or_default(),
                vault: vault.to_string(),
                documents: rows.len(),
                new,
                last_visit: visited.map(|time| when::iso(i64::try_from(time).unwrap_or_default())),
            });
        }
        patients.sort_by(|one, other| one.name.cmp(&other.name));
        let shape = PatientList { patients };
        cli.answer(&shape, |texts| {
            if shape.patients.is_empty() {
                return say!(texts, "no-patients");
            }
            let lines = shape.patients.iter().map(|patient| {
                say!(
                    texts,
                    "patient-line",
                    name = patient.name.as_str(),
                    documents = patient.documents,
                    new = patient.new
                )
            });
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}

/// The vault that a patient's name or card means. A card that is given is kept in the address book.
pub(super) fn patient(client: &mut Client, named: &str) -> Result<(VaultId, String), Failure> {
    match find::person(client, named) {
        Ok(PersonRow { vault: Some(vault), name, .. }) => Ok((vault, name)),
        Ok(row) => {
            // Known without a card: whoever shares something stands in the inbox.
            for vault in client.inbox()? {
                if given(client.visit(&vault))?.is_some_and(|held| holder(&held) == Some(row.account)) {
                    return Ok((vault, row.name));
                }
            }
            Err(Failure::coded("absent"))
        }
        Err(failure) => {
            // A vault that was opened by letter has no holder yet, hence no card: its id is on the letter's copy.
            if let Some(vault) = contact::id(named) {
                return Ok((VaultId::from_bytes(vault), named.chars().take(12).collect()));
            }
            let Ok(card) = contact::read_card(named) else {
                // Whoever shares something and is not in the address book goes by the beginning of their account.
                for vault in client.inbox()? {
                    let Some(held) = given(client.visit(&vault))? else { continue };
                    let name = holder(&held).map(|account| client.name_of(&account)).unwrap_or_default();
                    if find::fold(&name) == find::fold(named) {
                        return Ok((vault, name));
                    }
                }
                return Err(failure);
            };
            if card.server.origin != client.log.origin {
                return Err(Failure::coded("card-elsewhere").with("server", card.server.url.as_str()));
            }
            let checked = client.check(&card.account)?;
            let name = card.name.as_ref().map_or_else(|| checked.name(), |name| name.as_str().to_owned());
            let mut row = client.remember(&checked, &name)?;
            row.vault = Some(card.vault);
            client.keep_person(&row)?;
            Ok((card.vault, name))
        }
    }
}

/// What is given; nothing where it is absent. Any other failure is one: a server that shows another past is not passed over.
fn given<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.code() == Some("absent") => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn holder(held: &Held) -> Option<AccountId> {
    held.vault.holder().map(|actor| AccountId::from_bytes(*actor.as_bytes()))
}

/// Whether an entry was made after the last visit.
pub(super) fn is_new(row: &CatalogueRow, visited: Option<u64>) -> bool {
    visited.is_none_or(|time| row.made() > i64::try_from(time).unwrap_or(i64::MAX))
}
