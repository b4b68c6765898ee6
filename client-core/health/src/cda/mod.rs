//! CDA Release 2 documents, as the CI-SIS profiles them: the header, who answers for it, and the files inside.

mod author;
pub(crate) mod document;
pub(crate) mod part;

pub(crate) use author::{Role, answering, name};
pub(crate) use part::base64;
pub use part::{MAX_PARTS, Part, parts};

use crate::date;
use crate::kind::Kind;
use crate::recognised::{
    Code, Damage, Fact, LOINC, MAX_RELATED, Patient, Recognised, Related, Relation, Remark, field,
};
use crate::xml::Element;

/// Reads the header.
pub(crate) fn recognise(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::Cda);
    let tree = document::parse(bytes);
    if let Some(damage) = tree.damage {
        found.damaged(damage);
    }
    let Some(root) = tree.root else {
        found.damaged(Damage::XmlRoot);
        return found;
    };
    found.title = root.child("title").and_then(|title| field(&title.text()));
    found.date = root.child("effectiveTime").and_then(|time| date::hl7(time.attribute("value")?));
    found.codes = root.child("code").and_then(code).into_iter().collect();
    found.author = answering(&root).into_iter().next().map(|answering| answering.author);
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
    if !part::list(&root).is_empty() {
        found.remark(Remark::HasAttachments);
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

/// The body of a document of level 1 (CDA R2, 4.3.1.1).
pub(crate) fn level_one(root: &Element) -> Option<&Element> {
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

/// `root^extension`, or the root alone.
pub(crate) fn id(element: &Element) -> Option<String> {
    let root = field(element.attribute("root")?)?;
    match element.attribute("extension").and_then(field) {
        Some(extension) => Some(format!("{root}^{extension}")),
        None => Some(root),
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

const MAX_NAMES: usize = 16;

const LOINC_OID: &str = "2.16.840.1.113883.6.1";

/// INS numbers: .8 NIR, .9 NIA, .10 and .11 for tests.
const INS_OID: &str = "1.2.250.1.213.1.4.";
