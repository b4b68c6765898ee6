//! `carnet status`: where this person stands, on one screen: account, server, what waits, ways back, and what is best done next.

use std::time::{Duration, SystemTime};

use carnet_core::authored::Sort;
use serde::Serialize;

use super::account::Health;
use super::{if_there, spoken};
use crate::cli::Cli;
use crate::client::Client;
use crate::text::Texts;
use crate::{Failure, agent, say};

/// Says where you stand: account, server, what waits, and what is best done next.
#[derive(Debug, clap::Args)]
pub struct Standing {
    /// Does not ask the server what is new
    #[arg(long)]
    offline: bool,
}

#[derive(Serialize)]
struct Shape {
    name: String,
    account: String,
    server: String,
    vault: Option<String>,
    /// Whether the server was asked now.
    fresh: bool,
    /// When it last answered, in milliseconds since 1970.
    synced: Option<u64>,
    /// Whether the account is open: commands ask for no passphrase.
    open: bool,
    /// Seconds until it closes without a command.
    closes_after: Option<u64>,
    documents: usize,
    profile: usize,
    /// Documents that wait to be accepted.
    to_accept: usize,
    /// Documents that were prepared and have not reached the server yet.
    to_send: usize,
    /// Ways back that are left if this machine is lost.
    ways_back: usize,
    /// What is best done next, as codes.
    advice: Vec<&'static str>,
}

impl Standing {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-account`; what the server refuses. Where it is not heard, what is known is said, and since when.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let fresh = !self.offline && refresh(cli, &mut client)?;
        let rows = match client.profile.vault {
            Some(vault) => client.catalogue(&vault)?,
            None => Vec::new(),
        };
        let health = Health::of(&client, &cli.texts);
        let closes_after = agent::seconds_left(&cli.home).ok().flatten();
        let of_sort = |sort| rows.iter().filter(|row| row.sort == sort && !row.waiting).count();
        let shape = Shape {
            name: client.profile.name.clone(),
            account: client.account.id().to_string(),
            server: client.profile.server.clone(),
            vault: client.profile.vault.map(|vault| vault.to_string()),
            fresh,
            synced: synced(&client),
            open: closes_after.is_some(),
            closes_after,
            documents: of_sort(Sort::Document),
            profile: of_sort(Sort::Profile),
            to_accept: rows.iter().filter(|row| row.waiting).count(),
            to_send: client.prepared()?,
            ways_back: health.surviving,
            advice: health.advice.clone(),
        };
        cli.answer(&shape, |texts| shape.lines(texts).join("\n"))
    }
}

impl Shape {
    fn lines(&self, texts: &Texts) -> Vec<String> {
        let language = texts.language();
        let mut lines = vec![say!(texts, "standing-name", name = self.name.as_str())];
        lines.push(match self.synced {
            _ if self.fresh => say!(texts, "standing-fresh", server = self.server.as_str()),
            Some(time) => {
                let time = spoken::minute(time, language);
                say!(texts, "standing-since", server = self.server.as_str(), time = time)
            }
            None => say!(texts, "standing-never", server = self.server.as_str()),
        });
        lines.push(match self.closes_after {
            Some(seconds) => {
                let minutes = seconds.div_ceil(60);
                say!(texts, "standing-open", minutes = minutes, hours = spoken::hours(minutes))
            }
            None => say!(texts, "standing-closed"),
        });
        if self.vault.is_some() {
            lines.push(say!(texts, "standing-holds", documents = self.documents, profile = self.profile));
        }
        lines.push(say!(texts, "status-loss", ways = self.ways_back));
        let mut next = Vec::new();
        if self.to_accept > 0 {
            next.push(say!(texts, "standing-to-accept", count = self.to_accept));
        }
        if self.to_send > 0 {
            next.push(say!(texts, "standing-to-send", count = self.to_send));
        }
        next.extend(self.advice.iter().map(|id| texts.say(id, &[])));
        if next.is_empty() {
            next.push(say!(texts, "advice-none"));
        }
        lines.extend(next);
        lines
    }
}

/// Asks the server what is new; whether it answered.
fn refresh(cli: &mut Cli<'_>, client: &mut Client) -> Result<bool, Failure> {
    let id = client.account.id();
    let met = client.meet(&id);
    if if_there(cli, met)?.is_none() {
        return Ok(false);
    }
    if client.profile.vault.is_none() {
        return Ok(true);
    }
    let synced = client.sync();
    Ok(if_there(cli, synced)?.is_some())
}

/// When the records were last written by what a server answered, in milliseconds since 1970: as the disk says it.
fn synced(client: &Client) -> Option<u64> {
    let written = std::fs::metadata(client.local.home().records()).ok()?.modified().ok()?;
    let since = written.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).ok()
}
