//! The kinds of content, their media types, and the endings of their files' names.

/// The kinds of content that Carnet tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// ISO 32000 (PDF).
    Pdf,
    /// HL7 CDA Release 2.
    Cda,
    /// DICOM part 10 file.
    Dicom,
    /// JPEG image.
    Jpeg,
    /// PNG image.
    Png,
    /// WebP image.
    Webp,
    /// GIF image.
    Gif,
    /// TIFF image, and raw photographs built on it.
    Tiff,
    /// HEIF or HEIC image.
    Heif,
    /// FHIR resource as JSON.
    FhirJson,
    /// FHIR resource as XML.
    FhirXml,
    /// iCalendar (RFC 5545).
    Calendar,
    /// HTML page.
    Html,
    /// Table as text (RFC 4180), whatever stands between its cells.
    Csv,
    /// JSON (RFC 8259) that is no FHIR resource.
    Json,
    /// FHIR resources as JSON, one a line.
    FhirNdjson,
    /// XML of another vocabulary.
    Xml,
    /// Rich Text Format.
    Rtf,
    /// Internet message (RFC 5322).
    Mail,
    /// Message as Outlook stores it (MS-OXMSG).
    Msg,
    /// Office Open XML (ISO/IEC 29500): a text.
    Docx,
    /// Office Open XML: a workbook.
    Xlsx,
    /// Office Open XML: a presentation.
    Pptx,
    /// OpenDocument (ISO/IEC 26300): a text.
    Odt,
    /// OpenDocument: a workbook.
    Ods,
    /// OpenDocument: a presentation.
    Odp,
    /// Word 97 to 2003 (MS-DOC).
    Doc,
    /// Excel 97 to 2003 (MS-XLS).
    Xls,
    /// PowerPoint 97 to 2003 (MS-PPT).
    Ppt,
    /// Bitmap image.
    Bmp,
    /// Plain text.
    Text,
    /// Zip archive.
    Zip,
    /// Anything else: kept as it is.
    Other,
}

impl Kind {
    /// The media type (RFC 6838).
    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.row().1
    }

    /// The ending of a file's name, without the dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        self.row().2
    }

    /// The kind that a media type names, parameters ignored.
    #[must_use]
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        let name = media_type.split(';').next().unwrap_or_default().trim();
        let found = TABLE.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(kind, _, _)| *kind).filter(|kind| *kind != Self::Other)
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        TABLE.into_iter().find(|(kind, _, _)| *kind == self).unwrap_or(OTHER)
    }

    /// Whether it is a picture.
    #[must_use]
    pub fn is_image(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp | Self::Gif | Self::Tiff | Self::Heif | Self::Bmp)
    }

    /// Whether it may have words to be searched.
    #[must_use]
    pub fn has_words(self) -> bool {
        !self.is_image() && !matches!(self, Self::Xls | Self::Ppt | Self::Other)
    }
}

/// Each kind, its media type, and the ending of its files' names.
const TABLE: [(Kind, &str, &str); 32] = [
    (Kind::Pdf, "application/pdf", "pdf"),
    (Kind::Cda, "application/cda+xml", "xml"),
    (Kind::Dicom, "application/dicom", "dcm"),
    (Kind::Jpeg, "image/jpeg", "jpg"),
    (Kind::Png, "image/png", "png"),
    (Kind::Webp, "image/webp", "webp"),
    (Kind::Gif, "image/gif", "gif"),
    (Kind::Tiff, "image/tiff", "tif"),
    (Kind::Heif, "image/heic", "heic"),
    (Kind::Bmp, "image/bmp", "bmp"),
    (Kind::FhirJson, "application/fhir+json", "json"),
    (Kind::FhirNdjson, "application/fhir+ndjson", "ndjson"),
    (Kind::FhirXml, "application/fhir+xml", "xml"),
    (Kind::Calendar, "text/calendar", "ics"),
    (Kind::Html, "text/html", "html"),
    (Kind::Csv, "text/csv", "csv"),
    (Kind::Json, "application/json", "json"),
    (Kind::Xml, "application/xml", "xml"),
    (Kind::Rtf, "application/rtf", "rtf"),
    (Kind::Mail, "message/rfc822", "eml"),
    (Kind::Msg, "application/vnd.ms-outlook", "msg"),
    (Kind::Docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    (Kind::Xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    (Kind::Pptx, "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    (Kind::Odt, "application/vnd.oasis.opendocument.text", "odt"),
    (Kind::Ods, "application/vnd.oasis.opendocument.spreadsheet", "ods"),
    (Kind::Odp, "application/vnd.oasis.opendocument.presentation", "odp"),
    (Kind::Doc, "application/msword", "doc"),
    (Kind::Xls, "application/vnd.ms-excel", "xls"),
    (Kind::Ppt, "application/vnd.ms-powerpoint", "ppt"),
    (Kind::Text, "text/plain", "txt"),
    (Kind::Zip, "application/zip", "zip"),
];

const OTHER: (Kind, &str, &str) = (Kind::Other, "application/octet-stream", "bin");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_type_of_every_kind_is_read_back() {
        assert_eq!(Kind::from_media_type("Text/Calendar; charset=utf-8"), Some(Kind::Calendar));
        assert_eq!(Kind::from_media_type(Kind::Other.media_type()), None);
    }
}
