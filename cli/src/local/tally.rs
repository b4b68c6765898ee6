//! How many rows each table has: a damaged page of the engine may hide rows, and a list with rows missing is no list.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::Table;

/// Rows of each table but [`Table::Own`], as the last change left them. It is a sealed row of [`Table::Own`] itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Tally {
    #[n(0)]
    rows: BTreeMap<String, u64>,
}

impl Tally {
    /// The key of its row.
    pub(super) const KEY: &'static [u8] = b"tally";

    /// How many rows a table has.
    pub(super) fn rows(&self, table: Table) -> u64 {
        self.rows.get(table.name()).copied().unwrap_or(0)
    }

    /// Notes how many rows a table has now.
    pub(super) fn note(&mut self, table: Table, rows: u64) {
        match rows {
            0 => self.rows.remove(table.name()),
            rows => self.rows.insert(table.name().to_owned(), rows),
        };
    }
}
