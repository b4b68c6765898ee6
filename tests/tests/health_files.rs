//! Real files of every kind: each is recognised, hostile ones clearly.

#![cfg(test)]

use std::fs;
use std::path::Path;

use carnet_health::{Damage, Fact, Kind, Recognised, Remark, recognise, recognise_prefix, searchable_text};
use carnet_tests::need;

#[test]
fn dicom_file_whose_facts_are_not_what_its_bytes_say() {
    let Some(folder) = need::shared("dicom") else { return };
    // Where the data set is not deflated, a search for the element's bytes judges.
    for (name, modality, day) in [
        ("MR-SIEMENS-DICOM-WithOverlays.dcm", Some("MR"), true),
        ("OBXXXX1A.dcm", Some("US"), true),
        ("eCT_Supplemental.dcm", Some("CT"), true),
        ("liver_deflate.dcm", Some("SEG"), true),
        ("SC_rgb_2frame.dcm", Some("OT"), true),
    ] {
        let found = read(&folder.join(name));
        assert_eq!((found.kind, found.damage.as_ref()), (Kind::Dicom, None), "{name}");
        assert_eq!(found.fact(Fact::Modality), modality, "{name}");
        let bytes = fs::read(folder.join(name)).unwrap();
        let element = [&[8, 0, 0x60, 0][..], b"CS\x02\0", modality.unwrap().as_bytes()].concat();
        let implicit = [&[8, 0, 0x60, 0, 2, 0, 0, 0][..], modality.unwrap().as_bytes()].concat();
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(name == "liver_deflate.dcm" || has(&element) || has(&implicit), "{name}");
        assert_eq!(found.date.is_some(), day, "{name}");
        assert!(found.unique_id.is_some() && found.fact(Fact::StudyUid).is_some(), "{name}");
    }
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|ending| ending == "dcm") {
            let found = read(&entry);
            assert_eq!(found.kind, Kind::Dicom, "{}", entry.display());
            // What is long is known by its beginning.
            let bytes = fs::read(&entry).unwrap();
            let beginning = recognise_prefix(&bytes[..bytes.len().min(64 * 1024)], None);
            assert!(beginning.has(Remark::BeginningOnly) && beginning.damage.is_none());
            assert_eq!(beginning.unique_id, found.unique_id, "{}", entry.display());
        }
    }
}

#[test]
fn pdf_with_password_attachment_or_damage_is_not_taken_for_a_plain_one() {
    let Some(folder) = need::shared("pdf") else { return };
    for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|ending| ending == "pdf") {
            let found = read(&entry);
            assert_eq!((found.kind, found.damage.as_ref()), (Kind::Pdf, None), "{}", entry.display());
        }
    }
    let locked = read(&folder.join("libreoffice-writer-password.pdf"));
    assert!(locked.has(Remark::Encrypted));
    assert!(read(&folder.join("with-attachment.pdf")).has(Remark::HasAttachments));
    let plain = fs::read(folder.join("pdflatex-4-pages.pdf")).unwrap();
    let found = recognise(&plain, None);
    assert!(!found.has(Remark::Encrypted) && !found.has(Remark::HasAttachments));
    assert_eq!(found.fact(Fact::Pages), Some("4"));
    let text = searchable_text(&plain, Kind::Pdf);
    assert!(text.split_whitespace().count() > 50, "{text}");
    let cut = recognise(&plain[..plain.len() / 2], None);
    assert!(cut.has(Remark::Truncated));
}

#[test]
fn text_of_the_pdf_inside_a_cda_is_not_missing() {
    let Some(folder) = need::shared("fr-cda-pdf") else { return };
    let mut with_text = 0;
    for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = fs::read(&entry).unwrap();
        let found = recognise(&bytes, None);
        assert_eq!((found.kind, found.damage), (Kind::Pdf, None), "{}", entry.display());
        with_text += usize::from(searchable_text(&bytes, Kind::Pdf).split_whitespace().count() > 20);
    }
    assert!(with_text >= 5, "{with_text}");
}

#[test]
fn photograph_with_a_place_or_a_camera_says_so() {
    let Some(folder) = need::shared("images") else { return };
    for (name, gps, camera) in [
        ("DSCN0010.jpg", true, true),
        ("DSCN0027.jpg", true, true),
        ("Canon_40D.jpg", false, true),
        ("Nikon_D70.jpg", false, true),
        ("BlueSquare.jpg", false, false),
    ] {
        let found = read(&folder.join(name));
        assert_eq!(found.kind, Kind::Jpeg, "{name}");
        assert_eq!((found.has(Remark::HasGps), found.has(Remark::HasCamera)), (gps, camera), "{name}");
    }
    assert_eq!(read(&folder.join("samplefilehub.heif")).kind, Kind::Heif);
    assert_eq!(read(&folder.join("DSCN0010.jpg")).date.unwrap().to_string(), "2008-10-22T16:28:39");
}

#[test]
fn broken_calendar_is_told_from_a_whole_one() {
    let Some(folder) = need::shared("ics") else { return };
    for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|ending| ending == "ics") {
            assert_eq!(read(&entry).kind, Kind::Calendar, "{}", entry.display());
        }
    }
    assert_eq!(read(&folder.join("rfc_7986_properties.ics")).damage, None);
    // One odd line keeps nothing else back.
    let odd = read(&folder.join("broken_ical.ics"));
    assert_eq!((odd.damage, odd.date.is_some()), (None, true));
    assert_eq!(recognise(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", None).damage, Some(Damage::Calendar));
}

#[test]
fn fhir_resource_whose_type_is_not_what_its_json_says() {
    let Some(folder) = need::shared("fr-fhir") else { return };
    let Some(summaries) = need::shared("fhir-ips") else { return };
    let mut folders: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.push(summaries);
    for entry in folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let found = recognise(&bytes, None);
        let judge: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        match judge.as_ref().and_then(|value| value["resourceType"].as_str()) {
            Some(expected) => {
                assert_eq!(found.fact(Fact::ResourceType), Some(expected), "{}", path.display());
                assert_eq!((found.kind, found.damage), (Kind::FhirJson, None));
            }
            // A list of resources is JSON that is kept as it is.
            None => assert!(found.damage.is_some() || found.kind == Kind::Json, "{}", path.display()),
        }
    }
}

fn read(path: &Path) -> Recognised {
    recognise(&fs::read(path).unwrap(), path.file_name().and_then(|name| name.to_str()))
}
