//! `carnet audit store`: what a server keeps, byte by byte, without trusting the server.
//!
//! Every record is parsed strictly and compared with those that it names; histories and the log are computed anew; every file is
//! read once, payloads hashed, canaries sought in all of it. What does not parse, or is not known, is a finding. Nothing is written.

pub mod class;
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

use std::fs;
use std::io::Write;
use std::path::Path;

pub use report::Report;
pub use search::Hit;
pub use tally::{FieldName, Finding, Seen, Tally};

use crate::command::AuditStore;
use crate::exit::Exit;
use crate::failure::Failure;
use class::Class;
use packs::{Packs, Places};
use search::Search;

/// Audits a store and prints what was found.
///
/// # Errors
/// [`Failure`] where the folder cannot be read, or nothing can be sought as asked.
pub fn store(args: &AuditStore, json: bool, out: &mut dyn Write) -> Result<Exit, Failure> {
    let report = folder(&args.folder, &canaries(args)?)?;
    let printed = if json { report.json(out) } else { report.print(out) };
    printed.map_err(|error| Failure::new(error.to_string(), "Look at where the output goes."))?;
    Ok(if report.is_clean() { Exit::Done } else { Exit::Failed })
}

/// Audits a server's data folder.
///
/// # Errors
/// [`Failure`].
pub fn folder(path: &Path, canaries: &[String]) -> Result<Report, Failure> {
    let search = Search::new(canaries).map_err(|error| Failure::usage(error, "Name fewer canaries."))?;
    let store = path.join("records");
    if !store.is_dir() {
        return Err(Failure::usage(format!("{} is no server's folder", path.display()), text::NO_STORE));
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
/// [`Failure`].
pub fn seek(path: &Path, canaries: &[String]) -> Result<Vec<Hit>, Failure> {
    let search = Search::new(canaries).map_err(|error| Failure::usage(error, "Name fewer canaries."))?;
    Ok(files::walk(&source::Nothing, &Places::default(), &search, path)?.hits)
}

/// The canaries of the arguments.
fn canaries(args: &AuditStore) -> Result<Vec<String>, Failure> {
    let mut canaries = args.canaries.clone();
    if let Some(path) = &args.canary_file {
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
        canaries.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    match canaries.iter().position(|canary| canary.len() < needles::LEAST) {
        Some(at) => {
            let what = format!("canary {} has fewer than {} bytes", at + 1, needles::LEAST);
            Err(Failure::usage(what, text::SHORT_CANARY))
        }
        None => Ok(canaries),
    }
}
