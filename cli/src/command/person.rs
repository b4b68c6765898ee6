//! Whom a document names, against whose vault it is in: another person's document is kept, and that is said.

use std::collections::HashMap;

use carnet_core::authored::About;
use carnet_health::same_person::{Difference, Person};
use carnet_health::{Moment, Patient};
use serde::Serialize;

use crate::local::CatalogueRow;
use crate::say;
use crate::screen::harmless_line;
use crate::text::Texts;

/// What a document says of a person who does not seem to be the vault's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NamesOther {
    /// In what: `name`, `birth` or `ins`.
    pub(crate) differs: &'static str,
    /// The name in the document.
    pub(crate) name: Option<String>,
    /// The day of birth in the document.
    pub(crate) birth: Option<String>,
}

impl NamesOther {
    /// What differs between a document's patient and the person whose vault it is; nothing where nothing says so.
    pub(crate) fn of(holder: &Person, patient: &Patient) -> Option<Self> {
        let differs = match holder.difference(patient)? {
            Difference::Name => "name",
            Difference::Birth => "birth",
            Difference::Ins => "ins",
        };
        let parts = || {
            let parts = [patient.given.as_deref(), patient.family.as_deref()];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
        };
        let name = patient.name.clone().or_else(parts).map(|name| harmless_line(&name));
        Some(Self { differs, name, birth: patient.birth.map(|birth| birth.to_string()) })
    }

    /// The line that a person reads.
    pub(crate) fn line(&self, texts: &Texts) -> String {
        let day = self.birth.as_deref().and_then(Moment::parse);
        let day = day.map(|day| super::when::shown_day(day, texts.language())).unwrap_or_default();
        let id = match (self.differs, &self.name) {
            ("birth", _) => "names-other-birth",
            (_, Some(_)) => "names-other-person",
            (_, None) => "names-other-ins",
        };
        say!(texts, id, name = self.name.as_deref().unwrap_or_default(), day = day)
    }
}

/// The holder of a vault: the account's name, with the day of birth and the identity that their documents say.
pub(crate) fn holder(name: &str, rows: &[CatalogueRow]) -> Person {
    // What nobody has accepted yet says nothing of its holder.
    let accepted = rows.iter().filter(|row| !row.waiting);
    let mut known: Vec<_> = accepted.filter_map(|row| Some((row.entry, row.about.as_ref()?))).collect();
    known.sort_by_key(|(entry, _)| *entry);
    let known: Vec<Patient> = known.into_iter().take(MOST_ASKED).map(|(_, about)| patient(about)).collect();
    Person::named(name).known_by(&known)
}

/// For each of these rows whom it names, where that is not this holder. Most of them name the same person: each is compared once.
pub(crate) fn others(holder: &Person, rows: &[CatalogueRow]) -> Vec<Option<NamesOther>> {
    let mut known: HashMap<&About, Option<NamesOther>> = HashMap::new();
    let mut other = |about| {
        let compare = || NamesOther::of(holder, &patient(about));
        known.entry(about).or_insert_with(compare).clone()
    };
    rows.iter().map(|row| row.about.as_ref().and_then(&mut other)).collect()
}

/// What a description keeps of a document's patient.
pub(crate) fn about(patient: &Patient) -> Option<About> {
    let about = About {
        name: patient.name.clone(),
        given: patient.given.clone(),
        family: patient.family.clone(),
        birth: patient.birth.map(|birth| birth.to_string()),
        ins: patient.ins.clone(),
    };
    (about != About::default()).then_some(about)
}

/// The patient that a description keeps.
pub(crate) fn patient(about: &About) -> Patient {
    Patient {
        name: about.name.clone(),
        given: about.given.clone(),
        family: about.family.clone(),
        birth: about.birth.as_deref().and_then(Moment::parse),
        ins: about.ins.clone(),
        id: None,
    }
}

/// Whether two documents may be about one person: nothing in them says otherwise.
pub(crate) fn could_be_one(one: &CatalogueRow, other: &CatalogueRow) -> bool {
    let (Some(one), Some(other)) = (&one.about, &other.about) else { return true };
    let (one, other) = (patient(one), patient(other));
    let names = [&one.given, &one.family].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    let name = if names.is_empty() { one.name.clone().unwrap_or_default() } else { names };
    Person::named(&name).known_by([&one]).difference(&other).is_none()
}

/// The first documents are asked who the holder is: their number does not make a list slower.
const MOST_ASKED: usize = 200;
