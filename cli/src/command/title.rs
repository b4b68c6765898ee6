//! Titles as a screen shows them: a document that calls itself by no more than a code is called by that code's words.

use carnet_core::authored::{Code, Description};
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coded {
    /// A code of the table.
    Known(DocumentType),
    /// Another, with what the file itself calls it.
    Unknown(Option<String>),
}

impl<'a> Titled<'a> {
    /// The title of a description.
    pub(crate) fn of(description: &'a Description) -> Self {
        Self {
            title: &description.title,
            codes: &description.codes,
            display: description.display.as_deref(),
            media_type: &description.media_type,
        }
    }

    /// The title in the words of the screens.
    pub(crate) fn said(&self, texts: &Texts) -> String {
        said(texts, self.title, self.coded().as_ref())
    }

    /// What it is where it is no more than a code.
    pub(crate) fn coded(&self) -> Option<Coded> {
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
            None => (own.is_some() || of_health()).then(|| {
                let display = self.display.map(shown::name);
                Coded::Unknown(display.filter(|display| display != title))
            }),
        }
    }
}

/// A title in the words of the screens.
pub(crate) fn said(texts: &Texts, title: &str, coded: Option<&Coded>) -> String {
    match (coded, texts.language()) {
        (None, _) => shown::name(title),
        (Some(Coded::Known(kind)), Language::Fr) => kind.fr.to_owned(),
        (Some(Coded::Known(kind)), Language::En) => kind.en.to_owned(),
        (Some(Coded::Unknown(Some(display))), _) => display.clone(),
        (Some(Coded::Unknown(None)), _) => say!(texts, "title-code", code = title),
    }
}

/// What the title is that a list shows, where it is no more than a code. A name that its holder gave stays as it is.
pub(crate) fn coded(row: &CatalogueRow) -> Option<Coded> {
    of(row).coded().filter(|_| row.name.is_none())
}

/// The title of a document that a list shows.
pub(crate) fn title(texts: &Texts, row: &CatalogueRow) -> String {
    said(texts, row.shown_title(), coded(row).as_ref())
}

/// The words by which a person may mean a document: its title, and what a code says that stands in its place.
pub(crate) fn words(row: &CatalogueRow) -> String {
    match coded(row) {
        Some(Coded::Known(kind)) => format!("{} {} {}", row.title, kind.fr, kind.en),
        Some(Coded::Unknown(display)) => format!("{} {}", row.title, display.unwrap_or_default()),
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
