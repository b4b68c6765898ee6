//! What fields of a form hold (ISO 32000-1, 12.7), also where nothing is drawn of it; and XFA, where it stands apart from the pages.

use lopdf::{Dictionary, Document, Object};

use super::text::part;
use crate::office::pieces::{Piece, walk};
use crate::recognised::field as line;

/// Names and values of the fields, at most [`MAX_FIELDS`]; of what is ticked `☒`, of what is not `☐`.
pub(super) fn values(document: &Document) -> Vec<(String, String)> {
    let mut values = Vec::new();
    let Some(form) = form(document) else { return values };
    if let Some(Object::Array(fields)) = part(document, form, b"Fields") {
        let none = Inherited { name: String::new(), kind: b"", value: None, flags: 0 };
        for field in fields {
            walk_field(document, field, &none, 0, &mut values);
        }
    }
    xfa(document, form, &mut values);
    values
}

fn form(document: &Document) -> Option<&Dictionary> {
    part(document, document.catalog().ok()?, b"AcroForm")?.as_dict().ok()
}

#[derive(Clone)]
struct Inherited<'a> {
    name: String,
    kind: &'a [u8],
    value: Option<&'a Object>,
    flags: i64,
}

fn walk_field<'a>(
    document: &'a Document,
    field: &'a Object,
    above: &Inherited<'a>,
    depth: usize,
    values: &mut Vec<(String, String)>,
) {
    let Some(field) = document.dereference(field).ok().and_then(|(_, object)| object.as_dict().ok()) else {
        return;
    };
    if depth > MAX_DEPTH || values.len() >= MAX_FIELDS {
        return;
    }
    let own = part(document, field, b"TU").or_else(|| part(document, field, b"T")).and_then(words);
    let name = own.unwrap_or_else(|| above.name.clone());
    let here = Inherited {
        name,
        kind: part(document, field, b"FT").and_then(|kind| kind.as_name().ok()).unwrap_or(above.kind),
        value: part(document, field, b"V").or(above.value),
        flags: part(document, field, b"Ff").and_then(|flags| flags.as_i64().ok()).unwrap_or(above.flags),
    };
    if let Some(Object::Array(kids)) = part(document, field, b"Kids") {
        let is_field = |kid: &Object| {
            let kid = document.dereference(kid).ok().and_then(|(_, object)| object.as_dict().ok());
            kid.is_some_and(|kid| kid.has(b"T") || kid.has(b"Kids"))
        };
        // Kids without a name are places of the same field.
        if kids.iter().any(is_field) {
            for kid in kids.iter().take(MAX_FIELDS) {
                walk_field(document, kid, &here, depth + 1, values);
            }
            return;
        }
    }
    let value = match here.kind {
        b"Btn" if here.flags & PUSH_BUTTON != 0 => None,
        b"Btn" => Some(ticked(&here)),
        b"Ch" => chosen(document, field, &here),
        b"Sig" => here
            .value
            .and_then(|value| value.as_dict().ok())
            .and_then(|signature| part(document, signature, b"Name"))
            .and_then(words),
        _ => here.value.and_then(long),
    };
    values.extend(value.filter(|value| !value.trim().is_empty()).map(|value| (here.name, value)));
}

fn ticked(field: &Inherited<'_>) -> String {
    let state = field.value.and_then(|value| value.as_name().ok()).unwrap_or(b"Off");
    if state == b"Off" {
        return "\u{2610}".to_owned();
    }
    let state = String::from_utf8_lossy(state);
    // Of several that exclude each other the state says which.
    if field.flags & RADIO == 0 { "\u{2612}".to_owned() } else { format!("\u{2612} {state}") }
}

/// What is chosen of a list, as it is shown there.
fn chosen(document: &Document, field: &Dictionary, here: &Inherited<'_>) -> Option<String> {
    let shown = |said: String| {
        let Some(Object::Array(options)) = part(document, field, b"Opt") else { return said };
        let found = options.iter().find_map(|option| {
            let option = document.dereference(option).ok()?.1.as_array().ok()?;
            (words(option.first()?)? == said).then(|| words(option.get(1)?))?
        });
        found.unwrap_or(said)
    };
    match here.value? {
        Object::Array(many) => {
            let many: Vec<String> = many.iter().take(MAX_FIELDS).filter_map(words).map(shown).collect();
            Some(many.join(", "))
        }
        one => words(one).map(shown),
    }
}

/// The text of a string, in one line.
pub(super) fn words(object: &Object) -> Option<String> {
    line(&lopdf::decode_text_string(object).ok()?)
}

/// The text of a string or stream, lines kept.
pub(super) fn long(object: &Object) -> Option<String> {
    let text = match object {
        Object::Stream(stream) => {
            let bytes = stream.get_plain_content_with_limit(MAX_XFA).ok()?;
            lopdf::decode_text_string(&Object::string_literal(bytes)).ok()?
        }
        object => lopdf::decode_text_string(object).ok()?,
    };
    Some(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Values of an XFA form's data, by the names of their elements.
fn xfa(document: &Document, form: &Dictionary, values: &mut Vec<(String, String)>) {
    let Some(Object::Array(parts)) = part(document, form, b"XFA") else { return };
    let mut named = parts.chunks(2).filter(|pair| {
        pair.first().and_then(|name| name.as_str().ok()).is_some_and(|name| name == b"datasets")
    });
    let stream = named.next().and_then(|pair| document.dereference(pair.get(1)?).ok()?.1.as_stream().ok());
    let Some(bytes) = stream.and_then(|stream| stream.get_plain_content_with_limit(MAX_XFA).ok()) else {
        return;
    };
    let (mut name, mut value) = (String::new(), String::new());
    walk(&bytes, |piece| match piece {
        Piece::Open(found, _) => {
            name = found.to_owned();
            value.clear();
        }
        Piece::Text(text) => value.push_str(text),
        Piece::Close(_) => {
            let value = std::mem::take(&mut value);
            if !value.trim().is_empty() && values.len() < MAX_FIELDS {
                values.push((name.clone(), value.trim().to_owned()));
            }
        }
    });
}

const PUSH_BUTTON: i64 = 1 << 16;
const RADIO: i64 = 1 << 15;
const MAX_FIELDS: usize = 10_000;
const MAX_DEPTH: usize = 16;
const MAX_XFA: usize = 8 << 20;
