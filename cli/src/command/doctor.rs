//! `carnet doctor`: what keeps Carnet from working on this machine, checked one by one: the clock, the server, the disk, what is kept
//! here, what waits to go, and who vouches for professionals.

use carnet_core::authored::Sort;
use jiff::SignedDuration;
use serde::Serialize;

use crate::cli::Cli;
use crate::client::Client;
use crate::local::{CatalogueRow, Table};
use crate::text::Texts;
use crate::{Failure, say};

/// Checks what keeps Carnet from working here: clock, server, disk, what is kept, what waits.
#[derive(Debug, clap::Args)]
pub struct Doctor {}

#[derive(Serialize)]
struct Shape {
    checks: Vec<Check>,
    /// How many of them found something wrong.
    wrong: usize,
}

#[derive(Serialize)]
struct Check {
    /// What was looked at: `clock`, `server`, `log`, `store`, `disk`, `spool`, `keys` or `authorities`.
    check: &'static str,
    /// Whether it is as it must be.
    well: bool,
    /// What was found, in the screen's language.
    said: String,
    /// What to do, where something is.
    #[serde(rename = "do")]
    remedy: Option<String>,
}

impl Check {
    fn well(check: &'static str, said: String) -> Self {
        Self { check, well: true, said, remedy: None }
    }

    fn wrong(check: &'static str, said: String, remedy: String) -> Self {
        Self { check, well: false, said, remedy: Some(remedy) }
    }

    fn failed(check: &'static str, texts: &Texts, failure: &Failure) -> Self {
        let (what, remedy) = failure.lines(texts);
        Self::wrong(check, what, remedy)
    }
}

impl Doctor {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-account`; `doctor-found` where something is wrong, after all of it was said.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut checks = vec![store(&client, &cli.texts)];
        checks.extend(server(cli, &mut client));
        checks.push(clock(cli));
        checks.push(disk(&client, &cli.texts)?);
        checks.push(spool(&client, &cli.texts)?);
        checks.push(keys(&client, &cli.texts));
        checks.push(authorities(&client, &cli.texts));
        let wrong = checks.iter().filter(|check| !check.well).count();
        let shape = Shape { checks, wrong };
        cli.answer(&shape, |texts| {
            let mut lines = Vec::new();
            for check in &shape.checks {
                let mark = if check.well { "doctor-well" } else { "doctor-wrong" };
                lines.push(say!(texts, mark, text = check.said.as_str()));
                lines.extend(check.remedy.iter().map(|remedy| format!("    {remedy}")));
            }
            if shape.wrong == 0 {
                lines.push(say!(texts, "advice-none"));
            }
            lines.join("\n")
        })?;
        match wrong {
            0 => Ok(()),
            count => Err(Failure::coded("doctor-found").with("count", count.to_string())),
        }
    }
}

/// Reads every row of the catalogue: each opens with this device's secret, or the records are damaged.
fn store(client: &Client, texts: &Texts) -> Check {
    let rows: Result<Vec<(Vec<u8>, CatalogueRow)>, Failure> =
        client.local.scan(Table::Catalogue, &[]).map_err(Failure::from);
    match rows {
        Ok(rows) => {
            let documents = rows.iter().filter(|(_, row)| row.sort == Sort::Document).count();
            Check::well("store", say!(texts, "doctor-store", count = documents))
        }
        Err(failure) => Check::failed("store", texts, &failure),
    }
}

/// Asks the server for the account, and for the vault with its receipts: they verify under the log that this device knows.
fn server(cli: &Cli<'_>, client: &mut Client) -> Vec<Check> {
    let (id, server) = (client.account.id(), client.profile.server.clone());
    if let Err(failure) = client.meet(&id) {
        return vec![Check::failed("server", &cli.texts, &failure)];
    }
    let reached = Check::well("server", say!(cli.texts, "doctor-server", server = server));
    let synced = match client.profile.vault {
        Some(_) => client.sync().map(drop),
        None => Ok(()),
    };
    let log = match synced {
        Ok(()) => Check::well("log", say!(cli.texts, "doctor-log")),
        Err(failure) => Check::failed("log", &cli.texts, &failure),
    };
    vec![reached, log]
}

fn clock(cli: &Cli<'_>) -> Check {
    let texts = &cli.texts;
    let Some(ahead) = cli.terminal.stage.waits().clock_ahead() else {
        return Check::well("clock", say!(texts, "doctor-clock-unknown"));
    };
    if ahead.abs() < WRONG {
        return Check::well("clock", say!(texts, "doctor-clock", seconds = ahead.abs().as_secs()));
    }
    Check::failed("clock", texts, &Failure::of_clock(ahead))
}

fn disk(client: &Client, texts: &Texts) -> Result<Check, Failure> {
    let folder = client.local.home().folder();
    let free = rustix::fs::statvfs(folder).map_err(|error| Failure::file(folder, &error.into()))?;
    let bytes = free.f_bavail.saturating_mul(free.f_frsize);
    let (count, unit) = if bytes >= GIGA { (bytes / GIGA, "giga") } else { (bytes / MEGA, "mega") };
    let said = say!(texts, "doctor-disk", count = count, unit = unit);
    if bytes >= LEAST_FREE {
        return Ok(Check::well("disk", said));
    }
    Ok(Check::wrong("disk", said, say!(texts, "doctor-disk-do")))
}

fn spool(client: &Client, texts: &Texts) -> Result<Check, Failure> {
    Ok(match client.prepared()? {
        0 => Check::well("spool", say!(texts, "doctor-spool")),
        count => Check::wrong(
            "spool",
            say!(texts, "standing-to-send", count = count),
            say!(texts, "doctor-spool-do"),
        ),
    })
}

fn keys(client: &Client, texts: &Texts) -> Check {
    match client.up_to_date() {
        Ok(()) => Check::well("keys", say!(texts, "caught-up")),
        Err(failure) => Check::failed("keys", texts, &failure),
    }
}

fn authorities(client: &Client, texts: &Texts) -> Check {
    let names: Vec<&str> = client.profile.authorities.iter().map(|(name, _)| name.as_str()).collect();
    Check::well(
        "authorities",
        say!(texts, "doctor-authorities", count = names.len(), names = names.join(", ")),
    )
}

/// A clock that is wrong by more is named: servers allow for ten minutes.
const WRONG: SignedDuration = SignedDuration::from_mins(2);
const MEGA: u64 = 1_000_000;
const GIGA: u64 = 1_000_000_000;
/// On less room than this, a document of the usual size cannot be prepared.
const LEAST_FREE: u64 = 200_000_000;
