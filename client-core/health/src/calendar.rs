//! iCalendar (RFC 5545), as far as a person reads it.

use crate::date;
use crate::encoding::decode;
use crate::kind::Kind;
use crate::recognised::{Author, Damage, Fact, Moment, Recognised, Remark, field};

/// An event, task or note of a calendar. Local times are given as if they were UTC.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CalendarEvent {
    /// `SUMMARY`.
    pub summary: Option<String>,
    /// `DTSTART`, or `DUE` of a task.
    pub start: Option<Moment>,
    /// `DTEND`.
    pub end: Option<Moment>,
    /// `LOCATION`.
    pub location: Option<String>,
    /// `DESCRIPTION`.
    pub description: Option<String>,
    /// `ORGANIZER`: its common name, else its address.
    pub organiser: Option<String>,
    /// `UID`.
    pub uid: Option<String>,
}

/// A calendar as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// `NAME` or `X-WR-CALNAME`.
    pub name: Option<String>,
    /// At most [`MAX_EVENTS`].
    pub events: Vec<CalendarEvent>,
    /// Whether every component that begins also ends, and lines have their form.
    pub whole: bool,
}

/// Reads a calendar leniently.
#[must_use]
pub fn read(bytes: &[u8]) -> Calendar {
    let text = decode(bytes).replace("\r\n", "\n");
    let text = text.replace("\n ", "").replace("\n\t", "");
    let mut calendar = Calendar { whole: true, ..Calendar::default() };
    let mut open: Vec<String> = Vec::new();
    let mut seen = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Some((name, parameters, value)) = split(line) else {
            calendar.whole = false;
            continue;
        };
        match name.as_str() {
            "BEGIN" => {
                seen = true;
                open.push(value.trim().to_ascii_uppercase());
                if is_event(open.last()) && calendar.events.len() < MAX_EVENTS {
                    calendar.events.push(CalendarEvent::default());
                }
                if open.len() > MAX_DEPTH {
                    calendar.whole = false;
                    return calendar;
                }
            }
            "END" => {
                calendar.whole &= open.pop().is_some_and(|begun| begun == value.trim().to_ascii_uppercase())
            }
            "NAME" | "X-WR-CALNAME" if open.len() == 1 => calendar.name = field(&unescape(value)),
            _ if is_event(open.last()) => {
                if let Some(event) = calendar.events.last_mut() {
                    event.take(&name, &parameters, value);
                }
            }
            _ => {}
        }
    }
    calendar.whole &= seen && open.is_empty();
    calendar
}

/// Says what a calendar holds.
pub(crate) fn recognise(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::Calendar);
    let calendar = read(bytes);
    if !calendar.whole {
        found.damaged(Damage::Calendar);
    }
    let first = calendar.events.first();
    found.title = calendar.name.clone().or_else(|| first?.summary.clone());
    found.date = calendar.events.iter().filter_map(|event| event.start).min();
    found.author = first
        .and_then(|event| event.organiser.clone())
        .map(|name| Author { name: Some(name), ..Author::default() });
    if let [only] = calendar.events.as_slice() {
        found.unique_id.clone_from(&only.uid);
    }
    found.say(Fact::Count, Some(calendar.events.len().to_string()));
    if found.title.is_none() {
        found.remark(Remark::NoTitle);
    }
    found
}

impl CalendarEvent {
    fn take(&mut self, name: &str, parameters: &str, value: &str) {
        let said = || field(&unescape(value));
        match name {
            "SUMMARY" => self.summary = said(),
            "DTSTART" => self.start = date::hl7(value),
            "DUE" if self.start.is_none() => self.start = date::hl7(value),
            "DTEND" => self.end = date::hl7(value),
            "LOCATION" => self.location = said(),
            "DESCRIPTION" => {
                let text: String = unescape(value).chars().take(MAX_DESCRIPTION).collect();
                self.description = (!text.trim().is_empty()).then_some(text);
            }
            "UID" => self.uid = said(),
            "ORGANIZER" => {
                let common = parameters.split(';').find_map(|part| part.strip_prefix("CN="));
                let address = value.strip_prefix("mailto:").unwrap_or(value);
                self.organiser = field(common.unwrap_or(address).trim_matches('"'));
            }
            _ => {}
        }
    }
}

fn is_event(component: Option<&String>) -> bool {
    component.is_some_and(|name| matches!(name.as_str(), "VEVENT" | "VTODO" | "VJOURNAL"))
}

/// Name, parameters and value of a content line; a quoted parameter may hold the colon.
fn split(line: &str) -> Option<(String, String, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let assigned = !head.contains(';') || parameters.split(';').all(|part| !part.is_empty());
    (plain && assigned).then(|| (name.to_ascii_uppercase(), parameters.to_owned(), value))
}

fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

/// Most events that are read.
pub const MAX_EVENTS: usize = 10_000;

const MAX_DEPTH: usize = 16;
const MAX_DESCRIPTION: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_escaped_and_quoted_lines_are_not_misread() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Consul\r\n tation\\, suite\r\nDTSTART;TZID=\"Europe:Paris\":20240506T070809\r\nORGANIZER;CN=\"Dr A\":mailto:a@b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let found = recognise(text.as_bytes());
        assert_eq!(found.damage, None);
        assert_eq!(found.title.as_deref(), Some("Consultation, suite"));
        // A named zone is not resolved: the clock that was written is shown.
        assert_eq!(found.date.unwrap().to_string(), "2024-05-06T07:08:09");
        assert_eq!(found.author.unwrap().name.as_deref(), Some("Dr A"));
    }

    #[test]
    fn calendar_that_does_not_end_is_damage() {
        for text in
            ["BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "END:VCALENDAR", "no calendar", &"BEGIN:X\n".repeat(1000)]
        {
            assert_eq!(recognise(text.as_bytes()).damage, Some(Damage::Calendar), "{text:.40}");
        }
    }
}
