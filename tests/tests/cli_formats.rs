//! Files of many formats at the command line, with the real programs: what is taken in, what is taken out, and what is said of it.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::Machine;
use carnet_tests::made::{Packed, pdf, stream, zip, zip_of};
use carnet_tests::server::TestServer;
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

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

/// A picture with this segment before its tables.
fn photo(segment: &[u8], pixel: u8) -> Vec<u8> {
    let frame = b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0";
    [b"\xff\xd8", segment, frame, b"\xff\xda\0\x08\x01\x01\0\0\x3f\0", &[pixel], b"\x34\xff\xd9"].concat()
}

/// What is said of a file in an answer.
fn said<'a>(answer: &'a Value, list: &str, file: &str) -> &'a Value {
    let rows = answer[list].as_array().unwrap();
    rows.iter()
        .find(|row| row["file"].as_str().unwrap().ends_with(file))
        .unwrap_or_else(|| panic!("{file}: {answer}"))
}

fn remarks(answer: &Value, file: &str) -> Vec<String> {
    let remarks = said(answer, "added", file)["remarks"].as_array().unwrap();
    remarks.iter().map(|remark| remark.as_str().unwrap().to_owned()).collect()
}

#[test]
fn whatever_a_picture_says_beside_what_it_shows_is_removed_and_what_cannot_be_is_named() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    fs::write(anne.path("peau.jfif"), photo(b"\xff\xfe\0\x0cMme Secret", 1)).unwrap();
    fs::write(anne.path("sans-nom"), photo(b"\xff\xe1\0\x0fExif\0\0Secret!", 2)).unwrap();
    fs::write(anne.path("scan.tif"), b"II*\0\x08\0\0\0\0\0\0\0\0\0").unwrap();
    fs::write(anne.path("note.txt"), "Bonjour").unwrap();
    let files = ["peau.jfif", "sans-nom", "scan.tif", "note.txt"];
    let answer = anne.json(&[&["add", "--strip-metadata"][..], &files].concat());
    assert_eq!(remarks(&answer, "peau.jfif"), ["metadata-removed"]);
    assert_eq!(remarks(&answer, "sans-nom"), ["metadata-removed"]);
    assert_eq!(remarks(&answer, "scan.tif"), ["metadata-cannot"]);
    assert_eq!(remarks(&answer, "note.txt"), [""; 0]);
    for (name, pixel) in [("peau", 1), ("sans-nom", 2)] {
        anne.json(&["get", name, "-o", "out"]);
        assert_eq!(fs::read(anne.path("out")).unwrap(), photo(b"", pixel), "{name}");
        fs::remove_file(anne.path("out")).unwrap();
    }
    fs::write(anne.path("autre.tif"), b"II*\0\x08\0\0\0\0\0\0\0\0\0\0").unwrap();
    let told = anne.run(&["add", "--strip-metadata", "autre.tif"]);
    assert!(told.out.contains("cannot be removed"), "{}", told.out);
}

#[test]
fn resources_one_a_line_are_imported_each_and_a_broken_line_is_named() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let lines = "{\"resourceType\":\"Observation\",\"id\":\"a\",\"status\":\"final\",\"code\":{\"text\":\"Potassium\"}}\n{\"resourceType\"\n{\"resourceType\":\"Observation\",\"id\":\"b\",\"status\":\"final\",\"code\":{\"text\":\"Sodium\"}}\n";
    fs::write(anne.path("lot.ndjson"), lines).unwrap();
    let ran = anne.run(&["--json", "import", "lot.ndjson"]);
    assert_eq!(ran.exit, Some(1), "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["added"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(said(&answer, "refused", "lot.ndjson:2")["code"], "health-json");
    // Added as it is, it is one document that shows all of them.
    let added = anne.json(&["add", "lot.ndjson"]);
    assert_eq!(remarks(&added, "lot.ndjson"), ["line-unread"]);
    let shown = anne.run(&["show", "lot"]);
    assert!(shown.out.contains("Potassium") && shown.out.contains("Sodium"), "{}", shown.out);
}

#[test]
fn json_that_is_no_resource_is_kept_as_it_is() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let json = "{\"vc\":{\"fhirBundle\":{\"resourceType\":\"Bundle\"}}}";
    fs::write(anne.path("carte.json"), json).unwrap();
    let answer = anne.json(&["add", "carte.json"]);
    assert_eq!(said(&answer, "added", "carte.json")["media_type"], "application/json");
    fs::remove_file(anne.path("carte.json")).unwrap();
    anne.json(&["get", "carte"]);
    assert_eq!(fs::read_to_string(anne.path("carte.json")).unwrap(), json);
}

#[test]
fn documents_of_a_package_are_imported_and_its_packaging_is_not() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let metadata = "<SubmitObjectsRequest xmlns:rim='r'><rim:ExtrinsicObject id='d1' mimeType='text/plain'>\
        <rim:Slot name='URI'><rim:ValueList><rim:Value>DOC0001.TXT</rim:Value></rim:ValueList></rim:Slot>\
        <rim:Slot name='creationTime'><rim:ValueList><rim:Value>20240506</rim:Value></rim:ValueList></rim:Slot>\
        <rim:Name><rim:LocalizedString value='Lettre de sortie'/></rim:Name>\
        <rim:Classification classificationScheme='urn:uuid:f0306f51-975f-434e-a61c-c59651d33983' nodeRepresentation='18842-5'>\
        <rim:Slot name='codingScheme'><rim:ValueList><rim:Value>2.16.840.1.113883.6.1</rim:Value></rim:ValueList></rim:Slot></rim:Classification>\
        </rim:ExtrinsicObject></SubmitObjectsRequest>";
    let package = zip_of(&[
        ("README.TXT", "Lisez-moi"),
        ("INDEX.HTM", "<html>"),
        ("IHE_XDM/SUBSET01/METADATA.XML", metadata),
        ("IHE_XDM/SUBSET01/DOC0001.TXT", "Sortie le 6 mai."),
        ("IHE_XDM/SUBSET01/STYLE.XSL", "<x/>"),
    ]);
    fs::write(anne.path("xdm.zip"), package).unwrap();
    let answer = anne.json(&["import", "xdm.zip"]);
    assert_eq!(answer["added"].as_array().unwrap().len(), 1, "{answer}");
    let document = said(&answer, "added", "DOC0001.TXT");
    assert_eq!(
        (document["title"].as_str(), document["code"].as_str()),
        (Some("Lettre de sortie"), Some("18842-5"))
    );
    assert!(document["date"].as_str().unwrap().starts_with("2024-05-06"), "{document}");
}

#[test]
fn document_that_a_package_announces_and_does_not_hold_is_named() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let announced = |uri: &str| {
        format!(
            "<ExtrinsicObject><Name><LocalizedString value='{uri}'/></Name><Slot name='URI'><Value>{uri}</Value></Slot></ExtrinsicObject>"
        )
    };
    let metadata = format!("<a>{}{}</a>", announced("THERE.TXT"), announced("MISSING.TXT"));
    let package = zip_of(&[
        ("IHE_XDM/SUBSET01/METADATA.XML", metadata.as_str()),
        ("IHE_XDM/SUBSET01/THERE.TXT", "Bilan"),
    ]);
    fs::write(anne.path("xdm.zip"), package).unwrap();
    let set = anne.path("disque/IHE_XDM/SUBSET01");
    fs::create_dir_all(&set).unwrap();
    fs::write(set.join("METADATA.XML"), &metadata).unwrap();
    fs::write(set.join("THERE.TXT"), "Autre bilan").unwrap();
    for package in ["xdm.zip", "disque"] {
        let ran = anne.run(&["--json", "import", package]);
        assert_eq!(ran.exit, Some(1), "{package}: {}", ran.err);
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(answer["added"].as_array().unwrap().len(), 1, "{answer}");
        let refused = answer["refused"].as_array().unwrap();
        assert_eq!(refused.len(), 1, "{answer}");
        assert_eq!(refused[0]["code"], "file-missing");
        assert!(refused[0]["file"].as_str().unwrap().ends_with("MISSING.TXT"), "{answer}");
    }
}

#[test]
fn message_whose_letters_change_by_escapes_is_a_message() {
    let mail = b"From: a@example.org\nTo: b@example.org\nSubject: Bilan\nDate: Mon, 6 May 2024 08:00:00 +0200\n\n\x1b$B7k2L\x1b(B\n";
    assert_eq!(carnet_health::recognise(mail, None).kind, carnet_health::Kind::Mail);
    let other = b"A terminal's record\n\x1b[2J\n";
    assert_eq!(carnet_health::recognise(other, None).kind, carnet_health::Kind::Other);
}

#[test]
fn package_on_a_disc_gives_its_documents_without_its_packaging() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let set = anne.path("disque/IHE_XDM/SUBSET01");
    fs::create_dir_all(&set).unwrap();
    fs::write(anne.path("disque/INDEX.HTM"), "<html>").unwrap();
    fs::write(set.join("METADATA.XML"), "<a><ExtrinsicObject><Name><LocalizedString value='Bilan'/></Name><Slot name='URI'><Value>DOC1.TXT</Value></Slot></ExtrinsicObject></a>").unwrap();
    fs::write(set.join("DOC1.TXT"), "Ferritine").unwrap();
    let answer = anne.json(&["import", "disque"]);
    assert_eq!(answer["added"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(said(&answer, "added", "DOC1.TXT")["title"], "Bilan");
}

#[test]
fn names_of_older_archives_are_read_and_a_locked_file_is_named_while_others_come_in() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let file = |name, content, locked| Packed { name, content, locked };
    let archive = zip(&[
        file(b"dossier/R\x82sum\x82.txt", b"Bonjour".as_slice(), false),
        file(b"../../fuite.txt", b"Dehors", false),
        file(b"secret.txt", b"???", true),
    ]);
    fs::write(anne.path("a.zip"), archive).unwrap();
    let ran = anne.run(&["--json", "import", "a.zip"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(said(&answer, "added", "R\u{e9}sum\u{e9}.txt")["title"], "R\u{e9}sum\u{e9}");
    assert_eq!(said(&answer, "added", "fuite.txt")["file"], "fuite.txt");
    assert_eq!(said(&answer, "refused", "secret.txt")["code"], "zip-locked");
    assert_eq!(remarks(&anne.json(&["add", "a.zip"]), "a.zip"), ["encrypted"]);
}

#[test]
fn office_documents_come_back_under_their_own_ending_and_are_found_by_their_words() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let word = zip_of(&[
        ("[Content_Types].xml", "<T/>"),
        (
            "word/document.xml",
            "<w:d xmlns:w='w'><w:p><w:r><w:t>Ordonnance de kin\u{e9}</w:t></w:r></w:p></w:d>",
        ),
    ]);
    let files: [(&str, Vec<u8>, &str); 4] = [
        ("lettre.docx", word, "kine"),
        ("suivi.csv", b"Jour;Glycemie\n2025-03-01;54\n".to_vec(), "glycemie"),
        ("mot.rtf", b"{\\rtf1\\ansi Poids stabilis\\'e9}".to_vec(), "stabilise"),
        ("message.eml", b"From: a@b\r\nTo: c@d\r\nSubject: Vaccin\r\nDate: Mon, 6 May 2024 07:08:09 +0200\r\n\r\nRappel antitetanique\r\n".to_vec(), "antitetanique"),
    ];
    for (name, bytes, word) in &files {
        fs::write(anne.path(name), bytes).unwrap();
        let answer = anne.json(&["add", name]);
        let title = said(&answer, "added", name)["title"].as_str().unwrap().to_owned();
        let found = anne.json(&["search", word]);
        assert_eq!(found["total"], 1, "{name}: {found}");
        fs::remove_file(anne.path(name)).unwrap();
        let written = anne.json(&["get", &title]);
        let ending = name.rsplit('.').next().unwrap();
        let file = written["file"].as_str().unwrap();
        assert!(file.ends_with(&format!(".{ending}")), "{file}");
        assert_eq!(&fs::read(anne.path(file)).unwrap(), bytes, "{name}");
    }
}

#[test]
fn files_that_came_with_a_message_are_imported_beside_it() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let mail = "From: a@b\r\nTo: c@d\r\nSubject: Bilan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nVoici.\r\n--b\r\nContent-Type: application/octet-stream; name=\"bilan.txt\"\r\nContent-Disposition: attachment; filename=\"bilan.txt\"\r\nContent-Transfer-Encoding: base64\r\n\r\nRmVycml0aW5l\r\n--b--\r\n";
    fs::write(anne.path("m.eml"), mail).unwrap();
    let answer = anne.json(&["import", "m.eml"]);
    assert_eq!(answer["added"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(remarks(&answer, "m.eml"), ["packed"]);
    assert_eq!(said(&answer, "added", "bilan.txt")["bytes"], 9);
}

#[test]
fn repeated_and_cancelled_event_says_both_in_words() {
    let server = TestServer::start();
    let anne = anne(&server).in_language("fr");
    let _agent = Agent(&anne);
    let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Antibiotique\nSTATUS:CANCELLED\nDTSTART;TZID=Europe/Paris:20240506T233000\nRRULE:FREQ=DAILY;INTERVAL=2;COUNT=7\nBEGIN:VALARM\nTRIGGER:-P1DT15M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n";
    fs::write(anne.path("a.ics"), calendar).unwrap();
    assert_eq!(remarks(&anne.json(&["add", "a.ics"]), "a.ics"), ["cancelled"]);
    let shown = anne.run(&["show", "Antibiotique"]).out;
    for words in
        ["ANNUL\u{c9}", "tous les 2 jours, 7 fois en tout", "23:30 (Europe/Paris)", "1 jour 15 min avant"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

#[test]
fn scan_without_words_says_that_only_its_title_is_found() {
    let server = TestServer::start();
    let anne = anne(&server);
    let _agent = Agent(&anne);
    let page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>".as_slice();
    let scan = pdf(&[
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        &stream("", b"0 0 9 9 re f"),
    ]);
    fs::write(anne.path("scan.pdf"), scan).unwrap();
    assert_eq!(remarks(&anne.json(&["add", "scan.pdf"]), "scan.pdf"), ["no-text"]);
    assert!(anne.run(&["show", "scan"]).out.contains("no text could be read"));
}
