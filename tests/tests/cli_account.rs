//! Accounts at the command line, with the real programs: each way back brings back what was there, and a device that was cut off stays out.

#![cfg(test)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Instant;

use carnet_cli::client::create::Known;
use carnet_cli::client::slots;
use carnet_cli::local::Table;
use carnet_cli::local::entry_key;
use carnet_core::account::Keyring;
use carnet_core::account::kit::Kit;
use carnet_core::hazmat;
use carnet_core::server_address::{ServerAddress, ServerUrl};
use carnet_tests::cli::{Machine, Ran};
use carnet_tests::server::TestServer;
use carnet_wire::StableCode as _;
use carnet_wire::grant::Grant;
use carnet_wire::message::StoredPart;
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

/// An account with a kit, a recovery file and shares of two of three, and one document.
fn anne(server: &TestServer) -> Machine {
    let anne = Machine::new(PASSPHRASE);
    let created = anne.json(&[
        "account",
        "create",
        "--server",
        server.address(),
        "--name",
        "Anne",
        "--kit",
        "kit.pdf",
        "--passphrase-file",
        "copy.age",
        "--contacts",
        "2/3",
        "--shares",
        "shares",
    ]);
    assert_eq!(created["ways_back"], 3, "{created}");
    deposit(&anne, "results", "Glycemie 0,92 g/L");
    anne
}

fn deposit(machine: &Machine, title: &str, text: &str) {
    std::fs::write(machine.path("document.txt"), text).unwrap();
    machine.json(&["add", "document.txt", "--title", title]);
}

/// A file of one machine, brought to another.
fn carry(from: &Machine, to: &Machine, name: &str) {
    let file = to.path(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::copy(from.path(name), file).unwrap();
}

fn reads(machine: &Machine, title: &str, text: &str) {
    let listed = machine.json(&["ls"]);
    assert!(listed.to_string().contains(title), "{listed}");
    let ran = machine.run(&["get", title, "--output", "-"]);
    assert_eq!((ran.exit, ran.out.as_str()), (Some(0), text), "{}", ran.err);
}

/// Pairs a new machine with one that is there.
fn pair(server: &TestServer, old: &Machine, new: &Machine) -> Value {
    let args = ["--json", "account", "pair", "--server", server.address(), "--fingerprint", "-"];
    let mut child = new.command(&args).stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let code: Value = serde_json::from_str(&line).unwrap();
    let approved = old.json(&["--yes", "account", "approve", code["code"].as_str().unwrap()]);
    let fingerprint = approved["fingerprint"].as_str().unwrap();
    writeln!(child.stdin.take().unwrap(), "{fingerprint}").unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut lines, &mut answer).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn document_stays_away_on_a_new_machine_whatever_the_way_back() {
    let server = TestServer::start();
    let anne = anne(&server);

    // The kit as it was printed.
    let by_kit = Machine::new("quatre petits chats");
    carry(&anne, &by_kit, "kit.pdf");
    assert_eq!(by_kit.json(&["recover", "--kit", "kit.pdf"])["documents"], 1);
    reads(&by_kit, "results", "Glycemie 0,92 g/L");

    // Its words alone, and the server's address.
    let words = Machine::new("cinq petits chats");
    let printed = printed_words(&anne, "kit.pdf");
    let args = ["--json", "recover", "--words", "--server", server.address()];
    let ran = words.run_with(&args, &printed.to_uppercase());
    assert_eq!(ran.exit, Some(0), "{}", ran.err);
    reads(&words, "results", "Glycemie 0,92 g/L");

    let by_file = Machine::new(PASSPHRASE);
    carry(&anne, &by_file, "copy.age");
    assert_eq!(by_file.json(&["recover", "--passphrase-file", "copy.age"])["documents"], 1);

    let by_shares = Machine::new("six petits chats");
    for name in ["shares/carnet-share-1-of-3.txt", "shares/carnet-share-3-of-3.txt"] {
        carry(&anne, &by_shares, name);
    }
    let args =
        ["recover", "--share", "shares/carnet-share-3-of-3.txt", "--share", "shares/carnet-share-1-of-3.txt"];
    assert_eq!(by_shares.refused(&args[..3]), "shares-missing");
    assert_eq!(by_shares.json(&args)["documents"], 1);

    let by_device = Machine::new("sept petits chats");
    assert_eq!(pair(&server, &anne, &by_device)["documents"], 1);
    reads(&by_device, "results", "Glycemie 0,92 g/L");
    assert_eq!(anne.json(&["account", "status"])["devices"], 6);
}

/// The words of a kit, from the text of its page.
fn printed_words(machine: &Machine, name: &str) -> String {
    let bytes = std::fs::read(machine.path(name)).unwrap();
    let text = carnet_health::searchable_text(&bytes, carnet_health::Kind::Pdf);
    let pieces: Vec<&str> = text.split_whitespace().collect();
    let word = |number: usize| {
        let label = format!("{number}.");
        let at =
            pieces.iter().position(|piece| *piece == label).unwrap_or_else(|| panic!("{label} in {text}"));
        pieces[at + 1]
    };
    (1..=24).map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn drill_says_that_a_way_works_which_does_not_or_leaves_a_device_behind() {
    let server = TestServer::start();
    let anne = anne(&server);
    let all = [
        "account",
        "drill",
        "--kit",
        "kit.pdf",
        "--passphrase-file",
        "copy.age",
        "--share",
        "shares/carnet-share-1-of-3.txt",
        "--share",
        "shares/carnet-share-2-of-3.txt",
    ];
    let drilled = anne.json(&all);
    assert_eq!(drilled["works"], 3, "{drilled}");
    assert!(
        drilled["tried"].as_array().unwrap().iter().all(|tried| tried["opened"] == "results"),
        "{drilled}"
    );
    let status = anne.json(&["account", "status"]);
    assert_eq!((&status["devices"], &status["surviving"]), (&Value::from(1), &Value::from(3)), "{status}");
    assert_eq!(status["advice"], Value::Array(Vec::new()), "{status}");

    // A way that was removed opens nothing, and the drill says so of it alone.
    let kept = anne.json(&["account", "remove-way", "kit", "--passphrase-file", "copy.age"]);
    assert_eq!(kept["surviving"], 2);
    let ran = anne.run(&[&["--json"], &all[..]].concat());
    assert_eq!(ran.code(), "drill-failed");
    let drilled: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(drilled["works"], 2, "{drilled}");
    assert_eq!(drilled["tried"][0]["error"], "slot-closed", "{drilled}");
    // Two ways remain at least; a third can be removed again.
    let last = ["account", "remove-way", "contacts", "--passphrase-file", "copy.age"];
    assert_eq!(anne.refused(&last), "ways-last");
    let args = ["account", "add-way", "kit", "second.txt", "--passphrase-file", "copy.age"];
    assert_eq!(anne.json(&args)["surviving"], 3);
    assert_eq!(anne.refused(&args), "paper-there");
    assert_eq!(anne.json(&last)["surviving"], 2);
}

/// All secrets that lie on a machine.
fn stolen(machine: &Machine) -> Vec<Keyring> {
    let client = machine.client();
    let held = client.recall(&client.profile.vault.unwrap()).unwrap().unwrap();
    let mut all: Vec<Keyring> = held.keyring.into_iter().chain(held.circles.into_values()).collect();
    all.push(std::sync::Arc::into_inner(client.keyring).unwrap());
    all
}

#[test]
fn device_that_was_cut_off_logs_in_or_opens_what_came_later() {
    let server = TestServer::start();
    let anne = anne(&server);
    let (lost, other) = (Machine::new("un téléphone perdu"), Machine::new("une tablette ici"));
    pair(&server, &anne, &lost);
    pair(&server, &anne, &other);
    reads(&lost, "results", "Glycemie 0,92 g/L");
    let secrets = stolen(&lost);
    let devices = anne.json(&["account", "devices"]);
    let devices = devices["devices"].as_array().unwrap();
    let id = devices[1]["id"].as_str().unwrap();
    let own = devices.iter().find(|device| device["this"] == true).unwrap()["id"].as_str().unwrap();
    assert_eq!(anne.refused(&["account", "cut-off", own, "--kit", "kit.pdf"]), "cut-off-self");
    assert_eq!(anne.refused(&["account", "cut-off", id]), "way-unnamed");
    let done = anne.json(&["account", "cut-off", id, "--kit", "kit.pdf"]);
    assert_eq!((&done["generation"], &done["vault_generation"]), (&2.into(), &2.into()), "{done}");
    assert_eq!(done["devices"], 2);
    deposit(&anne, "later", "Ce que le téléphone ne lira pas");
    reads(&anne, "later", "Ce que le téléphone ne lira pas");
    reads(&anne, "results", "Glycemie 0,92 g/L");

    // It is refused by the server, and what it had opens nothing that came later, whoever gives it the bytes.
    assert_eq!(lost.refused(&["account", "approve", "AAAAA-AAAAA-AAAAA-AAAAA"]), "unauthenticated");
    assert_eq!(lost.refused(&["ls"]), "unauthenticated");
    let here = anne.client();
    let vault = here.profile.vault.unwrap();
    for (title, opens) in [("later", false), ("results", true)] {
        let rows = here.catalogue(&vault).unwrap();
        let row = rows.iter().find(|row| row.title == title).unwrap();
        let part: StoredPart =
            here.local.get(Table::Stored, &entry_key(&vault, &row.entry)).unwrap().unwrap();
        let header = Grant::parse(&part.header).unwrap();
        let keys = secrets.iter().flat_map(Keyring::iter);
        let opened = keys.map(|keys| hazmat::unwrap(&header, keys.identity())).filter(Result::is_ok).count();
        assert_eq!(opened > 0, opens, "{title}");
    }
    drop(here);
    // Another device that stays needs the new keys, and gets them by a way only.
    assert_eq!(other.json(&["account", "status"])["up_to_date"], false);
    carry(&anne, &other, "kit.pdf");
    other.json(&["account", "catch-up", "--kit", "kit.pdf"]);
    reads(&other, "later", "Ce que le téléphone ne lira pas");
    // And a new machine gets everything.
    let new = Machine::new("une machine neuve");
    carry(&anne, &new, "kit.pdf");
    assert_eq!(new.json(&["recover", "--kit", "kit.pdf"])["documents"], 2);
    reads(&new, "results", "Glycemie 0,92 g/L");
    reads(&new, "later", "Ce que le téléphone ne lira pas");
    assert_eq!(hazmat_code(&anne, &secrets), "unwrap-no-match");
}

/// Why a stolen secret does not open the newest document.
fn hazmat_code(machine: &Machine, secrets: &[Keyring]) -> &'static str {
    let here = machine.client();
    let vault = here.profile.vault.unwrap();
    let row = here.catalogue(&vault).unwrap().into_iter().find(|row| row.title == "later").unwrap();
    let part: StoredPart = here.local.get(Table::Stored, &entry_key(&vault, &row.entry)).unwrap().unwrap();
    let header = Grant::parse(&part.header).unwrap();
    hazmat::unwrap(&header, secrets[0].newest().identity()).unwrap_err().code()
}

#[test]
fn new_machine_loses_documents_when_it_cuts_off_the_one_that_made_them() {
    let server = TestServer::start();
    let lost = anne(&server);
    let new = Machine::new("une machine neuve");
    carry(&lost, &new, "kit.pdf");
    assert_eq!(new.json(&["recover", "--kit", "kit.pdf"])["documents"], 1);
    let devices = new.json(&["account", "devices"]);
    let devices = devices["devices"].as_array().unwrap();
    let id = devices.iter().find(|device| device["this"] == false).unwrap()["id"].as_str().unwrap();
    new.json(&["account", "cut-off", id, "--kit", "kit.pdf"]);
    reads(&new, "results", "Glycemie 0,92 g/L");
    deposit(&new, "later", "Apres la perte");
    assert_eq!(lost.refused(&["ls"]), "unauthenticated");
    // What the lost machine signed while it was the account's counts for every machine to come.
    let third = Machine::new("une troisième machine");
    carry(&lost, &third, "kit.pdf");
    assert_eq!(third.json(&["recover", "--kit", "kit.pdf"])["documents"], 2);
    reads(&third, "results", "Glycemie 0,92 g/L");
    reads(&third, "later", "Apres la perte");
    assert_eq!(third.json(&["account", "drill", "--kit", "kit.pdf"])["works"], 1);
}

#[test]
fn password_of_a_browser_opens_nothing_or_opens_without_the_second_secret() {
    let server = TestServer::start();
    let anne = anne(&server);
    let ran = anne.run(&[
        "--json",
        "account",
        "add-way",
        "password",
        "browser.pdf",
        "--password-fd",
        "0",
        "--kit",
        "kit.pdf",
    ]);
    assert_eq!(ran.code(), "passphrase-fd", "an empty input is no password");
    let args =
        ["--json", "account", "add-way", "password", "browser.pdf", "--password-fd", "0", "--kit", "kit.pdf"];
    let ran = anne.run_with(&args, "motdepasse du soir\n");
    assert_eq!(ran.exit, Some(0), "{}", ran.err);
    let page = std::fs::read(anne.path("browser.pdf")).unwrap();
    let text = carnet_health::searchable_text(&page, carnet_health::Kind::Pdf);
    let start = text.find("CARNET-KIT1").unwrap();
    // The checksum says where the code ends.
    let pieces: Vec<&str> = text[start..].split_whitespace().collect();
    let kit = (1..pieces.len()).find_map(|count| Kit::parse(&pieces[..count].concat()).ok()).unwrap();
    let second = kit.second.as_ref().expect("printed on the kit");
    let address = ServerAddress {
        url: ServerUrl::parse(server.address()).unwrap(),
        origin: server.log().origin.clone(),
        key: server.log().key,
    };
    let known = Known::by_paper(&address, None).unwrap();
    // A browser knows no account: the session says it.
    let came = slots::come_by_password(&known, None, "motdepasse du soir", second).unwrap();
    assert_eq!(came.account.id(), kit.account);
    let wrong = slots::come_by_password(&known, None, "motdepasse du matin", second).unwrap_err();
    assert_eq!(wrong.code(), Some("slot-closed"));
    let other = carnet_core::secret::SecondSecret::make().unwrap();
    let wrong = slots::come_by_password(&known, None, "motdepasse du soir", &other).unwrap_err();
    assert_eq!(wrong.code(), Some("slot-closed"));
}

#[test]
fn wrong_words_kit_or_passphrase_says_less_or_more_than_two_clear_lines() {
    let server = TestServer::start();
    let anne = anne(&server);
    let words = printed_words(&anne, "kit.pdf");
    let swapped = {
        let mut all: Vec<&str> = words.split(' ').collect();
        let at = (1..24).find(|at| all[*at] != all[0]).unwrap();
        all.swap(0, at);
        all.join(" ")
    };
    let unknown = words.replacen(words.split(' ').next().unwrap(), "xylophonie", 1);
    for language in ["fr", "en"] {
        let new = Machine::new("huit petits chats").in_language(language);
        carry(&anne, &new, "copy.age");
        std::fs::write(new.path("cut.pdf"), &std::fs::read(anne.path("kit.pdf")).unwrap()[..4000]).unwrap();
        std::fs::write(new.path("list.txt"), "pain, beurre").unwrap();
        let by_words = ["recover", "--words", "--server", server.address()];
        let mut ran: Vec<(&str, Ran)> = vec![
            ("passphrase-file-closed", new.run(&["recover", "--passphrase-file", "copy.age"])),
            ("kit-unread", new.run(&["recover", "--kit", "list.txt"])),
            ("kit-unread", new.run(&["recover", "--kit", "cut.pdf"])),
            ("file", new.run(&["recover", "--kit", "nowhere.pdf"])),
            ("words-count", new.run_with(&by_words, "abaisser abandon")),
            ("words-check or slot-closed", new.run_with(&by_words, &swapped)),
            ("words-unknown", new.run_with(&by_words, &unknown)),
            ("server-unnamed", new.run_with(&by_words[..2], &words)),
            ("way-unnamed", new.run(&["recover"])),
            ("ways-missing", new.run(&["account", "create", "--server", server.address()])),
        ];
        let other = Kit::make(
            ServerAddress {
                url: ServerUrl::parse(server.address()).unwrap(),
                origin: server.log().origin.clone(),
                key: server.log().key,
            },
            anne.client().account.id(),
            None,
        );
        std::fs::write(new.path("other.txt"), &*other.unwrap().code()).unwrap();
        ran.push(("slot-closed", new.run(&["recover", "--kit", "other.txt"])));
        for (case, ran) in ran {
            assert!(matches!(ran.exit, Some(1 | 2)), "{case}: {ran:?}");
            let lines: Vec<&str> = ran.err.lines().collect();
            assert_eq!(lines.len(), 2, "{case} in {language}: {}", ran.err);
            let said = if language == "fr" { "marché" } else { "did not work" };
            assert!(!lines[0].contains(said), "{case} has no text: {}", ran.err);
            println!("{language} {case}\n  {}\n  {}", lines[0], lines[1]);
        }
        assert!(!new.home().exists());
    }
}

#[test]
fn creation_that_is_killed_leaves_half_an_account_or_stops_the_next() {
    let server = TestServer::start();
    let anne = Machine::new(PASSPHRASE);
    let args = [
        "--json",
        "account",
        "create",
        "--server",
        server.address(),
        "--name",
        "Anne",
        "--kit",
        "kit.pdf",
        "--passphrase-file",
        "copy.age",
    ];
    // How long it takes when nothing stops it: the kills are spread over this time.
    let whole = Instant::now();
    assert_eq!(Machine::new(PASSPHRASE).run(&args).exit, Some(0));
    let whole = whole.elapsed();
    let mut killed = 0;
    for step in 0..12_u32 {
        let mut child = anne.command(&args).spawn().unwrap();
        sleep(whole * step / 10);
        // It may have come to its end.
        let _ = child.kill();
        let status = child.wait().unwrap();
        if status.success() {
            break;
        }
        killed += 1;
        if anne.home().exists() {
            // The last thing that it does is to start the agent: all else is there.
            assert_eq!(anne.json(&["account", "status"])["surviving"], 2);
            break;
        }
        assert_eq!(anne.refused(&["account", "status"]), "no-account");
    }
    assert!(killed > 0);
    if !anne.home().exists() {
        let ran = anne.run(&args);
        assert_eq!(ran.exit, Some(0), "{}", ran.err);
    }
    assert!(!anne.path("home/me.new").exists());
    let left: Vec<String> = std::fs::read_dir(anne.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let new = Machine::new(PASSPHRASE);
    carry(&anne, &new, "kit.pdf");
    carry(&anne, &new, "copy.age");
    new.json(&["recover", "--kit", "kit.pdf"]);
    let again = Machine::new(PASSPHRASE);
    carry(&anne, &again, "copy.age");
    again.json(&["recover", "--passphrase-file", "copy.age"]);
}
