//! Recurrence rules (RFC 5545, 3.3.10), as values that a screen has words for.

use crate::date;
use crate::recognised::field;

/// How often something comes again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repeat {
    /// Its unit; `None` where the rule names none that is known.
    pub every: Option<Every>,
    /// Each how many of them: at least 1.
    pub interval: u32,
    /// How many times in all.
    pub count: Option<u32>,
    /// The last day or time, as a person reads it.
    pub until: Option<String>,
    /// Days of the week, 0 for Monday; which of the month or year, counted from its end where negative, 0 for each.
    pub days: Vec<(i32, u8)>,
    /// Days of the month, counted from its end where negative.
    pub month_days: Vec<i32>,
    /// Months, 1 to 12.
    pub months: Vec<u8>,
    /// Hours of the day.
    pub hours: Vec<u8>,
    /// Parts that a screen has no words for, as they stand.
    pub rest: Vec<String>,
}

/// A unit of time that something is repeated by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// `MINUTELY`.
    Minute,
    /// `HOURLY`.
    Hour,
    /// `DAILY`.
    Day,
    /// `WEEKLY`.
    Week,
    /// `MONTHLY`.
    Month,
    /// `YEARLY`.
    Year,
}

impl Repeat {
    /// Reads a rule; whatever of it is not understood stands in [`rest`](Self::rest).
    pub(super) fn read(value: &str) -> Self {
        let mut rule = Self { interval: 1, ..Self::default() };
        for part in value.split(';').filter(|part| !part.trim().is_empty()).take(MAX_PARTS) {
            let (name, said) = part.split_once('=').unwrap_or((part, ""));
            if rule.take(&name.trim().to_ascii_uppercase(), said.trim()).is_none() {
                rule.rest.extend(field(part));
            }
        }
        rule
    }

    fn take(&mut self, name: &str, said: &str) -> Option<()> {
        match name {
            "FREQ" => {
                self.every = Some(match said.to_ascii_uppercase().as_str() {
                    "MINUTELY" => Every::Minute,
                    "HOURLY" => Every::Hour,
                    "DAILY" => Every::Day,
                    "WEEKLY" => Every::Week,
                    "MONTHLY" => Every::Month,
                    "YEARLY" => Every::Year,
                    _ => return None,
                });
            }
            "INTERVAL" => self.interval = said.parse().ok().filter(|interval| *interval > 0)?,
            "COUNT" => self.count = Some(said.parse().ok()?),
            "UNTIL" => self.until = Some(until(said)?),
            "BYDAY" => self.days = list(said, day)?,
            "BYMONTHDAY" => self.month_days = list(said, |part| part.parse().ok())?,
            "BYMONTH" => {
                self.months = list(said, |part| part.parse().ok().filter(|month| (1..=12).contains(month)))?
            }
            "BYHOUR" => self.hours = list(said, |part| part.parse().ok().filter(|hour| *hour < 24))?,
            // The beginning of the week changes which weeks are counted in very few rules, and no word of them.
            "WKST" => {}
            _ => return None,
        }
        Some(())
    }
}

fn list<T>(said: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    said.split(',').take(MAX_PARTS).map(|part| read(part.trim())).collect()
}

/// `MO`, `2TU`, `-1FR`.
fn day(part: &str) -> Option<(i32, u8)> {
    let (number, name) = part.split_at_checked(part.len().checked_sub(2)?)?;
    let weekday =
        ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].iter().position(|day| day.eq_ignore_ascii_case(name))?;
    let number = if number.is_empty() { 0 } else { number.parse().ok()? };
    Some((number, u8::try_from(weekday).ok()?))
}

fn until(said: &str) -> Option<String> {
    let moment = date::hl7(said)?;
    let day = moment.to_fhir();
    Some(day.get(..10).unwrap_or(&day).to_owned())
}

const MAX_PARTS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_is_read_part_by_part_and_what_is_odd_stands_as_it_is() {
        let rule =
            Repeat::read("FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU,-1FR;UNTIL=20240513T215959Z;BYSETPOS=1;WKST=MO");
        assert_eq!((rule.every, rule.interval), (Some(Every::Month), 2));
        assert_eq!(rule.days, [(2, 1), (-1, 4)]);
        assert_eq!(rule.until.as_deref(), Some("2024-05-13"));
        assert_eq!(rule.rest, ["BYSETPOS=1"]);
        let odd = Repeat::read("FREQ=SOMETIMES;INTERVAL=0;COUNT=x");
        assert_eq!((odd.every, odd.interval, odd.rest.len()), (None, 1, 3));
    }
}
