//! `carnet account create`: an account, a vault, and two ways back that survive the loss of this machine.

use std::path::PathBuf;
use std::time::Duration;

use carnet_core::account::Owner;
use carnet_core::account::pairing_code::PairingCode;
use carnet_core::secret::DeviceSecret;
use carnet_core::wire::note::VerifierKey;
use serde::Serialize;
use zeroize::Zeroizing;

use super::aside::{Aside, Place};
use super::paper::{self, Papers};
use super::way::{self, Contacts};
use crate::cli::Cli;
use crate::client::Client;
use crate::client::create::Server;
use crate::home::absolute;
use crate::terminal::Terminal;
use crate::{Failure, agent, say};

/// Creates an account, with two ways back into it.
///
/// Nothing is there before two ways back were shown to work. Name at least two of --kit, --passphrase-file, --contacts and
/// --second-device; on a terminal, what is missing is asked for.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The server's address: https and a name, without a path
    #[arg(long, env = "CARNET_SERVER_URL", value_name = "URL")]
    server: String,
    /// What you are called
    #[arg(long)]
    name: Option<String>,
    /// Where the recovery kit goes: one page to print (PDF), or text for a name that ends in .txt
    #[arg(long, value_name = "FILE")]
    kit: Option<PathBuf>,
    /// Where the recovery file goes, under this device's passphrase: a copy to be kept elsewhere
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Trusted people: how many of how many bring you back, such as 2/3
    #[arg(long, value_name = "K/N", requires = "shares")]
    contacts: Option<String>,
    /// The folder where the trusted people's shares go
    #[arg(long, value_name = "FOLDER")]
    shares: Option<PathBuf>,
    /// A second device: the code that `carnet account pair` shows there
    #[arg(long, value_name = "CODE")]
    second_device: Option<String>,
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
    papers: Vec<String>,
}

/// The ways back that were chosen.
struct Ways {
    kit: Option<PathBuf>,
    passphrase_file: Option<PathBuf>,
    contacts: Option<Contacts>,
    second_device: Option<PairingCode>,
}

impl Create {
    /// Runs the command.
    ///
    /// # Errors
    /// `account-there` where somebody lives in this folder, `home-broken` where something else is there; `ways-missing` where not two ways back are asked for; `paper-there` where a file
    /// would be written over; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut aside = Aside::begin(&cli.home, Place::Free)?;
        let ways = self.ways(cli)?;
        aside.free(&ways.files())?;
        let authorities =
            self.authorities.iter().map(|text| authority(text)).collect::<Result<Vec<_>, _>>()?;
        let name = match &self.name {
            Some(name) => name.clone(),
            None => cli.terminal.ask(&say!(cli.texts, "ask-name")).unwrap_or_else(|_| "moi".to_owned()),
        };
        let certificates = self.certificates.as_ref().map(|path| absolute(path));
        let waits = cli.terminal.stage.waits();
        let server = Server { url: self.server.clone(), certificates, log_key: self.log_key.clone(), waits };
        let known = server.reach()?;
        let passphrase = new_passphrase(cli)?;

        // Everything is made aside: an account without its ways back is none.
        let home = aside.home()?;
        let secret = DeviceSecret::make()?;
        let locked = secret.lock(&passphrase)?;
        let text = secret.to_text().map_err(|_| Failure::coded("internal"))?;
        let (mut client, owner) = Client::create(&home, DeviceSecret::parse(&text)?, known, &name)?;
        client.profile.authorities = authorities;
        client.keep_profile()?;
        let mut papers = Papers::default();
        ways.make(cli, &mut client, &owner, &mut papers, &passphrase)?;
        if !self.without_vault {
            let mut held = client.make_vault()?;
            client.sync_vault(&mut held)?;
        }
        let shape = Created {
            account: client.account.id().to_string(),
            vault: client.profile.vault.map(|vault| vault.to_string()),
            ways_back: client.profile.ways.iter().filter(|way| way.proven.is_some()).count(),
            papers: papers.names().map(absolute).collect(),
        };
        drop(client);
        aside.note(&papers)?;
        papers.keep()?;
        aside.move_in(&locked)?;
        agent::start(&cli.home, &secret, agent::IDLE)?;
        cli.answer(&shape, |texts| say!(texts, "account-created", name = name, ways = shape.ways_back))
    }

    /// The ways back: those that were named, and on a terminal, until there are two, those that are asked for.
    fn ways(&self, cli: &Cli<'_>) -> Result<Ways, Failure> {
        let contacts = match (&self.contacts, &self.shares) {
            (Some(numbers), Some(folder)) => Some(Contacts::parse(numbers, folder)?),
            _ => None,
        };
        let second_device = self.second_device.as_deref().map(PairingCode::parse).transpose()?;
        let mut ways = Ways {
            kit: self.kit.clone(),
            passphrase_file: self.passphrase_file.clone(),
            contacts,
            second_device,
        };
        if ways.count() < 2 && !cli.terminal.is_there() {
            return Err(Failure::wrong("ways-missing"));
        }
        let ask = |id: &str, file: &str| -> Result<PathBuf, Failure> {
            let question = say!(cli.texts, id, file = file);
            cli.terminal.ask_until(&cli.texts, &question, |given| {
                let path = PathBuf::from(if given.is_empty() { file } else { given });
                paper::can_be(&path)?;
                Ok(path)
            })
        };
        if ways.count() < 2 && ways.kit.is_none() {
            ways.kit = Some(ask("ask-kit-file", "carnet-kit.pdf")?);
        }
        if ways.count() < 2 && ways.passphrase_file.is_none() {
            ways.passphrase_file = Some(ask("ask-passphrase-file", "carnet-secours.age")?);
        }
        Ok(ways)
    }
}

impl Ways {
    fn count(&self) -> usize {
        [
            self.kit.is_some(),
            self.passphrase_file.is_some(),
            self.contacts.is_some(),
            self.second_device.is_some(),
        ]
        .into_iter()
        .filter(|there| *there)
        .count()
    }

    fn files(&self) -> Vec<PathBuf> {
        let shares = self.contacts.as_ref().map(Contacts::files).unwrap_or_default();
        self.kit.iter().chain(&self.passphrase_file).cloned().chain(shares).collect()
    }

    fn make(
        &self,
        cli: &mut Cli<'_>,
        client: &mut Client,
        owner: &Owner,
        papers: &mut Papers,
        passphrase: &str,
    ) -> Result<(), Failure> {
        if let Some(file) = &self.kit {
            way::add_kit(cli, client, owner, file, papers, None)?;
        }
        if let Some(file) = &self.passphrase_file {
            way::add_passphrase_file(cli, client, owner, file, papers, passphrase)?;
        }
        if let Some(contacts) = &self.contacts {
            way::add_contacts(cli, client, owner, contacts, papers)?;
        }
        if let Some(code) = self.second_device {
            way::approve(cli, client, code, Some(PAIRING))?;
        }
        Ok(())
    }
}

/// Asks twice for a new passphrase; once where it comes from a descriptor.
pub(crate) fn new_passphrase(cli: &Cli<'_>) -> Result<Zeroizing<String>, Failure> {
    twice(cli, &cli.terminal, &say!(cli.texts, "ask-new-passphrase"))
}

/// Asks twice for what is new and secret; from the beginning where it is too short or the second time is another.
pub(super) fn twice(
    cli: &Cli<'_>,
    terminal: &Terminal,
    question: &str,
) -> Result<Zeroizing<String>, Failure> {
    terminal.passphrase_until(&cli.texts, question, |first| {
        if first.chars().count() < SHORTEST {
            return Err(Failure::wrong("passphrase-short").with("least", SHORTEST.to_string()));
        }
        if terminal.passphrase_fd.is_none() {
            let again = terminal.passphrase(&say!(cli.texts, "ask-passphrase-again"))?;
            if *again != **first {
                return Err(Failure::wrong("passphrase-twice"));
            }
        }
        Ok(first.clone())
    })
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
pub(super) const SHORTEST: usize = 10;
/// How long a mailbox lives.
pub(super) const PAIRING: Duration = Duration::from_secs(600);
