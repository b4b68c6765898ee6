//! What this machine's disk does to a person's client: damaged, lost, full. It is told in words, nothing is made of it, and there is a way back.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

fn anne(server: &TestServer) -> Machine {
    let anne = Machine::with_account(PASSPHRASE, server, "Anne");
    fs::write(anne.path("bio.txt"), "Glycemie 0,92 g/L").unwrap();
    anne.json(&["add", "bio.txt", "--title", "Prise de sang"]);
    anne
}

/// A file of this name somewhere below a folder.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).find_map(|path| match path.is_dir() {
        true => find(&path, name),
        false => path.file_name().is_some_and(|found| found == name).then_some(path),
    })
}

fn devices(machine: &Machine) -> usize {
    machine.json(&["account", "devices"])["devices"].as_array().unwrap().len()
}

#[test]
fn device_whose_lock_is_lost_says_so_and_comes_back_in_its_place_at_the_first_try() {
    let server = TestServer::start();
    let anne = anne(&server);
    anne.run(&["lock"]);
    fs::remove_file(anne.home().join("lock.age")).unwrap();
    assert_eq!(anne.refused(&["ls"]), "home-broken");
    // A new account does not begin where something of another lies, and no paper of it is made.
    let ways = ["--kit", "new.pdf", "--passphrase-file", "new.age"];
    let create = [&["account", "create", "--server", server.address(), "--name", "Eve"], &ways[..]].concat();
    assert_eq!(anne.refused(&create), "home-broken");
    assert!(!anne.path("new.pdf").exists());
    let back = anne.json(&["recover", "--kit", "kit.pdf"]);
    assert_eq!(back["documents"], 1);
    assert!(fs::exists(back["before"].as_str().unwrap()).unwrap());
    let listed = anne.json(&["ls"]);
    assert_eq!(listed["documents"][0]["title"], "Prise de sang", "{listed}");
    assert_eq!(devices(&anne), 2);
}

#[test]
fn recovery_that_is_refused_adds_no_device() {
    let server = TestServer::start();
    let anne = anne(&server);
    for _ in 0..3 {
        assert_eq!(anne.refused(&["recover", "--kit", "kit.pdf"]), "account-there");
    }
    assert_eq!(devices(&anne), 1);
    let back = anne.json(&["recover", "--kit", "kit.pdf", "--in-place"]);
    assert_eq!(back["documents"], 1);
    assert_eq!(devices(&anne), 2);
}

#[test]
fn damaged_records_are_told_as_damage_and_recovered_in_place() {
    let server = TestServer::start();
    let anne = anne(&server);
    let records = anne.home().join("records.redb");
    let whole = fs::read(&records).unwrap();
    let right = anne.json(&["ls", "--offline"]);
    let mut told = 0;
    // Every kind of page: some of each page's head, and some of what lies in it.
    for place in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[place..].iter_mut().take(64).for_each(|byte| *byte ^= 0x5a);
        fs::write(&records, &bytes).unwrap();
        let ran = anne.run(&["--json", "ls", "--offline"]);
        assert!(!ran.err.contains("panicked"), "byte {place}: {}", ran.err);
        match ran.exit {
            Some(0) => {
                let listed: Value = serde_json::from_str(&ran.out).unwrap();
                assert_eq!(listed, right, "byte {place}");
            }
            _ => {
                let code = ran.code();
                assert!(code.starts_with("local-"), "byte {place}: {code}");
                told += 1;
            }
        }
    }
    assert!(told > 0);
    fs::write(&records, b"").unwrap();
    assert_eq!(anne.refused(&["ls"]), "local-damaged");
    fs::remove_file(&records).unwrap();
    assert_eq!(anne.refused(&["ls"]), "local-damaged");
    let back = anne.json(&["recover", "--kit", "kit.pdf", "--in-place", "--name", "Anne"]);
    assert_eq!(back["documents"], 1);
    assert_eq!(anne.json(&["ls", "--offline"]), right);
}

#[test]
fn titles_of_any_length_script_and_case_are_exported_side_by_side_and_unpacked_byte_for_byte() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    let long = "\u{1f9ec}".repeat(80);
    let titles =
        [long.as_str(), "Radio", "RADIO", "e\u{301}te\u{301}", "\u{e9}t\u{e9}", "a/../b", "CON", " . "];
    for (number, title) in titles.iter().enumerate() {
        // What is poured in has no name of its own: the title gives it one.
        let args = ["--json", "add", "-", "--title", title, "--date", "2025-03-04"];
        let ran = anne.run_with(&args, &format!("content {number}"));
        assert_eq!(ran.exit, Some(0), "{}", ran.err);
    }
    anne.json(&["export", "all.zip"]);
    anne.json(&["export", "all"]);
    let unpacked = std::process::Command::new("python3")
        .args(["-m", "zipfile", "-e", "all.zip", "unpacked"])
        .current_dir(anne.path(""))
        .status();
    for folder in
        unpacked.is_ok_and(|status| status.success()).then_some("unpacked").into_iter().chain(["all"])
    {
        let manifest: Value =
            serde_json::from_slice(&fs::read(anne.path(folder).join("manifest.json")).unwrap()).unwrap();
        let documents = manifest["documents"].as_array().unwrap();
        assert_eq!(documents.len(), titles.len());
        let mut contents: Vec<String> = documents
            .iter()
            .map(|document| {
                let name = document["file"].as_str().unwrap();
                assert!(name.len() < 143, "{name}");
                fs::read_to_string(anne.path(folder).join(name)).unwrap()
            })
            .collect();
        contents.sort();
        let wanted: Vec<String> = (0..titles.len()).map(|number| format!("content {number}")).collect();
        assert_eq!(contents, wanted, "{folder}");
    }
}

#[test]
fn document_that_cannot_be_had_leaves_nothing_half_in_an_export_and_the_others_are_there() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    let payloads = || -> BTreeSet<String> {
        let files = fs::read_dir(anne.home().join("payloads")).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    let add = |title: &str, byte: u8| {
        let file = format!("{title}.bin");
        fs::write(anne.path(&file), vec![byte; 3_000_000]).unwrap();
        anne.json(&["add", &file, "--title", title]);
    };
    add("Whole", 1);
    let whole = payloads();
    add("Lost", 2);
    let lost: Vec<String> = payloads().difference(&whole).cloned().collect();
    // What is kept here is gone, and what the server has of one document is damaged in its second half.
    payloads().iter().for_each(|name| fs::remove_file(anne.home().join("payloads").join(name)).unwrap());
    let at_server = find(&server.folder().join("payloads"), &lost[0]).unwrap();
    let mut bytes = fs::read(&at_server).unwrap();
    bytes[2_000_000] ^= 1;
    fs::write(&at_server, bytes).unwrap();
    let ran = anne.run(&["--json", "export", "all"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.err);
    let files: Vec<String> = fs::read_dir(anne.path("all/documents"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(files.iter().all(|file| file.contains("Whole")), "{files:?}");
    assert_eq!(files.len(), 2, "{files:?}");
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["left_out"][0]["title"], "Lost", "{told}");
}
