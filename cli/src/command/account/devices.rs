//! `carnet account devices`, `cut-off`, `catch-up`: where the account is used from, and where it is not any more.

use carnet_core::wire::signature::VerifyingKey;
use serde::Serialize;

use super::by::By;
use crate::cli::Cli;
use crate::client::Client;
use crate::command::when;
use crate::{Failure, say};

/// Lists the devices of this account.
#[derive(Debug, clap::Args)]
pub struct Devices {}

/// Cuts a device off: it logs in nowhere any more, and opens nothing that comes later.
///
/// New keys are made for the account, its vault and its circles; other devices fetch them by `carnet account catch-up`. What the device has
/// seen already it may have kept.
#[derive(Debug, clap::Args)]
pub struct CutOff {
    /// Which: its short name from `carnet account devices`
    device: String,
    #[command(flatten)]
    by: By,
}

/// Fetches the account's newest keys, after another device cut one off.
#[derive(Debug, clap::Args)]
pub struct CatchUp {
    #[command(flatten)]
    by: By,
}

#[derive(Serialize)]
struct Shape {
    devices: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    since: String,
    this: bool,
    cut_off: bool,
}

#[derive(Serialize)]
struct Renewed {
    generation: u64,
    vault_generation: Option<u64>,
    devices: usize,
}

impl Devices {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-account`; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let id = client.account.id();
        let met = client.meet(&id);
        crate::command::if_there(cli, met)?;
        let (own, language) = (client.device.verifying_key(), cli.texts.language());
        let row = |device: &carnet_core::account::DeviceRecord| Row {
            id: short(device.key()),
            since: when::minute(device.since(), language),
            this: *device.key() == own,
            cut_off: !device.is_live(),
        };
        let mut devices: Vec<_> =
            client.account.devices().map(|device| (device.since(), row(device))).collect();
        devices.sort_by_key(|(since, _)| *since);
        let shape = Shape { devices: devices.into_iter().map(|(_, row)| row).collect() };
        cli.answer(&shape, |texts| {
            let line = |row: &Row| {
                let state = match (row.cut_off, row.this) {
                    (true, _) => say!(texts, "device-cut-off"),
                    (false, true) => say!(texts, "device-this"),
                    (false, false) => String::new(),
                };
                let said = say!(
                    texts,
                    "device-line",
                    id = row.id.as_str(),
                    since = row.since.as_str(),
                    state = state
                );
                said.trim_end().to_owned()
            };
            shape.devices.iter().map(line).collect::<Vec<_>>().join("\n")
        })
    }
}

impl CutOff {
    /// Runs the command.
    ///
    /// # Errors
    /// `device-unknown`, `cut-off-self`, `not-confirmed`; as [`By::owner`]; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let id = client.account.id();
        client.meet(&id)?;
        let key = find(&client, &self.device)?;
        if key == client.device.verifying_key() {
            return Err(Failure::wrong("cut-off-self"));
        }
        if cli.terminal.is_there()
            && !cli.terminal.confirm(&cli.texts, &say!(cli.texts, "ask-cut-off", id = short(&key)))
        {
            return Err(Failure::wrong("not-confirmed"));
        }
        let came = self.by.owner(cli, &client)?;
        client.cut_off(&came.owner, &key)?;
        let mut vault_generation = None;
        if client.profile.vault.is_some() {
            let mut held = client.sync()?;
            client.renew_vault(&mut held)?;
            vault_generation = Some(held.vault.reader().generation());
        }
        let shape = Renewed {
            generation: client.account.generation(),
            vault_generation,
            devices: client.live_devices().count(),
        };
        cli.answer(&shape, |texts| {
            let said = say!(texts, "cut-off-done", id = short(&key));
            let others = shape.devices.saturating_sub(1);
            if others == 0 {
                said
            } else {
                format!("{said}\n{}", say!(texts, "cut-off-others", count = others))
            }
        })
    }
}

impl CatchUp {
    /// Runs the command.
    ///
    /// # Errors
    /// As [`By::owner`]; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let came = self.by.owner(cli, &client)?;
        client.catch_up(&came.owner)?;
        let vault_generation = match client.profile.vault {
            Some(_) => Some(client.sync()?.vault.reader().generation()),
            None => None,
        };
        let shape = Renewed {
            generation: client.account.generation(),
            vault_generation,
            devices: client.live_devices().count(),
        };
        cli.answer(&shape, |texts| say!(texts, "caught-up"))
    }
}

fn find(client: &Client, name: &str) -> Result<VerifyingKey, Failure> {
    let called = |key: &VerifyingKey| name.len() >= 4 && key.key_id().to_string().starts_with(name);
    let mut found = client.account.devices().map(|device| *device.key()).filter(called);
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(Failure::wrong("device-unknown").with("device", name)),
    }
}

fn short(key: &VerifyingKey) -> String {
    key.key_id().to_string().chars().take(8).collect()
}
