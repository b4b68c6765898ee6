//! Files inside a document, whatever its format: their numbers and their bytes.

use crate::cda::{self, Part};
use crate::encoding::decode;
use crate::fhir::{self, attachment, ndjson};
use crate::kind::Kind;
use crate::recognised::Damage;
use crate::text::TEXT_SOURCE_LIMIT;

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

/// Most bytes that the files of a document have together.
const ROOM: usize = TEXT_SOURCE_LIMIT;
