//! The header of a CDA Release 2 document, as the CI-SIS profiles it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::date;
use crate::kind::Kind;
use crate::recognised::{
    Author, Code, Damage, Fact, LOINC, MAX_RELATED, Patient, Recognised, Related, Relation, Remark, field,
};
use crate::xml::{self, Element};

/// A file inside a CDA's body of level 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// Its media type, as the CDA says.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The file that a CDA of level 1 has for its body; nothing for other CDAs.
///
/// # Errors
/// [`Damage`] where the XML is broken or the body does not decode.
pub fn embedded(bytes: &[u8]) -> Result<Option<Embedded>, Damage> {
    let tree = xml::parse(bytes);
    if let Some(damage) = tree.damage {
        return Err(damage);
    }
    let Some(text) = tree.root.as_ref().and_then(level_one) else { return Ok(None) };
    let media_type = text.attribute("mediaType").unwrap_or("text/plain").to_owned();
    let inner = text.text();
    let bytes = if text.attribute("representation") == Some("B64") {
        let plain: Vec<u8> = inner.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        LENIENT.decode(plain).map_err(|_| Damage::XmlRoot)?
    } else {
        inner.into_bytes()
    };
    Ok(Some(Embedded { media_type, bytes }))
}

/// Reads the header.
pub(crate) fn recognise(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::Cda);
    let tree = xml::parse(bytes);
    if let Some(damage) = tree.damage {
        found.damaged(damage);
    }
    let Some(root) = tree.root.filter(|root| root.name == "ClinicalDocument") else {
        found.damaged(Damage::XmlRoot);
        return found;
    };
    found.title = root.child("title").and_then(|title| field(&title.text()));
    found.date = root.child("effectiveTime").and_then(|time| date::hl7(time.attribute("value")?));
    found.codes = root.child("code").and_then(code).into_iter().collect();
    found.author = root.child("author").map(author);
    found.patient = root.path(&["recordTarget", "patientRole"]).map(patient);
    found.unique_id = root.child("id").and_then(id);
    found.set_id = root.child("setId").and_then(id);
    found.version =
        root.child("versionNumber").and_then(|version| version.attribute("value")?.trim().parse().ok());
    found.related = root.all("relatedDocument").flat_map(related).take(MAX_RELATED).collect();
    found.confidentiality = root.child("confidentialityCode").and_then(code);
    if found.title.is_none() {
        found.remark(Remark::NoTitle);
    }
    if let Some(text) = level_one(&root) {
        found.remark(Remark::LevelOneBody);
        found.say(Fact::BodyType, text.attribute("mediaType").and_then(field));
    } else if root.path(&["component", "structuredBody"]).is_some() {
        found.remark(Remark::LevelThreeBody);
    }
    found
}

/// URI of a code system named by an OID.
pub(crate) fn system(oid: &str) -> String {
    if oid == LOINC_OID { LOINC.to_owned() } else { format!("urn:oid:{oid}") }
}

pub(crate) fn code(element: &Element) -> Option<Code> {
    let code = field(element.attribute("code")?)?;
    let system = element.attribute("codeSystem").and_then(field).map(|oid| system(&oid)).unwrap_or_default();
    Some(Code { system, code, display: element.attribute("displayName").and_then(field) })
}

fn level_one(root: &Element) -> Option<&Element> {
    root.path(&["component", "nonXMLBody", "text"])
}

/// The documents that a `relatedDocument` names: each identifier of its parent, else the set that the parent is of.
fn related(element: &Element) -> Vec<Related> {
    let relation = match element.attribute("typeCode").map(str::trim) {
        Some("RPLC") => Relation::Replaces,
        Some("APND") => Relation::Appends,
        Some("XFRM") => Relation::Transforms,
        _ => return Vec::new(),
    };
    let Some(parent) = element.child("parentDocument") else { return Vec::new() };
    let ids = parent.all("id").filter_map(id).map(|id| Related { relation, id });
    let ids: Vec<Related> = ids.take(MAX_RELATED).collect();
    if ids.is_empty() {
        parent.child("setId").and_then(id).map(|id| Related { relation, id }).into_iter().collect()
    } else {
        ids
    }
}

fn id(element: &Element) -> Option<String> {
    let root = field(element.attribute("root")?)?;
    match element.attribute("extension").and_then(field) {
        Some(extension) => Some(format!("{root}^{extension}")),
        None => Some(root),
    }
}

fn author(element: &Element) -> Author {
    let Some(assigned) = element.child("assignedAuthor") else { return Author::default() };
    let person = assigned.path(&["assignedPerson", "name"]).and_then(name);
    let device = || {
        let device = assigned.child("assignedAuthoringDevice")?;
        ["softwareName", "manufacturerModelName"]
            .iter()
            .find_map(|name| device.child(name).and_then(|found| field(&found.text())))
    };
    Author {
        name: person.or_else(device),
        organisation: assigned
            .path(&["representedOrganization", "name"])
            .and_then(|name| field(&name.text())),
        id: assigned.child("id").and_then(id),
    }
}

fn patient(role: &Element) -> Patient {
    let ins = role.all("id").find(|id| id.attribute("root").is_some_and(|root| root.starts_with(INS_OID)));
    let other = role.all("id").find(|id| !id.attribute("root").unwrap_or_default().starts_with(INS_OID));
    let person = role.child("patient");
    Patient {
        name: person.and_then(|person| name(person.child("name")?)),
        given: person.and_then(|person| all_names(person, "given")),
        family: person.and_then(|person| all_names(person, "family")),
        ins: ins.and_then(|id| field(id.attribute("extension")?)),
        id: other.and_then(id),
        birth: person.and_then(|person| date::hl7(person.child("birthTime")?.attribute("value")?)),
    }
}

/// All names of a kind, of birth and of use.
fn all_names(person: &Element, kind: &str) -> Option<String> {
    let names = person.all("name").flat_map(|name| name.all(kind)).filter_map(|part| field(&part.text()));
    field(&names.take(MAX_NAMES).collect::<Vec<_>>().join(" "))
}

/// Given and family name: those in use (`CL`) before those of birth (`BR`).
fn name(name: &Element) -> Option<String> {
    let part = |kind: &str| {
        let named = |qualifier: Option<&str>| {
            name.all(kind)
                .find(|part| part.attribute("qualifier") == qualifier)
                .and_then(|part| field(&part.text()))
        };
        named(Some("CL")).or_else(|| named(None)).or_else(|| named(Some("BR"))).or_else(|| named(Some("SP")))
    };
    let parts: Vec<String> = ["given", "family"].into_iter().filter_map(part).collect();
    if parts.is_empty() { field(&name.text()) } else { Some(parts.join(" ")) }
}

const MAX_NAMES: usize = 16;

const LOINC_OID: &str = "2.16.840.1.113883.6.1";

/// INS numbers: .8 NIR, .9 NIA, .10 and .11 for tests.
const INS_OID: &str = "1.2.250.1.213.1.4.";

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
