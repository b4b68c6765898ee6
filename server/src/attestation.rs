//! Attestations: who is a professional, as the authorities say, and how they are found.
//!
//! The directory holds words: one row for each folded word of a name or a town, and for each code. A row only leads to an account;
//! whether it still says so is read from the attestation itself.

pub use carnet_rest::Attestation;
pub use carnet_rest::attestation::Field;

use carnet_wire::id::{AccountId, ActorId};
use carnet_wire::statement::Practitioner;

use crate::history::decode;
use crate::known::account_of;
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::{Key, Range, Row, Space};

/// Where an attestation is.
#[must_use]
pub fn key(account: &AccountId, number: u64) -> Key {
    Key::new(Space::Attestation, *account.as_bytes(), number.to_be_bytes())
}

/// Reads an attestation back.
///
/// # Errors
/// [`Refusal::Internal`] for bytes that are none.
pub fn read(bytes: &[u8]) -> Result<Attestation, Refusal> {
    decode(bytes)
}

/// All attestations of an account, the oldest first.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn of_account(app: &App, account: &AccountId) -> Result<Vec<Attestation>, Refusal> {
    let rows = app.records.scan(Range::of(Space::Attestation, *account.as_bytes(), Vec::new())).await?;
    rows.iter().map(|(_, value)| read(value)).collect()
}

/// Whether an account is attested now, at its current generation.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn is_attested(app: &App, actor: &ActorId, now: u64) -> Result<bool, Refusal> {
    let account = account_of(actor);
    let Some(line) = app.known.line(&*app.records, &account).await? else { return Ok(false) };
    // A live one is among the newest: each lives 30 days at most.
    let newest = Range::of(Space::Attestation, *account.as_bytes(), Vec::new()).limit(16).backwards();
    for (_, value) in app.records.scan(newest).await? {
        let one = read(&value)?;
        if is_live(&one, now) && one.generation == line.generation() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an attestation counts now: not withdrawn, not expired.
#[must_use]
pub fn is_live(attestation: &Attestation, now: u64) -> bool {
    attestation.withdrawn.is_none() && now < attestation.expires
}

/// The rows that lead to an account.
#[must_use]
pub fn words(account: &AccountId, practitioner: &Practitioner) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |field, text: &str| {
        rows.extend(fold(text).into_iter().map(|word| (word_key(field, &word, account), Vec::new())));
    };
    add(Field::Name, &practitioner.name);
    add(Field::Profession, &practitioner.profession);
    add(Field::Speciality, practitioner.speciality.as_deref().unwrap_or_default());
    add(Field::Town, practitioner.town.as_deref().unwrap_or_default());
    add(Field::Rpps, &practitioner.rpps);
    rows
}

/// Accounts whose field has a word that begins so, at most `most`.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn leading_to(app: &App, field: Field, word: &str, most: usize) -> Result<Vec<AccountId>, Refusal> {
    let prefix = [&[field as u8], word.as_bytes()].concat();
    let rows = app.records.scan(Range::of(Space::Directory, [0; 32], prefix).limit(most)).await?;
    let account = |row: &Row| row.0.suffix.last_chunk::<32>().map(|account| AccountId::from_bytes(*account));
    Ok(rows.iter().filter_map(account).collect())
}

/// The words of a text without accents, case and punctuation: what is written is compared with what is sought.
#[must_use]
pub fn fold(text: &str) -> Vec<String> {
    let folded: String = text.chars().flat_map(char::to_lowercase).flat_map(plain).collect();
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().take(32).collect()).take(16).collect()
}

/// The letters of French names without their accents.
fn plain(letter: char) -> impl Iterator<Item = char> {
    let (first, second) = match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => ('a', None),
        'ç' => ('c', None),
        'è' | 'é' | 'ê' | 'ë' => ('e', None),
        'ì' | 'í' | 'î' | 'ï' => ('i', None),
        'ñ' => ('n', None),
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => ('o', None),
        'ù' | 'ú' | 'û' | 'ü' => ('u', None),
        'ý' | 'ÿ' => ('y', None),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        other => (other, None),
    };
    core::iter::once(first).chain(second)
}

fn word_key(field: Field, word: &str, account: &AccountId) -> Key {
    let suffix = [&[field as u8], word.as_bytes(), &[0], account.as_bytes()].concat();
    Key::new(Space::Directory, [0; 32], suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_their_accents_and_case() {
        assert_eq!(fold("LEFÈVRE-Dupré, Zoë"), ["lefevre", "dupre", "zoe"]);
        assert_eq!(fold("Saint-Étienne"), ["saint", "etienne"]);
        assert_eq!(fold("Cœur"), ["coeur"]);
        assert!(fold("  -- ").is_empty());
    }
}
