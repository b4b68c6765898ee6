//! `carnet add`: documents into the own vault. What lies there already is not added again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use carnet_health::{Kind, Remark, StripError, strip_metadata};
use rayon::prelude::*;
use serde::Serialize;

use super::contents::{self, Found, Looked, Said};
use super::{find, when};
use crate::cli::Cli;
use crate::client::{Client, Draft, Held};
use crate::local::CatalogueRow;
use crate::{Failure, say};

/// Adds documents.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// Files, folders, or - for the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What type of document it is, in words or as a LOINC code
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// When what it tells of happened
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// Its title
    #[arg(long)]
    title: Option<String>,
    /// Who wrote it
    #[arg(long)]
    author: Option<String>,
    /// Removes from images where and with which camera they were taken
    #[arg(long)]
    strip_metadata: bool,
}

#[derive(Debug, Serialize)]
struct Added {
    added: Vec<Line>,
    there_already: Vec<There>,
    refused: Vec<Refused>,
}

#[derive(Debug, Serialize)]
struct Line {
    file: String,
    document: String,
    title: String,
    media_type: String,
    date: Option<String>,
    author: Option<String>,
    code: Option<String>,
    bytes: u64,
    resumed: bool,
    remarks: Vec<String>,
    #[serde(skip)]
    entry: Option<carnet_core::wire::id::EntryId>,
}

#[derive(Debug, Serialize)]
struct There {
    file: String,
    document: String,
    title: String,
}

#[derive(Debug, Serialize)]
struct Refused {
    file: String,
    code: String,
    #[serde(skip)]
    failure: Failure,
}

impl Add {
    /// Runs the command.
    ///
    /// # Errors
    /// What the files, the spool or the server say. What was added before stays.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let said = Said {
            title: self.title.clone(),
            date: self.date.as_deref().map(when::parse_day).transpose()?,
            author: self.author.clone(),
            code: None,
        };
        let mut found = contents::find(&self.files)?;
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let mut remarks = self.clean(cli, &mut found)?;
        let mut known = Known::of(&client.catalogue(&held.vault.id())?);
        let mut answer = Added { added: Vec::new(), there_already: Vec::new(), refused: Vec::new() };
        let bar = cli.terminal.progress(found.len() as u64, &say!(cli.texts, "adding"), false);
        for piece in found.chunks(AT_ONCE) {
            let piece: Vec<&Found> = piece.iter().collect();
            self.add(&mut client, &mut held, &piece, &said, &mut known, &mut answer, &bar)?;
        }
        bar.finish_and_clear();
        client.sweep_spool()?;
        for line in &mut answer.added {
            line.remarks.extend(remarks.remove(&line.file).unwrap_or_default());
        }
        let language = cli.texts.language();
        let failed = answer.added.is_empty() && answer.there_already.is_empty() && !answer.refused.is_empty();
        for refused in &answer.refused {
            let (what, remedy) = refused.failure.lines(&cli.texts);
            cli.remark(&format!("{}: {what}\n{remedy}", refused.file));
        }
        if failed {
            return Err(Failure::coded("nothing-added"));
        }
        cli.answer(&answer, |texts| {
            let mut lines = Vec::new();
            for line in &answer.added {
                let date = line.date.as_deref().map_or(String::new(), |date| {
                    when::parse_iso(date).map_or(String::new(), |at| when::day(at, language))
                });
                let by = line.author.clone().unwrap_or_default();
                lines.push(
                    say!(
                        texts,
                        "added",
                        document = line.document.as_str(),
                        title = line.title.as_str(),
                        date = date,
                        author = by
                    )
                    .trim_end_matches([' ', ','])
                    .to_owned(),
                );
                lines.extend(
                    line.remarks
                        .iter()
                        .map(|remark| format!("    {}", say!(texts, &format!("remark-{remark}")))),
                );
            }
            for there in &answer.there_already {
                lines.push(say!(
                    texts,
                    "there-already",
                    file = there.file.as_str(),
                    document = there.document.as_str(),
                    title = there.title.as_str()
                ));
            }
            lines.push(say!(
                texts,
                "added-total",
                added = answer.added.len(),
                there = answer.there_already.len(),
                refused = answer.refused.len()
            ));
            lines.join("\n")
        })
    }

    /// Seals and deposits some files. The catalogue's digests and identifiers tell which are there already.
    fn add(
        &self,
        client: &mut Client,
        held: &mut Held,
        piece: &[&Found],
        said: &Said,
        known: &mut Known,
        answer: &mut Added,
        bar: &indicatif::ProgressBar,
    ) -> Result<(), Failure> {
        let looked: Vec<Result<Looked, Failure>> = piece.par_iter().map(|found| found.look(said)).collect();
        let mut wanted = Vec::new();
        for (found, looked) in piece.iter().zip(looked) {
            let file =
                found.path.as_ref().map_or_else(|| found.name.clone(), |path| path.display().to_string());
            match looked {
                Err(failure) => {
                    let code = failure.code().unwrap_or_default().to_owned();
                    answer.refused.push(Refused { file, code, failure });
                    bar.inc(1);
                }
                Ok(looked) => match known.find(&looked) {
                    Some((document, title)) => {
                        answer.there_already.push(There { file, document, title });
                        bar.inc(1);
                    }
                    None => {
                        known.note(&looked, &file);
                        wanted.push((*found, file, looked));
                    }
                },
            }
        }
        let resumed = AtomicUsize::new(0);
        let sealing = &*client;
        let vault = &*held;
        let drafted: Vec<Result<(Draft, Line), Failure>> = wanted
            .into_par_iter()
            .map(|(found, file, looked)| {
                let mut line = line(file, &looked);
                let drafted = sealing.draft(vault, looked.item, found.open()?)?;
                if matches!(drafted, crate::client::Drafted::Resumed(_)) {
                    resumed.fetch_add(1, Ordering::Relaxed);
                    line.resumed = true;
                }
                let draft = drafted.into_draft();
                line.entry = Some(draft.entry);
                line.document = document_name(&draft.entry);
                Ok((draft, line))
            })
            .collect();
        let (mut drafts, mut lines) = (Vec::new(), Vec::new());
        for one in drafted {
            let (draft, line) = one?;
            drafts.push(draft);
            lines.push(line);
        }
        client.deposit(held, drafts, &|_| bar.inc(1))?;
        answer.added.extend(lines);
        Ok(())
    }

    /// Removes from images where and with which camera they were taken, where that is wanted; says of which it could not.
    fn clean(
        &self,
        cli: &mut Cli<'_>,
        found: &mut [Found],
    ) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        let mut remarks: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in found {
            let Some(extension) = std::path::Path::new(&one.name).extension() else { continue };
            let extension = extension.to_string_lossy().to_lowercase();
            if !IMAGES.contains(&extension.as_str()) {
                continue;
            }
            let Some(bytes) = one.bytes(MOST_CLEANED)? else { continue };
            let recognised = carnet_health::recognise(&bytes, Some(&one.name));
            let telling = recognised.has(Remark::HasGps) || recognised.has(Remark::HasCamera);
            if recognised.kind == Kind::Other || !telling {
                continue;
            }
            let file = one.path.as_ref().map_or_else(|| one.name.clone(), |path| path.display().to_string());
            let asked = cli.terminal.is_there() && !cli.terminal.yes && !self.strip_metadata;
            let wanted = self.strip_metadata
                || (asked && cli.terminal.confirm(&say!(cli.texts, "ask-strip", file = one.name.as_str())));
            let remark = if !wanted {
                "metadata-kept"
            } else {
                match strip_metadata(&bytes) {
                    Ok(stripped) => {
                        one.replace(stripped.bytes);
                        "metadata-removed"
                    }
                    Err(StripError::Unsupported(_)) => "metadata-cannot",
                    Err(_) => "metadata-broken",
                }
            };
            remarks.entry(file).or_default().push(remark.to_owned());
        }
        Ok(remarks)
    }
}

/// What is there already: by content, and by the identifier that a document carries.
struct Known {
    contents: BTreeMap<[u8; 32], (String, String)>,
    identifiers: BTreeMap<String, (String, String)>,
}

impl Known {
    fn of(rows: &[CatalogueRow]) -> Self {
        let name = |row: &CatalogueRow| (find::short(row), row.shown_title().to_owned());
        let contents = rows.iter().map(|row| (row.content.into(), name(row))).collect();
        let identifiers = rows.iter().filter_map(|row| Some((row.identifier.clone()?, name(row)))).collect();
        Self { contents, identifiers }
    }

    fn find(&self, looked: &Looked) -> Option<(String, String)> {
        let by_content = self.contents.get(&looked.item.digest);
        let identifier = looked.item.description.identifier.as_ref();
        by_content.or_else(|| identifier.and_then(|id| self.identifiers.get(id))).cloned()
    }

    fn note(&mut self, looked: &Looked, file: &str) {
        let name = (file.to_owned(), looked.item.description.title.clone());
        if let Some(id) = &looked.item.description.identifier {
            self.identifiers.insert(id.clone(), name.clone());
        }
        self.contents.insert(looked.item.digest, name);
    }
}

fn line(file: String, looked: &Looked) -> Line {
    let description = &looked.item.description;
    let remarks = looked.recognised.remarks.iter().filter_map(|remark| match remark {
        Remark::Encrypted => Some("encrypted"),
        Remark::Damaged => Some("damaged"),
        Remark::Truncated => Some("truncated"),
        _ => None,
    });
    Line {
        file,
        document: String::new(),
        title: description.title.clone(),
        media_type: description.media_type.clone(),
        date: description.dates.first().map(|date| when::iso(*date)),
        author: description.written_by.clone(),
        code: description.codes.first().map(|code| code.code.clone()),
        bytes: looked.len,
        resumed: false,
        remarks: remarks.map(str::to_owned).collect(),
        entry: None,
    }
}

fn document_name(entry: &carnet_core::wire::id::EntryId) -> String {
    let id = entry.to_string();
    id.get(id.len().saturating_sub(8)..).unwrap_or(&id).to_owned()
}

/// Files that are looked at, sealed and sent together.
const AT_ONCE: usize = 200;
const MOST_CLEANED: u64 = 64 * 1024 * 1024;
const IMAGES: [&str; 10] = ["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "heic", "heif", "avif"];
