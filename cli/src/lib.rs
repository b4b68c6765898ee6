//! The command line, as a library: what `carnet` is made of. Tests and benchmarks use it as the real client.

pub mod agent;
pub mod args;
pub mod cli;
pub mod client;
pub mod command;
mod completion;
mod examples;
pub mod exit;
pub mod failure;
pub mod family;
mod file_name;
pub mod help;
pub mod home;
pub mod local;
mod megabytes;
mod names;
pub mod remote;
mod remote_error;
pub mod screen;
pub mod session;
pub mod shown;
pub mod stopped;
mod system_error;
mod table;
pub mod terminal;
pub mod text;
pub mod unix;
mod usage;
pub mod waits;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, ValueEnum as _};

use args::{Args, Command};
use cli::Cli;
pub use exit::Exit;
pub use failure::Failure;
use home::Home;
pub use remote_error::RemoteError;
use shown::Shown;
use terminal::Terminal;
use terminal::beneath::Beneath;
use terminal::stage::Stage;
use text::{Language, Texts};

/// `carnet` as a process: with its arguments and streams, and tidying up where it is stopped.
#[must_use]
pub fn main() -> ExitCode {
    // Not locked: progress is drawn and questions are asked from elsewhere, threads among them.
    let args = std::env::args_os();
    run_with(args, &mut std::io::stdout(), &mut std::io::stderr(), stopped::watch).into()
}

/// Runs `carnet` with these arguments, the first of which is its own name.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    run_with(args, out, err, |_| {})
}

fn run_with(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
    begin: impl FnOnce(Stage),
) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    let texts = Texts::of(asked_language(&args).unwrap_or_else(Language::of_environment));
    let command = help::translated(Args::command(), &texts).term_width(screen::width_of_help());
    let matches = command.clone().try_get_matches_from(&args);
    let args = match matches.and_then(|matches| Args::from_arg_matches(&matches)) {
        Ok(args) => args,
        Err(error) => {
            if let Some(failure) = usage::failure(&error, &command, &args, &texts) {
                return tell(err, args.iter().any(|arg| arg == "--json"), failure.lines(&texts), &failure);
            }
            // The library breaks what it says of arguments, and not the line of usage.
            let said = Shown::lines(&error.to_string()).fit(screen::width_of_help());
            let _ = if error.use_stderr() { write!(err, "{said}") } else { write!(out, "{said}") };
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let json = args.json;
    if let Some(Command::Complete(complete)) = args.command {
        // Before anything that may speak: whoever presses TAB is in the middle of a line.
        complete.run(args.name, texts.language(), out);
        return Exit::Done;
    }
    let stage = Stage::of_process(texts.language(), args.quiet);
    begin(stage.clone());
    let foot = stage.clone();
    let mut out = Beneath::new(out, &stage, std::io::stdout().is_terminal());
    let mut err = Beneath::new(err, &stage, std::io::stderr().is_terminal());
    let done = match Home::of(args.name.as_deref()) {
        Ok(home) => {
            let passphrase_fd = args.passphrase_fd;
            let terminal = Terminal { passphrase_fd, yes: args.yes, quiet: args.quiet, stage };
            let mut cli = Cli { out: &mut out, err: &mut err, texts, json, home, terminal };
            let done = dispatch(args.command, &mut cli);
            let ahead = cli.terminal.stage.waits().clock_ahead();
            let done = done.map_err(|failure| failure.by_clock(ahead));
            done.map_err(|failure| (failure.lines(&cli.texts), failure))
        }
        Err(failure) => Err((failure.lines(&texts), failure)),
    };
    foot.close();
    done.unwrap_or_else(|(lines, failure)| tell(&mut err, json, lines, &failure))
}

/// Says in two lines what failed, or in JSON.
fn tell(err: &mut dyn Write, json: bool, (what, remedy): (String, String), failure: &Failure) -> Exit {
    let said = if json {
        Shown::json(&serde_json::json!({ "error": failure.code(), "what": what, "do": remedy }).to_string())
    } else {
        Shown::lines(&format!("{what}\n{remedy}"))
    };
    let fits = !json && std::io::stderr().is_terminal();
    let _ = writeln!(err, "{}", if fits { said.fit(screen::width()) } else { said });
    failure.exit
}

/// The language that the arguments ask for: it is needed before they are understood, for what is said of them.
fn asked_language(args: &[OsString]) -> Option<Language> {
    let mut args = args.iter().filter_map(|arg| arg.to_str());
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--lang") {
            Some("") => args.next()?,
            Some(value) => value.strip_prefix('=')?,
            None => continue,
        };
        return Language::from_str(value, true).ok();
    }
    None
}

fn dispatch(command: Option<Command>, cli: &mut Cli<'_>) -> Result<Exit, Failure> {
    let Some(command) = command else {
        let texts = &cli.texts;
        let id = if cli.home.is_lived_in() { "welcome-back" } else { "welcome" };
        let said = say!(texts, id);
        cli.write(format!("{said}\n").as_bytes())?;
        return Ok(Exit::Done);
    };
    match command {
        Command::Accept(accept) => accept.run(cli),
        Command::Account(account) => account.run(cli),
        Command::Activate(activate) => activate.run(cli),
        Command::Add(add) => add.run(cli),
        Command::Agent(agent) => agent.run(),
        Command::Audit(audit) => return audit.run(cli),
        Command::Authority(authority) => authority.run(cli),
        // It was run before there was anything at hand.
        Command::Complete(_) => Ok(()),
        Command::Completions(completions) => completions.run(cli),
        Command::Contact(contact) => contact.run(cli),
        Command::Doctor(doctor) => doctor.run(cli),
        Command::Edit(edit) => edit.run(cli),
        Command::Help(help) => help.run(cli),
        Command::Status(status) => status.run(cli),
        Command::Deposit(deposit) => deposit.run(cli),
        Command::Export(export) => export.run(cli),
        Command::Get(get) => get.run(cli),
        Command::History(history) => history.run(cli),
        Command::Import(import) => import.run(cli),
        Command::Journal(journal) => journal.run(cli),
        Command::Lock(lock) => lock.run(cli),
        Command::Ls(list) => list.run(cli),
        Command::Man(man) => man.run(cli),
        Command::Open(open) => open.run(cli),
        Command::Patients(patients) => patients.run(cli),
        Command::Pro(pro) => pro.run(cli),
        Command::Profile(profile) => profile.run(cli),
        Command::Raw(raw) => raw.run(cli),
        Command::Recover(recover) => recover.run(cli),
        Command::Refuse(refuse) => refuse.run(cli),
        Command::Replace(replace) => replace.run(cli),
        Command::Revoke(revoke) => revoke.run(cli),
        Command::Rm(remove) => remove.run(cli),
        Command::Search(search) => search.run(cli),
        Command::Share(share) => share.run(cli),
        Command::Show(show) => show.run(cli),
        Command::Unlock(unlock) => unlock.run(cli),
        Command::Verify(verify) => verify.run(cli),
        Command::Who(who) => who.run(cli),
    }?;
    Ok(Exit::Done)
}
