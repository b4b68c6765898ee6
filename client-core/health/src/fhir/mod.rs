//! FHIR R4, as JSON values: one reading for JSON and XML, foreign resources included.
//!
//! XML does not say which elements repeat, so every reader here takes one thing and a list of one thing for the same.

pub(crate) mod attachment;
pub mod bundle;
pub(crate) mod canonical;
pub(crate) mod medicine;
pub mod ndjson;
pub(crate) mod recognise;
pub(crate) mod refer;
pub(crate) mod standing;

use serde_json::{Map, Value};

use crate::date;
use crate::encoding::decode;
use crate::kind::Kind;
use crate::recognised::{Code, Damage, Moment, field};
use crate::xml::{self, Element, Node};

/// Parses a resource, JSON or XML.
///
/// # Errors
/// [`Damage`] with the place where it is broken.
pub fn parse(bytes: &[u8]) -> Result<Value, Damage> {
    if bytes.len() > FHIR_LIMIT {
        return Err(Damage::TooLong { limit: FHIR_LIMIT });
    }
    if Kind::sniff(bytes, None) == Kind::FhirXml {
        return from_xml(bytes);
    }
    let text = decode(bytes);
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| Damage::Json { line: error.line(), column: error.column() })?;
    if resource_type(&value).is_some() { Ok(value) } else { Err(Damage::FhirShape) }
}

/// `resourceType`.
pub(crate) fn resource_type(value: &Value) -> Option<&str> {
    value.get("resourceType")?.as_str()
}

/// What stands along a path; of lists the first.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(first(value)?, |value, name| first(value.get(name)?))
}

/// The members of a list, or the one thing that stands there.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let found = value.get(name);
    let (many, one) = match found {
        Some(Value::Array(many)) => (many.as_slice(), None),
        Some(Value::Null) | None => (&[][..], None),
        Some(one) => (&[][..], Some(one)),
    };
    many.iter().filter(|value| !value.is_null()).chain(one)
}

/// Text along a path, as one line.
pub(crate) fn text(value: &Value, path: &str) -> Option<String> {
    match at(value, path)? {
        Value::String(text) => field(text),
        Value::Number(number) => Some(canonical::digits(number)),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// A date along the first of the paths that has one.
pub(crate) fn moment(value: &Value, paths: &[&str]) -> Option<Moment> {
    paths.iter().find_map(|path| date::fhir(&text(value, path)?))
}

/// The codes of a CodeableConcept.
pub(crate) fn codes(concept: &Value) -> Vec<Code> {
    let code = |coding: &Value| {
        let system = text(coding, "system").unwrap_or_default();
        Some(Code { system, code: text(coding, "code")?, display: text(coding, "display") })
    };
    list(concept, "coding").take(MAX_CODES).filter_map(code).collect()
}

/// The words of a CodeableConcept: its text, else its first display, else its first code.
pub(crate) fn label(concept: &Value) -> Option<String> {
    text(concept, "text")
        .or_else(|| list(concept, "coding").find_map(|coding| text(coding, "display")))
        .or_else(|| list(concept, "coding").find_map(|coding| text(coding, "code")))
}

/// The words of a HumanName: its text, else given and family names.
pub(crate) fn human_name(name: &Value) -> Option<String> {
    let parts = || {
        let given: Vec<&str> = list(name, "given").filter_map(Value::as_str).collect();
        field(&format!("{} {}", given.join(" "), text(name, "family").unwrap_or_default()))
    };
    text(name, "text").or_else(parts)
}

fn from_xml(bytes: &[u8]) -> Result<Value, Damage> {
    let tree = xml::parse(bytes);
    match (tree.root, tree.damage) {
        (Some(root), None) if starts_upper(&root.name) => Ok(resource(&root)),
        (_, Some(damage)) => Err(damage),
        _ => Err(Damage::FhirShape),
    }
}

fn resource(element: &Element) -> Value {
    let mut members = members(element, true);
    members.insert("resourceType".into(), Value::String(element.name.clone()));
    Value::Object(members)
}

fn members(element: &Element, identified: bool) -> Map<String, Value> {
    let mut members = Map::new();
    for attribute in ["url", "id"].into_iter().filter(|_| identified) {
        if let Some(value) = element.attribute(attribute) {
            members.insert(attribute.into(), Value::String(value.to_owned()));
        }
    }
    for child in element.elements() {
        push(&mut members, child.name.clone(), value(child));
        // What JSON keeps beside a primitive, as `_name`.
        if child.attribute("value").is_some() && child.name != "div" && child.elements().next().is_some() {
            push(&mut members, format!("_{}", child.name), Value::Object(self::members(child, false)));
        }
    }
    members
}

fn push(members: &mut Map<String, Value>, name: String, value: Value) {
    match members.get_mut(&name) {
        None => {
            members.insert(name, value);
        }
        Some(Value::Array(many)) => many.push(value),
        Some(one) => {
            let before = one.take();
            *one = Value::Array(vec![before, value]);
        }
    }
}

fn value(element: &Element) -> Value {
    if element.name == "div" {
        let text = block_text(element).replace('&', "&amp;").replace('<', "&lt;");
        return Value::String(text.replace('\n', "<br/>"));
    }
    let mut inside = element.elements();
    if let Some(inner) = inside.next().filter(|inner| starts_upper(&inner.name)) {
        return resource(inner);
    }
    match element.attribute("value") {
        Some(value) => Value::String(value.to_owned()),
        None => Value::Object(members(element, true)),
    }
}

/// The text of a narrative, with a break after each block.
fn block_text(element: &Element) -> String {
    let mut text = String::new();
    for node in &element.children {
        match node {
            // A break of a line in the source is a space.
            Node::Text(piece) => text.push_str(&piece.replace(['\n', '\r'], " ")),
            Node::Element(inner) => {
                text.push_str(&block_text(inner));
                text.push(if matches!(inner.name.as_str(), "td" | "th" | "b" | "i" | "span") {
                    ' '
                } else {
                    '\n'
                });
            }
        }
    }
    text
}

fn starts_upper(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

fn first(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(many) => many.iter().find(|value| !value.is_null()),
        Value::Null => None,
        one => Some(one),
    }
}

/// Longest resource or bundle that is read: 64 MiB.
pub const FHIR_LIMIT: usize = 64 << 20;

const MAX_CODES: usize = 50;
