//! What holds of every moment: it is read back as it was printed, and no clock moves a day.

#![cfg(test)]

use carnet_moment::{Clock, Moment, Precision, Zone};
use proptest::prelude::*;

fn clock() -> impl Strategy<Value = Clock> {
    let second = prop_oneof![Just((None, 0)), (0_u8..60, 0_u16..1000).prop_map(|(s, m)| (Some(s), m))];
    (0_u8..24, 0_u8..60, second)
        .prop_map(|(hour, minute, (second, milli))| Clock::new(hour, minute, second, milli).unwrap())
}

fn zone() -> impl Strategy<Value = Zone> {
    prop_oneof![Just(Zone::Local), (-1080_i16..=1080).prop_map(Zone::Offset)]
}

fn moment() -> impl Strategy<Value = Moment> {
    let day =
        (1_i16..=9999, 1_u8..=12, 1_u8..=31).prop_map(|(y, m, d)| Moment::day(y, m, d.min(28)).unwrap());
    prop_oneof![
        (1_i16..=9999).prop_map(|year| Moment::year(year).unwrap()),
        (1_i16..=9999, 1_u8..=12).prop_map(|(year, month)| Moment::month(year, month).unwrap()),
        day.clone(),
        (day, clock(), zone()).prop_map(|(day, clock, zone)| day.at(clock, zone).unwrap()),
    ]
}

proptest! {
    #[test]
    fn moment_is_read_back_as_it_was_printed(moment in moment()) {
        prop_assert_eq!(Moment::parse(&moment.to_string()), Some(moment));
    }

    #[test]
    fn every_text_is_a_moment_or_none(text in "\\PC{0,30}", date in "[0-9TZ:+. /-]{0,30}") {
        for text in [text, date] {
            if let Some(read) = Moment::parse(&text).or_else(|| Moment::from_words(&text)) {
                prop_assert_eq!(Moment::parse(&read.to_string()), Some(read));
            }
            let _ = Moment::day(2020, 2, 29).unwrap().with_time(&text, &text);
        }
    }

    #[test]
    fn what_has_no_zone_is_the_same_on_every_clock(moment in moment(), minutes in -1080_i16..=1080) {
        let shown = moment.for_reader(|_| minutes);
        match moment.instant() {
            None => prop_assert_eq!(shown, moment),
            Some(instant) if instant.abs() < 253_000_000_000_000 => {
                prop_assert_eq!(shown.precision(), moment.precision());
                prop_assert!((shown.key() - moment.key()).abs() < 60_000);
            }
            Some(_) => {}
        }
    }

    #[test]
    fn point_in_time_keeps_its_milliseconds(at in -62_135_596_800_000_i64..253_402_300_800_000, minutes in -1080_i16..=1080) {
        prop_assert_eq!(Moment::from_millis(at).instant(), Some(at));
        let local = at + i64::from(minutes) * 60_000;
        if (-62_135_596_800_000..253_402_300_800_000).contains(&local) {
            prop_assert_eq!(Moment::on_clock(at, minutes).instant(), Some(at));
        }
    }

    #[test]
    fn order_is_that_of_the_keys_and_total(one in moment(), other in moment()) {
        prop_assert_eq!(one == other, one.cmp(&other).is_eq());
        if one.key() < other.key() {
            prop_assert!(one < other);
        }
    }
}

#[test]
fn each_precision_is_printed_as_fhir_writes_it() {
    for (text, precision) in [
        ("2019", Precision::Year),
        ("2019-05", Precision::Month),
        ("2019-05-06", Precision::Day),
        ("2019-05-06T23:30", Precision::Minute),
        ("2019-05-06T23:30:00", Precision::Second),
        ("2019-05-06T23:30:15.250-10:00", Precision::Second),
        ("2019-05-06T23:30:15Z", Precision::Second),
    ] {
        let moment = Moment::parse(text).unwrap();
        assert_eq!((moment.to_string().as_str(), moment.precision()), (text, precision));
    }
    let fhir = |text: &str| Moment::parse(text).unwrap().to_fhir();
    assert_eq!(fhir("2019-05-06T23:30"), "2019-05-06");
    assert_eq!(fhir("2019-05-06T23:30+02:00"), "2019-05-06T23:30:00+02:00");
}

#[test]
fn what_a_person_types_is_read_and_nothing_else() {
    for (typed, text) in [
        ("2019", "2019"),
        ("05/2019", "2019-05"),
        ("5/2019", "2019-05"),
        ("2019-05", "2019-05"),
        ("15/06/1980", "1980-06-15"),
        ("15.6.1980", "1980-06-15"),
        (" 1980-06-15 ", "1980-06-15"),
        ("1980/6/15", "1980-06-15"),
        ("1980-06-15T08:30", "1980-06-15T08:30"),
    ] {
        assert_eq!(Moment::from_words(typed).map(|read| read.to_string()).as_deref(), Some(text), "{typed}");
    }
    for wrong in
        ["", "hier", "2025-13-01", "30/02/2025", "04/03/25", "0000", "19", "2021-4-9T1", "1/2/3/2021"]
    {
        assert_eq!(Moment::from_words(wrong), None, "{wrong}");
    }
}

#[test]
fn end_of_a_day_is_the_beginning_of_the_next() {
    let read = |text: &str| Moment::parse(text).map(|moment| moment.to_string());
    assert_eq!(read("2019-12-31T24:00").as_deref(), Some("2020-01-01T00:00"));
    assert_eq!(read("2016-12-31T23:59:60Z").as_deref(), Some("2016-12-31T23:59:59Z"));
    assert_eq!(read("2019-12-31T25:00"), None);
    assert_eq!(read("2019-12-31T10:00+99:00").as_deref(), Some("2019-12-31T10:00"));
}

#[test]
fn plain_milliseconds_of_a_midnight_are_a_day() {
    assert_eq!(Moment::from_plain_millis(0).to_string(), "1970-01-01");
    assert_eq!(Moment::from_plain_millis(-86_400_000).to_string(), "1969-12-31");
    assert_eq!(Moment::from_plain_millis(1).to_string(), "1970-01-01T00:00:00.001Z");
}
