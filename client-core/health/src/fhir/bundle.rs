//! A bundle as its resources, for an import.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::encoding::decode;
use crate::fhir::medicine::ingredient_names;
use crate::fhir::recognise::{resource_date, resource_label};
use crate::fhir::refer::References;
use crate::fhir::{at, canonical, label, list, parse, resource_type};
use crate::recognised::{Damage, Moment};

/// A resource of a bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// `resourceType`.
    pub kind: String,
    /// `fullUrl` of its entry, to which others refer.
    pub full_url: Option<String>,
    /// What a list shows.
    pub label: Option<String>,
    /// When it happened, was taken, written.
    pub date: Option<Moment>,
    /// All of it, unknown members included.
    pub value: Value,
    /// As it stands in the bundle, where that is JSON.
    source: Option<String>,
}

impl Resource {
    /// Its JSON, byte for byte as it stands in a JSON bundle; else sorted, without spaces, always the same.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.source {
            Some(source) => source.clone().into_bytes(),
            None => canonical::bytes(&self.value),
        }
    }

    /// Takes in the medicine that it refers to: without its bundle it would be a treatment without a name. Where the medicine
    /// is large, or `room` for copies is used up, its name alone.
    fn keep_medicine(&mut self, references: &References<'_>, room: &mut usize) {
        let Some(reference) = at(&self.value, "medicationReference") else { return };
        let target = reference.get("reference").and_then(Value::as_str).unwrap_or_default();
        let has = |id: &str| {
            let named = |inside: &Value| inside.get("id").and_then(Value::as_str) == Some(id);
            list(&self.value, "contained").any(named)
        };
        if target.strip_prefix('#').is_some_and(has) {
            return;
        }
        let Some(target) = references.find(target) else { return };
        let Some(found) = target.as_object() else { return };
        let fits =
            |(name, value): &(&String, &Value)| *name != "text" && length(value, MOST_OF_MEDICINE).is_some();
        let few = found.len() <= MOST_MEMBERS;
        let parts = found.iter().filter(|_| few).filter(fits);
        let parts: Map<String, Value> = parts.map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut medicine = Value::Object(parts);
        let used = length(&medicine, MOST_OF_MEDICINE.min(*room)).filter(|_| few && !has(MEDICINE));
        let code = found.get("code").and_then(label);
        let coded = code.is_some();
        let ingredients =
            || ingredient_names(target, |reference| references.resolve_within(target, reference));
        let name = code.or_else(ingredients);
        let Some(members) = self.value.as_object_mut() else { return };
        let reference = members.get_mut("medicationReference").and_then(Value::as_object_mut);
        let Some(reference) = reference else { return };
        match (used, name) {
            (Some(used), name) => {
                *room -= used.min(*room);
                // Its ingredients may stay behind in the bundle.
                if let Some(name) = name.filter(|_| !coded && !reference.contains_key("display")) {
                    reference.insert("display".into(), name.into());
                }
                reference.insert("reference".into(), format!("#{MEDICINE}").into());
                if let Some(own) = medicine.as_object_mut() {
                    own.insert("id".into(), MEDICINE.into());
                }
                let mut contained: Vec<Value> = match members.remove("contained") {
                    Some(Value::Array(many)) => many,
                    other => other.into_iter().collect(),
                };
                contained.push(medicine);
                members.insert("contained".into(), Value::Array(contained));
            }
            (None, Some(name)) if !reference.contains_key("display") => {
                reference.insert("display".into(), name.into());
            }
            _ => return,
        }
        self.source = None;
    }
}

/// The length of a value in bytes, about; nothing where it is more than `most`.
fn length(value: &Value, most: usize) -> Option<usize> {
    let length = match value {
        Value::Object(members) => sum(members.iter().map(|(name, value)| (name.len() + 4, value)), most)?,
        Value::Array(many) => sum(many.iter().map(|value| (1, value)), most)?,
        Value::String(text) => text.len() + 2,
        _ => 8,
    };
    (length <= most).then_some(length)
}

fn sum<'v>(mut values: impl Iterator<Item = (usize, &'v Value)>, most: usize) -> Option<usize> {
    values.try_fold(2_usize, |sum, (name, value)| {
        let sum = sum + name;
        Some(sum + length(value, most.checked_sub(sum)?)?)
    })
}

/// The resources of a bundle in its order, those of bundles inside it too; of another resource, itself.
///
/// # Errors
/// [`Damage`] where it does not parse, or holds more than [`MAX_RESOURCES`].
pub fn split_bundle(bytes: &[u8]) -> Result<Vec<Resource>, Damage> {
    let root = parse(bytes)?;
    let text = decode(bytes);
    let source = Some(text.trim_start_matches('\u{feff}').trim()).filter(|text| text.starts_with('{'));
    let mut resources = Vec::new();
    split(&root, source, None, &mut Taken { resources: &mut resources, room: MOST_OF_MEDICINES }, 0)?;
    Ok(resources)
}

/// The places, from 1, of a bundle's entries that hold something which is no resource: [`split_bundle`] passes them over.
///
/// # Errors
/// [`Damage`] where the bundle does not parse.
pub fn unread_entries(bytes: &[u8]) -> Result<Vec<usize>, Damage> {
    let root = parse(bytes)?;
    let entries = root.get("entry").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    // An entry may hold no resource: an answer to a deletion has none.
    let is_read = |entry: &Value| match entry.as_object().map(|entry| entry.get("resource")) {
        Some(Some(resource)) => resource_type(resource).is_some(),
        Some(None) => true,
        None => false,
    };
    let places = entries.iter().enumerate().filter(|(_, entry)| !is_read(entry));
    Ok(places.map(|(index, _)| index + 1).take(MAX_RESOURCES).collect())
}

/// The entries of a bundle as they are written, as many as [`list`] gives.
fn sources(bundle: Option<&str>) -> Vec<&str> {
    let members = |text| serde_json::from_str::<BTreeMap<String, &RawValue>>(text).ok();
    let entries = bundle.and_then(members).and_then(|mut bundle| bundle.remove("entry"));
    let entries = entries.and_then(|entries| serde_json::from_str::<Vec<&RawValue>>(entries.get()).ok());
    let there = entries.unwrap_or_default().into_iter().filter(|entry| entry.get() != "null");
    there.map(source_of).collect()
}

fn source_of(entry: &RawValue) -> &str {
    let members = serde_json::from_str::<BTreeMap<String, &RawValue>>(entry.get()).ok();
    members.and_then(|mut members| members.remove("resource")).map_or("", RawValue::get)
}

/// What was split off so far, and the room that is left for copies of medicines.
struct Taken<'a> {
    resources: &'a mut Vec<Resource>,
    room: usize,
}

fn split(
    root: &Value,
    source: Option<&str>,
    full_url: Option<&Value>,
    into: &mut Taken<'_>,
    depth: usize,
) -> Result<(), Damage> {
    if resource_type(root) == Some("Bundle") && depth < MAX_DEPTH {
        let references = References::of(root);
        let mut sources = sources(source).into_iter();
        for entry in list(root, "entry") {
            let source = sources.next().filter(|source| !source.is_empty());
            let Some(resource) = entry.get("resource") else { continue };
            if resource_type(resource) == Some("Bundle") {
                split(resource, source, None, into, depth + 1)?;
            } else {
                push(resource, source, entry.get("fullUrl"), &references, into)?;
            }
        }
        return Ok(());
    }
    push(root, source, full_url, &References::of(root), into)
}

fn push(
    resource: &Value,
    source: Option<&str>,
    full_url: Option<&Value>,
    references: &References<'_>,
    into: &mut Taken<'_>,
) -> Result<(), Damage> {
    if into.resources.len() >= MAX_RESOURCES {
        return Err(Damage::TooLong { limit: MAX_RESOURCES });
    }
    let Some(kind) = resource_type(resource) else { return Ok(()) };
    let mut found = Resource {
        kind: kind.to_owned(),
        full_url: full_url.and_then(Value::as_str).map(str::to_owned),
        label: resource_label(resource, references),
        date: resource_date(resource),
        value: resource.clone(),
        source: source.map(str::to_owned),
    };
    found.keep_medicine(references, &mut into.room);
    into.resources.push(found);
    Ok(())
}

/// Most resources of a bundle.
pub const MAX_RESOURCES: usize = 100_000;

const MAX_DEPTH: usize = 4;

/// The id of a medicine in the treatment that took it in.
const MEDICINE: &str = "medicine";

/// Most bytes of a medicine that a treatment takes in, and of all of a bundle.
const MOST_OF_MEDICINE: usize = 16 << 10;
const MOST_OF_MEDICINES: usize = 64 << 20;

/// Most members of a medicine that is taken in; R4 has 20.
const MOST_MEMBERS: usize = 40;
