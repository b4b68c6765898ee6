//! `carnet contact`: the own contact card, and the address book.

use std::path::PathBuf;

use carnet_core::contact_card::{ContactCard, DisplayName};
use carnet_core::wire::id::AccountId;
use serde::Serialize;

use super::find;
use crate::cli::Cli;
use crate::local::PersonRow;
use crate::screen::whole_code;
use crate::{Failure, say, shown};

/// Shows the own contact card, and keeps the address book.
#[derive(Debug, clap::Subcommand)]
pub enum Contact {
    /// Shows your contact card: who has it can deposit for you, once attested, and nothing else
    Card(Card),
    /// Adds somebody's contact card to your address book
    Add(Add),
    /// Lists your address book
    List(List),
    /// Names somebody of your address book, or an account
    Name(Name),
}

/// Shows your contact card.
#[derive(Debug, clap::Args)]
pub struct Card {
    /// Leaves your name out
    #[arg(long)]
    anonymous: bool,
}

/// Adds somebody's contact card to your address book.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// The card: its text, or a file with it
    card: String,
    /// What they are called here
    #[arg(long)]
    name: Option<String>,
}

/// Lists your address book.
#[derive(Debug, clap::Args)]
pub struct List {}

/// Names somebody.
#[derive(Debug, clap::Args)]
pub struct Name {
    /// Whom: a name, or an account's id
    person: String,
    /// The new name
    name: String,
}

#[derive(Serialize)]
struct Shown {
    card: String,
}

#[derive(Serialize)]
struct Book {
    people: Vec<Person>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) vault: Option<String>,
    pub(crate) rpps: Option<String>,
    pub(crate) profession: Option<String>,
    pub(crate) town: Option<String>,
}

impl Person {
    pub(crate) fn of(row: &PersonRow) -> Self {
        let attested = row.attested.as_ref();
        Self {
            name: row.name.clone(),
            account: row.account.to_string(),
            vault: row.vault.map(|vault| vault.to_string()),
            rpps: attested.map(|one| one.practitioner.rpps.clone()),
            profession: attested.map(|one| one.practitioner.profession.clone()),
            town: attested.and_then(|one| one.practitioner.town.clone()),
        }
    }
}

impl Contact {
    /// Runs the command.
    ///
    /// # Errors
    /// As each says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        match self {
            Self::Card(card) => card.run(cli),
            Self::Add(add) => add.run(cli),
            Self::List(list) => list.run(cli),
            Self::Name(name) => name.run(cli),
        }
    }
}

impl Card {
    fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let client = cli.client()?;
        let vault = client.profile.vault.ok_or_else(|| Failure::coded("no-vault"))?;
        let name = (!self.anonymous).then(|| DisplayName::parse(&client.profile.name)).flatten();
        let card =
            ContactCard { server: client.server_address()?, vault, account: client.account.id(), name };
        let shape = Shown { card: card.code().to_string() };
        let screen = cli.terminal.has_colours();
        cli.answer(&shape, |texts| {
            let mut lines = Vec::new();
            if screen {
                lines.push(say!(texts, "card-explained"));
                lines.extend(whole_code(carnet_paper::terminal_qr(&shape.card).unwrap_or_default()));
            }
            lines.push(shape.card.clone());
            lines.join("\n")
        })
    }
}

impl Add {
    fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let card = read_card(&self.card)?;
        let mut client = cli.client()?;
        if card.server.origin != client.log.origin {
            return Err(Failure::coded("card-elsewhere").with("server", card.server.url.as_str()));
        }
        let checked = client.check(&card.account)?;
        let name = self.name.or_else(|| card.name.as_ref().map(|name| name.as_str().to_owned()));
        let name = name.unwrap_or_else(|| checked.name());
        let mut row = client.remember(&checked, &name)?;
        row.vault = Some(card.vault);
        client.keep_person(&row)?;
        cli.answer(&Person::of(&row), |texts| say!(texts, "contact-added", name = row.name.as_str()))
    }
}

impl List {
    fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let client = cli.client()?;
        let people = client.people()?;
        let shape = Book { people: people.iter().map(Person::of).collect() };
        cli.answer(&shape, |texts| {
            if shape.people.is_empty() {
                return say!(texts, "book-empty");
            }
            let lines = shape.people.iter().map(|person| {
                let profession = person
                    .profession
                    .as_ref()
                    .and_then(|code| texts.find(&format!("profession-{code}"), None, &[]));
                let parts = [Some(person.name.clone()), profession, person.rpps.clone(), person.town.clone()];
                shown::name(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
            });
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}

impl Name {
    fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let account = match find::person(&client, &self.person) {
            Ok(row) => row.account,
            Err(failure) => account_id(&self.person).ok_or(failure)?,
        };
        let checked = client.check(&account)?;
        let row = client.remember(&checked, &self.name)?;
        cli.answer(&Person::of(&row), |texts| say!(texts, "contact-added", name = row.name.as_str()))
    }
}

/// A card, out of its text or a file with it.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn read_card(given: &str) -> Result<ContactCard, Failure> {
    let path = PathBuf::from(given);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) => given.to_owned(),
    };
    Ok(ContactCard::parse(text.trim())?)
}

fn account_id(text: &str) -> Option<AccountId> {
    id(text).map(AccountId::from_bytes)
}

/// An id of 32 bytes, as it is written: 64 hexadecimal digits.
pub(crate) fn id(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}
