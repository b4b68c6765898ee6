//! Whether a document is about the person whose record it is put into.
//!
//! Names are compared as people write them: without accents, capitals, hyphens, order or particles, with birth and used names. What a
//! document does not say is no difference. The answer is a remark for a person: nothing is refused for it.

use crate::fold::fold;
use crate::recognised::{Moment, Patient, Precision};

/// Whose record it is, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    names: Vec<String>,
    birth: Option<Moment>,
    ins: Option<String>,
}

/// In what a document names another person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The name.
    Name,
    /// The day of birth.
    Birth,
    /// The national health identity (INS).
    Ins,
}

impl Person {
    /// A person of this name. What is no name (`moi`, a number) says nothing.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let names = names(name);
        let said = names.iter().any(|word| !NOBODY.contains(&word.as_str()));
        Self { names: if said { names } else { Vec::new() }, ..Self::default() }
    }

    /// The same, with the day of birth and the identity that most of these documents of theirs say, in the order in which they came.
    /// Documents about others are not asked.
    #[must_use]
    pub fn known_by<'a>(self, documents: impl IntoIterator<Item = &'a Patient>) -> Self {
        if self.names.is_empty() {
            return self;
        }
        let (mut births, mut identities) = (Vec::new(), Vec::new());
        for patient in documents.into_iter().take(MOST_ASKED) {
            if self.agrees(patient) == Some(true) {
                births.extend(patient.birth.filter(|birth| birth.precision() == Precision::Day));
                identities.extend(patient.ins.as_deref().map(plain_ins));
            }
        }
        Self { birth: most_frequent(births), ins: most_frequent(identities), ..self }
    }

    /// In what this patient is another person; nothing where nothing says so.
    #[must_use]
    pub fn difference(&self, patient: &Patient) -> Option<Difference> {
        if let (Some(own), Some(other)) = (&self.ins, &patient.ins) {
            return (*own != plain_ins(other)).then_some(Difference::Ins);
        }
        let same_birth = match (self.birth, patient.birth) {
            (Some(own), Some(other)) => Some(same_day(own, other)),
            _ => None,
        };
        match (self.agrees(patient), same_birth) {
            // Who marries may take another family name.
            (Some(false), Some(true)) if self.shares(patient.given.as_deref()) == Some(true) => None,
            (Some(false), _) => Some(Difference::Name),
            (_, Some(false)) => Some(Difference::Birth),
            _ => None,
        }
    }

    /// Whether the names are those of one person; nothing where one of both has none.
    fn agrees(&self, patient: &Patient) -> Option<bool> {
        if self.names.is_empty() {
            return None;
        }
        let parts = [self.shares(patient.given.as_deref()), self.shares(patient.family.as_deref())];
        let all = [&patient.given, &patient.family, &patient.name];
        let all: Vec<String> = all.into_iter().flatten().flat_map(|text| names(text)).collect();
        if all.is_empty() {
            return None;
        }
        let found = self.names.iter().filter(|own| all.iter().any(|other| same_word(own, other))).count();
        Some(match (parts, self.names.len()) {
            (_, 1) => found == 1,
            ([Some(given), Some(family)], _) => given && family,
            _ => found >= self.names.len().min(distinct(&all)).min(2),
        })
    }

    /// Whether one of these names is one of the person's; nothing where there are none.
    fn shares(&self, said: Option<&str>) -> Option<bool> {
        let said = names(said?);
        (!said.is_empty()).then(|| said.iter().any(|word| self.names.iter().any(|own| same_word(own, word))))
    }
}

/// The names in a text: folded words without particles, titles and numbers.
fn names(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    let names = words.filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_ascii_digit()));
    names.filter(|word| !PARTICLES.contains(word)).take(MOST_WORDS).map(str::to_owned).collect()
}

/// The same word, or an initial of it.
fn same_word(one: &str, other: &str) -> bool {
    let initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    one == other || initial(one, other) || initial(other, one)
}

fn distinct(words: &[String]) -> usize {
    words
        .iter()
        .enumerate()
        .filter(|(at, word)| !words.iter().take(*at).any(|before| before == *word))
        .count()
}

/// The identity without its key and what stands between its digits: its first 13 characters name the person.
fn plain_ins(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric()).take(13).collect::<String>().to_ascii_uppercase()
}

/// Whether two days of birth are the same, as exactly as both are known.
fn same_day(one: Moment, other: Moment) -> bool {
    let (year, month, day) =
        (one.years() == other.years(), (one.months(), other.months()), (one.days(), other.days()));
    let same = |pair: (Option<u8>, Option<u8>)| match pair {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    year && same(month) && same(day)
}

/// What stands most often in a list; of several the one that came first.
fn most_frequent<T: PartialEq + Clone>(all: Vec<T>) -> Option<T> {
    let count = |one: &T| all.iter().filter(|other| *other == one).count();
    let most = all.iter().map(count).max()?;
    all.iter().find(|one| count(one) == most).cloned()
}

/// Words between names, and titles before them.
const PARTICLES: [&str; 30] = [
    "d", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "du", "el", "et", "l",
    "la", "le", "les", "m", "madame", "mlle", "mme", "monsieur", "mr", "mrs", "ms", "nee", "van", "von",
];
/// What people call themselves where no name is asked for.
const NOBODY: [&str; 5] = ["moi", "me", "patient", "patiente", "test"];
const MOST_WORDS: usize = 20;
/// Documents that are asked for a day of birth and an identity.
const MOST_ASKED: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn patient(given: &str, family: &str) -> Patient {
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Patient { given: said(given), family: said(family), ..Patient::default() }
    }

    fn born(patient: Patient, birth: &str) -> Patient {
        Patient { birth: Moment::parse(birth), ..patient }
    }

    #[test]
    fn same_person_is_known_however_the_name_is_written() {
        for (own, given, family) in [
            ("Anne Martin", "ANNE", "MARTIN"),
            ("MARTIN Anne", "Anne", "Martin"),
            ("Hélène Lefèvre", "HELENE", "LEFEVRE"),
            ("Anne Martin", "Anne-Marie Claire", "MARTIN DURAND"),
            ("Anne-Marie Martin", "Anne", "Martin"),
            ("Anne Martin", "A.", "Martin"),
            ("Jean d'Ormesson", "Jean", "ORMESSON"),
            ("Charles de La Tour", "Charles", "LATOUR TOUR"),
            ("Mme Anne Martin", "Anne", "Martin"),
            ("Anne", "Anne", "Martin"),
            ("moi", "Paul", "Durand"),
            ("8c9dc3eb 4471", "Paul", "Durand"),
            ("Anne Martin", "", ""),
            ("Anne Martin", "", "MARTIN"),
            ("Anne Martin", "Anne", ""),
        ] {
            assert_eq!(
                Person::named(own).difference(&patient(given, family)),
                None,
                "{own}: {given} {family}"
            );
        }
        let flat = Patient { name: Some("MARTIN ANNE".into()), ..Patient::default() };
        assert_eq!(Person::named("Anne Martin").difference(&flat), None);
    }

    #[test]
    fn another_person_is_named_by_what_differs() {
        for (own, given, family) in [
            ("Anne Martin", "Paul", "DURAND"),
            ("Anne Martin", "Paul", "MARTIN"),
            ("Anne Martin", "Anne", "DURAND"),
            ("Anne", "Paul", "Martin"),
        ] {
            let found = Person::named(own).difference(&patient(given, family));
            assert_eq!(found, Some(Difference::Name), "{own}: {given} {family}");
        }
        let flat = Patient { name: Some("DURAND Paul".into()), ..Patient::default() };
        assert_eq!(Person::named("Anne Martin").difference(&flat), Some(Difference::Name));
        let own = Patient {
            ins: Some("2 80 06 75 123 456 12".into()),
            ..born(patient("Anne", "Martin"), "1980-06-15")
        };
        let anne =
            Person::named("Anne Martin").known_by([&own, &born(patient("Paul", "Durand"), "1999-01-01")]);
        let daughter = born(patient("Anne", "Martin"), "2011-03-04");
        assert_eq!(anne.difference(&daughter), Some(Difference::Birth));
        assert_eq!(anne.difference(&born(patient("Anne", "Martin"), "1980")), None);
        // Married, under another name, born on the same day; and by the identity alone.
        assert_eq!(anne.difference(&born(patient("Anne", "Durand"), "1980-06-15")), None);
        let same = Patient { ins: Some("280067512345612".into()), ..patient("A.-M.", "Durand") };
        assert_eq!(anne.difference(&same), None);
        let other = Patient { ins: Some("180067512345612".into()), ..patient("Anne", "Martin") };
        assert_eq!(anne.difference(&other), Some(Difference::Ins));
    }

    proptest! {
        #[test]
        fn any_names_are_compared_and_everybody_is_themselves(given in "\\PC{0,20}", family in "\\PC{0,20}", name in "\\PC{0,40}") {
            let same = patient(&given, &family);
            prop_assert_eq!(Person::named(&format!("{family} {given}")).difference(&same), None);
            let _ = Person::named(&name).difference(&same);
        }
    }
}
