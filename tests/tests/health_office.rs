//! The words of office documents and e-mails, and what they are, by their content.

#![cfg(test)]

use carnet_health::view::{Block, Key, view};
use carnet_health::{Kind, Remark, attachments, recognise, searchable_text};
use carnet_tests::made::{Packed, zip, zip_of};

const TYPES: (&str, &str) = ("[Content_Types].xml", "<Types/>");

/// What a document is and what it says.
fn read(bytes: &[u8], name: &str) -> (Kind, String) {
    let kind = recognise(bytes, Some(name)).kind;
    (kind, searchable_text(bytes, kind))
}

#[test]
fn letter_of_word_is_read_with_its_head_tables_and_notes() {
    let body = "<w:document xmlns:w='w'><w:body><w:p><w:pPr><w:pStyle w:val='Titre1'/></w:pPr><w:r><w:t>Compte rendu</w:t></w:r></w:p>\
        <w:p><w:r><w:t>Cher </w:t></w:r><w:r><w:t>confr&#232;re</w:t><w:tab/><w:t>&amp; ami</w:t></w:r><w:del><w:r><w:delText>efface</w:delText></w:r></w:del></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Dose</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>5 mg</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>";
    let bytes = zip_of(&[
        TYPES,
        ("word/document.xml", body),
        ("word/header1.xml", "<w:hdr xmlns:w='w'><w:p><w:r><w:t>Cabinet Martin</w:t></w:r></w:p></w:hdr>"),
        ("word/media/image1.png", "x"),
        ("docProps/core.xml", "<c xmlns:dc='d'><dc:title>Lettre</dc:title><dc:creator>Dr A</dc:creator></c>"),
    ]);
    let found = recognise(&bytes, None);
    assert_eq!((found.kind, found.title.as_deref()), (Kind::Docx, Some("Lettre")));
    let blocks = view(&bytes, Kind::Docx).unwrap().blocks;
    assert!(blocks.contains(&Block::Heading { level: 1, text: "Compte rendu".into() }), "{blocks:?}");
    let row = vec!["Dose".to_owned(), "5 mg".to_owned()];
    assert!(blocks.iter().any(|block| matches!(block, Block::Table { rows, .. } if rows.contains(&row))));
    assert!(blocks.contains(&Block::KeyValue { key: Key::Inside, value: "word/media/image1.png".into() }));
    let words = searchable_text(&bytes, Kind::Docx);
    assert!(words.contains("Cher confr\u{e8}re & ami") && words.contains("Cabinet Martin"), "{words}");
    assert!(!words.contains("efface"));
}

#[test]
fn workbook_shows_values_as_its_formats_show_them() {
    let bytes = zip_of(&[
        TYPES,
        (
            "xl/workbook.xml",
            "<workbook xmlns:r='r'><sheets><sheet name='Suivi' sheetId='1' r:id='rId1'/></sheets></workbook>",
        ),
        ("xl/_rels/workbook.xml.rels", "<R><Relationship Id='rId1' Target='worksheets/sheet1.xml'/></R>"),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>Glyc&#233;mie</t></si><si><r><t>a </t></r><r><t>jeun</t></r></si></sst>",
        ),
        ("xl/styles.xml", "<s><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></s>"),
        (
            "xl/worksheets/sheet1.xml",
            "<w><sheetData><row><c r='A1' t='s'><v>0</v></c><c r='C1' t='s'><v>1</v></c></row>\
            <row><c r='A2' s='1'><v>45000</v></c><c r='C2'><f>1+1</f><v>5.40</v></c></row></sheetData></w>",
        ),
    ]);
    assert_eq!(recognise(&bytes, None).kind, Kind::Xlsx);
    let blocks = view(&bytes, Kind::Xlsx).unwrap().blocks;
    let rows = vec![vec!["Glyc\u{e9}mie", "a jeun"], vec!["2023-03-15", "5.40"]];
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|row| row.into_iter().map(str::to_owned).collect()).collect();
    assert!(blocks.contains(&Block::Heading { level: 2, text: "Suivi".into() }));
    assert!(blocks.contains(&Block::Table { caption: None, head: vec![], rows }), "{blocks:?}");
}

#[test]
fn slides_are_read_in_the_order_of_the_show() {
    let slide = |text: &str| {
        format!("<p:sld xmlns:a='a' xmlns:p='p'><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>")
    };
    let (one, two) = (slide("Premier"), slide("Second"));
    let bytes = zip_of(&[
        TYPES,
        (
            "ppt/presentation.xml",
            "<p:p xmlns:p='p' xmlns:r='r'><p:sldId id='256' r:id='b'/><p:sldId id='257' r:id='a'/></p:p>",
        ),
        (
            "ppt/_rels/presentation.xml.rels",
            "<R><Relationship Id='a' Target='slides/slide1.xml'/><Relationship Id='b' Target='slides/slide2.xml'/></R>",
        ),
        ("ppt/slides/slide1.xml", &two),
        ("ppt/slides/slide2.xml", &one),
    ]);
    let (kind, words) = read(&bytes, "a.pptx");
    assert_eq!(kind, Kind::Pptx);
    assert!(words.find("Premier") < words.find("Second"), "{words}");
}

#[test]
fn open_documents_are_told_by_their_media_type_and_read() {
    let content = "<o xmlns:text='t' xmlns:table='a'><text:tracked-changes><text:p>efface</text:p></text:tracked-changes>\
        <text:h text:outline-level='1'>Bilan</text:h><text:p>Poids<text:s text:c='2'/>70<text:tab/>kg</text:p>\
        <table:table table:name='F'><table:table-row><table:table-cell table:number-columns-repeated='2'><text:p>x</text:p></table:table-cell></table:table-row>\
        <table:table-row table:number-rows-repeated='1000000'><table:table-cell table:number-columns-repeated='16000'/></table:table-row></table:table></o>";
    for (name, kind) in [("text", Kind::Odt), ("spreadsheet", Kind::Ods), ("presentation", Kind::Odp)] {
        let media_type = format!("application/vnd.oasis.opendocument.{name}");
        let bytes = zip_of(&[("mimetype", &media_type), ("content.xml", content)]);
        let (found, words) = read(&bytes, "a.zip");
        assert_eq!(found, kind);
        assert!(words.contains("Poids") && words.contains("x x") && !words.contains("efface"), "{words}");
    }
}

#[test]
fn office_document_with_a_password_says_so() {
    let sealed = "<manifest><encryption-data/></manifest>";
    let bytes = zip_of(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("META-INF/manifest.xml", sealed),
        ("content.xml", "noise"),
    ]);
    assert!(recognise(&bytes, None).has(Remark::Encrypted));
    let locked = zip(&[Packed { name: b"a.pdf", content: b"noise", locked: true }]);
    assert!(recognise(&locked, None).has(Remark::Encrypted));
}

#[test]
fn message_gives_its_words_and_the_words_of_what_came_with_it() {
    let mail = "From: =?utf-8?q?Dr_L=C3=A9a?= <lea@example.org>\r\nTo: Anne <anne@example.org>\r\nSubject: =?iso-8859-1?q?R=E9sultats?=\r\n\
        Date: Mon, 6 May 2024 07:08:09 +0200\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nCi-joint l'h=E9mogramme.\r\n\
        --b\r\nContent-Type: text/csv; name=\"suivi.csv\"\r\nContent-Disposition: attachment; filename=\"suivi.csv\"\r\n\r\njour;ferritine\r\n--b--\r\n";
    let found = recognise(mail.as_bytes(), Some("x"));
    assert_eq!((found.kind, found.title.as_deref()), (Kind::Mail, Some("R\u{e9}sultats")));
    assert_eq!(found.author.and_then(|author| author.name).as_deref(), Some("Dr L\u{e9}a"));
    assert!(found.date.is_some() && found.remarks.contains(&Remark::HasAttachments));
    let words = searchable_text(mail.as_bytes(), Kind::Mail);
    for word in ["h\u{e9}mogramme", "suivi.csv", "ferritine", "Anne"] {
        assert!(words.contains(word), "{word}: {words}");
    }
    let attached = attachments(mail.as_bytes(), Kind::Mail);
    assert_eq!(attached.len(), 1);
    assert_eq!(attached[0].name.as_deref(), Some("suivi.csv"));
}

#[test]
fn texts_are_told_apart_by_what_they_are() {
    for (bytes, name, kind) in [
        (&b"Date;Glycemie\n2025-03-01;54\n"[..], "glucose.csv", Kind::Csv),
        (b"{\\rtf1\\ansi Bonjour}", "a.doc", Kind::Rtf),
        (b"<?xml version='1.0'?><a/>", "a.xml", Kind::Xml),
        (b"{\"vc\":{\"resourceType\":\"Bundle\"}}", "a.json", Kind::Json),
        (b"{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Patient\"}\n", "a.json", Kind::FhirNdjson),
        (b"B\0o\0n\0j\0o\0u\0r\0", "a.txt", Kind::Text),
        (b"MZ\x90\0\x03", "a.exe", Kind::Other),
    ] {
        assert_eq!(recognise(bytes, Some(name)).kind, kind, "{name}");
    }
    let shown = view(b"Date;Glycemie\n2025-03-01;54\n", Kind::Csv).unwrap().blocks;
    assert!(
        matches!(&shown[..], [Block::Table { head, rows, .. }] if head[0][1] == "Glycemie" && rows[0][1] == "54")
    );
}

#[test]
fn line_that_is_no_resource_is_named_and_the_others_are_shown() {
    let lines = b"{\"resourceType\":\"Observation\",\"code\":{\"text\":\"Potassium\"}}\n{broken\n\n{\"resourceType\":\"Observation\",\"code\":{\"text\":\"Sodium\"}}\n";
    let found = recognise(lines, None);
    assert!(found.kind == Kind::FhirNdjson && found.has(Remark::LineUnread) && found.damage.is_none());
    let words = searchable_text(lines, Kind::FhirNdjson);
    assert!(words.contains("Potassium") && words.contains("Sodium"), "{words}");
    let blocks = view(lines, Kind::FhirNdjson).unwrap().blocks;
    assert!(blocks.contains(&Block::KeyValue { key: Key::Remark(Remark::LineUnread), value: "2".into() }));
}
