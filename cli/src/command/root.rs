//! The account's root, taken out of a slot for the few acts that need it: devices work without.

use carnet_core::account::Owner;

use super::By;
use crate::Failure;
use crate::cli::Cli;
use crate::client::Client;

/// A way to the account's root.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Root {
    #[command(flatten)]
    by: By,
}

impl Root {
    /// The owner of this account.
    ///
    /// # Errors
    /// `root-unnamed` where no way is named; what the file or the slot says.
    pub(crate) fn owner(&self, cli: &mut Cli<'_>, client: &Client) -> Result<Owner, Failure> {
        if !self.by.is_named() {
            return Err(Failure::wrong("root-unnamed"));
        }
        Ok(self.by.owner(cli, client)?.owner)
    }
}
