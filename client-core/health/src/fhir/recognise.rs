//! The facts of a FHIR resource or bundle.

use serde_json::Value;

use crate::date;
use crate::fhir::refer::{References, named};
use crate::fhir::{at, codes, label, list, moment, parse, resource_type, text};
use crate::kind::Kind;
use crate::recognised::{Author, Damage, Fact, Moment, Patient, Recognised, Remark, field};

/// Reads a resource; broken ones have a damage with its place.
pub(crate) fn recognise(bytes: &[u8], kind: Kind) -> Recognised {
    let mut found = Recognised::new(kind);
    match parse(bytes) {
        Ok(resource) => facts(&resource, &mut found),
        // Several resources in one list, as some exports write them, are JSON but no resource.
        Err(damage) => found.damaged(damage),
    }
    found
}

/// The words of a resource for a list: its title, the words of its code, or the name of whom it is about.
pub(crate) fn resource_label(resource: &Value, references: &References<'_>) -> Option<String> {
    const TITLES: [&str; 4] = ["title", "description", "content.attachment.title", "display"];
    // What it is comes before the kind of thing that it is.
    const CONCEPTS: [&str; 3] = ["code", "vaccineCode", "medicationCodeableConcept"];
    const KINDS: [&str; 5] = ["type", "category", "serviceType", "relationship", "valueCodeableConcept"];
    let first = |paths: &[&str]| paths.iter().find_map(|path| label(at(resource, path)?));
    let titled = TITLES.iter().find_map(|path| text(resource, path));
    titled
        .or_else(|| first(&CONCEPTS))
        .or_else(|| medication_name(resource, references))
        .or_else(|| first(&KINDS))
        .or_else(|| named(resource))
}

/// The medicine that a resource refers to: the name that it has there, else what the reference calls it.
pub(crate) fn medication_name(resource: &Value, references: &References<'_>) -> Option<String> {
    let reference = at(resource, "medicationReference")?;
    let found = references.resolve_within(resource, reference);
    found.and_then(|medication| label(at(medication, "code")?)).or_else(|| text(reference, "display"))
}

/// The date that tells most of a resource.
pub(crate) fn resource_date(resource: &Value) -> Option<Moment> {
    moment(resource, &DATES)
}

fn facts(root: &Value, found: &mut Recognised) {
    let references = References::of(root);
    let kind = resource_type(root).unwrap_or_default();
    found.say(Fact::ResourceType, field(kind));
    let mut main = root;
    if kind == "Bundle" {
        found.say(Fact::BundleType, text(root, "type"));
        found.say(Fact::Count, Some(list(root, "entry").count().to_string()));
        let first = list(root, "entry").find_map(|entry| entry.get("resource"));
        let leads =
            |resource: &&Value| matches!(resource_type(resource), Some("Composition" | "MessageHeader"));
        main = first.filter(leads).unwrap_or(root);
    }
    found.title = resource_label(main, &references);
    found.date = resource_date(main).or_else(|| resource_date(root));
    let concept = ["type", "code", "vaccineCode", "medicationCodeableConcept"]
        .iter()
        .find_map(|path| at(main, path).filter(|concept| concept.get("coding").is_some()));
    found.codes = concept.map(codes).unwrap_or_default();
    found.confidentiality = at(main, "securityLabel").and_then(|label| codes(label).into_iter().next());
    found.author = author(main, &references);
    found.patient = patient(root, main, &references);
    found.unique_id = ["masterIdentifier", "identifier"].iter().find_map(|path| identifier(at(root, path)?));
    found.version = text(root, "meta.versionId").and_then(|version| version.parse().ok());
    if found.title.is_none() {
        found.remark(Remark::NoTitle);
    }
    if kind.is_empty() {
        found.damaged(Damage::FhirShape);
    }
}

fn author(resource: &Value, references: &References<'_>) -> Option<Author> {
    const PATHS: [&str; 8] = [
        "author",
        "performer",
        "recorder",
        "requester",
        "asserter",
        "informationSource",
        "prescriber",
        "sender",
    ];
    PATHS.iter().find_map(|path| {
        let found = at(resource, path)?;
        // Immunization.performer and others keep the reference one level down.
        let reference = found.get("actor").or_else(|| found.get("who")).unwrap_or(found);
        let name = references.name(reference)?;
        let organisation = references
            .resolve(reference)
            .and_then(|role| references.name(role.get("organization")?))
            .or_else(|| references.name(at(resource, "custodian")?));
        let id = at(reference, "identifier").and_then(identifier);
        Some(Author { name: Some(name), organisation, id })
    })
}

fn patient(root: &Value, main: &Value, references: &References<'_>) -> Option<Patient> {
    let reference = ["subject", "patient"].iter().find_map(|path| at(main, path));
    let resolved = reference.and_then(|reference| references.resolve(reference));
    let inside = || {
        let resources = list(root, "entry").filter_map(|entry| entry.get("resource"));
        resources.into_iter().find(|resource| resource_type(resource) == Some("Patient"))
    };
    let own = (resource_type(root) == Some("Patient")).then_some(root);
    let Some(person) = resolved.or_else(inside).or(own) else {
        let reference = reference?;
        let name = text(reference, "display");
        let id = text(reference, "reference").or_else(|| identifier(at(reference, "identifier")?));
        return Some(Patient { name, id, ..Patient::default() });
    };
    let identifiers = || list(person, "identifier");
    let ins = identifiers().find(|found| {
        text(found, "system").is_some_and(|system| system.starts_with("urn:oid:1.2.250.1.213.1.4."))
    });
    Some(Patient {
        name: named(person),
        ins: ins.and_then(|found| text(found, "value")),
        id: identifiers().find_map(identifier),
        birth: text(person, "birthDate").and_then(|day| date::fhir(&day)),
    })
}

/// `system|value`.
pub(crate) fn identifier(found: &Value) -> Option<String> {
    let value = text(found, "value")?;
    Some(text(found, "system").map_or_else(|| value.clone(), |system| format!("{system}|{value}")))
}

const DATES: [&str; 22] = [
    "date",
    "effectiveDateTime",
    "effectivePeriod.start",
    "occurrenceDateTime",
    "performedDateTime",
    "performedPeriod.start",
    "onsetDateTime",
    "onsetPeriod.start",
    "recordedDate",
    "authoredOn",
    "dateAsserted",
    "issued",
    "sent",
    "recorded",
    "created",
    "timestamp",
    "period.start",
    "start",
    "planningHorizon.start",
    "birthDate",
    "indexed",
    "meta.lastUpdated",
];
