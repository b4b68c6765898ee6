//! Documents at the command line, with the real programs: understood, found, shown, taken away and brought back, byte for byte.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use carnet_tests::cli::Machine;
use carnet_tests::liar::Liar;
use carnet_tests::need;
use carnet_tests::server::TestServer;
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

/// A machine with an account, which is unlocked.
fn anne(server: &TestServer) -> Machine {
    Machine::with_account(PASSPHRASE, server, "Anne")
}

/// The agent ends with its test.
struct Agent<'a>(&'a Machine);

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        self.0.run(&["lock"]);
    }
}

fn write(machine: &Machine, name: &str, text: &str) {
    let path = machine.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn found(machine: &Machine, words: &str) -> Vec<String> {
    let found = machine.json(&["search", "--offline", words]);
    let titles =
        found["found"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().to_owned());
    titles.collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn document_that_was_changed_or_removed_is_not_found_by_what_it_no_longer_says() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    write(&anne, "bilan.txt", "Hémoglobine : 13,4 g/dL\nŒdème des chevilles");
    write(&anne, "courrier.txt", "Cher confrère, je vous remercie de m'avoir adressé ce patient.");
    anne.json(&["add", "bilan.txt", "courrier.txt"]);
    assert_eq!(found(&anne, "HEMOGLOBINE"), ["bilan"]);
    assert_eq!(found(&anne, "oedeme 13,4"), ["bilan"]);
    assert_eq!(found(&anne, "hemoglobine confrere"), [""; 0]);
    assert_eq!(found(&anne, "globine"), ["bilan"], "part of a word");
    let hit = &anne.json(&["search", "oedeme"])["found"][0];
    assert!(hit["context"].as_str().unwrap().contains("Œdème des chevilles"), "{hit}");
    write(&anne, "bilan2.txt", "Ferritine : 12 µg/L");
    anne.json(&["replace", "bilan", "bilan2.txt", "--title", "bilan"]);
    let searched = anne.json(&["search", "ferritine"]);
    assert_eq!(searched["total"], 1, "{searched}");
    assert_eq!(found(&anne, "hemoglobine"), [""; 0]);
    anne.json(&["--yes", "rm", "courrier"]);
    anne.json(&["search", "ferritine"]);
    assert_eq!(found(&anne, "confrere"), [""; 0]);
}

#[test]
fn broken_files_are_refused_in_two_lines_each_and_keep_nothing_back() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    write(&anne, "in/good.txt", "Bonjour");
    write(&anne, "in/broken.pdf", "%PDF-1.4\nnothing that makes sense");
    write(&anne, "in/broken.xml", "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><title>a</ClinicalDocument>");
    write(&anne, "in/empty.txt", "");
    let ran = anne.run(&["add", "in"]);
    assert_eq!(ran.exit, Some(1), "{ran:?}");
    for name in ["broken.pdf", "broken.xml", "empty.txt"] {
        let at =
            ran.out.lines().position(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {ran:?}"));
        assert!(ran.out.lines().nth(at + 1).unwrap().starts_with("    "), "{ran:?}");
    }
    assert_eq!(anne.json(&["ls"])["documents"].as_array().unwrap().len(), 1);
    let ran = anne.run(&["add", "--as-is", "in/broken.pdf", "in/broken.xml"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert_eq!(anne.json(&["ls"])["documents"].as_array().unwrap().len(), 3);
}

#[test]
fn type_that_words_do_not_decide_is_asked_for_again_and_one_that_nobody_said_is_a_guess() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    write(&anne, "scan.txt", "x");
    assert_eq!(anne.refused(&["add", "scan.txt", "--type", "zzzz"]), "type-unknown");
    let added = anne.json(&["add", "scan.txt", "--type", "ordonnance"]);
    assert_eq!(added["added"][0]["guessed"], false, "{added}");
    assert!(added["added"][0]["type"].as_str().is_some_and(|kind| !kind.is_empty()), "{added}");
    write(&anne, "ordonnance_2025.txt", "y");
    let added = anne.json(&["add", "ordonnance_2025.txt"]);
    assert_eq!(added["added"][0]["guessed"], true, "{added}");
    let by_code = anne.json(&["search", added["added"][0]["code"].as_str().unwrap()]);
    assert!(by_code["total"].as_u64().unwrap() >= 1, "{by_code}");
}

#[test]
fn hostile_text_does_not_reach_the_terminal_and_lines_stay_within_it() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    write(&anne, "evil.txt", &format!("\x1b]0;pwned\x07\x1b[2J\u{202e}abc {}", "mot ".repeat(200)));
    anne.json(&["add", "evil.txt", "--title", "evil\x1b[31m"]);
    let ran = anne.run(&["show", "evil"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(!ran.out.contains(['\x1b', '\x07', '\u{202e}']), "{:?}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    assert!(ran.out.contains("Anne, verified"), "{}", ran.out);
    let shown = anne.json(&["show", "evil"]);
    assert_eq!(shown["signed"]["by"], "Anne");
    assert!(!shown.to_string().contains("\\u001b"), "{shown}");
}

#[test]
fn profile_says_what_is_there_what_is_not_and_never_both() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    anne.json(&["profile", "none", "allergy"]);
    let list = anne.json(&["profile", "list"]);
    assert_eq!(list["items"][0]["presence"], "known-absent", "{list}");
    let added = anne.json(&[
        "profile",
        "add",
        "allergy",
        "pénicilline",
        "--since",
        "2011-05",
        "--criticality",
        "high",
        "--reaction",
        "urticaire",
    ]);
    assert_eq!(added["removed"], 1, "{added}");
    anne.json(&["profile", "add", "vaccine", "DTP", "--since", "12/03/2020", "--dose", "3"]);
    let list = anne.json(&["profile", "list"]);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{list}");
    assert_eq!(
        (&items[0]["label"], &items[0]["since"]),
        (&Value::from("pénicilline"), &Value::from("2011-05"))
    );
    assert_eq!(items[0]["criticality"], "high");
    assert_eq!(anne.refused(&["profile", "none", "allergy"]), "profile-not-none");
    assert_eq!(anne.refused(&["profile", "add", "vaccine", "x", "--reaction", "y"]), "profile-option");
    assert_eq!(anne.json(&["ls"])["documents"].as_array().unwrap().len(), 0);
    let shown = anne.json(&["profile", "show", "pénicilline"]);
    assert!(shown.to_string().contains("urticaire"), "{shown}");
    anne.json(&["--yes", "profile", "rm", "penicilline"]);
    assert_eq!(anne.json(&["profile", "list"])["items"].as_array().unwrap().len(), 1);
}

#[test]
fn everything_that_leaves_is_byte_exact_proves_its_author_and_comes_back_whole() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    write(&anne, "in/a.txt", "premier");
    write(&anne, "in/b.txt", "second");
    anne.json(&["add", "in"]);
    anne.json(&["profile", "add", "allergy", "arachide"]);
    for (to, is_zip) in [("out", false), ("out.zip", true)] {
        let exported = anne.json(&["export", to]);
        assert_eq!(
            (&exported["documents"], &exported["profile"]),
            (&Value::from(2), &Value::from(1)),
            "{exported}"
        );
        assert_eq!(anne.refused(&["export", to]), "export-there");
        let again = anne.json(&["import", to]);
        assert_eq!(again["there_already"].as_array().unwrap().len(), 3, "{again}");
        let bob = self::anne(&server);
        let _agent = Agent(&bob);
        let at = anne.path(to);
        let taken = bob.json(&["import", at.to_str().unwrap()]);
        assert_eq!(taken["added"].as_array().unwrap().len(), 3, "{to}: {taken}");
        assert_eq!(bob.run(&["get", "b", "-o", "-"]).out, "second");
        assert_eq!(bob.json(&["profile", "list"])["items"][0]["label"], "arachide");
        if is_zip {
            continue;
        }
        let documents = files(&at.join("documents"));
        let b = documents.iter().find(|path| fs::read(path).unwrap() == b"second").unwrap();
        let verified = anne.json(&["verify", b.to_str().unwrap()]);
        assert!(verified["accepted"].is_string(), "{verified}");
        assert_eq!(verified["name"], "Anne");
        fs::write(b, "secone").unwrap();
        assert_eq!(anne.refused(&["verify", b.to_str().unwrap()]), "proof-content");
        assert_eq!(bob.refused(&["import", at.to_str().unwrap()]), "import-damaged");
        let page = fs::read_to_string(at.join("index.html")).unwrap();
        assert!(page.contains("a.txt") && !page.contains("<script"), "{page}");
        let bundle: Value = serde_json::from_slice(&fs::read(at.join("profile.json")).unwrap()).unwrap();
        assert_eq!(bundle["entry"][1]["resource"]["resourceType"], "AllergyIntolerance", "{bundle}");
        assert!(!at.join("keys.txt").exists());
    }
}

#[test]
fn export_to_a_recipient_is_opened_by_stock_age_and_names_nothing() {
    let (Some(age), Some(keygen)) = (need::program("age"), need::program("age-keygen")) else { return };
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    write(&anne, "Cancer du sein.txt", "biopsie");
    anne.json(&["add", "Cancer du sein.txt"]);
    let key = anne.path("key.txt");
    assert!(Command::new(keygen).arg("-o").arg(&key).output().unwrap().status.success());
    let text = fs::read_to_string(&key).unwrap();
    let recipient = text.lines().find_map(|line| line.split("public key: ").nth(1)).unwrap();
    anne.json(&["export", "sealed", "--to", recipient]);
    let mut contents = Vec::new();
    for file in files(&anne.path("sealed")) {
        assert!(!file.to_string_lossy().contains("Cancer"), "{}", file.display());
        let opened = Command::new(&age).arg("-d").arg("-i").arg(&key).arg(&file).output().unwrap();
        assert!(opened.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&opened.stderr));
        contents.push(opened.stdout);
    }
    assert!(contents.iter().any(|content| content == b"biopsie"));
    assert_eq!(anne.refused(&["export", "other", "--to", "age1nonsense"]), "recipient-text");
}

#[test]
fn raw_file_is_opened_by_npm_age_encryption_with_the_identity_that_was_asked_for() {
    if need::node_package("age-encryption").is_none() {
        return;
    }
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    write(&anne, "a.txt", "contenu");
    anne.json(&["add", "a.txt"]);
    assert_eq!(anne.refused(&["raw", "a", "-o", "a.age", "--identity"]), "not-confirmed");
    let raw = anne.json(&["--yes", "raw", "a", "-o", "a.age", "--identity"]);
    assert!(anne.opens_with_npm("a.age", raw["identity"].as_str().unwrap(), "a.txt"));
    write(&anne, "b.txt", "contenX");
    assert!(!anne.opens_with_npm("a.age", raw["identity"].as_str().unwrap(), "b.txt"));
}

#[test]
fn cda_samples_are_added_with_the_type_date_and_author_that_they_say() {
    let Some(folder) = need::shared("fr-cda") else { return };
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let added = anne.json(&["add", folder.to_str().unwrap()]);
    let mut count = 0;
    for line in added["added"].as_array().unwrap() {
        let path = line["file"].as_str().unwrap();
        if !path.ends_with(".xml") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let judge = roxmltree::Document::parse(&text).unwrap();
        let root = judge.root_element();
        let child = |name: &str| root.children().find(|node| node.has_tag_name(("urn:hl7-org:v3", name)));
        let code = child("code").and_then(|node| node.attribute("code"));
        assert_eq!(line["code"].as_str(), code, "{path}");
        let day = child("effectiveTime").and_then(|node| node.attribute("value")).unwrap();
        let date = line["date"].as_str().unwrap().replace('-', "");
        // A time near midnight is another day in UTC.
        let close = date[..6] == day[..6] || date[..4] == day[..4];
        assert!(close, "{path}: {date} {day}");
        assert!(line["author"].is_string() && line["type"].is_string(), "{path}: {line}");
        let title = line["title"].as_str().unwrap();
        let written = child("title").and_then(|node| node.text()).unwrap_or_default();
        assert_eq!(title.split_whitespace().next(), written.split_whitespace().next(), "{path}");
        count += 1;
    }
    assert!(count > 10, "{count}: {added}");
}

#[test]
fn bundles_of_others_are_taken_once() {
    let Some(folder) = need::shared("fhir-ips") else { return };
    let bundle = files(&folder).into_iter().find(|path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        path.extension().is_some_and(|extension| extension == "json") && text.contains("\"Bundle\"")
    });
    let Some(bundle) = bundle else { return };
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let taken = anne.json(&["import", bundle.to_str().unwrap()]);
    let count = taken["added"].as_array().unwrap().len();
    assert!(count > 3, "{taken}");
    let again = anne.json(&["import", bundle.to_str().unwrap()]);
    assert_eq!(again["added"].as_array().unwrap().len(), 0, "{again}");
    let items = anne.json(&["profile", "list"])["items"].as_array().unwrap().len();
    assert!(items > 0, "no item of the profile");
}

/// How often the server gave a list of entries or a payload, as its own figures say.
fn given(server: &TestServer) -> u64 {
    let figures = ureq::get(format!("{}/metrics", server.address())).call().unwrap();
    let figures = figures.into_body().read_to_string().unwrap();
    let lines = figures.lines().filter(|line| line.starts_with("carnet_requests_total{method=\"GET\""));
    let of_entries = lines.filter(|line| line.contains("route=\"/v1/vaults/{vault}/entries"));
    of_entries.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// A client knows what it has just sealed. What it then lists is what any other machine opens from the server's bytes.
#[test]
fn what_was_just_added_is_fetched_again_or_listed_otherwise_than_it_opens() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    write(&anne, "ordonnance.txt", "Paracétamol 1 g");
    write(&anne, "long.txt", &"Hémoglobine 13,4 g/dL\n".repeat(10_000));
    write(&anne, "dossier/un.txt", "un");
    write(&anne, "deux.txt", "deux");
    anne.json(&[
        "add",
        "ordonnance.txt",
        "long.txt",
        "dossier",
        "--date",
        "2024-03-02",
        "--author",
        "Dr Roux",
    ]);
    anne.json(&["profile", "add", "allergy", "arachide"]);
    let before = given(&server);
    anne.json(&["replace", "un", "deux.txt"]);
    assert_eq!(anne.json(&["ls"])["documents"].as_array().unwrap().len(), 3);
    assert_eq!(anne.json(&["search", "hemoglobine"])["total"], 1);
    assert_eq!(given(&server), before, "asked for what it has");

    let new = Machine::new(PASSPHRASE);
    fs::copy(anne.path("kit.pdf"), new.path("kit.pdf")).unwrap();
    new.json(&["recover", "--kit", "kit.pdf"]);
    assert!(given(&server) > before, "nothing was counted");
    let rows = |machine: &Machine| {
        let client = machine.client();
        let mut rows = client.catalogue(&client.profile.vault.unwrap()).unwrap();
        // When the server took it stands on the receipt, which only the depositor saw; the index is each machine's own.
        rows.iter_mut().for_each(|row| (row.accepted, row.indexed) = (None, false));
        rows.sort_by_key(|row| row.entry);
        rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>()
    };
    let (listed, opened) = (rows(&anne), rows(&new));
    assert_eq!(listed.len(), 4);
    assert_eq!(listed, opened);
}

#[test]
fn payload_that_never_ends_is_taken_no_further_than_was_signed() {
    let server = TestServer::start();
    let liar = Liar::before(&server);
    let anne = Machine::new(PASSPHRASE);
    let ways = ["--kit", "kit.pdf", "--passphrase-file", "copy.age"];
    let create = ["account", "create", "--server", liar.address(), "--name", "Anne"];
    anne.json(&[&create[..], &ways].concat());
    anne.run(&["unlock"]);
    let _agent = Agent(&anne);
    write(&anne, "bilan.txt", "Hémoglobine 13,4 g/dL");
    anne.json(&["add", "bilan.txt"]);
    for kept in files(&anne.home().join("payloads")) {
        fs::remove_file(kept).unwrap();
    }
    // Whole, for a screen; and piece by piece, into a file.
    let shown = anne.refused(&["show", "bilan"]);
    let got = anne.refused(&["get", "bilan", "--output", "back.txt"]);
    assert_eq!((shown.as_str(), got.as_str()), ("open-payload-length", "slice-mismatch"));
    assert!(!anne.path("back.txt").exists());
    // What lies in the buffers of two connections, not what the server had to give.
    assert!(liar.sent() > 0 && liar.sent() < Liar::MOST / 8, "{}", liar.sent());
}
