//! Coded words, references, identifiers and attachments as phrases.

use serde_json::{Map, Value};

use super::phrase::{Phrase, Reading};
use super::quantity::text_of;
use super::shape::Shape;
use super::table::lead;
use crate::fhir::medicine::ingredient_names;
use crate::fhir::{label, resource_type};
use crate::view::line;

impl<'a> Reading<'a> {
    /// The text, then what else its codings are called; a coding without a name gives its code.
    pub(super) fn concept(&self, name: &str, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let mut words: Vec<String> = self.member(members, "text").into_iter().collect();
        let coding = members.get("coding");
        let codings = coding.map_or(&[][..], |coding| match coding {
            Value::Array(many) => many.as_slice(),
            one => std::slice::from_ref(one),
        });
        for coding in codings {
            let said = self.phrase(name, coding);
            let text = phrase.absorb("coding", said);
            if !text.is_empty() && !words.iter().any(|known| says(known, &text)) {
                words.push(text);
            }
        }
        phrase.text = first_and_others(words);
        phrase
    }

    /// The screen's word for the code, else its display, else the code with its system.
    pub(super) fn coding(&self, name: &str, members: &'a Map<String, Value>) -> Phrase<'a> {
        let text = |name: &str| members.get(name).and_then(text_of);
        let (display, system) = (text("display"), text("system"));
        let Some(code) = self.member(members, "code") else {
            return Phrase::of(display.or(system).unwrap_or_default());
        };
        // A laboratory may say more of a flag than the code does.
        let known = self.code(name, &code).or_else(|| self.code("absent", &code));
        Phrase::of(match (known, display, system.as_deref().map(system_name)) {
            (Some(known), Some(display), _) if !says(&known, &display) => {
                first_and_others(vec![known, display])
            }
            (Some(known), Some(_), _) => known,
            (Some(known), None, _) => known,
            (None, Some(display), _) => display,
            (None, None, Some(system)) if !system.is_empty() => format!("{code} ({system})"),
            (None, None, _) => code,
        })
    }

    /// What it leads to by its name there, else what the reference calls it, else its own text.
    pub(super) fn reference(&self, name: &str, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let display = self.member(members, "display");
        let target = members.get("reference").and_then(Value::as_str);
        let found = target.and_then(|target| self.resolve(target));
        let named = found.and_then(|found| self.name_of(found));
        let identifier = self.said(&mut phrase, members, "identifier");
        let mut words: Vec<String> = named.into_iter().collect();
        for other in [display, identifier].into_iter().flatten() {
            if !words.iter().any(|known| says(known, &other)) {
                words.push(other);
            }
        }
        if words.is_empty() && name.starts_with("medication") {
            words.extend(self.words.say("fhir-medicine-unnamed", &[]));
        }
        if words.is_empty() {
            words.extend(self.member(members, "reference").or_else(|| self.member(members, "type")));
        }
        phrase.text = first_and_others(words);
        phrase
    }

    /// The resource that a reference leads to: contained, or in the bundle.
    pub(super) fn resolve(&self, target: &str) -> Option<&'a Value> {
        match target.strip_prefix('#') {
            Some(id) => self.contained.get(id).copied().or_else(|| self.references.find(target)),
            None => self.references.find(target),
        }
    }

    /// What a resource is called by others.
    pub(super) fn name_of(&self, resource: &'a Value) -> Option<String> {
        self.references.read_name(resource, || {
            let kind = resource_type(resource)?;
            let Some((name, value)) = lead(kind, resource.as_object()?) else {
                return self.ingredients(resource);
            };
            let value = match value {
                Value::Array(many) => many.first()?,
                one => one,
            };
            let own = self.within(resource);
            let text = match own.short(name, value) {
                Some(phrase) => phrase.text,
                None => label(value)?,
            };
            Some(text.chars().take(LONGEST_NAME).collect()).filter(|text: &String| !text.is_empty())
        })
    }

    /// What a medicine without a name is called: by its ingredients.
    pub(super) fn ingredients(&self, resource: &'a Value) -> Option<String> {
        let own = self.within(resource);
        let find = |reference: &'a Value| {
            let target = reference.get("reference")?.as_str()?;
            own.resolve(target).or_else(|| self.resolve(target))
        };
        ingredient_names(resource, find)
    }

    /// The value, with what kind of number it is.
    pub(super) fn identifier(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let mut words: Vec<String> = self.member(members, "value").into_iter().collect();
        for name in ["type", "assigner", "period"] {
            words.extend(self.said(&mut phrase, members, name));
        }
        phrase.text = first_and_others(words);
        phrase
    }

    /// What the file inside is; its bytes are not text of the document.
    pub(super) fn attachment(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let names = ["title", "contentType", "language", "creation", "url"];
        let words: Vec<String> = names.iter().filter_map(|name| self.member(members, name)).collect();
        let inside = members.contains_key("data").then_some(members);
        Phrase { text: words.join(" · "), inside: inside.into_iter().collect(), ..Phrase::default() }
    }

    /// A remark, with who wrote it and when.
    pub(super) fn annotation(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let mut words: Vec<String> = self.member(members, "text").into_iter().collect();
        for name in ["authorString", "authorReference", "time"] {
            words.extend(self.said(&mut phrase, members, name));
        }
        phrase.text = first_and_others(words);
        phrase
    }

    /// What an extension is called (the end of its address), and its value or the extensions in it.
    pub(super) fn extension(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let (name, mut phrase) = self.extension_parts(members);
        phrase.text = self.labelled(&name, &phrase.text);
        phrase
    }

    /// The name of an extension, and what it says.
    pub(super) fn extension_parts(&self, members: &'a Map<String, Value>) -> (String, Phrase<'a>) {
        let mut phrase = Phrase::default();
        let url = members.get("url").and_then(Value::as_str).unwrap_or_default();
        let mut words = Vec::new();
        for (name, value) in members.iter().filter(|(name, _)| name.starts_with("value")) {
            // The reason of an absence has the words of that code.
            let absent = url.ends_with("data-absent-reason");
            let said = self.phrase(if absent { "dataAbsentReason" } else { name }, value);
            words.push(phrase.absorb(name, said));
        }
        if let Some(inner) = members.get("extension") {
            let said = self.phrase("extension", inner);
            words.push(phrase.absorb("extension", said));
        }
        words.retain(|text| !text.is_empty());
        phrase.text = words.join(" · ");
        phrase.keep_unsaid(Shape::Extension, members);
        (self.extension_name(url), phrase)
    }

    fn extension_name(&self, url: &str) -> String {
        let name = url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or(url);
        let is_plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let known = is_plain.then(|| self.words.say(&format!("fhir-extension-{name}"), &[])).flatten();
        known.unwrap_or_else(|| line(name))
    }
}

/// "First (second, third)".
pub(super) fn first_and_others(words: Vec<String>) -> String {
    let mut words = words.into_iter();
    let first = words.next().unwrap_or_default();
    let others: Vec<String> = words.collect();
    if others.is_empty() { first } else { format!("{first} ({})", others.join(", ")) }
}

/// Whether a text says another already, word for word.
pub(super) fn says(known: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.fold(" ".to_owned(), |text, word| text + &word.to_lowercase() + " ")
    };
    let other = plain(other);
    other.len() > 1 && plain(known).contains(&other)
}

/// What people call a system of codes; HL7's own need no name.
fn system_name(system: &str) -> &str {
    let known = SYSTEMS.iter().find(|(begin, _)| system.starts_with(begin));
    known.map_or(system, |(_, name)| name)
}

/// Most characters of a name by which another resource is called.
const LONGEST_NAME: usize = 300;

const SYSTEMS: [(&str, &str); 12] = [
    ("http://snomed.info/sct", "SNOMED CT"),
    ("http://loinc.org", "LOINC"),
    ("http://www.whocc.no/atc", "ATC"),
    ("http://hl7.org/fhir/sid/icd-10", "ICD-10"),
    ("http://hl7.org/fhir/sid/icd-11", "ICD-11"),
    ("http://hl7.org/fhir/sid/cvx", "CVX"),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm"),
    ("http://unitsofmeasure.org", "UCUM"),
    ("http://standardterms.edqm.eu", "EDQM"),
    ("http://terminology.hl7.org/", ""),
    ("http://hl7.org/fhir/", ""),
    ("urn:ietf:bcp:47", ""),
];
