//! `carnet audit store`: what a server keeps, byte by byte, without trusting the server.
//!
//! Every record is parsed strictly and compared with those that it names; histories and the log are computed anew; every file is
//! read once, payloads hashed, canaries sought in all of it. What does not parse, or is not known, is a finding. Nothing is written.

pub mod class;
mod error;
mod files;
mod history;
mod journal;
mod log;
pub mod needles;
mod packs;
mod records;
mod report;
mod row;
pub mod schema;
mod search;
pub mod shape;
mod source;
mod tally;
mod text;
mod walk;

use std::path::Path;

pub use error::AuditError;
pub use report::Report;
pub use search::Hit;
pub use tally::{FieldName, Finding, Seen, Tally};

use class::Class;
use packs::{Packs, Places};
use search::Search;

/// Audits a server's data folder.
///
/// # Errors
/// [`AuditError`].
pub fn folder(path: &Path, canaries: &[String]) -> Result<Report, AuditError> {
    let search = Search::new(canaries).map_err(AuditError::Canaries)?;
    let store = path.join("records");
    if !store.is_dir() {
        return Err(AuditError::NoStore(path.to_owned()));
    }
    let source = source::open(&store)?;
    let packs = Packs::open(path)?;
    let records = records::walk(&*source, &packs, &search)?;
    let packed = packs.walk(&*source)?;
    let files = files::walk(&*source, &packed.places, &search, path)?;
    let journal = source.journal();
    // What the journal and the index of packs hold stands in the engine's files, and is counted already.
    let counted = records.stored + journal.total() + packed.stored;
    let mut tally = records.tally.with(journal).with(packed.tally);
    tally.add_len(Class::Engine, files.engine.saturating_sub(counted));
    if files.engine < counted {
        tally.find("records", "engine-smaller-than-records");
    }
    let hits = [records.hits, files.hits].concat();
    Ok(Report {
        tally: tally.with(files.tally),
        hits,
        files: files.count,
        spaces: records.spaces,
        canaries: canaries.len(),
    })
}

/// Seeks canaries in all files of any folder: a server's log, a backup.
///
/// # Errors
/// [`AuditError`].
pub fn seek(path: &Path, canaries: &[String]) -> Result<Vec<Hit>, AuditError> {
    let search = Search::new(canaries).map_err(AuditError::Canaries)?;
    Ok(files::walk(&source::Nothing, &Places::default(), &search, path)?.hits)
}

/// Refuses a canary that random bytes would hold by chance.
///
/// # Errors
/// [`AuditError::ShortCanary`].
pub fn long_enough(canaries: &[String]) -> Result<(), AuditError> {
    match canaries.iter().position(|canary| canary.len() < needles::LEAST) {
        Some(at) => Err(AuditError::ShortCanary(at + 1)),
        None => Ok(()),
    }
}
