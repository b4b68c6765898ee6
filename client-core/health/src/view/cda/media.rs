//! Files inside a document, as a view names and shows them.

use crate::cda::part::{self, Place};
use crate::kind::Kind;
use crate::text;
use crate::view::{Key, Sheet, Words, file};
use crate::xml::Element;

/// The files of a document, in its order.
pub(super) struct Media<'a> {
    places: Vec<Place<'a>>,
    /// Further `ID`s by which a narrative may call a file: regions of interest.
    regions: Vec<(&'a str, usize)>,
}

impl<'a> Media<'a> {
    pub(super) fn of(root: &'a Element) -> Self {
        let places = part::list(root);
        let mut regions = Vec::new();
        if !places.is_empty() {
            for region in root.descendants().filter(|found| found.name == "regionOfInterest") {
                let at = region
                    .descendants()
                    .find_map(|inside| places.iter().position(|place| std::ptr::eq(place.data, inside)));
                if let (Some(id), Some(at), true) = (region.attribute("ID"), at, regions.len() < MAX_REGIONS)
                {
                    regions.push((id, at));
                }
            }
        }
        Self { places, regions }
    }

    /// Whether the document holds no file.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How a file is called in the text, by the `ID` that a narrative refers to: `PDF 1`.
    pub(super) fn label(&self, id: &str) -> Option<String> {
        let id = id.trim_start_matches('#');
        let by_id = || self.places.iter().position(|place| place.id == Some(id));
        let at =
            by_id().or_else(|| self.regions.iter().find(|(found, _)| *found == id).map(|(_, at)| *at))?;
        Some(self.named(at))
    }

    /// How the file of these data is called in the text.
    pub(super) fn label_of(&self, data: &Element) -> Option<String> {
        let at = self.places.iter().position(|place| std::ptr::eq(place.data, data))?;
        Some(self.named(at))
    }

    fn named(&self, at: usize) -> String {
        let media_type = self.places.get(at).map_or("text/plain", |place| part::media_type(place.data));
        file::label(media_type, at + 1)
    }

    /// Each file by its number, type, name and length, and its text where it has one; what cannot be shown is counted.
    pub(super) fn show(&self, words: &dyn Words, sheet: &mut Sheet) {
        let mut room = MAX_TEXT_INSIDE;
        for (at, place) in self.places.iter().enumerate() {
            let part = place.decode(text::TEXT_SOURCE_LIMIT);
            sheet.key(Key::Inside, Some(file::line(self.named(at), &part, words)));
            let text = words_of(&part.bytes, &part.media_type);
            if text.trim().is_empty() || text.len() > room {
                sheet.left_out(1);
            } else {
                room -= text.len();
                sheet.paragraphs(&text);
            }
        }
    }
}

/// The text of a file that has one.
fn words_of(bytes: &[u8], media_type: &str) -> String {
    let kind = match Kind::from_media_type(media_type) {
        // A document inside a document inside a document has no end.
        Some(Kind::Cda) | None => return String::new(),
        Some(kind) => kind,
    };
    text::searchable_text(bytes, kind)
}

const MAX_REGIONS: usize = 1_000;

/// Most bytes of text of all files inside.
const MAX_TEXT_INSIDE: usize = 512 << 10;
