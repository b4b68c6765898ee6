//! `carnet get --inside N`: a file that stands inside a document, written out byte for byte.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use carnet_health::cda;
use serde::Serialize;

use super::find;
use super::get::titled;
use crate::cli::Cli;
use crate::local::CatalogueRow;
use crate::{Failure, say, unix};

#[derive(Serialize)]
struct Shape {
    document: String,
    inside: usize,
    media_type: String,
    file: String,
    bytes: usize,
}

/// Writes the file of a number, counted from 1 as `carnet show` counts them.
pub(super) fn write(
    cli: &mut Cli<'_>,
    row: &CatalogueRow,
    bytes: &[u8],
    number: usize,
    output: Option<PathBuf>,
    force: bool,
) -> Result<(), Failure> {
    let parts = cda::parts(bytes).unwrap_or_default();
    let count = parts.len();
    let part = number.checked_sub(1).and_then(|at| parts.into_iter().nth(at));
    let part = part.filter(|part| !part.bytes.is_empty()).ok_or_else(|| {
        Failure::wrong("inside-unknown").with("number", number.to_string()).with("count", count.to_string())
    })?;
    let title = part.name.clone().unwrap_or_else(|| format!("{} - {number}", row.shown_title()));
    let output = output.unwrap_or_else(|| PathBuf::from(titled(&title, &part.media_type)));
    if output.as_os_str() == "-" {
        return cli.out.write_all(&part.bytes).map_err(|error| Failure::file(&output, &error));
    }
    if output.exists() && !force {
        return Err(Failure::wrong("file-there").with("path", output.display().to_string()));
    }
    let failed = |error: std::io::Error| Failure::file(&output, &error);
    let unfinished = output.with_extension("carnet-part");
    let written = unix::private_file(&unfinished)
        .and_then(|mut file| file.write_all(&part.bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, &output));
    if let Err(error) = written {
        let _ = fs::remove_file(&unfinished);
        return Err(failed(error));
    }
    let shape = Shape {
        document: find::short(row),
        inside: number,
        media_type: part.media_type,
        file: output.display().to_string(),
        bytes: part.bytes.len(),
    };
    cli.answer(&shape, |texts| say!(texts, "written", file = shape.file.as_str(), bytes = shape.bytes))
}
