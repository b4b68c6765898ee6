//! Times and durations of calendars, as a person reads them.

use super::lines::Line;
use crate::date;
use crate::recognised::{Moment, field};

/// An alarm (RFC 5545, 3.6.6).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alarm {
    /// Seconds from the beginning, negative before it.
    pub offset: Option<i64>,
    /// Whether that is from the end.
    pub from_end: bool,
    /// The time itself, where it has one.
    pub at: Option<String>,
    /// How often it comes again.
    pub again: u32,
    /// What it says.
    pub text: Option<String>,
}

impl Alarm {
    pub(super) fn take(&mut self, line: &Line<'_>) {
        match line.name.as_str() {
            "TRIGGER" => {
                self.offset = seconds(line.value);
                self.from_end =
                    line.parameter("RELATED").is_some_and(|related| related.eq_ignore_ascii_case("END"));
                self.at = if self.offset.is_none() { shown(line, line.value) } else { None };
            }
            "REPEAT" => self.again = line.value.trim().parse().unwrap_or(0),
            "SUMMARY" | "DESCRIPTION" => self.text = self.text.take().or_else(|| field(&line.text())),
            _ => {}
        }
    }
}

/// A time in the zone that it is written in: `2024-05-06`, `2024-05-06 23:30 (Europe/Paris)`, `2024-05-06 21:30 (UTC)`.
pub(super) fn shown(line: &Line<'_>, value: &str) -> Option<String> {
    let value = value.trim();
    // Of a period its beginning.
    let value = value.split('/').next().unwrap_or(value);
    let Some(moment) = date::hl7(value) else { return field(value) };
    let (day, clock) = value.split_once(['T', 't']).unwrap_or((value, ""));
    let part = |from: usize, to: usize| {
        clock.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (Some(hour), Some(minute)) = (part(0, 2), part(2, 4)) else { return Some(moment.to_fhir()) };
    let day = date::hl7(day).map_or_else(|| moment.to_fhir(), Moment::to_fhir);
    let zone = if clock.ends_with(['Z', 'z']) {
        Some("UTC".to_owned())
    } else {
        line.parameter("TZID").and_then(zone)
    };
    let zone = zone.map(|zone| format!(" ({zone})")).unwrap_or_default();
    Some(format!("{day} {hour}:{minute}{zone}"))
}

/// Several times, apart by commas.
pub(super) fn many<'a>(line: &'a Line<'a>) -> impl Iterator<Item = String> + 'a {
    line.value.split(',').filter_map(|value| shown(line, value))
}

/// The end: of whole days it is the day after the last one, which is what a person means.
pub(super) fn last(line: &Line<'_>, start: Option<Moment>) -> Option<String> {
    let is_day = line.value.trim().len() == 8;
    let Some(end) = date::hl7(line.value).filter(|_| is_day) else { return shown(line, line.value) };
    let day = Moment::from_millis(end.key() - DAY).without_time().to_string();
    let first = start.map(|start| start.without_time().to_string());
    if first.as_deref().is_some_and(|first| first >= day.as_str()) { None } else { Some(day) }
}

/// A duration (`P1DT2H30M`) in seconds.
pub(super) fn seconds(value: &str) -> Option<i64> {
    let value = value.trim().to_ascii_uppercase();
    let (sign, rest) = match value.strip_prefix(['+', '-']) {
        Some(rest) if value.starts_with('-') => (-1, rest),
        Some(rest) => (1, rest),
        None => (1, value.as_str()),
    };
    let (mut total, mut number) = (0_i64, String::new());
    for c in rest.strip_prefix('P')?.chars() {
        let unit = match c {
            '0'..='9' if number.len() < 9 => {
                number.push(c);
                continue;
            }
            'T' => continue,
            'W' => 7 * 86_400,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then_some(sign * total)
}

/// A zone's name without what programs put before it (`/mozilla.org/20070129_1/Europe/Paris`).
fn zone(name: &str) -> Option<String> {
    let mut parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() > 2 {
        parts = parts.split_off(parts.len() - 2);
    }
    field(&parts.join("/"))
}

const DAY: i64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_every_form_are_seconds() {
        assert_eq!(seconds("-PT15M"), Some(-900));
        assert_eq!(seconds("P1DT2H30M"), Some(86_400 + 9_000));
        assert_eq!(seconds("P2W"), Some(1_209_600));
        assert_eq!(
            (seconds("PT"), seconds("P1"), seconds("15"), seconds("P9999999999D")),
            (Some(0), None, None, None)
        );
        assert_eq!(zone("/mozilla.org/20070129_1/Europe/Paris").as_deref(), Some("Europe/Paris"));
    }
}
