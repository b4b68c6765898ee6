//! iCalendar (RFC 5545), and vCalendar 1.0 before it, as far as a person reads it.

mod lines;
mod repeat;
mod time;

pub use repeat::{Every, Repeat};
pub use time::Alarm;

use crate::date;
use crate::kind::Kind;
use crate::recognised::{Author, Damage, Fact, Moment, Recognised, Remark, field};
use lines::{Line, split, unfolded};

/// An event, task or note of a calendar. A time without a zone is the time of wherever one is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CalendarEvent {
    /// `SUMMARY`.
    pub summary: Option<String>,
    /// `DTSTART`, or `DUE` of a task.
    pub start: Option<Moment>,
    /// The same for a person: `2024-05-06 23:30 (Europe/Paris)`.
    pub begins: Option<String>,
    /// `DTEND` for a person; of whole days the last one.
    pub ends: Option<String>,
    /// `DURATION` in seconds.
    pub duration: Option<i64>,
    /// `DUE` of a task that has a start too.
    pub due: Option<String>,
    /// `COMPLETED`.
    pub completed: Option<String>,
    /// `RRULE`s.
    pub repeats: Vec<Repeat>,
    /// `RDATE`: further times.
    pub also: Vec<String>,
    /// `EXDATE`: times at which it does not take place.
    pub except: Vec<String>,
    /// `RECURRENCE-ID`: the time of a series that it stands in for.
    pub instead_of: Option<String>,
    /// `STATUS`, in capitals.
    pub status: Option<String>,
    /// Whether it does not take place: `STATUS:CANCELLED`, or a calendar with `METHOD:CANCEL`.
    pub cancelled: bool,
    /// `LOCATION`.
    pub location: Option<String>,
    /// `DESCRIPTION` and `COMMENT`.
    pub description: Option<String>,
    /// `ORGANIZER`: its common name, else its address.
    pub organiser: Option<String>,
    /// `ATTENDEE`s likewise.
    pub attendees: Vec<String>,
    /// `VALARM`s.
    pub alarms: Vec<Alarm>,
    /// `UID`.
    pub uid: Option<String>,
    /// `URL`, `CATEGORIES`, `CONTACT`, `ATTACH`, `PRIORITY`, `PERCENT-COMPLETE`, by their own names.
    pub others: Vec<(String, String)>,
}

/// A calendar as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// `NAME` or `X-WR-CALNAME`.
    pub name: Option<String>,
    /// At most [`MAX_EVENTS`].
    pub events: Vec<CalendarEvent>,
    /// Whether every component that begins also ends.
    pub whole: bool,
    /// Whether nothing but the end of the calendar itself is missing, after an event that is whole.
    pub cut: bool,
    /// Lines that have no form and ends of nothing, which were passed over; and events beyond the limit.
    pub unread: usize,
}

/// Reads a calendar leniently: one odd line keeps nothing else back.
#[must_use]
pub fn read(bytes: &[u8]) -> Calendar {
    let text = unfolded(bytes);
    let mut calendar = Calendar { whole: true, ..Calendar::default() };
    let mut open: Vec<String> = Vec::new();
    let (mut seen, mut all_cancelled) = (false, false);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Some(line) = split(line) else {
            calendar.unread += 1;
            continue;
        };
        match line.name.as_str() {
            "BEGIN" => {
                seen = true;
                open.push(line.value.trim().to_ascii_uppercase());
                calendar.begin(&open);
                if open.len() > MAX_DEPTH {
                    calendar.whole = false;
                    return calendar;
                }
            }
            "END" => {
                let ended = line.value.trim().to_ascii_uppercase();
                match open.iter().rposition(|begun| *begun == ended) {
                    // What was left open inside ends with it.
                    Some(at) => {
                        calendar.unread += open.len() - at - 1;
                        open.truncate(at);
                    }
                    None => calendar.unread += 1,
                }
            }
            "NAME" | "X-WR-CALNAME" if open.len() == 1 => calendar.name = field(&line.text()),
            "METHOD" if open.len() == 1 => all_cancelled = line.value.trim().eq_ignore_ascii_case("CANCEL"),
            _ => calendar.take(&open, &line),
        }
    }
    for event in &mut calendar.events {
        event.cancelled |= all_cancelled;
    }
    calendar.whole &= seen && open.is_empty();
    calendar.cut = !calendar.events.is_empty() && matches!(open.as_slice(), [only] if only == "VCALENDAR");
    calendar
}

impl Calendar {
    fn begin(&mut self, open: &[String]) {
        match open {
            [.., name] if is_event(name) && self.events.len() < MAX_EVENTS => {
                self.events.push(CalendarEvent::default());
            }
            [.., name] if is_event(name) => self.unread += 1,
            [.., event, alarm] if is_event(event) && alarm == "VALARM" => {
                if let Some(event) = self.events.last_mut().filter(|event| event.alarms.len() < MAX_LISTED) {
                    event.alarms.push(Alarm::default());
                }
            }
            _ => {}
        }
    }

    fn take(&mut self, open: &[String], line: &Line<'_>) {
        let Some(event) = self.events.last_mut() else { return };
        match open {
            [.., name] if is_event(name) => event.take(line),
            [.., event_name, alarm] if is_event(event_name) && alarm == "VALARM" => {
                if let Some(alarm) = event.alarms.last_mut() {
                    alarm.take(line);
                }
            }
            _ => {}
        }
    }
}

/// Says what a calendar holds.
pub(crate) fn recognise(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::Calendar);
    let calendar = read(bytes);
    if calendar.cut {
        found.remark(Remark::Truncated);
    } else if !calendar.whole {
        found.damaged(Damage::Calendar);
    }
    if calendar.unread > 0 {
        found.remark(Remark::LineUnread);
    }
    let first = calendar.events.first();
    if first.is_some() && calendar.events.iter().all(|event| event.cancelled) {
        found.remark(Remark::Cancelled);
    }
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
    fn take(&mut self, line: &Line<'_>) {
        let said = || field(&line.text());
        match line.name.as_str() {
            "SUMMARY" => self.summary = said(),
            "DTSTART" => {
                self.start = date::hl7(line.value);
                self.begins = time::shown(line, line.value);
            }
            "DUE" => {
                self.start = self.start.or_else(|| date::hl7(line.value));
                self.due = time::shown(line, line.value);
            }
            "DTEND" => self.ends = time::last(line, self.start),
            "COMPLETED" => self.completed = time::shown(line, line.value),
            "DURATION" => self.duration = time::seconds(line.value),
            "RRULE" if self.repeats.len() < MAX_LISTED => self.repeats.push(Repeat::read(line.value)),
            "RDATE" => self.also.extend(time::many(line).take(MAX_LISTED)),
            "EXDATE" => self.except.extend(time::many(line).take(MAX_LISTED)),
            "RECURRENCE-ID" => self.instead_of = time::shown(line, line.value),
            "STATUS" => {
                self.status = said().map(|status| status.to_ascii_uppercase());
                self.cancelled = self.status.as_deref() == Some("CANCELLED");
            }
            "LOCATION" => self.location = said(),
            "DESCRIPTION" | "COMMENT" => {
                let text: String = line.text().chars().take(MAX_DESCRIPTION).collect();
                match &mut self.description {
                    Some(before) if before.len() < MAX_DESCRIPTION => before.extend(["\n", &text]),
                    Some(_) => {}
                    none => *none = (!text.trim().is_empty()).then_some(text),
                }
            }
            "UID" => self.uid = said(),
            "ORGANIZER" => self.organiser = line.person(),
            "ATTENDEE" if self.attendees.len() < MAX_LISTED => self.attendees.extend(line.person()),
            "URL" | "CATEGORIES" | "CONTACT" | "ATTACH" | "PRIORITY" | "PERCENT-COMPLETE" | "RESOURCES"
                if self.others.len() < MAX_LISTED =>
            {
                // A file inside is named by its type only.
                let inline = line.parameter("ENCODING").is_some_and(|encoding| encoding == "BASE64");
                let value = if inline { line.parameter("FMTTYPE").map(str::to_owned) } else { said() };
                self.others.extend(value.map(|value| (line.name.clone(), value)));
            }
            _ => {}
        }
    }
}

fn is_event(name: &str) -> bool {
    matches!(name, "VEVENT" | "VTODO" | "VJOURNAL")
}

/// Most events that are read.
pub const MAX_EVENTS: usize = 10_000;

const MAX_DEPTH: usize = 16;
const MAX_DESCRIPTION: usize = 10_000;
/// Most times, people and alarms of an event.
const MAX_LISTED: usize = 200;

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
