//! Which documents of a vault stand in the place of others or add to them, as they say themselves: one names the other by its identifier, or
//! both belong to one set and their versions are counted. Nothing is deleted for it, and whichever comes first does not matter.

use std::collections::{BTreeMap, BTreeSet};

use carnet_core::authored::{Relation, Sort};
use carnet_core::wire::id::EntryId;
use serde::Serialize;

use super::{find, person};
use crate::local::CatalogueRow;

/// Another document, as a list and a program name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Other {
    pub(crate) document: String,
    pub(crate) title: String,
}

impl Other {
    pub(crate) fn of(row: &CatalogueRow) -> Self {
        Self { document: find::short(row), title: row.shown_title().to_owned() }
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
    /// Whether one of these rows could replace another or be replaced: only then is the whole catalogue worth reading.
    pub(crate) fn concern<'a>(rows: impl IntoIterator<Item = &'a CatalogueRow>) -> bool {
        rows.into_iter().any(|row| row.identifier.is_some() || row.series.is_some() || row.related.is_some())
    }

    /// Those of a catalogue. What its holder has not accepted yet replaces nothing: anybody may have deposited it.
    pub(crate) fn of(rows: &[CatalogueRow]) -> Self {
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
