//! Dates as health formats write them, to [`Moment`]: what is not said (a month, a time, a zone) is not made up.

use carnet_moment::Moment;

/// HL7 TS (`YYYY[MM[DD[HHMM[SS[.S]]]]][+ZZZZ]`), also what DICOM DA and iCalendar write (`YYYYMMDD`, `YYYYMMDDTHHMMSSZ`).
#[must_use]
pub fn hl7(text: &str) -> Option<Moment> {
    compact(text.trim().strip_prefix("D:").unwrap_or(text.trim()))
}

/// FHIR date, dateTime or instant (`YYYY[-MM[-DD[Thh:mm[:ss[.s]][Z|+hh:mm]]]]`).
#[must_use]
pub fn fhir(text: &str) -> Option<Moment> {
    Moment::parse(text)
}

/// PDF date (`D:YYYYMMDDHHmmSSOHH'mm'`).
#[must_use]
pub fn pdf(text: &str) -> Option<Moment> {
    let plain: String = text.trim().trim_start_matches("D:").chars().filter(|c| *c != '\'').collect();
    compact(&plain)
}

/// Exif date (`YYYY:MM:DD HH:MM:SS`), and the zone of the camera's clock (`+HH:MM`) where it says that.
#[must_use]
pub fn exif(text: &str, zone: Option<&str>) -> Option<Moment> {
    let plain: String = text.chars().filter(char::is_ascii_digit).collect();
    let zone = zone.map(str::trim).filter(|zone| zone.starts_with(['+', '-', 'Z']));
    compact(&format!("{plain}{}", zone.unwrap_or_default())).or_else(|| compact(&plain))
}

/// DICOM date and time (`DA` and `TM`), and the zone of the device's clock (0008,0201) where it says that.
#[must_use]
pub fn dicom(date: &str, time: Option<&str>, zone: Option<&str>) -> Option<Moment> {
    let date: String = date.chars().filter(char::is_ascii_digit).collect();
    let time: Option<String> =
        time.map(|time| time.trim().chars().filter(|c| c.is_ascii_digit() || *c == '.').collect());
    let time = time.filter(|time| time.len() >= 4);
    let zone = zone.filter(|zone| time.is_some() && zone.starts_with(['+', '-']));
    compact(&format!("{date}{}{}", time.unwrap_or_default(), zone.unwrap_or_default()))
        .or_else(|| compact(&date))
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
    let date = Moment::from_digits(whole.get(..4)?, whole.get(4..6), whole.get(6..8))?;
    match plain.get(8..).filter(|time| time.len() >= 4) {
        Some(time) => date.with_time(time, zone),
        None => Some(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_format_of_the_same_moment_gives_the_same_point_in_time() {
        for read in [
            hl7("20210409170000+0200"),
            fhir("2021-04-09T17:00:00+02:00"),
            fhir("2021-04-09T15:00:00.000Z"),
            pdf("D:20210409170000+02'00'"),
            exif("2021:04:09 17:00:00", Some("+02:00")),
            dicom("20210409", Some("170000.000000"), Some("+0200")),
            hl7("20210409T150000Z"),
        ] {
            assert_eq!(read.and_then(Moment::instant), Some(1_617_980_400_000));
        }
    }

    #[test]
    fn time_without_a_zone_is_what_the_clock_said() {
        for read in [
            hl7("202104092330"),
            fhir("2021-04-09T23:30"),
            pdf("D:202104092330"),
            exif("2021:04:09 23:30", None),
            dicom("20210409", Some("2330"), None),
        ] {
            assert_eq!(read.map(|moment| moment.to_string()).as_deref(), Some("2021-04-09T23:30"));
            assert_eq!(read.and_then(Moment::instant), None);
        }
        // An hour alone says no minute: the day is what is known.
        assert_eq!(hl7("2021040923").map(|moment| moment.to_string()).as_deref(), Some("2021-04-09"));
    }

    #[test]
    fn partial_date_keeps_its_precision_and_wrong_ones_are_none() {
        let text = |moment: Option<Moment>| moment.map(|moment| moment.to_string()).unwrap_or_default();
        assert_eq!(text(hl7("2021")), "2021");
        assert_eq!(text(hl7("202104")), "2021-04");
        assert_eq!(text(fhir("2021-04-09")), "2021-04-09");
        assert_eq!(text(Moment::from_words("09/04/2021")), "2021-04-09");
        for wrong in ["", "20211301", "20210230", "2021-02-30", "abcd", "99/99/2021", "é021"] {
            assert_eq!(hl7(wrong).or(fhir(wrong)).or(Moment::from_words(wrong)), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_moment_or_none(text in "\\PC{0,30}") {
            let _ = (hl7(&text), fhir(&text), pdf(&text), exif(&text, Some(&text)));
            let _ = dicom(&text, Some(&text), Some(&text));
        }
    }
}
