//! `carnet account status`: who this is, which ways back there are, and what would happen if this machine were lost.

use serde::Serialize;

use super::health::Health;
use crate::cli::Cli;
use crate::{Failure, say};

/// Says who this is, which ways back there are, and what would happen if this machine were lost.
#[derive(Debug, clap::Args)]
pub struct Status {}

#[derive(Serialize)]
struct Shape {
    name: String,
    account: String,
    server: String,
    vault: Option<String>,
    devices: usize,
    #[serde(flatten)]
    health: Health,
}

impl Status {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-account`; what the server refuses.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let id = client.account.id();
        let met = client.meet(&id);
        crate::command::if_there(cli, met)?;
        let shape = Shape {
            name: client.profile.name.clone(),
            account: client.account.id().to_string(),
            server: client.profile.server.clone(),
            vault: client.profile.vault.map(|vault| vault.to_string()),
            devices: client.live_devices().count(),
            health: Health::of(&client, &cli.texts),
        };
        cli.answer(&shape, |texts| {
            let mut lines = vec![
                say!(texts, "status-name", name = shape.name.as_str()),
                say!(texts, "status-server", server = shape.server.as_str()),
                say!(texts, "status-devices", count = shape.devices),
            ];
            lines.extend(shape.health.lines(texts));
            lines.join("\n")
        })
    }
}
