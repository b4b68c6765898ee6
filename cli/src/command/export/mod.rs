//! `carnet export`: everything, for whoever leaves: documents byte for byte, the profile, proofs of authors, the journal with its receipts.
//!
//! ```text
//! index.html             a page that lists the rest; no script
//! manifest.json          what lies here, with SHA-256 of each file; `carnet import` takes it back
//! documents/…            each document under its date and title, and beside it its proof (FILE.proof)
//! profile/…              each resource as it was sealed, and its proof
//! profile.json           all of them as one FHIR R4 Bundle
//! journal.json           every statement of the vault's history, with the server's receipts
//! keys.txt               only with --keys: the age identities that open what the server keeps
//! ```
//! With `--to` each file is an age file of that recipient, under a number instead of its name: titles tell of illnesses too.

mod page;
mod sink;

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carnet_core::author_proof::{AuthorProof, DateEvidence};
use carnet_core::authored::{Description, Sort};
use carnet_core::manifest::HolderPart;
use carnet_core::open::Opened;
use carnet_core::recipient::Recipients;
use carnet_core::wire::id::{AccountId, StatementHash};
use carnet_health::profile::ProfileResource;
use carnet_health::{Kind, Moment};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{get, profile, when};
use crate::cli::Cli;
use crate::client::{Client, Held, StatedRow};
use crate::file_name::Names;
use crate::local::{AccountRow, CatalogueRow, Table};
use crate::screen::harmless_line;
use crate::terminal::stage::{Counted, Progress, Unit};
use crate::{Failure, say};
use sink::{Sink, Written};

/// Writes everything out.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// A folder that is not there yet, or a file that ends in .zip
    path: PathBuf,
    /// Seals each file for an age recipient (age1…)
    #[arg(long, value_name = "RECIPIENT")]
    to: Option<String>,
    /// Writes the keys too: they open everything that the server keeps
    #[arg(long)]
    keys: bool,
    /// Does not ask the server what is new
    #[arg(long)]
    offline: bool,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
}

/// What lies in an export: `manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// `carnet/v1/export`.
    pub(crate) format: String,
    pub(crate) made: String,
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) vault: String,
    pub(crate) log: Log,
    pub(crate) documents: Vec<Document>,
    pub(crate) files: Vec<Written>,
}

/// The log whose receipts date what lies here.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Log {
    pub(crate) origin: String,
    pub(crate) key: String,
}

/// An entry of an export.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) entry: String,
    pub(crate) version: u64,
    pub(crate) file: String,
    pub(crate) proof: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// `document` or `profile`.
    pub(crate) sort: String,
    pub(crate) class: u16,
    pub(crate) title: String,
    pub(crate) dates: Vec<String>,
    pub(crate) codes: Vec<(String, String)>,
    pub(crate) media_type: String,
    pub(crate) written_by: Option<String>,
    pub(crate) identifier: Option<String>,
    /// The dates as the document says them; an older export has only `dates`.
    #[serde(default)]
    pub(crate) moments: Vec<String>,
    /// What the file was called.
    #[serde(default)]
    pub(crate) file_name: Option<String>,
    /// The set of versions that it belongs to, and which of them it is.
    #[serde(default)]
    pub(crate) series: Option<(String, Option<u32>)>,
    /// How it has to do with other documents (`replaces`, `appends`, `transforms`), and their identifiers.
    #[serde(default)]
    pub(crate) related: Vec<(String, String)>,
    /// The type that it may be, where nobody has said.
    #[serde(default)]
    pub(crate) guess: Option<(String, String)>,
    /// What the file itself calls its type.
    #[serde(default)]
    pub(crate) display: Option<String>,
    pub(crate) author: String,
    pub(crate) author_name: String,
    pub(crate) deposited_by: String,
    pub(crate) accepted: Option<String>,
    pub(crate) waiting: bool,
    /// What the holder added.
    pub(crate) name: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) folder: Vec<String>,
    pub(crate) note: Option<String>,
}

#[derive(Serialize)]
struct Shape {
    path: String,
    documents: usize,
    profile: usize,
    statements: usize,
    keys: bool,
    left_out: Vec<LeftOut>,
}

#[derive(Serialize)]
struct LeftOut {
    document: String,
    title: String,
    code: String,
    #[serde(skip)]
    failure: Failure,
}

/// What would be written.
#[derive(Serialize)]
struct Would {
    path: String,
    documents: usize,
    bytes: u64,
    dry_run: bool,
}

impl Export {
    /// Says how much would be written, and writes nothing.
    fn preview(&self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, _) = super::fresh_vault(cli, &mut client, self.offline)?;
        let rows = client.catalogue(&vault)?;
        let path = self.path.display().to_string();
        if self.path.exists() {
            return Err(Failure::wrong("export-there").with("path", path));
        }
        let bytes = rows.iter().map(|row| row.len).sum();
        let shape = Would { path, documents: rows.len(), bytes, dry_run: true };
        cli.answer(&shape, |texts| {
            let (path, count) = (shape.path.as_str(), shape.documents);
            let megabytes = shape.bytes.div_ceil(1_000_000);
            say!(texts, "would-export", path = path, count = count, megabytes = megabytes)
        })
    }

    /// Runs the command.
    ///
    /// # Errors
    /// `export-there`; `recipient-text`; `not-confirmed` where keys were asked for and nobody said yes; `export-partly` where a
    /// content could not be had: the others are there.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let recipients = self.to.as_deref().map(recipients).transpose()?;
        if self.dry_run {
            return self.preview(cli);
        }
        if self.keys {
            let warning = say!(cli.texts, "identity-warning");
            cli.remark(&warning);
            if !cli.terminal.confirm(&cli.texts, &say!(cli.texts, "ask-identity")) {
                return Err(Failure::wrong("not-confirmed"));
            }
        }
        let mut sink = Sink::open(&self.path, recipients)?;
        let mut client = cli.client()?;
        let (vault, _) = super::fresh_vault(cli, &mut client, self.offline)?;
        let held = client.own_vault()?;
        let history = client.history(&vault)?;
        let rows = client.catalogue(&vault)?;
        let all = rows.iter().map(|row| row.len).sum();
        let bar = cli.terminal.progress(all, &say!(cli.texts, "exporting"), Unit::Bytes);
        let (mut documents, mut resources, mut left_out, mut names) =
            (Vec::new(), Vec::new(), Vec::new(), Names::default());
        let by_hash: BTreeMap<StatementHash, &StatedRow> =
            history.iter().map(|row| (row.hash, row)).collect();
        for row in &rows {
            match put_entry(&mut client, &held, row, &by_hash, &mut sink, &mut names, &bar) {
                Ok((document, resource)) => {
                    documents.push(document);
                    resources.extend(resource);
                }
                // A disk that is full is the end; a content that cannot be had, or a name that the disk does not take, is not.
                Err(failure)
                    if failure
                        .code()
                        .is_some_and(|code| code == "write" || code == "file" || code == "zip") =>
                {
                    return Err(failure);
                }
                Err(failure) => {
                    sink.abandon()?;
                    let code = failure.code().unwrap_or_default().to_owned();
                    let document = super::find::short(row);
                    left_out.push(LeftOut { document, title: row.shown_title().to_owned(), code, failure });
                }
            }
        }
        bar.finish_and_clear();
        let name = client.profile.name.clone();
        if !resources.is_empty() {
            let patient = profile::subject(&vault);
            sink.put("profile.json", &pretty(&bundle(&name, &patient, &resources))?)?;
        }
        sink.put("journal.json", &pretty(&journal(&client, &held, &history))?)?;
        if self.keys {
            sink.put("keys.txt", keys(&held)?.as_bytes())?;
        }
        let page = page::page(&cli.texts, &client, &name, &documents, &history, &rows);
        sink.put("index.html", page.as_bytes())?;
        let profile = documents.iter().filter(|document| document.sort == "profile").count();
        let count = documents.len().saturating_sub(profile);
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            made: when::iso(i64::try_from(crate::session::now()).unwrap_or_default()),
            name,
            account: client.account.id().to_string(),
            vault: vault.to_string(),
            log: Log { origin: client.log.origin.as_str().to_owned(), key: hex(client.log.key.as_bytes()) },
            documents,
            files: sink.written().to_vec(),
        };
        sink.put("manifest.json", &pretty(&manifest)?)?;
        sink.finish()?;
        let path = self.path.display().to_string();
        let shape =
            Shape { path, documents: count, profile, statements: history.len(), keys: self.keys, left_out };
        for one in &shape.left_out {
            let (what, _) = one.failure.lines(&cli.texts);
            let said = say!(cli.texts, "export-left-out", title = harmless_line(&one.title), what = what);
            cli.remark(&said);
        }
        cli.answer(&shape, |texts| {
            let path = shape.path.as_str();
            let statements = shape.statements;
            let mut said = say!(
                texts,
                "exported",
                path = path,
                documents = count,
                profile = profile,
                statements = statements
            );
            if shape.keys {
                said.push('\n');
                said.push_str(&say!(texts, "exported-keys"));
            }
            said
        })?;
        match shape.left_out.len() {
            0 => Ok(()),
            count => Err(Failure::coded("export-partly").with("count", count.to_string())),
        }
    }
}

/// Writes one entry and its proof.
fn put_entry(
    client: &mut Client,
    held: &Held,
    row: &CatalogueRow,
    history: &BTreeMap<StatementHash, &StatedRow>,
    sink: &mut Sink,
    names: &mut Names,
    bar: &Progress,
) -> Result<(Document, Option<(String, Value)>), Failure> {
    let vault = held.vault.id();
    let opened = client.reopen(held, &row.entry)?;
    let is_profile = row.sort == Sort::Profile;
    let folder = if is_profile { "profile" } else { "documents" };
    let file = free_name(folder, row, names);
    let mut resource = None;
    let written = if is_profile {
        let content = client.content(&opened, &vault, None, MOST_OF_RESOURCE)?;
        resource =
            ProfileResource::read(&content).ok().map(|found| (row.entry.to_string(), found.value().clone()));
        sink.put(&file, &content)?
    } else {
        sink.stream(&file, |out| client.write_content(&opened, &vault, None, &mut Counted::new(out, bar)))?
    };
    let proof = format!("{file}.proof");
    sink.put(&proof, &proof_of(client, row, &opened, history)?.to_bytes())?;
    let name =
        |actor: &carnet_core::wire::id::ActorId| client.name_of(&AccountId::from_bytes(*actor.as_bytes()));
    let (description, holder): (&Description, &HolderPart) = (opened.description(), opened.holder());
    let document = Document {
        entry: row.entry.to_string(),
        version: row.version,
        file,
        proof,
        sha256: written.sha256.clone(),
        bytes: written.bytes,
        sort: if is_profile { "profile" } else { "document" }.to_owned(),
        class: row.class,
        title: description.title.clone(),
        dates: description.dates.iter().map(|date| when::iso(*date)).collect(),
        moments: description.when().iter().map(Moment::to_string).collect(),
        file_name: description.file.clone(),
        series: description.series.as_ref().map(|series| (series.set.clone(), series.version)),
        related: description
            .related
            .iter()
            .flatten()
            .map(|one| (one.relation.name().to_owned(), one.identifier.clone()))
            .collect(),
        guess: description.guess.as_ref().map(|code| (code.system.clone(), code.code.clone())),
        display: description.display.clone(),
        codes: description.codes.iter().map(|code| (code.system.clone(), code.code.clone())).collect(),
        media_type: description.media_type.clone(),
        written_by: description.written_by.clone(),
        identifier: description.identifier.clone(),
        author: AccountId::from_bytes(*row.author.as_bytes()).to_string(),
        author_name: name(&row.author),
        deposited_by: name(&row.depositor),
        accepted: row.accepted.and_then(|time| i64::try_from(time).ok()).map(when::iso),
        waiting: row.waiting,
        name: holder.name.clone(),
        labels: holder.labels.clone(),
        folder: holder.folder.clone(),
        note: holder.note.clone(),
    };
    Ok((document, resource))
}

/// What proves who wrote an entry, and when at the latest.
fn proof_of(
    client: &Client,
    row: &CatalogueRow,
    opened: &Opened,
    history: &BTreeMap<StatementHash, &StatedRow>,
) -> Result<AuthorProof, Failure> {
    let account: Option<AccountRow> = client.local.get(Table::Accounts, row.author.as_bytes())?;
    let date = match history.get(&row.deposit) {
        Some(stated) => Some(DateEvidence {
            deposit: client.stored(&row.vault, &row.entry)?.deposit.bytes.into(),
            salt: opened.inner_salt().into(),
            receipt: stated.receipt.clone(),
        }),
        None => None,
    };
    Ok(AuthorProof {
        authored: opened.authored().as_bytes().to_vec().into(),
        account: account.map(|row| row.statements).unwrap_or_default(),
        date,
    })
}

/// `documents/2025-03-04 NAME.pdf` with the file's own name, and a number where that is taken.
fn free_name(folder: &str, row: &CatalogueRow, names: &mut Names) -> String {
    let day = when::file_day(row.date());
    let name = get::name_of(row);
    let kind = Kind::from_media_type(&row.media_type).unwrap_or(Kind::Other);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, kind.ending()));
    names.take(folder, &format!("{day} {stem}"), ending)
}

/// The profile as one FHIR R4 Bundle, with the patient to whom it refers.
fn bundle(name: &str, patient: &str, resources: &[(String, Value)]) -> Value {
    let own =
        json!({ "fullUrl": patient, "resource": { "resourceType": "Patient", "name": [{ "text": name }] } });
    let entry = |(id, resource): &(String, Value)| json!({ "fullUrl": format!("urn:uuid:{id}"), "resource": resource });
    let entries: Vec<Value> = core::iter::once(own).chain(resources.iter().map(entry)).collect();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

/// Every statement with its receipt, byte for byte.
fn journal(client: &Client, held: &Held, history: &[StatedRow]) -> Value {
    let statements: Vec<Value> = history
        .iter()
        .map(|row| {
            json!({
                "number": row.number,
                "hash": row.hash.to_string(),
                "accepted": when::iso(i64::try_from(row.accepted).unwrap_or_default()),
                "statement": row.bytes.as_ref().map(|bytes| STANDARD.encode(bytes.as_slice())),
                "receipt": STANDARD.encode(row.receipt.as_slice()),
            })
        })
        .collect();
    json!({
        "format": "carnet/v1/journal",
        "vault": held.vault.id().to_string(),
        "log": { "origin": client.log.origin.as_str(), "key": hex(client.log.key.as_bytes()) },
        "statements": statements,
    })
}

/// The identities of all generations of the vault, newest first.
fn keys(held: &Held) -> Result<zeroize::Zeroizing<String>, Failure> {
    let keyring = held.keyring.as_ref().ok_or_else(|| Failure::coded("vault-without-keys"))?;
    let mut text = zeroize::Zeroizing::new(String::with_capacity(128 * keyring.iter().count()));
    for keys in keyring.iter() {
        let identity = keys.export_secret_text().map_err(|_| Failure::coded("internal"))?;
        text.push_str(&identity);
        text.push('\n');
    }
    Ok(text)
}

fn recipients(text: &str) -> Result<Recipients, Failure> {
    if let Ok(recipient) = text.parse() {
        return Ok(Recipients::Hybrid(vec![recipient]));
    }
    let recipient = text.parse().map_err(|_| Failure::wrong("recipient-text").with("text", text))?;
    Ok(Recipients::X25519(vec![recipient]))
}

fn pretty<T: Serialize>(value: &T) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec_pretty(value).map_err(|_| Failure::coded("internal"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The format of an export.
pub(crate) const FORMAT: &str = "carnet/v1/export";
const MOST_OF_RESOURCE: u64 = 16 * 1024 * 1024;
