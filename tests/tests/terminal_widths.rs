//! Screens of every width and kind: no line is wider than the screen and no word is cut, from 20 columns to 200; a terminal that obeys no
//! escapes gets none, and whoever wants no colours gets none.

#![cfg(test)]

use std::fs;

use carnet_cli::args::Args;
use carnet_tests::cli::Machine;
use carnet_tests::proxy::{Does, Proxy};
use carnet_tests::server::TestServer;
use carnet_tests::terminal::{Ended, Session, Window};
use carnet_tests::ward::Agents;
use clap::CommandFactory as _;
use unicode_width::UnicodeWidthStr as _;

const PASSPHRASE: &str = "trois petits chats";

/// What was sent as lines, without colours: a line that was drawn over itself counts as each of its drawings.
fn lines(ended: &Ended) -> Vec<String> {
    let mut plain = String::new();
    let raw = ended.raw();
    let mut rest = raw.as_str();
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
        // What moves the cursor or clears ends a drawing.
        plain.push_str(if after.as_bytes().get(end) == Some(&b'm') { "" } else { "\n" });
        rest = after.get(end + 1..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain.split(['\n', '\r']).map(|line| line.trim_end().to_owned()).collect()
}

/// No line is wider than the screen; but what has no space in it, and would be cut.
fn fits(ended: &Ended, columns: usize) {
    if std::env::var_os("CARNET_SHOW_SCREENS").is_some() {
        eprintln!("{}\n{}\n{}", "=".repeat(columns), ended.text, "=".repeat(columns));
    }
    for line in lines(ended) {
        assert!(
            line.width() <= columns || !line.trim().contains(' '),
            "{columns} columns: {line:?}\n{}",
            ended.text
        );
    }
}

fn see_through(mut session: Session, answers: &[(&str, &str)]) -> Ended {
    for (question, answer) in answers {
        session.answer(question, answer);
    }
    session.end()
}

/// Every command that is shown, by its words.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, path: &[String], all: &mut Vec<Vec<String>>) {
        all.push(path.to_vec());
        for one in command.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help") {
            let mut path = path.to_vec();
            path.push(one.get_name().to_owned());
            below(one, &path, all);
        }
    }
    let mut all = Vec::new();
    below(&Args::command(), &[], &mut all);
    all
}

/// A machine with documents of long names, a person, a profile.
fn furnished(server: &TestServer) -> (Machine, Machine) {
    let anne = Machine::at(PASSPHRASE, server.address(), "Anne").in_language("fr");
    let bob = Machine::at(PASSPHRASE, server.address(), "Bob").in_language("fr");
    let title =
        "Compte rendu de consultation de cardiologie du centre hospitalier universitaire, avec échographie";
    fs::write(anne.path("a.txt"), "Hémoglobine 13,4 g/dL. ".repeat(40)).unwrap();
    anne.json(&["add", "a.txt", "--title", title, "--author", "Dr Marie-Christine de La Tour d'Auvergne"]);
    fs::write(anne.path("b.txt"), "Ferritine 12").unwrap();
    anne.json(&["add", "b.txt", "--title", "Prise", "--type", "biologie"]);
    anne.json(&["profile", "add", "allergy", "pénicilline"]);
    let card = bob.json(&["contact", "card"])["card"].as_str().unwrap().to_owned();
    anne.json(&["--yes", "contact", "add", &card]);
    anne.json(&["--yes", "share", "Prise", "--with", "Bob"]);
    (anne, bob)
}

#[test]
fn help_of_every_command_fits_on_80_columns_in_french_and_on_narrow_and_wide_screens() {
    let machine = Machine::new(PASSPHRASE).in_language("fr");
    for mut command in commands() {
        command.push("--help".to_owned());
        let ended = Window::new().run(&machine, &command).end().done();
        fits(&ended, 80);
        assert!(
            ended.text.contains("Utilisation") || ended.text.contains("Usage"),
            "{command:?}: {}",
            ended.text
        );
    }
}

#[test]
fn answers_of_every_command_fit_on_80_columns_in_french() {
    let server = TestServer::start();
    let (anne, bob) = furnished(&server);
    let _agents = Agents(vec![&anne, &bob]);
    fs::write(anne.path("broken.pdf"), "%PDF-1.4\nnothing").unwrap();
    let long =
        "un-nom-de-fichier-qui-est-bien-plus-long-que-la-largeur-de-l-ecran-et-qui-n-existe-pas-du-tout.txt";
    let run: &[&[&str]] = &[
        &[],
        &["ls"],
        &["ls", "introuvable"],
        &["search", "hémoglobine"],
        &["show", "Prise"],
        &["show", "Compte rendu"],
        &["show", "introuvable dans tout ce qui est là et même au-delà"],
        &["who", "Prise"],
        &["who", "--seen-by", "Bob"],
        &["history", "Prise"],
        &["journal"],
        &["profile", "list"],
        &["profile", "show", "pénicilline"],
        &["contact", "list"],
        &["contact", "card"],
        &["pro", "find", "Personne"],
        &["pro", "status"],
        &["patients"],
        &["accept"],
        &["account", "status"],
        &["account", "devices"],
        &["add", long],
        &["add", "broken.pdf", "b.txt"],
        &["add", "b.txt", "--date", "31/02/2026"],
        &["get", "Prise", "-o", "there.txt"],
        &["get", "Prise", "-o", "there.txt"],
        &["raw", "Prise", "-o", "raw.age"],
        &["export", "out"],
        &["import", "out"],
        &["verify", "b.txt"],
        &["replace", "Prise", "b.txt"],
        &["revoke", "Prise", "--from", "Bob", "--reseal"],
        &["share", "Prise", "--with", "Personne de connu"],
        &["--yes", "share", "Compte rendu", "--with", "Bob", "--until", "31/12/2099"],
        &["account", "remove-way", "kit", "--passphrase-file", "nowhere.age"],
        &["account", "cut-off", "nowhere"],
        &["--nowhere"],
        &["unlock", "--idle", "0"],
        &["recover", "--kit", "nowhere.pdf"],
        &["activate", "nonsense", "--factor", "AAAA"],
        &["authority", "attest", "nowhere", "nonsense"],
        &["--yes", "rm", "Prise"],
        &["lock"],
        &["lock"],
    ];
    for args in run {
        let ended = Window::new().run(&anne, args).end().clean();
        fits(&ended, 80);
    }
}

#[test]
fn adding_creating_and_sharing_are_readable_on_20_and_200_columns() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    for columns in [20_usize, 200] {
        let window = Window::new().of_columns(u16::try_from(columns).unwrap());
        let anne = Machine::new(PASSPHRASE);
        let bob = Machine::at(PASSPHRASE, server.address(), "Bob");
        let _agents = Agents(vec![&anne, &bob]);
        proxy.does(Does::Passes);
        let mut creating = window.run(&anne, &["account", "create", "--server", proxy.address()]);
        creating.answer("recovery kit", "kit.txt");
        creating.answer("recovery file", "");
        creating.answer("called", "Anne");
        creating.answer_unseen("passphrase", PASSPHRASE);
        creating.answer_unseen("once more", PASSPHRASE);
        for count in 0..3 {
            let number = creating.asked_word(count);
            let words = fs::read_to_string(anne.path("kit.part.txt")).unwrap();
            let words = words.trim().rsplit("\n\n").next().unwrap();
            let words: Vec<&str> =
                words.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).collect();
            creating.type_line(words[number - 1]);
        }
        let ended = creating.end().done();
        fits(&ended, columns);

        fs::write(anne.path("a.txt"), "Hb 13,4").unwrap();
        fs::write(
            anne.path("scan.bin"),
            (0..3_000_000_u32).flat_map(u32::to_le_bytes).take(3_000_000).collect::<Vec<u8>>(),
        )
        .unwrap();
        proxy.does_by(
            |request| if request.contains("/uploads/") { Does::Crawls(32 * 1024) } else { Does::Passes },
        );
        let ended =
            window.run(&anne, &["--yes", "add", "a.txt", "scan.bin", "--title", "Blood"]).end().done();
        fits(&ended, columns);
        assert!(ended.lines.iter().any(|line| line.contains('%')), "how far it is: {:?}", ended.lines);
        proxy.does(Does::Passes);
        let card = bob.json(&["contact", "card"])["card"].as_str().unwrap().to_owned();
        anne.json(&["--yes", "contact", "add", &card]);
        let listed = anne.json(&["ls"]);
        let document = listed["documents"][0]["document"].as_str().unwrap().to_owned();
        let sharing = window.run(&anne, &["share", &document, "--with", "Bob"]);
        let ended = see_through(sharing, &[("(yes/no)", "maybe"), ("neither yes nor no", "y")]).done();
        fits(&ended, columns);
        for args in [&["ls"][..], &["who", &document], &["account", "status"], &["show", &document]] {
            fits(&window.run(&anne, args).end().done(), columns);
        }
    }
}

#[test]
fn terminal_without_escapes_gets_none_and_still_hears_how_far_it_is() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let (anne, bob) = furnished(&server);
    let at_proxy = Machine::at(PASSPHRASE, proxy.address(), "Lea").in_language("fr");
    let _agents = Agents(vec![&anne, &bob, &at_proxy]);
    let dumb = Window::new().with("TERM", "dumb");
    for args in [
        &["ls"][..],
        &["search", "hémoglobine"],
        &["who", "Prise"],
        &["account", "status"],
        &["show", "Prise"],
        &["unlock", "--idle", "0"],
    ] {
        let ended = dumb.run(&anne, args).end();
        assert!(!ended.has_escapes(), "{args:?}: {}", ended.raw());
    }
    fs::write(at_proxy.path("scan.bin"), vec![7; 3_000_000]).unwrap();
    proxy.does_by(
        |request| if request.contains("/uploads/") { Does::Crawls(16 * 1024) } else { Does::Passes },
    );
    let ended = dumb.run(&at_proxy, &["add", "scan.bin", "--type", "imagerie"]).end().done();
    assert!(!ended.has_escapes(), "{}", ended.raw());
    assert!(ended.text.contains("Ajout"), "a sign of life: {}", ended.text);
    let mut sharing = dumb.run(&anne, &["share", "Compte rendu", "--with", "Bob"]);
    sharing.answer("(oui/non)", "oui");
    assert!(!sharing.end().done().has_escapes());
    let new = Machine::new(PASSPHRASE).in_language("fr");
    let _new = Agents(vec![&new]);
    let create = [
        "account",
        "create",
        "--server",
        server.address(),
        "--name",
        "Zoé",
        "--kit",
        "kit.txt",
        "--passphrase-file",
        "copy.age",
    ];
    let mut creating = dumb.run(&new, &[&["--yes"][..], &create].concat());
    creating.answer_unseen("Choisissez une phrase de passe", PASSPHRASE);
    creating.answer_unseen("encore une fois", PASSPHRASE);
    let ended = creating.end().done();
    assert!(!ended.has_escapes(), "{}", ended.raw());
}

#[test]
fn whoever_wants_no_colours_gets_none() {
    let server = TestServer::start();
    let (anne, bob) = furnished(&server);
    let _agents = Agents(vec![&anne, &bob]);
    let coloured = |ended: &Ended| {
        let raw = ended.raw();
        raw.split("\x1b[").skip(1).any(|rest| {
            rest.find(|c: char| c.is_ascii_alphabetic()).is_some_and(|at| rest.as_bytes()[at] == b'm')
        })
    };
    let plain = Window::new().with("NO_COLOR", "1");
    let mut with_colours = 0;
    for args in [
        &["ls"][..],
        &["search", "hémoglobine"],
        &["who", "Prise"],
        &["account", "status"],
        &["--help"],
        &["--nowhere"],
        &["show", "Prise"],
    ] {
        assert!(!coloured(&plain.run(&anne, args).end()), "{args:?}");
        with_colours += usize::from(coloured(&Window::new().run(&anne, args).end()));
    }
    assert!(with_colours > 0, "nothing has colours at all: this test says nothing");
}
