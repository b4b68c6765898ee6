//! The commands, a file each: its arguments, what it does, what it answers.

mod accept;
mod account;
mod activate;
mod add;
mod added;
mod adding;
mod audit;
mod authority;
mod carry;
mod contact;
mod contents;
mod export;
mod find;
mod get;
mod history;
mod import;
mod journal;
mod kinds;
mod known;
mod list;
mod lock;
mod manual;
mod patients;
mod pro;
mod profile;
mod raw;
mod remove;
mod replace;
mod revoke;
mod root;
mod search;
mod share;
mod show;
mod trust;
mod verify;
pub(crate) mod when;
mod who;

use carnet_core::wire::id::VaultId;

pub use accept::{Accept, Refuse};
pub use account::{
    Account, AddWay, Approve, By, CatchUp, Create, CutOff, Devices, Drill, Pair, Recover, RemoveWay, Status,
};
pub use activate::Activate;
pub use add::Add;
pub use audit::{Audit, AuditStore};
pub use authority::Authority;
pub use contact::Contact;
pub use export::Export;
pub use get::Get;
pub use history::History;
pub use import::Import;
pub use journal::Journal;
pub use list::List;
pub use lock::{Agent, Lock, Unlock};
pub use manual::{Completions, Man};
pub use patients::{Deposit, Open, Patients};
pub use pro::Pro;
pub use profile::Profile;
pub use raw::Raw;
pub use remove::Remove;
pub use replace::Replace;
pub use revoke::Revoke;
pub use search::Search;
pub use share::Share;
pub use show::Show;
pub use verify::Verify;
pub use who::Who;

use crate::cli::Cli;
use crate::client::Client;
use crate::{Failure, say};

/// The own vault, brought up to date where the server answers; whether it did. What is known is enough for a command that only shows.
pub(crate) fn fresh_vault(
    cli: &mut Cli<'_>,
    client: &mut Client,
    offline: bool,
) -> Result<(VaultId, bool), Failure> {
    let vault = client.profile.vault.ok_or_else(|| Failure::coded("no-vault"))?;
    if offline {
        return Ok((vault, false));
    }
    match client.sync() {
        Ok(_) => Ok((vault, true)),
        // What is new cannot be written down here: what is known can still be shown.
        Err(failure) if failure.code() == Some("local-full") => {
            let (what, _) = failure.lines(&cli.texts);
            cli.remark(&what);
            Ok((vault, false))
        }
        Err(failure) if failure.code().is_some_and(|code| AWAY.contains(&code)) => {
            let said = say!(cli.texts, "offline");
            cli.remark(&said);
            Ok((vault, false))
        }
        Err(failure) => Err(failure),
    }
}

/// Codes of a server that cannot be reached.
const AWAY: [&str; 4] = ["remote-unreachable", "remote-broken", "remote-time-out", "remote-unavailable"];
