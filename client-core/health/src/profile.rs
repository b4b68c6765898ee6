//! Profile items: allergies, treatments, conditions, vaccines as FHIR R4 resources.
//!
//! "Known absent" is a coded statement of the International Patient Summary, "not asked" another: an empty list is neither.

use serde_json::{Map, Value, json};

use carnet_wire::StableCode;

use crate::fhir::{at, canonical, codes, label, list, moment, parse, resource_type, text};
use crate::recognised::{Code, Damage, Moment};

/// The kinds of profile items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProfileKind {
    /// AllergyIntolerance.
    Allergy,
    /// MedicationStatement, and a MedicationRequest where foreign records have one.
    Treatment,
    /// Condition.
    Condition,
    /// Immunization.
    Vaccine,
}

/// Whether a resource says that something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presence {
    /// It is there.
    Present,
    /// Asked, and there is none.
    KnownAbsent,
    /// Nobody asked, or nothing is known.
    NotAsked,
    /// This one was looked at and is not so: refuted, not taken, not done.
    Refuted,
    /// It was written by mistake.
    Mistaken,
}

/// How dangerous an allergy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Criticality {
    /// `low`.
    Low,
    /// `high`.
    High,
    /// `unable-to-assess`.
    UnableToAssess,
}

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

/// A resource of the profile, with everything that stood in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileResource {
    value: Value,
    item: ProfileItem,
}

/// What a list shows of a profile resource, ours or a foreign one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileItem {
    /// What it is.
    pub kind: ProfileKind,
    /// In words.
    pub label: String,
    /// Whether it is there.
    pub presence: Presence,
    /// FHIR's status code: `active`, `resolved`, `completed`…
    pub status: Option<String>,
    /// Since when, or when given.
    pub start: Option<Moment>,
    /// Until when.
    pub end: Option<Moment>,
    /// Its codes.
    pub codes: Vec<Code>,
    /// Of an allergy.
    pub criticality: Option<Criticality>,
    /// Of an allergy: what happened. Of a treatment: how much, how often.
    pub details: Vec<String>,
}

/// Why bytes are no profile item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It does not parse.
    #[error(transparent)]
    Damaged(Damage),
    /// A resource of another type.
    #[error("a resource that is no item of a profile")]
    OtherType,
}

impl StableCode for ProfileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Damaged(damage) => damage.code(),
            Self::OtherType => "health-profile-other-type",
        }
    }
}

impl ProfileResource {
    /// Reads a resource, JSON or XML; members that Carnet does not know stay.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn read(bytes: &[u8]) -> Result<Self, ProfileError> {
        Self::from_value(parse(bytes).map_err(ProfileError::Damaged)?)
    }

    /// Takes a resource that was split off a bundle.
    ///
    /// # Errors
    /// [`ProfileError::OtherType`].
    pub fn from_value(value: Value) -> Result<Self, ProfileError> {
        let item = item_of(&value).ok_or(ProfileError::OtherType)?;
        Ok(Self { value, item })
    }

    /// Its JSON: members sorted, no spaces; the same resource gives the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::bytes(&self.value)
    }

    /// What a list shows.
    #[must_use]
    pub fn item(&self) -> &ProfileItem {
        &self.item
    }

    /// The resource itself.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    fn made(members: Map<String, Value>, kind: ProfileKind) -> Self {
        let value = Value::Object(members);
        let item = item_of(&value).unwrap_or_else(|| ProfileItem::bare(kind));
        Self { value, item }
    }
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

/// What a resource says for a list; nothing where it is no item of a profile.
#[must_use]
pub fn item_of(resource: &Value) -> Option<ProfileItem> {
    let (kind, what) = match resource_type(resource)? {
        "AllergyIntolerance" => (ProfileKind::Allergy, at(resource, "code")),
        "MedicationStatement" | "MedicationRequest" => {
            let contained = || list(resource, "contained").find_map(|inside| at(inside, "code"));
            (ProfileKind::Treatment, at(resource, "medicationCodeableConcept").or_else(contained))
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
    Some(ProfileItem {
        kind,
        label: words.unwrap_or_else(|| "?".to_owned()),
        presence: presence(&codes, clinical.as_deref(), verified.as_deref()),
        status: clinical,
        start: moment(resource, &STARTS),
        end: moment(resource, &["effectivePeriod.end", "abatementDateTime", "abatementPeriod.end"]),
        codes,
        criticality: text(resource, "criticality").as_deref().and_then(Criticality::from_fhir),
        details,
    })
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

impl Criticality {
    fn to_fhir(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
            Self::UnableToAssess => "unable-to-assess",
        }
    }

    fn from_fhir(code: &str) -> Option<Self> {
        [Self::Low, Self::High, Self::UnableToAssess].into_iter().find(|found| found.to_fhir() == code)
    }
}

impl ProfileItem {
    fn bare(kind: ProfileKind) -> Self {
        Self {
            kind,
            label: "?".to_owned(),
            presence: Presence::NotAsked,
            status: None,
            start: None,
            end: None,
            codes: Vec::new(),
            criticality: None,
            details: Vec::new(),
        }
    }
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

const STARTS: [&str; 8] = [
    "onsetDateTime",
    "onsetPeriod.start",
    "effectivePeriod.start",
    "effectiveDateTime",
    "occurrenceDateTime",
    "authoredOn",
    "recordedDate",
    "dateAsserted",
];

const ABSENT: &str = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips";
const ABSENT_OID: &str = "urn:oid:2.16.840.1.113883.5.1150.1";
const SNOMED: &str = "http://snomed.info/sct";

/// No known allergy, no known allergies, no known drug, food and environmental allergy, no current problems, no known medications.
const SNOMED_ABSENT: [&str; 7] =
    ["716186003", "160244002", "409137002", "429625007", "428607008", "160245001", "787481004"];

const MAX_DETAILS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [ProfileKind; 4] =
        [ProfileKind::Allergy, ProfileKind::Treatment, ProfileKind::Condition, ProfileKind::Vaccine];

    #[test]
    fn known_absent_is_never_confused_with_not_asked_nor_with_something() {
        for kind in KINDS {
            let absent = ProfileResource::read(&known_absent(kind, "Patient/1").to_bytes()).unwrap();
            assert_eq!((absent.item().kind, absent.item().presence), (kind, Presence::KnownAbsent));
            let unasked = ProfileResource::read(&not_asked(kind, "Patient/1").to_bytes()).unwrap();
            assert_eq!((unasked.item().kind, unasked.item().presence), (kind, Presence::NotAsked));
        }
        let present = Condition { name: "no-known-problems".into(), ..Condition::default() };
        assert_eq!(present.to_fhir("Patient/1").item().presence, Presence::Present);
    }

    #[test]
    fn item_that_was_built_reads_back_and_its_bytes_do_not_change() {
        let allergy = Allergy {
            substance: "Pénicilline".into(),
            criticality: Some(Criticality::High),
            reaction: Some("Urticaire".into()),
            since: Moment::from_words("05/2019"),
            code: Some(Code::new(SNOMED, "91936005")),
            note: None,
        };
        let made = allergy.to_fhir("Patient/1");
        assert_eq!(
            String::from_utf8(made.to_bytes()).unwrap(),
            r#"{"clinicalStatus":{"coding":[{"code":"active","system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"}]},"code":{"coding":[{"code":"91936005","system":"http://snomed.info/sct"}],"text":"Pénicilline"},"criticality":"high","onsetDateTime":"2019-05","patient":{"reference":"Patient/1"},"reaction":[{"manifestation":[{"text":"Urticaire"}]}],"resourceType":"AllergyIntolerance"}"#
        );
        let item = ProfileResource::read(&made.to_bytes()).unwrap().item().clone();
        assert_eq!(
            (item.label.as_str(), item.criticality, item.start),
            ("Pénicilline", allergy.criticality, allergy.since)
        );
        assert_eq!(item.details, ["Urticaire"]);
    }

    #[test]
    fn foreign_resource_keeps_what_carnet_does_not_know() {
        let foreign = br#"{"zz":{"b":1,"a":[null,2.5]},"resourceType":"Condition","verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"text":"Asthme"}}"#;
        let read = ProfileResource::read(foreign).unwrap();
        assert_eq!(read.item().presence, Presence::Refuted);
        let text = String::from_utf8(read.to_bytes()).unwrap();
        assert!(text.contains(r#""zz":{"a":[null,2.5],"b":1}"#), "{text}");
        assert_eq!(ProfileResource::read(b"{\"resourceType\":\"Patient\"}"), Err(ProfileError::OtherType));
        assert!(matches!(
            ProfileResource::read(b"{\"resourceType\":"),
            Err(ProfileError::Damaged(Damage::Json { line: 1, .. }))
        ));
    }
}
