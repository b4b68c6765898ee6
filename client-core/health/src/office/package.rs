//! A zip archive (PKWARE APPNOTE) in memory: what it is, and its parts within a budget.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::kind::Kind;

/// An archive whose parts are unpacked up to [`BUDGET`] bytes in all.
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
    cut: bool,
}

impl<'a> Package<'a> {
    /// Opens an archive of at most [`MAX_PARTS`] parts.
    pub(crate) fn open(bytes: &'a [u8]) -> Option<Self> {
        let archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        (archive.len() <= MAX_PARTS).then_some(Self { archive, left: BUDGET, cut: false })
    }

    /// Names of its files, folders apart.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.archive.file_names_raw().map(crate::charset::file_name);
        names.filter(|name| !name.ends_with('/')).collect()
    }

    /// Whether the name of a part has these words in it.
    pub(crate) fn has(&self, words: &str) -> bool {
        self.names().iter().any(|name| name.contains(words))
    }

    /// Whether a password closes its parts.
    pub(crate) fn is_locked(&mut self) -> bool {
        let zipped = (0..self.archive.len())
            .any(|index| self.archive.by_index_data(index).is_ok_and(|entry| entry.encrypted()));
        let manifest = self.part("META-INF/manifest.xml").unwrap_or_default();
        zipped || manifest.windows(15).any(|window| window == b"encryption-data")
    }

    /// A part; `None` where it is not there, broken, locked or longer than what is left of the budget.
    pub(crate) fn part(&mut self, name: &str) -> Option<Vec<u8>> {
        let file = self.archive.by_name(name).ok()?;
        let mut bytes = Vec::new();
        // What an entry says of its length is not believed.
        let read = file.take(self.left.saturating_add(1)).read_to_end(&mut bytes);
        if bytes.len() as u64 > self.left {
            self.cut = true;
            return None;
        }
        self.left = self.left.saturating_sub(bytes.len() as u64);
        read.ok().map(|_| bytes)
    }

    /// Whether a part was too long to be read.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Pictures, sounds and files inside, by name: they are not shown.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let beside = ["/media/", "/embeddings/", "Pictures/", "Object "];
        let mut names = self.names();
        names.retain(|name| beside.iter().any(|folder| name.contains(folder)) && !name.ends_with(".xml"));
        names.truncate(MAX_SHOWN);
        names
    }

    /// What the relationships of a part name: id to the part's name.
    pub(super) fn related(&mut self, part: &str) -> Vec<(String, String)> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let Some(bytes) = self.part(&format!("{folder}/_rels/{file}.rels")) else { return Vec::new() };
        let mut related = Vec::new();
        super::pieces::walk(&bytes, |piece| {
            if let super::pieces::Piece::Open("Relationship", attributes) = piece
                && let (Some(id), Some(target)) = (attributes.get("Id"), attributes.get("Target"))
            {
                let target = match target.strip_prefix('/') {
                    Some(whole) => whole.to_owned(),
                    None => format!("{folder}/{target}"),
                };
                related.push((id.to_owned(), resolved(&target)));
            }
        });
        related
    }
}

/// A name without steps up.
fn resolved(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "" | "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What an archive is: an office document by the parts that it must have, else an archive.
///
/// Of a beginning only the names at the beginning are seen.
pub(crate) fn kind(bytes: &[u8]) -> Kind {
    // OpenDocument puts its media type first, stored, at a fixed place (ISO/IEC 26300-2, 3.3).
    if let Some(stored) = bytes.get(30..).and_then(|rest| rest.strip_prefix(b"mimetype")) {
        let beginning = String::from_utf8_lossy(stored.get(..stored.len().min(80)).unwrap_or_default());
        for (name, kind) in [("text", Kind::Odt), ("spreadsheet", Kind::Ods), ("presentation", Kind::Odp)] {
            if beginning.starts_with(&format!("application/vnd.oasis.opendocument.{name}")) {
                return kind;
            }
        }
        return Kind::Zip;
    }
    let parts =
        [("word/document", Kind::Docx), ("xl/workbook", Kind::Xlsx), ("ppt/presentation", Kind::Pptx)];
    if let Some(package) = Package::open(bytes) {
        let names = package.names();
        let has = |part: &str| names.iter().any(|name| name.starts_with(part));
        let typed = names.iter().any(|name| name == "[Content_Types].xml");
        let found = parts.iter().find(|(part, _)| typed && has(part));
        return found.map_or(Kind::Zip, |(_, kind)| *kind);
    }
    let typed = bytes.get(30..).is_some_and(|rest| rest.starts_with(b"[Content_Types].xml"));
    let has = |part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
    let found = parts.iter().find(|(part, _)| typed && has(part));
    found.map_or(Kind::Zip, |(_, kind)| *kind)
}

/// Most bytes that the parts of a package have unpacked: 128 MiB.
const BUDGET: u64 = 128 << 20;
const MAX_PARTS: usize = 100_000;
const MAX_SHOWN: usize = 100;
