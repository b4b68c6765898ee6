//! The searchable text of a document.

use std::collections::HashSet;

use serde_json::Value;

use crate::cda::document;
use crate::encoding::decode;
use crate::fhir;
use crate::kind::Kind;
use crate::view::{self, Block, Plain, Sheet};
use crate::xml::Element;
use crate::{calendar, charset, dicom, html, mail, pdf};

/// The text of a content for a search: at most [`TEXT_LIMIT`] bytes, cut at a character. Empty where there is none.
///
/// A CDA gives its narrative, titles and names of codes, or the text of the PDF inside. Content longer than
/// [`TEXT_SOURCE_LIMIT`] gives none: index its title.
#[must_use]
pub fn searchable_text(bytes: &[u8], kind: Kind) -> String {
    if bytes.len() > TEXT_SOURCE_LIMIT {
        return String::new();
    }
    let mut text = match kind {
        Kind::Pdf => pdf::text(bytes, TEXT_LIMIT),
        Kind::Cda => of_cda(bytes),
        Kind::FhirJson | Kind::FhirXml => fhir::parse(bytes).map(|value| of_fhir(&value)).unwrap_or_default(),
        Kind::Calendar => of_calendar(bytes),
        Kind::Html => html::to_text(&charset::html(bytes)),
        Kind::Text | Kind::Csv | Kind::Json | Kind::Xml => decode(bytes).into_owned(),
        Kind::Dicom => dicom::text(bytes),
        Kind::Zip if Kind::sniff(bytes, None) != Kind::Zip => {
            return searchable_text(bytes, Kind::sniff(bytes, None));
        }
        kind if kind.has_words() => of_view(bytes, kind),
        _ => String::new(),
    };
    cut(&mut text, TEXT_LIMIT);
    text
}

/// What the view shows, then the names that it tells another way, and what codes are called.
fn of_cda(bytes: &[u8]) -> String {
    let tree = document::parse(bytes);
    let Some(root) = tree.root else { return String::new() };
    let mut text = view::cda::words(&root);
    names(&root, &mut text);
    text
}

/// Names of persons and organisations, and what codes are called.
fn names(element: &Element, text: &mut String) {
    if text.len() > TEXT_LIMIT {
        return;
    }
    if element.name == "name" {
        let parts: Vec<String> = element.elements().map(Element::text).collect();
        push(text, &if parts.is_empty() { element.text() } else { parts.join(" ") });
    }
    if let Some(shown) = element.attribute("displayName") {
        push(text, shown);
    }
    for inner in element.elements() {
        names(inner, text);
    }
}

/// The members that people read, and whatever else the view shows.
fn of_fhir(value: &Value) -> String {
    let (mut sheet, mut text) = (Sheet::default(), String::new());
    walk(value, "", &mut text);
    let known: HashSet<String> = text.lines().map(str::to_owned).collect();
    let mut push = |said: &str| {
        if !known.contains(said) {
            push(&mut text, said);
        }
    };
    view::fhir::show_value(value, &Plain, &mut sheet);
    let shown = sheet.into_view();
    for block in &shown.blocks {
        match block {
            Block::Heading { text: said, .. } | Block::Paragraph(said) => push(said),
            Block::KeyValue { value, .. } => push(value),
            _ => {}
        }
    }
    text
}

fn walk(value: &Value, name: &str, text: &mut String) {
    if text.len() > TEXT_LIMIT {
        return;
    }
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| walk(value, name, text)),
        Value::Array(many) => many.iter().for_each(|value| walk(value, name, text)),
        Value::String(said) if name == "div" => push(text, &html::to_text(said)),
        Value::String(said) if SPOKEN.contains(&name) => push(text, said),
        _ => {}
    }
}

fn of_calendar(bytes: &[u8]) -> String {
    let mut text = String::new();
    let read = calendar::read(bytes);
    push(&mut text, read.name.as_deref().unwrap_or_default());
    for event in read.events {
        let said = [event.summary, event.location, event.description, event.organiser];
        for said in said.into_iter().flatten().chain(event.attendees) {
            push(&mut text, &said);
        }
        event.alarms.into_iter().filter_map(|alarm| alarm.text).for_each(|said| push(&mut text, &said));
        event.others.into_iter().for_each(|(_, said)| push(&mut text, &said));
    }
    text
}

/// The words that are shown.
fn of_view(bytes: &[u8], kind: Kind) -> String {
    let mut text = String::new();
    let shown = view::view(bytes, kind).unwrap_or_default();
    for block in &shown.blocks {
        match block {
            Block::Heading { text: said, .. } | Block::Paragraph(said) => push(&mut text, said),
            Block::Table { caption, head, rows } => {
                push(&mut text, caption.as_deref().unwrap_or_default());
                for row in head.iter().chain(rows) {
                    push(&mut text, &row.join(" "));
                }
            }
            Block::List { items, .. } => items.iter().for_each(|item| push(&mut text, item)),
            Block::Entry { name, facts } => {
                push(&mut text, name);
                facts.iter().for_each(|(_, value)| push(&mut text, value));
            }
            Block::KeyValue { value, .. } => push(&mut text, value),
        }
        if text.len() > TEXT_LIMIT {
            break;
        }
    }
    if let Kind::Mail | Kind::Msg = kind {
        for attachment in mail::attachments(bytes, kind) {
            // A message within a message is named, no more: what is nested has no end.
            let kind = Kind::sniff(&attachment.bytes, attachment.name.as_deref());
            if !matches!(kind, Kind::Mail | Kind::Msg) && text.len() < TEXT_LIMIT {
                push(&mut text, &searchable_text(&attachment.bytes, kind));
            }
        }
    }
    text
}

fn push(text: &mut String, said: &str) {
    if !said.trim().is_empty() {
        text.push_str(said);
        text.push('\n');
    }
}

fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

/// Members of FHIR resources that people read.
const SPOKEN: [&str; 16] = [
    "text",
    "display",
    "title",
    "description",
    "name",
    "family",
    "given",
    "valueString",
    "comment",
    "note",
    "conclusion",
    "patientInstruction",
    "city",
    "code",
    "lotNumber",
    "unit",
];

/// Most text of a document: 1 MiB.
pub const TEXT_LIMIT: usize = 1 << 20;

/// Longest content whose text is read: 64 MiB.
pub const TEXT_SOURCE_LIMIT: usize = 64 << 20;
