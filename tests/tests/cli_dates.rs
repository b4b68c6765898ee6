//! When a document is of, at the command line: no more exactly, and on no other clock, than it says, in every time zone.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::{Machine, Ran};
use carnet_tests::need;
use carnet_tests::server::TestServer;
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

/// Fort-de-France, Papeete, Cayenne, Paris and Auckland, as POSIX writes their clocks.
const ZONES: [&str; 5] =
    ["<-04>4", "<-10>10", "<-03>3", "CET-1CEST,M3.5.0,M10.5.0/3", "NZST-12NZDT,M9.5.0,M4.1.0/3"];
const PARIS: &str = ZONES[3];
const TAHITI: &str = ZONES[1];

/// The agent ends with its test.
struct Agent<'a>(&'a Machine);

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        self.0.run(&["lock"]);
    }
}

fn run_in(machine: &Machine, zone: &str, args: &[&str]) -> Ran {
    let ran = Ran::of(machine.command(args).env("TZ", zone).output().unwrap());
    assert_eq!(ran.exit, Some(0), "{zone} {args:?}: {ran:?}");
    ran
}

fn json_in(machine: &Machine, zone: &str, args: &[&str]) -> Value {
    let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
    serde_json::from_str(&run_in(machine, zone, &args).out).unwrap()
}

/// A report of a laboratory that is of then, in HL7's digits.
fn report(machine: &Machine, name: &str, number: u32, effective: &str) {
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.250.1.999.4" extension="{number}"/>
<code code="11502-2" codeSystem="2.16.840.1.113883.6.1"/><title>{name}</title><effectiveTime value="{effective}"/>
<component><structuredBody><component><section><title>Ionogramme</title><text>Sodium 140 mmol/L</text></section></component></structuredBody></component>
</ClinicalDocument>"#
    );
    fs::write(machine.path(&format!("{name}.xml")), text).unwrap();
}

fn date_of(listed: &Value, title: &str) -> String {
    let rows = listed["documents"].as_array().unwrap();
    let row = rows.iter().find(|row| row["title"] == title).unwrap_or_else(|| panic!("{title}: {listed}"));
    row["date"].as_str().unwrap().to_owned()
}

/// The line of a list with this title.
fn line_of(ran: &Ran, title: &str) -> String {
    let line = ran.out.lines().find(|line| line.contains(title));
    line.unwrap_or_else(|| panic!("{title}: {ran:?}")).to_owned()
}

#[test]
fn day_of_a_document_is_the_same_in_every_time_zone() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne").in_language("fr");
    let _agent = Agent(&anne);
    for (number, (name, effective)) in (1..).zip([
        ("annee", "1987"),
        ("mois", "198711"),
        ("jour", "19871103"),
        ("soir", "198711032330"),
        ("heure", "19871103233000+0100"),
    ]) {
        report(&anne, name, number, effective);
    }
    let files = ["annee.xml", "mois.xml", "jour.xml", "soir.xml", "heure.xml"];
    json_in(&anne, PARIS, &[&["add"], &files[..]].concat());
    for (number, zone) in ZONES.into_iter().enumerate() {
        let listed = json_in(&anne, zone, &["ls"]);
        for (title, date) in [
            ("annee", "1987"),
            ("mois", "1987-11"),
            ("jour", "1987-11-03"),
            ("soir", "1987-11-03T23:30"),
            ("heure", "1987-11-03T23:30:00+01:00"),
        ] {
            assert_eq!(date_of(&listed, title), date, "{zone}");
        }
        let ran = run_in(&anne, zone, &["ls"]);
        for (title, day) in [
            ("annee", "  1987  "),
            ("mois", "  11/1987  "),
            ("jour", "  03/11/1987  "),
            ("soir", "  03/11/1987  "),
        ] {
            assert!(line_of(&ran, title).contains(day), "{zone}: {ran:?}");
        }
        let shown = run_in(&anne, zone, &["show", "soir"]);
        assert!(shown.out.contains("03/11/1987 23:30"), "{zone}: {shown:?}");
        let folder = format!("out{number}");
        run_in(&anne, zone, &["export", &folder]);
        let names: Vec<String> = fs::read_dir(anne.path(&folder).join("documents"))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        for name in ["1987 annee.xml", "1987-11 mois.xml", "1987-11-03 jour.xml", "1987-11-03 soir.xml"] {
            assert!(names.iter().any(|found| found == name), "{zone}: {name} in {names:?}");
        }
    }
    // A time whose zone was said is a point in time: the reader's clock shows it.
    assert!(line_of(&run_in(&anne, "NZST-12NZDT,M9.5.0,M4.1.0/3", &["ls"]), "heure").contains("04/11/1987"));
    assert!(run_in(&anne, TAHITI, &["show", "heure"]).out.contains("03/11/1987 12:30"));
    for (words, title) in [("novembre 1987", "jour"), ("3 novembre", "soir"), ("11/1987", "mois")] {
        let found = json_in(&anne, TAHITI, &["search", words]);
        let titles: Vec<&str> =
            found["found"].as_array().unwrap().iter().filter_map(|row| row["title"].as_str()).collect();
        assert!(titles.contains(&title), "{words}: {found}");
    }
}

#[test]
fn date_that_is_typed_is_kept_as_exactly_as_it_was_said() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne").in_language("fr");
    let _agent = Agent(&anne);
    for (number, (typed, kept)) in
        [("15/06/1980", "1980-06-15"), ("2019", "2019"), ("05/2019", "2019-05"), ("2019-05-06", "2019-05-06")]
            .into_iter()
            .enumerate()
    {
        let name = format!("lettre{number}.txt");
        fs::write(anne.path(&name), format!("Bonjour {number}")).unwrap();
        let added = json_in(&anne, PARIS, &["add", &name, "--date", typed]);
        assert_eq!(added["added"][0]["date"], kept, "{added}");
        let shown = json_in(&anne, TAHITI, &["show", &format!("lettre{number}")]);
        assert_eq!(shown["date"], kept, "{shown}");
    }
    fs::write(anne.path("loin.txt"), "Bonjour").unwrap();
    for (typed, code) in [
        ("15/06/2980", "date-future"),
        ("31/12/2099", "date-future"),
        ("hier", "date"),
        ("31/02/2019", "date"),
    ] {
        assert_eq!(anne.refused(&["add", "loin.txt", "--date", typed]), code, "{typed}");
    }
    // What is exported comes back as it was said.
    run_in(&anne, PARIS, &["export", "sortie.zip"]);
    let brigitte = Machine::with_account(PASSPHRASE, &server, "Brigitte");
    let _agent = Agent(&brigitte);
    fs::copy(anne.path("sortie.zip"), brigitte.path("sortie.zip")).unwrap();
    json_in(&brigitte, TAHITI, &["import", "sortie.zip"]);
    let listed = json_in(&brigitte, TAHITI, &["ls"]);
    for (title, date) in
        [("lettre0", "1980-06-15"), ("lettre1", "2019"), ("lettre2", "2019-05"), ("lettre3", "2019-05-06")]
    {
        assert_eq!(date_of(&listed, title), date);
    }
}

#[test]
fn export_of_before_comes_back_with_its_days() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    let _agent = Agent(&anne);
    fs::write(anne.path("lettre.txt"), "Bonjour").unwrap();
    json_in(&anne, PARIS, &["add", "lettre.txt", "--date", "15/06/1980"]);
    run_in(&anne, PARIS, &["export", "sortie"]);
    // Exports of before had milliseconds only.
    let path = anne.path("sortie/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let document = manifest["documents"][0].as_object_mut().unwrap();
    for later in ["moments", "file_name", "series", "related", "guess", "display"] {
        assert!(document.remove(later).is_some(), "{later}");
    }
    assert_eq!(document["dates"][0], "1980-06-15T00:00:00Z");
    fs::write(&path, manifest.to_string()).unwrap();
    let brigitte = Machine::with_account(PASSPHRASE, &server, "Brigitte");
    let _agent = Agent(&brigitte);
    json_in(&brigitte, TAHITI, &["import", anne.path("sortie").to_str().unwrap()]);
    for zone in ZONES {
        assert_eq!(date_of(&json_in(&brigitte, zone, &["ls"]), "lettre"), "1980-06-15");
    }
}

#[test]
fn day_of_an_item_of_the_profile_is_the_same_in_every_time_zone() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne").in_language("fr");
    let _agent = Agent(&anne);
    json_in(&anne, PARIS, &["profile", "add", "condition", "asthme", "--since", "15/06/1980"]);
    json_in(&anne, PARIS, &["profile", "add", "condition", "migraine", "--since", "2011"]);
    for zone in ZONES {
        let ran = run_in(&anne, zone, &["profile", "list"]);
        assert!(line_of(&ran, "asthme").contains("15/06/1980"), "{zone}: {ran:?}");
        assert!(line_of(&ran, "migraine").contains("2011"), "{zone}: {ran:?}");
    }
}

#[test]
fn dates_of_the_cases_are_what_the_files_say() {
    let names = ["13a-day.xml", "13b-year.xml", "53-dicom-2330.dcm"];
    let files: Vec<String> = names
        .iter()
        .filter_map(|name| need::cases(&format!("files/{name}")))
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    if files.len() < names.len() {
        return;
    }
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne").in_language("fr");
    let _agent = Agent(&anne);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    json_in(&anne, PARIS, &[&["add"], &files[..]].concat());
    for zone in ZONES {
        let listed = json_in(&anne, zone, &["ls"]);
        let mut dates: Vec<&str> =
            listed["documents"].as_array().unwrap().iter().map(|row| row["date"].as_str().unwrap()).collect();
        dates.sort_unstable();
        assert_eq!((dates[0].len(), dates[1]), (4, "2024-05-06"), "{zone}: {listed}");
        assert!(dates[2].contains("T23:30") && !dates[2].ends_with('Z'), "{zone}: {listed}");
    }
}
