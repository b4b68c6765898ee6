//! A whole day at the command line, with the real programs: a patient, a doctor, an authority, an auditor, and somebody with a letter.

#![cfg(test)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use carnet_cli::local::entry_key;
use carnet_cli::local::{CatalogueRow, Table};
use carnet_core::hazmat;
use carnet_core::secret::FileKey;
use carnet_tests::cli::{Machine, binary};
use carnet_tests::need;
use carnet_tests::ward::{Agents, doctor, join, server_with, text};
use carnet_wire::grant::Grant;
use carnet_wire::message::StoredPart;
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

fn documents(answer: &Value) -> Vec<(String, String)> {
    let rows = answer["documents"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["document"]), text(&row["title"]))).collect()
}

#[test]
fn whole_day_of_a_patient_and_a_doctor() {
    let authority = Machine::new(PASSPHRASE);
    let (mut server, key) = server_with(&authority);
    let (anne, martin) = (
        join(PASSPHRASE, server.address(), "Anne Durand", &key, &[]),
        doctor(PASSPHRASE, server.address(), &authority, &key),
    );
    let _agents = Agents(vec![&anne, &martin]);

    // Real documents where they are at hand, and one of our own; one allergy.
    let mut folders: Vec<PathBuf> = Vec::new();
    for name in ["fr-cda", "fr-cda-pdf", "dicom", "pdf", "images"] {
        folders.extend(need::shared(name));
    }
    let files: usize = folders.iter().map(|folder| fs::read_dir(folder).unwrap().count()).sum();
    for folder in &folders {
        anne.json(&["--yes", "add", "--as-is", folder.to_str().unwrap()]);
    }
    fs::write(anne.path("bio.txt"), "Hemoglobine 13,4 g/dL, canari CANARI-DURAND-42").unwrap();
    anne.json(&["add", "bio.txt", "--title", "Prise de sang", "--type", "biologie", "--date", "16/01/2026"]);
    anne.json(&["profile", "add", "allergy", "pénicilline"]);
    let listed = documents(&anne.json(&["ls"]));
    assert!(listed.len() > files / 2, "{} of {files} files", listed.len());
    let added = anne.json(&["add", "bio.txt"]);
    assert_eq!(added["added"].as_array().unwrap().len(), 0, "the same document twice");

    // What this device keeps is damaged: it is fetched again.
    for file in fs::read_dir(anne.home().join("payloads")).unwrap().flatten() {
        let mut bytes = fs::read(file.path()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(file.path(), bytes).unwrap();
    }
    anne.json(&["get", "Prise de sang", "-o", "mended.txt"]);
    assert_eq!(fs::read(anne.path("mended.txt")).unwrap(), fs::read(anne.path("bio.txt")).unwrap());

    // Another machine, with nothing but the kit.
    let other = Machine::new("une autre phrase");
    fs::copy(anne.path("kit.txt"), other.path("kit.txt")).unwrap();
    let back = other.json(&["recover", "--kit", "kit.txt"]);
    assert_eq!(back["documents"].as_u64().unwrap(), listed.len() as u64 + 1, "documents, and the allergy");
    other.run(&["lock"]);

    // Shared, opened byte for byte, told by a signature.
    assert_eq!(anne.refused(&["share", "Prise de sang", "--with", "Personne"]), "person-unknown");
    let shared = anne.json(&["share", "Prise de sang", "--with", "martin", "--until", "31/12/2027"]);
    assert_eq!(shared["with"], "MARTIN Paul");
    let patients = martin.json(&["patients"]);
    let patient = text(&patients["patients"][0]["name"]);
    assert_eq!(patients["patients"][0]["documents"], 1, "one document, and nothing of the others");
    martin.json(&["open", &patient, "Prise de sang", "-o", "read.txt"]);
    assert_eq!(fs::read(martin.path("read.txt")).unwrap(), fs::read(anne.path("bio.txt")).unwrap());
    let who = anne.json(&["who", "Prise de sang"]);
    assert_eq!(who["readers"].as_array().unwrap().len(), 2, "{who}");
    let journal = anne.json(&["journal", "--pdf", "journal.pdf", "--fhir", "journal.json"]);
    let accesses = journal["accesses"].as_array().unwrap();
    assert!(
        accesses.iter().any(|access| access["what"] == "open" && access["who"] == "MARTIN Paul"),
        "{journal}"
    );
    assert!(accesses.iter().all(|access| access["verified"] == true), "{journal}");
    assert!(fs::read(anne.path("journal.pdf")).unwrap().starts_with(b"%PDF-"));
    let bundle: Value = serde_json::from_slice(&fs::read(anne.path("journal.json")).unwrap()).unwrap();
    assert_eq!(bundle["entry"].as_array().unwrap().len(), accesses.len());

    // The last day is said again, as it was meant: that day included.
    let told = anne.run(&["share", "Prise de sang", "--with", "martin", "--until", "31/12/2027"]);
    assert!(told.out.contains("31\u{a0}December 2027, that day included"), "{told:?}");

    // Taken back, and sealed under new keys. What the doctor's machine held of it, kept by force, opens nothing that the server has.
    let kept = Kept::of(&martin, "Prise de sang");
    assert!(kept.opens(&stored_payload(&anne, "before.age")), "it is the key that opened it");
    let revoked = anne.json(&["revoke", "--from", "martin", "--reseal"]);
    assert_eq!(revoked["resealed"], 1);
    assert!(!kept.opens(&stored_payload(&anne, "after.age")));
    assert_eq!(martin.refused(&["open", &patient, "Prise de sang", "-o", "again.txt"]), "document-unknown");
    assert!(!martin.path("again.txt").exists());
    assert_eq!(anne.json(&["who", "Prise de sang"])["readers"].as_array().unwrap().len(), 1);

    // Standing access shows what comes later, and ends.
    anne.json(&["--yes", "share", "--always", "--with", "martin"]);
    fs::write(anne.path("later.txt"), "Resultat arrive plus tard").unwrap();
    anne.json(&["add", "later.txt", "--title", "Plus tard"]);
    martin.json(&["open", &patient, "Plus tard", "-o", "later.txt"]);
    assert_eq!(fs::read(martin.path("later.txt")).unwrap(), b"Resultat arrive plus tard");
    let seen = documents(&anne.json(&["who", "--seen-by", "martin"]));
    assert!(seen.len() > listed.len(), "everything, and what came");
    let ended = anne.json(&["revoke", "--from", "martin"]);
    assert_eq!(ended["standing_access_ended"], 1);
    fs::write(anne.path("last.txt"), "Pour personne").unwrap();
    anne.json(&["add", "last.txt", "--title", "Pour personne"]);
    assert_eq!(martin.refused(&["open", &patient, "Pour personne", "-o", "last.txt"]), "document-unknown");

    // The doctor deposits; the first time it waits.
    let card = text(&anne.json(&["contact", "card"])["card"]);
    fs::write(martin.path("letter.txt"), "Chere consoeur").unwrap();
    martin.json(&["deposit", "--for", &card, "letter.txt", "--title", "Lettre de liaison"]);
    let waiting = anne.json(&["accept"]);
    assert_eq!(waiting["waiting"].as_array().unwrap().len(), 1);
    anne.json(&["accept", "--all"]);
    assert_eq!(anne.json(&["accept"])["waiting"].as_array().unwrap().len(), 0);

    // What leaves the vault opens with programs that Carnet's authors did not write.
    if let Some(age) = need::program("age") {
        let keygen = need::program("age-keygen").unwrap();
        let made = Command::new(keygen).output().unwrap();
        let identity = String::from_utf8(made.stdout).unwrap();
        fs::write(anne.path("identity"), &identity).unwrap();
        let recipient = identity.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
        anne.json(&["export", "sealed", "--to", recipient]);
        let sealed: Vec<PathBuf> = walk(&anne.path("sealed"));
        let opened =
            sealed.iter().filter(|file| file.extension().is_some_and(|end| end == "age")).any(|file| {
                let opened = Command::new(&age)
                    .arg("-d")
                    .arg("-i")
                    .arg(anne.path("identity"))
                    .arg(file)
                    .output()
                    .unwrap();
                opened.stdout == fs::read(anne.path("later.txt")).unwrap()
            });
        assert!(opened, "none of {sealed:?} is the document");
    }

    // So does a file exactly as it is stored, with the identity that was asked for.
    if need::node_package("age-encryption").is_some() {
        let raw = anne.json(&["--yes", "raw", "Prise de sang", "-o", "stored.age", "--identity"]);
        assert!(anne.opens_with_npm("stored.age", &text(&raw["identity"]), "bio.txt"));
    }

    // The auditor: nothing readable in what the server keeps.
    server.stop();
    let audit = Command::new(binary())
        .args(["--json", "audit", "store"])
        .arg(server.folder())
        .args([
            "--canary",
            "CANARI-DURAND-42",
            "--canary",
            "Hemoglobine",
            "--canary",
            "Prise de sang",
            "--canary",
            "Chere consoeur",
        ])
        .output()
        .unwrap();
    assert!(
        audit.status.success(),
        "{}{}",
        String::from_utf8_lossy(&audit.stdout),
        String::from_utf8_lossy(&audit.stderr)
    );
}

/// The key of a document, that somebody took out of a reader's machine before the access ended.
struct Kept {
    file_key: FileKey,
    content: u64,
}

impl Kept {
    fn of(machine: &Machine, title: &str) -> Self {
        let client = machine.client();
        let rows: Vec<(Vec<u8>, CatalogueRow)> = client.local.scan(Table::Catalogue, b"").unwrap();
        let (_, row) = rows.into_iter().find(|(_, row)| row.title == title).unwrap();
        let part = client.local.get(Table::Stored, &entry_key(&row.vault, &row.entry));
        let part: StoredPart = part.unwrap().unwrap();
        let header = Grant::parse(&part.header).unwrap();
        let mut keys = client.keyring.iter();
        let file_key = keys.find_map(|keys| hazmat::unwrap(&header, keys.identity()).ok()).unwrap();
        Self { file_key, content: row.len }
    }

    fn opens(&self, payload: &[u8]) -> bool {
        hazmat::open_bytes(&self.file_key, payload, self.content).is_ok()
    }
}

/// The payload of "Prise de sang" as the server keeps it for its owner.
fn stored_payload(owner: &Machine, name: &str) -> Vec<u8> {
    owner.json(&["raw", "Prise de sang", "-o", name]);
    fs::read(owner.path(name)).unwrap().split_off(Grant::LEN)
}

fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for file in fs::read_dir(folder).unwrap().flatten() {
        match file.path().is_dir() {
            true => all.extend(walk(&file.path())),
            false => all.push(file.path()),
        }
    }
    all
}

#[test]
fn letter_that_was_used_opens_nothing_and_what_was_deposited_before_is_there() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let martin = doctor(PASSPHRASE, server.address(), &authority, &key);
    let opened = martin.json(&["authority", "open-vault", "--letter", "letter.pdf", "--to", "M. Jean Petit"]);
    let (code, factor, vault) =
        (text(&opened["code"]), text(&opened["second_factor"]), text(&opened["vault"]));
    assert!(fs::read(martin.path("letter.pdf")).unwrap().starts_with(b"%PDF-"));
    for (name, content) in [("Premier", "un"), ("Second", "deux")] {
        fs::write(martin.path("deposit.txt"), content).unwrap();
        martin.json(&["deposit", "--for", &vault, "deposit.txt", "--title", name]);
    }

    let jean = join(PASSPHRASE, server.address(), "Jean Petit", &key, &["--without-vault"]);
    let lea = join(PASSPHRASE, server.address(), "Lea", &key, &["--without-vault"]);
    let _agents = Agents(vec![&martin, &jean, &lea]);
    let activate = |machine: &Machine, factor: &str| -> Vec<String> {
        ["activate", &code, "--factor", factor, "--kit", machine.path("kit.txt").to_str().unwrap()]
            .map(str::to_owned)
            .to_vec()
    };
    assert_eq!(jean.refused(&activate(&jean, "AAAAA-AAAAA")), "letter-used", "the paper alone opens nothing");
    // The page itself, as it was printed or sent.
    fs::copy(martin.path("letter.pdf"), jean.path("letter.pdf")).unwrap();
    let mut by_page = activate(&jean, &factor);
    by_page[1] = "letter.pdf".to_owned();
    let activated = jean.json(&by_page);
    assert_eq!(activated["documents"], 2);
    jean.json(&["get", "Premier", "-o", "first.txt"]);
    assert_eq!(fs::read(jean.path("first.txt")).unwrap(), b"un");
    assert_eq!(lea.refused(&activate(&lea, &factor)), "letter-used", "a second scan");
    fs::write(jean.path("own.txt"), "a moi").unwrap();
    jean.json(&["add", "own.txt", "--title", "A moi"]);
    assert_eq!(documents(&jean.json(&["ls"])).len(), 3);

    // Refused: the vault is closed, nothing can be deposited there any more.
    let opened = martin.json(&["authority", "open-vault", "--letter", "other.pdf"]);
    let (code, factor, vault) =
        (text(&opened["code"]), text(&opened["second_factor"]), text(&opened["vault"]));
    let refused = lea.json(&["--yes", "activate", &code, "--factor", &factor, "--refuse"]);
    assert_eq!(refused["refused"], true);
    let closed = martin.refused(&["deposit", "--for", &vault, "deposit.txt", "--title", "Trop tard"]);
    assert!(["deposit-not-taken", "vault-closed"].contains(&closed.as_str()), "{closed}");
}
