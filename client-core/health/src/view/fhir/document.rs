//! Bundles: a document by its sections, then what no section names; others by types of resources.

use std::collections::BTreeMap;

use serde_json::Value;

use super::phrase::{Reading, join};
use super::resource::Shower;
use super::table::{is_technical, place_of};
use crate::fhir::{list, resource_type};
use crate::view::Sheet;

impl<'a> Shower<'a> {
    pub(super) fn root(&mut self, root: &'a Value, sheet: &mut Sheet) {
        self.resource(root, 1, sheet);
    }

    pub(super) fn bundle(&mut self, bundle: &'a Value, level: u8, sheet: &mut Sheet) {
        let resources = || list(bundle, "entry").filter_map(|entry| entry.get("resource"));
        let (reading, below) = (self.reading(bundle), level.saturating_add(1));
        let head = resources().find(|resource| resource_type(resource) == Some("Composition"));
        match head {
            Some(composition) => self.resource(composition, level, sheet),
            None => {
                sheet.heading(level, &reading.kind_name("Bundle"));
                self.keeping(bundle, &reading, sheet);
            }
        }
        let mut kinds: BTreeMap<(usize, &str), Vec<&'a Value>> = BTreeMap::new();
        for resource in resources() {
            let kind = resource_type(resource).unwrap_or("-");
            kinds.entry((place_of(kind), kind)).or_default().push(resource);
        }
        for ((_, kind), resources) in kinds {
            let mut titled = false;
            // What a section or a report led to has been shown with it.
            for resource in resources {
                if self.is_shown(resource) {
                    continue;
                }
                if !titled {
                    sheet.heading(below, &reading.kind_name(kind));
                    titled = true;
                }
                self.resource(resource, below.saturating_add(1), sheet);
            }
        }
        if head.is_some() {
            sheet.heading(below, &reading.kind_name("Bundle"));
            self.keeping(bundle, &reading, sheet);
        }
    }

    /// The elements of the bundle itself, and those of its entries that are neither resources nor how they came.
    fn keeping(&self, bundle: &'a Value, reading: &Reading<'a>, sheet: &mut Sheet) {
        for (name, value) in bundle.as_object().into_iter().flatten() {
            if !matches!(name.as_str(), "entry" | "link" | "meta") && !is_technical(name, value) {
                reading.rows(&join("", name), value, sheet);
            }
        }
        for entry in list(bundle, "entry") {
            let Some(members) = entry.as_object() else {
                reading.rows("entry", entry, sheet);
                continue;
            };
            for (name, value) in members {
                match name.as_str() {
                    "resource" | "fullUrl" | "link" | "search" | "request" | "id" => {}
                    "response" => {
                        if let Some(outcome) = value.get("outcome") {
                            reading.rows("outcome", outcome, sheet);
                        }
                    }
                    _ => reading.rows(&join("entry", name), value, sheet),
                }
            }
        }
    }

    /// The sections of a document, or of a section of it.
    pub(super) fn sections(
        &mut self,
        parent: &'a Value,
        level: u8,
        reading: &Reading<'a>,
        sheet: &mut Sheet,
    ) {
        for section in list(parent, "section") {
            self.section(section, level, reading, sheet);
        }
    }

    /// The narrative, the entries, the sections inside.
    fn section(&mut self, section: &'a Value, level: u8, reading: &Reading<'a>, sheet: &mut Sheet) {
        let Some(members) = section.as_object() else {
            return reading.rows("section", section, sheet);
        };
        // The first of the two that is there names the section.
        let short = |name: &'static str| {
            let phrase = reading.short(name, members.get(name)?)?;
            Some((name, phrase.text)).filter(|(_, text)| !text.is_empty() && phrase.rest.is_empty())
        };
        let (said, title) = short("title").or_else(|| short("code")).unwrap_or(("", "-".to_owned()));
        sheet.heading(level, &title);
        if let Some(text) = members.get("text") {
            reading.narrative("text", text, None, sheet);
        }
        for (name, value) in members {
            match name.as_str() {
                "text" | "entry" | "section" | "id" => {}
                // The code of a titled section is its kind.
                "code" if said == "title" => {}
                name if name == said => {}
                name => reading.rows(&join("", name), value, sheet),
            }
        }
        for entry in list(section, "entry") {
            let target = entry.get("reference").and_then(Value::as_str);
            match target.and_then(|target| reading.resolve(target)) {
                Some(found) => self.resource(found, level.saturating_add(1), sheet),
                None => reading.rows("entry", entry, sheet),
            }
        }
        self.sections(section, level.saturating_add(1), reading, sheet);
    }
}
