//! A CDA document: its header, its sections with what their entries state, and the files inside (HL7 CDA R2).

mod denied;
mod entry;
mod grid;
mod header;
mod inline;
mod label;
mod list;
mod media;
mod narrative;
mod product;
mod said;
mod script;
mod value;

pub(crate) use denied::void;
pub use label::Label;

use super::{Key, Plain, Sheet, Words, line};
use crate::cda::{document, level_one};
use crate::marked::{Marked, Void};
use crate::recognised::Damage;
use crate::xml::Element;
use entry::Entries;
use inline::Narrative;
use media::Media;
use said::Said;
use value::{Ids, gist};

pub(super) fn show(bytes: &[u8], words: &dyn Words, sheet: &mut Sheet) -> Result<(), Damage> {
    let tree = document::parse(bytes);
    if let Some(damage) = tree.damage {
        return Err(damage);
    }
    let root = tree.root.ok_or(Damage::XmlRoot)?;
    let denial = words.say("cda-code-negated-true", &[]).unwrap_or_else(|| "negated".to_owned());
    show_root(&root, denial, words, sheet);
    Ok(())
}

/// Tells the words of a document as its view shows them, as far as it was read; what does not hold stands between marks.
pub(crate) fn words(root: &Element, out: &mut Marked) {
    let mut sheet = Sheet::default();
    // A search looks for what the author wrote: a mark stands in the place of our words.
    show_root(root, Void::Denied.mark().to_string(), &Plain, &mut sheet);
    sheet.tell(out, Marked::say_marked);
}

fn show_root(root: &Element, denial: String, words: &dyn Words, sheet: &mut Sheet) {
    let media = Media::of(root);
    let mut ids = Ids::new();
    header::begin(root, &ids, sheet);
    if let Some(text) = level_one(root).filter(|_| media.is_empty()) {
        sheet.paragraphs(&text.text());
    }
    let mut narrative = Narrative::new(&media, denial);
    if let Some(body) = root.path(&["component", "structuredBody"]) {
        let mut sections = Sections { narrative: &mut narrative, media: &media, ids: &mut ids };
        sections.show(body, 2, sheet);
    }
    sheet.left_out(narrative.undefined());
    media.show(words, sheet);
    header::end(root, &ids, sheet);
}

struct Sections<'a, 'b> {
    narrative: &'b mut Narrative<'a>,
    media: &'a Media<'a>,
    ids: &'b mut Ids<'a>,
}

impl<'a> Sections<'a, '_> {
    fn show(&mut self, parent: &'a Element, level: u8, sheet: &mut Sheet) {
        for section in parent.all("component").filter_map(|component| component.child("section")) {
            self.section(section, level, sheet);
            self.show(section, (level + 1).min(6), sheet);
        }
    }

    fn section(&mut self, section: &'a Element, level: u8, sheet: &mut Sheet) {
        let title = section.child("title").map(|title| line(&title.text())).filter(|title| !title.is_empty());
        let code = || section.child("code").map(|code| gist(code, self.ids)).filter(|code| !code.is_empty());
        sheet.heading(level, &title.or_else(code).unwrap_or_else(|| "-".to_owned()));
        if let Some(flavour) = section.attribute("nullFlavor") {
            sheet.key(Key::Cda(Label::Absent), Some(line(flavour)));
        }
        let text = section.child("text");
        let said = Said::of(text, self.ids);
        self.narrative.denied = denied::ids(section);
        let before = sheet.len();
        for text in section.all("text") {
            self.narrative.show(text, sheet);
        }
        for child in section.elements() {
            let label = match child.name.as_str() {
                "author" => Label::Author,
                "informant" => Label::Informant,
                "subject" => Label::Subject,
                "confidentialityCode" => Label::Confidentiality,
                _ => continue,
            };
            sheet.key(Key::Cda(label), Some(gist(child, self.ids)).filter(|said| !said.is_empty()));
        }
        if let Some(flavour) =
            text.and_then(|text| text.attribute("nullFlavor")).filter(|_| sheet.len() == before)
        {
            sheet.key(Key::Cda(Label::Absent), Some(line(flavour)));
        }
        Entries { ids: self.ids, said: &said, media: self.media }.show(section, sheet);
    }
}
