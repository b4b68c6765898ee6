//! `carnet edit`: what a document says of itself, changed without its file. A title is the holder's own name for it, and changes alone. Its
//! type, its date and its author stand under the author's signature: they change in a new version of the same content, which only
//! whoever wrote the document can sign.

use carnet_core::authored::Description;
use carnet_core::description::MAX_TEXT;
use carnet_core::plain_text::plain_line;
use carnet_core::wire::id::AccountId;
use serde::Serialize;

use super::{find, kinds, way_back, when};
use crate::cli::Cli;
use crate::client::Carrying;
use crate::{Failure, say, shown};

/// Changes the title, the type, the date or the author of a document, without its file.
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// The document: its short name, its id, or words of its title
    document: String,
    /// Its title
    #[arg(long, required_unless_present_any = ["kind", "date", "author"])]
    title: Option<String>,
    /// What type of document it is, in words or as a LOINC code
    #[arg(long = "type", value_name = "WORDS")]
    kind: Option<String>,
    /// When what it tells of happened
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// Who wrote it
    #[arg(long)]
    author: Option<String>,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Shape {
    document: String,
    title: String,
    version: u64,
    /// What changed: `title`, `type`, `date`, `author`.
    changed: Vec<&'static str>,
    dry_run: bool,
}

impl Edit {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; `kind-unknown`, `date`; `edit-not-yours` where somebody else has signed what would change; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let date = self.date.as_deref().map(when::parse_moment).transpose()?;
        let kind = self.kind.as_deref().map(kinds::code).transpose()?;
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let row = find::document(&client.catalogue(&held.vault.id())?, &self.document)?;
        if row.waiting {
            return Err(Failure::coded("reseal-waiting"));
        }
        let opened = client.reopen(&held, &row.entry)?;
        let author = AccountId::from_bytes(*opened.authored().body().author.as_bytes());
        let anew = kind.is_some() || date.is_some() || self.author.is_some();
        if anew && author != client.account.id() {
            return Err(Failure::wrong("edit-not-yours").with("name", client.name_of(&author)));
        }
        let changed = [
            (self.title.is_some(), "title"),
            (kind.is_some(), "type"),
            (date.is_some(), "date"),
            (self.author.is_some(), "author"),
        ];
        let changed = changed.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
        let given = self.title.as_deref().map(|title| plain_line(title, MAX_TEXT));
        // A title is read by more people than the document.
        if given.as_deref().is_some_and(way_back::holds) {
            return Err(Failure::wrong("file-way-back").with("path", "--title"));
        }
        let title = given.clone().unwrap_or_else(|| row.shown_title().to_owned());
        let version = row.version.saturating_add(u64::from(anew));
        let shape = Shape { document: find::short(&row), title, version, changed, dry_run: self.dry_run };
        if !self.dry_run {
            let mut holder = opened.holder().clone();
            if given.is_some() {
                holder.name = given;
            }
            if anew {
                let before = &opened.authored().body().description;
                let mut description = Description { title: shape.title.clone(), ..before.clone() };
                let mut class = row.class;
                if let Some((code, of_code)) = kind {
                    (description.codes, class) = (vec![code], of_code);
                    // The person has said it: nothing is guessed any more.
                    description.guess = None;
                }
                if let Some(date) = date {
                    description.set_moments([date]);
                }
                if self.author.is_some() {
                    description.written_by = self.author.as_deref().map(|name| plain_line(name, MAX_TEXT));
                }
                // The author's own title says it now: there is no other name for it.
                holder.name = None;
                let live = client.live_grants(&mut held)?;
                client.rewrite(&mut held, &opened, description, holder, class)?;
                Carrying::new(&live).carry(&mut client, &mut held, &[row.entry])?;
            } else {
                client.redescribe(&mut held, &opened, holder)?;
            }
            client.sync()?;
            client.sweep_spool()?;
        }
        cli.answer(&shape, |texts| {
            let id = if shape.dry_run { "would-edit" } else { "edited" };
            say!(texts, id, document = shape.document.as_str(), title = shown::name(&shape.title))
        })
    }
}
