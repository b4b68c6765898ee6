//! The facts of a FHIR resource or bundle.

use serde_json::Value;

use crate::date;
use crate::fhir::refer::{References, named};
use crate::fhir::{at, codes, label, list, moment, parse, resource_type, text};
use crate::kind::Kind;
use crate::recognised::{
    Author, Damage, Fact, MAX_RELATED, Moment, Patient, Recognised, Related, Relation, Remark, field,
};

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
    let told = all_of_one_type(root);
    // What answers to a search, or was put together, is what its resources are.
    if let ("Bundle", true, Some(first)) = (kind, core::ptr::eq(main, root), told.first()) {
        found.say(Fact::ResourceType, resource_type(first).and_then(field));
    }
    found.title = resource_label(main, &references);
    let newest = || told.iter().filter_map(|resource| resource_date(resource)).max();
    found.date = resource_date(main).or_else(newest).or_else(|| resource_date(root));
    let concept = ["type", "code", "vaccineCode", "medicationCodeableConcept"]
        .iter()
        .find_map(|path| at(main, path).filter(|concept| concept.get("coding").is_some()));
    found.codes = concept.map(codes).unwrap_or_default();
    // What the author wrote beside a code that has no words of its own.
    if let (Some(first), Some(concept)) = (found.codes.first_mut(), concept) {
        first.display = first.display.take().or_else(|| text(concept, "text"));
    }
    found.confidentiality = at(main, "securityLabel").and_then(|label| codes(label).into_iter().next());
    found.author = author(main, &references);
    found.patient = patient(root, main, &references);
    found.unique_id = ["masterIdentifier", "identifier"].iter().find_map(|path| identifier(at(root, path)?));
    found.set_id = set_id(root, main);
    found.related = related(main);
    found.version = text(root, "meta.versionId").and_then(|version| version.parse().ok());
    if found.title.is_none() {
        found.remark(Remark::NoTitle);
    }
    if kind.is_empty() {
        found.damaged(Damage::FhirShape);
    }
}

/// The resources of a bundle that tell of health, where they are all of one type; those that only stand behind them do not count.
fn all_of_one_type(root: &Value) -> Vec<&Value> {
    let resources = list(root, "entry").filter_map(|entry| entry.get("resource"));
    let told: Vec<&Value> = resources
        .filter(|resource| resource_type(resource).is_some_and(|kind| !BEHIND.contains(&kind)))
        .collect();
    let first = told.first().and_then(|resource| resource_type(resource));
    if told.iter().all(|resource| resource_type(resource) == first) { told } else { Vec::new() }
}

/// Types of resources that say who, where and with what, or hold others together.
const BEHIND: [&str; 13] = [
    "Device",
    "Encounter",
    "HealthcareService",
    "Location",
    "Medication",
    "Organization",
    "OperationOutcome",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Provenance",
    "RelatedPerson",
    "RequestGroup",
];

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
    let resolved = resolved.filter(|resource| resource_type(resource) == Some("Patient"));
    let Some(person) = resolved.or_else(inside).or(own) else {
        let reference = reference.filter(|reference| could_be_patient(reference))?;
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
        given: all_names(person, |name| list(name, "given").filter_map(Value::as_str).collect()),
        family: all_names(person, |name| list(name, "family").filter_map(Value::as_str).collect()),
        ins: ins.and_then(|found| text(found, "value")),
        id: identifiers().find_map(identifier),
        birth: text(person, "birthDate").and_then(|day| date::fhir(&day)),
    })
}

/// Whether a reference that leads to nothing at hand may mean a patient: a group, a device or a place has a name too.
fn could_be_patient(reference: &Value) -> bool {
    let kind = text(reference, "type").or_else(|| {
        let target = text(reference, "reference").filter(|target| !target.starts_with("urn:"))?;
        target.split("/_history/").next()?.rsplit('/').nth(1).map(str::to_owned)
    });
    kind.is_none_or(|kind| kind == "Patient")
}

/// All names of a kind, of birth and of use.
fn all_names<'a>(person: &'a Value, part: impl Fn(&'a Value) -> Vec<&'a str>) -> Option<String> {
    let names = list(person, "name").filter(|name| name.is_object()).take(MAX_NAMES).flat_map(part);
    field(&names.collect::<Vec<_>>().join(" "))
}

/// What a DocumentReference or Composition says of others (`relatesTo`), each by its identifier, else by its type and id.
fn related(resource: &Value) -> Vec<Related> {
    let mut found = Vec::new();
    for one in list(resource, "relatesTo").take(MAX_RELATED) {
        let relation = match text(one, "code").as_deref() {
            Some("replaces") => Relation::Replaces,
            Some("appends") => Relation::Appends,
            Some("transforms") => Relation::Transforms,
            _ => continue,
        };
        let target = ["target", "targetReference"].iter().find_map(|path| at(one, path));
        let by_identifier = at(one, "targetIdentifier").or_else(|| at(target?, "identifier"));
        let by_reference = || reference_id(&text(target?, "reference")?);
        let id = by_identifier.and_then(identifier).or_else(by_reference);
        found.extend(id.map(|id| Related { relation, id }));
    }
    found.truncate(MAX_RELATED);
    found
}

/// `Type/id` of a reference, or the URN that it is.
fn reference_id(reference: &str) -> Option<String> {
    if reference.starts_with("urn:") {
        return field(reference);
    }
    let plain = reference.split("/_history/").next()?;
    let mut parts = plain.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    field(&format!("{kind}/{id}"))
}

/// What all versions of a resource have in common: the identifier of a document's Composition, else its type and id.
fn set_id(root: &Value, main: &Value) -> Option<String> {
    let kind = resource_type(main).filter(|kind| DOCUMENTS.contains(kind))?;
    let of_composition = at(main, "identifier").filter(|_| !core::ptr::eq(root, main)).and_then(identifier);
    of_composition.or_else(|| field(&format!("{kind}/{}", text(main, "id")?)))
}

/// `system|value`.
pub(crate) fn identifier(found: &Value) -> Option<String> {
    let value = text(found, "value")?;
    Some(text(found, "system").map_or_else(|| value.clone(), |system| format!("{system}|{value}")))
}

/// Resources that are documents, or stand for one.
const DOCUMENTS: [&str; 3] = ["Composition", "DocumentReference", "DiagnosticReport"];

const MAX_NAMES: usize = 16;

/// No day of birth: it tells of a person, not of when a document was made.
const DATES: [&str; 21] = [
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
    "indexed",
    "meta.lastUpdated",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recognised(resource: &Value) -> Recognised {
        recognise(resource.to_string().as_bytes(), Kind::FhirJson)
    }

    #[test]
    fn day_of_birth_is_the_date_of_no_document() {
        let mut patient =
            json!({ "resourceType": "Patient", "birthDate": "1960-02-03", "name": [{ "text": "Anne" }] });
        assert_eq!(recognised(&patient).date, None);
        patient["meta"] = json!({ "lastUpdated": "2024-05-06T07:08:09Z" });
        let date = recognised(&patient).date.map(|date| date.without_time().to_string());
        assert_eq!(date.as_deref(), Some("2024-05-06"));
        let bundle =
            json!({ "resourceType": "Bundle", "type": "collection", "entry": [{ "resource": patient }] });
        let date = recognised(&bundle).date.map(|date| date.without_time().to_string());
        assert_ne!(date.as_deref(), Some("1960-02-03"));
    }

    #[test]
    fn subject_that_is_no_patient_names_nobody() {
        let subject = |subject: Value| {
            let observation =
                json!({ "resourceType": "Observation", "code": { "text": "Pouls" }, "subject": subject });
            recognised(&observation).patient.and_then(|patient| patient.name)
        };
        assert_eq!(subject(json!({ "reference": "Patient/1", "display": "Anne" })).as_deref(), Some("Anne"));
        assert_eq!(subject(json!({ "display": "Anne" })).as_deref(), Some("Anne"));
        for other in [
            json!({ "reference": "Device/1", "display": "Respirateur" }),
            json!({ "reference": "https://example.org/fhir/Group/1/_history/2", "display": "Cohorte" }),
            json!({ "type": "Location", "display": "Salle 3" }),
        ] {
            assert_eq!(subject(other), None);
        }
    }

    #[test]
    fn relation_keeps_the_other_ones_identifier_or_its_type_and_id() {
        let composition = json!({
            "resourceType": "Composition", "id": "9", "title": "CR",
            "relatesTo": [
                { "code": "replaces", "targetIdentifier": { "system": "urn:x", "value": "7" } },
                { "code": "appends", "targetReference": { "reference": "https://example.org/Composition/8/_history/1" } },
                { "code": "signs", "targetReference": { "reference": "Composition/6" } },
            ],
        });
        let found = recognised(&composition);
        let related = |relation, id: &str| Related { relation, id: id.to_owned() };
        let expected = [related(Relation::Replaces, "urn:x|7"), related(Relation::Appends, "Composition/8")];
        assert_eq!(
            (found.related.as_slice(), found.set_id.as_deref()),
            (&expected[..], Some("Composition/9"))
        );
    }
}
