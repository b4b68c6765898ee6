//! One element as one phrase; what does not belong into it is handed back, so that nothing is lost.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::row::is_small;
use super::shape::{Shape, is_primitive};
use super::table::{is_bare, is_id, ordered};
use crate::fhir::canonical::digits;
use crate::fhir::list;
use crate::fhir::refer::References;
use crate::view::{Words, line, moment};

/// What an element says.
#[derive(Debug, Default)]
pub(super) struct Phrase<'a> {
    pub(super) text: String,
    /// Elements that the phrase does not say, by their paths.
    pub(super) rest: Vec<(String, &'a Value)>,
    /// Parts that no screen shows.
    pub(super) left_out: usize,
    /// Attachments inside, whose text may be shown.
    pub(super) inside: Vec<&'a Map<String, Value>>,
}

/// Reads the elements of one resource: in the words of a screen, with the references that lead somewhere.
pub(super) struct Reading<'a> {
    pub(super) references: &'a References<'a>,
    pub(super) contained: HashMap<&'a str, &'a Value>,
    pub(super) words: &'a dyn Words,
}

impl<'a> Phrase<'a> {
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Takes over what another phrase hands back, under a path; gives its text.
    pub(super) fn absorb(&mut self, path: &str, other: Self) -> String {
        let under = |(name, value): (String, &'a Value)| (join(path, &name), value);
        self.rest.extend(other.rest.into_iter().map(under));
        self.left_out += other.left_out;
        self.inside.extend(other.inside);
        other.text
    }

    /// Keeps the members that a datatype's phrase does not say: what stands beside it, as extensions of its members do.
    pub(super) fn keep_unsaid(&mut self, shape: Shape, members: &'a Map<String, Value>) {
        let unsaid = members.iter().filter(|(name, value)| !is_id(name, value) && !shape.has(name));
        self.rest.extend(unsaid.map(|(name, value)| (name.clone(), value)));
    }

    fn add(&mut self, text: &str, between: &str) {
        if !text.is_empty() {
            if !self.text.is_empty() {
                self.text.push_str(between);
            }
            self.text.push_str(text);
        }
    }
}

impl<'a> Reading<'a> {
    /// Reads another resource, with what that one contains.
    pub(super) fn within(&self, resource: &'a Value) -> Self {
        let by_id = |inside: &'a Value| Some((inside.get("id")?.as_str()?, inside));
        let contained = list(resource, "contained").filter_map(by_id).collect();
        Self { references: self.references, contained, words: self.words }
    }

    /// The phrase of an element that is small enough for one; reading it costs no more than its size.
    pub(super) fn short(&self, name: &str, value: &'a Value) -> Option<Phrase<'a>> {
        is_small(value).then(|| self.phrase(name, value))
    }

    /// The phrase of an element by its name.
    pub(super) fn phrase(&self, name: &str, value: &'a Value) -> Phrase<'a> {
        match value {
            Value::Null => Phrase::default(),
            Value::Array(many) => {
                let mut phrase = Phrase::default();
                for one in many {
                    let text = phrase.absorb("", self.phrase(name, one));
                    phrase.add(&text, if one.is_object() { " ; " } else { ", " });
                }
                phrase
            }
            Value::Object(members) => self.object(name, members),
            // What is inside a file is no text.
            Value::String(_) if name == "data" || name.ends_with("Base64Binary") => {
                Phrase { left_out: 1, ..Phrase::default() }
            }
            primitive => Phrase::of(self.primitive(name, primitive)),
        }
    }

    fn object(&self, name: &str, members: &'a Map<String, Value>) -> Phrase<'a> {
        let shape = Shape::of(members);
        let mut phrase = match shape {
            Shape::Address => self.address(members),
            Shape::Annotation => self.annotation(members),
            Shape::Attachment => self.attachment(members),
            Shape::Coding => self.coding(name, members),
            Shape::Concept => self.concept(name, members),
            Shape::ContactPoint => self.contact_point(members),
            Shape::Extension => return self.extension(members),
            Shape::HumanName => self.human_name(members),
            Shape::Identifier => self.identifier(members),
            Shape::Money | Shape::Quantity => self.quantity(members),
            Shape::Period => self.period(members),
            Shape::Range => self.range(members),
            Shape::Ratio => self.ratio(members),
            Shape::Reference => self.reference(name, members),
            Shape::SampledData => self.sampled_data(members),
            Shape::Timing => self.timing(members),
            Shape::Backbone => return self.backbone(name, members),
        };
        phrase.keep_unsaid(shape, members);
        phrase
    }

    /// Member by member, each by its name but for those that need none.
    pub(super) fn backbone(&self, name: &str, members: &'a Map<String, Value>) -> Phrase<'a> {
        // One limit alone says on which side it stands.
        let mut phrase = self.range(members);
        for (member, value) in ordered(name, members) {
            if matches!(member, "low" | "high") {
                continue;
            }
            if member == "modifierExtension" {
                phrase.rest.push((member.to_owned(), value));
                continue;
            }
            let said = self.phrase(member, value);
            let mut text = phrase.absorb(member, said);
            if !text.is_empty() && !is_bare(member) {
                text = self.labelled(&self.label(member), &text);
            }
            phrase.add(&text, " · ");
        }
        phrase
    }

    /// A primitive: a code in the words of the screen, a date as it is written, else what stands there.
    pub(super) fn primitive(&self, name: &str, value: &Value) -> String {
        match value {
            Value::String(text) => {
                let text = line(text);
                self.code(name, &text).unwrap_or_else(|| date(&text))
            }
            Value::Bool(yes) => {
                let yes = yes.to_string();
                self.code(name, &yes).unwrap_or(yes)
            }
            Value::Null => String::new(),
            Value::Number(number) => digits(number),
            other => other.to_string(),
        }
    }

    /// The words for a code of an element.
    pub(super) fn code(&self, name: &str, code: &str) -> Option<String> {
        let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if code.is_empty() || code.len() > LONGEST_CODE || !code.chars().all(is_code) {
            return None;
        }
        let general =
            || self.words.say(&format!("fhir-{code}"), &[]).filter(|_| matches!(code, "true" | "false"));
        self.words.say(&format!("fhir-{}-{code}", stem(name)), &[]).or_else(general)
    }

    /// The name of an element, or of the elements of a path.
    pub(super) fn label(&self, path: &str) -> String {
        let known = |name: &str| {
            let name = name.trim_start_matches('_');
            self.words
                .say(&format!("fhir-{name}"), &[])
                .or_else(|| self.words.say(&format!("fhir-{}", stem(name)), &[]))
        };
        let is_plain =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let names: Vec<String> = path
            .split('.')
            .map(|name| {
                Some(name).filter(|name| is_plain(name)).and_then(known).unwrap_or_else(|| name.to_owned())
            })
            .collect();
        line(&names.join(" › "))
    }

    /// "Name: text", with the punctuation of the screen's language.
    pub(super) fn labelled(&self, label: &str, text: &str) -> String {
        self.words
            .say("fhir-labelled", &[("label", label), ("text", text)])
            .unwrap_or_else(|| format!("{label}: {text}"))
    }

    /// The text of a primitive member.
    pub(super) fn member(&self, members: &Map<String, Value>, name: &str) -> Option<String> {
        let value = members.get(name).filter(|value| is_primitive(value))?;
        Some(self.primitive(name, value)).filter(|text| !text.is_empty())
    }

    /// The phrase of a member, whose rest is taken over.
    pub(super) fn said(
        &self,
        phrase: &mut Phrase<'a>,
        members: &'a Map<String, Value>,
        name: &str,
    ) -> Option<String> {
        let said = self.phrase(name, members.get(name)?);
        Some(phrase.absorb(name, said)).filter(|text| !text.is_empty())
    }
}

/// A date as it is written; a time on the reader's clock.
fn date(text: &str) -> String {
    let has_time = text.len() >= 16 && text.as_bytes().get(10) == Some(&b'T');
    let at = has_time.then(|| crate::date::fhir(text)).flatten();
    at.map_or_else(|| text.to_owned(), moment)
}

/// The name of a choice without its datatype: `valueQuantity` is a `value`.
pub(super) fn stem(name: &str) -> &str {
    let choice = |stem: &&&str| {
        let rest = name.strip_prefix(**stem);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    CHOICES.iter().find(choice).copied().unwrap_or(name)
}

/// A path with one more name.
pub(super) fn join(path: &str, name: &str) -> String {
    // A name is as long as its writer likes, and stands before each leaf below it.
    let name: String = name.chars().take(LONGEST_ELEMENT).collect();
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

const LONGEST_CODE: usize = 60;

/// Most characters of an element's name; R4's longest has 30.
const LONGEST_ELEMENT: usize = 60;

/// Elements of R4 that have a choice of datatypes (`value[x]`).
const CHOICES: [&str; 24] = [
    "value",
    "effective",
    "onset",
    "abatement",
    "performed",
    "occurrence",
    "occurred",
    "medication",
    "deceased",
    "multipleBirth",
    "bounds",
    "asNeeded",
    "doseNumber",
    "seriesDoses",
    "dose",
    "rate",
    "serviced",
    "born",
    "age",
    "product",
    "diagnosis",
    "procedure",
    "allowed",
    "timing",
];
