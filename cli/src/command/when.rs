//! Moments, as a person writes and reads them: days as dd/mm/yyyy in French and yyyy-mm-dd in English, both read everywhere.
//!
//! Points in time (when the server accepted, when access ends) are milliseconds since 1970, shown on this machine's clock. What a
//! document says is a [`Moment`]: a day of it is the same day here, whatever this machine's time zone.

use carnet_moment::{Moment, Precision};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::spoken::{ENGLISH_MONTHS, FRENCH_MONTHS};
use crate::Failure;
use crate::text::Language;

/// How many minutes this machine's clock is east of UTC at a point in time.
#[must_use]
pub(crate) fn minutes_here(millis: i64) -> i16 {
    let Ok(time) = Timestamp::from_millisecond(millis) else { return 0 };
    let seconds = TimeZone::system().to_offset(time).seconds();
    i16::try_from(seconds.div_euclid(60)).unwrap_or(0)
}

/// The day of a moment, or the month or year where no more is known.
#[must_use]
pub(crate) fn shown_day(moment: Moment, language: Language) -> String {
    let here = moment.for_reader(minutes_here);
    let (year, month, day) = (here.years(), here.months(), here.days());
    match (language, month, day) {
        (_, None, _) => format!("{year:04}"),
        (Language::Fr, Some(month), None) => format!("{month:02}/{year:04}"),
        (Language::Fr, Some(month), Some(day)) => format!("{day:02}/{month:02}/{year:04}"),
        (Language::En, Some(month), None) => format!("{year:04}-{month:02}"),
        (Language::En, Some(month), Some(day)) => format!("{year:04}-{month:02}-{day:02}"),
    }
}

/// The day and the minute of a moment, or as much of them as is known.
#[must_use]
pub(crate) fn shown_minute(moment: Moment, language: Language) -> String {
    let day = shown_day(moment, language);
    match moment.for_reader(minutes_here).clock() {
        Some(clock) => format!("{day} {:02}:{:02}", clock.hour(), clock.minute()),
        None => day,
    }
}

/// The day of a moment for the name of a file: `2019-05-06`, `2019-05`, `2019`.
#[must_use]
pub(crate) fn file_day(moment: Moment) -> String {
    moment.for_reader(minutes_here).without_time().to_string()
}

/// A day, in this machine's time zone.
#[must_use]
pub(crate) fn day(millis: i64, language: Language) -> String {
    shown_day(Moment::from_millis(millis), language)
}

/// A day and minute, in this machine's time zone.
#[must_use]
pub(crate) fn minute(millis: u64, language: Language) -> String {
    shown_minute(Moment::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)), language)
}

/// A day with its month in words, French then English, for a search; of a month or year as much as is known.
#[must_use]
pub(crate) fn words(moment: Moment) -> String {
    let here = moment.for_reader(minutes_here);
    let year = here.years();
    let Some(month) = here.months() else { return year.to_string() };
    let index = usize::from(month).saturating_sub(1);
    let (french, english) =
        (FRENCH_MONTHS.get(index).unwrap_or(&""), ENGLISH_MONTHS.get(index).unwrap_or(&""));
    match here.days() {
        Some(day) => format!("{day} {french} {year} {english}"),
        None => format!("{french} {year} {english}"),
    }
}

/// A point in time as ISO 8601 in UTC, for programs.
#[must_use]
pub(crate) fn iso(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map(|time| time.to_string()).unwrap_or_default()
}

/// Reads what [`iso`] writes.
#[must_use]
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(|time| time.as_millisecond())
}

/// Reads when a document is of, as a person typed it: a year, a month or a day.
///
/// # Errors
/// `date` for what is none of them; `date-future` for one that begins more than a year from now.
pub(crate) fn parse_moment(text: &str) -> Result<Moment, Failure> {
    let moment = Moment::from_words(text).ok_or_else(|| Failure::wrong("date").with("text", text))?;
    let now = i64::try_from(crate::session::now()).unwrap_or(i64::MAX);
    if moment.key() > now.saturating_add(YEAR) {
        return Err(Failure::wrong("date-future").with("text", text));
    }
    Ok(moment)
}

/// The end of a day that a person typed, in milliseconds since 1970, on this machine's clock.
///
/// # Errors
/// `date`.
pub(crate) fn parse_end(text: &str) -> Result<u64, Failure> {
    let wrong = || Failure::wrong("date").with("text", text);
    let typed = Moment::from_words(text).filter(|moment| moment.precision() == Precision::Day);
    let date = typed.and_then(|moment| {
        let (month, day) = (moment.months()?, moment.days()?);
        Date::new(moment.years(), i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    });
    let next = date.and_then(|date| date.checked_add(1.day()).ok()).ok_or_else(wrong)?;
    let zoned = next.to_zoned(TimeZone::system()).map_err(|_| wrong())?;
    u64::try_from(zoned.timestamp().as_millisecond()).map_err(|_| wrong())
}

/// Milliseconds of a year: what is planned for longer than that was mistyped.
const YEAR: i64 = 366 * 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moment_is_read_and_shown_as_french_and_english_write_it() {
        let day = parse_moment("2025-03-04").unwrap();
        for typed in ["04/03/2025", "4.3.2025", "4/3/2025"] {
            assert_eq!(parse_moment(typed).unwrap(), day);
        }
        assert_eq!(shown_day(day, Language::Fr), "04/03/2025");
        assert_eq!(shown_day(day, Language::En), "2025-03-04");
        assert_eq!(shown_day(parse_moment("2019").unwrap(), Language::Fr), "2019");
        assert_eq!(shown_day(parse_moment("05/2019").unwrap(), Language::Fr), "05/2019");
        assert_eq!(shown_day(parse_moment("05/2019").unwrap(), Language::En), "2019-05");
        let time = Moment::parse("2019-05-06T23:30").unwrap();
        assert_eq!(shown_minute(time, Language::Fr), "06/05/2019 23:30");
        assert_eq!(
            (words(day), words(time.without_time())),
            ("4 mars 2025 March".into(), "6 mai 2019 May".into())
        );
        for wrong in ["", "hier", "2025-13-01", "30/02/2025", "04/03/25"] {
            assert_eq!(parse_moment(wrong).unwrap_err().code(), Some("date"), "{wrong}");
        }
        for far in ["2999", "31/12/2099", "01/9999"] {
            assert_eq!(parse_moment(far).unwrap_err().code(), Some("date-future"), "{far}");
        }
    }

    #[test]
    fn last_day_ends_where_the_next_begins() {
        let ends = |text: &str| parse_end(text).unwrap();
        assert_eq!(ends("2025-03-05") - ends("04/03/2025"), 86_400_000);
        for wrong in ["", "2025", "03/2025", "2025-03-04T10:00", "30/02/2025"] {
            assert_eq!(parse_end(wrong).unwrap_err().code(), Some("date"), "{wrong}");
        }
    }
}
