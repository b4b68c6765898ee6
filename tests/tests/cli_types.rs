//! Types of documents, at the command line: what a file says of itself stands, and a guess stays a guess.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::Machine;
use carnet_tests::need;
use carnet_tests::server::TestServer;
use carnet_tests::ward::{Agents, doctor, join, server_with};
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

fn coded(machine: &Machine, file: &str, code: &str, title: &str) {
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.250.1.999.8" extension="{file}"/>{code}<title>{title}</title>
<effectiveTime value="20260506"/>
<component><structuredBody><component><section><title>Conclusion</title><text>Sortie</text></section></component></structuredBody></component>
</ClinicalDocument>"#
    );
    fs::write(machine.path(file), text).unwrap();
}

fn codes(shown: &Value) -> Vec<&str> {
    shown["types"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

#[test]
fn code_and_words_of_the_file_stand_and_no_guess_takes_their_place() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne Martin");
    let _agents = Agents(vec![&anne]);
    let code = r#"<code code="18842-5" codeSystem="2.16.840.1.113883.6.1" displayName="Discharge summary"/>"#;
    coded(&anne, "sortie.xml", code, "Blood test results, laboratory");
    let added = anne.json(&["add", "sortie.xml"]);
    let line = &added["added"][0];
    assert_eq!(
        (&line["type"], &line["code"], &line["guessed"]),
        (&"Discharge summary".into(), &"18842-5".into(), &false.into()),
        "{line}"
    );
    assert_eq!(anne.json(&["ls"])["documents"][0]["codes"][0], "http://loinc.org|18842-5");
    assert_eq!(codes(&anne.json(&["show", "Blood test"])), ["Discharge summary"]);
    let known =
        r#"<code code="11490-0" codeSystem="2.16.840.1.113883.6.1" displayName="CR d'hospitalisation"/>"#;
    coded(&anne, "ordonnance.xml", known, "Ordonnance");
    let line = anne.json(&["add", "ordonnance.xml"])["added"][0].clone();
    assert_eq!((&line["code"], &line["guessed"]), (&"11490-0".into(), &false.into()), "{line}");
    // Words that stand in any name prove nothing.
    for (name, text) in
        [("test.txt", "Facture du test"), ("export.txt", "Export"), ("Rapid test.txt", "Essai")]
    {
        fs::write(anne.path(name), text).unwrap();
        let line = anne.json(&["add", name])["added"][0].clone();
        assert_eq!((&line["type"], &line["guessed"]), (&Value::Null, &false.into()), "{line}");
    }
}

#[test]
fn guess_lets_nobody_read_until_its_type_is_confirmed() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let (anne, martin) = (
        join(PASSPHRASE, server.address(), "Anne Durand", &key, &[]),
        doctor(PASSPHRASE, server.address(), &authority, &key),
    );
    let _agents = Agents(vec![&anne, &martin]);
    fs::write(anne.path("analyses_labo.txt"), "Ferritine 12").unwrap();
    fs::write(anne.path("sang.txt"), "Hemoglobine 13").unwrap();
    let line = anne.json(&["add", "analyses_labo.txt"])["added"][0].clone();
    assert_eq!((&line["code"], &line["guessed"]), (&"11502-2".into(), &true.into()), "{line}");
    anne.json(&["add", "sang.txt", "--type", "biologie"]);
    let shown = anne.json(&["show", "analyses"]);
    assert_eq!(shown["guessed"], true, "{shown}");
    let listed = anne.json(&["ls"]);
    let guessed =
        listed["documents"].as_array().unwrap().iter().find(|row| row["title"] == "analyses_labo").unwrap();
    assert_eq!(
        (&guessed["guessed"], guessed["codes"].as_array().unwrap().len()),
        (&true.into(), 0),
        "{listed}"
    );
    let shared = anne.json(&["--yes", "share", "--class", "results", "--with", "martin"]);
    assert_eq!(shared["guesses_left_out"], 1, "{shared}");
    let given = |machine: &Machine| machine.json(&["patients"])["patients"][0]["documents"].clone();
    assert_eq!(given(&martin), 1);
    // The person says what it is: the same file, with its type.
    anne.json(&["replace", "analyses", "analyses_labo.txt", "--type", "biologie"]);
    let shown = anne.json(&["show", "analyses"]);
    assert_eq!((&shown["guessed"], codes(&shown).len()), (&false.into(), 1), "{shown}");
    assert_eq!(given(&martin), 2);
}

#[test]
fn types_of_the_cases_are_those_that_the_files_say() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne Martin");
    let _agents = Agents(vec![&anne]);
    for (name, kind) in [
        ("11-own-code-beaten-by-guess.xml", Some("Discharge summary")),
        ("90-test.txt", None),
        ("91-export.txt", None),
    ] {
        let Some(path) = need::cases(&format!("files/{name}")) else { return };
        let line = anne.json(&["add", path.to_str().unwrap()])["added"][0].clone();
        assert_eq!((line["type"].as_str(), &line["guessed"]), (kind, &false.into()), "{line}");
    }
}

#[test]
fn bundle_of_prescriptions_is_a_prescription_of_its_newest_day() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne Martin");
    let _agents = Agents(vec![&anne]);
    let request = |id: &str, day: &str| {
        format!(
            r#"{{"resource": {{"resourceType": "MedicationRequest", "id": "{id}", "status": "active", "intent": "order",
"medicationCodeableConcept": {{"text": "Fluindione 20 mg"}}, "subject": {{"display": "Anne Martin"}}, "authoredOn": "{day}"}}}}"#
        )
    };
    let behind =
        r#"{"resource": {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Martin"}]}}"#;
    let entries = [request("a", "2019-03-04"), request("b", "2021-07-05"), behind.to_owned()].join(",");
    let bundle = format!(r#"{{"resourceType": "Bundle", "type": "searchset", "entry": [{entries}]}}"#);
    fs::write(anne.path("presc.json"), bundle).unwrap();
    let line = anne.json(&["add", "presc.json"])["added"][0].clone();
    assert_eq!(
        (&line["code"], &line["guessed"], &line["date"]),
        (&"57833-6".into(), &false.into(), &"2021-07-05".into()),
        "{line}"
    );
    let listed = anne.json(&["ls", "--type", "ordonnance"]);
    assert_eq!(listed["documents"].as_array().unwrap().len(), 1);
    assert_eq!(listed["documents"][0]["dated"], true);
    // The day on which something came is not taken for its own.
    fs::write(anne.path("note.txt"), "Sans date").unwrap();
    anne.json(&["add", "note.txt"]);
    assert_eq!(anne.json(&["ls", "note"])["documents"][0]["dated"], false);
    assert!(anne.run(&["ls", "note"]).out.contains("[date of adding]"));
    // Of several kinds of things it is none.
    let other = r#"{"resource": {"resourceType": "Observation", "code": {"text": "Sodium"}}}"#;
    let entries = [request("c", "2020-01-02"), other.to_owned()].join(",");
    fs::write(
        anne.path("mixed.json"),
        format!(r#"{{"resourceType": "Bundle", "type": "searchset", "entry": [{entries}]}}"#),
    )
    .unwrap();
    assert_eq!(anne.json(&["add", "mixed.json"])["added"][0]["code"], Value::Null);
}
