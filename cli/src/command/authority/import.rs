//! `carnet authority import`: directory files read record by record. A broken one is refused with its line, the rest is taken.

use std::collections::BTreeMap;
use std::path::PathBuf;

use carnet_health::directory::{RecordRefusal, read_practitioners};
use serde::Serialize;

use super::register::{self, KNOWN, Known};
use crate::cli::Cli;
use crate::{Failure, say};

/// Reads directory files.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The authority's folder
    folder: PathBuf,
    /// Files of FHIR Practitioner and PractitionerRole: resources, bundles, one a line
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Imported {
    imported: usize,
    known: usize,
    refused: Vec<Refused>,
}

#[derive(Serialize)]
struct Refused {
    file: String,
    record: usize,
    id: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    code: &'static str,
}

impl Import {
    pub(super) fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut known: BTreeMap<String, Known> = register::read::<Known>(&self.folder, KNOWN)?
            .into_iter()
            .map(|one| (one.rpps.clone(), one))
            .collect();
        let (mut new, mut refused) = (Vec::new(), Vec::new());
        for path in &self.files {
            let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
            for record in read_practitioners(&bytes) {
                match record {
                    Ok(record) => {
                        let one = Known {
                            rpps: record.rpps.clone(),
                            name: format!("{} {}", record.family, record.given).trim().to_owned(),
                            profession: record.profession.map(|code| code.code),
                            speciality: record.speciality.map(|code| code.code),
                            organisation: record.organisation,
                            town: record.town,
                        };
                        if known.get(&record.rpps) != Some(&one) {
                            known.insert(record.rpps, one.clone());
                            new.push(one);
                        }
                    }
                    Err(error) => {
                        let (line, column) = match error.reason {
                            RecordRefusal::Json { line, column } => (Some(line), Some(column)),
                            _ => (None, None),
                        };
                        let code = carnet_core::wire::StableCode::code(&error);
                        let file = path.display().to_string();
                        refused.push(Refused { file, record: error.index, id: error.id, line, column, code });
                    }
                }
            }
        }
        register::add(&self.folder, KNOWN, &new)?;
        let shape = Imported { imported: new.len(), known: known.len(), refused };
        cli.answer(&shape, |texts| {
            let mut lines: Vec<String> = shape
                .refused
                .iter()
                .map(|one| {
                    let at = match (one.line, one.column) {
                        (Some(line), Some(column)) => format!("{}:{line}:{column}", one.file),
                        _ => format!(
                            "{} ({})",
                            one.file,
                            one.id.clone().unwrap_or_else(|| one.record.to_string())
                        ),
                    };
                    let failure = Failure::coded(one.code);
                    let (what, remedy) = failure.lines(texts);
                    let said = format!("{what} {remedy}");
                    say!(texts, "named", name = at, text = said)
                })
                .collect();
            lines.push(say!(
                texts,
                "imported",
                imported = shape.imported,
                known = shape.known,
                refused = shape.refused.len()
            ));
            lines.join("\n")
        })
    }
}
