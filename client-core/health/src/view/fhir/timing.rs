//! When and how often (Timing): `3 times in 1 day`, on which days, at which meals, for how long.

use serde_json::{Map, Value};

use super::phrase::{Phrase, Reading};

impl<'a> Reading<'a> {
    pub(super) fn timing(&self, members: &'a Map<String, Value>) -> Phrase<'a> {
        let mut phrase = Phrase::default();
        let mut words: Vec<String> = self.said(&mut phrase, members, "code").into_iter().collect();
        match members.get("repeat") {
            Some(Value::Object(repeat)) => words.push(self.repeat(repeat, &mut phrase)),
            _ => words.extend(self.said(&mut phrase, members, "repeat")),
        }
        words.extend(self.said(&mut phrase, members, "event"));
        words.retain(|text| !text.is_empty());
        phrase.text = words.join(", ");
        phrase
    }

    fn repeat(&self, repeat: &'a Map<String, Value>, phrase: &mut Phrase<'a>) -> String {
        let mut words: Vec<String> = self.rate(repeat).into_iter().collect();
        for (name, most, unit) in [("count", "countMax", ""), ("duration", "durationMax", "durationUnit")] {
            if let Some(span) = self.span(repeat, name, most) {
                let unit = self.unit(repeat, unit, &span);
                words.push(self.labelled(&self.label(name), format!("{span} {unit}").trim_end()));
            }
        }
        // Numbers without what they count, and all else, by their names.
        let (rated, lasting) = (self.rate(repeat).is_some(), repeat.contains_key("duration"));
        for (name, value) in repeat {
            let said = match name.as_str() {
                "id" | "count" => true,
                "countMax" => repeat.contains_key("count"),
                "duration" | "durationMax" | "durationUnit" => lasting,
                "frequency" | "frequencyMax" | "period" | "periodMax" | "periodUnit" => rated,
                _ => false,
            };
            if !said || value.is_object() || value.is_array() {
                let other = self.phrase(name, value);
                let text = phrase.absorb(&format!("repeat.{name}"), other);
                match name.as_str() {
                    _ if text.is_empty() => {}
                    "when" | "dayOfWeek" | "timeOfDay" => words.push(text),
                    _ => words.push(self.labelled(&self.label(name), &text)),
                }
            }
        }
        words.join(", ")
    }

    /// How often in how long.
    fn rate(&self, repeat: &Map<String, Value>) -> Option<String> {
        let frequency = self.span(repeat, "frequency", "frequencyMax")?;
        let period = self.span(repeat, "period", "periodMax")?;
        let unit = self.unit(repeat, "periodUnit", &period);
        let id = if period == "1" { "fhir-often-one" } else { "fhir-often" };
        let values = [("frequency", frequency.as_str()), ("period", &period), ("unit", &unit)];
        Some(self.words.say(id, &values).unwrap_or_else(|| format!("{frequency} / {period} {unit}")))
    }

    /// `2` or `2–3`.
    fn span(&self, repeat: &Map<String, Value>, name: &str, most: &str) -> Option<String> {
        let least = self.member(repeat, name)?;
        Some(self.member(repeat, most).map_or(least.clone(), |most| format!("{least}–{most}")))
    }

    fn unit(&self, repeat: &Map<String, Value>, name: &str, count: &str) -> String {
        let code = self.member(repeat, name).unwrap_or_default();
        let known = UNITS
            .contains(&code.as_str())
            .then(|| self.words.say(&format!("fhir-unit-{code}"), &[("count", count)]));
        known.flatten().unwrap_or(code)
    }
}

/// UCUM's units of time.
const UNITS: [&str; 7] = ["s", "min", "h", "d", "wk", "mo", "a"];
