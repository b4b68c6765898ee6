//! Which document is which, at the command line: equal bytes are one document, equal identifiers are not; a newer version says that it
//! replaces the older one, and a document about somebody else is kept, and that is said.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::Machine;
use carnet_tests::need;
use carnet_tests::server::TestServer;
use carnet_tests::ward::{Agents, doctor, join, server_with, text};
use serde_json::{Value, json};

const PASSPHRASE: &str = "trois petits chats";

/// The agent ends with its test.
struct Agent<'a>(&'a Machine);

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        self.0.run(&["lock"]);
    }
}

/// A laboratory's report: its identifier, what stands in its header beside it, and its result.
fn report(machine: &Machine, file: &str, id: &str, header: &str, result: &str) {
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.250.1.999.5" extension="{id}"/>
<code code="11502-2" codeSystem="2.16.840.1.113883.6.1"/><title>{file}</title><effectiveTime value="20260506"/>{header}
<component><structuredBody><component><section><title>Ionogramme</title><text>{result}</text></section></component></structuredBody></component>
</ClinicalDocument>"#
    );
    fs::write(machine.path(file), text).unwrap();
}

/// A header that names a patient.
fn patient(given: &str, family: &str, birth: &str) -> String {
    format!(
        r#"<recordTarget><patientRole><id root="1.2.250.1.999.6" extension="{given}"/><patient><name><given>{given}</given>
<family qualifier="BR">{family}</family></name><birthTime value="{birth}"/></patient></patientRole></recordTarget>"#
    )
}

/// A header that names the version that is replaced, and the set that both are of.
fn replacing(version: u32, older: Option<&str>) -> String {
    let related = older.map(|id| {
        format!(
            r#"<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.5" extension="{id}"/></parentDocument></relatedDocument>"#
        )
    });
    format!(
        r#"<setId root="1.2.250.1.999.5" extension="SET"/><versionNumber value="{version}"/>{}"#,
        related.unwrap_or_default()
    )
}

fn row<'a>(listed: &'a Value, title: &str) -> &'a Value {
    let rows = listed["documents"].as_array().unwrap();
    rows.iter().find(|row| row["title"] == title).unwrap_or_else(|| panic!("{title}: {listed}"))
}

fn titles(others: &Value) -> Vec<&str> {
    others.as_array().unwrap().iter().map(|other| other["title"].as_str().unwrap()).collect()
}

#[test]
fn equal_bytes_are_there_already_and_equal_identifiers_are_both_kept() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne Martin");
    let _agent = Agent(&anne);
    report(&anne, "premier.xml", "A", "", "Potassium 4,1 mmol/L");
    report(&anne, "second.xml", "A", "", "Potassium 7,1 mmol/L, rectificatif");
    let first = anne.json(&["add", "premier.xml"]);
    fs::copy(anne.path("premier.xml"), anne.path("copie.xml")).unwrap();
    let again = anne.json(&["add", "copie.xml"]);
    assert_eq!(again["there_already"].as_array().unwrap().len(), 1, "{again}");
    let second = anne.json(&["add", "second.xml"]);
    let same = &second["added"][0]["same_identifier"];
    assert_eq!(same[0]["document"], first["added"][0]["document"], "{second}");
    assert_eq!(anne.json(&["ls"])["documents"].as_array().unwrap().len(), 2);
    // One identifier for everything that a program writes: nothing is lost, in one go or with --as-is.
    let mut files = Vec::new();
    for number in 0..12 {
        let name = format!("dossier/{number}.xml");
        fs::create_dir_all(anne.path("dossier")).unwrap();
        report(&anne, &name, "A", "", &format!("Sodium {number} mmol/L"));
        files.push(name);
    }
    let added = anne.json(&["add", "dossier"]);
    assert_eq!(added["added"].as_array().unwrap().len(), 12, "{added}");
    report(&anne, "treizieme.xml", "A", "", "Sodium 13 mmol/L");
    let added = anne.json(&["add", "--as-is", "treizieme.xml"]);
    assert_eq!(added["added"][0]["same_identifier"].as_array().unwrap().len(), 14, "{added}");
    // Between two files of one command, the other one is named by what it is called now.
    report(&anne, "un.xml", "B", "", "Calcium 2,3");
    report(&anne, "deux.xml", "B", "", "Calcium 2,4");
    let added = anne.json(&["add", "un.xml", "deux.xml"]);
    assert_eq!(added["added"][1]["same_identifier"][0]["document"], added["added"][0]["document"], "{added}");
    report(&anne, "trois.xml", "C", "", "Fer 12");
    report(&anne, "quatre.xml", "C", "", "Fer 13");
    let document = anne.json(&["add", "trois.xml"])["added"][0]["document"].as_str().unwrap().to_owned();
    let ran = anne.run(&["add", "quatre.xml"]);
    assert!(ran.out.contains(&format!("carnet replace {document} 'quatre.xml'")), "{ran:?}");
}

#[test]
fn command_that_is_shown_to_be_typed_runs_nothing_of_a_name() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    let _agents = Agents(vec![&anne]);
    report(&anne, "un.xml", "C", "", "Fer 12");
    anne.json(&["add", "un.xml"]);
    let hostile = "$(touch PWNED)`touch PWNED`\"'x.xml";
    report(&anne, hostile, "C", "", "Fer 13");
    let ran = anne.run(&["add", hostile]);
    let line = ran.out.lines().find_map(|line| Some(&line[line.find("carnet replace")?..])).unwrap();
    let typed = line.replacen("carnet", "printf '%s\\n'", 1);
    let shell =
        std::process::Command::new("sh").args(["-c", &typed]).current_dir(anne.path("")).output().unwrap();
    assert_eq!(String::from_utf8(shell.stdout).unwrap().lines().last(), Some(hostile), "{line}");
    assert!(!anne.path("PWNED").exists());
}

#[test]
fn newer_version_replaces_the_older_whichever_comes_first_and_nothing_is_deleted() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne Martin");
    let _agent = Agent(&anne);
    report(&anne, "v1.xml", "I1", &replacing(1, None), "Potassium 4,1");
    report(&anne, "v2.xml", "I2", &replacing(2, Some("I1")), "Potassium 7,1");
    anne.json(&["add", "v1.xml"]);
    let added = anne.json(&["add", "v2.xml"]);
    assert_eq!(titles(&added["added"][0]["replaces"]), ["v1.xml"], "{added}");
    let listed = anne.json(&["ls"]);
    assert_eq!(titles(&row(&listed, "v1.xml")["replaced_by"]), ["v2.xml"], "{listed}");
    assert_eq!(titles(&row(&listed, "v2.xml")["replaces"]), ["v1.xml"], "{listed}");
    assert_eq!(titles(&anne.json(&["show", "v1.xml"])["replaced_by"]), ["v2.xml"]);
    let newer = row(&listed, "v2.xml")["document"].as_str().unwrap().to_owned();
    let ran = anne.run(&["ls"]);
    assert!(ran.out.lines().any(|line| line.contains("v1.xml") && line.contains(&newer)), "{ran:?}");
    assert!(anne.run(&["show", "v1.xml"]).out.contains(&newer));
    let found = anne.json(&["search", "4,1"]);
    assert_eq!(titles(&found["found"][0]["replaced_by"]), ["v2.xml"], "{found}");

    // The newer one first: the older says so when it comes.
    let berthe = Machine::with_account(PASSPHRASE, &server, "Anne Martin");
    let _agent = Agent(&berthe);
    for file in ["v1.xml", "v2.xml"] {
        fs::copy(anne.path(file), berthe.path(file)).unwrap();
    }
    berthe.json(&["add", "v2.xml"]);
    let added = berthe.json(&["add", "v1.xml"]);
    assert_eq!(titles(&added["added"][0]["replaced_by"]), ["v2.xml"], "{added}");
    // By the number alone: a set and two versions of it.
    report(&berthe, "v3.xml", "I3", &replacing(3, None), "Potassium 4,4");
    let added = berthe.json(&["add", "v3.xml"]);
    assert_eq!(titles(&added["added"][0]["replaces"]).len(), 2, "{added}");
    // An addition replaces nothing, and what names itself says nothing.
    let addition = replacing(1, Some("I9")).replace("RPLC", "APND").replace("SET", "OTHER");
    report(&berthe, "ajout.xml", "I8", &addition, "Voir aussi");
    report(&berthe, "meme.xml", "I9", &replacing(1, Some("I9")).replace("SET", "THIRD"), "Soi-même");
    let added = berthe.json(&["add", "ajout.xml", "meme.xml"]);
    assert_eq!(added["added"][0]["related"][0]["relation"], "appends", "{added}");
    let completed = berthe.json(&["show", "meme.xml"]);
    assert_eq!(completed["related"][0]["relation"], "appended-by", "{completed}");
    for line in added["added"].as_array().unwrap() {
        assert_eq!((titles(&line["replaces"]).len(), titles(&line["replaced_by"]).len()), (0, 0), "{line}");
    }
    assert_eq!(berthe.json(&["ls"])["documents"].as_array().unwrap().len(), 5);
}

#[test]
fn fhir_document_that_relates_to_another_replaces_it() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne Martin");
    let _agent = Agent(&anne);
    let reference = |id: &str, relates: Value| {
        json!({
            "resourceType": "DocumentReference", "id": id, "status": "current", "description": format!("reference {id}"),
            "masterIdentifier": { "system": "urn:ietf:rfc:3986", "value": format!("urn:oid:1.2.250.1.999.{id}") },
            "content": [{ "attachment": { "contentType": "text/plain", "title": id } }], "relatesTo": relates,
        })
    };
    let by_reference = json!([{ "code": "replaces", "target": { "reference": "DocumentReference/71" } }]);
    let identifier = json!({ "system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.999.72" });
    let by_identifier = json!([{ "code": "replaces", "target": { "identifier": identifier } }]);
    let kept = json!([{ "code": "appends", "target": { "reference": "DocumentReference/73" } }]);
    for (id, relates) in [("71", json!([])), ("72", by_reference), ("73", by_identifier), ("74", kept)] {
        fs::write(anne.path(&format!("{id}.json")), reference(id, relates).to_string()).unwrap();
    }
    anne.json(&["add", "74.json", "73.json", "72.json", "71.json"]);
    let listed = anne.json(&["ls"]);
    assert_eq!(titles(&row(&listed, "reference 71")["replaced_by"]), ["reference 72"], "{listed}");
    assert_eq!(titles(&row(&listed, "reference 72")["replaced_by"]), ["reference 73"], "{listed}");
    assert_eq!(titles(&row(&listed, "reference 73")["replaced_by"]), [""; 0], "{listed}");
}

#[test]
fn document_about_another_person_is_kept_and_that_is_said() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne Martin").in_language("fr");
    let _agent = Agent(&anne);
    report(&anne, "moi.xml", "P1", &patient("ANNE", "MARTIN", "19800615"), "Fer 12");
    report(&anne, "lui.xml", "P2", &patient("Paul", "DURAND", "19750101"), "Fer 13");
    report(&anne, "fille.xml", "P3", &patient("Anne", "Martin", "20110304"), "Fer 14");
    report(&anne, "personne.xml", "P4", "", "Fer 15");
    let added = anne.json(&["add", "moi.xml", "lui.xml", "personne.xml"]);
    let other = |index: usize| &added["added"][index]["names_other"];
    assert_eq!((other(0), other(2)), (&Value::Null, &Value::Null), "{added}");
    assert_eq!(other(1), &json!({ "differs": "name", "name": "Paul DURAND", "birth": "1975-01-01" }));
    let ran = anne.run(&["add", "fille.xml"]);
    assert!(ran.out.contains("née à une autre date\u{a0}: 04/03/2011"), "{ran:?}");
    assert_eq!(anne.json(&["ls"])["documents"].as_array().unwrap().len(), 4);
    assert_eq!(anne.json(&["show", "lui.xml"])["names_other"]["name"], "Paul DURAND");
    assert_eq!(anne.json(&["show", "moi.xml"])["names_other"], Value::Null);
    let ran = anne.run(&["show", "lui.xml"]);
    assert!(ran.out.contains("ce document nomme une autre personne\u{a0}: Paul DURAND"), "{ran:?}");
    // Somebody else's version replaces nothing of hers.
    let header = patient("Anne", "Martin", "19800615") + &replacing(1, None);
    report(&anne, "mien.xml", "P5", &header, "Fer 16");
    let header = patient("Paul", "Durand", "19750101") + &replacing(2, Some("P5"));
    report(&anne, "sien.xml", "P6", &header, "Fer 17");
    let added = anne.json(&["add", "mien.xml", "sien.xml"]);
    assert_eq!(titles(&added["added"][1]["replaces"]), [""; 0], "{added}");
}

#[test]
fn deposit_that_names_another_person_than_the_patient_is_made_and_that_is_said() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let (anne, martin) = (
        join(PASSPHRASE, server.address(), "Anne Martin", &key, &[]),
        doctor(PASSPHRASE, server.address(), &authority, &key),
    );
    let _agents = Agents(vec![&anne, &martin]);
    report(&martin, "elle.xml", "D1", &patient("Anne", "Martin", "19800615"), "Fer 12");
    report(&martin, "lui.xml", "D2", &patient("Paul", "DURAND", "19750101"), "Fer 13");
    let card = text(&anne.json(&["contact", "card"])["card"]);
    let deposited = martin.json(&["deposit", "--for", &card, "elle.xml", "lui.xml"]);
    assert_eq!(deposited["documents"].as_array().unwrap().len(), 2, "{deposited}");
    let named = deposited["names_other"].as_array().unwrap();
    assert_eq!(
        (named.len(), &named[0]["file"], &named[0]["name"]),
        (1, &"lui.xml".into(), &"Paul DURAND".into())
    );
}

#[test]
fn dicom_files_of_one_uid_and_reports_of_one_id_are_all_kept() {
    let (Some(first), Some(second)) =
        (need::cases("files/52a-same-uid.dcm"), need::cases("files/52b-same-uid-other-content.dcm"))
    else {
        return;
    };
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne Exemple");
    let _agent = Agent(&anne);
    let added = anne.json(&["add", first.to_str().unwrap(), second.to_str().unwrap()]);
    assert_eq!(added["added"].as_array().unwrap().len(), 2, "{added}");
    let (one, other) = (&added["added"][0], &added["added"][1]);
    assert_eq!(other["same_identifier"][0]["document"], one["document"], "{added}");
    for (older, newer, replaced) in [
        ("files/01a-same-id.xml", "files/01b-same-id-other-content.xml", 0),
        ("files/09a-v1.xml", "files/09b-v2-replaces.xml", 1),
    ] {
        let (older, newer) = (need::cases(older).unwrap(), need::cases(newer).unwrap());
        let added = anne.json(&["add", older.to_str().unwrap(), newer.to_str().unwrap()]);
        assert_eq!(added["added"].as_array().unwrap().len(), 2, "{added}");
        assert_eq!(added["added"][0]["replaced_by"].as_array().unwrap().len(), replaced, "{added}");
    }
}
