//! `carnet-server check`: everything that is kept is read and compared with its digests, its signatures and what refers to it.
//!
//! The server is stopped. What it finds has a code; nothing is changed, but outboards of payloads, which are computed anew where
//! they are wrong, and places in packs that hold nothing, or a second copy of what a file holds. With `repair`, what nothing refers to is removed; nothing else can be put right from what is here.

mod histories;
mod payloads;
mod rows;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use carnet_wire::StableCode as _;
use carnet_wire::note::VerifierKey;
use carnet_wire::origin::Origin;

use crate::backup;
use crate::config::Config;
use crate::failure::Failure;
use crate::log::examine::{self, Examined};
use crate::open_store::{open_both, resources, signer};
use crate::restore::refuse_half;
use crate::store::{Range, Records, Row, Space, StoreError, import};
use crate::sweeper;

/// What is written down of a check: findings as they come, and how many there were of each code.
pub struct Findings<'a> {
    tell: &'a mut dyn FnMut(&str),
    counts: BTreeMap<&'static str, u64>,
    seen: BTreeMap<&'static str, u64>,
}

impl<'a> Findings<'a> {
    /// None yet; `tell` gets a line of each.
    pub fn new(tell: &'a mut dyn FnMut(&str)) -> Self {
        Self { tell, counts: BTreeMap::new(), seen: BTreeMap::new() }
    }

    /// One finding, and where.
    pub fn add(&mut self, code: &'static str, place: &dyn std::fmt::Display) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= MOST_LINES {
            (self.tell)(&format!("{code} {place}"));
        }
    }

    /// So many of something were read.
    fn read(&mut self, what: &'static str, count: u64) {
        *self.seen.entry(what).or_default() += count;
    }

    /// What was read, and how many findings there were of each code.
    #[must_use]
    pub fn summary(&self) -> String {
        let seen: Vec<String> = self.seen.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let counts: String = self.counts.iter().map(|(code, count)| format!("{code}: {count}\n")).collect();
        let end = if self.counts.is_empty() { "all is well\n" } else { "" };
        format!("read: {}\n{counts}{end}", seen.join(", "))
    }

    /// Whether there were none.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.counts.is_empty()
    }

    /// The codes found.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.counts.keys().copied()
    }
}

/// Reads what a stopped server keeps.
///
/// # Errors
/// [`Failure`] where it cannot be read at all.
pub async fn check(config: &Config, repair: bool, findings: &mut Findings<'_>) -> Result<(), Failure> {
    refuse_half(config)?;
    let folder = &config.server.folder;
    if !backup::has_store(folder) {
        let what = format!("{}: there is no store", folder.display());
        return Err(Failure::new(what, "Name the right configuration with --config."));
    }
    let (records, payloads) = open_both(config)?;
    if repair {
        let swept = sweeper::sweep(&*records, &payloads, crate::clock::now()).await;
        swept.map_err(|refusal| {
            Failure::new(format!("sweeping failed ({})", refusal.code()), "Run `check` without --repair.")
        })?;
    }
    of_records(config, &records, findings).await?;
    payloads::check(&records, &payloads, folder, repair, findings).await
}

/// Reads a backup: its files against their digests, then its records as those of a server.
///
/// # Errors
/// [`Failure`], also where a digest does not fit.
pub async fn check_backup(
    config: &Config,
    folder: &Path,
    findings: &mut Findings<'_>,
) -> Result<(), Failure> {
    let backup = backup::verify(folder)?;
    let scratch = std::env::temp_dir().join(format!("carnet-check-{}", std::process::id()));
    let failed = |error: std::io::Error| {
        Failure::file(&scratch, &error, "The records are read from a copy: make room, or set TMPDIR.")
    };
    let rows = backup.records().map_err(failed)?;
    let filled = import(config.store.engine, &scratch, resources(config), rows);
    let filled =
        filled.map_err(|error| Failure::new(error.to_string(), "Make room for a copy, or set TMPDIR."));
    let checked = match filled {
        Ok(_) => {
            let opened = crate::store::open(config.store.engine, &scratch, resources(config));
            match opened {
                Ok(records) => of_records(config, &records, findings).await,
                Err(error) => Err(Failure::new(error.to_string(), "Make room for a copy, or set TMPDIR.")),
            }
        }
        Err(failure) => Err(failure),
    };
    // A copy that stays is no harm, only room.
    let _ = std::fs::remove_dir_all(&scratch);
    checked?;
    findings.read("payloads", backup.manifest.payloads.count);
    if backup.manifest.missing > 0 {
        findings
            .add("payload-missing", &format_args!("{} when the backup was made", backup.manifest.missing));
    }
    Ok(())
}

async fn of_records(
    config: &Config,
    records: &Arc<dyn Records>,
    findings: &mut Findings<'_>,
) -> Result<(), Failure> {
    let origin = &config.server.origin;
    let key = signer(config, origin)?.verifier().clone();
    let broken = |error: &dyn std::fmt::Display| {
        Failure::new(format!("the store fails: {error}"), "Look at the disk, or restore a backup.")
    };
    every_record(records, findings).await.map_err(|error| broken(&error))?;
    let line = match examine::line(records, &key, origin).await {
        Ok(line) => line,
        Err(error) => {
            findings.add("log-line", &error.code());
            vec![(origin.clone(), key)]
        }
    };
    let mut logs = logs(records, &line, findings).await.map_err(|error| broken(&error))?;
    histories::check(records, &line, &mut logs, findings).await.map_err(|error| broken(&error))?;
    rows::check(records, findings).await.map_err(|error| broken(&error))
}

/// Reads every record once: the store compares each with its checksum.
async fn every_record(records: &Arc<dyn Records>, findings: &mut Findings<'_>) -> Result<(), StoreError> {
    for space in Space::ALL {
        let mut after = None;
        loop {
            let rows = match records.scan(Range::all(space).after(after.clone()).limit(PAGE)).await {
                Err(StoreError::Corrupt(_)) => {
                    // Nobody can pass a damaged record by: what the space holds behind it shows where it is missed.
                    findings
                        .add("record-damaged", &format_args!("{space:?}, after {}", place(after.as_ref())));
                    break;
                }
                other => other?,
            };
            findings.read("records", u64::try_from(rows.len()).unwrap_or(u64::MAX));
            after = rows.last().map(|(key, _)| key.clone()).or(after);
            if rows.len() < PAGE {
                break;
            }
        }
    }
    Ok(())
}

async fn logs(
    records: &Arc<dyn Records>,
    line: &[(Origin, VerifierKey)],
    findings: &mut Findings<'_>,
) -> Result<Vec<(Origin, Examined)>, StoreError> {
    let mut logs = Vec::new();
    for (origin, key) in line {
        let mut log = Examined::new(records, origin);
        match log.compute(key).await {
            Ok((size, found)) => {
                findings.read("leaves", size);
                for (code, index) in found {
                    findings.add(code, &format_args!("{origin} at {index}"));
                }
            }
            Err(error) => findings.add("log-unreadable", &format_args!("{origin}: {}", error.code())),
        }
        logs.push((origin.clone(), log));
    }
    Ok(logs)
}

/// The rows of a range, page by page; a damaged one, which has been found before, ends them.
async fn page(records: &Arc<dyn Records>, range: Range) -> Result<(Vec<Row>, bool), StoreError> {
    let range = range.limit(PAGE);
    match records.scan(range).await {
        Ok(rows) => {
            let more = rows.len() == PAGE;
            Ok((rows, more))
        }
        Err(StoreError::Corrupt(_)) => Ok((Vec::new(), false)),
        Err(error) => Err(error),
    }
}

fn place(key: Option<&crate::store::Key>) -> String {
    key.map_or_else(
        || "the beginning".to_owned(),
        |key| format!("{}:{}", hex(&key.partition), hex(&key.suffix)),
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const PAGE: usize = 500;
/// Lines of one code. All are counted.
const MOST_LINES: u64 = 100;
