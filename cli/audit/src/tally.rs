//! What an audit has counted: bytes by class, fields, findings.

use std::collections::BTreeMap;

use super::class::Class;

/// Findings that are kept with their text; further ones are counted.
const KEPT: usize = 1000;

/// A field's name: the record's, and its own.
pub type FieldName = (&'static str, &'static str);

/// How often a field was there, and how many bytes it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// What its bytes are.
    pub class: Class,
    /// How often.
    pub count: u64,
    /// Bytes in all.
    pub bytes: u64,
}

/// Something that should not be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Where.
    pub place: String,
    /// What, as a stable code.
    pub code: &'static str,
}

/// What has been counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    bytes: BTreeMap<Class, u64>,
    fields: BTreeMap<FieldName, Seen>,
    findings: Vec<Finding>,
    found: u64,
}

impl Tally {
    /// Bytes that are no field.
    pub fn add(&mut self, class: Class, bytes: usize) {
        self.add_len(class, bytes as u64);
    }

    /// The same, for what does not fit into memory.
    pub fn add_len(&mut self, class: Class, bytes: u64) {
        *self.bytes.entry(class).or_default() += bytes;
    }

    /// The bytes of a field.
    pub fn field(&mut self, name: FieldName, class: Class, bytes: usize) {
        self.field_len(name, class, bytes as u64);
    }

    /// The same, for what does not fit into memory.
    pub fn field_len(&mut self, name: FieldName, class: Class, bytes: u64) {
        self.add_len(class, bytes);
        let seen = self.fields.entry(name).or_insert(Seen { class, count: 0, bytes: 0 });
        seen.count += 1;
        seen.bytes += bytes;
    }

    /// Something that should not be.
    pub fn find(&mut self, place: impl Into<String>, code: &'static str) {
        self.found += 1;
        if self.findings.len() < KEPT {
            self.findings.push(Finding { place: place.into(), code });
        }
    }

    /// The two together.
    #[must_use]
    pub fn with(mut self, mut other: Self) -> Self {
        let (findings, found) = (std::mem::take(&mut other.findings), other.found);
        self.merge(other);
        self.found += found;
        self.findings.extend(findings);
        self.findings.truncate(KEPT);
        self
    }

    /// Takes another tally in, without its findings.
    pub fn merge(&mut self, other: Self) {
        for (class, bytes) in other.bytes {
            self.add_len(class, bytes);
        }
        for (name, other) in other.fields {
            let seen = self.fields.entry(name).or_insert(Seen { count: 0, bytes: 0, ..other });
            seen.count += other.count;
            seen.bytes += other.bytes;
        }
    }

    /// Bytes of a class.
    #[must_use]
    pub fn bytes_of(&self, class: Class) -> u64 {
        self.bytes.get(&class).copied().unwrap_or_default()
    }

    /// All bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.bytes.values().sum()
    }

    /// The fields, by their names.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<FieldName, Seen> {
        &self.fields
    }

    /// The first findings, and how many there are in all.
    #[must_use]
    pub fn findings(&self) -> (&[Finding], u64) {
        (&self.findings, self.found)
    }
}
