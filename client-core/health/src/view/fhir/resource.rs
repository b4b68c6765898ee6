//! One resource: its heading, its elements, what it contains and leads to, its narrative.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::heading::Heading;
use super::phrase::{Reading, join};
use super::row::{leaves, show_inside};
use super::table::{is_technical, ordered};
use crate::fhir::refer::References;
use crate::fhir::{list, resource_type, standing};
use crate::view::{Key, Sheet, Words};

/// Shows resources, each once.
pub(super) struct Shower<'a> {
    pub(super) references: &'a References<'a>,
    pub(super) words: &'a dyn Words,
    /// Whom the document is about, as the resources refer to them.
    pub(super) subject: Option<&'a Value>,
    shown: HashSet<*const Value>,
}

impl<'a> Shower<'a> {
    pub(super) fn new(root: &'a Value, references: &'a References<'a>, words: &'a dyn Words) -> Self {
        let resources = || list(root, "entry").filter_map(|entry| entry.get("resource"));
        let of = |resource: &'a Value| resource.get("subject").or_else(|| resource.get("patient"));
        let subject = of(root).or_else(|| resources().find_map(of)).filter(|subject| subject.is_object());
        Self { references, words, subject, shown: HashSet::new() }
    }

    /// Reads the elements of a resource, with those that it contains.
    pub(super) fn reading(&self, resource: &'a Value) -> Reading<'a> {
        Reading { references: self.references, contained: HashMap::new(), words: self.words }.within(resource)
    }

    pub(super) fn is_shown(&self, resource: &Value) -> bool {
        self.shown.contains(&core::ptr::from_ref(resource))
    }

    /// Shows a resource under a heading; where it was shown already, its heading only.
    pub(super) fn resource(&mut self, resource: &'a Value, level: u8, sheet: &mut Sheet) {
        self.below(resource, level, &self.reading(resource), sheet);
    }

    fn below(&mut self, resource: &'a Value, level: u8, reading: &Reading<'a>, sheet: &mut Sheet) {
        let first = self.shown.insert(core::ptr::from_ref(resource));
        let Some(members) = resource.as_object() else {
            return reading.rows("resource", resource, sheet);
        };
        if sheet.is_full() {
            return sheet.left_out(if first { leaves(resource) } else { 0 });
        }
        let kind = resource_type(resource).unwrap_or("-");
        if kind == "Bundle" && first {
            let references = References::of(resource);
            let from = sheet.len();
            Shower::new(resource, &references, self.words).bundle(resource, level, sheet);
            return sheet.void_since(from, standing::void(resource));
        }
        let heading = reading.heading(kind, resource, members);
        let from = sheet.len();
        sheet.heading(level, &heading.text);
        if first {
            self.said(kind, resource, (level, heading), reading, sheet);
        }
        sheet.void_since(from, standing::void(resource));
    }

    /// What stands under the heading of a resource.
    fn said(
        &mut self,
        kind: &'a str,
        resource: &'a Value,
        (level, heading): (u8, Heading<'a>),
        reading: &Reading<'a>,
        sheet: &mut Sheet,
    ) {
        let Some(members) = resource.as_object() else { return };
        if level == 1 {
            self.patient(reading, sheet);
        }
        reading.emit("", heading.more, sheet);
        for (name, value) in ordered(kind, members) {
            if !heading.said.contains(&name) && !is_technical(name, value) {
                self.element(kind, name, value, reading, sheet);
            }
        }
        self.inner(members, level, reading, sheet);
        if let Some(text) = members.get("text").filter(|text| !text.is_string()) {
            reading.narrative("text", text, Some(resource), sheet);
        }
        if kind == "Composition" {
            self.sections(resource, level.saturating_add(1), reading, sheet);
        }
    }

    fn patient(&self, reading: &Reading<'a>, sheet: &mut Sheet) {
        let said = self.subject.and_then(|subject| Some(reading.short("subject", subject)?.text));
        sheet.key(Key::Patient, said.filter(|text| !text.is_empty()));
    }

    fn element(&self, kind: &str, name: &str, value: &'a Value, reading: &Reading<'a>, sheet: &mut Sheet) {
        match (kind, name) {
            // Shown after the other elements.
            (_, "text" | "contained") | ("Composition", "section") if !value.is_string() => {}
            ("Bundle", "entry" | "link") => {}
            (_, "subject" | "patient") if self.is_subject(value) => {}
            (_, "meta") => {
                for name in ["security", "tag", "extension"] {
                    if let Some(value) = value.get(name) {
                        reading.rows(name, value, sheet);
                    }
                }
            }
            ("Binary", "data") => {}
            _ => reading.rows(&join("", name), value, sheet),
        }
    }

    /// Whether a reference leads to whom the document is about, and says no more of them.
    fn is_subject(&self, value: &Value) -> bool {
        let Some(subject) = self.subject else { return false };
        let plain = |value: &Value| {
            value.as_object().is_some_and(|members| {
                members.keys().all(|name| matches!(name.as_str(), "reference" | "display" | "type"))
            })
        };
        let target = |value: &'a Value| self.references.find(value.get("reference")?.as_str()?);
        let same = |name: &str| value.get(name) == subject.get(name);
        let display = value.get("display").is_none() || same("display");
        let leads = || {
            let found = self.references.find(value.get("reference")?.as_str()?)?;
            Some(core::ptr::eq(found, target(subject)?))
        };
        plain(value)
            && display
            && ((value.get("reference").is_some() && same("reference"))
                || leads() == Some(true)
                || value == subject)
    }

    /// What a resource contains, and what its results and medicines lead to.
    fn inner(
        &mut self,
        members: &'a Map<String, Value>,
        level: u8,
        reading: &Reading<'a>,
        sheet: &mut Sheet,
    ) {
        let below = level.saturating_add(1);
        if members.get("resourceType").and_then(Value::as_str) == Some("Binary")
            && members.contains_key("data")
        {
            show_inside(members, sheet);
        }
        let contained = match members.get("contained") {
            Some(Value::Array(many)) => many.as_slice(),
            Some(one) => core::slice::from_ref(one),
            None => &[],
        };
        for inside in contained {
            if !self.is_shown(inside) && !is_named_only(inside) {
                self.below(inside, below, reading, sheet);
            }
        }
        if level >= DEEPEST {
            return;
        }
        for name in LEADING {
            let many = match members.get(name) {
                Some(Value::Array(many)) => many.as_slice(),
                Some(one) => core::slice::from_ref(one),
                None => continue,
            };
            for reference in many {
                let reference = reference.get("item").unwrap_or(reference);
                let target = reference.get("reference").and_then(Value::as_str);
                let Some(found) = target.and_then(|target| self.references.find(target)) else { continue };
                if self.is_shown(found) {
                } else if is_named_only(found) {
                    self.shown.insert(core::ptr::from_ref(found));
                } else {
                    self.resource(found, below, sheet);
                }
            }
        }
    }
}

/// Whether a medicine is nothing but its name, which stands where it is used.
fn is_named_only(resource: &Value) -> bool {
    let plain = |name: &String| matches!(name.as_str(), "resourceType" | "id" | "meta" | "code");
    resource_type(resource) == Some("Medication")
        && resource.as_object().is_some_and(|members| members.keys().all(plain))
        && resource.get("code").is_some_and(|code| leaves(code) <= 12)
}

/// Elements whose targets are shown below.
const LEADING: [&str; 4] = ["medicationReference", "result", "hasMember", "entry"];

/// Deepest level of headings below which nothing is drawn in.
const DEEPEST: u8 = 6;
