//! From bytes to [`Recognised`].

use crate::fhir::ndjson::split_lines;
use crate::kind::Kind;
use crate::office::package::Package;
use crate::recognised::{Damage, Fact, Recognised, Remark, field};
use crate::{calendar, cda, dicom, fhir, image, mail, office, pdf};

/// Says what a content in memory is. Of more than [`RECOGNISE_LIMIT`] bytes only the first [`PREFIX_LENGTH`] are looked at.
///
/// Never fails: what claims to be of a kind and is broken has [`Remark::Damaged`] and a [`Damage`] with a stable code.
#[must_use]
pub fn recognise(bytes: &[u8], name: Option<&str>) -> Recognised {
    if bytes.len() > RECOGNISE_LIMIT {
        let prefix = bytes.get(..PREFIX_LENGTH).unwrap_or(bytes);
        return recognise_prefix(prefix, name);
    }
    let mut found = whole(bytes, name);
    finish(&mut found, bytes, name);
    found
}

/// Says what a long content is by its beginning: give the first [`PREFIX_LENGTH`] bytes of a file longer than [`RECOGNISE_LIMIT`].
///
/// A CDA's, a DICOM file's and an image's facts stand at the beginning; of a PDF, a FHIR bundle or a calendar only the kind is said.
#[must_use]
pub fn recognise_prefix(prefix: &[u8], name: Option<&str>) -> Recognised {
    let prefix = prefix.get(..prefix.len().min(RECOGNISE_LIMIT)).unwrap_or(prefix);
    let kind = Kind::sniff(prefix, name);
    let mut found = match kind {
        Kind::Cda | Kind::Dicom => whole(prefix, name),
        kind if kind.is_image() => whole(prefix, name),
        kind => Recognised::new(kind),
    };
    // It was cut on purpose.
    found.remarks.remove(&Remark::Damaged);
    found.remarks.remove(&Remark::Truncated);
    found.damage = None;
    found.remark(Remark::BeginningOnly);
    finish(&mut found, prefix, name);
    found
}

fn whole(bytes: &[u8], name: Option<&str>) -> Recognised {
    let kind = Kind::sniff(bytes, name);
    match kind {
        Kind::Pdf => pdf::recognise(bytes),
        Kind::Cda => cda::recognise(bytes),
        Kind::Dicom => dicom::recognise(bytes),
        Kind::FhirJson => fhir::recognise::recognise(bytes, Kind::FhirJson),
        Kind::FhirXml => fhir::recognise::recognise(bytes, Kind::FhirXml),
        Kind::Calendar => calendar::recognise(bytes),
        Kind::FhirNdjson => ndjson(bytes),
        Kind::Mail | Kind::Msg => mail::recognise(bytes, kind),
        Kind::Docx
        | Kind::Xlsx
        | Kind::Pptx
        | Kind::Odt
        | Kind::Ods
        | Kind::Odp
        | Kind::Doc
        | Kind::Xls
        | Kind::Ppt => office::recognise(bytes, kind),
        Kind::Zip => archive(bytes),
        kind if kind.is_image() => image::recognise(bytes, kind),
        kind => Recognised::new(kind),
    }
}

fn ndjson(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::FhirNdjson);
    let lines = split_lines(bytes);
    let good = lines.iter().filter(|line| line.kind.is_ok()).count();
    found.say(Fact::Count, Some(good.to_string()));
    if good < lines.len() {
        found.remark(Remark::LineUnread);
    }
    found
}

fn archive(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::Zip);
    match Package::open(bytes) {
        Some(mut package) => {
            found.say(Fact::Count, Some(package.names().len().to_string()));
            found.remark(if package.is_locked() { Remark::Encrypted } else { Remark::HasAttachments });
        }
        None => found.remark(Remark::Truncated),
    }
    found
}

fn finish(found: &mut Recognised, bytes: &[u8], name: Option<&str>) {
    if bytes.is_empty() {
        found.remark(Remark::Empty);
    }
    if found.kind == Kind::Html {
        let text = crate::charset::html(bytes);
        let lower = text.to_ascii_lowercase();
        if lower.contains("<script") {
            found.remark(Remark::HasScript);
        }
        let inside = lower.find("<title>").zip(lower.find("</title>"));
        let title = inside.and_then(|(from, to)| text.get(from + "<title>".len()..to));
        found.title = title.and_then(|title| field(&crate::html::to_text(title)));
    }
    let ending = name.and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_ascii_lowercase());
    if ending.as_deref().and_then(of_ending).is_some_and(|kind| kind != found.kind) {
        found.remark(Remark::NameSaysOtherwise);
    }
    if found.kind == Kind::Other
        && let Some(claimed) = ending.as_deref().and_then(of_ending)
        && !bytes.is_empty()
    {
        found.damaged(damage_of(claimed));
    }
}

fn of_ending(ending: &str) -> Option<Kind> {
    match ending {
        "pdf" => Some(Kind::Pdf),
        "dcm" => Some(Kind::Dicom),
        "jpg" | "jpeg" => Some(Kind::Jpeg),
        "png" => Some(Kind::Png),
        "webp" => Some(Kind::Webp),
        "gif" => Some(Kind::Gif),
        "tif" | "tiff" => Some(Kind::Tiff),
        "heic" | "heif" => Some(Kind::Heif),
        "ics" => Some(Kind::Calendar),
        "zip" => Some(Kind::Zip),
        _ => None,
    }
}

fn damage_of(claimed: Kind) -> Damage {
    match claimed {
        Kind::Pdf => Damage::Pdf,
        Kind::Dicom => Damage::Dicom,
        Kind::Calendar => Damage::Calendar,
        _ => Damage::Image,
    }
}

/// Most bytes that [`recognise`] looks at as a whole: 32 MiB.
pub const RECOGNISE_LIMIT: usize = 32 << 20;

/// How much of a longer content is looked at: 1 MiB.
pub const PREFIX_LENGTH: usize = 1 << 20;
