//! The arguments of `carnet`: what all commands share, and which commands there are. Each command's own are in its file.

use clap::{ArgAction, Parser, Subcommand};

use crate::command::{
    Accept, Account, Activate, Add, Agent, Audit, Authority, Contact, Deposit, Get, History, Journal, List,
    Lock, Open, Patients, Pro, Recover, Refuse, Remove, Replace, Revoke, Share, Unlock, Who,
};
use crate::command::{Complete, Completions, Doctor, Edit, Help, Man, Standing};
use crate::command::{Export, Import, Profile, Raw, Search, Show, Verify};
use crate::text::Language;

/// An end-to-end encrypted health vault.
#[derive(Debug, Parser)]
#[command(name = "carnet", version, propagate_version = true, disable_help_subcommand = true)]
#[command(disable_help_flag = true, disable_version_flag = true, next_help_heading = EVERYWHERE)]
pub struct Args {
    /// Whose account: a name of yours, for several on one machine
    #[arg(id = "as", long = "as", global = true, value_name = "NAME", env = "CARNET_AS")]
    pub name: Option<String>,
    /// Answers in JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// The language
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Language>,
    /// Nothing but answers: no progress, no remarks
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Answers yes to every question
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Reads the passphrase from this file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub passphrase_fd: Option<i32>,
    /// Prints this help
    #[arg(long, short, global = true, action = ArgAction::Help)]
    pub help: Option<bool>,
    /// Prints the version
    #[arg(long, short = 'V', action = ArgAction::Version)]
    pub version: Option<bool>,
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says where you stand: account, server, what waits, and what is best done next
    Status(Standing),
    /// Shows what Carnet can do, or all that one command takes
    Help(Help),
    /// Checks what keeps Carnet from working here: clock, server, disk, what is kept, what waits
    Doctor(Doctor),
    /// Creates, recovers and looks after an account
    #[command(subcommand)]
    Account(Account),
    /// Keeps the account open, so that commands do not ask for the passphrase
    Unlock(Unlock),
    /// Closes the account: the passphrase is asked for again
    Lock(Lock),
    /// Comes back to an account on a new machine
    Recover(Recover),
    /// Adds documents
    Add(Add),
    /// Lists documents
    Ls(List),
    /// Finds documents by words of their titles, texts, codes and dates
    Search(Search),
    /// Shows a document
    Show(Show),
    /// Writes a document out
    Get(Get),
    /// Changes the title, the type, the date or the author of a document, without its file
    Edit(Edit),
    /// Removes documents
    Rm(Remove),
    /// Tells what happened to a document
    History(History),
    /// Puts a new version in the place of a document
    Replace(Replace),
    /// Allergies, treatments, illnesses and vaccines
    #[command(subcommand)]
    Profile(Profile),
    /// Gives a document as the age file that is stored
    Raw(Raw),
    /// Writes everything out: a folder, a zip, or age files
    Export(Export),
    /// Takes in an export, a FHIR bundle, a zip or a folder
    Import(Import),
    /// Checks who wrote an exported document, and when
    Verify(Verify),
    /// Shares documents with somebody
    Share(Share),
    /// Takes shares back
    Revoke(Revoke),
    /// Says who can read a document, and why
    Who(Who),
    /// Tells who listed and who opened what
    Journal(Journal),
    /// Accepts what somebody new has deposited
    Accept(Accept),
    /// Refuses what somebody new has deposited
    Refuse(Refuse),
    /// Shows the own contact card, and keeps the address book
    #[command(subcommand)]
    Contact(Contact),
    /// Finds professionals, and enrols as one
    #[command(subcommand)]
    Pro(Pro),
    /// Lists the patients who share something with you, and what is new
    Patients(Patients),
    /// Lists what a patient shares with you, or opens a document of theirs
    Open(Open),
    /// Deposits documents for a patient
    Deposit(Deposit),
    /// Takes over the vault that a letter opens
    Activate(Activate),
    /// Vouches for professionals, and opens vaults by letter
    #[command(subcommand)]
    Authority(Authority),
    /// Checks what others keep, without trusting them
    #[command(subcommand)]
    Audit(Audit),
    /// Prints completions for a shell
    Completions(Completions),
    /// Writes the manual pages
    Man(Man),
    /// Says which documents or people may stand at the end of a line, for the scripts of `completions`
    #[command(hide = true)]
    Complete(Complete),
    /// The agent itself, which `unlock` starts
    #[command(hide = true)]
    Agent(Agent),
}

/// The heading of what every command takes.
pub(crate) const EVERYWHERE: &str = "Everywhere";
