//! Sealing again under new keys, new versions, and grants carried forward: of any length, piece by piece; what was done stays done, what was
//! not is named, and a second run goes on with it.

#![cfg(test)]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use carnet_tests::cli::Machine;
use carnet_tests::proxy::{Does, Proxy};
use carnet_tests::server::TestServer;
use carnet_tests::terminal::{Window, is_bar};
use carnet_tests::ward::{Agents, doctor, join, server_with, text};
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";
const MIB: usize = 1024 * 1024;

fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_be_bytes());
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

/// Anne behind a proxy, and two whom she knows by their cards.
struct Stage {
    anne: Machine,
    bob: Machine,
    lea: Machine,
    proxy: Proxy,
    _server: TestServer,
}

impl Stage {
    fn set() -> Self {
        let server = TestServer::start();
        let proxy = Proxy::before(&server);
        let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne");
        let (bob, lea) = (
            Machine::at(PASSPHRASE, server.address(), "Bob"),
            Machine::at(PASSPHRASE, server.address(), "Lea"),
        );
        for other in [&bob, &lea] {
            let card = other.json(&["contact", "card"])["card"].as_str().unwrap().to_owned();
            anne.json(&["--yes", "contact", "add", &card]);
        }
        Self { anne, bob, lea, proxy, _server: server }
    }

    fn agents(&self) -> Agents<'_> {
        Agents(vec![&self.anne, &self.bob, &self.lea])
    }

    /// Adds a document, and shares it with both.
    fn share(&self, title: &str, content: &[u8]) {
        fs::write(self.anne.path("file.bin"), content).unwrap();
        self.anne.json(&["--yes", "add", "file.bin", "--title", title, "--type", "imagerie"]);
        for with in ["Bob", "Lea"] {
            self.anne.json(&["--yes", "share", title, "--with", with]);
        }
    }

    fn version(&self, title: &str) -> u64 {
        let listed = self.anne.json(&["ls"]);
        let rows = listed["documents"].as_array().unwrap();
        rows.iter().find(|row| row["title"] == title).unwrap()["version"].as_u64().unwrap()
    }

    /// Lea opens a document: the newest version, and its content.
    fn lea_reads(&self, title: &str, content: &[u8]) {
        let _ = fs::remove_file(self.lea.path("read.bin"));
        let opened = self.lea.run(&["--json", "open", &self.patient(&self.lea), title, "-o", "read.bin"]);
        assert_eq!(opened.exit, Some(0), "{title}: {opened:?}");
        assert!(fs::read(self.lea.path("read.bin")).unwrap() == content, "{title}");
        let who = self.anne.json(&["who", title]);
        let names: Vec<&str> =
            who["readers"].as_array().unwrap().iter().map(|reader| reader["who"].as_str().unwrap()).collect();
        assert!(names.contains(&"Lea") && !names.contains(&"Bob"), "{title}: {who}");
    }

    fn patient(&self, who: &Machine) -> String {
        let patients = who.json(&["patients"]);
        patients["patients"][0]["name"].as_str().unwrap_or_else(|| panic!("{patients}")).to_owned()
    }

    fn spool(&self) -> usize {
        fs::read_dir(self.anne.home().join("spool")).unwrap().count()
    }
}

fn titles(list: &Value) -> Vec<&str> {
    let mut titles: Vec<&str> =
        list.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    titles
}

#[test]
fn documents_of_any_length_are_sealed_again_and_whoever_may_read_still_does() {
    let stage = Stage::set();
    let _agents = stage.agents();
    // On both sides of what goes along with a statement, of what is noted, and of what is kept on this device.
    let lengths = [1, 100 * 1024, MIB - 40 * 1024, MIB + 1, 3 * MIB, 66 * MIB];
    let contents: Vec<(String, Vec<u8>)> =
        lengths.iter().map(|len| (format!("doc{len}"), noise(*len, *len as u64))).collect();
    for (title, content) in &contents {
        stage.share(title, content);
    }
    // What this device keeps is damaged: it is fetched again.
    for kept in fs::read_dir(stage.anne.home().join("payloads")).unwrap().flatten() {
        let mut bytes = fs::read(kept.path()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(kept.path(), bytes).unwrap();
    }
    let revoked = stage.anne.json(&["revoke", "--from", "Bob", "--reseal"]);
    assert_eq!(revoked["resealed"], lengths.len(), "{revoked}");
    assert_eq!(titles(&revoked["left"]), [""; 0], "{revoked}");
    for (title, content) in &contents {
        assert_eq!(stage.version(title), 2, "{title}");
        stage.lea_reads(title, content);
    }
    assert_eq!(stage.spool(), 0);
    // Nothing is left to do, and it says so.
    let again = stage.anne.run(&["revoke", "--from", "Bob", "--reseal"]);
    assert_eq!(again.exit, Some(0), "{again:?}");
    assert!(again.out.contains("Nothing was to be sealed anew"), "{again:?}");
}

#[test]
fn document_that_the_server_refuses_keeps_no_other_back_and_a_second_run_goes_on_with_it() {
    let stage = Stage::set();
    let _agents = stage.agents();
    for number in 0..5 {
        stage.share(&format!("petit {number}"), &noise(1000, number));
    }
    let long = noise(2 * MIB, 77);
    stage.share("long", &long);
    // Whatever is uploaded is refused on the way: the long one, whose neighbours go along with their statement.
    stage
        .proxy
        .does_by(|request| if request.contains("/uploads/") { Does::Status(403) } else { Does::Passes });
    let ran = stage.anne.run(&["revoke", "--from", "Bob", "--reseal"]);
    assert_eq!(ran.exit, Some(1), "{ran:?}");
    assert!(ran.out.contains("long") && ran.out.contains("403"), "{ran:?}");
    stage.proxy.does(Does::Passes);
    let left: Vec<u64> = (0..5).map(|number| stage.version(&format!("petit {number}"))).collect();
    assert_eq!(stage.version("long"), 1);
    let done = left.iter().filter(|version| **version == 2).count();
    // A status of something in between stops the rest: it says nothing of one document.
    let again = stage.anne.json(&["revoke", "--from", "Bob", "--reseal"]);
    assert_eq!(again["resealed"], 6 - done, "{again}");
    assert!(titles(&again["resealed_documents"]).contains(&"long"), "{again}");
    for number in 0..5 {
        stage.lea_reads(&format!("petit {number}"), &noise(1000, number));
    }
    stage.lea_reads("long", &long);
}

#[test]
fn document_that_the_server_itself_refuses_is_named_with_its_reason_and_the_others_are_sealed() {
    let server = TestServer::start_with(&[("LIMITS__PAYLOAD_BYTES", "4000000")]);
    let anne = Machine::at(PASSPHRASE, server.address(), "Anne");
    let bob = Machine::at(PASSPHRASE, server.address(), "Bob");
    let _agents = Agents(vec![&anne, &bob]);
    let card = bob.json(&["contact", "card"])["card"].as_str().unwrap().to_owned();
    anne.json(&["--yes", "contact", "add", &card]);
    for (title, len) in [("court", 1000), ("long", 3_000_000), ("autre", 2000)] {
        fs::write(anne.path("file.bin"), noise(len, len as u64)).unwrap();
        anne.json(&["--yes", "add", "file.bin", "--title", title, "--type", "imagerie"]);
        anne.json(&["--yes", "share", title, "--with", "Bob"]);
    }
    // The server takes less than before.
    let mut server = server;
    server.set("LIMITS__PAYLOAD_BYTES", "2000000");
    server.restart();
    let ran = anne.run(&["revoke", "--from", "Bob", "--reseal"]);
    assert_eq!(ran.exit, Some(1), "{ran:?}");
    assert!(ran.out.contains("long") && ran.out.contains("2 MB at most"), "{ran:?}");
    let ran = anne.run(&["--json", "revoke", "--from", "Bob", "--reseal"]);
    assert_eq!(ran.exit, Some(1), "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(titles(&answer["left"]), ["long"], "{answer}");
    assert!(
        ["payload-too-large", "upload-too-large"].contains(&answer["left"][0]["code"].as_str().unwrap()),
        "{answer}"
    );
    assert_eq!(answer["resealed"], 0, "what was done is not done again: {answer}");
    assert!(ran.err.contains("reseal-partly"), "{ran:?}");
    server.set("LIMITS__PAYLOAD_BYTES", "4000000");
    server.restart();
    assert_eq!(anne.json(&["revoke", "--from", "Bob", "--reseal"])["resealed"], 1);
}

#[test]
fn revoking_without_new_keys_is_remembered_until_they_are_made() {
    let stage = Stage::set();
    let _agents = stage.agents();
    stage.share("un", &noise(500, 1));
    stage.share("deux", &noise(500, 2));
    let revoked = stage.anne.json(&["revoke", "--from", "Bob"]);
    assert_eq!((&revoked["resealed"], &revoked["unsealed"]), (&Value::from(0), &Value::from(2)), "{revoked}");
    // The same in words, at a terminal, a day later.
    let told = Window::new().run(&stage.anne, &["revoke", "--from", "Bob"]).end().done();
    assert!(told.text.contains("2 documents that this person could read"), "{}", told.text);
    let one = stage.anne.json(&["revoke", "un", "--from", "Bob", "--reseal"]);
    assert_eq!(titles(&one["resealed_documents"]), ["un"], "{one}");
    assert_eq!((stage.version("un"), stage.version("deux")), (2, 1));
    let rest = stage.anne.json(&["revoke", "--from", "Bob", "--reseal"]);
    assert_eq!(titles(&rest["resealed_documents"]), ["deux"], "{rest}");
    stage.lea_reads("un", &noise(500, 1));
    stage.lea_reads("deux", &noise(500, 2));
}

#[test]
fn deposit_that_waits_for_consent_is_not_accepted_by_sealing_it_again() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let anne = join(PASSPHRASE, server.address(), "Anne", &key, &[]);
    let bob = join(PASSPHRASE, server.address(), "Bob", &key, &[]);
    let martin = doctor(PASSPHRASE, server.address(), &authority, &key);
    let _agents = Agents(vec![&anne, &bob, &martin]);
    let card = |machine: &Machine| text(&machine.json(&["contact", "card"])["card"]);
    anne.json(&["--yes", "contact", "add", &card(&bob)]);
    fs::write(anne.path("mine.txt"), "Glycemie").unwrap();
    anne.json(&["add", "mine.txt"]);
    anne.json(&["--yes", "share", "--always", "--with", "Bob"]);
    fs::write(martin.path("letter.txt"), "Cher confrere").unwrap();
    martin.json(&["deposit", "--for", &card(&anne), "letter.txt"]);
    let ran = anne.run(&["--json", "revoke", "letter", "mine", "--from", "Bob", "--reseal"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.exit, titles(&answer["left"])), (Some(1), vec!["letter"]), "{ran:?}");
    assert_eq!(answer["left"][0]["code"], "reseal-waiting", "{answer}");
    assert_eq!(titles(&answer["resealed_documents"]), ["mine"], "{answer}");
    assert_eq!(anne.json(&["accept"])["waiting"].as_array().unwrap().len(), 1, "it waits still");
    anne.json(&["accept", "--all"]);
    let rest = anne.json(&["revoke", "--from", "Bob", "--reseal"]);
    // What Bob went on reading by his standing access is sealed again once more.
    assert_eq!(titles(&rest["resealed_documents"]), ["letter", "mine"], "{rest}");
}

#[test]
fn killed_between_taking_back_and_the_last_new_key_a_second_run_does_the_rest() {
    let stage = Stage::set();
    let _agents = stage.agents();
    for number in 0..3 {
        stage.share(&format!("doc{number}"), &noise(2 * MIB + number, number as u64));
    }
    // Killed when the share is taken back and nothing is sealed yet; while the documents are on their way; when they are there, and not yet
    // given to whoever may read them.
    for moment in 0..3 {
        let statements = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&statements);
        stage.proxy.does_by(move |request| {
            let upload = request.contains("/uploads/");
            let statement = request.starts_with("POST")
                && request.contains("/vaults/")
                && request.contains("/statements");
            let number = if statement { counted.fetch_add(1, Ordering::SeqCst) } else { 0 };
            match moment {
                0 if upload => Does::Hangs,
                1 if upload => Does::Crawls(4096),
                // The revocation, the deposit; then the grants.
                2 if statement && number == 2 => Does::Hangs,
                _ => Does::Passes,
            }
        });
        let before = stage.proxy.requests().len();
        let session = {
            let mut session = Window::new().run(&stage.anne, &["revoke", "--from", "Bob", "--reseal"]);
            let reached = |requests: &[String]| match moment {
                0 => requests.iter().any(|request| request.contains("/uploads/")),
                1 => requests.iter().filter(|request| request.starts_with("PATCH")).count() >= 3,
                _ => {
                    requests
                        .iter()
                        .filter(|request| {
                            request.starts_with("POST")
                                && request.contains("/vaults/")
                                && request.contains("/statements")
                        })
                        .count()
                        >= 3
                }
            };
            session.wait("the moment", |_| reached(&stage.proxy.requests()[before..]));
            session
        };
        session.kill_9();
    }
    stage.proxy.does(Does::Passes);
    let revoked = stage.anne.json(&["revoke", "--from", "Bob", "--reseal"]);
    assert_eq!(titles(&revoked["left"]), [""; 0], "{revoked}");
    assert_eq!(titles(&revoked["resealed_documents"]).len(), 3, "{revoked}");
    for number in 0..3 {
        assert_eq!(stage.version(&format!("doc{number}")), 2, "sealed once");
        stage.lea_reads(&format!("doc{number}"), &noise(2 * MIB + number, number as u64));
    }
    assert_eq!(stage.spool(), 0);
}

#[test]
fn resealing_at_a_terminal_moves_its_bar_and_is_gone_on_with_after_ctrl_c() {
    let stage = Stage::set();
    let _agents = stage.agents();
    for number in 0..3 {
        stage.share(&format!("doc{number}"), &noise(33 * MIB + number, number as u64));
    }
    stage.proxy.does_by(
        |request| if request.contains("/uploads/") { Does::Crawls(256 * 1024) } else { Does::Passes },
    );
    let mut resealing = Window::new().run(&stage.anne, &["revoke", "--from", "Bob", "--reseal"]);
    resealing.wait("one is done", |session| {
        session.lines().iter().any(|line| is_bar(line) && line.contains("1/3"))
    });
    resealing.interrupt();
    let ended = resealing.end().interrupted();
    assert!(ended.bars().len() >= 2, "{:?}", ended.bars());
    stage.proxy.does(Does::Passes);
    let ended = Window::new().run(&stage.anne, &["revoke", "--from", "Bob", "--reseal"]).end().done();
    assert!(
        ended.text.contains("doc2") || ended.text.contains("doc1") || ended.text.contains("doc0"),
        "{}",
        ended.text
    );
    for number in 0..3 {
        stage.lea_reads(&format!("doc{number}"), &noise(33 * MIB + number, number as u64));
    }
    assert_eq!(stage.spool(), 0);
}

#[test]
fn new_version_whose_grants_were_not_carried_is_given_on_by_the_same_command() {
    let stage = Stage::set();
    let _agents = stage.agents();
    stage.share("doc", &noise(1000, 1));
    stage.anne.json(&["revoke", "--from", "Bob"]);
    let (better, best) = (noise(2 * MIB, 2), noise(3000, 3));
    fs::write(stage.anne.path("better.bin"), &better).unwrap();
    fs::write(stage.anne.path("best.bin"), &best).unwrap();
    // The deposit is there; the grant is lost with the process.
    let statements = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&statements);
    stage.proxy.does_by(move |request| {
        let statement =
            request.starts_with("POST") && request.contains("/vaults/") && request.contains("/statements");
        match statement && counted.fetch_add(1, Ordering::SeqCst) == 1 {
            true => Does::Hangs,
            false => Does::Passes,
        }
    });
    let mut replacing = Window::new().run(&stage.anne, &["replace", "doc", "better.bin"]);
    replacing.wait("the grant is on its way", |_| statements.load(Ordering::SeqCst) >= 2);
    replacing.kill_9();
    stage.proxy.does(Does::Passes);
    assert_eq!(stage.version("doc"), 2);
    let again = stage.anne.json(&["replace", "doc", "better.bin"]);
    assert_eq!((&again["version"], &again["given"]), (&Value::from(2), &Value::from(1)), "{again}");
    stage.lea_reads("doc", &better);
    assert_eq!(stage.anne.refused(&["replace", "doc", "better.bin"]), "same-content");
    let replaced = stage.anne.json(&["replace", "doc", "best.bin"]);
    assert_eq!((&replaced["version"], &replaced["given"]), (&Value::from(3), &Value::from(1)), "{replaced}");
    stage.lea_reads("doc", &best);
}
