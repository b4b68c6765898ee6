//! `carnet account drill`: rehearses the loss of this machine, and says which ways really bring back what is in the vault.
//!
//! Each way that is named is gone through in a scratch folder that knows nothing: the paper is read, its slot opened over the server to the
//! root, with which everything is fetched anew and opened: keyring, vault, newest document. One thing is left out: no new device is
//! certified, because each rehearsal would leave one behind in the account for ever. Its session is opened with this device's key instead.
//! That the root could certify one is shown otherwise: it gives the account's identity key, and nothing else is asked of who certifies.

use serde::Serialize;

use super::by::By;
use super::health::{Health, kind};
use crate::cli::Cli;
use crate::client::Client;
use crate::home::Home;
use crate::session::now;
use crate::stopped::Unfinished;
use crate::{Failure, say};

/// Rehearses the loss of this machine, by each way that is named.
///
/// Proven for each: its paper opens its slot at the server, and what comes out opens the account's keys, the vault's keys and the newest
/// document, all fetched anew into a scratch folder. Not rehearsed: the certificate of a new device, which would stay in the account.
#[derive(Debug, clap::Args)]
pub struct Drill {
    #[command(flatten)]
    by: By,
}

#[derive(Serialize)]
struct Shape {
    tried: Vec<Tried>,
    works: usize,
    #[serde(flatten)]
    health: Health,
}

#[derive(Serialize)]
struct Tried {
    kind: Option<&'static str>,
    works: bool,
    error: Option<String>,
    documents: Option<usize>,
    opened: Option<String>,
    #[serde(skip)]
    said: String,
}

impl Drill {
    /// Runs the command.
    ///
    /// # Errors
    /// `way-unnamed`; `drill-failed` where no way that was named works.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let id = client.account.id();
        client.meet(&id)?;
        if client.profile.vault.is_some() {
            client.sync()?;
        }
        let ways = if self.by.is_named() { self.by.each() } else { vec![self.by.clone()] };
        let mut tried = Vec::new();
        for by in ways {
            let mut kind = None;
            let done = rehearse(cli, &mut client, &by, &mut kind);
            if done.as_ref().is_err_and(|failure| failure.code() == Some("way-unnamed")) {
                return Err(Failure::wrong("way-unnamed"));
            }
            let name = kind.map_or_else(String::new, |kind| say!(cli.texts, &format!("way-{kind}")));
            tried.push(match done {
                Ok((documents, opened)) => {
                    let title = opened.clone().unwrap_or_default();
                    let said = match opened {
                        Some(_) => {
                            say!(cli.texts, "drill-works", way = name, documents = documents, title = title)
                        }
                        None => say!(cli.texts, "drill-works-empty", way = name),
                    };
                    Tried { kind, works: true, error: None, documents: Some(documents), opened, said }
                }
                Err(failure) => {
                    let (what, remedy) = failure.lines(&cli.texts);
                    let said = format!("{} {what} {remedy}", say!(cli.texts, "drill-fails"));
                    let error = failure.code().map(str::to_owned);
                    Tried { kind, works: false, error, documents: None, opened: None, said }
                }
            });
        }
        let works = tried.iter().filter(|tried| tried.works).count();
        if works > 0 {
            client.profile.drilled = Some(now());
            client.keep_profile()?;
        }
        let all = works == tried.len();
        let shape = Shape { tried, works, health: Health::of(&client, &cli.texts) };
        cli.answer(&shape, |texts| {
            let mut lines: Vec<String> = shape.tried.iter().map(|tried| tried.said.clone()).collect();
            lines.push(say!(texts, "drill-not-rehearsed"));
            lines.extend(shape.health.lines(texts));
            lines.join("\n")
        })?;
        if all { Ok(()) } else { Err(Failure::coded("drill-failed")) }
    }
}

/// Goes through one way: how many documents were found again, and the title of the newest, which was opened.
fn rehearse(
    cli: &mut Cli<'_>,
    client: &mut Client,
    by: &By,
    found: &mut Option<&'static str>,
) -> Result<(usize, Option<String>), Failure> {
    let came = by.owner(cli, client)?;
    *found = Some(kind(came.kind));
    let folder = tempfile::tempdir().map_err(|error| Failure::file(&std::env::temp_dir(), &error))?;
    let _unfinished = Unfinished::folder(folder.path());
    let home = Home::at(folder.path());
    home.make()?;
    let mut scratch = client.rehearse(&home, came.account, &came.owner)?;
    if scratch.profile.vault != client.profile.vault {
        return Err(Failure::coded("drill-vault"));
    }
    let (mut documents, mut title) = (0, None);
    if let Some(vault) = scratch.profile.vault {
        let rows = scratch.catalogue(&vault)?;
        documents = rows.len();
        if let Some(newest) = rows.first() {
            let held = scratch.own_vault()?;
            let opened = scratch.reopen(&held, &newest.entry)?;
            scratch.write_content(&opened, &vault, None, &mut std::io::sink())?;
            title = Some(newest.title.clone());
        }
    }
    client.prove_way(&came.slot)?;
    Ok((documents, title))
}
