//! Profile items of ours, written as FHIR R4 resources.

use serde_json::{Map, Value, json};

use super::{ABSENT, Criticality, ProfileKind, ProfileResource};
use crate::recognised::{Code, Moment};

/// An allergy or intolerance, in a person's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allergy {
    /// To what.
    pub substance: String,
    /// A code for it, where known.
    pub code: Option<Code>,
    /// How dangerous.
    pub criticality: Option<Criticality>,
    /// What happened.
    pub reaction: Option<String>,
    /// Since when.
    pub since: Option<Moment>,
    /// A note.
    pub note: Option<String>,
}

/// A treatment that a person takes or took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Treatment {
    /// The medicine.
    pub medicine: String,
    /// A code for it, where known.
    pub code: Option<Code>,
    /// How much, how often.
    pub dosage: Option<String>,
    /// Since when.
    pub since: Option<Moment>,
    /// Until when; what has an end is over.
    pub until: Option<Moment>,
    /// A note.
    pub note: Option<String>,
}

/// An illness or problem, present or past.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// What it is.
    pub name: String,
    /// A code for it, where known.
    pub code: Option<Code>,
    /// Since when.
    pub since: Option<Moment>,
    /// Until when; what has an end is resolved.
    pub until: Option<Moment>,
    /// A note.
    pub note: Option<String>,
}

/// A vaccine that a person had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vaccine {
    /// Which.
    pub name: String,
    /// A code for it, where known.
    pub code: Option<Code>,
    /// When.
    pub given: Option<Moment>,
    /// Its lot.
    pub lot: Option<String>,
    /// Which dose of its series.
    pub dose: Option<u32>,
    /// A note.
    pub note: Option<String>,
}

impl Allergy {
    /// The AllergyIntolerance; `subject` is the reference to the patient (`Patient/…`, `urn:uuid:…`).
    #[must_use]
    pub fn to_fhir(&self, subject: &str) -> ProfileResource {
        let mut made = begin("AllergyIntolerance", "patient", subject);
        status(&mut made, "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active");
        made.insert("code".into(), concept(&self.substance, self.code.as_ref()));
        if let Some(criticality) = self.criticality {
            made.insert("criticality".into(), json!(criticality.to_fhir()));
        }
        if let Some(reaction) = &self.reaction {
            made.insert("reaction".into(), json!([{ "manifestation": [{ "text": reaction }] }]));
        }
        date(&mut made, "onsetDateTime", self.since);
        note(&mut made, self.note.as_deref());
        ProfileResource::made(made, ProfileKind::Allergy)
    }
}

impl Treatment {
    /// The MedicationStatement.
    #[must_use]
    pub fn to_fhir(&self, subject: &str) -> ProfileResource {
        let mut made = begin("MedicationStatement", "subject", subject);
        made.insert("status".into(), json!(if self.until.is_some() { "completed" } else { "active" }));
        made.insert("medicationCodeableConcept".into(), concept(&self.medicine, self.code.as_ref()));
        let mut period = Map::new();
        date(&mut period, "start", self.since);
        date(&mut period, "end", self.until);
        if !period.is_empty() {
            made.insert("effectivePeriod".into(), Value::Object(period));
        }
        if let Some(dosage) = &self.dosage {
            made.insert("dosage".into(), json!([{ "text": dosage }]));
        }
        note(&mut made, self.note.as_deref());
        ProfileResource::made(made, ProfileKind::Treatment)
    }
}

impl Condition {
    /// The Condition.
    #[must_use]
    pub fn to_fhir(&self, subject: &str) -> ProfileResource {
        let mut made = begin("Condition", "subject", subject);
        let clinical = if self.until.is_some() { "resolved" } else { "active" };
        status(&mut made, "http://terminology.hl7.org/CodeSystem/condition-clinical", clinical);
        made.insert("code".into(), concept(&self.name, self.code.as_ref()));
        date(&mut made, "onsetDateTime", self.since);
        date(&mut made, "abatementDateTime", self.until);
        note(&mut made, self.note.as_deref());
        ProfileResource::made(made, ProfileKind::Condition)
    }
}

impl Vaccine {
    /// The Immunization.
    #[must_use]
    pub fn to_fhir(&self, subject: &str) -> ProfileResource {
        let mut made = begin("Immunization", "patient", subject);
        made.insert("status".into(), json!("completed"));
        made.insert("vaccineCode".into(), concept(&self.name, self.code.as_ref()));
        occurrence(&mut made, self.given);
        if let Some(lot) = &self.lot {
            made.insert("lotNumber".into(), json!(lot));
        }
        if let Some(dose) = self.dose.filter(|dose| *dose > 0) {
            made.insert("protocolApplied".into(), json!([{ "doseNumberPositiveInt": dose }]));
        }
        note(&mut made, self.note.as_deref());
        ProfileResource::made(made, ProfileKind::Vaccine)
    }
}

/// The statement that somebody asked, and there is none.
#[must_use]
pub fn known_absent(kind: ProfileKind, subject: &str) -> ProfileResource {
    absence(kind, subject, kind.absent_code(), "unknown")
}

/// The statement that nothing is known: nobody asked, or nobody could say.
#[must_use]
pub fn not_asked(kind: ProfileKind, subject: &str) -> ProfileResource {
    absence(kind, subject, kind.unasked_code(), "unknown")
}

impl ProfileKind {
    fn absent_code(self) -> &'static str {
        match self {
            Self::Allergy => "no-known-allergies",
            Self::Treatment => "no-known-medications",
            Self::Condition => "no-known-problems",
            Self::Vaccine => "no-known-immunizations",
        }
    }

    fn unasked_code(self) -> &'static str {
        match self {
            Self::Allergy => "no-allergy-info",
            Self::Treatment => "no-medication-info",
            Self::Condition => "no-problem-info",
            Self::Vaccine => "no-immunization-info",
        }
    }
}

fn absence(kind: ProfileKind, subject: &str, code: &'static str, when: &str) -> ProfileResource {
    let what = json!({ "coding": [{ "system": ABSENT, "code": code }] });
    let (name, to, member) = match kind {
        ProfileKind::Allergy => ("AllergyIntolerance", "patient", "code"),
        ProfileKind::Treatment => ("MedicationStatement", "subject", "medicationCodeableConcept"),
        ProfileKind::Condition => ("Condition", "subject", "code"),
        ProfileKind::Vaccine => ("Immunization", "patient", "vaccineCode"),
    };
    let mut made = begin(name, to, subject);
    made.insert(member.into(), what);
    match kind {
        ProfileKind::Allergy => {
            status(&mut made, "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active");
        }
        ProfileKind::Condition => {
            status(&mut made, "http://terminology.hl7.org/CodeSystem/condition-clinical", "active");
        }
        ProfileKind::Treatment => {
            made.insert("status".into(), json!("unknown"));
        }
        ProfileKind::Vaccine => {
            made.insert("status".into(), json!("not-done"));
            made.insert("occurrenceString".into(), json!(when));
        }
    }
    ProfileResource::made(made, kind)
}

fn begin(name: &str, to: &str, subject: &str) -> Map<String, Value> {
    let mut made = Map::new();
    made.insert("resourceType".into(), json!(name));
    made.insert(to.into(), json!({ "reference": subject }));
    made
}

fn status(made: &mut Map<String, Value>, system: &str, code: &str) {
    made.insert("clinicalStatus".into(), json!({ "coding": [{ "system": system, "code": code }] }));
}

fn concept(words: &str, code: Option<&Code>) -> Value {
    let mut made = Map::new();
    made.insert("text".into(), json!(words));
    if let Some(code) = code {
        let mut coding = Map::new();
        coding.insert("system".into(), json!(code.system));
        coding.insert("code".into(), json!(code.code));
        if let Some(display) = &code.display {
            coding.insert("display".into(), json!(display));
        }
        made.insert("coding".into(), Value::Array(vec![Value::Object(coding)]));
    }
    Value::Object(made)
}

fn date(made: &mut Map<String, Value>, name: &str, at: Option<Moment>) {
    if let Some(at) = at {
        made.insert(name.into(), json!(at.to_fhir()));
    }
}

/// R4 demands one of the two.
fn occurrence(made: &mut Map<String, Value>, at: Option<Moment>) {
    match at {
        Some(at) => made.insert("occurrenceDateTime".into(), json!(at.to_fhir())),
        None => made.insert("occurrenceString".into(), json!("unknown")),
    };
}

fn note(made: &mut Map<String, Value>, words: Option<&str>) {
    if let Some(words) = words {
        made.insert("note".into(), json!([{ "text": words }]));
    }
}
