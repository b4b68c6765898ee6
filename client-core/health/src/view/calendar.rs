//! Events of a calendar, one after the other.

use super::{Block, Key, Sheet};
use crate::calendar::read;
use crate::marked::Void;
use crate::recognised::Remark;

pub(super) fn show(bytes: &[u8], sheet: &mut Sheet) {
    let calendar = read(bytes);
    if let Some(name) = &calendar.name {
        sheet.heading(1, name);
    }
    if calendar.unread > 0 {
        sheet.key(Key::Remark(Remark::LineUnread), Some(calendar.unread.to_string()));
    }
    for event in calendar.events {
        let from = sheet.len();
        sheet.heading(2, event.summary.as_deref().unwrap_or("-"));
        // A screen puts it into the heading.
        if event.cancelled {
            sheet.key(Key::Remark(Remark::Cancelled), Some(String::new()));
        }
        sheet.key(Key::Start, event.begins);
        sheet.key(Key::End, event.ends);
        if let Some(seconds) = event.duration {
            sheet.key(Key::Duration(seconds), Some(String::new()));
        }
        sheet.key(Key::Due, event.due);
        sheet.key(Key::Completed, event.completed);
        for repeat in event.repeats {
            sheet.push(Block::KeyValue { key: Key::Repeats(repeat), value: String::new() });
        }
        sheet.key(Key::Also, joined(&event.also));
        sheet.key(Key::Except, joined(&event.except));
        sheet.key(Key::InsteadOf, event.instead_of);
        if !event.cancelled {
            sheet.key(Key::Status, event.status);
        }
        sheet.key(Key::Location, event.location);
        sheet.key(Key::Author, event.organiser);
        sheet.key(Key::Attendees, joined(&event.attendees));
        for alarm in event.alarms {
            sheet.push(Block::KeyValue { key: Key::Alarm(alarm), value: String::new() });
        }
        for (name, value) in event.others {
            sheet.key(Key::Own(name), Some(value));
        }
        sheet.paragraph(event.description.as_deref().unwrap_or_default());
        sheet.void_since(from, event.cancelled.then_some(Void::Cancelled));
    }
    if !calendar.whole {
        sheet.left_out(1);
    }
}

fn joined(many: &[String]) -> Option<String> {
    (!many.is_empty()).then(|| many.join(", "))
}
