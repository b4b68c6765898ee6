//! Calendars: what repeats, what does not take place, what is called to mind, and lines that are odd.

#![cfg(test)]

use carnet_health::calendar::{Every, read};
use carnet_health::view::{Block, Key, view};
use carnet_health::{Kind, Remark, recognise};

fn calendar(head: &str, event: &str) -> Vec<u8> {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}BEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n")
        .into_bytes()
}

#[test]
fn event_that_is_cancelled_says_so_under_its_heading() {
    for bytes in [
        calendar("", "SUMMARY:Scanner\r\nSTATUS:CANCELLED\r\nDTSTART:20240506\r\n"),
        calendar("METHOD:CANCEL\r\n", "SUMMARY:Scanner\r\nDTSTART:20240506\r\n"),
    ] {
        assert!(recognise(&bytes, None).has(Remark::Cancelled));
        let blocks = view(&bytes, Kind::Calendar).unwrap().blocks;
        assert_eq!(blocks[0], Block::Heading { level: 2, text: "Scanner".into() });
        assert!(
            matches!(&blocks[1], Block::KeyValue { key: Key::Remark(Remark::Cancelled), .. }),
            "{blocks:?}"
        );
    }
    assert!(
        !recognise(&calendar("", "SUMMARY:Scanner\r\nSTATUS:CONFIRMED\r\n"), None).has(Remark::Cancelled)
    );
}

#[test]
fn repetition_exceptions_zone_and_alarms_are_read() {
    let bytes = calendar(
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
        "SUMMARY:Kin\u{e9}\r\nDTSTART;TZID=Europe/Paris:20240506T233000\r\nDURATION:PT45M\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=7\r\n\
         EXDATE;TZID=Europe/Paris:20240513T233000,20240520T233000\r\nRDATE:20240601T080000Z\r\nATTENDEE;CN=\"Dr A\":mailto:a@b\r\n\
         BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Partir\r\nEND:VALARM\r\n",
    );
    let read = read(&bytes);
    let event = &read.events[0];
    assert_eq!(read.events.len(), 1);
    assert_eq!(event.begins.as_deref(), Some("2024-05-06 23:30 (Europe/Paris)"));
    assert_eq!(event.duration, Some(2_700));
    assert_eq!((event.repeats[0].every, event.repeats[0].count), (Some(Every::Week), Some(7)));
    assert_eq!(event.except, ["2024-05-13 23:30 (Europe/Paris)", "2024-05-20 23:30 (Europe/Paris)"]);
    assert_eq!(event.also, ["2024-06-01 08:00 (UTC)"]);
    assert_eq!(event.attendees, ["Dr A"]);
    assert_eq!((event.alarms[0].offset, event.alarms[0].text.as_deref()), (Some(-900), Some("Partir")));
    assert_eq!(event.summary.as_deref(), Some("Kin\u{e9}"));
}

#[test]
fn whole_days_end_on_the_last_of_them_and_a_task_is_due() {
    let days = read(&calendar("", "DTSTART;VALUE=DATE:20240506\r\nDTEND;VALUE=DATE:20240509\r\n"));
    assert_eq!(
        (days.events[0].begins.as_deref(), days.events[0].ends.as_deref()),
        (Some("2024-05-06"), Some("2024-05-08"))
    );
    let day = read(&calendar("", "DTSTART;VALUE=DATE:20240506\r\nDTEND;VALUE=DATE:20240507\r\n"));
    assert_eq!(day.events[0].ends, None);
    let task =
        b"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:Vaccin\nDUE:20240506T080000\nEND:VTODO\nEND:VCALENDAR\n";
    let blocks = view(task, Kind::Calendar).unwrap().blocks;
    assert!(
        blocks.contains(&Block::KeyValue { key: Key::Due, value: "2024-05-06 08:00".into() }),
        "{blocks:?}"
    );
}

#[test]
fn odd_line_keeps_nothing_else_back() {
    for odd in [
        "DTSTART;;VALUE=DATE:20240506\r\n",
        "no line at all\r\nDTSTART:20240506\r\n",
        "END:VALARM\r\nDTSTART:20240506\r\n",
        "BEGIN:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20240506\r\n",
    ] {
        let bytes = calendar("", &format!("SUMMARY:Scanner\r\n{odd}LOCATION:Brest\r\n"));
        let found = recognise(&bytes, None);
        assert_eq!((found.title.as_deref(), found.damage), (Some("Scanner"), None), "{odd}");
        assert!(found.date.is_some(), "{odd}");
        assert!(read(&bytes).events.iter().any(|event| event.location.as_deref() == Some("Brest")), "{odd}");
    }
    let end = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Scanner\nEND:VEVENT\n";
    let found = recognise(end, None);
    assert!(found.damage.is_none() && found.has(Remark::Truncated));
    let cut = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Scan";
    assert!(recognise(cut, None).damage.is_some());
}

#[test]
fn calendar_of_older_software_is_read_in_its_encoding() {
    let quoted =
        calendar("", "SUMMARY;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:R=E9=\r\n=E9ducation\r\n");
    assert_eq!(recognise(&quoted, None).title.as_deref(), Some("R\u{e9}\u{e9}ducation"));
    let windows: Vec<u8> =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:R\u{e9}\u{e9}ducation\nEND:VEVENT\nEND:VCALENDAR\n"
            .chars()
            .map(|c| u8::try_from(c).unwrap())
            .collect();
    assert_eq!(recognise(&windows, None).title.as_deref(), Some("R\u{e9}\u{e9}ducation"));
}
