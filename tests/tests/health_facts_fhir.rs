//! The facts of FHIR resources of others, as a program that shares no code with ours reads them (`tests/py/facts.md`): each is shown
//! or counted, and each that decides is shown.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use carnet_health::view::{Block, Key, view};
use carnet_health::{Kind, recognise};
use carnet_tests::need;
use serde_json::Value;

/// Facts of one kind of document: how many there are, how many are shown, how many decide, how many of those are shown.
#[derive(Default)]
struct Counts {
    files: usize,
    facts: usize,
    shown: usize,
    deciding: usize,
    deciding_shown: usize,
    left_out: usize,
}

const FOLDERS: [&str; 5] = ["fhir-ips", "fr-fhir", "synthea", "smart-links/hl7", "../cases/files"];

#[test]
fn every_fact_of_a_foreign_resource_is_shown_or_counted_and_each_that_decides_is_shown() {
    let Some(python) = need::program("python3") else { return };
    let mut table = BTreeMap::new();
    for folder in FOLDERS {
        let Some(path) = need::shared(folder) else { return };
        let counts: &mut Counts = table.entry(folder.trim_start_matches("../")).or_default();
        for (file, facts) in facts(&python, &files(&path)) {
            count(&file, &facts, counts);
        }
        assert!(counts.files > 2 && counts.deciding > 10, "{folder}: {} files", counts.files);
    }
    documented(&table);
}

#[test]
fn fact_that_a_view_loses_is_found_missing() {
    let Some(python) = need::program("python3") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.json");
    let own = r#"{"resourceType":"Observation","status":"final","code":{"text":"Natrémie"},"valueQuantity":{"value":140.0,"unit":"mmol/L"}}"#;
    fs::write(&path, own).unwrap();
    let (_, facts) = facts(&python, &[path]).remove(0);
    assert_eq!(facts.len(), 4, "{facts:?}");
    let blocks = words_of(own.replace("140.0", "14.0").as_bytes());
    let lost: Vec<&Value> = facts.iter().filter(|fact| !is_shown(fact, &blocks)).collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!(lost[0]["path"], "valueQuantity.value");
}

fn count(file: &Path, facts: &[Value], counts: &mut Counts) {
    let bytes = fs::read(file).unwrap();
    let left_out = view(&bytes, Kind::FhirJson).unwrap().left_out as usize;
    let blocks = words_of(&bytes);
    let (mut lost, mut often) = (Vec::new(), BTreeMap::<String, usize>::new());
    for fact in facts {
        let (decides, shown) = (fact["decides"].as_bool().unwrap(), is_shown(fact, &blocks));
        counts.facts += 1;
        counts.shown += usize::from(shown);
        counts.deciding += usize::from(decides);
        counts.deciding_shown += usize::from(decides && shown);
        if decides {
            *often.entry(phrase(fact)).or_default() += 1;
            assert!(shown, "{}: {fact} decides and is not shown", file.display());
        } else if !shown {
            lost.push(fact);
        }
    }
    // What decides stands there as often as in the file: one word does not do for two resources.
    for (words, times) in often {
        let found: usize = blocks.iter().map(|block| block.matches(words.trim_end()).count()).sum();
        assert!(found >= times, "{}:{words}is there {times} times and shown {found} times", file.display());
    }
    assert!(lost.len() <= left_out, "{}: {left_out} counted, {lost:?}", file.display());
    counts.files += 1;
    counts.left_out += left_out;
}

fn is_shown(fact: &Value, blocks: &[String]) -> bool {
    fact["kind"] != "inside" && blocks.iter().any(|block| block.contains(&phrase(fact)))
}

/// The words of a fact, a space before, between and behind.
fn phrase(fact: &Value) -> String {
    let words = fact["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    words.fold(" ".to_owned(), |text, word| text + word + " ")
}

/// The words of each block of a view, a space before, between and behind.
fn words_of(bytes: &[u8]) -> Vec<String> {
    let mut blocks = Vec::new();
    for block in view(bytes, Kind::FhirJson).unwrap().blocks {
        match block {
            Block::Heading { text, .. } => blocks.push(text),
            Block::Paragraph(text) => blocks.extend(text.lines().map(str::to_owned)),
            Block::KeyValue { key: Key::Own(name), value } => blocks.push(format!("{name} {value}")),
            Block::KeyValue { value, .. } => blocks.push(value),
            other => panic!("{other:?}"),
        }
    }
    let plain = |text: &String| {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.fold(" ".to_owned(), |text, word| text + &word.to_lowercase() + " ")
    };
    blocks.iter().map(plain).collect()
}

/// The facts of each file that is a FHIR resource.
fn facts(python: &Path, files: &[PathBuf]) -> Vec<(PathBuf, Vec<Value>)> {
    let script = need::repository().join("tests/py/facts_fhir.py");
    let ran = Command::new(python).arg(script).args(files).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut found = Vec::new();
    for line in String::from_utf8(ran.stdout).unwrap().lines() {
        let read: Value = serde_json::from_str(line).unwrap();
        let path = PathBuf::from(read["file"].as_str().unwrap());
        let bytes = fs::read(&path).unwrap();
        let ours = recognise(&bytes, None).damage.is_none() && recognise(&bytes, None).kind == Kind::FhirJson;
        assert_eq!(read["facts"].is_array(), ours, "{}", path.display());
        if let Some(facts) = read["facts"].as_array() {
            found.push((path, facts.clone()));
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "json") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The table of `docs/VIEWS.md`; `CARNET_BLESS=1` writes it anew.
fn documented(table: &BTreeMap<&str, Counts>) {
    let row = |(folder, of): (&&str, &Counts)| {
        let Counts { files, facts, shown, deciding, deciding_shown, left_out } = of;
        format!("| {folder} | {files} | {facts} | {shown} | {deciding} | {deciding_shown} | {left_out} |\n")
    };
    let rows: String = table.iter().map(row).collect();
    let path = need::repository().join("docs/VIEWS.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let fresh = format!("{before}{BEGIN}{rows}{END}{after}");
    if std::env::var_os("CARNET_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, &fresh).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    assert!(
        written == fresh,
        "docs/VIEWS.md has other counts than these; CARNET_BLESS=1 writes them anew:\n{rows}"
    );
}

const BEGIN: &str = "<!-- facts of FHIR -->\n";
const END: &str = "<!-- end of facts of FHIR -->\n";
