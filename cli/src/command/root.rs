//! The account's root, taken out of a slot for the few acts that need it: devices work without.

use std::path::PathBuf;

use carnet_core::account::kit::Kit;
use carnet_core::account::{Owner, passphrase_file};

use crate::cli::Cli;
use crate::client::create::Known;
use crate::client::{Client, slots};
use crate::{Failure, say};

/// A way to the account's root.
#[derive(Debug, Clone, clap::Args)]
pub struct Root {
    /// The recovery kit, as a file with its code
    #[arg(long, value_name = "FILE")]
    kit: Option<PathBuf>,
    /// The recovery file
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Root {
    /// The owner of this account.
    ///
    /// # Errors
    /// `root-unnamed` where no way is named; what the file or the slot says.
    pub(crate) fn owner(&self, cli: &mut Cli<'_>, client: &Client) -> Result<Owner, Failure> {
        let read = |file: &PathBuf| std::fs::read(file).map_err(|error| Failure::file(file, &error));
        let kit = match (&self.kit, &self.passphrase_file) {
            (Some(file), _) => {
                let bytes = zeroize::Zeroizing::new(read(file)?);
                let text = String::from_utf8_lossy(&bytes);
                Kit::parse(text.lines().next().unwrap_or_default().trim())?
            }
            (None, Some(file)) => {
                let passphrase = cli.terminal.passphrase(&say!(cli.texts, "ask-file-passphrase"))?;
                passphrase_file::open(&read(file)?, &passphrase)?
            }
            (None, None) => return Err(Failure::wrong("root-unnamed")),
        };
        let known = Known::by_paper(&client.server_address()?, client.profile.certificates.clone())?;
        slots::owner_by(&known, &client.account, kit.secret())
    }
}
