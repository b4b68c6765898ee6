//! Documents at a terminal: everything that shows progress or asks something ends, moves, and leaves the screen as it was.

#![cfg(test)]

use std::fs;
use std::path::Path;

use carnet_tests::cli::Machine;
use carnet_tests::proxy::{Does, Proxy};
use carnet_tests::server::TestServer;
use carnet_tests::terminal::{Ended, Window, is_bar};
use carnet_tests::ward::{Agents, doctor, join, server_with, text};

const PASSPHRASE: &str = "trois petits chats";
const MIB: usize = 1024 * 1024;

/// Bytes that do not compress and say nothing, another content for each seed.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_be_bytes());
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

/// A hundred files as people have them: letters, long ones too, one that is broken and one that is empty.
fn mixed(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for number in 0..95 {
        fs::write(folder.join(format!("lettre {number}.txt")), format!("Bonjour, lettre {number}.")).unwrap();
    }
    for number in 0..3 {
        fs::write(folder.join(format!("image {number}.bin")), noise(MIB * (number + 1), number as u64))
            .unwrap();
    }
    fs::write(folder.join("broken.pdf"), "%PDF-1.4\nnothing that makes sense").unwrap();
    fs::write(folder.join("empty.txt"), "").unwrap();
}

/// Uploads are slow from now on: the server is, not the machine of the test.
fn slow(proxy: &Proxy) {
    proxy.does_by(
        |request| if request.contains("/uploads/") { Does::Crawls(16 * 1024) } else { Does::Passes },
    );
}

fn moved(ended: &Ended) {
    assert!(ended.bars().len() >= 2, "the bar stands still: {:?}", ended.bars());
}

fn spool(machine: &Machine) -> Vec<String> {
    let files = fs::read_dir(machine.home().join("spool")).unwrap().flatten();
    files.map(|file| file.file_name().to_string_lossy().into_owned()).collect()
}

fn listed(machine: &Machine) -> usize {
    machine.json(&["ls"])["documents"].as_array().unwrap().len()
}

#[test]
fn long_document_is_added_with_a_bar_that_moves_and_goes() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("scan.bin"), noise(3 * MIB, 1)).unwrap();
    slow(&proxy);
    let ended = Window::new().run(&anne, &["add", "scan.bin", "--type", "imagerie"]).end().done();
    moved(&ended);
    assert!(ended.text.contains("scan"), "{}", ended.text);
    assert_eq!(spool(&anne), [""; 0]);
}

#[test]
fn hundred_mixed_files_are_added_with_a_bar_and_the_two_bad_ones_are_named() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne").in_language("fr");
    let _agents = Agents(vec![&anne]);
    mixed(&anne.path("in"));
    slow(&proxy);
    let ended = Window::new().run(&anne, &["add", "in"]).end().clean();
    assert_eq!(ended.exit, Some(1), "{}", ended.text);
    moved(&ended);
    for name in ["broken.pdf", "empty.txt"] {
        assert!(ended.text.contains(name), "{name}: {}", ended.text);
    }
    assert_eq!(listed(&anne), 98);
    assert_eq!(spool(&anne), [""; 0]);
    // What was added is exported and taken in elsewhere, with the same screen.
    let exported = Window::new().run(&anne, &["export", "out"]).end().done();
    assert!(exported.text.contains("out"), "{}", exported.text);
    let bob = Machine::at(PASSPHRASE, proxy.address(), "Bob");
    let _agents = Agents(vec![&bob]);
    let imported = Window::new().run(&bob, &["import", anne.path("out").to_str().unwrap()]).end().done();
    moved(&imported);
    assert_eq!(listed(&bob), 98);
}

#[test]
fn deposits_of_a_long_and_of_a_hundred_documents_end_with_a_clean_screen() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let proxy = Proxy::before(&server);
    let anne = join(PASSPHRASE, server.address(), "Anne", &key, &[]);
    let martin = doctor(PASSPHRASE, proxy.address(), &authority, &key);
    let _agents = Agents(vec![&anne, &martin]);
    let card = text(&anne.json(&["contact", "card"])["card"]);
    fs::write(martin.path("scan.bin"), noise(3 * MIB, 7)).unwrap();
    slow(&proxy);
    let ended = Window::new().run(&martin, &["deposit", "--for", &card, "scan.bin"]).end().done();
    moved(&ended);
    // The first deposit waits; once its author is known the next ones do not.
    let accepted = Window::new().run(&anne, &["accept", "--all"]).end().done();
    assert!(!accepted.has_escapes() || accepted.bars().is_empty(), "{accepted:?}");
    mixed(&martin.path("in"));
    let ended = Window::new().run(&martin, &["deposit", "--for", &card, "in"]).end().clean();
    moved(&ended);
    assert!(ended.exit == Some(1) && ended.text.contains("empty.txt"), "{}", ended.text);
    assert!(listed(&anne) >= 99, "one that is empty keeps no other back");
    assert_eq!(spool(&martin), [""; 0]);
}

#[test]
fn adding_that_is_stopped_by_ctrl_c_leaves_what_a_second_run_goes_on_with_and_nothing_else() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("scan.bin"), noise(6 * MIB, 3)).unwrap();
    slow(&proxy);
    let mut adding = Window::new().run(&anne, &["add", "scan.bin", "--type", "imagerie"]);
    adding.wait("a bar that has moved", |session| {
        session.lines().iter().filter(|line| is_bar(line)).count() >= 3
    });
    adding.interrupt();
    let ended = adding.end().interrupted();
    moved(&ended);
    assert!(
        ended.text.contains("Stopped: no document is confirmed as added. Run the same"),
        "{}",
        ended.text
    );
    assert_eq!(spool(&anne).len(), 1, "the sealed document, to be sent on");
    proxy.does(Does::Passes);
    let before = proxy.sent();
    let added = anne.json(&["add", "scan.bin", "--type", "imagerie"]);
    assert_eq!(added["added"][0]["resumed"], true, "{added}");
    assert!(proxy.sent() - before < 6 * MIB as u64, "all of it was sent again");
    assert_eq!(spool(&anne), [""; 0]);
    anne.json(&["get", "scan", "-o", "back.bin"]);
    assert!(fs::read(anne.path("back.bin")).unwrap() == fs::read(anne.path("scan.bin")).unwrap());
}

#[test]
fn bar_of_an_upload_that_the_server_takes_no_more_of_says_what_it_waits_for() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne").in_language("fr");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("scan.bin"), noise(3 * MIB, 11)).unwrap();
    proxy.does_by(|request| if request.starts_with("PATCH") { Does::Hangs } else { Does::Passes });
    let mut adding = Window::new().run(&anne, &["add", "scan.bin", "--type", "imagerie"]);
    let host = proxy.address().trim_start_matches("http://").to_owned();
    adding.wait("the bar says it", |session| {
        session.lines().iter().any(|line| is_bar(line) && line.contains(&format!("J'attends {host}")))
    });
    adding.interrupt();
    let ended = adding.end().interrupted();
    assert!(!ended.text.contains("J'attends"), "{}", ended.text);
}

#[test]
fn stopped_while_sealing_nothing_half_sealed_stays() {
    let server = TestServer::start();
    let anne = Machine::at(PASSPHRASE, server.address(), "Anne");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("study.bin"), noise(192 * MIB, 9)).unwrap();
    let mut adding = Window::new().run(&anne, &["add", "study.bin", "--type", "imagerie"]);
    adding.wait("something is sealed", |_| !spool(&anne).is_empty());
    adding.interrupt();
    let _ = adding.end().interrupted();
    let left = spool(&anne);
    // Either it was half sealed, and is gone; or it was sealed, and a second run goes on with it.
    let added = anne.json(&["add", "study.bin", "--type", "imagerie"]);
    assert_eq!(added["added"][0]["resumed"], !left.is_empty(), "{left:?}, {added}");
    assert_eq!(spool(&anne), [""; 0]);
}

#[test]
fn downloads_that_are_stopped_leave_no_half_file() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("scan.bin"), noise(3 * MIB, 4)).unwrap();
    anne.json(&["add", "scan.bin", "--type", "imagerie"]);
    for kept in fs::read_dir(anne.home().join("payloads")).unwrap().flatten() {
        fs::remove_file(kept.path()).unwrap();
    }
    proxy.does_by(|request| if request.contains("/payload") { Does::Crawls(2048) } else { Does::Passes });
    for args in [&["get", "scan", "-o", "back.bin"][..], &["export", "out"], &["export", "out.zip"]] {
        let mut session = Window::new().run(&anne, args);
        let half = |name: &str| name.contains("carnet-part");
        let names = || {
            fs::read_dir(anne.path(""))
                .unwrap()
                .flatten()
                .map(|file| file.file_name().to_string_lossy().into_owned())
        };
        session.wait("half a file", |_| names().any(|name| half(&name)));
        session.interrupt();
        let ended = session.end().interrupted();
        let what =
            if args.contains(&"get") { "the file was not whole" } else { "the export was not finished" };
        let said = format!("Stopped: {what}, and nothing of it is left.");
        assert!(ended.text.contains(&said), "{args:?}: {}", ended.text);
        assert!(
            !names().any(|name| half(&name) || name.starts_with("back") || name.starts_with("out")),
            "{args:?}"
        );
    }
}

#[test]
fn document_is_seen_in_the_viewer_and_its_copy_is_gone_afterwards() {
    let server = TestServer::start();
    let anne = Machine::at(PASSPHRASE, server.address(), "Anne").in_language("fr");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("bilan.txt"), "Glycémie 0,92 g/L").unwrap();
    anne.json(&["--yes", "add", "bilan.txt"]);
    let viewer = anne.path("viewer");
    fs::write(
        &viewer,
        format!("#!/bin/sh\necho \"$1\" > {0}/seen; cat \"$1\" >> {0}/seen\n", anne.path("").display()),
    )
    .unwrap();
    fs::set_permissions(&viewer, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let window = Window::new().with("CARNET_VIEWER", viewer.to_str().unwrap());
    let seen = || fs::read_to_string(anne.path("seen")).unwrap_or_default();
    for stops in [false, true] {
        let mut viewing = window.run(&anne, &["get", "bilan", "--view"]);
        viewing.wait("it is seen", |_| seen().contains("Glycémie 0,92 g/L"));
        viewing.see("Tapez Entrée");
        let copy = seen().lines().next().unwrap().to_owned();
        assert!(copy.ends_with("bilan.txt") && Path::new(&copy).exists(), "{copy}");
        if stops {
            viewing.interrupt();
            let _ = viewing.end().interrupted();
        } else {
            viewing.type_line("");
            let _ = viewing.end().done();
        }
        assert!(!Path::new(&copy).exists(), "the copy is there still");
        assert!(!Path::new(&copy).parent().unwrap().exists(), "its folder is there still");
        fs::remove_file(anne.path("seen")).unwrap();
    }
    assert_eq!(anne.refused(&["get", "bilan", "--view"]), "viewer-nobody");
    let nothing =
        Window::new().with("CARNET_VIEWER", "/nowhere/viewer").run(&anne, &["get", "bilan", "--view"]);
    let ended = nothing.end();
    assert!(ended.exit == Some(1) && ended.text.contains("/nowhere/viewer"), "{}", ended.text);
}

#[test]
fn questions_about_a_file_are_asked_again_until_the_answer_is_one() {
    let server = TestServer::start();
    let anne = Machine::at(PASSPHRASE, server.address(), "Anne").in_language("fr");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("ordonnance_2025.txt"), "Paracétamol").unwrap();
    let mut adding = Window::new().run(&anne, &["add", "ordonnance_2025.txt"]);
    adding.answer("Numéro, mots, ou Entrée pour le premier", "99");
    adding.answer("LOINC", "1");
    let ended = adding.end().done();
    assert!(ended.text.contains("ordonnance_2025"), "{}", ended.text);
    // A question that takes time to answer is no work: nothing is drawn over it.
    let mut removing = Window::new().run(&anne, &["rm", "ordonnance"]);
    removing.answer("(oui/non)", "peut-être");
    removing.answer("Ce n'est ni oui, ni non", "");
    let ended = removing.end().clean();
    assert_eq!(ended.exit, Some(2), "{}", ended.text);
    assert_eq!(listed(&anne), 1, "Enter means no");
    let mut removing = Window::new().run(&anne, &["rm", "ordonnance"]);
    removing.answer("(oui/non)", "ouais");
    removing.answer("Ce n'est ni oui, ni non", "OUI");
    let _ = removing.end().done();
    assert_eq!(listed(&anne), 0);
    fs::write(anne.path("a.txt"), "a").unwrap();
    anne.json(&["--yes", "add", "a.txt"]);
    let mut removing = Window::new().run(&anne, &["rm", "a"]);
    removing.see("(oui/non)");
    removing.interrupt();
    let _ = removing.end().interrupted();
    assert_eq!(listed(&anne), 1);
}

#[test]
fn replacing_shows_its_bar_and_goes_on_after_ctrl_c() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("scan.bin"), noise(64, 1)).unwrap();
    fs::write(anne.path("better.bin"), noise(5 * MIB, 2)).unwrap();
    anne.json(&["add", "scan.bin", "--type", "imagerie"]);
    slow(&proxy);
    let mut replacing = Window::new().run(&anne, &["replace", "scan", "better.bin"]);
    replacing.wait("a bar that has moved", |session| {
        session.lines().iter().filter(|line| is_bar(line)).count() >= 3
    });
    replacing.interrupt();
    let _ = replacing.end().interrupted();
    assert_eq!(spool(&anne).len(), 1);
    proxy.does(Does::Passes);
    let before = proxy.sent();
    let replaced = anne.json(&["replace", "scan", "better.bin"]);
    assert_eq!(replaced["version"], 2, "{replaced}");
    assert!(proxy.sent() - before < 5 * MIB as u64, "all of it was sent again");
    assert_eq!(spool(&anne), [""; 0]);
    anne.json(&["get", "scan", "-o", "back.bin"]);
    assert!(fs::read(anne.path("back.bin")).unwrap() == fs::read(anne.path("better.bin")).unwrap());
}
