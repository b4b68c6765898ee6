//! Newline-delimited JSON of FHIR's bulk data: a resource on each line.

use crate::fhir::{parse, resource_type};
use crate::recognised::Damage;

pub(crate) use crate::json::lines;

/// A resource of a file, or why its line is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// Its `resourceType`, or what is wrong with it.
    pub kind: Result<String, Damage>,
    /// The line as it stands.
    pub text: String,
}

/// The lines of a file that are not empty, at most [`MAX_LINES`].
#[must_use]
pub fn split_lines(bytes: &[u8]) -> Vec<Line> {
    let text = crate::encoding::decode(bytes);
    let line = |(number, line): (usize, &str)| {
        let kind = parse(line.as_bytes())
            .and_then(|value| resource_type(&value).map(str::to_owned).ok_or(Damage::FhirShape));
        Line { number, kind, text: line.to_owned() }
    };
    lines(&text).take(MAX_LINES).map(line).collect()
}

/// Whether a line is a resource.
pub(crate) fn is_resource(line: &str) -> bool {
    parse(line.as_bytes()).is_ok()
}

/// Lines as one collection, each as it stands.
pub(crate) fn as_bundle<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let entries: Vec<String> = lines.map(|line| format!("{{\"resource\":{line}}}")).collect();
    format!("{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{}]}}", entries.join(","))
}

/// Most lines that are read.
pub const MAX_LINES: usize = 100_000;
