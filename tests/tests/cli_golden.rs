//! What the command line says, word for word, in both languages: `tests/golden/cli-*.txt`. `CARNET_BLESS=1` writes what is said today.

#![cfg(test)]

use std::fs;

use carnet_cli::args::Args;
use carnet_tests::cli::Machine;
use carnet_tests::need::repository;
use carnet_tests::server::TestServer;
use clap::CommandFactory as _;

const BEFORE: &[&[&str]] = &[&[], &["ls"], &["unlock"], &["--nowhere"]];

const AFTER: &[&[&str]] = &[
    &["ls"],
    &[
        "add",
        "bio.txt",
        "--title",
        "Prise de sang",
        "--type",
        "biologie",
        "--date",
        "16/01/2026",
        "--author",
        "Dr Martin",
    ],
    &["add", "bio.txt"],
    &["add", "nowhere.txt"],
    &["add", "broken.pdf"],
    &["add", "bio.txt", "--date", "31/02/2026"],
    &["ls"],
    &["ls", "--type", "biologie", "--sort", "title"],
    &["edit", "Prise", "--title", "Prise de sang de janvier", "--dry-run"],
    &["search", "glycemie"],
    &["search", "introuvable"],
    &["show", "Prise"],
    &["show", "introuvable"],
    &["get", "Prise", "-o", "there.txt"],
    &["profile", "add", "allergy", "pénicilline"],
    &["profile", "list"],
    &["who", "Prise"],
    &["pro", "find", "Personne"],
    &["share", "Prise", "--with", "Personne"],
    &["revoke", "--from", "Personne"],
    &["journal"],
    &["accept"],
    &["patients"],
    &["account", "remove-way", "kit", "--passphrase-file", "copy.age"],
    &["rm", "Prise", "--dry-run"],
    &["share", "--always", "--with", "Personne", "--dry-run"],
    &["export", "out.zip", "--dry-run"],
    &["rm", "Prise"],
    &["--yes", "rm", "Prise"],
    &["history"],
    &["lock"],
];

#[test]
fn words_of_answers_and_errors_that_change_unseen() {
    let server = TestServer::start();
    for language in ["fr", "en"] {
        let mut said = String::new();
        let stranger = Machine::new("trois petits chats").in_language(language);
        BEFORE.iter().for_each(|args| said.push_str(&told(&stranger, &server, args)));
        let anne = Machine::with_account("trois petits chats", &server, "Anne").in_language(language);
        fs::write(anne.path("bio.txt"), "Glycémie 0,92 g/L").unwrap();
        fs::write(anne.path("there.txt"), "").unwrap();
        fs::write(anne.path("broken.pdf"), "%PDF-1.7\nnothing").unwrap();
        AFTER.iter().for_each(|args| said.push_str(&told(&anne, &server, args)));
        same(&format!("cli-{language}.txt"), &said);
    }
}

#[test]
fn help_of_every_command_is_what_was_read_through() {
    fn paths(command: &clap::Command, path: &[String], all: &mut Vec<Vec<String>>) {
        for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
            let path = [path, &[one.get_name().to_owned()]].concat();
            all.push(path.clone());
            paths(one, &path, all);
        }
    }
    let mut all = Vec::new();
    paths(&Args::command(), &[], &mut all);
    assert!(all.len() > 50, "{} commands", all.len());
    for language in ["fr", "en"] {
        let stranger = Machine::new("trois petits chats").in_language(language);
        let mut said = stranger.run(&["help"]).out;
        for path in &all {
            let ran = stranger.run(&[path.as_slice(), &["--help".to_owned()]].concat());
            assert_eq!(ran.exit, Some(0), "{path:?}: {}", ran.err);
            said.push_str(&format!("\n$ carnet {} --help\n{}", path.join(" "), ran.out));
        }
        // The program has another name among the tests.
        let said = said.replace("carnet-under-test", "carnet");
        let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
        same(&format!("help-{language}.txt"), &(lines.join("\n") + "\n"));
    }
}

/// What is said is what stands in a golden file, line by line.
fn same(name: &str, said: &str) {
    let path = repository().join("tests/golden").join(name);
    if std::env::var_os("CARNET_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, said).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    for (was, is) in golden.lines().zip(said.lines()) {
        assert_eq!(is, was, "{}", path.display());
    }
    assert_eq!(said.lines().count(), golden.lines().count(), "{}", path.display());
}

/// A command, what it said, and its exit code, without what is another each time.
fn told(machine: &Machine, server: &TestServer, args: &[&str]) -> String {
    let ran = machine.run(args);
    let text = format!("$ carnet {}\n{}{}", args.join(" "), ran.out, ran.err);
    let text = text.replace(machine.path("").to_str().unwrap().trim_end_matches('/'), "HERE");
    let text = text.replace(server.address(), "SERVER");
    let mut lines: Vec<String> = text.lines().map(|line| masked(line.trim_end())).collect();
    lines.push(format!("[{}]", ran.exit.unwrap()));
    lines.join("\n") + "\n\n"
}

/// Ids (8 and 32 letters of hexadecimal) and times of day are others each time; so is the day, but for those that were given.
fn masked(line: &str) -> String {
    let hex = |word: &str| {
        matches!(word.len(), 8 | 32 | 64)
            && word.bytes().all(|byte| byte.is_ascii_hexdigit())
            && word.bytes().any(|byte| byte.is_ascii_digit())
    };
    let day = |word: &str| {
        word.len() == 10 && word.bytes().filter(u8::is_ascii_digit).count() == 8 && !word.contains("16")
    };
    let time = |word: &str| {
        word.len() == 5 && word.as_bytes()[2] == b':' && word.starts_with(|c: char| c.is_ascii_digit())
    };
    let mask = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let masked = if hex(bare) {
            "ID"
        } else if day(bare) {
            "DAY"
        } else if time(bare) {
            "TIME"
        } else {
            return word.to_owned();
        };
        word.replace(bare, masked)
    };
    line.split(' ').map(mask).collect::<Vec<_>>().join(" ")
}
