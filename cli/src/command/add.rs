//! `carnet add`: documents into the own vault. What lies there already is not added again.

use std::path::PathBuf;

use carnet_core::authored::Code;
use carnet_health::doctype;

use super::adding::Adding;
use super::contents::Said;
use super::walk::Walked;
use super::{search, when};
use crate::Failure;
use crate::cli::Cli;
use crate::text::Language;

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
    /// Removes from images what they say without showing it: place, dates, camera, comments
    #[arg(long)]
    strip_metadata: bool,
    /// Adds files that are broken too, as they are
    #[arg(long)]
    as_is: bool,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
}

impl Add {
    /// Runs the command.
    ///
    /// # Errors
    /// What the files, the spool or the server say; `some-refused` where some files were. What was added before stays.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let code = self.kind.as_deref().map(|words| kind(words, cli.texts.language())).transpose()?;
        let said = Said {
            title: self.title,
            date: self.date.as_deref().map(when::parse_moment).transpose()?,
            author: self.author,
            code,
        };
        let walked = Walked::of(&self.files)?;
        let adding = Adding { said, strip_metadata: self.strip_metadata, as_is: self.as_is };
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        if self.dry_run {
            return adding.preview(cli, &client, &held, &walked)?.tell(cli);
        }
        let added = adding.run(cli, &mut client, &mut held, walked)?;
        let told = added.tell(cli);
        let count = client.unindexed(&held.vault.id())?;
        if count <= INDEXED_AT_ONCE {
            search::index(cli, &mut client, &held, true, count)?;
        }
        told
    }
}

/// The type that a person's words mean.
///
/// # Errors
/// `type-unknown`; `type-many` where the words do not decide.
pub(crate) fn kind(words: &str, language: Language) -> Result<(Code, u16), Failure> {
    let label = |kind: &doctype::DocumentType| match language {
        Language::Fr => format!("{} ({})", kind.fr, kind.code),
        Language::En => format!("{} ({})", kind.en, kind.code),
    };
    let found = doctype::best_by_words(words);
    match found.as_slice() {
        [] => Err(Failure::wrong("type-unknown").with("text", words)),
        [kind] => {
            Ok((Code { system: kind.system.to_owned(), code: kind.code.to_owned() }, kind.class.number()))
        }
        many => {
            let names: Vec<String> = many.iter().take(6).map(label).collect();
            Err(Failure::wrong("type-many").with("text", words).with("names", names.join("; ")))
        }
    }
}

/// Texts of more entries go into the index when somebody searches.
const INDEXED_AT_ONCE: usize = 100;
