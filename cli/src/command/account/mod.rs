//! `carnet account`: creating an account with two ways back, coming back, and looking after both.

mod add_way;
mod aside;
mod by;
mod create;
mod devices;
mod drill;
mod health;
mod pair;
mod paper;
mod recover;
mod status;
mod way;

pub use add_way::{AddWay, RemoveWay};
pub use by::By;
pub use create::Create;
pub(crate) use create::new_passphrase;
pub use devices::{CatchUp, CutOff, Devices};
pub use drill::Drill;
pub(crate) use health::Health;
pub use pair::{Approve, Pair};
pub(crate) use paper::{holds_way_back, read_letter};
pub use recover::Recover;
pub use status::Status;

use crate::Failure;
use crate::cli::Cli;

/// Creates, recovers and looks after an account.
#[derive(Debug, clap::Subcommand)]
pub enum Account {
    /// Creates an account, with two ways back into it
    Create(Create),
    /// Says who this is, which ways back there are, and what would happen if this machine were lost
    Status(Status),
    /// Rehearses the loss of this machine, by each way that is named
    Drill(Drill),
    /// Makes one more way back
    AddWay(AddWay),
    /// Removes a way back
    RemoveWay(RemoveWay),
    /// Makes this new machine a device of an account, approved from an old one
    Pair(Pair),
    /// Approves a new machine, which shows a code
    Approve(Approve),
    /// Lists the devices of this account
    Devices(Devices),
    /// Cuts a device off, and makes new keys
    CutOff(CutOff),
    /// Fetches the account's newest keys, after another device cut one off
    CatchUp(CatchUp),
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
            Self::Drill(drill) => drill.run(cli),
            Self::AddWay(add) => add.run(cli),
            Self::RemoveWay(remove) => remove.run(cli),
            Self::Pair(pair) => pair.run(cli),
            Self::Approve(approve) => approve.run(cli),
            Self::Devices(devices) => devices.run(cli),
            Self::CutOff(cut) => cut.run(cli),
            Self::CatchUp(catch) => catch.run(cli),
        }
    }
}
