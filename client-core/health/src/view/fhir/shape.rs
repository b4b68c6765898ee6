//! Datatypes of R4, told by their members: a foreign element may have any name.

use serde_json::{Map, Value};

/// A datatype whose members one phrase says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Address,
    Annotation,
    Attachment,
    Coding,
    Concept,
    ContactPoint,
    Extension,
    HumanName,
    Identifier,
    Money,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    SampledData,
    Timing,
    /// Any other: said member by member.
    Backbone,
}

/// A datatype by its members: those that hold one primitive, a list of primitives, or elements; and those of which one must be there.
struct Known {
    shape: Shape,
    single: &'static [&'static str],
    listed: &'static [&'static str],
    nested: &'static [&'static str],
    any: &'static [&'static str],
}

impl Shape {
    pub(super) fn of(members: &Map<String, Value>) -> Self {
        if is_extension(members) {
            return Self::Extension;
        }
        let found = KNOWN.iter().find(|known| known.fits(members));
        found.map_or(Self::Backbone, |known| known.shape)
    }

    /// Members that the phrase of the datatype says, or leaves unsaid as technical.
    pub(super) fn has(self, member: &str) -> bool {
        if self == Self::Extension {
            return member == "url" || member == "extension" || member.starts_with("value");
        }
        KNOWN
            .iter()
            .filter(|known| known.shape == self)
            .any(|known| [known.single, known.listed, known.nested].iter().any(|all| all.contains(&member)))
    }
}

impl Known {
    /// All plain members are the datatype's, each of its kind; extensions may stand beside them.
    fn fits(&self, members: &Map<String, Value>) -> bool {
        let own = |(name, value): (&String, &Value)| {
            let name = name.as_str();
            beside(name)
                || (self.single.contains(&name) && is_primitive(value))
                || (self.listed.contains(&name) && is_listed(value))
                || self.nested.contains(&name)
        };
        let there = |name: &&str| members.get(*name).is_some_and(|value| !value.is_null());
        members.iter().all(own) && self.any.iter().any(there) && self.is_meant(members)
    }

    /// Tells apart datatypes that share their members.
    fn is_meant(&self, members: &Map<String, Value>) -> bool {
        let has = |name: &str| members.contains_key(name);
        match self.shape {
            Shape::Quantity => !has("system") || has("code") || has("unit") || has("comparator"),
            Shape::ContactPoint => {
                let system = members.get("system").and_then(Value::as_str).unwrap_or_default();
                has("rank") || CONTACTS.contains(&system)
            }
            _ => true,
        }
    }
}

/// Members that any element may have beside its own.
fn beside(name: &str) -> bool {
    matches!(name, "id" | "extension" | "modifierExtension") || name.starts_with('_')
}

fn is_extension(members: &Map<String, Value>) -> bool {
    let own = |name: &String| beside(name) || name == "url" || name.starts_with("value");
    members.get("url").is_some_and(Value::is_string)
        && members.keys().any(|name| name == "extension" || name.starts_with("value"))
        && members.keys().all(own)
}

pub(super) fn is_primitive(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn is_listed(value: &Value) -> bool {
    match value {
        Value::Array(many) => many.iter().all(is_primitive),
        one => is_primitive(one),
    }
}

const CONTACTS: [&str; 7] = ["phone", "fax", "email", "pager", "url", "sms", "other"];

/// The first that fits is taken.
const KNOWN: [Known; 17] = [
    Known {
        shape: Shape::Coding,
        single: &["system", "version", "code", "display", "userSelected"],
        listed: &[],
        nested: &[],
        any: &["code"],
    },
    Known {
        shape: Shape::Reference,
        single: &["reference", "type", "display"],
        listed: &[],
        nested: &["identifier"],
        any: &["reference", "display", "identifier"],
    },
    Known {
        shape: Shape::Coding,
        single: &["system", "version", "display", "userSelected"],
        listed: &[],
        nested: &[],
        any: &["display"],
    },
    Known {
        shape: Shape::Concept,
        single: &["text"],
        listed: &[],
        nested: &["coding"],
        any: &["coding", "text"],
    },
    Known {
        shape: Shape::Money,
        single: &["value", "currency"],
        listed: &[],
        nested: &[],
        any: &["currency"],
    },
    Known {
        shape: Shape::Quantity,
        single: &["value", "comparator", "unit", "system", "code"],
        listed: &[],
        nested: &[],
        any: &["value", "comparator", "unit"],
    },
    Known {
        shape: Shape::Period,
        single: &["start", "end"],
        listed: &[],
        nested: &[],
        any: &["start", "end"],
    },
    Known { shape: Shape::Range, single: &[], listed: &[], nested: &["low", "high"], any: &["low", "high"] },
    Known {
        shape: Shape::Ratio,
        single: &[],
        listed: &[],
        nested: &["numerator", "denominator"],
        any: &["numerator", "denominator"],
    },
    Known {
        shape: Shape::SampledData,
        single: &["period", "factor", "lowerLimit", "upperLimit", "dimensions", "data"],
        listed: &[],
        nested: &["origin"],
        any: &["origin"],
    },
    Known {
        shape: Shape::ContactPoint,
        single: &["system", "value", "use", "rank"],
        listed: &[],
        nested: &["period"],
        any: &["value"],
    },
    Known {
        shape: Shape::Identifier,
        single: &["use", "system", "value"],
        listed: &[],
        nested: &["type", "period", "assigner"],
        any: &["value"],
    },
    Known {
        shape: Shape::Attachment,
        single: &["contentType", "language", "data", "url", "size", "hash", "title", "creation"],
        listed: &[],
        nested: &[],
        any: &["contentType", "data", "hash"],
    },
    Known {
        shape: Shape::Annotation,
        single: &["text", "time", "authorString"],
        listed: &[],
        nested: &["authorReference"],
        any: &["time", "authorString", "authorReference"],
    },
    Known {
        shape: Shape::Timing,
        single: &[],
        listed: &["event"],
        nested: &["repeat", "code"],
        any: &["repeat", "event"],
    },
    Known {
        shape: Shape::HumanName,
        single: &["use", "text", "family"],
        listed: &["given", "prefix", "suffix"],
        nested: &["period"],
        any: &["family", "given", "prefix", "suffix"],
    },
    Known {
        shape: Shape::Address,
        single: &["use", "type", "text", "city", "district", "state", "postalCode", "country"],
        listed: &["line"],
        nested: &["period"],
        any: &["line", "city", "postalCode", "district", "state", "country"],
    },
];
