//! Moments as texts: FHIR's way to write them, with what FHIR does not allow (a time without a zone or seconds) as ISO 8601 has it.

use core::fmt;
use core::str::FromStr;

use super::{Clock, Moment, Zone, civil};

impl fmt::Display for Moment {
    /// `2019`, `2019-05`, `2019-05-06`, `2019-05-06T23:30`, `2019-05-06T23:30:15.250+02:00`, `2019-05-06T23:30:15Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.month != 0 {
            write!(f, "-{:02}", self.month)?;
        }
        if self.day != 0 {
            write!(f, "-{:02}", self.day)?;
        }
        let Some(clock) = self.clock else { return Ok(()) };
        write!(f, "T{:02}:{:02}", clock.hour, clock.minute)?;
        if let Some(second) = clock.second {
            write!(f, ":{second:02}")?;
        }
        if clock.milli != 0 {
            write!(f, ".{:03}", clock.milli)?;
        }
        match self.zone {
            Zone::Local => Ok(()),
            Zone::Offset(0) => f.write_str("Z"),
            Zone::Offset(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// A text that is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMoment;

impl fmt::Display for NoMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no year, month, day or time")
    }
}

impl core::error::Error for NoMoment {}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        Self::parse(text).ok_or(NoMoment)
    }
}

impl Moment {
    /// Reads what [`Moment`] prints, and any FHIR `date`, `dateTime` or `instant` (`YYYY[-MM[-DD[Thh:mm[:ss[.s]][Z|+hh:mm]]]]`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, time) = text.split_at_checked(text.find(['T', ' ']).unwrap_or(text.len()))?;
        let mut parts = date.split('-');
        let year = parts.next()?;
        let (month, day) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        let date = Self::from_digits(year, month, day)?;
        let Some(time) = time.get(1..).filter(|time| !time.is_empty()) else { return Some(date) };
        let at = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let (clock, zone) = time.split_at_checked(at)?;
        let plain: String = clock.chars().filter(|c| *c != ':').collect();
        date.with_time(&plain, zone)
    }

    /// A year of four digits, a month and a day of two.
    #[must_use]
    pub fn from_digits(year: &str, month: Option<&str>, day: Option<&str>) -> Option<Self> {
        let year = i16::try_from(digits(year, 4)?).ok()?;
        let part = |text: &str| u8::try_from(digits(text, 2)?).ok();
        match (month, day) {
            (None, None) => Self::year(year),
            (Some(month), None) => Self::month(year, part(month)?),
            (Some(month), Some(day)) => Self::day(year, part(month)?, part(day)?),
            (None, Some(_)) => None,
        }
    }

    /// A day at a time: `clock` is `HHMM[SS[.S]]`, `zone` is empty, `Z`, `+HHMM`, `+HH:MM` or `+HH`. Midnight at the end of a day
    /// (24:00) is that of the next one, a leap second the second before it. A zone that no clock has is not said.
    #[must_use]
    pub fn with_time(self, clock: &str, zone: &str) -> Option<Self> {
        let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        if !matches!(whole.len(), 4 | 6) {
            return None;
        }
        let part = |from: usize| u8::try_from(digits(whole.get(from..from.saturating_add(2))?, 2)?).ok();
        let (hour, minute) = (part(0)?, part(2)?);
        let second = if whole.len() == 6 { Some(part(4)?) } else { None };
        let milli: String =
            fraction.chars().take_while(char::is_ascii_digit).chain("000".chars()).take(3).collect();
        let milli = if second.is_some() { u16::try_from(digits(&milli, 3)?).ok()? } else { 0 };
        let zone = read_zone(zone);
        if (hour, minute, second.unwrap_or(0)) == (24, 0, 0) {
            let (year, month, day) = civil::date(self.key().div_euclid(civil::DAY).saturating_add(1));
            return Self::day(year, month, day)?.at(Clock::new(0, 0, second, 0)?, zone);
        }
        let second = if second == Some(60) { Some(59) } else { second };
        self.at(Clock::new(hour, minute, second, milli)?, zone)
    }

    /// As FHIR R4 allows it: a time has seconds and a zone there, so that of a clock without a zone only the day can be said.
    #[must_use]
    pub fn to_fhir(self) -> String {
        match (self.clock, self.zone) {
            (Some(clock), Zone::Offset(_)) => {
                let second = Some(clock.second.unwrap_or(0));
                Self { clock: Some(Clock { second, ..clock }), ..self }.to_string()
            }
            _ => self.without_time().to_string(),
        }
    }

    /// What a person types: `2019`, `05/2019`, `06/05/2019`, with dashes or points too, or what [`Moment::parse`] reads.
    #[must_use]
    pub fn from_words(text: &str) -> Option<Self> {
        let text = text.trim();
        let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
        let two = |part: &str| match part.len() {
            1 => Some(format!("0{part}")),
            2 => Some(part.to_owned()),
            _ => None,
        };
        let (year, month, day) = match parts.as_slice() {
            [day, month, year] if year.len() == 4 => (*year, two(month)?, Some(two(day)?)),
            [year, month, day] if year.len() == 4 && day.len() <= 2 => (*year, two(month)?, Some(two(day)?)),
            [month, year] if year.len() == 4 => (*year, two(month)?, None),
            [year, month] if year.len() == 4 => (*year, two(month)?, None),
            _ => return Self::parse(text),
        };
        Self::from_digits(year, Some(&month), day.as_deref())
    }
}

fn read_zone(text: &str) -> Zone {
    let plain: String = text.chars().filter(char::is_ascii_digit).take(4).collect();
    let read = || {
        let hours = digits(plain.get(..2)?, 2)?;
        let minutes = if plain.len() == 4 { digits(plain.get(2..)?, 2)? } else { 0 };
        let east = i16::try_from(hours.checked_mul(60)?.checked_add(minutes)?).ok()?;
        (minutes < 60 && east <= super::MOST_OFFSET).then_some(east)
    };
    match text.as_bytes().first() {
        Some(b'Z' | b'z') => Zone::Offset(0),
        Some(b'+') => read().map_or(Zone::Local, Zone::Offset),
        Some(b'-') => read().map_or(Zone::Local, |east| Zone::Offset(-east)),
        _ => Zone::Local,
    }
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let all = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok())?
}
