//! What people expect of any program: where things stand, help, a check of the machine, changes without the file, lists in an order of
//! their own, and a look at what would be done.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;
use carnet_tests::ward::{Agents, doctor, join, server_with, text};
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

fn titles(answer: &Value) -> Vec<String> {
    answer["documents"].as_array().unwrap().iter().map(|row| text(&row["title"])).collect()
}

fn stage() -> (TestServer, Machine) {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    for (file, title, kind, day, author) in [
        ("b.txt", "Bilan sanguin", "biologie", "12/03/2025", "Dr Martin"),
        ("a.txt", "Arthroscopie", "compte rendu opératoire", "01/02/2026", "Dr Leroy"),
        ("c.txt", "Courrier au cardiologue", "courrier", "05/01/2024", "Dr Martin"),
    ] {
        fs::write(anne.path(file), format!("{title} {author}")).unwrap();
        anne.json(&["add", file, "--title", title, "--type", kind, "--date", day, "--author", author]);
    }
    (server, anne)
}

#[test]
fn status_says_where_a_person_stands_with_and_without_a_server() {
    let (mut server, anne) = stage();
    let standing = anne.json(&["status"]);
    assert_eq!((standing["documents"].as_u64(), standing["fresh"].as_bool()), (Some(3), Some(true)));
    assert_eq!((standing["open"].as_bool(), standing["ways_back"].as_u64()), (Some(true), Some(2)));
    assert_eq!((standing["to_accept"].as_u64(), standing["to_send"].as_u64()), (Some(0), Some(0)));
    server.stop();
    let away = anne.json(&["status"]);
    assert_eq!(away["fresh"].as_bool(), Some(false));
    assert!(away["synced"].as_u64().is_some() && away["documents"] == 3, "{away}");
    anne.run(&["lock"]);
    let closed = anne.in_language("fr").run(&["status", "--offline"]);
    assert!(closed.out.contains("Carnet de Anne") && closed.out.contains("Fermé"), "{closed:?}");
}

#[test]
fn doctor_finds_nothing_on_a_sound_machine_and_names_what_is_wrong_on_another() {
    let (mut server, anne) = stage();
    let sound = anne.json(&["doctor"]);
    assert_eq!(sound["wrong"], 0, "{sound}");
    let checks: Vec<String> =
        sound["checks"].as_array().unwrap().iter().map(|check| text(&check["check"])).collect();
    assert_eq!(checks, ["store", "server", "log", "clock", "disk", "spool", "keys", "authorities"]);
    server.stop();
    let ran = anne.run(&["doctor"]);
    assert_eq!(ran.exit, Some(1), "{ran:?}");
    assert!(ran.out.contains("The server does not answer") && ran.err.contains("One thing"), "{ran:?}");
    anne.run(&["lock"]);
}

#[test]
fn help_shows_every_command_in_groups_and_one_with_its_examples() {
    for (language, group, examples) in [("fr", "Partager", "Exemples"), ("en", "Sharing", "Examples")] {
        let stranger = Machine::new(PASSPHRASE).in_language(language);
        let all = stranger.run(&["help"]);
        assert!(all.exit == Some(0) && all.out.contains(group) && all.out.contains("  share "), "{all:?}");
        let one = stranger.run(&["help", "account", "create"]);
        assert!(one.out.contains(examples) && one.out.contains("carnet account create --server"), "{one:?}");
        assert_eq!(stranger.refused(&["help", "nowhere"]), "usage-command");
    }
}

#[test]
fn title_changes_alone_and_type_date_and_author_with_a_version_of_the_same_content() {
    let (_server, anne) = stage();
    let dry = anne.json(&["edit", "bilan", "--title", "Autre", "--dry-run"]);
    assert_eq!((dry["dry_run"].as_bool(), dry["changed"][0].as_str()), (Some(true), Some("title")));
    assert!(titles(&anne.json(&["ls"])).contains(&"Bilan sanguin".to_owned()));
    let edited = anne.json(&["edit", "bilan", "--title", "Bilan de mars"]);
    assert_eq!((edited["version"].as_u64(), edited["title"].as_str()), (Some(1), Some("Bilan de mars")));
    assert_eq!(titles(&anne.json(&["ls", "mars"])), ["Bilan de mars"]);
    let again =
        anne.json(&["edit", "mars", "--type", "courrier", "--date", "13/03/2025", "--author", "Dr Petit"]);
    assert_eq!(again["version"], 2, "{again}");
    let row = &anne.json(&["ls", "mars"])["documents"][0];
    assert!(text(&row["date"]).starts_with("2025-03-1") && row["written_by"] == "Dr Petit", "{row}");
    anne.json(&["get", "mars", "-o", "out.txt"]);
    assert_eq!(fs::read(anne.path("out.txt")).unwrap(), fs::read(anne.path("b.txt")).unwrap());
    let events = anne.json(&["history", "mars"]);
    let events: Vec<&str> =
        events["events"].as_array().unwrap().iter().filter_map(|event| event["what"].as_str()).collect();
    assert_eq!(events, ["deposit", "describe", "version"]);
    anne.run(&["lock"]);
}

#[test]
fn what_somebody_else_has_signed_is_not_changed_but_its_title_is() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let anne = join(PASSPHRASE, server.address(), "Anne Durand", &key, &[]);
    let martin = doctor(PASSPHRASE, server.address(), &authority, &key);
    let _agents = Agents(vec![&anne, &martin]);
    let card = text(&anne.json(&["contact", "card"])["card"]);
    fs::write(martin.path("lettre.txt"), "Cher confrère").unwrap();
    martin.json(&["deposit", "--for", &card, "lettre.txt", "--title", "Lettre", "--type", "courrier"]);
    anne.json(&["accept", "--all"]);
    assert_eq!(anne.refused(&["edit", "Lettre", "--date", "12/03/2025"]), "edit-not-yours");
    anne.json(&["edit", "Lettre", "--title", "Lettre du Dr Martin"]);
    let listed = anne.json(&["ls"]);
    assert_eq!(titles(&listed), ["Lettre du Dr Martin"]);
    assert_eq!(listed["documents"][0]["waiting"], false, "what was accepted waits again: {listed}");
    let shown = anne.json(&["show", "Martin"]);
    assert_eq!(shown["signed"]["by"], "MARTIN Paul", "the author's signature stays: {shown}");
}

#[test]
fn list_takes_types_people_and_days_and_has_an_order() {
    let (_server, anne) = stage();
    let ls = |args: &[&str]| titles(&anne.json(&[&["ls"], args].concat()));
    assert_eq!(ls(&[]), ["Arthroscopie", "Bilan sanguin", "Courrier au cardiologue"]);
    assert_eq!(ls(&["--reverse"]), ["Courrier au cardiologue", "Bilan sanguin", "Arthroscopie"]);
    assert_eq!(ls(&["--sort", "titre", "--reverse"])[0], "Courrier au cardiologue");
    assert_eq!(ls(&["--sort", "added"])[0], "Courrier au cardiologue");
    assert_eq!(ls(&["--type", "biologie"]), ["Bilan sanguin"]);
    assert_eq!(ls(&["--type", "resultats"]), ["Bilan sanguin"]);
    assert_eq!(ls(&["--from", "martin"]), ["Bilan sanguin", "Courrier au cardiologue"]);
    assert_eq!(ls(&["--since", "12/03/2025"]), ["Arthroscopie", "Bilan sanguin"]);
    assert_eq!(ls(&["--until", "12/03/2025"]), ["Bilan sanguin", "Courrier au cardiologue"]);
    assert_eq!(ls(&["--until", "12/03/2025", "-n", "1"]), ["Bilan sanguin"]);
    assert_eq!(anne.refused(&["ls", "--type", "licorne"]), "kind-unknown");
    anne.run(&["lock"]);
}

#[test]
fn dry_run_says_what_would_be_done_and_does_nothing() {
    let (server, anne) = stage();
    fs::write(anne.path("d.txt"), "Quatre").unwrap();
    let before = (titles(&anne.json(&["ls"])), anne.json(&["journal"]));
    let statements = anne.json(&["export", "avant"])["statements"].as_u64();
    let added = anne.json(&["add", "d.txt", "b.txt", "--dry-run"]);
    let count = |answer: &Value, name: &str| answer[name].as_array().unwrap().len();
    assert_eq!((count(&added, "added"), count(&added, "there_already")), (1, 1), "{added}");
    assert_eq!(anne.json(&["import", "avant", "--dry-run"])["dry_run"], true);
    assert_eq!(count(&anne.json(&["rm", "bilan", "--dry-run"]), "removed"), 1);
    let would = anne.json(&["export", "apres.zip", "--dry-run"]);
    assert!(would["documents"] == 3 && !anne.path("apres.zip").exists(), "{would}");
    let bob = Machine::with_account(PASSPHRASE, &server, "Bob");
    let card = text(&bob.json(&["contact", "card"])["card"]);
    anne.json(&["contact", "add", &card, "--name", "Bob"]);
    let shared = anne.json(&["share", "bilan", "--with", "Bob", "--dry-run"]);
    assert_eq!((shared["dry_run"].as_bool(), count(&shared, "documents")), (Some(true), 1));
    assert_eq!(count(&anne.json(&["revoke", "--from", "Bob", "--dry-run"]), "documents"), 0);
    let again = anne.json(&["export", "apres"])["statements"].as_u64();
    assert_eq!((titles(&anne.json(&["ls"])), anne.json(&["journal"])), before);
    assert_eq!(again, statements, "something was stated");
    anne.run(&["lock"]);
    bob.run(&["lock"]);
}
