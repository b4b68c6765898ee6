//! `carnet journal`: who listed and who opened what. Each line is a statement that its reader signed; the signature is verified here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use carnet_core::wire::id::{AccountId, EntryId};
use carnet_core::wire::statement::{self, Kind, Read, ReadMode, Statement};
use carnet_paper::{Date, Journal as Page, JournalLine};
use serde::Serialize;

use super::{find, spoken, title, when};
use crate::cli::Cli;
use crate::client::{Client, StatedRow};
use crate::text::Texts;
use crate::{Failure, say, unix};

/// Tells who listed and who opened what.
#[derive(Debug, clap::Args)]
pub struct Journal {
    /// Does not ask the server what is new
    #[arg(long)]
    offline: bool,
    /// Writes it as a PDF
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// Writes it as a FHIR R4 bundle of AuditEvent
    #[arg(long, value_name = "FILE")]
    fhir: Option<PathBuf>,
}

#[derive(Serialize)]
struct Shape {
    accesses: Vec<Access>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Access {
    pub(crate) number: u64,
    pub(crate) time: String,
    pub(crate) who: String,
    pub(crate) account: String,
    pub(crate) what: &'static str,
    pub(crate) documents: Vec<String>,
    pub(crate) verified: bool,
    pub(crate) statement: String,
    #[serde(skip)]
    accepted: u64,
    /// Whether nothing but the keys of standing access was opened: no document was seen.
    #[serde(skip)]
    only_keys: bool,
}

impl Access {
    /// What was done, as it follows the name of who did it; so many titles at most.
    fn said(&self, texts: &Texts, most: usize) -> String {
        if self.only_keys {
            return say!(texts, "access-keys");
        }
        // A list of everything names nothing.
        if self.documents.is_empty() {
            return say!(texts, "access-list-all");
        }
        let mut documents = self.documents.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
        let more = self.documents.len().saturating_sub(most);
        if more > 0 {
            documents = say!(texts, "access-more", documents = documents, count = more);
        }
        say!(texts, &format!("access-{}", self.what), documents = documents)
    }
}

impl Journal {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-vault`; what the files or the server say.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, _) = super::fresh_vault(cli, &mut client, self.offline)?;
        let mut titles: BTreeMap<EntryId, String> = client
            .catalogue(&vault)?
            .into_iter()
            .map(|row| (row.entry, format!("{} ({})", title::title(&cli.texts, &row), find::short(&row))))
            .collect();
        let mut keys = BTreeSet::new();
        if let Some(held) = client.recall(&vault)? {
            keys.extend(
                held.vault
                    .circles()
                    .filter_map(|circle| held.vault.circle_key_entry(circle))
                    .map(|key| key.entry),
            );
            let name = say!(cli.texts, "journal-keys");
            titles.extend(keys.iter().map(|entry| (*entry, name.clone())));
        }
        let mut accesses = Vec::new();
        for row in client.history(&vault)? {
            accesses.extend(access(&mut client, &row, &titles, &keys));
        }
        let language = cli.texts.language();
        if let Some(file) = &self.pdf {
            let printed = print(cli, &client, &accesses)?;
            unix::write_private(file, &printed).map_err(|error| Failure::file(file, &error))?;
        }
        if let Some(file) = &self.fhir {
            let bundle = fhir(&client, &vault.to_string(), &accesses);
            let bytes = serde_json::to_vec_pretty(&bundle).map_err(|_| Failure::coded("internal"))?;
            unix::write_private(file, &bytes).map_err(|error| Failure::file(file, &error))?;
        }
        let shape = Shape { accesses };
        cli.answer(&shape, |texts| {
            if shape.accesses.is_empty() {
                return say!(texts, "journal-empty");
            }
            let lines = shape.accesses.iter().map(|access| {
                let mark = if access.verified { say!(texts, "signed") } else { say!(texts, "not-verified") };
                let time = when::minute(access.accepted, language);
                format!("{time}  {} {}  [{mark}]", access.who, access.said(texts, MOST_TITLES))
            });
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}

/// One access, its signature verified under the reader's own line.
fn access(
    client: &mut Client,
    row: &StatedRow,
    titles: &BTreeMap<EntryId, String>,
    keys: &BTreeSet<EntryId>,
) -> Option<Access> {
    let bytes = row.bytes.as_ref()?;
    if statement::kind_of(bytes) != Ok(Kind::Read) {
        return None;
    }
    let statement = Statement::<Read>::parse(bytes).ok()?;
    let body = statement.claimed().clone();
    let account = AccountId::from_bytes(*body.context.actor.as_bytes());
    if client.accounts.resolve(&body.context.actor).is_none() {
        let _ = client.meet(&account);
    }
    let line = client.accounts.resolve(&body.context.actor);
    let verified = line.is_some_and(|line| line.verify(statement, None).is_ok());
    let named = |entry: &EntryId| titles.get(entry).cloned().unwrap_or_else(|| entry.to_string());
    Some(Access {
        number: row.number,
        time: when::iso(i64::try_from(row.accepted).unwrap_or_default()),
        who: client.name_of(&account),
        account: account.to_string(),
        what: if body.mode == ReadMode::Open { "open" } else { "list" },
        documents: body.entries.iter().map(named).collect(),
        verified,
        statement: row.hash.to_string(),
        accepted: row.accepted,
        only_keys: !body.entries.is_empty() && body.entries.iter().all(|entry| keys.contains(entry)),
    })
}

fn print(cli: &Cli<'_>, client: &Client, accesses: &[Access]) -> Result<Vec<u8>, Failure> {
    let (texts, language) = (&cli.texts, cli.texts.language());
    let lines: Vec<[String; 4]> = accesses
        .iter()
        .map(|access| {
            let mark = if access.verified { say!(texts, "signed") } else { say!(texts, "not-verified") };
            // A moment stands on one line.
            [
                when::minute(access.accepted, language).replace(' ', "\u{a0}"),
                access.who.clone(),
                access.said(texts, usize::MAX),
                say!(texts, "journal-proof", mark = mark, number = access.number),
            ]
        })
        .collect();
    let lines: Vec<JournalLine<'_>> =
        lines.iter().map(|[when, who, what, verified]| JournalLine { when, who, what, verified }).collect();
    let (title, limits, footer) =
        (say!(texts, "journal-title"), say!(texts, "journal-limits"), say!(texts, "journal-footer"));
    let (made, day) = (say!(texts, "journal-made"), spoken::today(language));
    let (server, count) = (say!(texts, "kit-server"), say!(texts, "journal-count"));
    let number = accesses.len().to_string();
    let (of, columns) = (
        say!(texts, "journal-of"),
        [
            say!(texts, "journal-when"),
            say!(texts, "journal-who"),
            say!(texts, "journal-what"),
            say!(texts, "journal-verified"),
        ],
    );
    let [when, who, what, verified] = &columns;
    let page = Page {
        title: &title,
        language: if language == crate::text::Language::Fr { "fr" } else { "en" },
        date: today(),
        what: &[&limits],
        fields: &[
            (&of, &client.profile.name),
            (&made, &day),
            (&server, &client.profile.server),
            (&count, &number),
        ],
        columns: [when, who, what, verified],
        lines: &lines,
        footer: &footer,
    };
    page.print().map_err(|error| Failure::coded(error.code()))
}

/// Most titles of a line on a screen: a list that somebody has seen may be long.
const MOST_TITLES: usize = 8;

/// Today, for the description of a printed file.
pub(crate) fn today() -> Date {
    let now = jiff::Zoned::now();
    let part = |value: i8| u8::try_from(value).unwrap_or(1);
    Date { year: u16::try_from(now.year()).unwrap_or(1970), month: part(now.month()), day: part(now.day()) }
}

/// The journal as FHIR R4: one AuditEvent an access.
fn fhir(client: &Client, vault: &str, accesses: &[Access]) -> serde_json::Value {
    let entries: Vec<serde_json::Value> = accesses
        .iter()
        .map(|access| {
            let (action, code) = if access.what == "open" { ("R", "read") } else { ("E", "search-type") };
            let entities: Vec<serde_json::Value> = access
                .documents
                .iter()
                .map(|document| serde_json::json!({ "what": { "display": document } }))
                .collect();
            let mut event = serde_json::json!({
                "resourceType": "AuditEvent",
                "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest" },
                "subtype": [{ "system": "http://hl7.org/fhir/restful-interaction", "code": code }],
                "action": action,
                "recorded": access.time,
                "outcome": "0",
                "agent": [{
                    "who": { "identifier": { "system": "urn:carnet:account", "value": access.account }, "display": access.who },
                    "requestor": true
                }],
                "source": {
                    "observer": { "identifier": { "system": "urn:carnet:vault", "value": vault }, "display": client.profile.server }
                }
            });
            if let (Some(object), false) = (event.as_object_mut(), entities.is_empty()) {
                object.insert("entity".to_owned(), serde_json::Value::Array(entities));
            }
            serde_json::json!({ "fullUrl": format!("urn:carnet:statement:{}", access.statement), "resource": event })
        })
        .collect();
    serde_json::json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}
