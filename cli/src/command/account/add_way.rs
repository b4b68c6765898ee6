//! `carnet account add-way` and `remove-way`: one more way back, or one less. Both need the root, by a way that is there.

use std::path::PathBuf;

use carnet_core::wire::id::SlotId;
use serde::Serialize;

use super::by::By;
use super::health::{Health, kind};
use super::paper::Papers;
use super::way::{self, Contacts};
use crate::cli::Cli;
use crate::client::Client;
use crate::{Failure, say};

/// Makes one more way back.
///
/// Devices do not keep the account's root: name a way that is there by --kit, --passphrase-file, --share or --words.
#[derive(Debug, clap::Args)]
pub struct AddWay {
    #[command(subcommand)]
    way: NewWay,
}

/// Which way.
#[derive(Debug, clap::Subcommand)]
enum NewWay {
    /// A recovery kit, to be printed
    Kit {
        /// Where it goes: a page (PDF), or text for a name that ends in .txt
        file: PathBuf,
        #[command(flatten)]
        by: By,
    },
    /// A recovery file under a passphrase, to be copied elsewhere
    PassphraseFile {
        /// Where it goes
        file: PathBuf,
        #[command(flatten)]
        by: By,
    },
    /// Shares for trusted people, some of whom bring you back together
    Contacts {
        /// How many of how many, such as 2/3
        numbers: String,
        /// The folder where the shares go
        folder: PathBuf,
        #[command(flatten)]
        by: By,
    },
    /// A password for browsers, and a new kit that has its second secret printed
    Password {
        /// Where the new kit goes
        file: PathBuf,
        /// Reads the password from this file descriptor
        #[arg(long, value_name = "N")]
        password_fd: Option<i32>,
        #[command(flatten)]
        by: By,
    },
}

/// Removes a way back: its paper opens nothing any more.
#[derive(Debug, clap::Args)]
pub struct RemoveWay {
    /// Which: its short name from `carnet account status`, or its kind where there is one only
    way: String,
    #[command(flatten)]
    by: By,
}

#[derive(Serialize)]
struct Shape {
    #[serde(flatten)]
    health: Health,
}

impl AddWay {
    /// Runs the command.
    ///
    /// # Errors
    /// `way-unnamed`, `way-other`, `slot-closed` for the way that should give the root; `paper-there`; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let id = client.account.id();
        client.meet(&id)?;
        client.up_to_date()?;
        let mut papers = Papers::default();
        match self.way {
            NewWay::Kit { file, by } => {
                super::paper::free(&file)?;
                let came = by.owner(cli, &client)?;
                way::add_kit(cli, &mut client, &came.owner, &file, &mut papers, None)?;
            }
            NewWay::PassphraseFile { file, by } => {
                super::paper::free(&file)?;
                let key = by.take(cli)?;
                let came = key.owner(&client)?;
                let passphrase = match key.passphrase {
                    Some(passphrase) => passphrase,
                    None => super::create::new_passphrase(cli)?,
                };
                way::add_passphrase_file(cli, &mut client, &came.owner, &file, &mut papers, &passphrase)?;
            }
            NewWay::Contacts { numbers, folder, by } => {
                let contacts = Contacts::parse(&numbers, &folder)?;
                contacts.files().iter().try_for_each(|file| super::paper::free(file))?;
                let came = by.owner(cli, &client)?;
                way::add_contacts(cli, &mut client, &came.owner, &contacts, &mut papers)?;
            }
            NewWay::Password { file, password_fd, by } => {
                super::paper::free(&file)?;
                let came = by.owner(cli, &client)?;
                let password = new_password(cli, password_fd)?;
                way::add_password(cli, &mut client, &came.owner, &file, &mut papers, &password)?;
            }
        }
        papers.keep()?;
        answer(cli, &client)
    }
}

impl RemoveWay {
    /// Runs the command.
    ///
    /// # Errors
    /// `way-unknown`, `way-many`; `ways-last` where fewer than two ways would remain; as [`AddWay::run`].
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let id = client.account.id();
        client.meet(&id)?;
        let slot = find(&client, &self.way)?;
        let counts = |kind: &str| kind != "password";
        let of =
            client.account.slots().find(|(id, _)| **id == slot).map_or("", |(_, record)| kind(record.kind));
        if counts(of) && Health::of(&client, &cli.texts).surviving <= 2 {
            return Err(Failure::coded("ways-last"));
        }
        let came = self.by.owner(cli, &client)?;
        client.remove_slot(&came.owner, &slot)?;
        answer(cli, &client)
    }
}

fn answer(cli: &mut Cli<'_>, client: &Client) -> Result<(), Failure> {
    let shape = Shape { health: Health::of(client, &cli.texts) };
    cli.answer(&shape, |texts| shape.health.lines(texts).join("\n"))
}

/// The slot that is called so.
fn find(client: &Client, way: &str) -> Result<SlotId, Failure> {
    let called = |slot: &SlotId, of: &str| of == way || (way.len() >= 4 && slot.to_string().starts_with(way));
    let mut found = client.account.slots().filter(|(slot, record)| called(slot, kind(record.kind)));
    match (found.next(), found.next()) {
        (Some((slot, _)), None) => Ok(*slot),
        (None, _) => Err(Failure::wrong("way-unknown").with("way", way)),
        _ => Err(Failure::wrong("way-many").with("way", way)),
    }
}

/// A new password: asked for twice, or once from a descriptor.
fn new_password(cli: &Cli<'_>, fd: Option<i32>) -> Result<zeroize::Zeroizing<String>, Failure> {
    let terminal = crate::terminal::Terminal { passphrase_fd: fd, ..cli.terminal.clone() };
    super::create::twice(cli, &terminal, &say!(cli.texts, "ask-new-password"))
}
