//! Summaries, synthetic lives and directories of others: split, read and refused one by one.

#![cfg(test)]

use std::fs;
use std::path::PathBuf;

use carnet_health::directory::{RecordRefusal, read_practitioners};
use carnet_health::profile::{Presence, ProfileResource};
use carnet_health::view::view;
use carnet_health::{Kind, split_bundle};
use carnet_tests::need;
use serde_json::Value;

#[test]
fn resource_of_a_summary_or_a_synthetic_life_that_the_split_loses_or_changes() {
    let (Some(lives), Some(summaries)) = (need::shared("synthea"), need::shared("fhir-ips")) else { return };
    let mut profile = 0;
    for path in json_files(&lives).into_iter().chain(json_files(&summaries)) {
        let bytes = fs::read(&path).unwrap();
        let judge: Value = serde_json::from_slice(&bytes).unwrap();
        let expected: Vec<&Value> =
            judge["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]).collect();
        let split = split_bundle(&bytes).unwrap();
        assert_eq!(split.len(), expected.len(), "{}", path.display());
        for (resource, expected) in split.iter().zip(expected) {
            assert_eq!(resource.kind, expected["resourceType"].as_str().unwrap());
            let mut found: Value = serde_json::from_slice(&resource.to_bytes()).unwrap();
            let mut expected = expected.clone();
            // A treatment has taken in the medicine that it led to, so that it keeps its name.
            if found["medicationReference"]["reference"] == "#medicine" {
                assert_eq!(
                    found["contained"].as_array().unwrap().last().unwrap()["resourceType"],
                    "Medication"
                );
                for changed in ["contained", "medicationReference"] {
                    found.as_object_mut().unwrap().remove(changed);
                    expected.as_object_mut().unwrap().remove(changed);
                }
            }
            assert_eq!(found, expected);
            let kinds = ["AllergyIntolerance", "MedicationStatement", "Condition", "Immunization"];
            if kinds.contains(&resource.kind.as_str()) {
                let item = ProfileResource::from_value(resource.value.clone()).unwrap();
                assert!(!item.item().label.is_empty());
                profile += 1;
            }
        }
        assert!(view(&bytes, Kind::FhirJson).unwrap().blocks.len() > 5, "{}", path.display());
    }
    assert!(profile > 50, "{profile}");
}

#[test]
fn known_absent_of_a_foreign_summary_is_not_shown_as_an_allergy() {
    let Some(folder) = need::shared("fhir-ips") else { return };
    let bytes = fs::read(folder.join("Bundle-aups-noknownx.json")).unwrap();
    let items = split_bundle(&bytes)
        .unwrap()
        .into_iter()
        .filter_map(|found| ProfileResource::from_value(found.value).ok());
    let found: Vec<_> = items.map(|found| found.item().presence).collect();
    assert!(
        !found.is_empty() && found.iter().all(|presence| *presence == Presence::KnownAbsent),
        "{found:?}"
    );
}

/// The lines are those that Python's `json` names for the same files.
#[test]
fn broken_directory_file_is_refused_with_its_line() {
    let Some(folder) = need::shared("fr-fhir/annuaire-raw") else { return };
    for (name, line) in [
        ("PM1.json", 173),
        ("PM2.json", 91),
        ("PM7.json", 91),
        ("PP16-Practitioner.json", 18),
        ("PP19-Practitioner.json", 18),
        ("PP19-organizationalRole_SituExe.json", 305),
        ("sample-org-pr-link-1.json", 23),
        ("sample-org-pr-link-2.json", 28),
        ("sample-org-pr-link-3.json", 20),
        ("sample-org-pr-link-4.json", 20),
        ("sample-org-pr-link-5.json", 20),
    ] {
        let read = read_practitioners(&fs::read(folder.join(name)).unwrap());
        assert_eq!(read.len(), 1, "{name}");
        let error = read[0].as_ref().unwrap_err();
        assert!(
            matches!(error.reason, RecordRefusal::Json { line: found, .. } if found == line),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn professional_of_a_directory_is_read_with_number_and_name_or_refused_with_a_reason() {
    let Some(folder) = need::shared("fr-fhir/mss") else { return };
    let read = read_practitioners(&fs::read(folder.join("Bundle-mss-bundle-bal-per-full.json")).unwrap());
    let found: Vec<_> =
        read.iter().flatten().map(|record| (record.rpps.as_str(), record.family.as_str())).collect();
    assert_eq!(found, [("10003456789", "DUPONT"), ("10007654321", "MARTIN")]);
    let Some(folder) = need::shared("fr-fhir/annuaire") else { return };
    for path in json_files(&folder) {
        let bytes = fs::read(&path).unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        for record in read_practitioners(&bytes) {
            match record {
                Ok(record) => {
                    assert!(
                        text.contains(&record.rpps) && text.contains(&record.family),
                        "{}",
                        path.display()
                    );
                }
                Err(error) => assert!(
                    matches!(
                        error.reason,
                        RecordRefusal::NoRpps | RecordRefusal::Inactive | RecordRefusal::NoName
                    ),
                    "{}: {error:?}",
                    path.display()
                ),
            }
        }
    }
}

fn json_files(folder: &PathBuf) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    found.sort();
    assert!(found.len() >= 4);
    found
}
