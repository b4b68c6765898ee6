//! Elements of a resource as rows; an element too large for one is shown member by member, each under its path.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::phrase::{Phrase, Reading, join};
use super::shape::{Shape, is_primitive};
use super::table::ordered;
use crate::encoding::decode;
use crate::view::{Key, MAX_TEXT, Sheet};
use crate::{Kind, html};

impl<'a> Reading<'a> {
    /// Shows an element under its path.
    pub(super) fn rows(&self, path: &str, value: &'a Value, sheet: &mut Sheet) {
        if sheet.is_full() {
            return sheet.left_out(leaves(value));
        }
        let name = path.rsplit('.').next().unwrap_or(path);
        match value {
            Value::Array(many) if !is_short_list(many) => {
                many.iter().for_each(|one| self.rows(path, one, sheet));
            }
            Value::Object(members) if !is_small(value) => {
                for (member, value) in ordered(name, members) {
                    self.rows(&join(path, member), value, sheet);
                }
            }
            Value::Object(members) if name == "component" && members.contains_key("code") => {
                self.component(path, members, sheet);
            }
            Value::Object(members) if Shape::of(members) == Shape::Extension => {
                let parent = path.strip_suffix("extension").unwrap_or(path).trim_end_matches('.');
                let (name, mut phrase) = self.extension_parts(members);
                let label =
                    if parent.is_empty() { name } else { format!("{} › {name}", self.label(parent)) };
                sheet.key(Key::Own(label), Some(core::mem::take(&mut phrase.text)));
                self.emit(path, phrase, sheet);
            }
            _ => {
                let phrase = self.phrase(name, value);
                self.emit(path, phrase, sheet);
            }
        }
    }

    /// Shows a phrase, and what it does not say below it.
    pub(super) fn emit(&self, path: &str, phrase: Phrase<'a>, sheet: &mut Sheet) {
        if !phrase.text.is_empty() {
            sheet.key(Key::Own(self.label(path)), Some(phrase.text));
        }
        sheet.left_out(phrase.left_out);
        phrase.inside.iter().for_each(|inside| show_inside(inside, sheet));
        for (name, value) in phrase.rest {
            self.rows(&join(path, &name), value, sheet);
        }
    }

    /// A part of a measure, by the name of what was measured: the systolic and the diastolic pressure.
    fn component(&self, path: &str, members: &'a Map<String, Value>, sheet: &mut Sheet) {
        let mut phrase = Phrase::default();
        let name = self.said(&mut phrase, members, "code").unwrap_or_else(|| self.label(path));
        let mut words = Vec::new();
        for (member, value) in ordered("Observation", members) {
            if member != "code" {
                let said = self.phrase(member, value);
                let text = phrase.absorb(member, said);
                let named = !member.starts_with("value") && member != "interpretation";
                words.push(if named && !text.is_empty() {
                    self.labelled(&self.label(member), &text)
                } else {
                    text
                });
            }
        }
        words.retain(|text| !text.is_empty());
        sheet.key(Key::Own(name), Some(words.join(" · ")));
        phrase.text.clear();
        self.emit(path, phrase, sheet);
    }
}

/// The text of an attachment; any other is counted.
pub(super) fn show_inside(attachment: &Map<String, Value>, sheet: &mut Sheet) {
    let media_type = attachment.get("contentType").and_then(Value::as_str).unwrap_or_default();
    let data = attachment.get("data").and_then(Value::as_str).filter(|data| data.len() <= MOST_INSIDE);
    let plain = || data.map(|data| data.split_whitespace().collect::<String>());
    let bytes = || plain().and_then(|data| STANDARD.decode(data).ok());
    let text = match Kind::from_media_type(media_type) {
        Some(Kind::Text) => bytes().map(|bytes| decode(&bytes).into_owned()),
        Some(Kind::Html) => bytes().map(|bytes| html::to_text(&decode(&bytes))),
        _ => None,
    };
    match text {
        Some(text) => sheet.paragraphs(&text),
        None => sheet.left_out(1),
    }
}

/// How many leaves stand below a value.
pub(super) fn leaves(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Array(many) => many.iter().map(leaves).sum(),
        Value::Object(members) => members.values().map(leaves).sum(),
        _ => 1,
    }
}

/// Whether elements of a list are short enough to stand in one row.
fn is_short_list(many: &[Value]) -> bool {
    let is_short = |value: &Value| match value {
        Value::Object(members) => {
            matches!(Shape::of(members), Shape::Concept | Shape::Reference | Shape::Coding)
        }
        other => is_primitive(other),
    };
    let mut room = Room { leaves: 24, text: 600, depth: 6 };
    many.iter().all(|value| is_short(value) && room.has(value))
}

/// Whether an element can be one row.
pub(super) fn is_small(value: &Value) -> bool {
    Room { leaves: 48, text: MAX_TEXT / 2, depth: 8 }.has(value)
}

/// Room for leaves and their bytes; looking at an element costs no more than the room.
struct Room {
    leaves: usize,
    text: usize,
    depth: usize,
}

impl Room {
    fn has(&mut self, value: &Value) -> bool {
        let length = match value {
            Value::Array(many) => return self.has_all(many.iter()),
            Value::Object(members) => {
                let names = members.keys().try_fold(self.text, |room, name| room.checked_sub(name.len()));
                let Some(text) = names else { return false };
                self.text = text;
                // What is inside a file is no text of a row.
                let inside = |name: &str| name == "data" || name.ends_with("Base64Binary");
                let said = members.iter().filter(|(name, value)| !(inside(name) && value.is_string()));
                return self.has_all(said.map(|(_, value)| value));
            }
            Value::String(text) => text.len(),
            _ => 1,
        };
        match (self.leaves.checked_sub(1), self.text.checked_sub(length)) {
            (Some(leaves), Some(text)) => {
                (self.leaves, self.text) = (leaves, text);
                true
            }
            _ => false,
        }
    }

    fn has_all<'v>(&mut self, mut values: impl Iterator<Item = &'v Value>) -> bool {
        let Some(depth) = self.depth.checked_sub(1) else { return false };
        let before = core::mem::replace(&mut self.depth, depth);
        let all = values.all(|value| self.has(value));
        self.depth = before;
        all
    }
}

/// Most characters of base64 of a text that is shown.
const MOST_INSIDE: usize = 1 << 20;
