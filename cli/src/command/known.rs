//! What is in a vault already, told by what a content is: its bytes make it the same document, the identifier that it carries does not.
//! Programs really write one identifier into everything: only equal bytes are "there already".

use std::collections::{BTreeMap, BTreeSet};

use carnet_core::wire::padding::padme;
use carnet_core::wire::payload::PayloadLen;
use carnet_health::Kind;

use super::contents::{Found, Looked};
use super::title::Titled;
use super::versions::Other;
use crate::local::CatalogueRow;

/// What is there already: by content, and by the identifier that a document carries.
pub(crate) struct Known {
    contents: BTreeMap<[u8; 32], Other>,
    identifiers: BTreeMap<String, Vec<Other>>,
}

impl Known {
    /// What is in a vault.
    pub(crate) fn of(rows: &[CatalogueRow]) -> Self {
        let contents = rows.iter().map(|row| (row.content.into(), Other::of(row))).collect();
        let mut identifiers: BTreeMap<String, Vec<Other>> = BTreeMap::new();
        for row in rows.iter().filter(|row| names_one_document(&row.media_type, row.series.is_some())) {
            if let Some(id) = &row.identifier {
                identifiers.entry(id.clone()).or_default().push(Other::of(row));
            }
        }
        Self { contents, identifiers }
    }

    /// The document that has the same bytes.
    pub(crate) fn same_content(&self, looked: &Looked) -> Option<Other> {
        looked.item.digest.as_ref().and_then(|digest| self.contents.get(digest)).cloned()
    }

    /// The documents that carry the same identifier, and other bytes.
    pub(crate) fn same_identifier(&self, looked: &Looked) -> Vec<Other> {
        identifier(looked).and_then(|id| self.identifiers.get(id)).cloned().unwrap_or_default()
    }

    /// Takes note of a content that is being added, so that the same is not added twice at once.
    pub(crate) fn note(&mut self, looked: &Looked, file: &str) {
        let description = &looked.item.description;
        let coded = Titled::of(description).coded();
        let other = Other { document: file.to_owned(), title: description.title.clone(), coded };
        if let Some(id) = identifier(looked) {
            self.identifiers.entry(id.to_owned()).or_default().push(other.clone());
        }
        if let Some(digest) = looked.item.digest {
            self.contents.insert(digest, other);
        }
    }
}

/// The identifier of a content whose format means one document by it.
fn identifier(looked: &Looked) -> Option<&str> {
    let description = &looked.item.description;
    let (media_type, series) = (&description.media_type, description.series.is_some());
    description.identifier.as_deref().filter(|_| names_one_document(media_type, series))
}

/// Whether the identifiers of a format name one document. Those of most FHIR resources name a thing, of which there may be many: only
/// what stands for a document, and so belongs to a set of versions, is one.
fn names_one_document(media_type: &str, series: bool) -> bool {
    match Kind::from_media_type(media_type) {
        Some(Kind::Cda | Kind::Dicom | Kind::Calendar) => true,
        Some(Kind::FhirJson | Kind::FhirXml) => series,
        _ => false,
    }
}

/// The lengths of contents that a content could be the same as. One of another length is new: it is read once, to be sealed.
#[derive(Debug, Default)]
pub(crate) struct Lengths {
    contents: BTreeSet<u64>,
    payloads: BTreeSet<u64>,
}

impl Lengths {
    /// Those of a vault, of sealed payloads in the spool, and of contents that are added together.
    pub(crate) fn of(rows: &[CatalogueRow], payloads: BTreeSet<u64>, together: &[Found]) -> Self {
        let mut contents: BTreeSet<u64> = rows.iter().map(|row| row.len).collect();
        let mut first = BTreeSet::new();
        contents.extend(together.iter().filter_map(Found::len).filter(|len| !first.insert(*len)));
        Self { contents, payloads }
    }

    /// That of one content, and of sealed payloads in the spool.
    pub(crate) fn of_one(len: u64, payloads: BTreeSet<u64>) -> Self {
        Self { contents: [len].into(), payloads }
    }

    /// Whether a content of this length could be one of them.
    pub(crate) fn have(&self, len: u64) -> bool {
        let payload = PayloadLen::from_plaintext(padme(len)).map(PayloadLen::stored);
        self.contents.contains(&len) || payload.is_ok_and(|payload| self.payloads.contains(&payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_of_a_content_that_may_be_there_is_missed() {
        let folder = tempfile::tempdir().unwrap();
        let found: Vec<Found> = [("a", 10), ("b", 20), ("c", 20)]
            .iter()
            .map(|(name, len)| {
                std::fs::write(folder.path().join(name), vec![0; *len]).unwrap();
                Found::file(&folder.path().join(name))
            })
            .collect();
        let sealed = PayloadLen::from_plaintext(padme(1_000_003)).unwrap().stored();
        let lengths = Lengths::of(&[], [sealed].into(), &found);
        assert!(lengths.have(20) && lengths.have(1_000_003));
        assert!(!lengths.have(10) && !lengths.have(2_000_003));
    }
}
