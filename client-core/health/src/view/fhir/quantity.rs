//! Quantities, spans of them, times, names and addresses as phrases. Numbers stay as they are written.

use serde_json::{Map, Value};

use super::concept::{first_and_others, says};
use super::phrase::{Phrase, Reading};
use crate::fhir::canonical::digits;
use crate::view::line;

impl<'a> Reading<'a> {
    /// `< 5 ng/L`; the unit as people write it, else its code.
    pub(super) fn quantity(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let text = |name: &str| members.get(name).and_then(text_of);
        // "1" is UCUM's "no unit".
        let code = || text("code").filter(|code| code != "1");
        let unit = text("unit").or_else(code).or_else(|| text("currency"));
        let parts = [text("comparator"), text("value"), unit];
        Phrase::of(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }

    pub(super) fn range(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let (low, high) = (self.said(&mut phrase, members, "low"), self.said(&mut phrase, members, "high"));
        phrase.text = match (low, high) {
            (Some(low), Some(high)) => format!("{low} – {high}"),
            (Some(low), None) => format!("≥ {low}"),
            (None, Some(high)) => format!("≤ {high}"),
            (None, None) => String::new(),
        };
        phrase
    }

    /// A titre (`1:128`), or so much for so much (`5 mg / 2 mL`).
    pub(super) fn ratio(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let numerator = self.said(&mut phrase, members, "numerator").unwrap_or_default();
        let denominator = self.said(&mut phrase, members, "denominator").unwrap_or_default();
        let bare = !numerator.contains(' ') && !denominator.contains(' ');
        phrase.text =
            if bare { format!("{numerator}:{denominator}") } else { format!("{numerator} / {denominator}") };
        phrase
    }

    /// A period, open where one end is not said.
    pub(super) fn period(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let (start, end) = (self.member(members, "start"), self.member(members, "end"));
        let text = format!("{} → {}", start.unwrap_or_default(), end.unwrap_or_default());
        Phrase::of(text.trim())
    }

    /// A recorded curve: its numbers are counted, not shown.
    pub(super) fn sampled_data(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let mut words: Vec<String> = self.said(&mut phrase, members, "origin").into_iter().collect();
        for name in ["dimensions", "period", "factor", "lowerLimit", "upperLimit"] {
            words.extend(self.member(members, name).map(|text| self.labelled(&self.label(name), &text)));
        }
        if let Some(data) = members.get("data") {
            let count = data.as_str().unwrap_or_default().split_whitespace().count().to_string();
            let said = self.words.say("fhir-samples", &[("count", &count)]);
            words.insert(0, said.unwrap_or_else(|| format!("{count} values")));
            phrase.left_out = 1;
        }
        phrase.text = words.join(" · ");
        phrase
    }

    /// The name as it is written, and its parts where they say more.
    pub(super) fn human_name(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let parts = ["prefix", "given", "family", "suffix"].iter().flat_map(|name| all(members, name));
        let mut words = whole_and_parts(members, parts.collect(), " ");
        let told = self.member(members, "use").filter(|_| !has_use(members, &["official", "usual"]));
        words.extend(told);
        words.extend(self.said(&mut phrase, members, "period"));
        phrase.text = first_and_others(words);
        phrase
    }

    pub(super) fn address(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let names = ["line", "postalCode", "city", "district", "state", "country"];
        let parts = names.iter().flat_map(|name| all(members, name));
        let mut words = whole_and_parts(members, parts.collect(), ", ");
        words.extend(["use", "type"].iter().filter_map(|name| self.member(members, name)));
        words.extend(self.said(&mut phrase, members, "period"));
        phrase.text = first_and_others(words);
        phrase
    }

    pub(super) fn contact_point(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let mut words: Vec<String> = members.get("value").and_then(text_of).into_iter().collect();
        words.extend(["system", "use"].iter().filter_map(|name| self.member(members, name)));
        words.extend(self.said(&mut phrase, members, "period"));
        phrase.text = first_and_others(words);
        phrase
    }
}

/// The text of the whole, then those parts that it does not have.
fn whole_and_parts(members: &Map<String, Value>, parts: Vec<String>, between: &str) -> Vec<String> {
    let whole = members.get("text").and_then(text_of).unwrap_or_default();
    let missing: Vec<String> = parts.into_iter().filter(|part| !says(&whole, part)).collect();
    [whole, missing.join(between)].into_iter().filter(|text| !text.is_empty()).collect()
}

fn all(members: &Map<String, Value>, name: &str) -> Vec<String> {
    match members.get(name) {
        Some(Value::Array(many)) => many.iter().filter_map(text_of).collect(),
        Some(one) => text_of(one).into_iter().collect(),
        None => Vec::new(),
    }
}

fn has_use(members: &Map<String, Value>, common: &[&str]) -> bool {
    members.get("use").and_then(Value::as_str).is_some_and(|found| common.contains(&found))
}

/// A primitive as it is written.
pub(super) fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => line(text),
        Value::Number(number) => digits(number),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
        other => other.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}
