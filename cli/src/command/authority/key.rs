//! The authority's key: a folder with a stock age file under a passphrase, and what is sealed under the secret in it.

use std::path::{Path, PathBuf};

use carnet_core::secret::{DeviceSecret, SigningSeed};
use carnet_core::signer::DeviceKey;
use serde::Serialize;

use crate::cli::Cli;
use crate::command::account::new_passphrase;
use crate::{Failure, say, unix};

/// Makes the authority's key.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// The authority's folder
    folder: PathBuf,
    /// Its name
    #[arg(long, default_value = "Autorité")]
    name: String,
}

#[derive(Serialize)]
struct Made {
    name: String,
    key: String,
}

impl Init {
    pub(super) fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let lock = self.folder.join(LOCK);
        if lock.exists() {
            return Err(Failure::coded("authority-there").with("path", self.folder.display().to_string()));
        }
        let passphrase = new_passphrase(cli)?;
        let (secret, seed) = (DeviceSecret::make()?, SigningSeed::make()?);
        let key = hex(DeviceKey::from_seed(&seed).verifying_key().as_bytes());
        let failed = |error: std::io::Error| Failure::file(&self.folder, &error);
        unix::private_folder(&self.folder).map_err(failed)?;
        unix::write_private(&self.folder.join(SEED), &secret.seal_seed(PURPOSE, &seed)?).map_err(failed)?;
        unix::write_private(&self.folder.join(PUBLIC), format!("{}={key}\n", self.name).as_bytes())
            .map_err(failed)?;
        unix::write_private(&lock, &secret.lock(&passphrase)?).map_err(failed)?;
        let shape = Made { name: self.name, key };
        cli.answer(&shape, |texts| {
            say!(texts, "authority-made", name = shape.name.as_str(), key = shape.key.as_str())
        })
    }
}

/// The authority's key, opened with its passphrase.
///
/// # Errors
/// `authority-none`, `passphrase`, `nobody-there`.
pub(super) fn open(cli: &mut Cli<'_>, folder: &Path) -> Result<DeviceKey, Failure> {
    let none = |_| Failure::coded("authority-none").with("path", folder.display().to_string());
    let locked = std::fs::read(folder.join(LOCK)).map_err(none)?;
    let sealed = std::fs::read(folder.join(SEED)).map_err(none)?;
    let question = say!(cli.texts, "ask-authority-passphrase");
    let secret = cli.terminal.passphrase_until(&cli.texts, &question, |given| {
        DeviceSecret::unlock(&locked, given).map_err(|_| Failure::coded("passphrase"))
    })?;
    Ok(DeviceKey::from_seed(&secret.open_seed(PURPOSE, &sealed)?))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const LOCK: &str = "lock.age";
const SEED: &str = "key.sealed";
const PUBLIC: &str = "public.txt";
const PURPOSE: &[u8] = b"carnet/v1/authority";
