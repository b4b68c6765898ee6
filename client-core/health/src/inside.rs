//! Files inside a document, whatever its format: their numbers, what a screen says of them, and their bytes.

use crate::cda::{self, Part};
use crate::encoding::decode;
use crate::fhir::{self, attachment, ndjson};
use crate::kind::Kind;
use crate::recognised::{Damage, MAX_FIELD};
use crate::text::TEXT_SOURCE_LIMIT;
use crate::view::Words;

/// Whether documents of a kind may hold files that [`files`] takes out.
#[must_use]
pub fn has_files(kind: Kind) -> bool {
    matches!(kind, Kind::Cda | Kind::FhirJson | Kind::FhirXml | Kind::FhirNdjson)
}

/// The files inside a document, in its order. Numbers that a screen shows count them from 1.
///
/// # Errors
/// [`Damage`] where the document does not parse. A file that does not decode has no bytes.
pub fn files(bytes: &[u8], kind: Kind) -> Result<Vec<Part>, Damage> {
    match kind {
        Kind::FhirJson | Kind::FhirXml => Ok(attachment::parts(&fhir::parse(bytes)?, ROOM)),
        Kind::FhirNdjson => {
            let text = decode(bytes);
            let good = ndjson::lines(&text).map(|(_, line)| line).filter(|line| ndjson::is_resource(line));
            Ok(attachment::parts(&fhir::parse(ndjson::as_bundle(good).as_bytes())?, ROOM))
        }
        _ => cda::parts(bytes),
    }
}

/// What a file is called by its kind and its number: `PDF 1`.
pub(crate) fn label(media_type: &str, number: usize) -> String {
    let kind = media_type.split(';').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("{} {number}", kind.to_uppercase())
}

/// What a screen says of a file: what it is called, its type, its name, its length.
pub(crate) fn line(label: String, part: &Part, words: &dyn Words) -> String {
    let mut said = vec![label, part.media_type.clone()];
    said.extend(part.name.clone());
    if !part.bytes.is_empty() {
        let count = part.bytes.len().to_string();
        let bytes = words.say("inside-bytes", &[("count", &count)]);
        said.push(bytes.unwrap_or_else(|| format!("{count}\u{a0}B")));
    }
    said.join(" · ").chars().take(MAX_FIELD).collect()
}

/// Most bytes that the files of a document have together.
const ROOM: usize = TEXT_SOURCE_LIMIT;
