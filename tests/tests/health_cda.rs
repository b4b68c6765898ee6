//! The CDA examples of the CI-SIS: what Carnet says of each is what another XML reader (`roxmltree`) finds in it.

#![cfg(test)]

use std::fs;
use std::path::PathBuf;

use carnet_health::fold::fold;
use carnet_health::view::{Block, view};
use carnet_health::{Kind, Moment, Remark, doctype, recognise, searchable_text};
use carnet_tests::need;
use roxmltree::{Document, Node};

#[test]
fn cda_whose_type_title_date_or_author_is_not_what_its_xml_says() {
    let Some(folder) = need::shared("fr-cda") else { return };
    for (path, bytes) in files(&folder, "xml") {
        let text = std::str::from_utf8(&bytes).unwrap();
        let judge = Document::parse(text).unwrap();
        let root = judge.root_element();
        let found = recognise(&bytes, None);
        let name = path.display();
        assert_eq!((found.kind, found.damage.clone()), (Kind::Cda, None), "{name}");
        let value =
            |path: &[&str], attribute: &str| down(root, path).and_then(|node| node.attribute(attribute));
        assert_eq!(found.codes[0].code, value(&["code"], "code").unwrap(), "{name}");
        assert_eq!(
            found.codes[0].display.as_deref(),
            value(&["code"], "displayName").map(str::trim),
            "{name}"
        );
        assert_eq!(found.title, down(root, &["title"]).map(|node| one_line(&all_text(node))), "{name}");
        let stamp = value(&["effectiveTime"], "value").unwrap();
        assert_eq!(found.date.and_then(Moment::instant), Some(judge_time(stamp)), "{name}");
        let id = value(&["id"], "root").unwrap();
        let unique = found.unique_id.unwrap();
        assert!(
            unique.starts_with(id) && unique.ends_with(value(&["id"], "extension").unwrap_or(id)),
            "{name}"
        );
        assert_eq!(
            found.confidentiality.map(|code| code.code).as_deref(),
            value(&["confidentialityCode"], "code"),
            "{name}"
        );
        // Who signed it as responsible answers for it before its author.
        let author = found.author.unwrap();
        let legal = down(root, &["legalAuthenticator", "assignedEntity"]).unwrap();
        if let Some(family) = down(legal, &["assignedPerson", "name", "family"]) {
            assert!(
                author.name.as_deref().unwrap().contains(&one_line(&all_text(family))),
                "{name}: {author:?}"
            );
        }
        let organisation =
            down(legal, &["representedOrganization", "name"]).map(|node| one_line(&all_text(node)));
        assert_eq!(author.organisation, organisation.filter(|name| !name.is_empty()), "{name}");
        let ins = root.descendants().find(|node| {
            node.has_tag_name((HL7, "id"))
                && node.parent().is_some_and(|parent| parent.has_tag_name((HL7, "patientRole")))
                && node.attribute("root").is_some_and(|root| root.starts_with("1.2.250.1.213.1.4."))
        });
        let patient = found.patient.unwrap();
        assert_eq!(patient.ins.as_deref(), ins.and_then(|node| node.attribute("extension")), "{name}");
        assert!(patient.name.is_some(), "{name}");
        // Every code of the examples has a type and so a class.
        let code = &found.codes[0];
        assert!(doctype::by_code(&code.system, &code.code).is_some(), "{name}: {code:?}");
    }
}

#[test]
fn every_file_inside_is_a_part_byte_for_byte() {
    let Some(folder) = need::shared("fr-cda") else { return };
    let Some(bodies) = need::shared("fr-cda-pdf") else { return };
    let known: Vec<Vec<u8>> = files(&bodies, "pdf").into_iter().map(|(_, bytes)| bytes).collect();
    let mut inside = 0;
    for (path, bytes) in files(&folder, "xml") {
        let found = recognise(&bytes, None);
        let parts = carnet_health::cda::parts(&bytes).unwrap();
        assert_eq!(found.has(Remark::HasAttachments), !parts.is_empty(), "{}", path.display());
        assert_ne!(found.has(Remark::LevelOneBody), found.has(Remark::LevelThreeBody), "{}", path.display());
        for part in parts {
            assert_eq!(part.media_type, recognise(&part.bytes, None).media_type(), "{}", path.display());
            inside += usize::from(known.contains(&part.bytes));
        }
    }
    assert!(inside >= known.len(), "each PDF is a part: {inside}");
}

#[test]
fn word_of_a_narrative_that_the_search_text_or_the_view_lacks() {
    let Some(folder) = need::shared("fr-cda") else { return };
    for (path, bytes) in files(&folder, "xml") {
        let text = std::str::from_utf8(&bytes).unwrap();
        let judge = Document::parse(text).unwrap();
        let searchable = fold(&searchable_text(&bytes, Kind::Cda));
        let view = view(&bytes, Kind::Cda).unwrap();
        assert!(!view.blocks.is_empty(), "{}", path.display());
        let shown = fold(&view.blocks.iter().map(block_text).collect::<Vec<_>>().join("\n"));
        let narratives = judge.descendants().filter(|node| {
            node.has_tag_name((HL7, "text"))
                && node.parent().is_some_and(|parent| parent.has_tag_name((HL7, "section")))
        });
        for narrative in narratives {
            for node in narrative.descendants().filter(Node::is_text) {
                let hidden = node.ancestors().any(|up| up.has_tag_name((HL7, "renderMultiMedia")));
                for word in node.text().unwrap_or_default().split_whitespace().filter(|_| !hidden) {
                    let word = fold(word);
                    assert!(searchable.contains(&word), "{}: {word} is not searchable", path.display());
                    assert!(shown.contains(&word), "{}: {word} is not shown", path.display());
                }
            }
        }
    }
}

#[test]
fn cda_that_is_cut_anywhere_is_not_taken_for_whole() {
    let Some(folder) = need::shared("fr-cda") else { return };
    let bytes = fs::read(folder.join("VAC_2023.01.xml")).unwrap();
    for cut in (3_000..bytes.len() - 20).step_by(4_001) {
        let found = recognise(&bytes[..cut], Some("a.xml"));
        assert_eq!(found.kind, Kind::Cda);
        assert!(found.has(Remark::Damaged) && found.damage.is_some(), "{cut}");
        assert!(view(&bytes[..cut], Kind::Cda).is_err(), "{cut}");
    }
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
            facts.iter().fold(name.clone(), |said, (_, value)| format!("{said} {value}"))
        }
        Block::KeyValue { value, .. } => value.clone(),
    }
}

fn files(folder: &PathBuf, ending: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    found.sort();
    assert!(found.len() >= 8, "{}", folder.display());
    found
}

fn down<'a, 'i>(node: Node<'a, 'i>, path: &[&str]) -> Option<Node<'a, 'i>> {
    path.iter().try_fold(node, |node, name| node.children().find(|child| child.has_tag_name((HL7, *name))))
}

fn all_text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `YYYYMMDDHHMMSS+ZZZZ` another way: counted in days from a known one.
fn judge_time(stamp: &str) -> i64 {
    let number = |from: usize, to: usize| stamp[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let years: i64 = (1970..year).map(|year| 365 + i64::from(leap(year))).sum();
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = lengths[..usize::try_from(month - 1).unwrap()].iter().sum();
    let zone = number(15, 17) * 60 + number(17, 19);
    let zone = if &stamp[14..15] == "-" { -zone } else { zone };
    let days = years + months + day - 1;
    assert_eq!(
        Moment::from_millis(days * 86_400_000).without_time().to_string(),
        format!("{}-{}-{}", &stamp[..4], &stamp[4..6], &stamp[6..8])
    );
    (((days * 24 + number(8, 10)) * 60 + number(10, 12) - zone) * 60 + number(12, 14)) * 1000
}

const HL7: &str = "urn:hl7-org:v3";
