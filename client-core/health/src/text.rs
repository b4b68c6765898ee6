//! The searchable text of a document.

use std::collections::HashSet;

use serde_json::Value;

use crate::cda::document;
use crate::encoding::decode;
use crate::fhir;
use crate::kind::Kind;
use crate::marked::{Marked, Void, unmarked};
use crate::view::{self, Plain, Sheet};
use crate::xml::Element;
use crate::{calendar, charset, dicom, html, mail, pdf};

/// The text of a content for a search: at most [`TEXT_LIMIT`] bytes, cut at a character. Empty where there is none.
///
/// A CDA gives its narrative, titles and names of codes, or the text of the PDF inside. Content longer than
/// [`TEXT_SOURCE_LIMIT`] gives none: index its title.
#[must_use]
pub fn searchable_text(bytes: &[u8], kind: Kind) -> String {
    unmarked(&marked_text(bytes, kind))
}

/// The text of [`searchable_text`], with what of it does not hold between [marks](crate::marked).
#[must_use]
pub fn marked_text(bytes: &[u8], kind: Kind) -> String {
    if bytes.len() > TEXT_SOURCE_LIMIT {
        return String::new();
    }
    let mut text = match kind {
        Kind::Pdf => unmarked(&pdf::text(bytes, TEXT_LIMIT)),
        Kind::Cda => of_cda(bytes),
        Kind::FhirJson | Kind::FhirXml => fhir::parse(bytes).map(|value| of_fhir(&value)).unwrap_or_default(),
        Kind::Calendar => of_calendar(bytes),
        Kind::Html => unmarked(&html::to_text(&charset::html(bytes))),
        Kind::Text | Kind::Csv | Kind::Json | Kind::Xml => unmarked(&decode(bytes)),
        Kind::Dicom => unmarked(&dicom::text(bytes)),
        Kind::Zip if Kind::sniff(bytes, None) != Kind::Zip => {
            return marked_text(bytes, Kind::sniff(bytes, None));
        }
        kind if kind.has_words() => of_view(bytes, kind),
        _ => String::new(),
    };
    cut(&mut text, TEXT_LIMIT);
    text
}

/// What the view shows, then the names that it tells another way, and what codes are called.
fn of_cda(bytes: &[u8]) -> String {
    let tree = document::parse(bytes);
    let Some(root) = tree.root else { return String::new() };
    let mut text = Marked::default();
    view::cda::words(&root, &mut text);
    names(&root, None, &mut text);
    text.into_text()
}

/// Names of persons and organisations, and what codes are called, each with why it does not hold.
fn names(element: &Element, around: Option<Void>, text: &mut Marked) {
    if text.as_str().len() > TEXT_LIMIT {
        return;
    }
    let void = view::cda::void(element).or(around);
    if element.name == "name" {
        let parts: Vec<String> = element.elements().map(Element::text).collect();
        text.say_void(&if parts.is_empty() { element.text() } else { parts.join(" ") }, void);
    }
    if let Some(shown) = element.attribute("displayName") {
        text.say_void(shown, void);
    }
    for inner in element.elements() {
        let leads_on = matches!(inner.name.as_str(), "entryRelationship" | "component" | "reference");
        names(inner, void.filter(|void| !leads_on || void.holds_for_all_within()), text);
    }
}

/// The members that people read, and whatever else the view shows.
fn of_fhir(value: &Value) -> String {
    let (mut sheet, mut text) = (Sheet::default(), Marked::default());
    walk(value, "", &mut text);
    let known: HashSet<String> = text.as_str().lines().map(str::to_owned).collect();
    view::fhir::show_value(value, &Plain, &mut sheet);
    sheet.tell(&mut text, |text, said| {
        if !known.contains(said) {
            text.say(said);
        }
    });
    text.into_text()
}

fn walk(value: &Value, name: &str, text: &mut Marked) {
    if text.as_str().len() > TEXT_LIMIT {
        return;
    }
    match value {
        Value::Object(members) => {
            let void = fhir::standing::void(value);
            void.into_iter().for_each(|void| text.begin(void));
            members.iter().for_each(|(name, value)| walk(value, name, text));
            void.into_iter().for_each(|_| text.end());
        }
        Value::Array(many) => many.iter().for_each(|value| walk(value, name, text)),
        Value::String(said) if name == "div" => text.say(&html::to_text(said)),
        Value::String(said) if SPOKEN.contains(&name) => text.say(said),
        _ => {}
    }
}

fn of_calendar(bytes: &[u8]) -> String {
    let mut text = Marked::default();
    let read = calendar::read(bytes);
    text.say(read.name.as_deref().unwrap_or_default());
    for event in read.events {
        let void = event.cancelled.then_some(Void::Cancelled);
        let said = [event.summary, event.location, event.description, event.organiser];
        for said in said.into_iter().flatten().chain(event.attendees) {
            text.say_void(&said, void);
        }
        event.alarms.into_iter().filter_map(|alarm| alarm.text).for_each(|said| text.say_void(&said, void));
        event.others.into_iter().for_each(|(_, said)| text.say_void(&said, void));
    }
    text.into_text()
}

/// The words that are shown.
fn of_view(bytes: &[u8], kind: Kind) -> String {
    let mut text = Marked::default();
    if let Ok(sheet) = view::sheet_in(&Plain, bytes, kind) {
        sheet.tell(&mut text, Marked::say);
    }
    if let Kind::Mail | Kind::Msg = kind {
        for attachment in mail::attachments(bytes, kind) {
            // A message within a message is named, no more: what is nested has no end.
            let kind = Kind::sniff(&attachment.bytes, attachment.name.as_deref());
            if !matches!(kind, Kind::Mail | Kind::Msg) && text.as_str().len() < TEXT_LIMIT {
                text.say_marked(&marked_text(&attachment.bytes, kind));
            }
        }
    }
    text.into_text()
}

fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

/// Members of FHIR resources that people read.
const SPOKEN: [&str; 16] = [
    "text",
    "display",
    "title",
    "description",
    "name",
    "family",
    "given",
    "valueString",
    "comment",
    "note",
    "conclusion",
    "patientInstruction",
    "city",
    "code",
    "lotNumber",
    "unit",
];

/// Most text of a document: 1 MiB.
pub const TEXT_LIMIT: usize = 1 << 20;

/// Longest content whose text is read: 64 MiB.
pub const TEXT_SOURCE_LIMIT: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marked::open_after;

    /// Why the word does not hold where it stands, wherever it stands.
    fn voids(content: &str, kind: Kind, word: &str) -> Vec<Option<Void>> {
        let text = marked_text(content.as_bytes(), kind);
        assert_eq!(open_after(&text), [], "{text}");
        let places = text.match_indices(word).map(|(at, _)| open_after(&text[..at]).last().copied());
        let mut found: Vec<_> = places.collect();
        found.dedup();
        found
    }

    fn cda(narrative: &str, entries: &str) -> String {
        format!(
            r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><title>T</title><component><structuredBody><component><section>
            <title>S</title><text>{narrative}</text>{entries}</section></component></structuredBody></component></ClinicalDocument>"#
        )
    }

    #[test]
    fn what_a_cda_deletes_denies_or_cancels_stands_between_marks() {
        let narrative = r#"<paragraph>Garde <content revised="delete">Pénicilline 3 g</content> Doliprane</paragraph>
            <paragraph ID="a">Diabète connu de longue date</paragraph>
            <table><tbody><tr ID="b"><td>Asthme</td><td>1999</td></tr><tr><td>Eczéma</td></tr></tbody></table>"#;
        let entry = |inner: &str, id: &str, name: &str| {
            format!(
                r##"<entry><observation {inner}><code code="1" displayName="{name}"/><text><reference value="#{id}"/></text>
                STATUS</observation></entry>"##
            )
        };
        let entries = [
            entry(r#"negationInd="true""#, "a", "Absent"),
            entry(r#"negationInd="true""#, "b", "Absent"),
            entry("", "-", "Nul").replace("STATUS", r#"<statusCode code="nullified"/>"#),
            entry("", "-", "Prévu").replace("STATUS", r#"<statusCode code="cancelled"/>"#),
        ];
        let content = cda(narrative, &entries.concat());
        let found = |word: &str| voids(&content, Kind::Cda, word);
        assert_eq!(found("Pénicilline"), [Some(Void::Deleted)]);
        assert_eq!((found("Doliprane"), found("Eczéma")), (vec![None], vec![None]));
        for denied in ["Diabète", "longue date", "Asthme", "1999", "Absent"] {
            assert_eq!(found(denied), [Some(Void::Denied)], "{denied}");
        }
        assert_eq!((found("Nul"), found("Prévu")), (vec![Some(Void::Error)], vec![Some(Void::Cancelled)]));
        let text = searchable_text(content.as_bytes(), Kind::Cda);
        assert!(text.contains("Diabète connu de longue date") && !text.contains(crate::marked::is_mark));
    }

    #[test]
    fn resource_that_does_not_hold_stands_between_marks_whatever_tells_it() {
        let resource = |status: &str| {
            format!(
                r#"{{"resourceType":"Bundle","entry":[
                {{"resource":{{"resourceType":"AllergyIntolerance","code":{{"text":"Arachide"}},"note":[{{"text":"vue"}}],
                "onsetString":"enfance",{status}}}}},
                {{"resource":{{"resourceType":"Condition","code":{{"text":"Fièvre"}}}}}}]}}"#
            )
        };
        for (status, void) in [
            (r#""verificationStatus":{"coding":[{"code":"entered-in-error"}]}"#, Some(Void::Error)),
            (r#""verificationStatus":{"coding":[{"code":"refuted"}]}"#, Some(Void::Refuted)),
            (r#""status":"cancelled""#, Some(Void::Cancelled)),
            (r#""status":"stopped""#, Some(Void::Stopped)),
            (r#""status":"on-hold""#, Some(Void::OnHold)),
            (r#""clinicalStatus":{"coding":[{"code":"remission"}]}"#, Some(Void::Over)),
            (r#""doNotPerform":true"#, Some(Void::Forbidden)),
            (r#""status":"active""#, None),
        ] {
            for word in ["Arachide", "vue", "enfance"] {
                assert_eq!(voids(&resource(status), Kind::FhirJson, word), [void], "{status}: {word}");
            }
            assert_eq!(voids(&resource(status), Kind::FhirJson, "Fièvre"), [None], "{status}");
        }
        let line = r#"{"resourceType":"Condition","code":{"text":"Lupus"},"verificationStatus":{"text":"x","coding":[{"code":"refuted"}]}}"#;
        assert_eq!(voids(line, Kind::FhirNdjson, "Lupus"), [Some(Void::Refuted)]);
        // A mark that the document brings itself neither begins nor ends anything.
        let foreign = r#"{"resourceType":"Condition","code":{"text":"Lupus\ufdefX"},"verificationStatus":{"coding":[{"code":"refuted"}]}}"#;
        assert_eq!(voids(foreign, Kind::FhirJson, "X"), [Some(Void::Refuted)]);
    }

    #[test]
    fn event_that_was_cancelled_stands_between_marks() {
        let event = |summary: &str, status: &str| {
            format!(
                "BEGIN:VEVENT\r\nSUMMARY:{summary}\r\nDTSTART:20240506T080000Z\r\nSTATUS:{status}\r\nEND:VEVENT\r\n"
            )
        };
        let (off, on) = (event("Coloscopie", "CANCELLED"), event("Vaccin", "CONFIRMED"));
        let content = format!("BEGIN:VCALENDAR\r\n{off}{on}END:VCALENDAR\r\n");
        assert_eq!(voids(&content, Kind::Calendar, "Coloscopie"), [Some(Void::Cancelled)]);
        assert_eq!(voids(&content, Kind::Calendar, "Vaccin"), [None]);
    }
}
