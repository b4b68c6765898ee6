//! `carnet recover`: back into an account on a new machine, by any of its ways.

use std::path::PathBuf;

use carnet_core::account::kit::Kit;
use carnet_core::account::passphrase_file;
use carnet_core::secret::DeviceSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use super::create::{absolute, new_passphrase};
use crate::cli::Cli;
use crate::client::create::{Known, line_of};
use crate::client::{Client, slots};
use crate::home::Home;
use crate::{Failure, agent, say, unix};

/// Comes back to an account on a new machine.
#[derive(Debug, clap::Args)]
pub struct Recover {
    /// The recovery kit: its file, or a file with its code
    #[arg(long, value_name = "FILE")]
    kit: Option<PathBuf>,
    /// The passphrase file
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// What you are called
    #[arg(long)]
    name: Option<String>,
    /// A file of certificates to believe instead of the public ones
    #[arg(long, env = "CARNET_CERTIFICATES", value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// A public key of an authority whose word on professionals counts: NAME=HEX
    #[arg(long = "authority", env = "CARNET_AUTHORITIES", value_name = "NAME=KEY", value_delimiter = ',')]
    authorities: Vec<String>,
}

#[derive(Serialize)]
struct Recovered {
    account: String,
    vault: Option<String>,
    documents: usize,
}

impl Recover {
    /// Runs the command.
    ///
    /// # Errors
    /// `account-there`; `way-unnamed` where no way back is named; what the paper, the file or the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        if cli.home.is_lived_in() {
            return Err(Failure::coded("account-there"));
        }
        let authorities = self
            .authorities
            .iter()
            .map(|text| super::create::authority(text))
            .collect::<Result<Vec<_>, _>>()?;
        let mut passphrase = None;
        let kit = match (&self.kit, &self.passphrase_file) {
            (Some(file), _) => {
                let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
                let text = Zeroizing::new(text);
                Kit::parse(text.lines().next().unwrap_or_default().trim())?
            }
            (None, Some(file)) => {
                let sealed = std::fs::read(file).map_err(|error| Failure::file(file, &error))?;
                let given = cli.terminal.passphrase(&say!(cli.texts, "ask-file-passphrase"))?;
                let kit = passphrase_file::open(&sealed, &given)?;
                passphrase = Some(given);
                kit
            }
            (None, None) => return Err(Failure::wrong("way-unnamed")),
        };
        let known = Known::by_paper(&kit.server, self.certificates.as_ref().map(|path| absolute(path)))?;
        let account = line_of(&known, &kit.account)?;
        let owner = slots::owner_by(&known, &account, kit.secret())?;
        let passphrase = match passphrase {
            Some(passphrase) => passphrase,
            None => new_passphrase(cli)?,
        };
        let aside = Home::at(&cli.home.folder().with_extension("new"));
        let _ = std::fs::remove_dir_all(aside.folder());
        aside.make()?;
        let secret = DeviceSecret::make()?;
        let locked = secret.lock(&passphrase)?;
        let text = secret.to_text().map_err(|_| Failure::coded("internal"))?;
        let name = self.name.unwrap_or_else(|| "moi".to_owned());
        let mut client =
            Client::come_back(&aside, DeviceSecret::parse(&text)?, known, account, &owner, &name)?;
        client.profile.authorities = authorities;
        client.keep_profile()?;
        let documents = match client.profile.vault {
            Some(vault) => client.catalogue(&vault)?.len(),
            None => 0,
        };
        let shape = Recovered {
            account: client.account.id().to_string(),
            vault: client.profile.vault.map(|vault| vault.to_string()),
            documents,
        };
        drop(client);
        let written = unix::write_private(&aside.lock(), &locked)
            .and_then(|()| std::fs::rename(aside.folder(), cli.home.folder()));
        written.map_err(|error| Failure::file(cli.home.folder(), &error))?;
        agent::start(&cli.home, &secret, agent::IDLE)?;
        cli.answer(&shape, |texts| say!(texts, "recovered", documents = documents))
    }
}
