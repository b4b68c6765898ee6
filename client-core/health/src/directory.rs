//! Directory files: FHIR Practitioner, PractitionerRole and Organization, alone, in bundles, in lists or one a line.
//!
//! What is read is a claim of the file. Whether its persons are who they are is for the authority that attests them.

use std::collections::BTreeSet;

use carnet_wire::StableCode;
use serde_json::{Value, json};

use crate::encoding::decode;
use crate::fhir::refer::References;
use crate::fhir::{at, codes, list, resource_type, text};
use crate::fold::words;
use crate::recognised::{Code, field};

/// A professional of a directory file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PractitionerRecord {
    /// RPPS number: 11 digits.
    pub rpps: String,
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Profession: a code of TRE_G15 (10 physician, 21 pharmacist, 60 nurse…).
    pub profession: Option<Code>,
    /// Speciality: a code of TRE_R38 or another list.
    pub speciality: Option<Code>,
    /// Where the person works.
    pub organisation: Option<String>,
    /// In which town.
    pub town: Option<String>,
}

/// Why one record was refused; the others stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {index}: {reason}")]
pub struct RecordError {
    /// Which record of the file, from 1.
    pub index: usize,
    /// Its `Type/id`, where it has one.
    pub id: Option<String>,
    /// Why.
    pub reason: RecordRefusal,
}

/// Why a record was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordRefusal {
    /// It is not JSON; line and column from 1.
    #[error("not JSON at line {line}, column {column}")]
    Json {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// The file is longer than what is read.
    #[error("a file longer than {limit} bytes")]
    TooLong {
        /// Most bytes.
        limit: usize,
    },
    /// It is another resource, or none.
    #[error("no Practitioner and no PractitionerRole")]
    OtherType,
    /// It has no RPPS number.
    #[error("no RPPS number")]
    NoRpps,
    /// Its RPPS number is not 11 digits.
    #[error("an RPPS number that is not 11 digits")]
    BadRpps,
    /// It has no family name.
    #[error("no family name")]
    NoName,
    /// It says that it is not active any more.
    #[error("not active")]
    Inactive,
    /// Whoever it is must not be attested as a carer.
    #[error("not a carer: {0}")]
    NotACarer(NotACarer),
}

/// Whom the law and Carnet keep out of health records, whatever their diploma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum NotACarer {
    /// A private insurer or mutual: sector SA23, HL7 `ins`.
    #[error("a private insurer")]
    Insurer,
    /// A public health insurance fund: sector SA24, HL7 `pay`.
    #[error("a health insurance fund")]
    HealthFund,
    /// An employer or recruiter: sectors SA44, SA48, HL7 `bus`.
    #[error("an employer")]
    Employer,
    /// A maker or seller of medicines, or a marketing or consulting firm: sectors SA32, SA45, SA46.
    #[error("an industrial or advertiser")]
    Industry,
    /// A ministry or authority: sectors SA26, SA27, HL7 `govt`.
    #[error("a public administration")]
    Administration,
}

impl StableCode for RecordError {
    fn code(&self) -> &'static str {
        match self.reason {
            RecordRefusal::Json { .. } => "health-record-json",
            RecordRefusal::TooLong { .. } => "health-record-too-long",
            RecordRefusal::OtherType => "health-record-other-type",
            RecordRefusal::NoRpps => "health-record-no-rpps",
            RecordRefusal::BadRpps => "health-record-bad-rpps",
            RecordRefusal::NoName => "health-record-no-name",
            RecordRefusal::Inactive => "health-record-inactive",
            RecordRefusal::NotACarer(_) => "health-record-not-a-carer",
        }
    }
}

/// Reads a directory file: one result for each person in it, roles joined to their persons; broken records are refused one by one.
///
/// A file is one resource, a bundle, a list, an entry of a bundle, or one resource a line (NDJSON).
#[must_use]
pub fn read_practitioners(bytes: &[u8]) -> Vec<Result<PractitionerRecord, RecordError>> {
    if bytes.len() > DIRECTORY_LIMIT {
        return vec![Err(refuse(1, None, RecordRefusal::TooLong { limit: DIRECTORY_LIMIT }))];
    }
    let text = decode(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let (values, mut errors) = match serde_json::from_str::<Value>(text) {
        Ok(value) => (vec![value], Vec::new()),
        Err(error) => lines(text).unwrap_or_else(|| {
            let reason = RecordRefusal::Json { line: error.line(), column: error.column() };
            (Vec::new(), vec![refuse(1, None, reason)])
        }),
    };
    let mut entries = Vec::new();
    values.into_iter().for_each(|value| flatten(value, &mut entries, 0));
    let bundle = json!({ "resourceType": "Bundle", "entry": entries });
    let mut records = persons(&bundle);
    records.extend(errors.drain(..).map(Err));
    records
}

/// Whom an organisation is, if it must not be attested as a carer. Its declared sector rules; its name counts without one.
#[must_use]
pub fn not_a_carer(organisation: &Value) -> Option<NotACarer> {
    let found: Vec<Code> = list(organisation, "type").flat_map(codes).collect();
    let sector = found.iter().find(|code| SECTOR_SYSTEMS.iter().any(|part| code.system.contains(part)));
    if let Some(sector) = sector {
        return of_sector(&sector.code);
    }
    let typed = found.iter().find_map(|code| match code.code.as_str() {
        "ins" => Some(NotACarer::Insurer),
        "pay" => Some(NotACarer::HealthFund),
        "bus" => Some(NotACarer::Employer),
        "govt" => Some(NotACarer::Administration),
        _ => None,
    });
    typed.or_else(|| of_name(&text(organisation, "name")?))
}

fn of_sector(sector: &str) -> Option<NotACarer> {
    match sector {
        "SA23" => Some(NotACarer::Insurer),
        "SA24" => Some(NotACarer::HealthFund),
        "SA44" | "SA48" => Some(NotACarer::Employer),
        "SA32" | "SA45" | "SA46" => Some(NotACarer::Industry),
        "SA26" | "SA27" => Some(NotACarer::Administration),
        _ => None,
    }
}

fn of_name(name: &str) -> Option<NotACarer> {
    let said: BTreeSet<String> = words(name).collect();
    let has = |list: &[&str]| list.iter().any(|word| said.contains(*word));
    if has(&["assurance", "assurances", "assureur", "mutuelle", "mutuelles", "prevoyance"]) {
        let public = has(&["maladie"]);
        return Some(if public { NotACarer::HealthFund } else { NotACarer::Insurer });
    }
    has(&["cpam", "cnam", "cnamts", "cgss", "msa"]).then_some(NotACarer::HealthFund)
}

/// One resource a line; `None` where the file is not of that form. A broken line is refused, the others are read.
fn lines(text: &str) -> Option<(Vec<Value>, Vec<RecordError>)> {
    let mut filled = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, first) = filled.next()?;
    filled.next()?;
    if !first.trim_start().starts_with('{') || serde_json::from_str::<Value>(first).is_err() {
        return None;
    }
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(value) => values.push(value),
            Err(error) => {
                let reason = RecordRefusal::Json { line: number + 1, column: error.column() };
                errors.push(refuse(values.len() + errors.len() + 1, None, reason));
            }
        }
    }
    Some((values, errors))
}

/// Entries of bundles, members of lists, and bare resources, all as entries.
fn flatten(value: Value, into: &mut Vec<Value>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Array(many) => many.into_iter().for_each(|value| flatten(value, into, depth + 1)),
        Value::Object(mut members) => {
            if members.get("resourceType").and_then(Value::as_str) == Some("Bundle") {
                if let Some(entries) = members.remove("entry") {
                    flatten(entries, into, depth + 1);
                }
            } else if members.contains_key("resource") {
                into.push(Value::Object(members));
            } else {
                into.push(json!({ "resource": members }));
            }
        }
        _ => into.push(json!({ "resource": {} })),
    }
}

fn persons(bundle: &Value) -> Vec<Result<PractitionerRecord, RecordError>> {
    let references = References::of(bundle);
    let resources: Vec<&Value> = list(bundle, "entry").filter_map(|entry| entry.get("resource")).collect();
    let roles: Vec<&Value> = resources
        .iter()
        .copied()
        .filter(|resource| resource_type(resource) == Some("PractitionerRole"))
        .collect();
    let mut records = Vec::new();
    for (index, resource) in resources.iter().enumerate() {
        let id = resource_type(resource).zip(text(resource, "id")).map(|(kind, id)| format!("{kind}/{id}"));
        let made = match resource_type(resource) {
            Some("Practitioner") => {
                let own = roles.iter().copied().filter(|role| {
                    at(role, "practitioner")
                        .and_then(|reference| references.resolve(reference))
                        .is_some_and(|found| std::ptr::eq(found, *resource))
                });
                record(Some(resource), &own.collect::<Vec<_>>(), &references)
            }
            Some("PractitionerRole") => {
                let person = at(resource, "practitioner").and_then(|reference| references.resolve(reference));
                if person.is_some() {
                    continue;
                }
                record(None, &[resource], &references)
            }
            // What persons refer to, and what only describes.
            Some("Organization" | "Location" | "Endpoint" | "HealthcareService" | "Device" | "Person") => {
                continue;
            }
            _ => Err(RecordRefusal::OtherType),
        };
        records.push(made.map_err(|reason| refuse(index + 1, id, reason)));
    }
    records
}

fn record(
    person: Option<&Value>,
    roles: &[&Value],
    references: &References<'_>,
) -> Result<PractitionerRecord, RecordRefusal> {
    let inactive = |resource: &Value| resource.get("active") == Some(&Value::Bool(false));
    if person.is_some_and(inactive) || (!roles.is_empty() && roles.iter().all(|role| inactive(role))) {
        return Err(RecordRefusal::Inactive);
    }
    let roles: Vec<&Value> = roles.iter().copied().filter(|role| !inactive(role)).collect();
    let organisations: Vec<&Value> =
        roles.iter().filter_map(|role| references.resolve(at(role, "organization")?)).collect();
    if let Some(reason) = organisations.iter().find_map(|organisation| not_a_carer(organisation)) {
        return Err(RecordRefusal::NotACarer(reason));
    }
    let named = || roles.iter().find_map(|role| text(role, "organization.display"));
    if organisations.is_empty()
        && let Some(reason) = named().as_deref().and_then(of_name)
    {
        return Err(RecordRefusal::NotACarer(reason));
    }
    let rpps = rpps(person, &roles)?;
    let (family, given) = name(person, &roles).ok_or(RecordRefusal::NoName)?;
    let declared = declared(person, &roles);
    let of = |systems: &[&str]| {
        declared.iter().find(|code| systems.iter().any(|part| code.system.contains(part))).cloned()
    };
    let speciality = || roles.iter().flat_map(|role| list(role, "specialty")).flat_map(codes).next();
    Ok(PractitionerRecord {
        rpps,
        family,
        given,
        profession: of(&PROFESSION_SYSTEMS),
        speciality: of(&SPECIALITY_SYSTEMS).or_else(speciality),
        organisation: organisations.iter().find_map(|found| text(found, "name")).or_else(named),
        town: organisations.iter().copied().chain(person).find_map(town),
    })
}

/// An RPPS number among the identifiers, or inside a national one (`8` and the RPPS number).
fn rpps(person: Option<&Value>, roles: &[&Value]) -> Result<String, RecordRefusal> {
    let own = person.into_iter().flat_map(|person| list(person, "identifier"));
    let referred = roles.iter().filter_map(|role| at(role, "practitioner.identifier"));
    let mut claimed = false;
    for found in own.chain(referred) {
        let system = text(found, "system").unwrap_or_default().to_ascii_lowercase();
        let typed = list(found, "type").flat_map(codes).any(|code| code.code == "RPPS");
        let Some(value) = text(found, "value") else { continue };
        let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
        if typed || system.contains("rpps") {
            claimed = true;
            if is_rpps(&value) {
                return Ok(value);
            }
        }
        if system.contains(NATIONAL_ID)
            && let Some(inner) = value.strip_prefix('8').filter(|inner| value.len() == 12 && is_rpps(inner))
        {
            return Ok(inner.to_owned());
        }
    }
    Err(if claimed { RecordRefusal::BadRpps } else { RecordRefusal::NoRpps })
}

fn is_rpps(value: &str) -> bool {
    value.len() == 11 && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn name(person: Option<&Value>, roles: &[&Value]) -> Option<(String, String)> {
    let names = person.into_iter().flat_map(|person| list(person, "name"));
    // The former French profile keeps the name on the role.
    let of_role = |role: &&'_ Value| {
        list(role, "extension").find_map(|extension| at(extension, "valueHumanName").cloned())
    };
    let names: Vec<Value> = names.cloned().chain(roles.iter().filter_map(of_role)).collect();
    names.iter().find_map(|name| {
        let family = text(name, "family")?;
        let given: Vec<&str> = list(name, "given").filter_map(Value::as_str).collect();
        Some((family, field(&given.join(" ")).unwrap_or_default()))
    })
}

/// Codes of professions and specialities, wherever the profiles put them.
fn declared(person: Option<&Value>, roles: &[&Value]) -> Vec<Code> {
    let qualified = person.into_iter().flat_map(|person| list(person, "qualification"));
    let qualified = qualified.filter_map(|found| found.get("code")).flat_map(codes);
    let of_roles =
        roles.iter().flat_map(|role| list(role, "code").chain(list(role, "specialty"))).flat_map(codes);
    of_roles.chain(qualified).collect()
}

/// A town without the postal code that some files put before it.
fn town(resource: &Value) -> Option<String> {
    let city = text(resource, "address.city")?;
    field(city.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '))
}

fn refuse(index: usize, id: Option<String>, reason: RecordRefusal) -> RecordError {
    RecordError { index, id, reason }
}

const NATIONAL_ID: &str = "1.2.250.1.71.4.2.1";
const PROFESSION_SYSTEMS: [&str; 3] = ["TRE_G15", "1.2.250.1.71.1.2.7", "1.2.250.1.213.1.6.1.109"];
const SPECIALITY_SYSTEMS: [&str; 4] = ["TRE_R38", "TRE_R39", "TRE_R40", "1.2.250.1.71.4.2.5"];
const SECTOR_SYSTEMS: [&str; 2] = ["TRE_R02", "1.2.250.1.71.4.2.4"];
const MAX_DEPTH: usize = 8;

/// Longest directory file that is read: 64 MiB.
pub const DIRECTORY_LIMIT: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(sector: &str, name: &str) -> String {
        json!({ "resourceType": "Bundle", "entry": [
            { "resource": { "resourceType": "Practitioner", "id": "1", "name": [{ "family": "Durand", "given": ["Anne", "Lise"] }],
                "identifier": [{ "system": "urn:oid:1.2.250.1.71.4.2.1", "value": "810001234567" }],
                "qualification": [{ "code": { "coding": [{ "system": "https://mos/TRE_G15-ProfessionSante", "code": "10" }] } }] } },
            { "resource": { "resourceType": "PractitionerRole", "practitioner": { "reference": "Practitioner/1" },
                "organization": { "reference": "Organization/2" } } },
            { "resource": { "resourceType": "Organization", "id": "2", "name": name, "address": [{ "city": "75014 PARIS" }],
                "type": [{ "coding": [{ "system": "https://mos/TRE_R02-SecteurActivite", "code": sector }] }] } },
        ]}).to_string()
    }

    #[test]
    fn insurer_or_employer_is_refused_as_a_carer_by_sector_or_by_name() {
        let made = read_practitioners(bundle("SA07", "Mutuelle de soins").as_bytes());
        let record = made[0].as_ref().unwrap();
        assert_eq!((record.rpps.as_str(), record.given.as_str()), ("10001234567", "Anne Lise"));
        assert_eq!(
            (record.town.as_deref(), record.profession.as_ref().unwrap().code.as_str()),
            (Some("PARIS"), "10")
        );
        for (sector, reason) in
            [("SA23", NotACarer::Insurer), ("SA24", NotACarer::HealthFund), ("SA48", NotACarer::Employer)]
        {
            let made = read_practitioners(bundle(sector, "X").as_bytes());
            assert_eq!(made.len(), 1);
            assert_eq!(made[0].as_ref().unwrap_err().reason, RecordRefusal::NotACarer(reason));
        }
        let named = bundle("-", "Caisse primaire d'assurance maladie").replace("TRE_R02", "other");
        let refused = read_practitioners(named.as_bytes()).remove(0).unwrap_err();
        assert_eq!(
            (refused.reason, refused.id.as_deref()),
            (RecordRefusal::NotACarer(NotACarer::HealthFund), Some("Practitioner/1"))
        );
    }

    #[test]
    fn broken_line_is_refused_with_its_place_and_the_others_are_read() {
        let one = r#"{"resourceType":"Practitioner","name":[{"family":"A"}],"identifier":[{"system":"http://rpps.fr","value":"10101010101"}]}"#;
        let read = read_practitioners(format!("{one}\n{{\"a\":,}}\n{one}\n").as_bytes());
        assert_eq!(read.iter().filter(|record| record.is_ok()).count(), 2);
        let error = read.into_iter().find_map(Result::err).unwrap();
        assert_eq!(error.reason, RecordRefusal::Json { line: 2, column: 6 });
        let whole = read_practitioners(b"{\n \"resourceType\": \"Practitioner\",\n}");
        assert_eq!(whole[0].as_ref().unwrap_err().reason, RecordRefusal::Json { line: 3, column: 1 });
    }

    #[test]
    fn record_without_number_name_or_life_is_refused() {
        let refusal = |text: &str| read_practitioners(text.as_bytes()).remove(0).unwrap_err().reason;
        assert_eq!(refusal(r#"{"resourceType":"Practitioner"}"#), RecordRefusal::NoRpps);
        assert_eq!(refusal(r#"{"resourceType":"Practitioner","active":false}"#), RecordRefusal::Inactive);
        let number = |value: &str| {
            format!(
                r#"{{"resourceType":"Practitioner","identifier":[{{"system":"http://rpps.fr","value":"{value}"}}]}}"#
            )
        };
        assert_eq!(refusal(&number("123")), RecordRefusal::BadRpps);
        assert_eq!(refusal(&number("12345678901")), RecordRefusal::NoName);
        assert_eq!(refusal("[1]"), RecordRefusal::OtherType);
        assert_eq!(refusal(r#"{"resourceType":"Patient"}"#), RecordRefusal::OtherType);
    }
}
