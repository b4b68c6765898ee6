//! `carnet authority`: who vouches for professionals, and opens vaults for people who have no key yet. Its key lives here, never on the host.

mod attest;
mod import;
mod key;
mod open_vault;
mod register;

use crate::Failure;
use crate::cli::Cli;

/// Vouches for professionals, and opens vaults by letter.
#[derive(Debug, clap::Subcommand)]
pub enum Authority {
    /// Makes the authority's key
    Init(key::Init),
    /// Attests a professional, for 30 days at most
    Attest(attest::Attest),
    /// Ends an attestation
    Withdraw(attest::Withdraw),
    /// Reads directory files: FHIR Practitioner and PractitionerRole
    Import(import::Import),
    /// Opens a vault for somebody who has no key yet, with its letter
    OpenVault(open_vault::OpenVault),
}

impl Authority {
    /// Runs the command.
    ///
    /// # Errors
    /// As each says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        match self {
            Self::Init(init) => init.run(cli),
            Self::Attest(attest) => attest.run(cli),
            Self::Withdraw(withdraw) => withdraw.run(cli),
            Self::Import(import) => import.run(cli),
            Self::OpenVault(open) => open.run(cli),
        }
    }
}
