//! `carnet verify`: who wrote an exported document, checked without any server.

use std::fs::{self, File};
use std::path::PathBuf;

use carnet_core::author_proof::AuthorProof;
use carnet_core::receipt::TrustedLog;
use carnet_core::wire::note::VerifierKey;
use carnet_core::wire::origin::Origin;
use carnet_core::wire::signature::VerifyingKey;
use serde::Serialize;

use super::{spoken, when};
use crate::cli::Cli;
use crate::screen::harmless_line;
use crate::{Failure, agent, say};

/// Checks who wrote an exported document, and when.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// The document
    file: PathBuf,
    /// Its proof; FILE.proof where nothing is said
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// The log whose receipts are believed, as its operator publishes it; the own account's where one is open
    #[arg(long, value_name = "KEY")]
    log: Option<String>,
}

#[derive(Serialize)]
struct Shape {
    file: String,
    title: String,
    account: String,
    name: Option<String>,
    written_by: Option<String>,
    accepted: Option<String>,
}

impl Verify {
    /// Runs the command.
    ///
    /// # Errors
    /// `proof-*`, `account-*`, `authored-*` where the proof does not prove this document's author.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let proof = self.proof.clone().unwrap_or_else(|| {
            let mut name = self.file.clone().into_os_string();
            name.push(".proof");
            PathBuf::from(name)
        });
        let metadata = fs::metadata(&proof).map_err(|error| Failure::file(&proof, &error))?;
        if metadata.len() > AuthorProof::MAX_LEN as u64 {
            return Err(Failure::coded("proof-malformed"));
        }
        let bytes = fs::read(&proof).map_err(|error| Failure::file(&proof, &error))?;
        let parsed = AuthorProof::parse(&bytes).map_err(|_| Failure::coded("proof-malformed"))?;
        // An account that is open already says which log is believed, and whom its person knows; nothing is asked for that.
        let client = match (cli.home.is_lived_in(), agent::secret(&cli.home)) {
            (true, Ok(Some(_))) => Some(cli.client()?),
            _ => None,
        };
        let log = match (&self.log, &client) {
            (Some(text), _) => Some(log(text)?),
            (None, Some(client)) => {
                Some(TrustedLog { origin: client.log.origin.clone(), key: client.log.key })
            }
            (None, None) => None,
        };
        let content = File::open(&self.file).map_err(|error| Failure::file(&self.file, &error))?;
        let proven = parsed.verify(std::io::BufReader::new(content), log.as_ref())?;
        let authored = proven.authored();
        let shape = Shape {
            file: self.file.display().to_string(),
            title: harmless_line(&authored.description.title),
            account: proven.author().to_string(),
            name: client.map(|client| client.name_of(&proven.author())),
            written_by: authored.description.written_by.as_deref().map(harmless_line),
            accepted: proven.receipted().and_then(|time| i64::try_from(time).ok()).map(when::iso),
        };
        let language = cli.texts.language();
        let time = proven.receipted().map(|time| spoken::minute(time, language));
        cli.answer(&shape, |texts| {
            let name = shape.name.clone().unwrap_or_else(|| shape.account.clone());
            let mut lines = vec![
                say!(texts, "verified", file = shape.file.as_str(), title = shape.title.as_str()),
                say!(texts, "verified-by", name = name, account = shape.account.as_str()),
            ];
            lines.extend(
                shape.written_by.iter().map(|name| say!(texts, "verified-written", name = name.as_str())),
            );
            lines.push(match time {
                Some(time) => say!(texts, "verified-date", time = time),
                None => say!(texts, "verified-undated"),
            });
            lines.join("\n")
        })
    }
}

/// A log by the text that its operator publishes.
fn log(text: &str) -> Result<TrustedLog, Failure> {
    let wrong = || Failure::wrong("log-text").with("text", text);
    let key: VerifierKey = text.trim().parse().map_err(|_| wrong())?;
    let origin = Origin::parse(key.name()).map_err(|_| wrong())?;
    let key = VerifyingKey::from_bytes(key.as_bytes()).map_err(|_| wrong())?;
    Ok(TrustedLog { origin, key })
}
