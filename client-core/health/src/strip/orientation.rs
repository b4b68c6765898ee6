//! The way up of a picture: the one thing of Exif that is kept, written anew.

use std::io::Cursor;

use exif::{Error, Exif, In, Reader, Tag};

/// What an Exif block (TIFF without the `Exif\0\0` before it) says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    /// 2 to 8: turned or mirrored.
    pub(super) orientation: Option<u16>,
    pub(super) gps: bool,
}

pub(super) fn read(tiff: &[u8]) -> Said {
    lenient(|reader| reader.read_raw(tiff.to_vec())).as_ref().map(said).unwrap_or_default()
}

pub(super) fn read_container(bytes: &[u8]) -> Said {
    let exif = lenient(|reader| reader.read_from_container(&mut Cursor::new(bytes)));
    exif.as_ref().map(said).unwrap_or_default()
}

/// Exif as far as it can be read: what telephones write is often broken behind what matters.
pub(crate) fn lenient(read: impl FnOnce(&Reader) -> Result<Exif, Error>) -> Option<Exif> {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    read(&reader).or_else(|error| error.distill_partial_result(|_| {})).ok()
}

fn said(exif: &Exif) -> Said {
    let orientation = exif
        .get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .and_then(|value| u16::try_from(value).ok())
        .filter(|value| (2..=8).contains(value));
    let gps = exif.fields().any(|field| field.tag.context() == exif::Context::Gps);
    Said { orientation, gps }
}

/// A TIFF structure of 26 bytes that says the way up and nothing else.
pub(super) fn tiff(orientation: u16) -> Vec<u8> {
    let mut bytes = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    bytes.extend(orientation.to_be_bytes());
    bytes.extend([0; 6]);
    bytes
}
