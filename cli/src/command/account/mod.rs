//! `carnet account`: creating an account with two ways back, coming back, and looking after both.

mod create;
mod recover;
mod status;
mod way;

pub use create::Create;
pub(crate) use create::new_passphrase;
pub use recover::Recover;
pub use status::Status;

use crate::Failure;
use crate::cli::Cli;

/// Creates, recovers and looks after an account.
#[derive(Debug, clap::Subcommand)]
pub enum Account {
    /// Creates an account, with two ways back into it
    Create(Create),
    /// Says who this is, and which ways back there are
    Status(Status),
}

impl Account {
    /// Runs the command.
    ///
    /// # Errors
    /// As each says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(cli),
            Self::Status(status) => status.run(cli),
        }
    }
}
