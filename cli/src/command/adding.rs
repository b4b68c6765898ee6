//! Adding many contents: each looked at, told apart from what is there already, sealed, deposited many under one signature.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use carnet_core::wire::id::EntryId;
use carnet_health::Damage;
use carnet_health::doctype::DocumentType;
use carnet_health::same_person::Person;
use rayon::prelude::*;

use super::added::{Added, Line, There, line};
use super::cleaning;
use super::contents::{Found, Looked, Said};
use super::known::{Known, Lengths};
use super::person::{self, NamesOther};
use super::walk::Walked;
use crate::cli::Cli;
use crate::client::{Client, Draft, Drafted, Held};
use crate::local::CatalogueRow;
use crate::screen::harmless_line;
use crate::stopped::Unfinished;
use crate::terminal::stage::{Progress, Unit};
use crate::{Failure, say};

/// A draft, and whether it lay in the spool already.
type Sealing = Result<(Draft, bool), Failure>;

/// How contents are added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Adding {
    /// What the person says of all of them.
    pub(crate) said: Said,
    /// Whether place and camera are removed from images.
    pub(crate) strip_metadata: bool,
    /// Whether what is broken is added as it is.
    pub(crate) as_is: bool,
}

/// Where an adding stands.
struct UnderWay {
    known: Known,
    lengths: Lengths,
    holder: Person,
    answer: Added,
    bar: Progress,
    ask_types: bool,
}

/// Contents that are sealed, and what is said of them once they are deposited.
struct Prepared {
    drafts: Vec<Draft>,
    lines: Vec<Line>,
}

impl Adding {
    /// Adds contents to a vault; those that are refused do not keep the others back.
    ///
    /// # Errors
    /// What the spool or the server says. What was added before stays.
    pub(crate) fn run(
        &self,
        cli: &mut Cli<'_>,
        client: &mut Client,
        held: &mut Held,
        walked: Walked,
    ) -> Result<Added, Failure> {
        let added = self.add(cli, client, held, walked);
        // Whatever became of them: what lies in the spool for nothing fills the disk.
        let swept = client.sweep_spool();
        let added = added?;
        swept.map(|()| added)
    }

    fn add(
        &self,
        cli: &mut Cli<'_>,
        client: &mut Client,
        held: &mut Held,
        walked: Walked,
    ) -> Result<Added, Failure> {
        let Walked { mut found, left_out, unread } = walked;
        let rows = client.catalogue(&held.vault.id())?;
        let lengths = Lengths::of(&rows, client.drafted_lengths(&held.vault.id())?, &found);
        // Each byte counts twice: once as it is sealed, once as it is sent.
        let all = found.iter().map(Found::work).sum();
        let bar = cli.terminal.progress(all, &say!(cli.texts, "adding"), Unit::Bytes);
        let ask_types =
            cli.terminal.is_there() && !cli.terminal.yes && !cli.json && found.len() <= MOST_ASKED;
        let done = Arc::new(AtomicU64::new(0));
        let _told = Unfinished::told("stopped-add", &done);
        let (known, mut answer) = (Known::of(&rows), Added::default());
        left_out.iter().for_each(|(path, why)| answer.leave_out(path, why));
        for (path, failure) in &unread {
            answer.refuse(&cli.texts, path.display().to_string(), failure);
        }
        let holder = person::holder(&client.profile.name, &rows);
        let mut way = UnderWay { known, lengths, holder, answer, bar: bar.clone(), ask_types };
        // The first ones are few: until they are sealed the server has nothing to do.
        let first = FIRST.min(found.len());
        let (first, rest) = found.split_at_mut(first);
        let mut pieces = rest.chunks_mut(AT_ONCE);
        let mut ready = Some(self.prepare(cli, client, held, &mut way, first)?);
        let mut landed = None;
        while let Some(Prepared { drafts, lines }) = ready {
            let (mut recorded, mut next) = (Ok(()), Ok(None));
            // While the server stores these, the ones before are put into the catalogue and the next ones are sealed.
            let deposited = client.deposit_meanwhile(held, drafts, &|sent| bar.inc(sent), |client, held| {
                if let Some(landed) = landed.take() {
                    recorded = client.record(held, landed).map(drop);
                }
                let piece = pieces.next();
                next = piece.map(|piece| self.prepare(cli, client, held, &mut way, piece)).transpose();
            });
            if let (Err(_), Some(landed)) = (&deposited, landed.take()) {
                let _ = client.record(held, landed);
            }
            landed = deposited?.1;
            recorded?;
            done.fetch_add(lines.len() as u64, Ordering::Relaxed);
            way.answer.added.extend(lines);
            ready = next?;
        }
        if let Some(landed) = landed {
            client.record(held, landed)?;
        }
        bar.finish_and_clear();
        if way.answer.concerns_others() || rows.iter().any(CatalogueRow::relates) {
            way.answer.relate(&client.catalogue(&held.vault.id())?);
        }
        Ok(way.answer)
    }

    /// Looks at contents and seals those that are wanted.
    fn prepare(
        &self,
        cli: &mut Cli<'_>,
        client: &Client,
        held: &Held,
        way: &mut UnderWay,
        piece: &mut [Found],
    ) -> Result<Prepared, Failure> {
        let UnderWay { known, lengths, holder, answer, bar, ask_types } = way;
        let mut remarks = BTreeMap::new();
        for (index, one) in piece.iter_mut().enumerate() {
            // What cannot be read is refused below, with its reason.
            if let Ok(Some(remark)) = cleaning::clean(cli, one, self.strip_metadata) {
                remarks.insert(index, remark);
            }
        }
        let looked: Vec<Result<Looked, Failure>> =
            piece.par_iter().map(|one| one.look(&self.said, lengths)).collect();
        let mut wanted = Vec::new();
        for (index, (one, looked)) in piece.iter().zip(looked).enumerate() {
            let file = one.shown_name();
            let looked = looked.and_then(|looked| self.judge(looked, &file));
            let mut looked = match looked {
                Ok(looked) => looked,
                Err(failure) => {
                    answer.refuse(&cli.texts, file, &failure);
                    bar.inc(one.work());
                    continue;
                }
            };
            if let Some(other) = known.same_content(&looked) {
                answer.there_already.push(There { file, other });
                bar.inc(one.work());
                continue;
            }
            let same_identifier = known.same_identifier(&looked);
            known.note(&looked, &file);
            let guessed = match looked.proposed.clone().as_slice() {
                [] => false,
                proposed if *ask_types => choose(cli, &file, proposed).is_some_and(|kind| {
                    looked.take_type(&kind);
                    false
                }),
                [first, ..] => {
                    looked.guess_type(first);
                    true
                }
            };
            let mut line = line(&cli.texts, file, &looked, guessed);
            line.remarks.extend(remarks.remove(&index));
            line.same_identifier = same_identifier;
            let patient = looked.recognised.patient.as_ref();
            line.names_other = patient.and_then(|patient| NamesOther::of(holder, patient));
            wanted.push((one, line, looked));
        }
        seal(cli, client, held, wanted, answer, bar)
    }

    /// Refuses what claims to be of a kind and is broken, unless it is wanted as it is.
    pub(super) fn judge(&self, looked: Looked, file: &str) -> Result<Looked, Failure> {
        match &looked.recognised.damage {
            Some(damage) if !self.as_is && !matches!(damage, Damage::TooLong { .. }) => {
                Err(refusal(damage, file))
            }
            _ => Ok(looked),
        }
    }
}

/// Seals. A content that cannot be read, or changes meanwhile, is refused by itself.
fn seal(
    cli: &Cli<'_>,
    client: &Client,
    held: &Held,
    wanted: Vec<(&Found, Line, Looked)>,
    answer: &mut Added,
    bar: &Progress,
) -> Result<Prepared, Failure> {
    let drafted: Vec<(Line, Sealing)> = wanted
        .into_par_iter()
        .map(|(found, line, looked)| {
            let drafted = found.draft(client, held, looked, bar).map(|drafted| {
                let resumed = matches!(drafted, Drafted::Resumed(_));
                (drafted.into_draft(), resumed)
            });
            (line, drafted)
        })
        .collect();
    let (mut drafts, mut lines) = (Vec::new(), Vec::new());
    for (mut line, drafted) in drafted {
        match drafted {
            Ok((draft, resumed)) => {
                (line.document, line.resumed) = (document_name(&draft.entry), resumed);
                drafts.push(draft);
                lines.push(line);
            }
            Err(failure) if is_of_the_file(&failure) => {
                answer.refuse(&cli.texts, line.file, &failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(Prepared { drafts, lines })
}

/// Whether a failure is that of one content: it keeps no other back.
pub(super) fn is_of_the_file(failure: &Failure) -> bool {
    failure.code().is_some_and(|code| code == "file" || code.starts_with("file-"))
}

/// Asks which of these types a file is; none where the person does not say.
fn choose(cli: &Cli<'_>, file: &str, proposed: &[DocumentType]) -> Option<DocumentType> {
    let french = cli.texts.language() == crate::text::Language::Fr;
    let mut question = say!(cli.texts, "ask-type", file = harmless_line(file));
    for (index, kind) in proposed.iter().enumerate() {
        let label = if french { kind.fr } else { kind.en };
        question.push_str(&format!("\n  {}. {label}", index.saturating_add(1)));
    }
    question.push_str(&format!("\n{}", say!(cli.texts, "ask-type-number")));
    let chosen = cli.terminal.ask_until(&cli.texts, &question, |answer| {
        if answer.is_empty() {
            return Ok(proposed.first().copied());
        }
        let found = match answer.parse::<usize>() {
            Ok(number) => number.checked_sub(1).and_then(|index| proposed.get(index)).copied(),
            Err(_) => carnet_health::doctype::best_by_words(answer).first().copied(),
        };
        found.map(Some).ok_or_else(|| Failure::wrong("type-unknown").with("text", answer))
    });
    chosen.ok().flatten()
}

/// Why a broken content is refused, where it is broken.
pub(super) fn refusal(damage: &Damage, file: &str) -> Failure {
    let failure = Failure::coded(carnet_core::wire::StableCode::code(damage)).with("path", file);
    match damage {
        Damage::Xml { line, column } | Damage::Json { line, column } => {
            failure.with("line", line.to_string()).with("column", column.to_string())
        }
        _ => failure,
    }
}

fn document_name(entry: &EntryId) -> String {
    let id = entry.to_string();
    id.get(id.len().saturating_sub(8)..).unwrap_or(&id).to_owned()
}

/// Contents that are looked at, sealed and sent together.
const AT_ONCE: usize = 200;
/// The same at the beginning.
const FIRST: usize = 50;
/// Of more files nobody wants to be asked one by one.
const MOST_ASKED: usize = 20;
