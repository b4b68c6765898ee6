//! What would be added, without adding it: the same looks and judgements as [`super::adding`], and nothing sealed or sent.

use carnet_health::Kind;
use rayon::prelude::*;

use super::added::{Added, There, line};
use super::adding::Adding;
use super::contents::Looked;
use super::known::{Known, Lengths};
use super::walk::Walked;
use crate::Failure;
use crate::cli::Cli;
use crate::client::{Client, Held};

impl Adding {
    /// Looks at contents as adding them would. Nothing is asked, and images keep what they say of their place.
    ///
    /// # Errors
    /// What the records say. A content that would be refused stands in the answer.
    pub(crate) fn preview(
        &self,
        cli: &Cli<'_>,
        client: &Client,
        held: &Held,
        walked: &Walked,
    ) -> Result<Added, Failure> {
        let rows = client.catalogue(&held.vault.id())?;
        let lengths = Lengths::of(&rows, client.drafted_lengths(&held.vault.id())?, &walked.found);
        let mut known = Known::of(&rows);
        let mut answer = Added { dry_run: true, ..Added::default() };
        walked.left_out.iter().for_each(|(path, why)| answer.leave_out(path, why));
        for (path, failure) in &walked.unread {
            answer.refuse(&cli.texts, path.display().to_string(), failure);
        }
        for piece in walked.found.chunks(AT_ONCE) {
            let looked: Vec<Result<Looked, Failure>> =
                piece.par_iter().map(|one| one.look(&self.said, &lengths)).collect();
            for (one, looked) in piece.iter().zip(looked) {
                let file = one.shown_name();
                match looked.and_then(|looked| self.judge(looked, &file)) {
                    Err(failure) => answer.refuse(&cli.texts, file, &failure),
                    Ok(mut looked) => match known.same_content(&looked) {
                        Some(other) => {
                            answer.there_already.push(There { file, other });
                        }
                        None => {
                            known.note(&looked, &file);
                            let kind = looked.proposed.first().copied();
                            let guessed = kind.is_some() && looked.recognised.kind != Kind::Dicom;
                            match kind {
                                Some(kind) if guessed => looked.guess_type(&kind),
                                Some(kind) => looked.take_type(&kind),
                                None => {}
                            }
                            answer.added.push(line(&cli.texts, file, &looked, guessed));
                        }
                    },
                }
            }
        }
        Ok(answer)
    }
}

/// Contents that are looked at together.
const AT_ONCE: usize = 200;
