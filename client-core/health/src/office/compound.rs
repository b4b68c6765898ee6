//! Compound files (MS-CFB): what older office programs and Outlook write, and what newer ones lock with a password.

use std::io::{Cursor, Read as _};

use cfb::CompoundFile;

use crate::kind::Kind;

/// What a compound file is, by the streams that it must have; of a beginning, what its name says.
pub(crate) fn kind(bytes: &[u8], name: Option<&str>) -> Kind {
    let ending = name.and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_ascii_lowercase());
    let named = match ending.as_deref() {
        Some("doc" | "dot") => Kind::Doc,
        Some("xls" | "xlt") => Kind::Xls,
        Some("ppt" | "pps") => Kind::Ppt,
        Some("msg") => Kind::Msg,
        Some("docx") => Kind::Docx,
        Some("xlsx") => Kind::Xlsx,
        Some("pptx") => Kind::Pptx,
        _ => Kind::Other,
    };
    let Some(file) = open(bytes) else { return named };
    let streams = [
        ("/__properties_version1.0", Kind::Msg),
        ("/WordDocument", Kind::Doc),
        ("/Workbook", Kind::Xls),
        ("/Book", Kind::Xls),
        ("/PowerPoint Document", Kind::Ppt),
    ];
    let found = streams.iter().find(|(stream, _)| file.is_stream(stream));
    found.map_or(named, |(_, kind)| *kind)
}

/// Whether it is an office document of today that a password closes (MS-OFFCRYPTO).
pub(crate) fn is_locked(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xd0\xcf\x11\xe0")
        && open(bytes).is_some_and(|file| file.is_stream("/EncryptedPackage"))
}

/// Opens a compound file.
pub(crate) fn open(bytes: &[u8]) -> Option<CompoundFile<Cursor<&[u8]>>> {
    CompoundFile::open(Cursor::new(bytes)).ok()
}

/// A stream of at most [`MAX_STREAM`] bytes.
pub(crate) fn stream(file: &mut CompoundFile<Cursor<&[u8]>>, path: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.open_stream(path).ok()?.take(MAX_STREAM).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

const MAX_STREAM: u64 = 64 << 20;
