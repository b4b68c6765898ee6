//! Which documents of a vault stand in the place of others or add to them, as they say themselves: one names the other by its identifier, or
//! both belong to one set and their versions are counted. Nothing is deleted for it, and whichever comes first does not matter.

use std::collections::{BTreeMap, BTreeSet};

use carnet_core::authored::{Relation, Sort};
use carnet_core::wire::id::EntryId;
use serde::Serialize;

use super::title::{self, Coded};
use super::{find, person};
use crate::local::CatalogueRow;
use crate::text::Texts;

/// Another document, as a list and a program name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Other {
    pub(crate) document: String,
    pub(crate) title: String,
    /// What the title is, where it is no more than a code.
    #[serde(skip)]
    pub(crate) coded: Option<Coded>,
}

impl Other {
    pub(crate) fn of(row: &CatalogueRow) -> Self {
        Self { document: find::short(row), title: row.shown_title().to_owned(), coded: title::coded(row) }
    }

    /// Its title in the words of the screens.
    pub(crate) fn said(&self, texts: &Texts) -> String {
        title::said(texts, &self.title, self.coded.as_ref())
    }
}

/// Another document that one adds to, or is another form of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Linked {
    /// How: `appends`, `appended-by`, `transforms`, `transformed-by`.
    pub(crate) relation: &'static str,
    #[serde(flatten)]
    pub(crate) other: Other,
}

/// Who replaces whom among the documents of a vault, and who adds to whom.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    newer: BTreeMap<EntryId, Vec<Other>>,
    older: BTreeMap<EntryId, Vec<Other>>,
    linked: BTreeMap<EntryId, Vec<Linked>>,
}

impl Versions {
    /// Those of a catalogue. What its holder has not accepted yet replaces nothing: anybody may have deposited it.
    pub(crate) fn of(rows: &[CatalogueRow]) -> Self {
        if !rows.iter().any(CatalogueRow::relates) {
            return Self::default();
        }
        let rows: Vec<&CatalogueRow> =
            rows.iter().filter(|row| row.sort == Sort::Document && !row.waiting).collect();
        let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            let set = row.series.as_ref().map(|series| series.set.as_str());
            for name in row.identifier.as_deref().into_iter().chain(set) {
                named.entry(name).or_default().push(index);
            }
        }
        // One identifier for everything that a program writes tells no two documents apart.
        named.retain(|_, of| of.len() <= MOST_OF_A_SET);
        let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
        let mut links: BTreeSet<(usize, usize, [&'static str; 2])> = BTreeSet::new();
        for (index, row) in rows.iter().enumerate() {
            // A program that writes one identifier into everything says nothing by it.
            let related = row.related.iter().flatten();
            for one in related.filter(|one| row.identifier.as_ref() != Some(&one.identifier)) {
                for other in named.get(one.identifier.as_str()).into_iter().flatten() {
                    if rows.get(*other).is_some_and(|other| comes_later(other, row, &one.identifier)) {
                        continue;
                    }
                    let words = match one.relation {
                        Relation::Replaces => {
                            pairs.insert((index, *other));
                            continue;
                        }
                        Relation::Appends => ["appends", "appended-by"],
                        Relation::Transforms => ["transforms", "transformed-by"],
                    };
                    links.insert((index, *other, words));
                }
            }
            pairs.extend(counted(&rows, &named, index));
        }
        let mut versions = Self::default();
        for (newer, older) in pairs {
            let (Some(newer), Some(older)) = (rows.get(newer), rows.get(older)) else { continue };
            if newer.entry != older.entry && person::could_be_one(newer, older) {
                versions.newer.entry(older.entry).or_default().push(Other::of(newer));
                versions.older.entry(newer.entry).or_default().push(Other::of(older));
            }
        }
        for (one, other, [says, is_said]) in links {
            let (Some(one), Some(other)) = (rows.get(one), rows.get(other)) else { continue };
            if one.entry != other.entry && person::could_be_one(one, other) {
                let to = Linked { relation: says, other: Other::of(other) };
                versions.linked.entry(one.entry).or_default().push(to);
                let from = Linked { relation: is_said, other: Other::of(one) };
                versions.linked.entry(other.entry).or_default().push(from);
            }
        }
        versions
    }

    /// The documents that an entry adds to, that add to it, or that are another form of it.
    pub(crate) fn linked(&self, entry: &EntryId) -> Vec<Linked> {
        self.linked.get(entry).cloned().unwrap_or_default()
    }

    /// The documents that replace an entry.
    pub(crate) fn newer(&self, entry: &EntryId) -> Vec<Other> {
        self.newer.get(entry).cloned().unwrap_or_default()
    }

    /// The documents that an entry replaces.
    pub(crate) fn older(&self, entry: &EntryId) -> Vec<Other> {
        self.older.get(entry).cloned().unwrap_or_default()
    }
}

/// Whether a document is meant only as one of a set, and is a later version of it than the row that names the set.
fn comes_later(other: &CatalogueRow, row: &CatalogueRow, named: &str) -> bool {
    let number = |row: &CatalogueRow| row.series.as_ref().and_then(|series| series.version);
    let later = matches!((number(other), number(row)), (Some(other), Some(own)) if other >= own);
    later && other.identifier.as_deref() != Some(named)
}

/// The versions of a row's set that come before it, where it has the highest number.
fn counted(rows: &[&CatalogueRow], named: &BTreeMap<&str, Vec<usize>>, index: usize) -> Vec<(usize, usize)> {
    let number = |row: &CatalogueRow| row.series.as_ref().and_then(|series| series.version);
    let Some(row) = rows.get(index) else { return Vec::new() };
    let (Some(series), Some(version)) = (&row.series, number(row)) else { return Vec::new() };
    let same: Vec<(usize, u32)> = named
        .get(series.set.as_str())
        .into_iter()
        .flatten()
        .filter_map(|other| Some((*other, rows.get(*other)?)))
        .filter(|(_, other)| other.series.as_ref().is_some_and(|of| of.set == series.set))
        .filter(|(_, other)| other.codes.first() == row.codes.first())
        .filter_map(|(at, other)| Some((at, number(other)?)))
        .collect();
    if same.iter().any(|(_, other)| *other > version) {
        return Vec::new();
    }
    same.into_iter().filter(|(_, other)| *other < version).map(|(older, _)| (index, older)).collect()
}

/// Documents of one set or identifier: of more, the identifier means none of them.
const MOST_OF_A_SET: usize = 64;

#[cfg(test)]
mod tests {
    use carnet_core::authored::{Related, Series};
    use carnet_core::wire::id::{ActorId, PayloadRoot, StatementHash, VaultId};

    use super::*;

    /// A document with this identifier, which says that it replaces that one.
    fn row(number: u16, identifier: &str, replaces: Option<&str>) -> CatalogueRow {
        let [high, low] = number.to_be_bytes();
        let mut entry = [0; 16];
        (entry[14], entry[15]) = (high, low);
        let related = |id: &str| vec![Related { relation: Relation::Replaces, identifier: id.to_owned() }];
        CatalogueRow {
            vault: VaultId::from_bytes([1; 32]),
            entry: EntryId::from_bytes(entry),
            version: 1,
            sort: Sort::Document,
            title: number.to_string(),
            dates: Vec::new(),
            codes: Vec::new(),
            media_type: "application/xml".to_owned(),
            len: 1,
            content: [0; 32].into(),
            author: ActorId::from_bytes([2; 32]),
            written_by: None,
            identifier: Some(identifier.to_owned()),
            depositor: ActorId::from_bytes([2; 32]),
            deposit: StatementHash::from_bytes([3; 32]),
            accepted: None,
            waiting: false,
            payload: PayloadRoot::from_bytes([4; 32]),
            class: 0,
            name: None,
            labels: Vec::new(),
            note: None,
            indexed: true,
            copy: false,
            moments: None,
            file: None,
            series: None,
            related: replaces.map(related),
            guess: None,
            display: None,
            about: None,
        }
    }

    fn in_set(row: CatalogueRow, version: u32) -> CatalogueRow {
        CatalogueRow { series: Some(Series { set: "set".to_owned(), version: Some(version) }), ..row }
    }

    fn newer(rows: &[CatalogueRow], of: &CatalogueRow) -> Vec<String> {
        Versions::of(rows).newer(&of.entry).into_iter().map(|other| other.title).collect()
    }

    #[test]
    fn document_is_replaced_by_what_names_it_and_nothing_that_waits_or_names_itself() {
        let (old, new, own) = (row(1, "a", None), row(2, "b", Some("a")), row(3, "c", Some("c")));
        let waiting = CatalogueRow { waiting: true, ..row(4, "d", Some("a")) };
        let rows = [old.clone(), new.clone(), own.clone(), waiting];
        assert_eq!(newer(&rows, &old), ["2"]);
        assert_eq!((newer(&rows, &new).len(), newer(&rows, &own).len()), (0, 0));
        assert_eq!(Versions::of(&rows).older(&new.entry).len(), 1);
    }

    #[test]
    fn highest_number_of_a_set_replaces_the_others_and_a_set_that_is_named_only_what_came_before() {
        let rows =
            [in_set(row(1, "a", None), 1), in_set(row(2, "b", Some("set")), 2), in_set(row(3, "c", None), 3)];
        let [first, second, third] = &rows;
        assert_eq!(newer(&rows, first), ["2", "3"]);
        assert_eq!(newer(&rows, second), ["3"]);
        assert_eq!(newer(&rows, third), [""; 0]);
    }

    #[test]
    fn identifier_of_everything_names_nothing() {
        let mut rows: Vec<CatalogueRow> = (0..100).map(|number| row(number, "same", None)).collect();
        rows.push(row(200, "other", Some("same")));
        rows.extend(
            (300..400).map(|number| in_set(row(number, &number.to_string(), None), u32::from(number % 2))),
        );
        assert!(rows.iter().all(|row| newer(&rows, row).is_empty()));
    }
}
