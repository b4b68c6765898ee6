//! What became of contents that were to be added: added, there already, or refused with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use carnet_health::{Kind, Moment, Remark};
use serde::Serialize;

use super::contents::Looked;
use super::person::NamesOther;
use super::title::Titled;
use super::versions::{Linked, Other, Versions};
use super::{find, show, when};
use crate::cli::Cli;
use crate::local::CatalogueRow;
use crate::screen::harmless_line;
use crate::text::Texts;
use crate::{Failure, say, shown};

/// What became of contents.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Added {
    pub(crate) added: Vec<Line>,
    pub(crate) there_already: Vec<There>,
    pub(crate) refused: Vec<Refused>,
    pub(crate) left_out: Vec<LeftOut>,
    /// Whether nothing was done, and only said.
    pub(crate) dry_run: bool,
}

/// What a folder holds and is no document.
#[derive(Debug, Serialize)]
pub(crate) struct LeftOut {
    file: String,
    code: &'static str,
}

/// A content that was added.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(super) file: String,
    pub(super) document: String,
    pub(super) title: String,
    /// The title in the words of the screens.
    #[serde(skip)]
    pub(super) said: String,
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
    /// What carries the same identifier and is another content.
    pub(super) same_identifier: Vec<Other>,
    /// What it says it replaces, of what is there.
    pub(super) replaces: Vec<Other>,
    /// What is there and says that it replaces it.
    pub(super) replaced_by: Vec<Other>,
    /// What it adds to, what adds to it, and other forms of it.
    pub(super) related: Vec<Linked>,
    /// Whom it names, where that does not seem to be the vault's holder.
    pub(super) names_other: Option<NamesOther>,
    #[serde(skip)]
    pub(super) versioned: bool,
}

/// A content that is in the vault already.
#[derive(Debug, Serialize)]
pub(crate) struct There {
    pub(super) file: String,
    #[serde(flatten)]
    pub(super) other: Other,
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
    pub(super) fn lines(&self, texts: &Texts) -> [String; 2] {
        // Most texts name the file themselves.
        let what = match self.what.contains(&self.file) {
            true => self.what.clone(),
            false => say!(texts, "named", name = self.file.as_str(), text = self.what.as_str()),
        };
        [harmless_line(&what), format!("    {}", self.remedy)]
    }
}

impl Added {
    pub(super) fn refuse(&mut self, texts: &Texts, file: String, failure: &Failure) {
        let (what, remedy) = failure.lines(texts);
        let code = failure.code().unwrap_or_default().to_owned();
        self.refused.push(Refused { file, code, what, remedy });
    }

    pub(super) fn leave_out(&mut self, path: &Path, code: &'static str) {
        self.left_out.push(LeftOut { file: path.display().to_string(), code });
    }

    /// Whether something that was added has to do with other documents.
    pub(super) fn concerns_others(&self) -> bool {
        self.added.iter().any(|line| line.versioned || !line.same_identifier.is_empty())
    }

    /// Takes from the catalogue, in which all of them now are, which documents stand in the place of which, and what those are called
    /// that were added together.
    pub(super) fn relate(&mut self, rows: &[CatalogueRow]) {
        let versions = Versions::of(rows);
        let entries: BTreeMap<String, &CatalogueRow> =
            rows.iter().map(|row| (find::short(row), row)).collect();
        let documents: BTreeMap<String, String> =
            self.added.iter().map(|line| (line.file.clone(), line.document.clone())).collect();
        for line in &mut self.added {
            if let Some(row) = entries.get(&line.document) {
                line.replaces = versions.older(&row.entry);
                line.replaced_by = versions.newer(&row.entry);
                line.related = versions.linked(&row.entry);
            }
            for other in &mut line.same_identifier {
                if let Some(document) = documents.get(&other.document) {
                    other.document.clone_from(document);
                }
            }
        }
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
                let (document, title) = (line.document.as_str(), line.said.as_str());
                lines.push(harmless_line(&say!(
                    texts,
                    "added",
                    document = document,
                    title = title,
                    facts = facts
                )));
                lines.extend(line.about_others(texts).into_iter().map(|text| format!("    {text}")));
                lines.extend(
                    line.remarks
                        .iter()
                        .map(|remark| format!("    {}", say!(texts, &format!("remark-{remark}")))),
                );
            }
            for there in &self.there_already {
                let (file, document) = (there.file.as_str(), there.other.document.as_str());
                let title = there.other.said(texts);
                lines.push(harmless_line(&say!(
                    texts,
                    "there-already",
                    file = file,
                    document = document,
                    title = title
                )));
            }
            lines.extend(self.refused.iter().flat_map(|one| one.lines(texts)));
            lines.extend(left_out_lines(texts, &self.left_out));
            if self.dry_run {
                lines.push(say!(texts, "would-add", count = self.added.len()));
                return lines.join("\n");
            }
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

/// Whether an import takes single documents out of such a file.
fn is_packed(kind: Kind) -> bool {
    matches!(kind, Kind::Zip | Kind::Mail | Kind::Msg)
}

/// What was left out: the first ones by name, and how many more.
pub(super) fn left_out_lines(texts: &Texts, left_out: &[LeftOut]) -> Vec<String> {
    let line = |one: &LeftOut| harmless_line(&say!(texts, one.code, file = one.file.as_str()));
    let mut lines: Vec<String> = left_out.iter().take(MOST_NAMED).map(line).collect();
    let more = left_out.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        lines.push(say!(texts, "left-more", count = more));
    }
    lines
}

/// Of more files that are left out nobody wants to read the names.
const MOST_NAMED: usize = 20;

impl Line {
    /// What is said below it: how it stands to other documents, whom it names, what was guessed.
    fn about_others(&self, texts: &Texts) -> Vec<String> {
        let mut lines = Vec::new();
        if let (true, Some(kind)) = (self.guessed, &self.kind) {
            lines.push(say!(texts, "type-guessed", kind = kind.as_str()));
        }
        let named = |id: &str, other: &Other| {
            let (document, title) = (other.document.as_str(), other.said(texts));
            harmless_line(&say!(texts, id, document = document, title = title))
        };
        lines.extend(self.replaces.iter().map(|other| named("replaces", other)));
        lines.extend(self.replaced_by.iter().map(|other| named("replaced-by", other)));
        lines.extend(self.related.iter().map(|one| named(one.relation, &one.other)));
        let tied = !self.replaces.is_empty() || !self.replaced_by.is_empty();
        match self.same_identifier.as_slice() {
            [] => {}
            _ if tied => {}
            [other] if self.names_other.is_none() => {
                lines.push(named("same-identifier", other));
                let (document, file) = (other.document.as_str(), shown::shell_word(&self.file));
                lines.push(harmless_line(&say!(
                    texts,
                    "same-identifier-replace",
                    document = document,
                    file = file
                )));
            }
            many => lines.push(say!(texts, "same-identifier-many", count = many.len())),
        }
        lines.extend(self.names_other.as_ref().map(|other| other.line(texts)));
        lines
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
            Remark::HasAttachments if is_packed(looked.recognised.kind) => Some("packed"),
            Remark::NoText => Some("no-text"),
            Remark::LineUnread => Some("line-unread"),
            Remark::Cancelled => Some("cancelled"),
            Remark::FromFile => Some("from-file"),
            _ => None,
        })
        .collect();
    let known = show::labels(texts, description).into_iter().next();
    let guess = || description.guess.as_ref().and_then(|code| show::label(texts, code));
    Line {
        file,
        document: String::new(),
        title: description.title.clone(),
        said: Titled::of(description).said(texts),
        kind: known.or_else(guess),
        guessed,
        media_type: description.media_type.clone(),
        date: description.when().first().map(Moment::to_string),
        author: description.written_by.clone(),
        code: description.codes.first().or(description.guess.as_ref()).map(|code| code.code.clone()),
        bytes: looked.len,
        resumed: false,
        remarks: remarks.into_iter().collect(),
        same_identifier: Vec::new(),
        replaces: Vec::new(),
        replaced_by: Vec::new(),
        related: Vec::new(),
        names_other: None,
        versioned: description.related.is_some()
            || description
                .series
                .as_ref()
                .is_some_and(|series| series.version.is_some_and(|version| version > 1)),
    }
}
