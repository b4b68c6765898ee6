//! References between the resources of one bundle.

use std::collections::HashMap;

use serde_json::Value;

use crate::fhir::{human_name, list, resource_type, text};
use crate::recognised::field;

/// What the references of a bundle, or of a resource with contained ones, lead to.
pub(crate) struct References<'a>(HashMap<String, &'a Value>);

impl<'a> References<'a> {
    pub(crate) fn of(root: &'a Value) -> Self {
        let mut found = HashMap::new();
        for entry in list(root, "entry") {
            let Some(resource) = entry.get("resource") else { continue };
            if let Some(url) = entry.get("fullUrl").and_then(Value::as_str) {
                found.insert(url.to_owned(), resource);
            }
            if let (Some(kind), Some(id)) =
                (resource_type(resource), resource.get("id").and_then(Value::as_str))
            {
                found.insert(format!("{kind}/{id}"), resource);
                // Some write a reference to another entry as if that were contained.
                found.entry(format!("#{id}")).or_insert(resource);
            }
        }
        for contained in list(root, "contained") {
            if let Some(id) = contained.get("id").and_then(Value::as_str) {
                found.insert(format!("#{id}"), contained);
            }
        }
        Self(found)
    }

    /// The resource that a Reference leads to, where it is at hand.
    pub(crate) fn resolve(&self, reference: &Value) -> Option<&'a Value> {
        self.find(reference.get("reference")?.as_str()?)
    }

    /// The resource that a Reference of another one leads to: contained in that one, or in the bundle.
    pub(crate) fn resolve_within<'b>(&self, resource: &'b Value, reference: &Value) -> Option<&'b Value>
    where
        'a: 'b,
    {
        let target = reference.get("reference")?.as_str()?;
        match target.strip_prefix('#') {
            Some(id) => list(resource, "contained")
                .find(|inside| inside.get("id").and_then(Value::as_str) == Some(id))
                .or_else(|| self.find(target)),
            None => self.find(target),
        }
    }

    /// The resource of a literal reference: `fullUrl`, `Type/id`, an absolute URL of either, `#id`.
    pub(crate) fn find(&self, target: &str) -> Option<&'a Value> {
        if let Some(found) = self.0.get(target) {
            return Some(found);
        }
        // An absolute URL or a version may stand around `Type/id`.
        let plain = target.split("/_history/").next()?;
        let from = plain.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
        self.0.get(plain.get(from..)?).copied()
    }

    /// What a Reference calls its target, else what the target calls itself.
    pub(crate) fn name(&self, reference: &Value) -> Option<String> {
        text(reference, "display").or_else(|| named(self.resolve(reference)?)).or_else(|| {
            let practitioner = self.resolve(reference)?.get("practitioner")?;
            text(practitioner, "display").or_else(|| named(self.resolve(practitioner)?))
        })
    }
}

/// The name of a person, organisation or device.
pub(crate) fn named(resource: &Value) -> Option<String> {
    match resource.get("name")? {
        Value::String(name) => field(name),
        _ => list(resource, "name").find_map(human_name),
    }
}
