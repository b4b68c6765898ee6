//! What became of contents that were to be added: added, there already, or refused with the reason.

use std::collections::BTreeSet;

use carnet_health::{Moment, Remark};
use serde::Serialize;

use super::contents::Looked;
use super::{show, when};
use crate::cli::Cli;
use crate::screen::harmless_line;
use crate::text::Texts;
use crate::{Failure, say};

/// What became of contents.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Added {
    pub(crate) added: Vec<Line>,
    pub(crate) there_already: Vec<There>,
    pub(crate) refused: Vec<Refused>,
}

/// A content that was added.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(super) file: String,
    pub(super) document: String,
    pub(super) title: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Whether the type is a guess: the content does not say it.
    pub(super) guessed: bool,
    pub(super) media_type: String,
    pub(super) date: Option<String>,
    pub(super) author: Option<String>,
    pub(super) code: Option<String>,
    pub(super) bytes: u64,
    pub(super) resumed: bool,
    pub(super) remarks: Vec<&'static str>,
}

/// A content that is in the vault already.
#[derive(Debug, Serialize)]
pub(crate) struct There {
    pub(super) file: String,
    pub(super) document: String,
    pub(super) title: String,
}

/// A content that was not added.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    file: String,
    code: String,
    what: String,
    #[serde(rename = "do")]
    remedy: String,
}

impl Refused {
    /// The file with what is wrong, and what to do.
    pub(super) fn lines(&self) -> [String; 2] {
        [harmless_line(&format!("{}: {}", self.file, self.what)), format!("    {}", self.remedy)]
    }
}

impl Added {
    pub(super) fn refuse(&mut self, texts: &Texts, file: String, failure: &Failure) {
        let (what, remedy) = failure.lines(texts);
        let code = failure.code().unwrap_or_default().to_owned();
        self.refused.push(Refused { file, code, what, remedy });
    }

    /// Says what was understood of each, and of those that were refused why. Afterwards the command fails if one was.
    ///
    /// # Errors
    /// `some-refused`, `write`.
    pub(crate) fn tell(&self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let language = cli.texts.language();
        cli.answer(self, |texts| {
            let mut lines = Vec::new();
            for line in &self.added {
                let date = line.date.as_deref().and_then(Moment::parse);
                let date = date.map(|date| when::shown_day(date, language));
                let facts: Vec<String> =
                    [line.kind.clone(), date, line.author.clone()].into_iter().flatten().collect();
                let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
                let (document, title) = (line.document.as_str(), line.title.as_str());
                lines.push(harmless_line(&say!(
                    texts,
                    "added",
                    document = document,
                    title = title,
                    facts = facts
                )));
                if let (true, Some(kind)) = (line.guessed, &line.kind) {
                    lines.push(format!("    {}", say!(texts, "type-guessed", kind = kind.as_str())));
                }
                lines.extend(
                    line.remarks
                        .iter()
                        .map(|remark| format!("    {}", say!(texts, &format!("remark-{remark}")))),
                );
            }
            for there in &self.there_already {
                let (file, document, title) =
                    (there.file.as_str(), there.document.as_str(), there.title.as_str());
                lines.push(harmless_line(&say!(
                    texts,
                    "there-already",
                    file = file,
                    document = document,
                    title = title
                )));
            }
            lines.extend(self.refused.iter().flat_map(Refused::lines));
            lines.push(say!(
                texts,
                "added-total",
                added = self.added.len(),
                there = self.there_already.len(),
                refused = self.refused.len()
            ));
            lines.join("\n")
        })?;
        match self.refused.len() {
            0 => Ok(()),
            count => Err(Failure::coded("some-refused").with("count", count.to_string())),
        }
    }
}

/// What is said of a content once it is deposited: its document is not known yet.
pub(super) fn line(texts: &Texts, file: String, looked: &Looked, guessed: bool) -> Line {
    let description = &looked.item.description;
    let remarks: BTreeSet<&'static str> = looked
        .recognised
        .remarks
        .iter()
        .filter_map(|remark| match remark {
            Remark::Encrypted => Some("encrypted"),
            Remark::Damaged => Some("damaged"),
            Remark::Truncated => Some("truncated"),
            Remark::NameSaysOtherwise => Some("name"),
            _ => None,
        })
        .collect();
    let known = show::labels(texts, description).into_iter().next();
    let displayed = || looked.recognised.codes.first().and_then(|code| code.display.clone());
    Line {
        file,
        document: String::new(),
        title: description.title.clone(),
        kind: known.or_else(displayed),
        guessed,
        media_type: description.media_type.clone(),
        date: description.when().first().map(Moment::to_string),
        author: description.written_by.clone(),
        code: description.codes.first().map(|code| code.code.clone()),
        bytes: looked.len,
        resumed: false,
        remarks: remarks.into_iter().collect(),
    }
}
