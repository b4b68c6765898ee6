//! What comes first in each type of resource, by what its reader asks first. The names are R4's; what no table
//! names follows in the order of names.

use serde_json::{Map, Value};

/// The member by which a resource is known, and its value.
pub(super) fn lead<'a>(kind: &str, members: &'a Map<String, Value>) -> Option<(&'static str, &'a Value)> {
    let own = LEADS.iter().find(|(found, _)| *found == kind).map_or("", |(_, names)| *names);
    let mut names = own.split_whitespace().chain(COMMON_LEADS.split_whitespace());
    names.find_map(|name| Some((name, members.get(name).filter(|value| !is_empty(value))?)))
}

/// The members of an element in reading order.
pub(super) fn ordered<'a>(name: &str, members: &'a Map<String, Value>) -> Vec<(&'a str, &'a Value)> {
    let table = ORDERS.iter().find(|(found, _)| *found == name).map_or("", |(_, names)| *names);
    let place = |member: &str| {
        let base = member.trim_start_matches('_');
        let mut known = table.split_whitespace().chain(COMMON.split_whitespace());
        known.position(|found| found == base).unwrap_or(usize::MAX)
    };
    let there = members.iter().filter(|(name, value)| !is_id(name, value) && !is_empty(value));
    let mut all: Vec<(&str, &Value)> = there.map(|(name, value)| (name.as_str(), value)).collect();
    all.sort_by_cached_key(|(member, _)| place(member));
    all
}

/// Whether an element of a larger one needs no name: what it says tells what it is.
pub(super) fn is_bare(member: &str) -> bool {
    BARE.split_whitespace().any(|found| found == member)
}

/// Where a type of resource stands among others: what a carer asks first comes first.
pub(super) fn place_of(kind: &str) -> usize {
    FIRST.split_whitespace().position(|found| found == kind).unwrap_or(usize::MAX)
}

/// Members of a resource that say how it is kept and carried, not what is known of the patient.
pub(super) fn is_technical(member: &str, value: &Value) -> bool {
    is_id(member, value) || (matches!(member, "resourceType" | "language") && value.is_string())
}

/// An element's id is for other elements.
pub(super) fn is_id(member: &str, value: &Value) -> bool {
    member == "id" && !matches!(value, Value::Array(_) | Value::Object(_))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(many) => many.iter().all(is_empty),
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

const FIRST: &str = "Composition Flag AllergyIntolerance MedicationStatement MedicationRequest Condition \
    Immunization DiagnosticReport Observation Procedure DocumentReference CarePlan ServiceRequest";

const LEADS: [(&str, &str); 15] = [
    ("Appointment", "description serviceType appointmentType reasonCode"),
    ("AuditEvent", "subtype type"),
    ("Binary", "contentType"),
    ("Device", "deviceName type"),
    ("DocumentReference", "description type"),
    ("Encounter", "type serviceType class"),
    ("ExplanationOfBenefit", "type"),
    ("Immunization", "vaccineCode"),
    ("List", "title code"),
    ("Location", "name type"),
    ("PractitionerRole", "practitioner code organization"),
    ("RelatedPerson", "name relationship"),
    ("Schedule", "actor serviceType"),
    ("Slot", "serviceType start"),
    ("Specimen", "type"),
];

const COMMON_LEADS: &str = "title medicationCodeableConcept medicationReference code vaccineCode name deviceName item \
    itemCodeableConcept type description relationship scope serviceType category display";

/// Members without a name of their own in a phrase.
const BARE: &str = "actor answer attachment concept detail doseQuantity doseRange high individual item \
    itemCodeableConcept itemReference low manifestation reference text who extension";

/// What any resource may have, after what its own table names.
const COMMON: &str = "modifierExtension implicitRules status statusReason clinicalStatus verificationStatus code value \
    date period effectiveDateTime effectivePeriod reasonCode reasonReference category note subject \
    patient encounter author performer recorder requester identifier";

const ORDERS: [(&str, &str); 38] = [
    (
        "AllergyIntolerance",
        "clinicalStatus verificationStatus code criticality reaction type category onsetDateTime \
        onsetAge onsetPeriod onsetRange onsetString lastOccurrence recordedDate note recorder \
        asserter",
    ),
    ("reaction", "manifestation severity substance onset exposureRoute description note"),
    (
        "Condition",
        "clinicalStatus verificationStatus code severity stage bodySite onsetDateTime onsetAge \
        onsetPeriod onsetRange onsetString abatementDateTime abatementAge abatementPeriod \
        abatementRange abatementString recordedDate evidence note category",
    ),
    ("stage", "summary assessment type"),
    (
        "MedicationRequest",
        "status statusReason doNotPerform medicationCodeableConcept medicationReference \
        dosageInstruction reasonCode reasonReference note intent priority authoredOn dispenseRequest \
        substitution requester category",
    ),
    (
        "MedicationStatement",
        "status statusReason medicationCodeableConcept medicationReference dosage effectiveDateTime \
        effectivePeriod reasonCode reasonReference note dateAsserted informationSource category",
    ),
    ("MedicationAdministration", "status statusReason medicationCodeableConcept medicationReference dosage"),
    (
        "MedicationDispense",
        "status medicationCodeableConcept medicationReference dosageInstruction quantity daysSupply \
        whenHandedOver substitution",
    ),
    ("Medication", "code status form amount ingredient batch manufacturer"),
    ("ingredient", "itemCodeableConcept itemReference strength isActive"),
    ("dosage", DOSAGE),
    ("dosageInstruction", DOSAGE),
    ("doseAndRate", "doseQuantity doseRange rateRatio rateRange rateQuantity type"),
    ("dispenseRequest", "quantity numberOfRepeatsAllowed expectedSupplyDuration validityPeriod initialFill"),
    (
        "Immunization",
        "status statusReason vaccineCode occurrenceDateTime occurrenceString protocolApplied \
        lotNumber expirationDate isSubpotent subpotentReason reaction doseQuantity site route \
        manufacturer reportOrigin primarySource note performer location",
    ),
    (
        "protocolApplied",
        "targetDisease doseNumberPositiveInt doseNumberString seriesDosesPositiveInt \
        seriesDosesString series authority",
    ),
    (
        "Observation",
        "status code valueQuantity valueCodeableConcept valueString interpretation dataAbsentReason \
        component referenceRange effectiveDateTime effectivePeriod note bodySite method specimen \
        issued performer category hasMember derivedFrom",
    ),
    ("component", "code"),
    ("referenceRange", "low high text type appliesTo age"),
    (
        "DiagnosticReport",
        "status code conclusion conclusionCode effectiveDateTime effectivePeriod issued presentedForm \
        media performer resultsInterpreter category result",
    ),
    (
        "Procedure",
        "status statusReason code performedDateTime performedPeriod performedString bodySite outcome \
        complication complicationDetail followUp focalDevice usedCode note performer location",
    ),
    (
        "ServiceRequest",
        "status doNotPerform code orderDetail quantityQuantity intent priority occurrenceDateTime \
        occurrencePeriod occurrenceTiming asNeededBoolean bodySite patientInstruction note \
        authoredOn",
    ),
    (
        "Composition",
        "status title type category date subject author custodian attester confidentiality relatesTo \
        event encounter",
    ),
    (
        "Patient",
        "active name birthDate gender deceasedBoolean deceasedDateTime identifier telecom address \
        contact communication maritalStatus generalPractitioner managingOrganization",
    ),
    ("Practitioner", "active name qualification identifier telecom address gender birthDate"),
    ("PractitionerRole", "active practitioner organization code specialty location telecom period"),
    ("Organization", "active name alias type identifier telecom address partOf"),
    (
        "DocumentReference",
        "status docStatus type description relatesTo content date author authenticator custodian \
        securityLabel context",
    ),
    ("content", "attachment format"),
    ("Encounter", "status class type period reasonCode diagnosis hospitalization location participant"),
    ("Claim", "status use type created billablePeriod diagnosis procedure item total"),
    ("ExplanationOfBenefit", "status outcome use type created billablePeriod diagnosis item total payment"),
    ("Appointment", "status cancelationReason description start end participant"),
    ("Device", "status deviceName type modelNumber manufacturer serialNumber note"),
    ("Consent", "status scope category provision dateTime policy policyRule"),
    ("CareTeam", "status name participant period"),
    ("List", "status mode title code emptyReason entry date note"),
    ("AuditEvent", "action outcome outcomeDesc type subtype recorded agent entity"),
];

const DOSAGE: &str = "text asNeededBoolean asNeededCodeableConcept patientInstruction additionalInstruction \
    doseAndRate dose doseQuantity doseRange rateRatio rateRange rateQuantity timing maxDosePerPeriod \
    maxDosePerAdministration maxDosePerLifetime route site method";
