//! What the authority remembers: professionals of imported files, and attestations that it made. A line of JSON each.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// A professional of a directory file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) rpps: String,
    pub(super) name: String,
    pub(super) profession: Option<String>,
    pub(super) speciality: Option<String>,
    pub(super) organisation: Option<String>,
    pub(super) town: Option<String>,
}

/// An attestation that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attested {
    pub(super) account: String,
    pub(super) rpps: String,
    pub(super) name: String,
    pub(super) statement: String,
    pub(super) expires: u64,
    pub(super) server: String,
    pub(super) enrolment: String,
}

/// The file of imported professionals.
pub(super) const KNOWN: &str = "known.jsonl";
/// The file of attestations.
pub(super) const ATTESTED: &str = "attested.jsonl";

/// All lines of a register; none where there is no such file.
///
/// # Errors
/// `register` where a line is not of it.
pub(super) fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>, Failure> {
    let path = folder.join(name);
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(Vec::new()) };
    let parse = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|_| {
            let number = at.saturating_add(1).to_string();
            Failure::coded("register").with("path", path.display().to_string()).with("line", number)
        })
    };
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(parse).collect()
}

/// Adds a line, durably.
///
/// # Errors
/// `file`.
pub(super) fn add<T: Serialize>(folder: &Path, name: &str, lines: &[T]) -> Result<(), Failure> {
    let path = folder.join(name);
    let failed = |error: std::io::Error| Failure::file(&path, &error);
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line).map_err(|_| Failure::coded("internal"))?);
        text.push('\n');
    }
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}
