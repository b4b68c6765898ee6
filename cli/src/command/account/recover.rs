//! `carnet recover`: back into an account on a new machine, by any of its ways.

use std::path::PathBuf;

use carnet_core::secret::DeviceSecret;
use carnet_core::wire::note::VerifierKey;
use serde::Serialize;

use super::aside::{Aside, Place};
use super::by::By;
use super::create::new_passphrase;
use crate::cli::Cli;
use crate::client::create::{Known, Server};
use crate::client::{Client, slots};
use crate::home::absolute;
use crate::remote::Remote;
use crate::text::Texts;
use crate::{Failure, agent, say};

/// Comes back to an account on a new machine.
///
/// By the kit, the recovery file, shares of trusted people, or the 24 words alone. By another device of yours: carnet account pair.
#[derive(Debug, clap::Args)]
pub struct Recover {
    #[command(flatten)]
    by: By,
    /// The server's address, where it is another than the paper says; words name none
    #[arg(long, env = "CARNET_SERVER_URL", value_name = "URL")]
    server: Option<String>,
    /// The key of the server's log, where you have it from elsewhere; papers name it
    #[arg(long, env = "CARNET_LOG_KEY", value_name = "KEY")]
    log_key: Option<VerifierKey>,
    /// What you are called
    #[arg(long)]
    name: Option<String>,
    /// A file of certificates to believe instead of the public ones
    #[arg(long, env = "CARNET_CERTIFICATES", value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// A public key of an authority whose word on professionals counts: NAME=HEX
    #[arg(long = "authority", env = "CARNET_AUTHORITIES", value_name = "NAME=KEY", value_delimiter = ',')]
    authorities: Vec<String>,
    /// Takes the place of an account that is here and does not open any more; what is here is kept aside
    #[arg(long)]
    in_place: bool,
}

#[derive(Serialize)]
pub(super) struct Recovered {
    account: String,
    vault: Option<String>,
    documents: usize,
    /// Where what was here before is kept.
    before: Option<String>,
}

impl Recover {
    /// Runs the command.
    ///
    /// # Errors
    /// `account-there`; `way-unnamed` where no way back is named; `server-unnamed` for words without a server; what the paper, the file or
    /// the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        // What can be foreseen to fail comes before the account has one more device.
        let place = if self.in_place { Place::OfAny } else { Place::OfBroken };
        let mut aside = Aside::begin(&cli.home, place)?;
        let authorities = self
            .authorities
            .iter()
            .map(|text| super::create::authority(text))
            .collect::<Result<Vec<_>, _>>()?;
        let key = self.by.take(cli)?;
        let certificates = self.certificates.as_ref().map(|path| absolute(path));
        let waits = cli.terminal.stage.waits();
        let named = |url| Server {
            url,
            certificates: certificates.clone(),
            log_key: self.log_key.clone(),
            waits: waits.clone(),
        };
        let known = match (&key.at, self.server.clone()) {
            // What the person says now is newer than what was printed once; the paper's word for the log holds all the same.
            (Some((paper, _)), Some(url)) => Known::by_paper_at(paper, named(url))?,
            (Some((paper, _)), None) => Known::by_paper(paper, certificates.clone())?.watched(&waits),
            (None, Some(url)) => named(url).reach()?,
            (None, None) => named(ask_server(cli)?).reach()?,
        };
        let moved = match (&key.at, self.server.as_deref()) {
            (Some((paper, _)), Some(url)) => {
                paper.url.as_str().trim_end_matches('/') != url.trim_end_matches('/')
            }
            _ => false,
        };
        let named = key.at.as_ref().map(|(_, account)| *account);
        let came = slots::come_by(&known, named, &key.secret)?;
        let passphrase = match key.passphrase {
            Some(passphrase) => passphrase,
            None => new_passphrase(cli)?,
        };
        let home = aside.home()?;
        let secret = DeviceSecret::make()?;
        let locked = secret.lock(&passphrase)?;
        let text = secret.to_text().map_err(|_| Failure::coded("internal"))?;
        let name = self.name.unwrap_or_else(|| "moi".to_owned());
        let device = DeviceSecret::parse(&text)?;
        let mut client = Client::come_back(&home, device, known, came.account, &came.owner, &name)?;
        client.profile.authorities = authorities;
        client.prove_way(&came.slot)?;
        let shape = Recovered::of(&client, &aside)?;
        drop(client);
        aside.move_in(&locked)?;
        agent::start(&cli.home, &secret, agent::IDLE)?;
        if moved {
            let said = say!(cli.texts, "paper-old-address");
            cli.remark(&said);
        }
        cli.answer(&shape, |texts| shape.text(texts))
    }
}

/// Asks for the server's address, which words do not say.
fn ask_server(cli: &Cli<'_>) -> Result<String, Failure> {
    if !cli.terminal.is_there() {
        return Err(Failure::wrong("server-unnamed"));
    }
    let question = say!(cli.texts, "ask-server");
    cli.terminal.ask_until(&cli.texts, &question, |url| {
        Remote::new(url, None)?;
        Ok(url.to_owned())
    })
}

impl Recovered {
    /// What was found again.
    ///
    /// # Errors
    /// What the records say.
    pub(super) fn of(client: &Client, aside: &Aside) -> Result<Self, Failure> {
        let documents = match client.profile.vault {
            Some(vault) => client.catalogue(&vault)?.len(),
            None => 0,
        };
        Ok(Self {
            account: client.account.id().to_string(),
            vault: client.profile.vault.map(|vault| vault.to_string()),
            documents,
            before: aside.displaced().map(|path| path.display().to_string()),
        })
    }

    /// The same, for a person.
    pub(super) fn text(&self, texts: &Texts) -> String {
        let mut text = say!(texts, "recovered", documents = self.documents);
        if let Some(before) = &self.before {
            text.push('\n');
            text.push_str(&say!(texts, "recovered-before", path = before.as_str()));
        }
        text
    }
}
