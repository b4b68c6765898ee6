//! Titles as a screen shows them: a document that calls itself by no more than a code is called by that code's words.

use carnet_core::authored::Code;
use carnet_health::doctype::{self, DocumentType};
use carnet_health::{Kind, LOINC};

use crate::local::CatalogueRow;
use crate::text::{Language, Texts};
use crate::{say, shown};

/// What a document calls itself, and what may say it in words.
pub(crate) struct Titled<'a> {
    pub(crate) title: &'a str,
    pub(crate) codes: &'a [Code],
    /// What the file itself calls its type.
    pub(crate) display: Option<&'a str>,
    pub(crate) media_type: &'a str,
}

/// What a title is that is no more than a code.
enum Coded {
    Known(DocumentType),
    Unknown,
}

impl Titled<'_> {
    /// The title in the words of the screens.
    pub(crate) fn said(&self, texts: &Texts) -> String {
        let title = shown::name(self.title);
        let display = self.display.map(shown::name).filter(|display| *display != title);
        match (self.coded(), display) {
            (None, _) => title,
            (Some(Coded::Known(kind)), _) => match texts.language() {
                Language::Fr => kind.fr.to_owned(),
                Language::En => kind.en.to_owned(),
            },
            (Some(Coded::Unknown), Some(display)) => display,
            (Some(Coded::Unknown), None) => say!(texts, "title-code", code = title),
        }
    }

    fn coded(&self) -> Option<Coded> {
        let title = self.title.trim();
        let own = self.codes.iter().find(|code| code.code == title);
        let known = own.map_or_else(
            || doctype::by_code(LOINC, title),
            |code| doctype::by_code(&code.system, &code.code),
        );
        let of_health = || {
            let kind = Kind::from_media_type(self.media_type);
            matches!(kind, Some(Kind::FhirJson | Kind::FhirXml | Kind::Cda)) && is_loinc(title)
        };
        match known {
            Some(kind) => Some(Coded::Known(kind)),
            None => (own.is_some() || of_health()).then_some(Coded::Unknown),
        }
    }
}

/// The title of a document that a list shows. A name that its holder gave stays as it is.
pub(crate) fn title(texts: &Texts, row: &CatalogueRow) -> String {
    row.name.as_deref().map_or_else(|| of(row).said(texts), shown::name)
}

/// The words by which a person may mean a document: its title, and what a code says that stands in its place.
pub(crate) fn words(row: &CatalogueRow) -> String {
    let coded = of(row).coded().filter(|_| row.name.is_none());
    match coded {
        Some(Coded::Known(kind)) => format!("{} {} {}", row.title, kind.fr, kind.en),
        Some(Coded::Unknown) => format!("{} {}", row.title, row.display.as_deref().unwrap_or_default()),
        None => row.shown_title().to_owned(),
    }
}

fn of(row: &CatalogueRow) -> Titled<'_> {
    Titled {
        title: &row.title,
        codes: &row.codes,
        display: row.display.as_deref(),
        media_type: &row.media_type,
    }
}

/// Whether a text has the form of a LOINC code: digits, a hyphen, and the digit that checks them.
fn is_loinc(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(number, check)| {
        digits(number) && number.len() <= 7 && digits(check) && check.len() == 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(
        language: Language,
        title: &str,
        code: Option<&str>,
        display: Option<&str>,
        media: &str,
    ) -> String {
        let code = code.map(|code| Code { system: LOINC.to_owned(), code: code.to_owned() });
        let codes: Vec<Code> = code.into_iter().collect();
        Titled { title, codes: &codes, display, media_type: media }.said(&Texts::of(language))
    }

    #[test]
    fn title_that_is_a_code_is_said_in_words_and_any_other_stays() {
        let fhir = "application/fhir+json";
        let (fr, en) = (Language::Fr, Language::En);
        assert_eq!(said(fr, "11502-2", Some("11502-2"), None, fhir), "Résultats de biologie");
        assert_eq!(said(en, "11502-2", Some("11502-2"), None, fhir), "Blood and laboratory results");
        assert_eq!(said(fr, "11502-2", None, None, "application/pdf"), "Résultats de biologie");
        assert_eq!(said(fr, "99999-9", Some("99999-9"), None, fhir), "Document (code 99999-9)");
        assert_eq!(said(fr, "99999-9", Some("99999-9"), Some("Bilan"), fhir), "Bilan");
        assert_eq!(said(en, "12345-6", None, None, fhir), "Document (code 12345-6)");
        // A scan that somebody called by a number is called so.
        assert_eq!(said(fr, "12345-6", None, None, "application/pdf"), "12345-6");
        assert_eq!(said(fr, "Bilan 11502-2", Some("11502-2"), None, fhir), "Bilan 11502-2");
    }
}
