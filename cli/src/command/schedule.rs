//! Words for what calendars say: how often, for how long, when it is called to mind, and what does not take place.

use carnet_health::Remark;
use carnet_health::calendar::{Alarm, Every, Repeat};
use carnet_health::view::{Block, Key};

use super::show_content::Shown;
use crate::say;
use crate::text::Texts;

/// The words of a key that carries its value as numbers.
pub(super) fn value(texts: &Texts, key: &Key) -> Option<String> {
    match key {
        Key::Repeats(repeat) => Some(repeats(texts, repeat)),
        Key::Duration(seconds) => Some(length(texts, *seconds)),
        Key::Alarm(alarm) => Some(alarmed(texts, alarm)),
        _ => None,
    }
}

/// Blocks as they are shown; the heading of what does not take place says so itself.
pub(super) fn headed(texts: &Texts, blocks: Vec<Block>, show: impl Fn(Block) -> Option<Shown>) -> Vec<Shown> {
    let cancelled =
        |block: &Block| matches!(block, Block::KeyValue { key: Key::Remark(Remark::Cancelled), .. });
    let mut blocks = blocks.into_iter().peekable();
    let mut shown = Vec::new();
    while let Some(block) = blocks.next() {
        let block = match block {
            Block::Heading { level, text } if blocks.peek().is_some_and(cancelled) => {
                let _ = blocks.next();
                Block::Heading { level, text: say!(texts, "cancelled-heading", title = text.as_str()) }
            }
            block => block,
        };
        shown.extend(show(block));
    }
    shown
}

fn repeats(texts: &Texts, repeat: &Repeat) -> String {
    let every = match repeat.every {
        Some(Every::Minute) => "repeat-minute",
        Some(Every::Hour) => "repeat-hour",
        Some(Every::Day) => "repeat-day",
        Some(Every::Week) => "repeat-week",
        Some(Every::Month) => "repeat-month",
        Some(Every::Year) => "repeat-year",
        None => "repeat-unknown",
    };
    let mut parts = vec![say!(texts, every, count = repeat.interval)];
    if !repeat.days.is_empty() {
        let days: Vec<String> = repeat.days.iter().map(|(nth, day)| weekday(texts, *nth, *day)).collect();
        parts.push(days.join(", "));
    }
    if !repeat.month_days.is_empty() {
        let days: Vec<String> = repeat.month_days.iter().map(|day| month_day(texts, *day)).collect();
        parts.push(days.join(", "));
    }
    if !repeat.months.is_empty() {
        let months: Vec<String> =
            repeat.months.iter().map(|month| say!(texts, &format!("month-{month}"))).collect();
        parts.push(say!(texts, "repeat-in", months = months.join(", ")));
    }
    if !repeat.hours.is_empty() {
        let hours: Vec<String> =
            repeat.hours.iter().map(|hour| say!(texts, "repeat-at", hour = u32::from(*hour))).collect();
        parts.push(hours.join(", "));
    }
    if let Some(count) = repeat.count {
        parts.push(say!(texts, "repeat-times", count = count));
    }
    if let Some(until) = &repeat.until {
        parts.push(say!(texts, "repeat-until", day = until.as_str()));
    }
    parts.extend(repeat.rest.iter().cloned());
    parts.join(", ")
}

fn weekday(texts: &Texts, nth: i32, day: u8) -> String {
    let day = say!(texts, &format!("weekday-{day}"));
    match nth {
        0 => day,
        -1 => say!(texts, "repeat-last", day = day),
        nth if nth < 0 => say!(texts, "repeat-from-end", number = nth.unsigned_abs(), day = day),
        nth => say!(texts, "repeat-nth", number = nth.unsigned_abs(), day = day),
    }
}

fn month_day(texts: &Texts, day: i32) -> String {
    match day {
        -1 => say!(texts, "repeat-last-day"),
        day if day < 0 => say!(texts, "repeat-day-from-end", number = day.unsigned_abs()),
        day => say!(texts, "repeat-month-day", number = day.unsigned_abs()),
    }
}

/// A length of time in its largest whole units: 1 day, 2 hours 30 minutes.
fn length(texts: &Texts, seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let units = [
        (seconds / 86_400, "length-days"),
        (seconds / 3_600 % 24, "length-hours"),
        (seconds / 60 % 60, "length-minutes"),
        (seconds % 60, "length-seconds"),
    ];
    let parts: Vec<String> = units
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| say!(texts, unit, count = *count))
        .collect();
    if parts.is_empty() { say!(texts, "length-minutes", count = 0_u64) } else { parts.join(" ") }
}

fn alarmed(texts: &Texts, alarm: &Alarm) -> String {
    let when = match (alarm.offset, &alarm.at, alarm.from_end) {
        (Some(0), _, false) => say!(texts, "alarm-begin"),
        (Some(0), _, true) => say!(texts, "alarm-end"),
        (Some(offset), _, from_end) => {
            let id = match (offset < 0, from_end) {
                (true, false) => "alarm-before",
                (true, true) => "alarm-before-end",
                (false, false) => "alarm-after",
                (false, true) => "alarm-after-end",
            };
            say!(texts, id, length = length(texts, offset))
        }
        (None, Some(at), _) => at.clone(),
        (None, None, _) => say!(texts, "alarm-unknown"),
    };
    match &alarm.text {
        Some(text) => format!("{when} \u{b7} {text}"),
        None => when,
    }
}
