//! A moment as a document says it: a year, a month, a day or a time, on the clock on which it was written.
//!
//! A day is a day everywhere: it has no time zone, so no clock moves it. A time without a zone is what the clock on the writer's
//! wall said; it is shown as it was written. A time with a zone is a point in time; each reader sees it on the own clock.
//!
//! There is no table of time zones here: a caller that shows a [`Moment`] on a reader's clock says how far that clock is from UTC.

mod civil;
mod text;

use core::cmp::Ordering;

/// A point in time, no more exactly than it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    year: i16,
    /// 1 to 12; 0 where only the year is known.
    month: u8,
    /// 1 to 31; 0 where no day is known.
    day: u8,
    clock: Option<Clock>,
    zone: Zone,
}

/// What a clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Clock {
    hour: u8,
    minute: u8,
    second: Option<u8>,
    milli: u16,
}

/// Whose clock it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Zone {
    /// It was not said.
    Local,
    /// Minutes east of UTC, from -18:00 to +18:00.
    Offset(i16),
}

/// How exactly a moment is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// The year.
    Year,
    /// The month.
    Month,
    /// The day.
    Day,
    /// The minute.
    Minute,
    /// The second or better.
    Second,
}

impl Clock {
    /// A time of day: hours to 23, minutes and seconds to 59, milliseconds to 999 and only with a second.
    #[must_use]
    pub fn new(hour: u8, minute: u8, second: Option<u8>, milli: u16) -> Option<Self> {
        let fits = hour < 24 && minute < 60 && second.unwrap_or(0) < 60 && milli < 1000;
        (fits && (second.is_some() || milli == 0)).then_some(Self { hour, minute, second, milli })
    }

    /// Hours, 0 to 23.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// Minutes, 0 to 59.
    #[must_use]
    pub fn minute(self) -> u8 {
        self.minute
    }

    fn millis(self) -> i64 {
        let seconds = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60;
        (seconds + i64::from(self.second.unwrap_or(0))) * 1000 + i64::from(self.milli)
    }
}

impl Moment {
    /// A year, 1 to 9999.
    #[must_use]
    pub fn year(year: i16) -> Option<Self> {
        Self::civil(year, 0, 0)
    }

    /// A month of a year.
    #[must_use]
    pub fn month(year: i16, month: u8) -> Option<Self> {
        if month == 0 { None } else { Self::civil(year, month, 0) }
    }

    /// A day of the Gregorian calendar.
    #[must_use]
    pub fn day(year: i16, month: u8, day: u8) -> Option<Self> {
        if month == 0 || day == 0 { None } else { Self::civil(year, month, day) }
    }

    fn civil(year: i16, month: u8, day: u8) -> Option<Self> {
        let fits = (1..=9999).contains(&year) && month <= 12 && day <= civil::days_of(year, month.max(1));
        fits.then_some(Self { year, month, day, clock: None, zone: Zone::Local })
    }

    /// The same day at a time; nothing where it is no day, or the zone is further from UTC than any.
    #[must_use]
    pub fn at(self, clock: Clock, zone: Zone) -> Option<Self> {
        let known = match zone {
            Zone::Local => true,
            Zone::Offset(minutes) => minutes.unsigned_abs() <= MOST_OFFSET.unsigned_abs(),
        };
        (self.day != 0 && known).then_some(Self { clock: Some(clock), zone, ..self })
    }

    /// A point in time in milliseconds since 1970, on the clock of UTC. One beyond the years 1 to 9999 is the nearest within.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self::on_clock(millis, 0)
    }

    /// What was kept as nothing but milliseconds since 1970: a beginning of a day in UTC is that day, anything else is a time.
    #[must_use]
    pub fn from_plain_millis(millis: i64) -> Self {
        let moment = Self::from_millis(millis);
        if millis.rem_euclid(civil::DAY) == 0 {
            Self { clock: None, zone: Zone::Local, ..moment }
        } else {
            moment
        }
    }

    /// A point in time in milliseconds since 1970, on a clock that is so many minutes east of UTC.
    #[must_use]
    pub fn on_clock(millis: i64, minutes: i16) -> Self {
        let minutes = minutes.clamp(-MOST_OFFSET, MOST_OFFSET);
        let local = millis.saturating_add(i64::from(minutes) * civil::MINUTE);
        let local = local.clamp(civil::FIRST, civil::LAST);
        let (year, month, day) = civil::date(local.div_euclid(civil::DAY));
        let of_day = local.rem_euclid(civil::DAY);
        let part = |unit: i64, most: i64| u8::try_from(of_day / unit % most).unwrap_or(0);
        let clock = Clock {
            hour: part(3_600_000, 24),
            minute: part(60_000, 60),
            second: Some(part(1000, 60)),
            milli: u16::try_from(of_day % 1000).unwrap_or(0),
        };
        Self { year, month, day, clock: Some(clock), zone: Zone::Offset(minutes) }
    }

    /// How exactly it is known.
    #[must_use]
    pub fn precision(self) -> Precision {
        match (self.month, self.day, self.clock) {
            (0, _, _) => Precision::Year,
            (_, 0, _) => Precision::Month,
            (_, _, None) => Precision::Day,
            (_, _, Some(Clock { second: None, .. })) => Precision::Minute,
            _ => Precision::Second,
        }
    }

    /// Its year.
    #[must_use]
    pub fn years(self) -> i16 {
        self.year
    }

    /// Its month, 1 to 12, where that is known.
    #[must_use]
    pub fn months(self) -> Option<u8> {
        (self.month != 0).then_some(self.month)
    }

    /// Its day of the month, 1 to 31, where that is known.
    #[must_use]
    pub fn days(self) -> Option<u8> {
        (self.day != 0).then_some(self.day)
    }

    /// Its time of day, where that is known.
    #[must_use]
    pub fn clock(self) -> Option<Clock> {
        self.clock
    }

    /// Whose clock its time is of.
    #[must_use]
    pub fn zone(self) -> Zone {
        self.zone
    }

    /// The point in time in milliseconds since 1970, of a time whose zone was said.
    #[must_use]
    pub fn instant(self) -> Option<i64> {
        match (self.clock, self.zone) {
            (Some(_), Zone::Offset(_)) => Some(self.key()),
            _ => None,
        }
    }

    /// The same moment on a reader's clock. `minutes_at` says how many minutes east of UTC that clock is at a point in time, in
    /// milliseconds since 1970. What has no time or no zone is the same on every clock.
    #[must_use]
    pub fn for_reader(self, minutes_at: impl FnOnce(i64) -> i16) -> Self {
        let (Some(instant), Some(clock)) = (self.instant(), self.clock) else { return self };
        let shown = Self::on_clock(instant, minutes_at(instant));
        let clock = shown.clock.map(|there| Clock { second: clock.second.and(there.second), ..there });
        Self { clock, ..shown }
    }

    /// The day that it is of, or falls on: without its time.
    #[must_use]
    pub fn without_time(self) -> Self {
        Self { clock: None, zone: Zone::Local, ..self }
    }

    /// What sorts moments: milliseconds since 1970 of its beginning, as though a clock without a zone were UTC's.
    #[must_use]
    pub fn key(self) -> i64 {
        let days = civil::days(self.year, self.month.max(1), self.day.max(1));
        let minutes = match self.zone {
            Zone::Local => 0,
            Zone::Offset(minutes) => minutes,
        };
        let clock = self.clock.map_or(0, Clock::millis);
        days * civil::DAY + clock - i64::from(minutes) * civil::MINUTE
    }
}

impl Ord for Moment {
    /// By [`Moment::key`]; at the same key what is known less exactly comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        let whole = |moment: &Self| {
            (
                moment.key(),
                moment.precision(),
                moment.zone,
                moment.clock,
                moment.year,
                moment.month,
                moment.day,
            )
        };
        whole(self).cmp(&whole(other))
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// No clock on earth is further from UTC (ISO 8601 and `java.time` allow as much).
const MOST_OFFSET: i16 = 18 * 60;
