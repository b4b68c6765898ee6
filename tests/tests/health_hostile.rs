//! Bytes made to hurt: no function panics on them, and what comes out is bounded.

#![cfg(test)]

use carnet_health::view::{Block, MAX_BLOCKS, MAX_TEXT, view};
use carnet_health::{
    Kind, MAX_FIELD, TEXT_LIMIT, directory, doctype, profile, recognise, recognise_prefix, searchable_text,
    split_bundle, strip_metadata,
};
use proptest::prelude::*;
use proptest::test_runner::Config;

#[test]
fn nesting_counts_and_expansion_without_end_are_refused() {
    let deep_json = format!("{{\"resourceType\":\"Bundle\",\"a\":{}", "[".repeat(1_000_000));
    let deep_xml = format!("<ClinicalDocument>{}", "<a>".repeat(1_000_000));
    let many = format!("<ClinicalDocument {}/>", "a='1' ".repeat(200_000));
    let bomb =
        "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]><ClinicalDocument>&c;</ClinicalDocument>";
    let deep_pdf =
        format!("%PDF-1.7\n1 0 obj\n{}\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF", "[".repeat(100_000));
    let html = format!("<html>{}", "<p>&&&&<<".repeat(100_000));
    let calendar = "BEGIN:VCALENDAR\n".repeat(100_000);
    let long_line = format!("BEGIN:VCALENDAR\nSUMMARY:{}", "\n x".repeat(300_000));
    for (at, text) in
        [deep_json, deep_xml, many, bomb.to_owned(), deep_pdf, html, calendar, long_line].iter().enumerate()
    {
        all(text.as_bytes(), None);
        let kinds = [
            Kind::FhirJson,
            Kind::Cda,
            Kind::Cda,
            Kind::Cda,
            Kind::Pdf,
            Kind::Html,
            Kind::Calendar,
            Kind::Calendar,
        ];
        let found = recognise(text.as_bytes(), None);
        assert_eq!((found.kind, found.damage.is_some()), (kinds[at], at != 5 && at != 2), "{at}");
    }
}

#[test]
fn what_a_view_has_no_room_for_is_counted() {
    let many = "one more\n\n".repeat(MAX_BLOCKS + 7);
    let shown = view(many.as_bytes(), Kind::Text).unwrap();
    assert_eq!((shown.blocks.len(), shown.left_out), (MAX_BLOCKS, 7));
    let long = "é".repeat(MAX_TEXT + 1);
    let shown = view(long.as_bytes(), Kind::Text).unwrap();
    assert_eq!((shown.blocks, shown.left_out), (vec![Block::Paragraph("é".repeat(MAX_TEXT))], 1));
}

#[test]
fn dicom_lengths_that_lie_are_damage() {
    let mut lies = vec![0; 128];
    lies.extend(b"DICM");
    for tail in [
        &b"\x02\0\x10\0UI\xff\xff1"[..],
        b"\x08\0\x18\0OB\0\0\xff\xff\xff\x7f",
        b"\x08\0\x05\0SQ\0\0\xff\xff\xff\xff",
    ] {
        let bytes = [lies.clone(), tail.to_vec()].concat();
        assert!(recognise(&bytes, None).damage.is_some());
        all(&bytes, None);
    }
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]

    #[test]
    fn random_bytes_of_any_claimed_kind_are_bounded(bytes in proptest::collection::vec(any::<u8>(), 0..600), claim in 0..CLAIMS.len()) {
        all(&[CLAIMS[claim], &bytes].concat(), Some("a.pdf"));
    }

    #[test]
    fn seed_that_is_cut_or_flipped_is_bounded(seed in 0_usize..SEEDS, cut in any::<prop::sample::Index>(), flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut bytes = self::seed(seed);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        all(&bytes, None);
        all(&bytes[..cut.index(bytes.len())], None);
    }
}

/// Every reader, each on bytes that are not its own too.
fn all(bytes: &[u8], name: Option<&str>) {
    for found in [recognise(bytes, name), recognise_prefix(bytes, name)] {
        assert!(found.title.is_none_or(|title| title.chars().count() <= MAX_FIELD));
        assert!(found.damage.is_some() == found.remarks.contains(&carnet_health::Remark::Damaged));
    }
    let found = recognise(bytes, name);
    let _ = (doctype::propose(&found, name), doctype::class_of(&found));
    for kind in [
        found.kind,
        Kind::Cda,
        Kind::FhirJson,
        Kind::FhirXml,
        Kind::Calendar,
        Kind::Html,
        Kind::Pdf,
        Kind::Dicom,
        Kind::FhirNdjson,
        Kind::Csv,
        Kind::Rtf,
        Kind::Mail,
        Kind::Msg,
        Kind::Doc,
        Kind::Zip,
    ] {
        assert!(searchable_text(bytes, kind).len() <= TEXT_LIMIT);
        if let Ok(view) = view(bytes, kind) {
            assert!(view.blocks.len() <= MAX_BLOCKS);
        }
    }
    if let Ok(stripped) = strip_metadata(bytes) {
        assert!(stripped.bytes.len() <= bytes.len() + 64);
    }
    let _ =
        (split_bundle(bytes), profile::ProfileResource::read(bytes), directory::read_practitioners(bytes));
    let _ = carnet_health::cda::parts(bytes);
    let _ = (carnet_health::split_lines(bytes), carnet_health::xdm::documents(bytes));
}

const CLAIMS: [&[u8]; 17] = [
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"{\\rtf1\\ansi \\u233",
    b"From: a@b\nTo: c@d\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n",
    b"\x08\0\x05\0CS",
    b"GIF89a\x01\0\x01\0\x80",
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x40\0\0\0WEBP",
    b"II*\0",
    b"%PDF-1.7\n",
    b"BEGIN:VCALENDAR\n",
    b"<ClinicalDocument>",
    b"<Patient xmlns=\"http://hl7.org/fhir\">",
    b"{\"resourceType\":\"Bundle\",",
    b"\0\0\0\x18ftypheic",
];

const SEEDS: usize = 7;

fn seed(which: usize) -> Vec<u8> {
    match which {
        0 => b"<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'><id root='1.2' extension='3'/><code code='11502-2' codeSystem='2.16.840.1.113883.6.1'/><title>T</title><effectiveTime value='20240506070809+0200'/><component><structuredBody><component><section><title>S</title><text><table><thead><tr><th colspan='2'>a</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table><list><item>x</item></list></text></section></component></structuredBody></component></ClinicalDocument>".to_vec(),
        1 => br#"{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","title":"T","date":"2024-05-06","author":[{"reference":"Practitioner/2"}],"section":[{"title":"A","entry":[{"reference":"AllergyIntolerance/3"}]}]}},{"resource":{"resourceType":"Practitioner","id":"2","name":[{"family":"B"}]}},{"resource":{"resourceType":"AllergyIntolerance","id":"3","code":{"text":"x"}}}]}"#.to_vec(),
        2 => b"<Patient xmlns=\"http://hl7.org/fhir\"><name><family value=\"A\"/><given value=\"B\"/></name><contained><Patient><id value='1'/></Patient></contained></Patient>".to_vec(),
        3 => b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=X:20240506T070809\r\nSUMMARY:a\\,b\r\n c\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".to_vec(),
        4 => {
            let mut bytes = vec![0; 128];
            bytes.extend(b"DICM\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0");
            bytes.extend(b"\x08\0\x18\0UI\x04\x001.23\x08\0\x20\0DA\x08\x0020240506\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff\x08\0\x18\0UI\x02\x009\0\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0\x10\0\x10\0PN\x04\0A^B \x20\0\x0d\0UI\x02\x001\0");
            bytes
        }
        5 => b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>\nendobj\n4 0 obj\n<</Length 36>>\nstream\nBT /F1 12 Tf 10 10 Td (Bonjour) Tj ET\nendstream\nendobj\ntrailer\n<</Root 1 0 R/Size 5/Info<</Title(T)>>>>\n%%EOF".to_vec(),
        _ => [&b"\xff\xd8\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"[..], b"\xff\xfe\0\x06note\xff\xda\0\x04ab1234\xff\0\xff\xd0xy\xff\xd9"].concat(),
    }
}

#[test]
fn seeds_are_what_they_should_be() {
    let kinds =
        [Kind::Cda, Kind::FhirJson, Kind::FhirXml, Kind::Calendar, Kind::Dicom, Kind::Pdf, Kind::Jpeg];
    for (which, kind) in kinds.into_iter().enumerate() {
        let found = recognise(&seed(which), None);
        assert_eq!((found.kind, found.damage), (kind, None), "{which}");
    }
    assert_eq!(recognise(&seed(4), None).unique_id.as_deref(), Some("1.23"));
    assert!(searchable_text(&seed(5), Kind::Pdf).contains("Bonjour"));
}
