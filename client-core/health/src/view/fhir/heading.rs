//! The line above a resource: what it is, its value, and whether it is so. What is over, cancelled, refuted or
//! written by mistake never looks present, and what must not be done never like an order.

use serde_json::{Map, Value};

use super::phrase::{Phrase, Reading};
use super::row::is_small;
use super::table::lead;
use crate::fhir::label;
use crate::profile::{Presence, item_of};

/// A heading, and the members that it says.
pub(super) struct Heading<'a> {
    pub(super) text: String,
    pub(super) said: Vec<&'a str>,
    /// What the members in it say beyond the heading.
    pub(super) more: Phrase<'a>,
}

impl<'a> Reading<'a> {
    pub(super) fn heading(
        &self,
        kind: &'a str,
        resource: &'a Value,
        members: &'a Map<String, Value>,
    ) -> Heading<'a> {
        let (mut more, mut said) = (Phrase::default(), Vec::new());
        let mut text = String::new();
        if let Some((name, value)) = lead(kind, members) {
            match self.short(name, value) {
                Some(phrase) => {
                    text = more.absorb(name, phrase);
                    said.push(name);
                }
                None => text = label(value).unwrap_or_default().chars().take(LONGEST_VALUE).collect(),
            }
        }
        if text.is_empty() && kind == "Medication" {
            text = self.ingredients(resource).unwrap_or_default();
        }
        if text.is_empty() {
            text = self.kind_name(kind);
        }
        if kind == "Observation" {
            self.measured(members, &mut text, &mut said, &mut more);
        }
        for (name, value) in members.iter().filter(|(name, _)| NEGATIONS.contains(&name.as_str())) {
            if is(value, true) {
                let id = |code: &str| self.words.say(&format!("fhir-{name}-{code}"), &[]);
                let not = id(kind).or_else(|| id("true")).unwrap_or_else(|| format!("{name} true"));
                text = self.labelled(&not, &text);
                said.push(name.as_str());
            }
        }
        let marks = self.marks(kind, resource, members, &mut said, &mut more);
        if !marks.is_empty() {
            text = format!("{text} ({})", marks.join(", "));
        }
        Heading { text, said, more }
    }

    /// What people call a type of resource.
    pub(super) fn kind_name(&self, kind: &str) -> String {
        let is_name = kind.bytes().all(|b| b.is_ascii_alphanumeric());
        let known = is_name.then(|| self.words.say(&format!("fhir-type-{kind}"), &[])).flatten();
        known.unwrap_or_else(|| crate::view::line(kind))
    }

    /// A measure's value and flags stand beside its name.
    fn measured(
        &self,
        members: &'a Map<String, Value>,
        text: &mut String,
        said: &mut Vec<&'a str>,
        more: &mut Phrase<'a>,
    ) {
        let mut words = Vec::new();
        let value = members.iter().filter(|(name, _)| name.starts_with("value"));
        for (name, value) in value.chain(members.iter().filter(|(name, _)| *name == "interpretation")) {
            let Some(phrase) = self.short(name, value) else { continue };
            if phrase.text.chars().count() <= LONGEST_VALUE {
                words.push(more.absorb(name, phrase));
                said.push(name.as_str());
            }
        }
        words.retain(|text| !text.is_empty());
        if !words.is_empty() {
            *text = self.labelled(text, &words.join(" · "));
        }
    }

    fn marks(
        &self,
        kind: &str,
        resource: &Value,
        members: &'a Map<String, Value>,
        said: &mut Vec<&'a str>,
        more: &mut Phrase<'a>,
    ) -> Vec<String> {
        let word = |id: &str| self.words.say(&format!("fhir-{id}"), &[]).unwrap_or_else(|| id.to_owned());
        let mut marks = Vec::new();
        let presence = item_of(resource).map(|item| item.presence);
        match presence {
            Some(Presence::KnownAbsent) => marks.push(word("known-absent")),
            Some(Presence::NotAsked) => marks.push(word("not-asked")),
            _ => {}
        }
        for name in STATUSES {
            let Some((name, value)) = members.get_key_value(name) else { continue };
            // "Active" beside "no known allergy" would read like an allergy.
            let misleads = presence == Some(Presence::KnownAbsent)
                && is_small(value)
                && !value.to_string().contains("error");
            let Some(phrase) = self.short(name, value) else { continue };
            if !misleads && phrase.text.chars().count() <= LONGEST_VALUE {
                let of_kind = value.as_str().and_then(|code| self.code(kind, code));
                let text = more.absorb(name, phrase);
                marks.push(of_kind.unwrap_or(text));
                said.push(name.as_str());
            }
        }
        if members.get("active").is_some_and(|active| is(active, false)) {
            marks.push(word("active-false"));
        }
        if members.contains_key("modifierExtension") {
            marks.push(word("modified"));
        }
        marks.retain(|mark| !mark.is_empty());
        marks
    }
}

/// Whether a boolean is so; XML writes it as text.
fn is(value: &Value, wanted: bool) -> bool {
    match value {
        Value::Bool(found) => *found == wanted,
        Value::String(text) => text.trim() == if wanted { "true" } else { "false" },
        _ => false,
    }
}

/// Members that say that something is, or was, not done; those beside `doNotPerform` are of earlier releases.
const NEGATIONS: [&str; 6] =
    ["doNotPerform", "prohibited", "wasNotTaken", "wasNotGiven", "notGiven", "notDone"];

const STATUSES: [&str; 5] =
    ["verificationStatus", "clinicalStatus", "status", "docStatus", "lifecycleStatus"];

/// Most characters of a value or status that stands in a heading.
const LONGEST_VALUE: usize = 300;
