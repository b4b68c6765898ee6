//! Which type a file may be, by what it says and what it is called.

use super::{Class, DocumentType, FRENCH, Words, by_code};
use crate::fold::words;
use crate::kind::Kind;
use crate::recognised::{Fact, LOINC, Recognised};

/// Proposes types, best first, at most five; the first is certain where the file itself carries its code.
///
/// A person decides: words of a title or a file name are a guess.
#[must_use]
pub fn propose(found: &Recognised, name: Option<&str>) -> Vec<DocumentType> {
    let mut proposed: Vec<DocumentType> =
        found.codes.iter().filter_map(|code| by_code(&code.system, &code.code)).collect();
    let stem = name.map(|name| name.rsplit(['/', '\\']).next().unwrap_or(name));
    let stem = stem.map(|stem| stem.rsplit_once('.').map_or(stem, |(stem, _)| stem));
    let said = [found.title.as_deref(), stem].into_iter().flatten().map(|text| text.replace(['_', '-'], " "));
    let said: Vec<String> = said.flat_map(|text| words(&text).collect::<Vec<_>>()).take(MAX_WORDS).collect();
    let mut scored: Vec<(usize, DocumentType)> = Words::of_all()
        .filter_map(|(kind, known)| {
            let points: usize = said
                .iter()
                .filter(|word| word.len() > 2 && !PROVE_NOTHING.contains(&word.as_str()))
                .filter_map(|word| known.score(std::slice::from_ref(word)))
                .filter(|points| *points >= STRONG)
                .sum();
            (points > 0).then_some((points, *kind))
        })
        .collect();
    scored.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    proposed.extend(scored.into_iter().map(|(_, kind)| kind));
    let mut seen = Vec::new();
    proposed.retain(|kind| {
        !seen.contains(kind) && {
            seen.push(*kind);
            true
        }
    });
    proposed.truncate(5);
    proposed
}

/// The class of what was recognised, for the rules of a policy: of its code, of a FHIR profile item, of a DICOM file; else unsorted.
#[must_use]
pub fn class_of(found: &Recognised) -> Class {
    let coded = found.codes.iter().find_map(|code| by_code(&code.system, &code.code));
    match (coded, found.kind, told_type(found)) {
        (Some(coded), _, _) => coded.class,
        (None, Kind::Dicom, _) => Class::Imaging,
        (
            None,
            _,
            Some("AllergyIntolerance" | "Condition" | "MedicationStatement" | "FamilyMemberHistory"),
        ) => Class::Profile,
        (None, _, Some("Immunization")) => Class::Vaccinations,
        (None, _, Some("MedicationRequest" | "MedicationDispense")) => Class::Prescriptions,
        (None, _, Some("Observation" | "DiagnosticReport")) => Class::Results,
        _ => Class::Unsorted,
    }
}

/// The document type that a format says by itself, where no code says another: of a DICOM file that is a report or a list of pictures by
/// its modality, and of a FHIR resource, or a bundle of nothing else, by its resource type. It is no guess. A DICOM picture has none: no
/// code of the list is that of a picture.
#[must_use]
pub fn of_format(found: &Recognised) -> Option<DocumentType> {
    if found.codes.iter().any(|code| by_code(&code.system, &code.code).is_some()) {
        return None;
    }
    let modality =
        || found.facts.iter().find(|(fact, _)| *fact == Fact::Modality).map(|(_, said)| said.as_str());
    match (found.kind, told_type(found)) {
        (Kind::Dicom, _) => match modality() {
            Some("SR" | "DOC") => by_code(LOINC, "18748-4"),
            Some("KO") => by_code(FRENCH, "IMG-KOS"),
            _ => None,
        },
        (_, Some("MedicationRequest")) => by_code(LOINC, "57833-6"),
        _ => None,
    }
}

/// The resource type of a resource; of a bundle that of all that it tells.
fn told_type(found: &Recognised) -> Option<&str> {
    let types = found.facts.iter().filter(|(fact, _)| *fact == Fact::ResourceType);
    types.map(|(_, kind)| kind.as_str()).next_back()
}

/// Words of types that also stand in the names of files of any other sort: alone they prove nothing. Folded, in order.
const PROVE_NOTHING: [&str; 39] = [
    "accueil",
    "advice",
    "autre",
    "avis",
    "card",
    "chart",
    "contact",
    "contacts",
    "delivery",
    "demande",
    "entretien",
    "export",
    "fin",
    "image",
    "interview",
    "mail",
    "note",
    "pass",
    "photo",
    "picture",
    "plan",
    "prise",
    "programme",
    "rapid",
    "rapide",
    "remote",
    "request",
    "resume",
    "retour",
    "review",
    "schema",
    "social",
    "stay",
    "style",
    "summary",
    "support",
    "test",
    "tests",
    "vision",
];

/// A word of the type itself, not one that merely begins alike.
const STRONG: usize = 50;
const MAX_WORDS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognised::{Code, LOINC};

    #[test]
    fn picture_of_an_examination_is_no_report_and_a_report_in_dicom_is_one() {
        let of = |modality: &str| {
            let mut found = Recognised::new(Kind::Dicom);
            found.facts.push((Fact::Modality, modality.to_owned()));
            of_format(&found).map(|kind| kind.code)
        };
        assert_eq!((of("MR"), of("CR"), of("OT")), (None, None, None));
        assert_eq!((of("SR"), of("KO")), (Some("18748-4"), Some("IMG-KOS")));
        assert_eq!(class_of(&Recognised::new(Kind::Dicom)), Class::Imaging);
    }

    #[test]
    fn code_of_the_file_beats_what_its_name_says() {
        let mut found = Recognised::new(Kind::Cda);
        found.codes = vec![Code::new(LOINC, "11502-2")];
        let proposed = propose(&found, Some("ordonnance.xml"));
        assert_eq!(proposed.iter().map(|kind| kind.code).take(2).collect::<Vec<_>>(), ["11502-2", "57833-6"]);
        assert_eq!(class_of(&found), Class::Results);
    }

    #[test]
    fn words_that_stand_in_any_name_prove_nothing() {
        let mut found = Recognised::new(Kind::Text);
        for name in ["test.txt", "export.txt", "Rapid test.txt", "export_2024.csv", "plan.pdf", "photo.png"] {
            assert_eq!(propose(&found, Some(name)), [], "{name}");
        }
        found.title = Some("Test data, export".into());
        assert_eq!(propose(&found, None), []);
        assert!(PROVE_NOTHING.is_sorted());
    }

    #[test]
    fn name_with_accents_and_joined_words_is_not_left_unsorted() {
        let found = Recognised::new(Kind::Pdf);
        let first = |name: &str| propose(&found, Some(name)).first().map(|kind| kind.code);
        assert_eq!(first("/home/a/Résultats_analyses-sang_2024.pdf"), Some("11502-2"));
        assert_eq!(first("IRM-genou.pdf"), Some("18748-4"));
        assert_eq!(first("IMG_2031.jpg"), None);
        assert_eq!(class_of(&found), Class::Unsorted);
    }
}
