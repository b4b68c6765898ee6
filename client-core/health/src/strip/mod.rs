//! Taking out of a picture what does not show on it: place, camera, dates, comments, thumbnails.
//!
//! What is kept is a list of what a picture needs; all else goes, known or not. Pixels are never decoded: their bytes stay.

mod gif;
mod heif;
pub(crate) mod jpeg;
pub(crate) mod orientation;
mod png;
mod webp;

use std::collections::BTreeSet;

use carnet_wire::StableCode;

use crate::kind::Kind;

/// A cleaned picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripped {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What was found and taken out; empty where nothing was.
    pub removed: BTreeSet<Removed>,
    /// Whether its way up was written anew, alone.
    pub orientation_kept: bool,
}

/// What a picture said beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Removed {
    /// A place, in Exif or XMP.
    Gps,
    /// Exif: camera, dates, settings, thumbnail.
    Exif,
    /// XMP.
    Xmp,
    /// IPTC and Photoshop resources.
    Iptc,
    /// Text comments.
    Comment,
    /// Other application data.
    Application,
    /// Bytes after the picture's end: further pictures, or a film.
    Trailer,
    /// When it was last changed.
    Time,
}

/// Why a picture was not cleaned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StripError {
    /// Carnet cannot clean this format: nothing was done.
    #[error("metadata of this format ({}) cannot be removed", .0.media_type())]
    Unsupported(Kind),
    /// It is a text, which says nothing that it does not show.
    #[error("not a picture")]
    NotAnImage,
    /// Its structure is broken, so that nobody knows what would remain.
    #[error("a picture whose structure is broken")]
    Broken,
}

impl StableCode for StripError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unsupported(_) => "health-strip-unsupported",
            Self::NotAnImage => "health-strip-not-an-image",
            Self::Broken => "health-strip-broken",
        }
    }
}

/// Takes the metadata out of a JPEG, PNG, WebP, GIF or HEIF picture. Colour profile and way up stay.
///
/// # Errors
/// [`StripError`]: formats that cannot be cleaned are named, never passed.
pub fn strip_metadata(bytes: &[u8]) -> Result<Stripped, StripError> {
    match Kind::sniff(bytes, None) {
        Kind::Jpeg => jpeg::strip(bytes),
        Kind::Png => png::strip(bytes),
        Kind::Webp => webp::strip(bytes),
        Kind::Gif => gif::strip(bytes),
        Kind::Heif => heif::strip(bytes),
        kind if hides(kind) => Err(StripError::Unsupported(kind)),
        _ => Err(StripError::NotAnImage),
    }
}

/// Whether a kind of file may say more than it shows: who made it, where and when. Of texts all is seen.
fn hides(kind: Kind) -> bool {
    !matches!(kind, Kind::Text | Kind::Html | Kind::Cda | Kind::FhirJson | Kind::FhirXml | Kind::Calendar)
}

/// Whether a content is a picture, by its first 64 bytes.
#[must_use]
pub fn is_picture(beginning: &[u8]) -> bool {
    Kind::sniff(beginning, None).is_image()
}

/// How whole a picture of a format that can be cleaned is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    Whole,
    EndsEarly,
    Broken,
}

pub(crate) fn check(bytes: &[u8], kind: Kind) -> Option<Structure> {
    let whole = match kind {
        Kind::Jpeg => return Some(jpeg::check(bytes)),
        Kind::Png => png::strip(bytes),
        Kind::Webp => webp::strip(bytes),
        Kind::Gif => gif::strip(bytes),
        _ => return None,
    };
    Some(if whole.is_ok() { Structure::Whole } else { Structure::Broken })
}

fn says_place(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| window == b"GPSL")
}
