//! References between the resources of one bundle.

use core::cell::{Cell, RefCell};
use std::collections::HashMap;

use serde_json::Value;

use crate::fhir::{human_name, list, resource_type, text};
use crate::recognised::field;

/// What the references of a bundle, or of a resource with contained ones, lead to.
pub(crate) struct References<'a> {
    targets: HashMap<String, &'a Value>,
    /// Names of targets that have been read, and of those that are being read: a resource may lead to itself.
    names: RefCell<HashMap<*const Value, Option<String>>>,
    /// How many references deep the name being read lies.
    depth: Cell<usize>,
}

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
        Self { targets: found, names: RefCell::default(), depth: Cell::new(0) }
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
        if let Some(found) = self.targets.get(target) {
            return Some(found);
        }
        // An absolute URL or a version may stand around `Type/id`.
        let plain = target.split("/_history/").next()?;
        let from = plain.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
        self.targets.get(plain.get(from..)?).copied()
    }

    /// The name of a target, read once, and through at most [`MAX_FOLLOWED`] further references.
    pub(crate) fn read_name(&self, target: &Value, read: impl FnOnce() -> Option<String>) -> Option<String> {
        let key = core::ptr::from_ref(target);
        if let Some(known) = self.names.borrow().get(&key) {
            return known.clone();
        }
        let depth = self.depth.get();
        if depth > MAX_FOLLOWED {
            return None;
        }
        self.names.borrow_mut().insert(key, None);
        self.depth.set(depth + 1);
        let name = read();
        self.depth.set(depth);
        self.names.borrow_mut().insert(key, name.clone());
        name
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

/// Most references that lead from one to the next until a name is found.
const MAX_FOLLOWED: usize = 3;
