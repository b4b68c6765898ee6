//! A message as Outlook stores it (MS-OXMSG): one stream for each property.

use super::{Attachment, Letter, MAX_ATTACHMENTS};
use crate::html;
use crate::office::compound;
use crate::recognised::{Moment, field};

/// Reads a message; `None` where it is no compound file.
pub(super) fn read(bytes: &[u8]) -> Option<Letter> {
    let mut file = compound::open(bytes)?;
    let mut text = |folder: &str, property: &str| {
        let unicode = compound::stream(&mut file, &format!("{folder}/__substg1.0_{property}001F"));
        if let Some(bytes) = unicode {
            return Some(encoding_rs::UTF_16LE.decode_without_bom_handling(&bytes).0.into_owned());
        }
        let bytes = compound::stream(&mut file, &format!("{folder}/__substg1.0_{property}001E"))?;
        Some(crate::encoding::decode(&bytes).into_owned())
    };
    let mut letter = Letter {
        subject: text("", SUBJECT).as_deref().and_then(field),
        from: text("", SENDER).or_else(|| text("", SENDER_ADDRESS)).as_deref().and_then(field),
        to: text("", TO).as_deref().and_then(field),
        body: text("", BODY).unwrap_or_default(),
        ..Letter::default()
    };
    let mut names = Vec::new();
    for number in 0..MAX_ATTACHMENTS {
        let folder = format!("/__attach_version1.0_#{number:08X}");
        names.push((text(&folder, LONG_NAME).or_else(|| text(&folder, SHORT_NAME)), folder));
    }
    if letter.body.trim().is_empty()
        && let Some(bytes) = compound::stream(&mut file, &format!("/__substg1.0_{HTML}0102"))
    {
        letter.body = html::to_text(&crate::charset::html(&bytes));
    }
    letter.date = compound::stream(&mut file, "/__properties_version1.0").and_then(|table| sent(&table));
    for (name, folder) in names {
        if let Some(bytes) = compound::stream(&mut file, &format!("{folder}/__substg1.0_{DATA}0102")) {
            letter.attachments.push(Attachment { name: name.as_deref().and_then(field), bytes });
        }
    }
    Some(letter)
}

/// When it was sent: of the properties of fixed length after a head of 32 bytes, 16 bytes each.
fn sent(table: &[u8]) -> Option<Moment> {
    let entries = table.get(32..)?.chunks_exact(16);
    let mut found = entries.filter(|entry| {
        // PidTagClientSubmitTime, then PidTagMessageDeliveryTime, as PtypTime.
        matches!(entry.get(..4), Some([0x40, 0, 0x39, 0] | [0x40, 0, 0x06, 0x0e]))
    });
    let ticks = u64::from_le_bytes(found.next()?.get(8..16)?.try_into().ok()?);
    // Tenths of microseconds since 1601.
    let millis = i64::try_from(ticks / 10_000).ok()?.checked_sub(11_644_473_600_000)?;
    (millis > 0).then(|| Moment::from_millis(millis))
}

const SUBJECT: &str = "0037";
const BODY: &str = "1000";
const HTML: &str = "1013";
const SENDER: &str = "0C1A";
const SENDER_ADDRESS: &str = "0C1F";
const TO: &str = "0E04";
const LONG_NAME: &str = "3707";
const SHORT_NAME: &str = "3704";
const DATA: &str = "3701";
