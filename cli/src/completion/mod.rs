//! What a shell offers behind TAB beyond words of the commands: documents of the own vault, and people of the
//! address book.
//!
//! The script of `carnet completions` asks `carnet complete` at each TAB; which argument stands at the cursor
//! is told by the commands themselves ([`asked`]), what fits there by the records alone ([`known`]), and how
//! it is typed by the shell's own rules ([`quoted`]). Nothing is asked, waited for, written or fetched, and
//! where anything is wrong nothing is offered: who presses TAB is in the middle of a line.

mod asked;
mod fitting;
mod known;
mod line;
mod quoted;
mod typed;

use std::sync::mpsc;
use std::time::Duration;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Args;
use crate::home::Home;
use crate::shown;
use crate::text::Language;
use fitting::{Candidate, Fitting};

/// The lines that a shell is told, `NAME<TAB>DESCRIPTION` each; none where nothing is known, or not in time.
pub(crate) fn lines(
    shell: Shell,
    words: Vec<String>,
    account: Option<String>,
    language: Language,
) -> Vec<String> {
    let (give, take) = mpsc::channel();
    // An agent or a disk that does not answer keeps no shell waiting: what comes later ends with this
    // process.
    let find = move || drop(give.send(found(shell, &words, account, language).unwrap_or_default()));
    if std::thread::Builder::new().spawn(find).is_err() {
        return Vec::new();
    }
    take.recv_timeout(PATIENCE).unwrap_or_default()
}

/// The script of a shell that asks for what is known here, to follow that of the library.
pub(crate) fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => include_str!("carnet.bash").to_owned(),
        Shell::Zsh => include_str!("carnet.zsh").to_owned(),
        Shell::Fish => {
            // Behind an option with a value, fish takes what is said of that option only.
            let options = asked::options(&Args::command());
            let lines = options.iter().map(|long| FISH_OPTION.replace("LONG", long));
            core::iter::once(include_str!("carnet.fish").to_owned()).chain(lines).collect()
        }
        _ => String::new(),
    }
}

/// The library's script, whose names of files are quoted: it hands them to bash as they are, and what stands in one would be run.
pub(crate) fn quoting(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => script.replace(r#"COMPREPLY=($(compgen -f "${cur}"))"#, "_carnet_files"),
        _ => script.to_owned(),
    }
}

fn found(shell: Shell, words: &[String], account: Option<String>, language: Language) -> Option<Vec<String>> {
    let asked = asked::asked(&Args::command(), words)?;
    let home = Home::of(asked.account.clone().or(account).as_deref()).ok()?;
    let mut candidates = known::candidates(&home, &asked.wanted, language)?;
    candidates.retain(|one| !asked.named.contains(&one.name));
    let fitting = Fitting::of(candidates, &asked.typed.text);
    Some(match shell {
        Shell::Bash => for_bash(&fitting, &asked),
        _ => {
            let line = |one: &Candidate| format!("{}{}\t{}", asked.lead, one.name, shown::name(&one.told));
            fitting.candidates.iter().map(line).collect()
        }
    })
}

/// What bash inserts as it is: in quotes or behind backslashes, as the line was begun.
fn for_bash(fitting: &Fitting, asked: &asked::Asked) -> Vec<String> {
    if !asked.lead.is_empty() && asked.typed.open.is_some() {
        return Vec::new();
    }
    let quoted = |one: &Candidate| {
        let name = quoted::name(&one.name, asked.typed.open)?;
        Some((format!("{}{name}", asked.lead), quoted::told(&one.told)))
    };
    let lines: Vec<(String, String)> = fitting.candidates.iter().filter_map(quoted).collect();
    let replaces = !fitting.begins && lines.len() > 1 && begin_alike(&lines);
    let mut lines: Vec<String> = lines.into_iter().map(|(name, told)| format!("{name}\t{told}")).collect();
    if replaces {
        // Bash puts what all have in common in the place of what was typed, though none begins so: a blank
        // one has nothing in common.
        lines.push(" \t".to_owned());
    }
    lines
}

fn begin_alike(lines: &[(String, String)]) -> bool {
    let mut first = lines.iter().map(|(name, _)| name.chars().next());
    let one = first.next().flatten();
    first.all(|other| other == one)
}

const FISH_OPTION: &str = "complete -c carnet -n __carnet_asks -l LONG -x -k -a '(__carnet_answers)'\n";
/// How long a shell waits at most.
const PATIENCE: Duration = Duration::from_secs(1);
