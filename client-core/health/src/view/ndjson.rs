//! FHIR resources one a line: all of them as one collection. A line that cannot be read is named, and keeps no other back.

use super::{Key, Sheet, Words, fhir};
use crate::encoding::decode;
use crate::fhir::ndjson;
use crate::recognised::{Damage, Fact, Remark};

pub(super) fn show(bytes: &[u8], words: &dyn Words, sheet: &mut Sheet) -> Result<(), Damage> {
    let text = decode(bytes);
    let (good, bad): (Vec<_>, Vec<_>) = ndjson::lines(&text).partition(|(_, line)| ndjson::is_resource(line));
    sheet.key(Key::Fact(Fact::Count), Some(good.len().to_string()));
    for (number, _) in bad.iter().take(MAX_NAMED) {
        sheet.key(Key::Remark(Remark::LineUnread), Some(number.to_string()));
    }
    fhir::show(ndjson::as_bundle(good.iter().map(|(_, line)| *line)).as_bytes(), words, sheet)
}

const MAX_NAMED: usize = 100;
