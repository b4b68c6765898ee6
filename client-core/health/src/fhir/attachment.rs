//! Files inside FHIR resources: the data of attachments and binaries, wherever they stand.

use serde_json::{Map, Value};

use super::refer::References;
use super::{resource_type, standing};
use crate::cda::{MAX_PARTS, Part};
use crate::marked::Void;
use crate::recognised::field;

/// An attachment, or a binary.
pub(crate) struct Attached<'a> {
    members: &'a Map<String, Value>,
    /// Why the resource around it does not hold.
    pub(crate) void: Option<Void>,
}

/// The attachments of a resource or bundle in its order: those whose data are in it, and those that it only has an address of.
pub(crate) fn list(root: &Value) -> (Vec<Attached<'_>>, Vec<Attached<'_>>) {
    let (mut inside, mut elsewhere) = (Vec::new(), Vec::new());
    walk(root, "", None, &mut |one: Attached<'_>| {
        let of_it: &mut Vec<Attached<'_>> = if one.data().is_some() { &mut inside } else { &mut elsewhere };
        if of_it.len() < MAX_PARTS {
            of_it.push(one);
        }
    });
    let references = References::of(root);
    // What leads to a binary of the same bundle is there.
    elsewhere.retain(|one| one.address().is_some_and(|address| references.find(address).is_none()));
    (inside, elsewhere)
}

/// The files whose data are in a resource or bundle, at most `room` bytes of them. A file that does not decode has no bytes.
pub(crate) fn parts(root: &Value, room: usize) -> Vec<Part> {
    let mut room = room;
    let decoded = list(root).0.into_iter().map(|one| {
        let part = one.decode(room);
        room = room.saturating_sub(part.bytes.len());
        part
    });
    decoded.collect()
}

impl<'a> Attached<'a> {
    /// Its bytes, at most `room` of them; none where they do not decode.
    pub(crate) fn decode(&self, room: usize) -> Part {
        let data = self.data().unwrap_or_default();
        // Three bytes are four characters.
        let fits = data.len() / 4 <= room / 3 + 1;
        let bytes = if fits { crate::cda::base64(data) } else { Vec::new() };
        Part::of(self.media_type(), self.name(), bytes)
    }

    /// What the document says that it is.
    pub(crate) fn media_type(&self) -> &'a str {
        let said = self.text("contentType").filter(|said| !said.is_empty());
        said.unwrap_or("application/octet-stream")
    }

    /// What the document calls it.
    pub(crate) fn name(&self) -> Option<String> {
        field(self.text("title")?)
    }

    /// Where it lies.
    pub(crate) fn address(&self) -> Option<&'a str> {
        self.text("url").filter(|url| !url.is_empty())
    }

    fn data(&self) -> Option<&'a str> {
        // Binary.content is of the releases before R4.
        let old = || self.text("content").filter(|_| self.text("resourceType") == Some("Binary"));
        self.text("data").or_else(old).filter(|data| !data.trim().is_empty())
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.members.get(name).and_then(Value::as_str).map(str::trim)
    }
}

fn walk<'a>(value: &'a Value, name: &str, void: Option<Void>, found: &mut dyn FnMut(Attached<'a>)) {
    match value {
        Value::Object(members) => {
            let void = resource_type(value).and_then(|_| standing::void(value)).or(void);
            let has = |name: &str| members.get(name).is_some_and(Value::is_string);
            let typed = has("contentType") && (has("data") || has("content") || has("url"));
            let named =
                has("url") && ATTACHMENTS.contains(&name) || has("data") && ATTACHMENTS.contains(&name);
            if typed || named {
                found(Attached { members, void });
            } else {
                members.iter().for_each(|(name, value)| walk(value, name, void, found));
            }
        }
        Value::Array(many) => many.iter().for_each(|value| walk(value, name, void, found)),
        _ => {}
    }
}

/// Elements that are attachments also where they do not say of which type.
const ATTACHMENTS: [&str; 6] =
    ["attachment", "presentedForm", "photo", "valueAttachment", "contentAttachment", "sourceAttachment"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_are_found_wherever_they_stand_and_what_is_only_an_address_is_apart() {
        let root = json!({ "resourceType": "Bundle", "entry": [
            { "resource": { "resourceType": "DocumentReference", "status": "entered-in-error", "content": [
                { "attachment": { "contentType": "application/pdf", "data": "JVBERi0x", "title": "Lettre" } },
                { "attachment": { "contentType": "application/pdf", "url": "https://example.org/a.pdf" } },
                { "attachment": { "url": "Binary/b" } }] } },
            { "resource": { "resourceType": "Patient", "photo": [{ "data": "iVBORw0KGgo=" }],
                "contained": [{ "resourceType": "DiagnosticReport",
                    "presentedForm": [{ "contentType": "text/plain", "data": "b\nnV1bA" }] }] } },
            { "resource": { "resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "!" } },
            { "resource": { "resourceType": "Observation", "valueSampledData": { "data": "1 2 3" } } },
        ] });
        let (inside, elsewhere) = list(&root);
        assert_eq!(
            elsewhere.iter().map(Attached::address).collect::<Vec<_>>(),
            [Some("https://example.org/a.pdf")]
        );
        assert_eq!(inside.first().unwrap().void, Some(Void::Error));
        let mut found: Vec<_> = parts(&root, 1 << 20)
            .into_iter()
            .map(|part| (part.media_type, part.name, String::from_utf8_lossy(&part.bytes).into_owned()))
            .collect();
        found.sort();
        let of = |media_type: &str, name: Option<&str>, bytes: &str| {
            (media_type.to_owned(), name.map(str::to_owned), bytes.to_owned())
        };
        assert_eq!(
            found,
            [
                of("application/pdf", Some("Lettre"), "%PDF-1"),
                of("image/png", None, "\u{fffd}PNG\r\n\u{1a}\n"),
                of("text/plain", None, ""),
                of("text/plain", None, "nuul"),
            ]
        );
    }
}
