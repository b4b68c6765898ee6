//! What the entries of a section deny (CDA R2, 4.3.6.1 `negationInd`): the `ID`s of its narrative.

use std::collections::HashSet;

use crate::marked::Void;
use crate::xml::Element;

/// The `ID`s that a denied statement refers to, and none that another statement holds to be so.
pub(super) fn ids(section: &Element) -> HashSet<&str> {
    let (mut denied, mut held) = (HashSet::new(), HashSet::new());
    for entry in section.all("entry") {
        gather(entry, false, &mut denied, &mut held);
    }
    denied.retain(|id| !held.contains(id));
    denied
}

fn gather<'a>(
    element: &'a Element,
    inside: bool,
    denied: &mut HashSet<&'a str>,
    held: &mut HashSet<&'a str>,
) {
    for inner in element.elements() {
        // Sections within have their own narrative.
        if inner.name == "section" {
            continue;
        }
        let is_denied = is_denied(inner);
        for id in references(inner) {
            if is_denied {
                denied.insert(id);
            } else if !inside {
                held.insert(id);
            }
        }
        gather(inner, inside || is_denied, denied, held);
    }
}

/// Whether a statement is said not to be so: by itself, as written by mistake, or by the status of its verification.
fn is_denied(statement: &Element) -> bool {
    matches!(void(statement), Some(Void::Denied | Void::Error | Void::Refuted))
}

/// Why a statement does not hold; nothing where it does.
pub(crate) fn void(statement: &Element) -> Option<Void> {
    let is_true =
        |element: &Element| element.attribute("negationInd").is_some_and(|said| said.trim() == "true");
    let coded = |child: Option<&Element>, codes: &[&str]| {
        child.and_then(|child| child.attribute("code")).is_some_and(|code| codes.contains(&code.trim()))
    };
    let verified = || {
        let relations = statement.all("entryRelationship");
        relations.filter_map(|relation| relation.child("observation")).any(|observation| {
            observation.all("value").any(|value| coded(Some(value), &REFUTED)) && !is_true(observation)
        })
    };
    let status = statement.child("statusCode");
    if is_true(statement) {
        Some(Void::Denied)
    } else if coded(status, &["nullified"]) {
        Some(Void::Error)
    } else if verified() {
        Some(Void::Refuted)
    } else {
        coded(status, &["cancelled"]).then_some(Void::Cancelled)
    }
}

/// What the text, the code or the value of a statement refers to.
fn references(statement: &Element) -> impl Iterator<Item = &str> {
    let texts = statement.all("text");
    let coded = statement.elements().filter(|child| matches!(child.name.as_str(), "code" | "value"));
    let holders = texts.chain(coded.filter_map(|child| child.child("originalText")));
    let ids = holders.filter_map(|holder| holder.child("reference")?.attribute("value"));
    ids.map(|id| id.trim().trim_start_matches('#')).filter(|id| !id.is_empty())
}

/// Codes of a verification that found it not to be so: FHIR's condition-ver-status and its codes of SNOMED CT.
const REFUTED: [&str; 4] = ["refuted", "entered-in-error", "410516002", "723510000"];
