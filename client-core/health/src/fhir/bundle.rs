//! A bundle as its resources, for an import.

use serde_json::Value;

use crate::fhir::recognise::{resource_date, resource_label};
use crate::fhir::refer::References;
use crate::fhir::{canonical, list, parse, resource_type};
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
}

impl Resource {
    /// Its JSON: sorted, without spaces, always the same.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::bytes(&self.value)
    }
}

/// The resources of a bundle in its order, those of bundles inside it too; of another resource, itself.
///
/// # Errors
/// [`Damage`] where it does not parse, or holds more than [`MAX_RESOURCES`].
pub fn split_bundle(bytes: &[u8]) -> Result<Vec<Resource>, Damage> {
    let root = parse(bytes)?;
    let mut resources = Vec::new();
    split(&root, None, &mut resources, 0)?;
    Ok(resources)
}

fn split(
    root: &Value,
    full_url: Option<&Value>,
    into: &mut Vec<Resource>,
    depth: usize,
) -> Result<(), Damage> {
    if resource_type(root) == Some("Bundle") && depth < MAX_DEPTH {
        let references = References::of(root);
        for entry in list(root, "entry") {
            let Some(resource) = entry.get("resource") else { continue };
            if resource_type(resource) == Some("Bundle") {
                split(resource, None, into, depth + 1)?;
            } else {
                push(resource, entry.get("fullUrl"), &references, into)?;
            }
        }
        return Ok(());
    }
    push(root, full_url, &References::of(root), into)
}

fn push(
    resource: &Value,
    full_url: Option<&Value>,
    references: &References<'_>,
    into: &mut Vec<Resource>,
) -> Result<(), Damage> {
    if into.len() >= MAX_RESOURCES {
        return Err(Damage::TooLong { limit: MAX_RESOURCES });
    }
    let Some(kind) = resource_type(resource) else { return Ok(()) };
    into.push(Resource {
        kind: kind.to_owned(),
        full_url: full_url.and_then(Value::as_str).map(str::to_owned),
        label: resource_label(resource, references),
        date: resource_date(resource),
        value: resource.clone(),
    });
    Ok(())
}

/// Most resources of a bundle.
pub const MAX_RESOURCES: usize = 100_000;

const MAX_DEPTH: usize = 4;
