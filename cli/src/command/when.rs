//! Moments, as a person writes and reads them: days as dd/mm/yyyy in French and yyyy-mm-dd in English, both read everywhere.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::Failure;
use crate::text::Language;

/// A day, in this machine's time zone.
#[must_use]
pub(crate) fn day(millis: i64, language: Language) -> String {
    let Ok(time) = Timestamp::from_millisecond(millis) else { return "?".to_owned() };
    let format = match language {
        Language::Fr => "%d/%m/%Y",
        Language::En => "%Y-%m-%d",
    };
    time.to_zoned(TimeZone::system()).strftime(format).to_string()
}

/// A day and minute, in this machine's time zone.
#[must_use]
pub(crate) fn minute(millis: u64, language: Language) -> String {
    let Ok(time) = Timestamp::from_millisecond(i64::try_from(millis).unwrap_or(i64::MAX)) else {
        return "?".to_owned();
    };
    let format = match language {
        Language::Fr => "%d/%m/%Y %H:%M",
        Language::En => "%Y-%m-%d %H:%M",
    };
    time.to_zoned(TimeZone::system()).strftime(format).to_string()
}

/// A day with its month in words, French then English, for a search.
#[must_use]
pub(crate) fn words(millis: i64) -> String {
    const FRENCH: [&str; 12] = [
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
    const ENGLISH: [&str; 12] = [
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
    let Ok(time) = Timestamp::from_millisecond(millis) else { return String::new() };
    let date = time.to_zoned(TimeZone::system()).date();
    let month = usize::try_from(date.month()).unwrap_or(1).saturating_sub(1);
    let (french, english) = (FRENCH.get(month).unwrap_or(&""), ENGLISH.get(month).unwrap_or(&""));
    format!("{} {french} {} {english}", date.day(), date.year())
}

/// A moment as ISO 8601 in UTC, for programs.
#[must_use]
pub(crate) fn iso(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map(|time| time.to_string()).unwrap_or_default()
}

/// Reads what [`iso`] writes.
#[must_use]
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(|time| time.as_millisecond())
}

/// Reads a day that a person typed, as its beginning here, in milliseconds since 1970.
///
/// # Errors
/// `date` for what is no day.
pub(crate) fn parse_day(text: &str) -> Result<i64, Failure> {
    let wrong = || Failure::wrong("date").with("text", text);
    let date = read(text).ok_or_else(wrong)?;
    let zoned = date.to_zoned(TimeZone::system()).map_err(|_| wrong())?;
    Ok(zoned.timestamp().as_millisecond())
}

/// The end of a day that a person typed, in milliseconds since 1970.
///
/// # Errors
/// `date`.
pub(crate) fn parse_end(text: &str) -> Result<u64, Failure> {
    let wrong = || Failure::wrong("date").with("text", text);
    let next = read(text).and_then(|date| date.checked_add(1.day()).ok()).ok_or_else(wrong)?;
    let zoned = next.to_zoned(TimeZone::system()).map_err(|_| wrong())?;
    u64::try_from(zoned.timestamp().as_millisecond()).map_err(|_| wrong())
}

fn read(text: &str) -> Option<Date> {
    let text = text.trim();
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let [one, two, three] = parts.as_slice() else { return None };
    let (year, month, day) = if one.len() == 4 { (one, two, three) } else { (three, two, one) };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_is_read_as_french_and_english_write_it_and_nothing_else() {
        let day = parse_day("2025-03-04").unwrap();
        assert_eq!(parse_day("04/03/2025").unwrap(), day);
        assert_eq!(parse_day("4.3.2025").unwrap(), day);
        assert_eq!(super::day(day, Language::Fr), "04/03/2025");
        assert_eq!(super::day(day, Language::En), "2025-03-04");
        assert_eq!(parse_end("2025-03-04").unwrap(), u64::try_from(day).unwrap() + 86_400_000);
        for wrong in ["", "hier", "2025-13-01", "30/02/2025", "04/03/25", "2025-03"] {
            assert_eq!(parse_day(wrong).unwrap_err().code(), Some("date"), "{wrong}");
        }
    }
}
