//! What an audit reports: for people, and as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use carnet_rest::Space;
use serde_json::json;

use super::class::Class;
use super::search::Hit;
use super::tally::Tally;
use super::text;

/// What an audit has found.
#[derive(Debug)]
pub struct Report {
    /// Bytes, fields, findings.
    pub tally: Tally,
    /// Canaries.
    pub hits: Vec<Hit>,
    /// How many files.
    pub files: u64,
    /// Records of each space.
    pub spaces: BTreeMap<Space, u64>,
    /// How many canaries were sought.
    pub canaries: usize,
}

impl Report {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.hits.is_empty() && self.tally.findings().1 == 0
    }

    /// Prints it for people.
    ///
    /// # Errors
    /// [`io::Error`].
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let total = self.tally.total();
        writeln!(out, "{:>15}  {:>6}", text::BYTES, "%")?;
        for class in Class::ALL {
            let bytes = self.tally.bytes_of(class);
            writeln!(out, "{bytes:>15}  {:>6}  {}", percent(bytes, total), text::class(class))?;
        }
        let records: u64 = self.spaces.values().sum();
        writeln!(
            out,
            "{total:>15}  {:>6}  {}: {} files, {records} records",
            percent(total, total),
            text::TOTAL,
            self.files
        )?;
        writeln!(out, "\n{}", text::FIELDS)?;
        for ((record, field), seen) in self.tally.fields() {
            writeln!(
                out,
                "{:>10} {:>15}  {record}.{field}: {}",
                seen.count,
                seen.bytes,
                text::class(seen.class)
            )?;
        }
        let (findings, found) = self.tally.findings();
        writeln!(out, "\n{}: {found}", text::FINDINGS)?;
        for finding in findings {
            writeln!(out, "{}  {}", finding.code, finding.place)?;
        }
        writeln!(out, "\n{}: {}", text::CANARIES, self.canaries)?;
        if self.hits.is_empty() {
            writeln!(out, "{}", text::CLEAN)?;
        }
        for Hit { canary, encoding, place, offset, compressed } in &self.hits {
            let compressed = if *compressed { ", compressed" } else { "" };
            writeln!(out, "{canary}  {encoding}{compressed}  {place}, byte {offset}")?;
        }
        Ok(())
    }

    /// Prints it as JSON.
    ///
    /// # Errors
    /// [`io::Error`].
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let bytes: Vec<_> = Class::ALL
            .into_iter()
            .map(|class| json!({ "class": class, "bytes": self.tally.bytes_of(class) }))
            .collect();
        let fields: Vec<_> = self
            .tally
            .fields()
            .iter()
            .map(|((record, field), seen)| {
                json!({ "record": record, "field": field, "class": seen.class, "count": seen.count, "bytes": seen.bytes })
            })
            .collect();
        let (findings, found) = self.tally.findings();
        let spaces: BTreeMap<String, u64> =
            self.spaces.iter().map(|(space, count)| (format!("{space:?}"), *count)).collect();
        let report = json!({
            "total": self.tally.total(), "files": self.files, "records": spaces, "bytes": bytes, "fields": fields,
            "findings": { "count": found, "first": findings },
            "canaries": { "sought": self.canaries, "hits": self.hits },
        });
        serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
        writeln!(out)
    }
}

/// Hundredths of a percent, without floating point.
fn percent(bytes: u64, total: u64) -> String {
    let share = u128::from(bytes) * 10_000 / u128::from(total.max(1));
    format!("{}.{:02}", share / 100, share % 100)
}
