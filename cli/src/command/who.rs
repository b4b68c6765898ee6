//! `carnet who`: who can read a document, and why, from the grants themselves; or exactly what one person sees.

use std::collections::BTreeMap;

use carnet_core::step::ClaimedGrant;
use carnet_core::wire::grant_leaf::Via;
use carnet_core::wire::id::{AccountId, ReaderId, StatementHash};
use serde::Serialize;

use super::list::Row;
use super::versions::Versions;
use super::{find, list, revoke, spoken, when};
use crate::cli::Cli;
use crate::client::circles::{Scope, members};
use crate::client::{Client, Held};
use crate::text::Texts;
use crate::{Failure, say, shown};

/// Says who can read a document, and why.
#[derive(Debug, clap::Args)]
pub struct Who {
    /// The document: its short name, its id, or words of its title
    #[arg(required_unless_present = "person")]
    document: Option<String>,
    /// Shows exactly what this person sees instead
    #[arg(long = "seen-by", value_name = "PERSON", conflicts_with = "document")]
    person: Option<String>,
}

#[derive(Serialize)]
struct Shape {
    document: String,
    title: String,
    readers: Vec<Reader>,
}

#[derive(Serialize)]
struct Reader {
    who: String,
    account: Option<String>,
    why: &'static str,
    class: Option<u16>,
    since: Option<String>,
    until: Option<String>,
    #[serde(skip)]
    given: Option<u64>,
    #[serde(skip)]
    end: Option<u64>,
}

#[derive(Serialize)]
struct Seen {
    person: String,
    documents: Vec<Row>,
}

impl Who {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`, `person-unknown`; `grant-not-in-batch` where the server names a grant that nobody made.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let live = client.live_grants(&mut held)?;
        let rows = client.catalogue(&held.vault.id())?;
        if let Some(name) = &self.person {
            let person = find::person(&client, name)?;
            let reader = ReaderId::from_bytes(*person.account.as_bytes());
            let entries = revoke::readable(&mut client, &mut held, &live, &reader)?;
            let versions = Versions::of(&rows);
            let rows: Vec<_> = rows.into_iter().filter(|row| entries.contains(&row.entry)).collect();
            let shape = Seen {
                person: person.name.clone(),
                documents: rows.iter().map(|row| Row::of(&client, row, &versions)).collect(),
            };
            let colours = cli.terminal.has_colours();
            return cli.answer(&shape, |texts| {
                let head = say!(texts, "seen-by", name = person.name.as_str(), count = rows.len());
                format!("{head}\n{}", list::table(texts, &client, &rows, &versions, colours))
            });
        }
        let row = find::document(&rows, self.document.as_deref().unwrap_or_default())?;
        let readers = readers(&mut client, &mut held, &live, &row.entry)?;
        let shape = Shape { document: find::short(&row), title: row.shown_title().to_owned(), readers };
        cli.answer(&shape, |texts| {
            let mut lines = vec![shown::name(&shape.title)];
            lines.extend(shape.readers.iter().map(|reader| line(texts, reader)));
            lines.join("\n")
        })
    }
}

fn line(texts: &Texts, reader: &Reader) -> String {
    let language = texts.language();
    let why = say!(texts, &format!("why-{}", reader.why));
    let since =
        reader.given.map_or(String::new(), |time| say!(texts, "since", day = spoken::day(time, language)));
    let until =
        reader.end.map_or(String::new(), |end| say!(texts, "until", day = spoken::last_day(end, language)));
    let rest: Vec<String> = [why, since, until].into_iter().filter(|part| !part.is_empty()).collect();
    format!("  {}", say!(texts, "named", name = reader.who.as_str(), text = rest.join(", ")))
}

fn readers(
    client: &mut Client,
    held: &mut Held,
    live: &[ClaimedGrant],
    entry: &carnet_core::wire::id::EntryId,
) -> Result<Vec<Reader>, Failure> {
    let accepted: BTreeMap<StatementHash, u64> =
        client.history(&held.vault.id())?.into_iter().map(|row| (row.hash, row.accepted)).collect();
    let scopes: BTreeMap<ReaderId, Scope> = client.circles(held)?.into_iter().collect();
    let of_it: Vec<&ClaimedGrant> = live.iter().filter(|grant| grant.leaf.entry == *entry).collect();
    let newest = of_it.iter().map(|grant| grant.leaf.version).max();
    let mut readers = vec![Reader {
        who: client.profile.name.clone(),
        account: Some(client.account.id().to_string()),
        why: "holder",
        class: None,
        since: None,
        until: None,
        given: None,
        end: None,
    }];
    let reader = |client: &Client, grant: &ClaimedGrant, why, class| {
        let account = AccountId::from_bytes(*grant.leaf.reader.as_bytes());
        let given = accepted.get(&grant.statement).copied();
        let end = grant.leaf.expires;
        let iso = |time: u64| when::iso(i64::try_from(time).unwrap_or(i64::MAX));
        Reader {
            who: client.name_of(&account),
            account: Some(account.to_string()),
            why,
            class,
            since: given.map(iso),
            until: end.map(iso),
            given,
            end,
        }
    };
    for grant in of_it.iter().filter(|grant| Some(grant.leaf.version) == newest) {
        match grant.leaf.via {
            Via::Account if grant.leaf.reader.as_bytes() == client.account.id().as_bytes() => {}
            Via::Account => readers.push(reader(client, grant, "shared", None)),
            Via::Circle => {
                let scope = scopes.get(&grant.leaf.reader);
                let Some(key_entry) = held.vault.circle_key_entry(&grant.leaf.reader) else { continue };
                let (why, class) = match scope {
                    Some(Scope::Class(class)) => ("standing-class", Some(*class)),
                    _ => ("standing", None),
                };
                for member in members(live, &key_entry.entry) {
                    readers.push(reader(client, member, why, class));
                }
            }
            Via::Vault => {}
            Via::Link | Via::Card | Via::Letter | Via::App => {
                let mut other = reader(client, grant, "other", None);
                other.account = None;
                readers.push(other);
            }
        }
    }
    Ok(readers)
}
