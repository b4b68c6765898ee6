//! What the records of a person know, where their account is open: they are looked at, and nothing else is
//! done.

use std::collections::BTreeMap;

use carnet_core::authored::Sort;
use carnet_core::wire::id::VaultId;

use super::asked::Wanted;
use super::fitting::Candidate;
use crate::client::{PROFILE, catalogue_of, people_of};
use crate::command::{fold, person_among, short, when};
use crate::home::Home;
use crate::local::{CatalogueRow, Local, PersonRow, Profile, Table};
use crate::text::Language;
use crate::{agent, shown};

/// What may stand there; nothing where the account is closed, or something else is at work in it.
pub(super) fn candidates(home: &Home, wanted: &Wanted, language: Language) -> Option<Vec<Candidate>> {
    if !home.is_lived_in() {
        return None;
    }
    let secret = agent::secret(home).ok().flatten()?;
    let local = Local::look(home, secret).ok()?;
    let own = || local.get::<Profile>(Table::Own, PROFILE).ok().flatten()?.vault;
    match wanted {
        Wanted::Person => Some(people(&people_of(&local).ok()?)),
        Wanted::Document => documents(&local, &own()?, language, |row| row.sort == Sort::Document),
        Wanted::Waiting => documents(&local, &own()?, language, |row| row.waiting),
        Wanted::Item => documents(&local, &own()?, language, |row| row.sort == Sort::Profile),
        Wanted::DocumentOf(name) => {
            let vault = person_among(&people_of(&local).ok()?, name).ok()?.vault?;
            documents(&local, &vault, language, |_| true)
        }
    }
}

fn documents(
    local: &Local,
    vault: &VaultId,
    language: Language,
    is: impl Fn(&CatalogueRow) -> bool,
) -> Option<Vec<Candidate>> {
    let rows = catalogue_of(local, vault).ok()?;
    let names = counted(rows.iter().map(short));
    let candidate = |row: &CatalogueRow| {
        let title = row.shown_title();
        let name = Some(short(row)).filter(|name| names.get(name) == Some(&1));
        Candidate {
            name: name.unwrap_or_else(|| row.entry.to_string()),
            told: format!("{}, {}", shown::name(title), when::shown_day(row.date(), language)),
            words: title.to_owned(),
        }
    };
    Some(rows.iter().filter(|row| is(row)).map(candidate).collect())
}

fn people(rows: &[PersonRow]) -> Vec<Candidate> {
    let names = counted(rows.iter().map(|row| fold(&row.name)));
    let candidate = |row: &PersonRow| {
        let attested = row.attested.as_ref().map(|one| &one.practitioner);
        let rpps = attested.map(|one| one.rpps.clone());
        let town = attested.and_then(|one| one.town.clone());
        let told = [rpps.clone(), town].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let words = format!("{} {}", row.name, rpps.unwrap_or_default());
        // A name that is not one person's, or that cannot be typed as it is, gives way to the beginning of
        // the account.
        let can_be_typed = !row.name.trim().is_empty()
            && !row.name.starts_with('-')
            && shown::name(&row.name) == row.name
            && names.get(&fold(&row.name)) == Some(&1);
        match can_be_typed {
            true => Candidate { name: row.name.trim().to_owned(), told, words },
            false => {
                let name = row.account.to_string().chars().take(OF_ACCOUNT).collect();
                Candidate { name, told: format!("{} {told}", shown::name(&row.name)), words }
            }
        }
    };
    rows.iter().map(candidate).collect()
}

fn counted(names: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    names.for_each(|name| *counted.entry(name).or_default() += 1);
    counted
}

/// Digits of an account that stand for a person: eight are enough for commands, and nobody has made the same
/// sixteen.
const OF_ACCOUNT: usize = 16;

#[cfg(test)]
mod tests {
    use carnet_core::wire::id::AccountId;
    use minicbor::bytes::ByteArray;

    use super::*;

    #[test]
    fn person_whose_name_is_not_theirs_alone_or_cannot_be_typed_is_named_by_their_account() {
        let names = ["Zoé", "Paul", "paul", "-x", "a\u{202e}b", "", "l'Été $(id)"];
        let rows: Vec<PersonRow> = (1_u8..)
            .zip(names)
            .map(|(number, name)| PersonRow {
                account: AccountId::from_bytes([number; 32]),
                name: name.to_owned(),
                vault: None,
                generation: 0,
                bundle: ByteArray::from([0; 32]),
                attested: None,
            })
            .collect();
        let found: Vec<String> = people(&rows).into_iter().map(|one| one.name).collect();
        let of = |number: u8| format!("{number:02x}").repeat(8);
        assert_eq!(found, ["Zoé".to_owned(), of(2), of(3), of(4), of(5), of(6), "l'Été $(id)".to_owned()]);
        for (row, name) in rows.iter().zip(found) {
            assert_eq!(person_among(&rows, &name).unwrap().account, row.account, "{name}");
        }
    }
}
