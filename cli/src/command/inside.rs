//! `carnet get --inside N`: a file that stands inside a document, written out byte for byte.

use std::io::Write as _;
use std::path::PathBuf;

use carnet_health::Kind;
use carnet_health::inside::files;
use serde::Serialize;

use super::get::titled;
use super::{find, part_file};
use crate::cli::Cli;
use crate::local::CatalogueRow;
use crate::{Failure, say};

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
    let kind = Kind::from_media_type(&row.media_type).unwrap_or(Kind::Other);
    let parts = files(bytes, kind).unwrap_or_default();
    let count = parts.len();
    let part = number.checked_sub(1).and_then(|at| parts.into_iter().nth(at));
    let part = part.ok_or_else(|| {
        Failure::wrong("inside-unknown").with("number", number.to_string()).with("count", count.to_string())
    })?;
    if part.bytes.is_empty() {
        return Err(Failure::coded("inside-broken").with("number", number.to_string()));
    }
    let title = part.name.clone().unwrap_or_else(|| format!("{} - {number}", row.shown_title()));
    let output = output.unwrap_or_else(|| PathBuf::from(titled(&title, &part.media_type)));
    if output.as_os_str() == "-" {
        return cli.out.write_all(&part.bytes).map_err(|error| Failure::file(&output, &error));
    }
    part_file::write(&output, force, |file| {
        file.write_all(&part.bytes).map_err(|error| Failure::file(&output, &error))
    })?;
    let shape = Shape {
        document: find::short(row),
        inside: number,
        media_type: part.media_type,
        file: output.display().to_string(),
        bytes: part.bytes.len(),
    };
    cli.answer(&shape, |texts| say!(texts, "written", file = shape.file.as_str(), bytes = shape.bytes))
}
