//! Documents and people, as a person names them on the command line: a number of the last list, the beginning of an id, words.

use carnet_core::authored::Sort;

use super::title;
use crate::Failure;
use crate::client::Client;
use crate::local::{CatalogueRow, PersonRow};

/// The short name of an entry on screens: the last eight digits of its id, which are random.
#[must_use]
pub(crate) fn short(row: &CatalogueRow) -> String {
    let id = row.entry.to_string();
    id.get(id.len().saturating_sub(8)..).unwrap_or(&id).to_owned()
}

/// The one entry that a name means: its short name or id, else its whole title, else words of its title.
///
/// # Errors
/// `document-unknown`, `document-many`.
pub(crate) fn document(rows: &[CatalogueRow], name: &str) -> Result<CatalogueRow, Failure> {
    let folded = fold(name);
    let profile = rows.iter().all(|row| row.sort == Sort::Profile);
    let by_id: Vec<_> =
        rows.iter().filter(|row| short(row) == folded || row.entry.to_string() == folded).collect();
    let by_title: Vec<_> = rows.iter().filter(|row| fold(row.shown_title()) == folded).collect();
    let by_words: Vec<_> = rows
        .iter()
        .filter(|row| row.sort == Sort::Document || profile)
        .filter(|row| {
            let title = fold(&title::words(row));
            !folded.is_empty() && folded.split_whitespace().all(|word| title.contains(word))
        })
        .collect();
    for found in [by_id, by_title, by_words] {
        match found.as_slice() {
            [] => {}
            [one] => return Ok((*one).clone()),
            many => {
                let names: Vec<String> = many.iter().take(5).map(|row| short(row)).collect();
                return Err(Failure::wrong("document-many")
                    .with("document", name)
                    .with("names", names.join(", ")));
            }
        }
    }
    Err(Failure::wrong("document-unknown").with("document", name))
}

/// The one person of the address book that a name means.
///
/// # Errors
/// `person-unknown`, `person-many`.
pub(crate) fn person(client: &Client, name: &str) -> Result<PersonRow, Failure> {
    person_among(&client.people()?, name)
}

/// The same, among these.
///
/// # Errors
/// `person-unknown`, `person-many`.
pub(crate) fn person_among(people: &[PersonRow], name: &str) -> Result<PersonRow, Failure> {
    let folded = fold(name);
    let exact: Vec<_> = people
        .iter()
        .filter(|row| {
            fold(&row.name) == folded || row.account.to_string().starts_with(&folded) && folded.len() >= 8
        })
        .collect();
    let by_rpps: Vec<_> = people
        .iter()
        .filter(|row| row.attested.as_ref().is_some_and(|one| one.practitioner.rpps == folded))
        .collect();
    let by_words: Vec<_> = people
        .iter()
        .filter(|row| {
            let known = fold(&row.name);
            !folded.is_empty() && folded.split_whitespace().all(|word| known.contains(word))
        })
        .collect();
    for found in [exact, by_rpps, by_words] {
        match found.as_slice() {
            [] => {}
            [one] => return Ok((*one).clone()),
            many => {
                let names: Vec<&str> = many.iter().take(5).map(|row| row.name.as_str()).collect();
                return Err(Failure::wrong("person-many")
                    .with("person", name)
                    .with("names", names.join(", ")));
            }
        }
    }
    Err(Failure::wrong("person-unknown").with("person", name))
}

/// Case and accents folded.
#[must_use]
pub(crate) fn fold(text: &str) -> String {
    carnet_health::fold::fold(text.trim())
}
