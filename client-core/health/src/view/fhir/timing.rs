//! When and how often (Timing): `3 times in 1 day`, on which days, at which meals, for how long.

use serde_json::{Map, Value};

use super::phrase::{Phrase, Reading};
use super::shape::is_primitive;

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
        let mut words = Vec::new();
        // The members that a phrase says; all others follow by their names.
        let mut told = vec!["id"];
        let mut tell = |text: Option<String>, names: &[&'static str]| {
            if let Some(text) = text {
                words.push(text);
                told.extend(names);
            }
        };
        let rate = ["frequency", "frequencyMax", "period", "periodMax", "periodUnit"];
        match (self.times(repeat, "frequency", "frequencyMax"), repeat.contains_key("period")) {
            (None, false) => {}
            (times, false) => tell(times, &["frequency", "frequencyMax"]),
            (times, true) => tell(self.rate(repeat, times), &rate),
        }
        let all = self.times(repeat, "count", "countMax").map(|times| {
            self.words
                .say("fhir-in-all", &[("times", &times)])
                .unwrap_or_else(|| self.labelled("count", &times))
        });
        tell(all, &["count", "countMax"]);
        let each = self.span(repeat, "duration", "durationMax").map(|span| {
            let most = self.member(repeat, "durationMax").or_else(|| self.member(repeat, "duration"));
            let unit = self.unit(repeat, "durationUnit", &most.unwrap_or_default());
            let span = format!("{span} {unit}");
            let said = self.words.say("fhir-each-time", &[("span", span.trim_end())]);
            said.unwrap_or_else(|| self.labelled(&self.label("duration"), span.trim_end()))
        });
        tell(each, &["duration", "durationMax", "durationUnit"]);
        tell(self.bounds(repeat), &["boundsDuration"]);
        for (name, value) in repeat {
            if !told.contains(&name.as_str()) || (name != "boundsDuration" && !is_primitive(value)) {
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

    /// How many times: `2 times`, `1 to 5 times`, `at most 3 times`.
    fn times(&self, repeat: &Map<String, Value>, name: &str, most: &str) -> Option<String> {
        let (low, high) = (self.member(repeat, name), self.member(repeat, most));
        let said = match (&low, &high) {
            (Some(low), Some(high)) if low != high => {
                self.words.say("fhir-times-between", &[("low", low), ("high", high)])
            }
            (Some(count), _) => self.words.say("fhir-times", &[("count", count)]),
            (None, Some(count)) => self.words.say("fhir-times-most", &[("count", count)]),
            (None, None) => return None,
        };
        said.or(match (low, high) {
            (Some(low), Some(high)) => Some(format!("{low}–{high}")),
            (None, Some(high)) => Some(format!("≤ {high}")),
            (low, None) => low,
        })
    }

    /// How often in how long; R4 takes a missing frequency for one.
    fn rate(&self, repeat: &Map<String, Value>, times: Option<String>) -> Option<String> {
        let period = self.span(repeat, "period", "periodMax")?;
        let code = self.member(repeat, "periodUnit").unwrap_or_default();
        let known = UNITS.contains(&code.as_str());
        let one = period == "1" || period == "1.0";
        let id = if one { format!("fhir-per-{code}") } else { format!("fhir-every-{code}") };
        let every = known.then(|| self.words.say(&id, &[("period", &period)])).flatten();
        Some(match (times, every) {
            (Some(times), Some(every)) => format!("{times} {every}"),
            (None, Some(every)) if one => {
                let once = self.words.say("fhir-times", &[("count", "1")]).unwrap_or_default();
                format!("{once} {every}")
            }
            (None, Some(every)) => every,
            (times, None) => {
                let unit = self.unit(repeat, "periodUnit", &period);
                format!("{} / {period} {unit}", times.unwrap_or_default()).trim().to_owned()
            }
        })
    }

    /// For how long all of it goes on; nothing where the duration says more than a number and its unit.
    fn bounds(&self, repeat: &Map<String, Value>) -> Option<String> {
        let bounds = repeat.get("boundsDuration")?.as_object()?;
        let plain = |name: &String| matches!(name.as_str(), "value" | "unit" | "code" | "system");
        if !bounds.keys().all(plain) {
            return None;
        }
        let value = self.member(bounds, "value")?;
        let unit =
            self.member(bounds, "unit").filter(|unit| !ENGLISH.contains(&unit.to_lowercase().as_str()));
        let unit = match unit {
            Some(unit) if !UNITS.contains(&unit.as_str()) => unit,
            Some(_) if !bounds.contains_key("code") => self.unit(bounds, "unit", &value),
            _ if bounds.contains_key("code") => self.unit(bounds, "code", &value),
            _ => self.member(bounds, "unit").unwrap_or_default(),
        };
        self.words.say("fhir-in-bounds", &[("span", format!("{value} {unit}").trim_end())])
    }

    /// `2`, or `2 to 3` in the words of the screen.
    fn span(&self, repeat: &Map<String, Value>, name: &str, most: &str) -> Option<String> {
        let low = self.member(repeat, name)?;
        let Some(high) = self.member(repeat, most).filter(|high| *high != low) else { return Some(low) };
        let said = self.words.say("fhir-between", &[("low", &low), ("high", &high)]);
        Some(said.unwrap_or_else(|| format!("{low}–{high}")))
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

/// What programs write for them beside the code.
const ENGLISH: [&str; 14] = [
    "second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month",
    "months", "year", "years",
];
