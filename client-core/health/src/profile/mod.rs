//! Profile items: allergies, treatments, conditions, vaccines as FHIR R4 resources.
//!
//! "Known absent" is a coded statement of the International Patient Summary, "not asked" another: an empty list is neither.

mod read;
mod write;

use carnet_wire::StableCode;
use serde_json::{Map, Value};

pub use self::read::item_of;
pub use self::write::{Allergy, Condition, Treatment, Vaccine, known_absent, not_asked};
use crate::fhir::{canonical, parse};
use crate::recognised::{Code, Damage, Moment};
use crate::view::Words;
use crate::view::fhir::{labelled, phrases};

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
    /// How sure it is (`verificationStatus`): `unconfirmed`, `confirmed`, `refuted`…
    pub certainty: Option<String>,
    /// Whether it is there and not over: neither stopped, cancelled, resolved, in remission nor only planned.
    pub current: bool,
    /// Whether it says that the medicine must not be given.
    pub do_not_give: bool,
    /// Since when, or when given: never the day on which somebody wrote it down.
    pub start: Option<Moment>,
    /// Until when.
    pub end: Option<Moment>,
    /// When it was written down or prescribed.
    pub noted: Option<Moment>,
    /// `intent` of an order: `order`, `plan`, `option`…
    pub intent: Option<String>,
    /// How bad an allergy's worst reaction was: `mild`, `moderate`, `severe`.
    pub severity: Option<&'static str>,
    /// Remarks.
    pub notes: Vec<String>,
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

    /// What a list says beside the name, in the words of a screen: doses, reactions, how bad an illness is, each as in its view.
    #[must_use]
    pub fn details_in(&self, words: &dyn Words) -> Vec<String> {
        let all = |name| phrases(&self.value, name, words);
        match self.item.kind {
            ProfileKind::Allergy => all("reaction"),
            ProfileKind::Treatment => [all("dosage"), all("dosageInstruction")].concat(),
            ProfileKind::Condition => {
                let named = |text: String| labelled(&self.value, "severity", &text, words);
                all("severity").into_iter().map(named).collect()
            }
            ProfileKind::Vaccine => Vec::new(),
        }
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
    /// Whether it is there and not over at a time, in milliseconds since 1970: the day, month or year of its end counts still.
    #[must_use]
    pub fn is_current(&self, now: i64) -> bool {
        let over = |end: Moment| {
            let days = match (end.months(), end.days()) {
                (None, _) => 366,
                (_, None) => 31,
                _ => 1,
            };
            let lasts = if end.clock().is_some() { 0 } else { days * DAY };
            end.key().saturating_add(lasts) < now
        };
        self.current && (self.kind == ProfileKind::Vaccine || !self.end.is_some_and(over))
    }

    fn bare(kind: ProfileKind) -> Self {
        Self {
            kind,
            label: UNNAMED.to_owned(),
            presence: Presence::NotAsked,
            status: None,
            certainty: None,
            current: false,
            do_not_give: false,
            start: None,
            end: None,
            noted: None,
            intent: None,
            severity: None,
            notes: Vec::new(),
            codes: Vec::new(),
            criticality: None,
            details: Vec::new(),
        }
    }
}

/// The label of what has no name.
pub const UNNAMED: &str = "?";

const DAY: i64 = 24 * 60 * 60 * 1000;
const ABSENT: &str = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips";
const SNOMED: &str = "http://snomed.info/sct";

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
