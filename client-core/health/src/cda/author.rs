//! Who answers for a CDA document (CDA R2, 4.2.2): whoever signed it as responsible, then whoever attested it, then its authors.

use super::id;
use crate::recognised::{Author, field};
use crate::xml::Element;

/// How somebody answers for a document, most responsible first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// `legalAuthenticator`.
    Legal,
    /// `authenticator`.
    Authenticator,
    /// `author`, a person.
    Author,
    /// `author`, a device or program: it answers for nothing.
    Device,
}

/// Somebody who answers for a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answering {
    pub(crate) role: Role,
    pub(crate) author: Author,
}

/// All who answer for it, most responsible first; nobody twice.
pub(crate) fn answering(root: &Element) -> Vec<Answering> {
    let mut all: Vec<Answering> = Vec::new();
    for element in root.elements() {
        let answering = match element.name.as_str() {
            "legalAuthenticator" => attested(element, Role::Legal),
            "authenticator" => attested(element, Role::Authenticator),
            "author" => author(element),
            _ => continue,
        };
        all.extend(answering.filter(|found| found.author != Author::default()));
    }
    all.sort_by_key(|answering| answering.role);
    let mut kept: Vec<Answering> = Vec::new();
    for answering in all.into_iter().take(MAX_ANSWERING) {
        if !kept.iter().any(|before| is_same(&before.author, &answering.author)) {
            kept.push(answering);
        }
    }
    kept
}

fn attested(element: &Element, role: Role) -> Option<Answering> {
    let entity = element.child("assignedEntity")?;
    let name = entity.path(&["assignedPerson", "name"]).and_then(name);
    Some(Answering { role, author: with(entity, name) })
}

fn author(element: &Element) -> Option<Answering> {
    let assigned = element.child("assignedAuthor")?;
    match assigned.child("assignedAuthoringDevice") {
        Some(device) => {
            let names = ["softwareName", "manufacturerModelName"];
            let name =
                names.iter().find_map(|name| device.child(name).and_then(|found| field(&found.text())));
            Some(Answering { role: Role::Device, author: with(assigned, name) })
        }
        None => {
            let name = assigned.path(&["assignedPerson", "name"]).and_then(name);
            Some(Answering { role: Role::Author, author: with(assigned, name) })
        }
    }
}

fn with(assigned: &Element, name: Option<String>) -> Author {
    let organisation =
        assigned.path(&["representedOrganization", "name"]).and_then(|name| field(&name.text()));
    Author { name, organisation, id: assigned.child("id").and_then(id) }
}

/// The same number, or the same name where one of both has none.
fn is_same(one: &Author, other: &Author) -> bool {
    match (&one.id, &other.id) {
        (Some(one_id), Some(other_id)) => one_id == other_id && one.name == other.name,
        _ => one.name == other.name && one.organisation == other.organisation,
    }
}

/// Given and family name: those in use (`CL`) before those of birth (`BR`).
pub(crate) fn name(name: &Element) -> Option<String> {
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

/// Most persons who are told of.
const MAX_ANSWERING: usize = 50;
