//! A bundle as its resources, for an import.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::encoding::decode;
use crate::fhir::recognise::{resource_date, resource_label};
use crate::fhir::refer::References;
use crate::fhir::{at, canonical, list, parse, resource_type};
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

    /// Takes in the medicine that it refers to: without its bundle it would be a treatment without a name.
    fn keep_medicine(&mut self, references: &References<'_>) {
        let Some(reference) = at(&self.value, "medicationReference") else { return };
        let target = reference.get("reference").and_then(Value::as_str).unwrap_or_default();
        let is_inside = |inside: &Value| inside.get("id").and_then(Value::as_str) == target.strip_prefix('#');
        let inside = target.starts_with('#') && list(&self.value, "contained").any(is_inside);
        let Some(found) = references.find(target).filter(|_| !inside) else { return };
        let (id, mut medicine) = ("medicine", found.clone());
        let taken =
            list(&self.value, "contained").any(|inside| inside.get("id").and_then(Value::as_str) == Some(id));
        let (Some(members), Some(own)) = (self.value.as_object_mut(), medicine.as_object_mut()) else {
            return;
        };
        if taken {
            return;
        }
        own.insert("id".into(), id.into());
        let mut contained: Vec<Value> = match members.remove("contained") {
            Some(Value::Array(many)) => many,
            other => other.into_iter().collect(),
        };
        contained.push(medicine);
        members.insert("contained".into(), Value::Array(contained));
        if let Some(reference) = members.get_mut("medicationReference").and_then(Value::as_object_mut) {
            reference.insert("reference".into(), format!("#{id}").into());
        }
        self.source = None;
    }
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
    split(&root, source, None, &mut resources, 0)?;
    Ok(resources)
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

fn split(
    root: &Value,
    source: Option<&str>,
    full_url: Option<&Value>,
    into: &mut Vec<Resource>,
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
    into: &mut Vec<Resource>,
) -> Result<(), Damage> {
    if into.len() >= MAX_RESOURCES {
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
    found.keep_medicine(references);
    into.push(found);
    Ok(())
}

/// Most resources of a bundle.
pub const MAX_RESOURCES: usize = 100_000;

const MAX_DEPTH: usize = 4;
