//! `carnet account status`: who this is, and which ways back there are.

use carnet_core::wire::statement::SlotKind;
use serde::Serialize;

use crate::cli::Cli;
use crate::command::when;
use crate::{Failure, say};

/// Says who this is, and which ways back there are.
#[derive(Debug, clap::Args)]
pub struct Status {}

#[derive(Serialize)]
struct Shape {
    name: String,
    account: String,
    server: String,
    vault: Option<String>,
    devices: usize,
    ways_back: Vec<Way>,
}

#[derive(Serialize)]
struct Way {
    kind: &'static str,
    made: String,
    proven: Option<String>,
}

impl Status {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-account`.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let client = cli.client()?;
        let language = cli.texts.language();
        let ways = client.profile.ways.iter().map(|way| Way {
            kind: way.kind.map_or("device", kind),
            made: when::minute(way.made, language),
            proven: way.proven.map(|time| when::minute(time, language)),
        });
        let shape = Shape {
            name: client.profile.name.clone(),
            account: client.account.id().to_string(),
            server: client.profile.server.clone(),
            vault: client.profile.vault.map(|vault| vault.to_string()),
            devices: client.account.devices().filter(|device| device.is_live()).count(),
            ways_back: ways.collect(),
        };
        cli.answer(&shape, |texts| {
            let mut lines = vec![
                say!(texts, "status-name", name = shape.name.as_str()),
                say!(texts, "status-server", server = shape.server.as_str()),
                say!(texts, "status-devices", count = shape.devices),
            ];
            for way in &shape.ways_back {
                let kind = say!(texts, &format!("way-{}", way.kind));
                let proven = match &way.proven {
                    Some(time) => say!(texts, "way-proven", time = time.as_str()),
                    None => say!(texts, "way-unproven"),
                };
                lines.push(format!("  {kind}: {proven}"));
            }
            lines.join("\n")
        })
    }
}

fn kind(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Passphrase => "passphrase",
        SlotKind::Kit => "kit",
        SlotKind::Contacts => "contacts",
        SlotKind::Passkey => "passkey",
        SlotKind::Password => "password",
    }
}
