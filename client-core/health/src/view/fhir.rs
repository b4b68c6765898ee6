//! FHIR resources: a bundle by its sections (IPS), a resource by what is said of it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Block, Key, Sheet, shown_day};
use crate::fhir::recognise::{resource_date, resource_label};
use crate::fhir::refer::References;
use crate::fhir::{at, label, list, parse, resource_type, text};
use crate::html;
use crate::profile::{Presence, item_of};
use crate::recognised::{Damage, Fact, field};

pub(super) fn show(bytes: &[u8], sheet: &mut Sheet) -> Result<(), Damage> {
    let root = parse(bytes)?;
    let references = References::of(&root);
    let resources = || list(&root, "entry").filter_map(|entry| entry.get("resource"));
    let composition = resources().find(|resource| resource_type(resource) == Some("Composition"));
    match (resource_type(&root), composition) {
        (Some("Bundle"), Some(composition)) => {
            head(composition, &references, sheet);
            for section in list(composition, "section") {
                show_section(section, 2, &references, sheet);
            }
        }
        (Some("Bundle"), None) => by_type(resources(), &references, sheet),
        (Some("Composition"), _) => {
            head(&root, &references, sheet);
            for section in list(&root, "section") {
                show_section(section, 2, &references, sheet);
            }
        }
        _ => {
            head(&root, &references, sheet);
            details(&root, sheet);
        }
    }
    Ok(())
}

fn head(resource: &Value, references: &References<'_>, sheet: &mut Sheet) {
    let title = resource_label(resource, references);
    sheet.heading(1, title.as_deref().or(resource_type(resource)).unwrap_or("-"));
    sheet.key(Key::Fact(Fact::ResourceType), resource_type(resource).and_then(field));
    sheet.key(Key::Date, resource_date(resource).map(shown_day));
    sheet.key(Key::Author, at(resource, "author").and_then(|author| references.name(author)));
    let subject = at(resource, "subject").or_else(|| at(resource, "patient"));
    sheet.key(Key::Patient, subject.and_then(|subject| references.name(subject)));
}

fn show_section(section: &Value, level: u8, references: &References<'_>, sheet: &mut Sheet) {
    let title = text(section, "title").or_else(|| label(at(section, "code")?));
    sheet.heading(level, title.as_deref().unwrap_or("-"));
    let resolved: Vec<&Value> =
        list(section, "entry").take(MAX_ITEMS).filter_map(|entry| references.resolve(entry)).collect();
    if resolved.is_empty() {
        // What is not coded is still told.
        if let Some(div) = at(section, "text.div").and_then(Value::as_str) {
            sheet.paragraphs(&html::to_text(div));
        }
        let reason = at(section, "emptyReason").and_then(label);
        sheet.key(Key::Status, reason);
    } else {
        items(resolved.into_iter(), references, sheet);
    }
    if level < 6 {
        for inner in list(section, "section") {
            show_section(inner, level + 1, references, sheet);
        }
    }
}

fn by_type<'a>(resources: impl Iterator<Item = &'a Value>, references: &References<'_>, sheet: &mut Sheet) {
    let mut kinds: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for resource in resources {
        kinds.entry(resource_type(resource).unwrap_or("-")).or_default().push(resource);
    }
    for (kind, resources) in kinds {
        sheet.heading(2, kind);
        sheet.left_out(resources.len().saturating_sub(MAX_ITEMS));
        items(resources.into_iter().take(MAX_ITEMS), references, sheet);
    }
}

/// One line for each resource; what is said to be absent stands apart.
fn items<'a>(resources: impl Iterator<Item = &'a Value>, references: &References<'_>, sheet: &mut Sheet) {
    let mut lines = Vec::new();
    for resource in resources {
        let item = item_of(resource);
        if let Some(absent) = item.as_ref().filter(|item| item.presence == Presence::KnownAbsent) {
            sheet.key(Key::KnownAbsent, Some(absent.label.clone()));
            continue;
        }
        let date = resource_date(resource).map(shown_day);
        let name = resource_label(resource, references)
            .unwrap_or_else(|| resource_type(resource).unwrap_or("-").to_owned());
        let parts = [date, Some(name), value_of(resource), text(resource, "status")];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        lines.push(parts.join(" · "));
    }
    if !lines.is_empty() {
        sheet.push(Block::List { ordered: false, items: lines });
    }
}

fn details(resource: &Value, sheet: &mut Sheet) {
    if let Some(item) = item_of(resource).filter(|item| item.presence == Presence::KnownAbsent) {
        sheet.key(Key::KnownAbsent, Some(item.label));
    }
    sheet.key(Key::Status, text(resource, "status").or_else(|| label(at(resource, "clinicalStatus")?)));
    sheet.key(Key::Value, value_of(resource));
    for component in list(resource, "component") {
        let name = at(component, "code").and_then(label).unwrap_or_default();
        sheet.key(Key::Own(name), value_of(component));
    }
    for note in list(resource, "note") {
        sheet.paragraph(text(note, "text").as_deref().unwrap_or_default());
    }
    for dosage in list(resource, "dosage").chain(list(resource, "dosageInstruction")) {
        sheet.paragraph(text(dosage, "text").as_deref().unwrap_or_default());
    }
    for reaction in list(resource, "reaction") {
        for shown in list(reaction, "manifestation") {
            sheet.paragraph(label(shown).as_deref().unwrap_or_default());
        }
    }
    if let Some(div) = at(resource, "text.div").and_then(Value::as_str) {
        sheet.paragraphs(&html::to_text(div));
    }
}

fn value_of(resource: &Value) -> Option<String> {
    if let Some(number) = text(resource, "valueQuantity.value") {
        let unit = text(resource, "valueQuantity.unit").or_else(|| text(resource, "valueQuantity.code"));
        return Some(unit.map_or_else(|| number.clone(), |unit| format!("{number} {unit}")));
    }
    at(resource, "valueCodeableConcept").and_then(label).or_else(|| text(resource, "valueString"))
}

const MAX_ITEMS: usize = 1_000;
