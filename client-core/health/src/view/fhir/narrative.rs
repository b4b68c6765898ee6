//! Narratives (`text.div`), and those of their words that nothing else has said.

use std::collections::HashSet;

use serde_json::Value;

use super::phrase::{Reading, join};
use crate::html;
use crate::view::Sheet;

impl<'a> Reading<'a> {
    /// Shows a narrative. Of one that was generated from a resource, only lines with other words than the resource's.
    pub(super) fn narrative(&self, path: &str, text: &'a Value, resource: Option<&Value>, sheet: &mut Sheet) {
        let (Some(members), Some(div)) = (text.as_object(), text.get("div").and_then(Value::as_str)) else {
            return self.rows(path, text, sheet);
        };
        let shown = html::to_text(div);
        let generated = members.get("status").and_then(Value::as_str) == Some("generated");
        match resource.filter(|_| generated) {
            Some(resource) => {
                let mut known = HashSet::from(["generated", "narrative", "resource"].map(str::to_owned));
                words_below(resource, "", &mut known);
                let new = shown.lines().filter(|line| !words(line).all(|word| known.contains(&word)));
                sheet.paragraphs(&new.collect::<Vec<_>>().join("\n"));
            }
            None => sheet.paragraphs(&shown),
        }
        // A picture in a narrative has no words.
        sheet.left_out(div.matches("<img").count());
        for (name, value) in
            members.iter().filter(|(name, _)| !matches!(name.as_str(), "div" | "status" | "id"))
        {
            self.rows(&join(path, name), value, sheet);
        }
    }
}

/// Names and leaves of a resource, but for its narrative.
fn words_below(value: &Value, name: &str, known: &mut HashSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "text") {
                known.extend(words(name));
                words_below(value, name, known);
            }
        }
        Value::Array(many) => many.iter().for_each(|value| words_below(value, name, known)),
        Value::String(text) if name != "data" => known.extend(words(text)),
        _ => {}
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '<' | '>' | '+' | '-' | '%'));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}
