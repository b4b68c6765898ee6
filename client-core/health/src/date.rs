//! Dates as health formats write them, to [`Moment`].

use crate::recognised::{Moment, Precision};

/// HL7 TS (`YYYY[MM[DD[HHMM[SS[.S]]]]][+ZZZZ]`), also what DICOM DA and iCalendar write (`YYYYMMDD`, `YYYYMMDDTHHMMSSZ`).
#[must_use]
pub fn hl7(text: &str) -> Option<Moment> {
    compact(text.trim().strip_prefix("D:").unwrap_or(text.trim()))
}

/// FHIR date, dateTime or instant (`YYYY[-MM[-DD[Thh:mm[:ss[.s]][Z|+hh:mm]]]]`).
#[must_use]
pub fn fhir(text: &str) -> Option<Moment> {
    let text = text.trim();
    let (date, time) = text.split_at_checked(text.find(['T', ' ']).unwrap_or(text.len()))?;
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(None), |part| digits(part, 2).map(Some))?;
    let day = parts.next().map_or(Some(None), |part| digits(part, 2).map(Some))?;
    if parts.next().is_some() {
        return None;
    }
    let Some(time) = time.get(1..).filter(|time| !time.is_empty()) else {
        return calendar(year, month, day);
    };
    let at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(at)?;
    let plain: String = clock.chars().filter(|c| *c != ':').collect();
    with_time(calendar(year, month, day)?, &plain, zone)
}

/// PDF date (`D:YYYYMMDDHHmmSSOHH'mm'`).
#[must_use]
pub fn pdf(text: &str) -> Option<Moment> {
    let plain: String = text.trim().trim_start_matches("D:").chars().filter(|c| *c != '\'').collect();
    compact(&plain)
}

/// Exif date (`YYYY:MM:DD HH:MM:SS`).
#[must_use]
pub fn exif(text: &str) -> Option<Moment> {
    let plain: String = text.chars().filter(char::is_ascii_digit).collect();
    compact(&plain)
}

/// DICOM date and time (`DA` and `TM`).
#[must_use]
pub fn dicom(date: &str, time: Option<&str>) -> Option<Moment> {
    let date: String = date.chars().filter(char::is_ascii_digit).collect();
    let time =
        time.map(|time| time.trim().split('.').next().unwrap_or_default()).filter(|time| time.len() >= 4);
    compact(&format!("{date}{}", time.unwrap_or_default())).or_else(|| compact(&date))
}

/// The day of a moment as `YYYY-MM-DD`, UTC.
#[must_use]
pub fn day(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

impl Moment {
    /// As FHIR writes it, no more exactly than it is known: `2024`, `2024-05`, `2024-05-06`, `2024-05-06T07:08:09Z`.
    #[must_use]
    pub fn to_fhir(self) -> String {
        let full = day(self.at);
        let cut = |length: usize| full.get(..length).unwrap_or(&full).to_owned();
        match self.precision {
            Precision::Year => cut(4),
            Precision::Month => cut(7),
            Precision::Day => full,
            Precision::Time => {
                let second = self.at.rem_euclid(DAY) / 1000;
                format!("{full}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
            }
        }
    }

    /// A day as people and FHIR write it: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or `DD/MM/YYYY`.
    #[must_use]
    pub fn from_words(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim().split('/').collect();
        match parts.as_slice() {
            [day, month, year] => calendar(digits(year, 4)?, Some(number(month)?), Some(number(day)?)),
            [month, year] => calendar(digits(year, 4)?, Some(number(month)?), None),
            _ => fhir(text),
        }
    }
}

fn compact(text: &str) -> Option<Moment> {
    let at = text.find(['+', '-', 'Z']).unwrap_or(text.len());
    let (plain, zone) = text.split_at_checked(at)?;
    let plain: String = plain.chars().filter(|c| *c != 'T').collect();
    let whole = plain.split('.').next()?;
    // A zone without a time is another format's dash.
    if !matches!(whole.len(), 4 | 6 | 8..) || (whole.len() < 8 && !zone.is_empty()) {
        return None;
    }
    let year = digits(whole.get(..4)?, 4)?;
    let month = whole.get(4..6).map_or(Some(None), |part| digits(part, 2).map(Some))?;
    let day = whole.get(6..8).map_or(Some(None), |part| digits(part, 2).map(Some))?;
    let date = calendar(year, month, day)?;
    match plain.get(8..).filter(|time| time.len() >= 4) {
        Some(time) => with_time(date, time, zone),
        None => Some(date),
    }
}

/// `clock` is `HHMM[SS[.S]]`, `zone` is empty, `Z`, `+HHMM` or `+HH:MM`.
fn with_time(date: Moment, clock: &str, zone: &str) -> Option<Moment> {
    let hour = digits(clock.get(..2)?, 2)?;
    let minute = digits(clock.get(2..4)?, 2)?;
    let second = clock.get(4..6).map_or(Some(0), |part| digits(part, 2))?;
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let fraction = clock.split_once('.').map_or("", |(_, fraction)| fraction);
    let milli: String =
        fraction.chars().take_while(char::is_ascii_digit).chain("000".chars()).take(3).collect();
    let plain: String = zone.chars().filter(char::is_ascii_digit).take(4).collect();
    let offset = match (zone.as_bytes().first(), plain.len()) {
        (Some(sign @ (b'+' | b'-')), 2 | 4) => {
            let hours = digits(plain.get(..2)?, 2)?;
            let minutes = plain.get(2..4).map_or(Some(0), |part| digits(part, 2))?;
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => 0,
    };
    let seconds = hour * 3600 + (minute - offset) * 60 + second;
    Some(Moment { at: date.at + seconds * 1000 + number(&milli)?, precision: Precision::Time })
}

fn calendar(year: i64, month: Option<i64>, day: Option<i64>) -> Option<Moment> {
    let precision = match (month, day) {
        (None, _) => Precision::Year,
        (Some(_), None) => Precision::Month,
        (Some(_), Some(_)) => Precision::Day,
    };
    let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let most = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=most).contains(&day) {
        return None;
    }
    Some(Moment { at: days(year, month, day) * DAY, precision })
}

/// Days since 1970 of a date of the proleptic Gregorian calendar (H. Hinnant's algorithm).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    if text.len() == length { number(text) } else { None }
}

fn number(text: &str) -> Option<i64> {
    let all_digits = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

const DAY: i64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_format_of_the_same_moment_gives_the_same_milliseconds() {
        let expected = Moment { at: 1_617_980_400_000, precision: Precision::Time };
        assert_eq!(hl7("20210409170000+0200"), Some(expected));
        assert_eq!(fhir("2021-04-09T17:00:00+02:00"), Some(expected));
        assert_eq!(fhir("2021-04-09T15:00:00.000Z"), Some(expected));
        assert_eq!(pdf("D:20210409170000+02'00'"), Some(expected));
        assert_eq!(exif("2021:04:09 15:00:00"), Some(expected));
        assert_eq!(dicom("20210409", Some("150000.000000")), Some(expected));
        assert_eq!(hl7("20210409T150000Z"), Some(expected));
    }

    #[test]
    fn partial_date_keeps_its_precision_and_wrong_ones_are_none() {
        assert_eq!(hl7("2021").map(|m| m.precision), Some(Precision::Year));
        assert_eq!(hl7("202104").map(|m| m.precision), Some(Precision::Month));
        assert_eq!(fhir("2021-04-09").map(Moment::to_fhir).as_deref(), Some("2021-04-09"));
        assert_eq!(Moment::from_words("09/04/2021").map(Moment::to_fhir).as_deref(), Some("2021-04-09"));
        for wrong in ["", "20211301", "20210230", "2021-02-30", "abcd", "2021-4-9", "99/99/2021", "é021"] {
            assert_eq!(hl7(wrong).or(Moment::from_words(wrong)), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_moment_or_none_and_a_moment_is_read_back(text in "\\PC{0,30}", at in -2_208_988_800_000_i64..4_102_444_800_000) {
            let _ = (hl7(&text), fhir(&text), pdf(&text), exif(&text), dicom(&text, Some(&text)), Moment::from_words(&text));
            let moment = Moment { at: at.div_euclid(1000) * 1000, precision: Precision::Time };
            prop_assert_eq!(fhir(&moment.to_fhir()), Some(moment));
        }
    }
}
