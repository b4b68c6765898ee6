//! FHIR resources: a document by its sections (IPS), any other bundle by types, each resource under a heading with
//! everything that is said of it. What no table knows is shown by its path.

mod concept;
mod document;
mod heading;
mod narrative;
mod phrase;
mod quantity;
mod resource;
mod row;
mod shape;
mod table;
mod timing;

use serde_json::Value;

use super::{Key, Sheet, Words, file};
use crate::fhir::refer::References;
use crate::fhir::{attachment, list, parse, text};
use crate::recognised::{Damage, field};
use crate::text::TEXT_SOURCE_LIMIT;

pub(super) fn show(bytes: &[u8], words: &dyn Words, sheet: &mut Sheet) -> Result<(), Damage> {
    show_value(&parse(bytes)?, words, sheet);
    Ok(())
}

/// The elements of a resource by their name, each as one phrase, the same as in its view.
pub(crate) fn phrases(resource: &Value, name: &str, words: &dyn Words) -> Vec<String> {
    let references = References::of(resource);
    let shower = resource::Shower::new(resource, &references, words);
    let reading = shower.reading(resource);
    let phrase = |element| match reading.short(name, element) {
        Some(phrase) => Some(phrase.text),
        None => text(element, "text"),
    };
    list(resource, name).take(MOST_PHRASES).filter_map(phrase).filter(|text| !text.is_empty()).collect()
}

/// The name of an element, then its text.
pub(crate) fn labelled(resource: &Value, name: &str, text: &str, words: &dyn Words) -> String {
    let references = References::of(resource);
    let shower = resource::Shower::new(resource, &references, words);
    let reading = shower.reading(resource);
    reading.labelled(&reading.label(name), text)
}

/// Most elements of one name that are put into words for a list.
const MOST_PHRASES: usize = 50;

/// Shows a resource or bundle.
pub(crate) fn show_value(root: &Value, words: &dyn Words, sheet: &mut Sheet) {
    let references = References::of(root);
    resource::Shower::new(root, &references, words).root(root, sheet);
    files(root, words, sheet);
}

/// The files inside, each by its number; then those that are only named by an address.
fn files(root: &Value, words: &dyn Words, sheet: &mut Sheet) {
    let (contained, elsewhere) = attachment::list(root);
    let mut room = TEXT_SOURCE_LIMIT;
    for (at, one) in contained.iter().enumerate() {
        let part = one.decode(room);
        room = room.saturating_sub(part.bytes.len());
        let label = file::label(one.media_type(), at.saturating_add(1));
        let from = sheet.len();
        sheet.key(Key::Inside, Some(file::line(label, &part, words)));
        sheet.void_since(from, one.void);
    }
    for one in elsewhere {
        let parts = [one.name(), one.address().and_then(field)];
        let from = sheet.len();
        sheet.key(Key::Elsewhere, Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")));
        sheet.void_since(from, one.void);
    }
}
