//! The header of a document: who answers for it, to whom it went, what it replaces; then all else that it says (CDA R2, 4.2).

use super::label::Label;
use super::value::{Ids, gist};
use crate::cda::{Role, answering, id, name};
use crate::date;
use crate::recognised::Author;
use crate::view::{Key, Sheet, line, moment};
use crate::xml::Element;

/// What a reader needs before the text.
pub(super) fn begin(root: &Element, ids: &Ids<'_>, sheet: &mut Sheet) {
    let title = root.child("title").map(|title| line(&title.text())).filter(|title| !title.is_empty());
    let kind = || root.child("code").map(|code| gist(code, ids)).filter(|code| !code.is_empty());
    sheet.heading(1, &title.or_else(kind).unwrap_or_else(|| "-".to_owned()));
    let at = root.child("effectiveTime").and_then(|time| date::hl7(time.attribute("value")?));
    sheet.key(Key::Date, at.map(moment));
    for answering in answering(root) {
        let key = match answering.role {
            Role::Legal => Key::Cda(Label::LegalAuthenticator),
            Role::Authenticator => Key::Cda(Label::Authenticator),
            Role::Author => Key::Author,
            Role::Device => Key::Cda(Label::Program),
        };
        sheet.key(key, named(answering.author));
    }
    for role in root.all("recordTarget").filter_map(|target| target.child("patientRole")) {
        let patient = role.child("patient");
        sheet.key(Key::Patient, patient.and_then(|patient| name(patient.child("name")?)));
        let birth = patient.and_then(|patient| date::hl7(patient.child("birthTime")?.attribute("value")?));
        sheet.key(Key::Cda(Label::Birth), birth.map(moment));
    }
    for element in root.elements() {
        match element.name.as_str() {
            "informationRecipient" => say(Label::Recipient, element, ids, sheet),
            "componentOf" => say(Label::Encounter, element, ids, sheet),
            "relatedDocument" => related(element, ids, sheet),
            _ => {}
        }
    }
    if let Some(version) = root.child("versionNumber").and_then(|version| version.attribute("value")) {
        sheet.key(Key::Cda(Label::Version), Some(line(version)).filter(|version| version != "1"));
    }
}

/// All else that the header says, after the text.
pub(super) fn end(root: &Element, ids: &Ids<'_>, sheet: &mut Sheet) {
    for element in root.elements() {
        let label = match element.name.as_str() {
            "code" => Label::Translation,
            "confidentialityCode" => Label::Confidentiality,
            "recordTarget" => Label::PatientDetails,
            "author" | "legalAuthenticator" | "authenticator" => Label::AuthorDetails,
            "dataEnterer" => Label::DataEnterer,
            "informant" => Label::Informant,
            "custodian" => Label::Custodian,
            "participant" => Label::Participant,
            "inFulfillmentOf" => Label::Order,
            "documentationOf" => Label::ServiceEvent,
            "authorization" => Label::Authorization,
            _ => continue,
        };
        say(label, element, ids, sheet);
    }
}

fn say(label: Label, element: &Element, ids: &Ids<'_>, sheet: &mut Sheet) {
    let mut said = gist(element, ids);
    // An order is known by its number only.
    if label == Label::Order {
        let number = element.child("order").and_then(|order| order.child("id")).and_then(id);
        said = [said, number.unwrap_or_default()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ");
    }
    sheet.key(Key::Cda(label), Some(said).filter(|said| !said.is_empty()));
}

fn related(element: &Element, ids: &Ids<'_>, sheet: &mut Sheet) {
    let kind = element.attribute("typeCode").unwrap_or_default();
    let Some(parent) = element.child("parentDocument") else { return };
    let version = parent.child("versionNumber").and_then(|version| version.attribute("value")).map(line);
    let parts = [
        parent.child("id").and_then(id),
        version,
        Some(gist(parent, ids)).filter(|said| !said.is_empty()),
        Some(line(kind)).filter(|kind| !kind.is_empty() && kind != "RPLC"),
    ];
    let said = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let label = if kind == "RPLC" { Label::Replaces } else { Label::Related };
    sheet.key(Key::Cda(label), Some(said).filter(|said| !said.is_empty()));
}

fn named(author: Author) -> Option<String> {
    let parts: Vec<String> = [author.name, author.organisation].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
