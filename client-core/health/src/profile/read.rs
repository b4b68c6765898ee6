//! What a resource of the profile says for a list, ours or a foreign one.

use serde_json::Value;

use super::{ABSENT, Criticality, Presence, ProfileItem, ProfileKind, SNOMED, UNNAMED};
use crate::date;
use crate::fhir::medicine::ingredient_names;
use crate::fhir::{at, codes, label, list, moment, resource_type, text};
use crate::recognised::{Code, Moment};

/// What a resource says for a list; nothing where it is no item of a profile.
#[must_use]
pub fn item_of(resource: &Value) -> Option<ProfileItem> {
    let (kind, what) = match resource_type(resource)? {
        "AllergyIntolerance" => (ProfileKind::Allergy, at(resource, "code")),
        "MedicationStatement" | "MedicationRequest" => {
            let concept = at(resource, "medicationCodeableConcept");
            (ProfileKind::Treatment, concept.or_else(|| at(contained_medicine(resource)?, "code")))
        }
        "Condition" => (ProfileKind::Condition, at(resource, "code")),
        "Immunization" => (ProfileKind::Vaccine, at(resource, "vaccineCode")),
        _ => return None,
    };
    let codes = what.map(codes).unwrap_or_default();
    let clinical = text(resource, "status").or_else(|| text(resource, "clinicalStatus.coding.code"));
    let verified = text(resource, "verificationStatus.coding.code");
    let words = what.and_then(label).or_else(|| text(resource, "medicationReference.display"));
    // R4 lets an allergy name its substance with the reaction only.
    let words = words.or_else(|| label(at(resource, "reaction.substance")?));
    let words = words.or_else(|| contained_ingredients(resource));
    let details = match kind {
        ProfileKind::Allergy => list(resource, "reaction")
            .flat_map(|reaction| list(reaction, "manifestation"))
            .filter_map(label)
            .take(MAX_DETAILS)
            .collect(),
        ProfileKind::Treatment => list(resource, "dosage")
            .chain(list(resource, "dosageInstruction"))
            .filter_map(|dosage| text(dosage, "text"))
            .take(MAX_DETAILS)
            .collect(),
        _ => Vec::new(),
    };
    let presence = presence(&codes, clinical.as_deref(), verified.as_deref());
    // A vaccine that was given stays given.
    let over = clinical.as_deref().is_some_and(|status| OVER.contains(&status))
        || OVERS.iter().any(|name| at(resource, name).is_some())
        || text(resource, "abatementBoolean").as_deref() == Some("true");
    let over = over && kind != ProfileKind::Vaccine;
    let do_not_give = text(resource, "doNotPerform").as_deref() == Some("true");
    let intent = text(resource, "intent");
    let start = moment(resource, &STARTS).or_else(|| bounds(resource, "start").into_iter().flatten().min());
    let noted = moment(resource, &NOTED);
    // That there is none is so on the day on which it was said.
    let said = matches!(presence, Presence::KnownAbsent | Presence::NotAsked);
    let (start, noted) = if said { (None, noted.or(start)) } else { (start, noted) };
    Some(ProfileItem {
        kind,
        label: words.unwrap_or_else(|| UNNAMED.to_owned()),
        presence,
        status: clinical,
        certainty: verified,
        current: presence == Presence::Present && !over && intent.as_deref() != Some("option"),
        do_not_give,
        start,
        end: end(resource),
        noted,
        intent,
        severity: SEVERITIES.into_iter().find(|code| {
            list(resource, "reaction").any(|reaction| text(reaction, "severity").as_deref() == Some(*code))
        }),
        notes: list(resource, "note").take(MAX_DETAILS).filter_map(|note| text(note, "text")).collect(),
        codes,
        criticality: text(resource, "criticality").as_deref().and_then(Criticality::from_fhir),
        details,
    })
}

/// Until when: what the resource says of itself, else its last dose, else until when it may be dispensed.
fn end(resource: &Value) -> Option<Moment> {
    let own = moment(resource, &["effectivePeriod.end", "abatementDateTime", "abatementPeriod.end"]);
    // One dose without an end goes on.
    let doses = || bounds(resource, "end").into_iter().collect::<Option<Vec<_>>>()?.into_iter().max();
    own.or_else(doses).or_else(|| moment(resource, &["dispenseRequest.validityPeriod.end"]))
}

/// One side of the period of each dose.
fn bounds(resource: &Value, side: &str) -> Vec<Option<Moment>> {
    let path = format!("timing.repeat.boundsPeriod.{side}");
    let doses = list(resource, "dosage").chain(list(resource, "dosageInstruction"));
    doses.map(|dose| date::fhir(&text(dose, &path)?)).collect()
}

/// The names of the ingredients of the contained medicine.
fn contained_ingredients(resource: &Value) -> Option<String> {
    let medicine = contained_medicine(resource)?;
    ingredient_names(medicine, |reference| {
        let id = reference.get("reference")?.as_str()?.strip_prefix('#')?;
        let mut inside = list(medicine, "contained").chain(list(resource, "contained"));
        inside.find(|inside| inside.get("id").and_then(Value::as_str) == Some(id))
    })
}

/// The contained medicine that a resource refers to.
fn contained_medicine(resource: &Value) -> Option<&Value> {
    let target = at(resource, "medicationReference")?.get("reference")?.as_str()?;
    let id = target.strip_prefix('#');
    let inside = || list(resource, "contained").filter(|inside| resource_type(inside) == Some("Medication"));
    let named = |inside: &&Value| inside.get("id").and_then(Value::as_str) == id && id.is_some();
    inside().find(named).or_else(|| inside().next())
}

fn presence(codes: &[Code], clinical: Option<&str>, verified: Option<&str>) -> Presence {
    if [clinical, verified].contains(&Some("entered-in-error")) {
        return Presence::Mistaken;
    }
    let absent_system = |code: &Code| code.system == ABSENT || code.system == ABSENT_OID;
    let any = |list: &[&str], code: &Code| list.contains(&code.code.as_str());
    if codes.iter().any(|code| absent_system(code) && code.code.ends_with("-info")) {
        return Presence::NotAsked;
    }
    let absent = |code: &Code| {
        (absent_system(code) && code.code.starts_with("no-known-"))
            || (code.system == SNOMED && any(&SNOMED_ABSENT, code))
    };
    if codes.iter().any(absent) {
        // A refuted "none known" says that there is something.
        return if verified == Some("refuted") { Presence::NotAsked } else { Presence::KnownAbsent };
    }
    match (clinical, verified) {
        (Some("not-taken" | "not-done"), _) | (_, Some("refuted")) => Presence::Refuted,
        _ => Presence::Present,
    }
}

/// Statuses of what is no longer so, or not yet.
const OVER: [&str; 12] = [
    "completed",
    "stopped",
    "cancelled",
    "ended",
    "on-hold",
    "draft",
    "intended",
    "inactive",
    "remission",
    "resolved",
    "revoked",
    "not-taken",
];
const OVERS: [&str; 5] =
    ["abatementDateTime", "abatementAge", "abatementPeriod", "abatementRange", "abatementString"];
const STARTS: [&str; 4] =
    ["onsetDateTime", "onsetPeriod.start", "effectivePeriod.start", "occurrenceDateTime"];
const NOTED: [&str; 5] = ["recordedDate", "dateAsserted", "authoredOn", "effectiveDateTime", "recorded"];
/// The worst first.
const SEVERITIES: [&str; 3] = ["severe", "moderate", "mild"];
const ABSENT_OID: &str = "urn:oid:2.16.840.1.113883.5.1150.1";
/// No known allergy, no known allergies, no known drug, food and environmental allergy, no current problems, no known medications.
const SNOMED_ABSENT: [&str; 7] =
    ["716186003", "160244002", "409137002", "429625007", "428607008", "160245001", "787481004"];
const MAX_DETAILS: usize = 50;
