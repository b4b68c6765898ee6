//! `carnet account create`: an account, a vault, and two ways back that survive the loss of this machine.

use std::path::PathBuf;

use carnet_core::secret::DeviceSecret;
use carnet_core::wire::note::VerifierKey;
use serde::Serialize;
use zeroize::Zeroizing;

use super::way;
use crate::cli::Cli;
use crate::client::Client;
use crate::client::create::Server;
use crate::home::Home;
use crate::{Failure, agent, say, unix};

/// Creates an account, with two ways back into it.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The server's address, such as https://carnet.example
    #[arg(long, env = "CARNET_SERVER_URL", value_name = "URL")]
    server: String,
    /// What you are called
    #[arg(long)]
    name: Option<String>,
    /// Where the recovery kit goes: one page to print
    #[arg(long, value_name = "FILE")]
    kit: Option<PathBuf>,
    /// Where the passphrase file goes: a copy kept elsewhere
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// A file of certificates to believe instead of the public ones
    #[arg(long, env = "CARNET_CERTIFICATES", value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// The key of the server's log, where you have it from elsewhere
    #[arg(long, env = "CARNET_LOG_KEY", value_name = "KEY")]
    log_key: Option<VerifierKey>,
    /// A public key of an authority whose word on professionals counts: NAME=HEX
    #[arg(long = "authority", env = "CARNET_AUTHORITIES", value_name = "NAME=KEY", value_delimiter = ',')]
    authorities: Vec<String>,
    /// Makes no vault: for professionals and others who only read and deposit
    #[arg(long)]
    without_vault: bool,
}

#[derive(Serialize)]
struct Created {
    account: String,
    vault: Option<String>,
    ways_back: usize,
}

impl Create {
    /// Runs the command.
    ///
    /// # Errors
    /// `account-there` where somebody lives in this folder; `ways-missing` where not two ways back are asked for; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        if cli.home.is_lived_in() {
            return Err(Failure::coded("account-there"));
        }
        let here = std::env::current_dir().unwrap_or_default();
        let ask = |cli: &Cli<'_>, id: &str, file: &str| -> Result<PathBuf, Failure> {
            let given = cli
                .terminal
                .ask(&say!(cli.texts, id, file = file))
                .map_err(|_| Failure::wrong("ways-missing"))?;
            Ok(here.join(if given.is_empty() { file } else { &given }))
        };
        let kit = self.kit.clone().map_or_else(|| ask(cli, "ask-kit-file", "carnet-kit.txt"), Ok)?;
        let copy = self
            .passphrase_file
            .clone()
            .map_or_else(|| ask(cli, "ask-passphrase-file", "carnet-secours.age"), Ok)?;
        let authorities =
            self.authorities.iter().map(|text| authority(text)).collect::<Result<Vec<_>, _>>()?;
        let name = match &self.name {
            Some(name) => name.clone(),
            None => cli.terminal.ask(&say!(cli.texts, "ask-name")).unwrap_or_else(|_| "moi".to_owned()),
        };
        let certificates = self.certificates.as_ref().map(|path| absolute(path));
        let server = Server { url: self.server.clone(), certificates, log_key: self.log_key.clone() };
        let known = server.reach()?;
        let passphrase = new_passphrase(cli)?;

        // Everything is made aside: an account without its ways back is none.
        let aside = Home::at(&cli.home.folder().with_extension("new"));
        let _ = std::fs::remove_dir_all(aside.folder());
        aside.make()?;
        let secret = DeviceSecret::make()?;
        let locked = secret.lock(&passphrase)?;
        let made = (|| {
            let text = secret.to_text().map_err(|_| Failure::coded("internal"))?;
            let (mut client, owner) = Client::create(&aside, DeviceSecret::parse(&text)?, known, &name)?;
            client.profile.authorities = authorities;
            client.keep_profile()?;
            way::add_kit(cli, &mut client, &owner, &kit)?;
            way::add_passphrase_file(cli, &mut client, &owner, &copy, &passphrase)?;
            if !self.without_vault {
                let mut held = client.make_vault()?;
                client.sync_vault(&mut held)?;
            }
            Ok(client)
        })();
        let client = match made {
            Ok(client) => client,
            Err(failure) => {
                let _ = std::fs::remove_dir_all(aside.folder());
                return Err(failure);
            }
        };
        let shape = Created {
            account: client.account.id().to_string(),
            vault: client.profile.vault.map(|vault| vault.to_string()),
            ways_back: client.profile.ways.iter().filter(|way| way.proven.is_some()).count(),
        };
        drop(client);
        let written = unix::write_private(&aside.lock(), &locked)
            .and_then(|()| std::fs::rename(aside.folder(), cli.home.folder()));
        written.map_err(|error| Failure::file(cli.home.folder(), &error))?;
        agent::start(&cli.home, &secret, agent::IDLE)?;
        cli.answer(&shape, |texts| say!(texts, "account-created", name = name, ways = shape.ways_back))
    }
}

/// Asks twice for a new passphrase; once where it comes from a descriptor.
pub(crate) fn new_passphrase(cli: &Cli<'_>) -> Result<Zeroizing<String>, Failure> {
    let first = cli.terminal.passphrase(&say!(cli.texts, "ask-new-passphrase"))?;
    if first.chars().count() < SHORTEST {
        return Err(Failure::wrong("passphrase-short").with("least", SHORTEST.to_string()));
    }
    if cli.terminal.passphrase_fd.is_none() {
        let again = cli.terminal.passphrase(&say!(cli.texts, "ask-passphrase-again"))?;
        if *again != *first {
            return Err(Failure::wrong("passphrase-twice"));
        }
    }
    Ok(first)
}

/// A path that does not depend on where the next command is run.
pub(super) fn absolute(path: &std::path::Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// An authority as it is written on the command line: its name, and its key in hexadecimal digits.
pub(crate) fn authority(text: &str) -> Result<(String, minicbor::bytes::ByteArray<32>), Failure> {
    let wrong = || Failure::wrong("authority-key").with("text", text);
    let (name, digits) = text.split_once('=').ok_or_else(wrong)?;
    let digits = digits.trim();
    if digits.len() != 64 || !digits.is_ascii() {
        return Err(wrong());
    }
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().enumerate() {
        let pair = digits.get(place * 2..place * 2 + 2).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    carnet_core::wire::signature::VerifyingKey::from_bytes(&key).map_err(|_| wrong())?;
    Ok((name.trim().to_owned(), key.into()))
}

/// Fewest characters of a passphrase.
const SHORTEST: usize = 10;
