//! The commands, a file each: its arguments, what it does, what it answers.

mod accept;
mod account;
mod activate;
mod add;
mod added;
mod adding;
mod archive;
mod audit;
mod authority;
mod cleaning;
mod complete;
mod contact;
mod contents;
mod deposit;
mod doctor;
mod edit;
mod export;
mod find;
mod get;
mod help;
mod history;
mod import;
mod inside;
mod journal;
mod kinds;
mod known;
mod list;
mod lock;
mod manual;
mod one_moment;
mod open;
mod part_file;
mod patients;
mod person;
mod preview;
mod pro;
mod profile;
mod raw;
mod remove;
mod replace;
mod revoke;
mod root;
mod schedule;
mod search;
mod share;
mod show;
mod show_cda;
mod show_content;
mod show_page;
mod spoken;
mod status;
mod title;
mod trust;
mod verify;
mod versions;
mod viewer;
mod walk;
mod way_back;
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
pub use complete::Complete;
pub use contact::Contact;
pub use deposit::Deposit;
pub use doctor::Doctor;
pub use edit::Edit;
pub use export::Export;
pub(crate) use find::{fold, person_among, short};
pub use get::Get;
pub use help::Help;
pub use history::History;
pub use import::Import;
pub use journal::Journal;
pub use list::List;
pub use lock::{Agent, Lock, Unlock};
pub use manual::{Completions, Man};
pub use open::Open;
pub use patients::Patients;
pub use pro::Pro;
pub use profile::Profile;
pub use raw::Raw;
pub use remove::Remove;
pub use replace::Replace;
pub use revoke::Revoke;
pub use search::Search;
pub use share::Share;
pub use show::Show;
pub use status::Standing;
pub use verify::Verify;
pub use who::Who;

use crate::cli::Cli;
use crate::client::Client;
use crate::remote_error::is_away;
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
    let fresh = if_there(cli, client.sync())?.is_some();
    Ok((vault, fresh))
}

/// What a server answered; nothing where it was not heard, or what is new has no room here, for a command that only shows: it says why, and
/// goes on with what is known here.
///
/// # Errors
/// What the server itself refused.
pub(crate) fn if_there<T>(cli: &mut Cli<'_>, answered: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answered {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.code() == Some("local-full") => {
            let (what, _) = failure.lines(&cli.texts);
            cli.remark(&what);
            Ok(None)
        }
        Err(failure) if failure.code().is_some_and(is_away) => {
            let (why, _) = failure.lines(&cli.texts);
            let said = say!(cli.texts, "offline", why = why);
            cli.remark(&said);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}
