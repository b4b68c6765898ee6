//! Days and times as a sentence says them: "12 mars 2025", "1er décembre 2026 à 18 h 05"; "12 March 2025 at 18:05". Lists and tables have
//! them as [`super::when`] writes them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::text::Language;

/// A day, in this machine's time zone; in milliseconds since 1970.
#[must_use]
pub(crate) fn day(millis: u64, language: Language) -> String {
    local(millis).map_or_else(|| "?".to_owned(), |time| day_of(time, language))
}

/// Today.
#[must_use]
pub(crate) fn today(language: Language) -> String {
    day_of(Zoned::now().datetime(), language)
}

/// A day and minute, in this machine's time zone.
#[must_use]
pub(crate) fn minute(millis: u64, language: Language) -> String {
    let Some(time) = local(millis) else { return "?".to_owned() };
    let day = day_of(time, language);
    match language {
        Language::Fr => format!("{day} à {}\u{a0}h\u{a0}{:02}", time.hour(), time.minute()),
        Language::En => format!("{day} at {}:{:02}", time.hour(), time.minute()),
    }
}

/// The last day before an end, which is the first moment that is not part of it.
#[must_use]
pub(crate) fn last_day(end: u64, language: Language) -> String {
    day(end.saturating_sub(1), language)
}

fn local(millis: u64) -> Option<DateTime> {
    let time = Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?;
    Some(time.to_zoned(TimeZone::system()).datetime())
}

fn day_of(time: DateTime, language: Language) -> String {
    let month = usize::try_from(time.month()).unwrap_or(1).saturating_sub(1);
    let months = if language == Language::Fr { &FRENCH_MONTHS } else { &ENGLISH_MONTHS };
    let month = months.get(month).copied().unwrap_or_default();
    // The French say the first of a month as an ordinal number.
    let day = match (language, time.day()) {
        (Language::Fr, 1) => "1er".to_owned(),
        (_, day) => day.to_string(),
    };
    format!("{day}\u{a0}{month} {}", time.year())
}

/// The hours that a person says instead of so many minutes: none below two hours.
pub(crate) fn hours(minutes: u64) -> u64 {
    if minutes < 120 { 0 } else { minutes.saturating_add(30) / 60 }
}

/// The months in French.
pub(super) const FRENCH_MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
/// The months in English.
pub(super) const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_is_said_as_each_language_says_it() {
        let french = |day| day_of(jiff::civil::date(2026, 12, day).at(18, 5, 0, 0), Language::Fr);
        assert_eq!(french(1), "1er\u{a0}décembre 2026");
        assert_eq!(french(12), "12\u{a0}décembre 2026");
        let english = day_of(jiff::civil::date(2025, 3, 1).at(0, 0, 0, 0), Language::En);
        assert_eq!(english, "1\u{a0}March 2025");
    }

    #[test]
    fn minutes_are_said_as_hours_from_two_hours_on() {
        assert_eq!([15, 119, 120, 149, 1440].map(hours), [0, 0, 2, 2, 24]);
    }
}
