//! Types of documents: the codes of the French list JDV_J07, in plain French and English words, and classes for policies.

mod propose;
mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use propose::{class_of, of_format, propose};

use crate::fold::words;
use crate::recognised::Code;
#[cfg(test)]
use crate::recognised::LOINC;

/// A type of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentType {
    /// URI of the code system: LOINC, or the list of the French agency for what LOINC has not.
    pub system: &'static str,
    /// Its code.
    pub code: &'static str,
    /// Its class, as policies number them.
    pub class: Class,
    /// Its label in French.
    pub fr: &'static str,
    /// Its label in English.
    pub en: &'static str,
    /// Words that people type for it, folded; the first ones are its own.
    pub(crate) words: &'static str,
}

/// Classes of documents. Their numbers stand in signed policies: they never change and are never used again for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum Class {
    /// What has no type.
    Unsorted = 0,
    /// Results of biology, pathology, tests.
    Results = 1,
    /// Imaging: reports and pictures.
    Imaging = 2,
    /// Prescriptions, dispensations, treatments.
    Prescriptions = 3,
    /// Letters, reports of visits, stays and acts, plans of care.
    Letters = 4,
    /// Vaccinations.
    Vaccinations = 5,
    /// Certificates, forms, reimbursements.
    Certificates = 6,
    /// Profile items and summaries.
    Profile = 7,
    /// What the patient wrote or wishes.
    Own = 8,
}

impl Class {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Unsorted,
        Self::Results,
        Self::Imaging,
        Self::Prescriptions,
        Self::Letters,
        Self::Vaccinations,
        Self::Certificates,
        Self::Profile,
        Self::Own,
    ];

    /// Its number in policies.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }

    /// The class of a number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.number() == number)
    }
}

impl DocumentType {
    /// The code as a manifest carries it.
    #[must_use]
    pub fn to_code(self) -> Code {
        Code { system: self.system.to_owned(), code: self.code.to_owned(), display: Some(self.fr.to_owned()) }
    }
}

/// All types, the common ones of each class first.
#[must_use]
pub fn all() -> &'static [DocumentType] {
    &table::TYPES
}

/// The type of a code.
#[must_use]
pub fn by_code(system: &str, code: &str) -> Option<DocumentType> {
    all().iter().find(|found| found.system == system && found.code == code).copied()
}

/// The types that a person's words may mean, best first: a code, a word (`ordonnance`, `biologie`, `courrier`), several words, the
/// beginning of a word. Empty where none fits.
#[must_use]
pub fn by_words(typed: &str) -> Vec<DocumentType> {
    let code = typed.trim();
    if let Some(found) = all().iter().find(|found| found.code.eq_ignore_ascii_case(code)) {
        return vec![*found];
    }
    let typed: Vec<String> = words(typed).filter(|word| !STOP.contains(&word.as_str())).collect();
    if typed.is_empty() {
        return Vec::new();
    }
    let mut scored: Vec<(usize, usize, &DocumentType)> = all()
        .iter()
        .enumerate()
        .filter_map(|(order, found)| Some((score(found, &typed)?, order, found)))
        .collect();
    scored.sort_by_key(|(score, order, _)| (std::cmp::Reverse(*score), *order));
    scored.into_iter().map(|(_, _, found)| *found).collect()
}

/// The types that fit a person's words best: more than one where the words do not decide between them.
#[must_use]
pub fn best_by_words(typed: &str) -> Vec<DocumentType> {
    let found = by_words(typed);
    let words: Vec<String> = words(typed).filter(|word| !STOP.contains(&word.as_str())).collect();
    let best = found.first().and_then(|first| score(first, &words));
    match best {
        // A code decides by itself.
        None => found,
        best => found.into_iter().take_while(|kind| score(kind, &words) == best).collect(),
    }
}

/// How well a type fits words: none where one of them has nothing to do with it.
pub(crate) fn score(found: &DocumentType, typed: &[String]) -> Option<usize> {
    WORDS.get(found.code).and_then(|known| known.score(typed))
}

/// The words of a type: those that people type for it, and those of its labels.
pub(crate) struct Words {
    own: Vec<&'static str>,
    label: Vec<String>,
}

impl Words {
    /// The types, each with its words.
    pub(crate) fn of_all() -> impl Iterator<Item = (&'static DocumentType, &'static Self)> {
        all().iter().filter_map(|kind| Some((kind, WORDS.get(kind.code)?)))
    }

    /// How well they fit what was typed: none where one word of it has nothing to do with them.
    pub(crate) fn score(&self, typed: &[String]) -> Option<usize> {
        let mut total = 0;
        for word in typed {
            let singular = word.strip_suffix('s').filter(|word| word.len() > 3).unwrap_or(word);
            let same =
                |known: &str| known == word || known == singular || known.strip_suffix('s') == Some(singular);
            let place = self.own.iter().position(|known| same(known));
            total += if let Some(place) = place {
                100 - place.min(50)
            } else if self.label.iter().any(|known| same(known)) {
                30
            } else if word.len() >= 4 && self.all().any(|known| known.starts_with(singular)) {
                10
            } else {
                return None;
            };
        }
        Some(total)
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.own.iter().copied().chain(self.label.iter().map(String::as_str))
    }
}

/// The words of each type, by its code.
static WORDS: LazyLock<HashMap<&str, Words>> = LazyLock::new(|| {
    let words = |kind: &DocumentType| Words {
        own: kind.words.split(' ').collect(),
        label: words(kind.fr).chain(words(kind.en)).collect(),
    };
    all().iter().map(|kind| (kind.code, words(kind))).collect()
});

/// Words that say nothing of a type.
const STOP: [&str; 24] = [
    "de", "du", "des", "la", "le", "les", "un", "une", "d", "l", "a", "au", "aux", "et", "en", "of", "the",
    "and", "for", "pour", "par", "document", "mon", "ma",
];

/// URI of the French agency's own codes.
pub const FRENCH: &str = "urn:oid:1.2.250.1.213.1.1.4.12";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn word_that_people_type_does_not_lead_to_another_type() {
        for (typed, code) in [
            ("ordonnance", "57833-6"),
            ("prescription", "57833-6"),
            ("biologie", "11502-2"),
            ("prise de sang", "11502-2"),
            ("blood test", "11502-2"),
            ("imagerie", "18748-4"),
            ("Radio", "18748-4"),
            ("IRM", "18748-4"),
            ("courrier", "96349-6"),
            ("lettre de sortie", "11490-0"),
            ("vaccin", "11369-6"),
            ("Vaccination", "11369-6"),
            ("certificat", "89601-9"),
            ("certificat médical", "89601-9"),
            ("consultation", "11488-4"),
            ("directives anticipées", "EXPPAT_3"),
            ("opération", "34874-8"),
            ("compte rendu opératoire", "34874-8"),
            ("urgences", "15507-7"),
            ("arrêt de travail", "PRESC-AAT"),
            ("VSM", "60591-5"),
            ("IPS", "60591-5"),
            ("DOCPAT04", "DOCPAT04"),
            ("11502-2", "11502-2"),
        ] {
            let found = by_words(typed).first().map(|found| found.code);
            assert_eq!(found, Some(code), "{typed}");
        }
        assert!(by_words("xyzzy").is_empty() && by_words("").is_empty() && by_words("de la").is_empty());
    }

    #[test]
    fn no_code_stands_twice_and_each_has_words_of_its_own() {
        let codes: BTreeSet<_> = all().iter().map(|found| (found.system, found.code)).collect();
        assert_eq!(codes.len(), all().len());
        for found in all() {
            assert!(found.system == LOINC || found.system == FRENCH);
            assert!(
                !found.fr.is_empty() && !found.en.is_empty() && found.class != Class::Unsorted,
                "{}",
                found.code
            );
            assert_eq!(found.words, crate::fold::fold(found.words), "{}", found.code);
            assert_eq!(by_code(found.system, found.code), Some(*found));
        }
        assert_eq!(Class::ALL.map(Class::number), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Class::from_number(9), None);
    }
}
