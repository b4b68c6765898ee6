//! Kinds of documents, as a person names them: classes of the vault's policy.

use carnet_health::doctype;

use super::find;
use crate::Failure;

/// The class of a kind.
///
/// # Errors
/// `kind-unknown`.
pub(crate) fn class(text: &str) -> Result<u16, Failure> {
    let folded = find::fold(text);
    let found = NAMES.iter().find(|(_, names)| names.iter().any(|name| *name == folded));
    if let Some((class, _)) = found {
        return Ok(*class);
    }
    doctype::by_words(text)
        .first()
        .map(|kind| kind.class.number())
        .ok_or_else(|| Failure::wrong("kind-unknown").with("text", text))
}

/// What a person may mean by a word: a class, where it names one, and the codes of all types that have the word.
///
/// # Errors
/// `kind-unknown`.
pub(crate) fn meant(text: &str) -> Result<Meant, Failure> {
    let folded = find::fold(text);
    let class = NAMES.iter().find(|(_, names)| names.iter().any(|name| *name == folded));
    let codes: Vec<_> = doctype::by_words(text).iter().map(|kind| (kind.system, kind.code)).collect();
    if class.is_none() && codes.is_empty() {
        return Err(Failure::wrong("kind-unknown").with("text", text));
    }
    Ok((class.map(|(class, _)| *class), codes))
}

/// A class, and codes as system and code.
pub(crate) type Meant = (Option<u16>, Vec<(&'static str, &'static str)>);

/// The type that a person names, in words or as a code, with its class.
///
/// # Errors
/// `kind-unknown`.
pub(crate) fn code(text: &str) -> Result<(carnet_core::authored::Code, u16), Failure> {
    let found = doctype::by_words(text);
    let kind = found.first().ok_or_else(|| Failure::wrong("kind-unknown").with("text", text))?;
    let code = carnet_core::authored::Code { system: kind.system.to_owned(), code: kind.code.to_owned() };
    Ok((code, kind.class.number()))
}

/// Classes and what people call them, folded, French first.
const NAMES: [(u16, &[&str]); 8] = [
    (1, &["resultats", "resultat", "biologie", "results", "lab"]),
    (2, &["imagerie", "imaging", "radios"]),
    (3, &["ordonnances", "ordonnance", "prescriptions", "prescription"]),
    (4, &["courriers", "courrier", "lettres", "comptes-rendus", "letters", "reports"]),
    (5, &["vaccinations", "vaccination", "vaccins", "vaccines"]),
    (6, &["certificats", "certificat", "certificates"]),
    (7, &["profil", "profile"]),
    (8, &["miens", "own"]),
];
