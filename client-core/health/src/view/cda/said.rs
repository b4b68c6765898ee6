//! What a narrative says already, row by row: a fact that stands in its own row need not be told again.

use std::collections::HashMap;

use super::value::{Ids, spaced};
use crate::fold::fold;
use crate::xml::Element;

/// The rows, items and referenced pieces of a section's narrative.
pub(super) struct Said<'a> {
    rows: Vec<Row>,
    /// The row of an `ID`.
    by_id: HashMap<&'a str, usize>,
}

struct Row {
    /// What the row is called: its first cell, also where that spans the rows above.
    label: String,
    tokens: Vec<String>,
    in_table: bool,
}

impl<'a> Said<'a> {
    /// Reads a narrative; the `ID`s in it are added to those of the document.
    pub(super) fn of(narrative: Option<&'a Element>, ids: &mut Ids<'a>) -> Self {
        let mut said = Self { rows: Vec::new(), by_id: HashMap::new() };
        if let Some(narrative) = narrative {
            said.read(narrative, ids);
        }
        said
    }

    fn read(&mut self, element: &'a Element, ids: &mut Ids<'a>) {
        let mut spanning: (String, usize) = Default::default();
        for inner in element.elements() {
            if let Some(id) = inner.attribute("ID") {
                ids.entry(id).or_insert(inner);
            }
            if inner.name != "tr" {
                if let Some(id) = inner.attribute("ID") {
                    let at = self.rows.len();
                    let words = spaced(inner);
                    let label =
                        if words.chars().count() <= MAX_LABEL { words.clone() } else { String::new() };
                    self.rows.push(Row { label, tokens: tokens(&words), in_table: false });
                    self.by_id.entry(id).or_insert(at);
                }
                self.read(inner, ids);
                continue;
            }
            let first = inner.elements().next();
            let mut label = first.map(spaced).unwrap_or_default();
            if spanning.1 > 0 {
                spanning.1 -= 1;
                label = spanning.0.clone();
            } else {
                let down =
                    first.and_then(|cell| cell.attribute("rowspan")?.trim().parse().ok()).unwrap_or(1_usize);
                spanning = (label.clone(), down.saturating_sub(1));
            }
            let at = self.rows.len();
            let words = format!("{label} {}", spaced(inner));
            label = label.chars().take(MAX_LABEL).collect();
            self.rows.push(Row { label, tokens: tokens(&words), in_table: true });
            for inside in inner.descendants() {
                if let Some(id) = inside.attribute("ID") {
                    ids.entry(id).or_insert(inside);
                    self.by_id.entry(id).or_insert(at);
                }
            }
        }
    }

    /// The row that an `ID` stands in.
    pub(super) fn row(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The only row of a table that says this value.
    pub(super) fn only_row_with(&self, value: &str) -> Option<usize> {
        let wanted = tokens(value);
        if wanted.len() < 2 {
            return None;
        }
        let mut found =
            self.rows.iter().enumerate().filter(|(_, row)| row.in_table && holds(&row.tokens, &wanted));
        let (at, _) = found.next()?;
        found.next().is_none().then_some(at)
    }

    /// What a row is called; nothing where it has no short name.
    pub(super) fn label(&self, row: usize) -> Option<&str> {
        self.rows.get(row).map(|row| row.label.as_str()).filter(|label| !label.is_empty())
    }

    /// Whether a row says a fact, word by word in its order.
    pub(super) fn says(&self, row: usize, fact: &str) -> bool {
        let wanted = tokens(fact);
        let long_enough = wanted.len() > 1 || wanted.iter().any(|token| token.chars().count() > 2);
        long_enough && self.rows.get(row).is_some_and(|row| holds(&row.tokens, &wanted))
    }
}

/// Words and numbers as they are compared: folded, with a decimal point.
fn tokens(text: &str) -> Vec<String> {
    let folded = fold(text).replace(',', ".");
    let pieces = folded.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '%' | '<' | '>')));
    pieces.map(|piece| piece.trim_matches('.')).filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
}

fn holds(row: &[String], wanted: &[String]) -> bool {
    !wanted.is_empty() && row.windows(wanted.len()).any(|window| window == wanted)
}

const MAX_LABEL: usize = 80;
