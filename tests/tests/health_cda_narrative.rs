//! Narratives and entries of CDA documents of our own: what a reader sees is what the document says.

#![cfg(test)]

use carnet_health::view::{Block, Key, Label, View, view};
use carnet_health::{Damage, Kind, Remark, recognise, searchable_text};
use proptest::prelude::*;

#[test]
fn value_stands_under_its_heading_whatever_spans() {
    let view = section(
        "<table><caption>Sang</caption><thead><tr><th rowspan='2'>Analyte</th><th colspan='2'>Dosage</th></tr><tr><th>Now</th><th>Before</th></tr></thead>
         <tfoot><tr><td colspan='3'>Signed</td></tr></tfoot>
         <tbody><tr><td rowspan='3'>Sodium</td><td>138</td><td>140</td></tr><tr><td/><td>141</td></tr><tr><td>139</td></tr><tr><td>Chlore</td><td>99</td></tr></tbody></table>",
    );
    let (head, rows) = table(&view);
    assert_eq!(head, [["Analyte", "Dosage", ""], ["", "Now", "Before"]].map(|row| row.to_vec()));
    let expected: [&[&str]; 5] =
        [&["Sodium", "138", "140"], &["", "", "141"], &["", "139"], &["Chlore", "99"], &["Signed", "", ""]];
    assert_eq!(rows, expected.map(<[&str]>::to_vec));
    assert!(
        view.blocks
            .iter()
            .any(|block| matches!(block, Block::Table { caption: Some(said), .. } if said == "Sang"))
    );
}

#[test]
fn rows_of_header_cells_are_the_head_where_there_is_none() {
    let view = section("<table><tr><th>A</th><th>B</th></tr><tr><th>1</th><td>2</td></tr></table>");
    assert_eq!(table(&view), (vec![vec!["A", "B"]], vec![vec!["1", "2"]]));
}

#[test]
fn power_is_raised_and_a_footnote_stands_apart() {
    let view = section(
        "<paragraph>Platelets 210 x10<sup>9</sup>/L<footnote ID='f'>Citrate tube</footnote> and CO<sub>2</sub>, see<footnoteRef IDREF='f'/>again</paragraph>",
    );
    let paragraphs = paragraphs(&view);
    assert_eq!(paragraphs, ["Platelets 210 x10⁹/L [1] and CO₂, see [1] again", "[1] Citrate tube"]);
}

#[test]
fn deleted_text_is_told_apart_and_stands_nowhere_else() {
    let view = section(
        "<paragraph>Apixaban <content revised='delete'>5 mg</content><content revised='insert'>2,5 mg</content> twice</paragraph>
         <content revised='delete'><table><tr><td>Old</td></tr></table></content>",
    );
    assert_eq!(paragraphs(&view), ["Apixaban 2,5 mg twice"]);
    let revised: Vec<(Key, &str)> = keys(&view);
    assert!(revised.contains(&(Key::Cda(Label::Deleted), "5 mg")));
    assert!(revised.contains(&(Key::Cda(Label::Deleted), "Old")));
    assert!(revised.contains(&(Key::Cda(Label::Inserted), "2,5 mg")));
}

#[test]
fn lists_keep_their_shape_with_tables_and_lists_in_them() {
    let view = section(
        "<list listType='ordered'><caption>Plan</caption><item>First<list><item>inner<list><item>deep</item></list></item></list></item><item>Second<table><thead><tr><th>Drug</th></tr></thead><tbody><tr><td>Iode</td></tr></tbody></table></item><item>Third</item></list>
         <table><tr><td><list><item>a</item><item>b</item></list></td><td><table><thead><tr><th>X</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table></td></tr></table>",
    );
    let kinds: Vec<String> = view.blocks.iter().filter_map(short).collect();
    assert_eq!(
        kinds,
        ["Plan", "1. First\n• inner\n◦ deep", "2. Second", "|Drug|Iode", "3. Third", "|• a • b|X : 1"]
    );
}

#[test]
fn links_and_neighbours_keep_their_spaces() {
    let view = section(
        "Before<linkHtml href='http://a.test/'>link</linkHtml><content>one</content><content>two</content><br/>T<content>SH</content>",
    );
    assert_eq!(paragraphs(&view), ["Before link (http://a.test/) one two\nTSH"]);
}

#[test]
fn section_of_any_prefix_is_shown() {
    let bytes = document(
        "<x:component xmlns:x='urn:hl7-org:v3'><x:section><x:title>Allergies</x:title><x:text>Latex</x:text></x:section></x:component>
         <component xmlns='urn:other'><section><title>Alien</title></section></component>",
    );
    let view = view(&bytes, Kind::Cda).unwrap();
    assert!(view.blocks.contains(&Block::Heading { level: 2, text: "Allergies".into() }));
    assert!(!view.blocks.contains(&Block::Heading { level: 2, text: "Alien".into() }));
    assert!(searchable_text(&bytes, Kind::Cda).contains("Latex"));
}

#[test]
fn flag_of_an_entry_is_shown_by_the_name_of_its_row() {
    let bytes = document(
        "<component><section><title>Lab</title><text><table><thead><tr><th>Test</th><th>Result</th></tr></thead><tbody><tr ID='r1'><td>Ferritin</td><td>4 ug/L</td></tr></tbody></table></text>
         <entry><observation classCode='OBS' moodCode='EVN'><code code='2276-4' codeSystem='2.16.840.1.113883.6.1'/><text><reference value='#r1'/></text><statusCode code='completed'/><value xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='PQ' value='4' unit='ug/L'/><interpretationCode code='LL'/><referenceRange><observationRange><text>adults</text><value><low value='20' unit='ug/L'/><high value='250' unit='ug/L'/></value></observationRange></referenceRange></observation></entry></section></component>",
    );
    let view = view(&bytes, Kind::Cda).unwrap();
    let (name, facts) = entries(&view).remove(0);
    assert_eq!(name, "Ferritin (2276-4)");
    assert_eq!(
        facts,
        [(Key::Cda(Label::Interpretation), "LL"), (Key::Cda(Label::Range), "adults · 20 ug/L – 250 ug/L"),]
    );
    assert!(searchable_text(&bytes, Kind::Cda).contains("250 ug/L"));
}

#[test]
fn section_without_text_shows_its_entries() {
    let view = entry(
        "<substanceAdministration classCode='SBADM' moodCode='RQO'><statusCode code='suspended'/><effectiveTime xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='PIVL_TS'><period value='8' unit='h'/></effectiveTime><routeCode code='PO' displayName='oral'/><doseQuantity value='1.50' unit='mg'/><rateQuantity nullFlavor='UNK'/><consumable><manufacturedProduct><manufacturedMaterial><name>Bisoprolol</name><lotNumberText>L77</lotNumberText></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>",
    );
    let (name, facts) = entries(&view).remove(0);
    assert_eq!(name, "Bisoprolol");
    for expected in [
        (Label::Mood, "RQO"),
        (Label::Status, "suspended"),
        (Label::Period, "8 h"),
        (Label::Route, "oral"),
        (Label::Dose, "1.50 mg"),
        (Label::Rate, "nullFlavor UNK"),
        (Label::Lot, "L77"),
    ] {
        assert!(facts.contains(&(Key::Cda(expected.0), expected.1)), "{expected:?} in {facts:?}");
    }
}

#[test]
fn negated_allergy_says_that_it_is_none() {
    let view = entry(
        "<act classCode='ACT' moodCode='EVN'><code nullFlavor='NA'/><statusCode code='aborted'/><entryRelationship typeCode='SUBJ'><observation classCode='OBS' moodCode='EVN' negationInd='true'><code code='ALG' displayName='Allergy'/><statusCode code='completed'/><value code='91936005' displayName='Penicillin allergy'/><entryRelationship typeCode='MFST'><observation><code code='SEV' displayName='Severity'/><value code='H' displayName='High'/></observation></entryRelationship></observation></entryRelationship></act>",
    );
    let entries = entries(&view);
    let negated = (Key::Cda(Label::Negated), "true");
    let allergy = entries.iter().find(|(_, facts)| facts.contains(&negated)).unwrap();
    assert_eq!((allergy.0, &allergy.1[0]), ("Allergy", &negated));
    assert!(allergy.1.contains(&(Key::Cda(Label::Value), "Penicillin allergy")));
    let severity = entries.iter().find(|(name, _)| *name == "Penicillin allergy › Severity").unwrap();
    assert_eq!(severity.1, [(Key::Cda(Label::Relation), "MFST"), (Key::Cda(Label::Value), "High")]);
    assert!(entries.iter().any(|(_, facts)| facts.contains(&(Key::Cda(Label::Status), "aborted"))));
}

#[test]
fn completed_is_said_only_of_what_took_place_and_is_over() {
    let status = |statement: &str| {
        let view = entry(statement);
        let all = entries(&view);
        let said = all.iter().flat_map(|(_, facts)| facts.iter());
        said.filter(|(key, _)| *key == Key::Cda(Label::Status))
            .map(|(_, said)| (*said).to_owned())
            .collect::<Vec<_>>()
    };
    let of = |name: &str, mood: &str, code: &str, more: &str| {
        status(&format!(
            "<{name} moodCode='{mood}'><code code='c' displayName='Asthma'/><statusCode code='{code}'/>{more}</{name}>"
        ))
    };
    for lasting in ["observation", "substanceAdministration", "organizer", "act"] {
        assert_eq!(of(lasting, "EVN", "completed", ""), [""; 0], "{lasting}");
        for code in ["active", "aborted", "suspended", "cancelled", "held"] {
            assert_eq!(of(lasting, "EVN", code, ""), [code], "{lasting}");
        }
    }
    for over in ["procedure", "encounter", "supply"] {
        assert_eq!(of(over, "EVN", "completed", ""), ["completed"], "{over}");
        assert_eq!(of(over, "INT", "completed", ""), [""; 0], "{over}");
    }
    let ended = "<effectiveTime><low value='2019'/><high value='2021'/></effectiveTime>";
    assert_eq!(of("act", "EVN", "completed", ended), ["completed"]);
    let view = entry(
        "<observation><code code='c' displayName='Asthma'/><statusCode code='completed'/></observation>",
    );
    assert_eq!(entries(&view), [("Asthma", vec![])]);
    let view = entry(
        "<observation><code code='c' displayName='Drug allergy'/><value><originalText><reference value='#'/></originalText></value></observation>",
    );
    assert_eq!(entries(&view), [("Drug allergy", vec![(Key::Cda(Label::Value), "nullFlavor NI")])]);
}

#[test]
fn beginning_that_is_not_known_is_left_out_and_an_end_that_is_not_known_is_told() {
    let time = |ends: &str| {
        let view = entry(&format!(
            "<observation><code code='c' displayName='Asthma'/><independentInd value='false'/><effectiveTime>{ends}</effectiveTime></observation>"
        ));
        let all = entries(&view);
        let said = all.iter().flat_map(|(_, facts)| facts.iter().map(|(_, said)| (*said).to_owned()));
        said.collect::<Vec<_>>()
    };
    assert_eq!(time("<low nullFlavor='UNK'/>"), [""; 0]);
    assert_eq!(time("<low nullFlavor='UNK'/><high value='2021'/>"), ["– 2021"]);
    assert_eq!(time("<low value='2019'/><high nullFlavor='UNK'/>"), ["2019 – ? (UNK)"]);
}

#[test]
fn denial_stands_at_the_row_the_item_and_the_words_that_are_denied() {
    let text = "<table><tbody><tr ID='row'><td>Asthma</td><td>2019</td></tr><tr><td>Gout</td><td ID='cell'>No</td></tr><tr><td>2020</td><td><content ID='words'>Stroke</content> left</td></tr><tr ID='held'><td>Angina</td></tr></tbody></table>
         <list><item ID='item'>Epilepsy<list><item>since youth</item><item ID='deep'>febrile</item></list></item><item>Anaemia</item></list><paragraph ID='p'>Diabetes</paragraph>";
    let statement = |id: &str, more: &str| {
        format!(
            "<entry><observation {more}><code code='c'/><text><reference value='#{id}'/></text></observation></entry>"
        )
    };
    let denied: String = ["row", "cell", "words", "item", "deep", "p", "held"]
        .map(|id| statement(id, "negationInd='true'"))
        .concat();
    let bytes = document(&format!(
        "<component><section><title>S</title><text>{text}</text>{denied}{}</section></component>",
        statement("held", "negationInd='false'")
    ));
    let view = view(&bytes, Kind::Cda).unwrap();
    let shown: Vec<String> = view.blocks.iter().filter_map(short).collect();
    assert_eq!(
        shown,
        [
            "|Asthma [negated]|2019|Gout [negated]|No|2020|Stroke [negated] left|Angina",
            "Epilepsy [negated]\n• since youth\n• febrile [negated] / Anaemia",
            "Diabetes [negated]",
        ]
    );
    assert!(!searchable_text(&bytes, Kind::Cda).contains("negated"));
}

#[test]
fn refuted_and_mistaken_statements_are_denied_at_their_row() {
    let section = |more: &str| {
        let bytes = document(&format!(
            "<component><section><title>S</title><text><list><item ID='i'>Lupus</item></list></text><entry><observation><code code='c'/><text><reference value='#i'/></text>{more}</observation></entry></section></component>"
        ));
        view(&bytes, Kind::Cda).unwrap().blocks.iter().filter_map(short).next().unwrap()
    };
    assert_eq!(section("<statusCode code='active'/>"), "Lupus");
    assert_eq!(section("<statusCode code='nullified'/>"), "Lupus [negated]");
    for code in ["refuted", "entered-in-error", "410516002"] {
        let status = format!(
            "<entryRelationship typeCode='SUBJ'><observation><code code='s'/><value code='{code}'/></observation></entryRelationship>"
        );
        assert_eq!(section(&status), "Lupus [negated]");
    }
}

#[test]
fn who_answers_for_a_document_comes_first_and_a_program_last() {
    let person = |family: &str, id: &str| {
        format!(
            "<id root='1.2' extension='{id}'/><assignedPerson><name><given>Ada</given><family>{family}</family></name></assignedPerson>"
        )
    };
    let bytes = headed(
        &format!(
            "<author><assignedAuthor><id root='1.3'/><assignedAuthoringDevice><softwareName>Labo 3</softwareName></assignedAuthoringDevice></assignedAuthor></author>
             <author><assignedAuthor>{}</assignedAuthor></author><author><assignedAuthor>{}</assignedAuthor></author>
             <informationRecipient><intendedRecipient><informationRecipient><name>Dr Grey</name></informationRecipient></intendedRecipient></informationRecipient>
             <legalAuthenticator><assignedEntity>{}<representedOrganization><name>Clinic</name></representedOrganization></assignedEntity></legalAuthenticator>
             <relatedDocument typeCode='RPLC'><parentDocument><id root='1.9' extension='old'/></parentDocument></relatedDocument>
             <componentOf><encompassingEncounter><effectiveTime><low value='20240501'/></effectiveTime><location><healthCareFacility><location><name>Ward 2</name></location></healthCareFacility></location></encompassingEncounter></componentOf>",
            person("White", "1"),
            person("Black", "2"),
            person("Black", "2"),
        ),
        "",
    );
    let found = recognise(&bytes, None);
    assert_eq!(found.author.unwrap().name.as_deref(), Some("Ada Black"));
    let view = view(&bytes, Kind::Cda).unwrap();
    let said: Vec<(Key, &str)> = keys(&view).into_iter().take(6).collect();
    assert_eq!(
        said,
        [
            (Key::Cda(Label::LegalAuthenticator), "Ada Black, Clinic"),
            (Key::Author, "Ada White"),
            (Key::Cda(Label::Program), "Labo 3"),
            (Key::Cda(Label::Recipient), "Dr Grey"),
            (Key::Cda(Label::Replaces), "1.9^old"),
            (Key::Cda(Label::Encounter), "2024-05-01 – · Ward 2"),
        ]
    );
}

#[test]
fn file_inside_is_named_in_the_text_and_its_words_are_shown() {
    let bytes = document(
        "<component><section><title>Image</title><text><paragraph>See<renderMultiMedia referencedObject='m'><caption>ECG</caption></renderMultiMedia></paragraph></text>
         <entry><observationMedia classCode='OBS' moodCode='EVN' ID='m'><value mediaType='text/plain' representation='B64' compression='DF'>C6osychNVSjOzCstTswBAA==</value></observationMedia></entry></section></component>",
    );
    let parts = carnet_health::cda::parts(&bytes).unwrap();
    assert_eq!((parts.len(), parts[0].bytes.as_slice()), (1, &b"Rythme sinusal"[..]));
    assert!(searchable_text(&bytes, Kind::Cda).contains("Rythme sinusal"));
    let view = view(&bytes, Kind::Cda).unwrap();
    assert_eq!(paragraphs(&view)[0], "See [PLAIN 1] ECG");
    assert!(
        keys(&view).iter().any(|(key, said)| *key == Key::Inside && said.starts_with("PLAIN 1 · text/plain"))
    );
    assert!(recognise(&bytes, None).has(Remark::HasAttachments));
}

#[test]
fn document_in_a_page_is_read_and_a_bare_document_type_passed_over() {
    let inner = String::from_utf8(document(
        "<component><section><title>Bio</title><text>Iron</text></section></component>",
    ))
    .unwrap();
    let page = format!(
        "<!DOCTYPE html><html><head><title>x</title><meta charset=utf-8></head><body><xml>{inner}</xml></body></html>"
    );
    let typed = format!("<!DOCTYPE ClinicalDocument SYSTEM 'cda.dtd'>{inner}");
    for text in [page, typed] {
        let found = recognise(text.as_bytes(), None);
        assert_eq!((found.kind, found.damage), (Kind::Cda, None), "{text}");
        assert!(searchable_text(text.as_bytes(), Kind::Cda).contains("Iron"));
    }
    let bomb = format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{inner}");
    assert_eq!(recognise(bomb.as_bytes(), None).damage, Some(Damage::XmlDtd));
}

#[test]
fn declared_encoding_decides_what_letters_are() {
    let bytes = b"<?xml version='1.0' encoding='ISO-8859-2'?><ClinicalDocument xmlns='urn:hl7-org:v3'><title>\xb3\xf3d\xbc</title></ClinicalDocument>";
    assert_eq!(recognise(bytes, None).title.as_deref(), Some("łódź"));
    let sixteen: Vec<u8> = "<ClinicalDocument xmlns='urn:hl7-org:v3'><title>Łódź</title></ClinicalDocument>"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let found = recognise(&sixteen, None);
    assert_eq!((found.kind, found.title.as_deref()), (Kind::Cda, Some("Łódź")));
}

proptest! {
    #[test]
    fn any_table_with_spans_keeps_each_cell_under_its_column(rows in proptest::collection::vec(proptest::collection::vec((1_usize..4, 1_usize..4), 0..6), 1..8)) {
        // An occupancy of our own, cell by cell, as HTML's algorithm for forming a table places them.
        let mut taken = std::collections::BTreeSet::new();
        let (mut expected, mut markup) = (Vec::new(), String::new());
        for (y, cells) in rows.iter().enumerate() {
            markup.push_str("<tr>");
            let mut x = 0;
            for (index, (down, across)) in cells.iter().enumerate() {
                while taken.contains(&(x, y)) {
                    x += 1;
                }
                let words = format!("c{y}.{index}");
                markup.push_str(&format!("<td rowspan='{down}' colspan='{across}'>{words}</td>"));
                expected.push((x, y, words));
                for column in x..x + across {
                    for row in y..y + down {
                        taken.insert((column, row));
                    }
                }
                x += across;
            }
            markup.push_str("</tr>");
        }
        let view = section(&format!("<table>{markup}</table>"));
        let found = view.blocks.iter().find_map(|block| match block {
            Block::Table { head, rows, .. } => Some(head.iter().chain(rows).collect::<Vec<_>>()),
            _ => None,
        });
        let Some(found) = found else { return Ok(()) };
        for (x, y, words) in &expected {
            prop_assert_eq!(&found[*y][*x], words);
        }
        let said = found.iter().flat_map(|row| row.iter()).filter(|cell| !cell.is_empty()).count();
        prop_assert_eq!((said, view.left_out), (expected.len(), 0));
    }
}

fn section(text: &str) -> View {
    let section = format!("<component><section><title>S</title><text>{text}</text></section></component>");
    view(&document(&section), Kind::Cda).unwrap()
}

fn entry(statement: &str) -> View {
    let section =
        format!("<component><section><title>S</title><entry>{statement}</entry></section></component>");
    view(&document(&section), Kind::Cda).unwrap()
}

fn document(sections: &str) -> Vec<u8> {
    headed("", sections)
}

fn headed(header: &str, sections: &str) -> Vec<u8> {
    format!("<ClinicalDocument xmlns='urn:hl7-org:v3'><id root='1.2.3'/><title>T</title>{header}<component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>").into_bytes()
}

fn table(view: &View) -> (Vec<Vec<&str>>, Vec<Vec<&str>>) {
    let found = view.blocks.iter().find_map(|block| match block {
        Block::Table { head, rows, .. } => Some((head, rows)),
        _ => None,
    });
    let (head, rows) = found.unwrap();
    (cells(head), cells(rows))
}

fn cells(rows: &[Vec<String>]) -> Vec<Vec<&str>> {
    rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect()
}

fn paragraphs(view: &View) -> Vec<&str> {
    let said = view.blocks.iter().filter_map(|block| match block {
        Block::Paragraph(text) => Some(text.as_str()),
        _ => None,
    });
    said.collect()
}

fn keys(view: &View) -> Vec<(Key, &str)> {
    let said = view.blocks.iter().filter_map(|block| match block {
        Block::KeyValue { key, value } => Some((key.clone(), value.as_str())),
        _ => None,
    });
    said.collect()
}

type Facts<'a> = Vec<(Key, &'a str)>;

fn entries(view: &View) -> Vec<(&str, Facts<'_>)> {
    let said = view.blocks.iter().filter_map(|block| match block {
        Block::Entry { name, facts } => {
            let facts = facts.iter().map(|(key, value)| (key.clone(), value.as_str())).collect();
            Some((name.as_str(), facts))
        }
        _ => None,
    });
    said.collect()
}

fn short(block: &Block) -> Option<String> {
    match block {
        Block::Paragraph(text) => Some(text.clone()),
        Block::List { items, .. } => Some(items.join(" / ")),
        Block::Table { head, rows, .. } => {
            Some(head.iter().chain(rows).flatten().fold(String::new(), |said, cell| format!("{said}|{cell}")))
        }
        _ => None,
    }
}
