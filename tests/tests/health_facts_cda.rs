//! CDA documents fact by fact: what an independent script (`tests/py/facts_cda.py`) reads in a file is in its view.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use carnet_health::fold::fold;
use carnet_health::view::{Block, Key, View, view};
use carnet_health::{Kind, recognise};
use carnet_tests::need;
use serde_json::Value;

#[test]
fn every_fact_of_every_sample_is_shown() {
    let Some(python) = python() else { return };
    let Some(data) = need::shared("fr-cda") else { return };
    let mut files = xml(&data);
    files.extend(xml(&need::repository().join("../shared/cases/files")));
    files.retain(|path| recognise(&fs::read(path).unwrap(), None).kind == Kind::Cda);
    assert!(files.len() > 30, "{}", files.len());
    let counts = compare(&python, &files);
    let mut table = String::from(
        "| document | facts | shown | that decide | shown | words of narratives | shown | left out |\n|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (file, count) in &counts {
        let name = file.file_name().unwrap().to_string_lossy();
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            count.all.1,
            count.all.0,
            count.decides.1,
            count.decides.0,
            count.narrative.1,
            count.narrative.0,
            count.left_out
        );
    }
    let page = need::repository().join("docs/VIEWS-CDA.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, _) = text.split_once(TABLE).unwrap();
    let expected = format!("{before}{TABLE}\n\n{table}");
    if std::env::var_os("CARNET_BLESS").is_some() {
        fs::write(&page, &expected).unwrap();
    }
    assert_eq!(fs::read_to_string(&page).unwrap(), expected, "CARNET_BLESS=1 writes it");
}

#[test]
fn every_fact_of_a_document_of_our_own_is_shown() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.xml");
    fs::write(&path, OWN).unwrap();
    let counts = compare(&python, std::slice::from_ref(&path));
    assert!(counts[&path].decides.1 > 15, "{:?}", counts[&path]);
}

#[derive(Debug, Default)]
struct Count {
    all: (usize, usize),
    decides: (usize, usize),
    narrative: (usize, usize),
    left_out: u32,
}

fn compare(python: &Path, files: &[PathBuf]) -> BTreeMap<PathBuf, Count> {
    let script = need::repository().join("tests/py/facts_cda.py");
    let ran = Command::new(python).arg(script).args(files).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut counts = BTreeMap::new();
    let mut missing = String::new();
    for line in String::from_utf8(ran.stdout).unwrap().lines() {
        let file: Value = serde_json::from_str(line).unwrap();
        let path = PathBuf::from(file["file"].as_str().unwrap());
        let shown = view(&fs::read(&path).unwrap(), Kind::Cda).unwrap();
        let texts = texts(&shown);
        let mut count = Count { left_out: shown.left_out, ..Count::default() };
        for fact in file["facts"].as_array().unwrap() {
            let section = fact["section"].as_i64().unwrap();
            let text = texts.get(&section).map_or("", String::as_str);
            let all = |words: &Value| {
                let mut words = words.as_array().unwrap().iter().map(|word| plain(word.as_str().unwrap()));
                words.all(|word| text.contains(&word))
            };
            let is_shown = fact["any"].as_array().unwrap().iter().any(all);
            let add = |(shown, of): &mut (usize, usize)| {
                *shown += usize::from(is_shown);
                *of += 1;
            };
            add(&mut count.all);
            let narrative = fact["kind"] == "narrative";
            if narrative {
                add(&mut count.narrative);
            } else if fact["decides"] == true {
                add(&mut count.decides);
            }
            if !is_shown {
                let _ = writeln!(missing, "{}: {fact}", path.display());
            }
        }
        let hidden = count.all.1 - count.all.0;
        assert_eq!(count.decides.0, count.decides.1, "{missing}");
        assert_eq!(count.narrative.0, count.narrative.1, "{missing}");
        assert!(hidden <= usize::try_from(count.left_out).unwrap(), "{missing}");
        counts.insert(path, count);
    }
    assert_eq!(counts.len(), files.len());
    counts
}

/// The text of each section in the order of the document; -1 is all of it, for the header.
fn texts(view: &View) -> BTreeMap<i64, String> {
    let mut texts: BTreeMap<i64, String> = BTreeMap::new();
    let mut at = -1;
    for block in &view.blocks {
        if matches!(block, Block::Heading { level, .. } if *level > 1) {
            at += 1;
        }
        let said = plain(&block_text(block));
        for section in if at == -1 { vec![-1] } else { vec![-1, at] } {
            let text = texts.entry(section).or_default();
            text.push_str(&said);
            text.push('\n');
        }
    }
    texts
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Heading { text, .. } | Block::Paragraph(text) => text.clone(),
        Block::Table { caption, head, rows } => {
            let cells = head.iter().chain(rows).flatten().cloned();
            cells.chain(caption.clone()).collect::<Vec<_>>().join(" ")
        }
        Block::List { items, .. } => items.join(" "),
        Block::Entry { name, facts } => {
            facts.iter().fold(name.clone(), |said, (key, value)| format!("{said}\n{}", fact(key, value)))
        }
        Block::KeyValue { key, value } => fact(key, value),
    }
}

fn fact(key: &Key, value: &str) -> String {
    match key {
        Key::Cda(label) => format!("{} {value}", label.name()),
        _ => value.to_owned(),
    }
}

fn plain(text: &str) -> String {
    fold(text).replace('\u{2212}', "-").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn xml(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    found.retain(|path| path.extension().is_some_and(|ending| ending == "xml"));
    found.sort();
    found
}

/// A Python that has lxml.
fn python() -> Option<PathBuf> {
    let own = need::target().map(|target| target.join("python/bin/python3"));
    let all = own.into_iter().chain([PathBuf::from("python3")]);
    let has_lxml = |python: &PathBuf| {
        Command::new(python).args(["-c", "import lxml"]).output().is_ok_and(|ran| ran.status.success())
    };
    all.into_iter().find(has_lxml).or_else(|| need::missing("Python with lxml"))
}

const TABLE: &str = "## Counts";

const OWN: &str = "<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><code code='11502-2' displayName='Lab report'/><title>Own</title><effectiveTime value='20250301101500+0100'/>
<recordTarget><patientRole><addr><city>Lyon</city></addr><telecom value='tel:0102030405'/><patient><name><given>Ana</given><family>Brun</family></name><birthTime value='19800229'/></patient></patientRole></recordTarget>
<component><structuredBody><component><section><title>Results</title><text><table><thead><tr><th>Test</th><th>Result</th></tr></thead><tbody><tr ID='k'><td rowspan='2'>Potassium</td><td>6,2 mmol/L</td></tr><tr><td>242 mg/L</td></tr></tbody></table></text>
<entry><organizer classCode='BATTERY' moodCode='EVN'><statusCode code='active'/><component><observation classCode='OBS' moodCode='EVN'><code code='2823-3' displayName='Potassium (serum)'/><text><reference value='#k'/></text><statusCode code='completed'/><effectiveTime value='20250301'/><value xsi:type='PQ' value='6.2' unit='mmol/L'/><interpretationCode code='HH'/><referenceRange><observationRange><value xsi:type='IVL_PQ'><low value='3.5' unit='mmol/L'/><high value='5.1' unit='mmol/L'/></value></observationRange></referenceRange></observation></component></organizer></entry></section></component>
<component><section><title>Treatment</title><entry><substanceAdministration classCode='SBADM' moodCode='INT' negationInd='true'><statusCode code='aborted'/><effectiveTime xsi:type='IVL_TS'><low value='20250302'/></effectiveTime><effectiveTime xsi:type='PIVL_TS' operator='A'><period value='12' unit='h'/></effectiveTime><routeCode code='PO'/><doseQuantity><low value='1' unit='{tablet}'/><high value='2' unit='{tablet}'/></doseQuantity><rateQuantity nullFlavor='UNK'/><maxDoseQuantity><numerator value='4'/><denominator value='1' unit='d'/></maxDoseQuantity><consumable><manufacturedProduct><manufacturedMaterial><code code='X1' displayName='Exampline 5 mg'/><name>Exampline</name><lotNumberText>L-12</lotNumberText></manufacturedMaterial></manufacturedProduct></consumable><entryRelationship typeCode='RSON'><observation classCode='OBS' moodCode='EVN'><code code='SEV' displayName='Severity'/><value xsi:type='CD' code='24484000' displayName='severe'/></observation></entryRelationship></substanceAdministration></entry></section></component></structuredBody></component></ClinicalDocument>";
