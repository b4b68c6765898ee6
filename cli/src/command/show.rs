//! `carnet show`: a document on the terminal, with who sealed and deposited it and when. What the holder added stands apart from the
//! author's.

use carnet_core::authored::{Authorship, Code};
use carnet_core::open::Opened;
use carnet_core::wire::id::AccountId;
use carnet_health::doctype;
use carnet_health::same_person::Person;
use carnet_health::{Kind, Moment, has_files, recognise};
use serde::Serialize;

use super::person::{self, NamesOther};
use super::show_content::{Shown, shown};
use super::show_page::{self, Spoken};
use super::title::Titled;
use super::versions::{Linked, Other, Versions};
use super::{find, list, when};
use crate::cli::Cli;
use crate::client::Client;
use crate::local::CatalogueRow;
use crate::screen::{harmless, harmless_line};
use crate::text::Texts;
use crate::{Failure, say};

/// Shows a document.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// The document: its short name, its id, or words of its title
    document: String,
    /// Does not ask the server
    #[arg(long)]
    offline: bool,
}

#[derive(Serialize)]
pub(super) struct Shape {
    pub(super) document: String,
    pub(super) entry: String,
    pub(super) version: u64,
    pub(super) title: String,
    pub(super) date: Option<String>,
    pub(super) written_by: Option<String>,
    pub(super) types: Vec<String>,
    pub(super) media_type: String,
    pub(super) bytes: u64,
    pub(super) signed: Signed,
    pub(super) holder: Holder,
    pub(super) waiting: bool,
    /// Whether nobody has said its type, and the one shown is a guess.
    pub(super) guessed: bool,
    /// What it says it replaces, of what is there.
    pub(super) replaces: Vec<Other>,
    /// What is there and says that it replaces it.
    pub(super) replaced_by: Vec<Other>,
    /// What it adds to, what adds to it, and other forms of it.
    pub(super) related: Vec<Linked>,
    /// Whom it names, where that does not seem to be the vault's holder.
    pub(super) names_other: Option<NamesOther>,
    pub(super) content: Vec<Shown>,
    /// How many parts of the document are not in `content`.
    pub(super) left_out: u32,
    pub(super) damage: Option<&'static str>,
    /// Whether files inside can be written out.
    #[serde(skip)]
    pub(super) is_taken_apart: bool,
}

#[derive(Serialize)]
pub(super) struct Signed {
    pub(super) by: String,
    pub(super) account: String,
    pub(super) deposited_by: String,
    pub(super) accepted: Option<String>,
    pub(super) copy: bool,
    pub(super) keys_replaced: bool,
}

#[derive(Serialize)]
pub(super) struct Holder {
    pub(super) name: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) note: Option<String>,
}

/// A document that was opened to be shown.
pub(super) struct Opening<'a> {
    /// Its row, and those of what lies beside it.
    pub(super) row: &'a CatalogueRow,
    pub(super) rows: &'a [CatalogueRow],
    pub(super) opened: &'a Opened,
    /// Its content, or why there is none.
    pub(super) content: Result<Vec<u8>, Failure>,
    /// Whose vault it lies in.
    pub(super) holder: &'a Person,
    /// By what name a professional has called the patient; nothing for the own vault.
    pub(super) patient: Option<&'a str>,
}

impl Show {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; what the content says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, fresh) = super::fresh_vault(cli, &mut client, self.offline)?;
        let rows = client.catalogue(&vault)?;
        let row = find::document(&rows, &self.document)?;
        if fresh {
            client.look_up_depositors(core::slice::from_ref(&row));
        }
        let holder = person::holder(&client.profile.name, &rows);
        let held = client.own_vault()?;
        let opened = client.reopen(&held, &row.entry)?;
        let content = client.content(&opened, &vault, None, MOST_SHOWN);
        let opening =
            Opening { row: &row, rows: &rows, opened: &opened, content, holder: &holder, patient: None };
        opening.tell(cli, &client)
    }
}

impl Opening<'_> {
    /// Shows the document: what is known of it, then its content as typed blocks.
    ///
    /// # Errors
    /// Why there is no content, unless it is only too long for a screen; `write`.
    pub(super) fn tell(self, cli: &mut Cli<'_>, client: &Client) -> Result<(), Failure> {
        let Self { row, rows, opened, content, holder, patient } = self;
        let versions = Versions::of(rows);
        let kind = Kind::from_media_type(&row.media_type).unwrap_or(Kind::Other);
        let mut about = opened.description().about.as_ref().map(person::patient);
        let (content, left_out, damage) = match content {
            Ok(bytes) => {
                // Older descriptions do not say whom the document names: the document does.
                about = about.or_else(|| recognise(&bytes, None).patient);
                shown(&cli.texts, &bytes, kind)
            }
            Err(failure) if failure.code() == Some("content-large") => (Vec::new(), 1, None),
            Err(failure) => return Err(failure),
        };
        let author = AccountId::from_bytes(*row.author.as_bytes());
        let depositor = AccountId::from_bytes(*row.depositor.as_bytes());
        let signed = Signed {
            by: client.name_of(&author),
            account: author.to_string(),
            deposited_by: client.name_of(&depositor),
            accepted: row.accepted.and_then(|time| i64::try_from(time).ok()).map(when::iso),
            copy: opened.authorship() != Authorship::Original,
            keys_replaced: opened.are_author_keys_replaced(),
        };
        let description = opened.description();
        let shape = Shape {
            document: find::short(row),
            entry: row.entry.to_string(),
            version: row.version,
            title: harmless_line(&description.title),
            date: description.when().first().map(Moment::to_string),
            written_by: description.written_by.as_deref().map(harmless_line),
            types: labels(&cli.texts, description),
            media_type: harmless_line(&row.media_type),
            bytes: row.len,
            signed,
            holder: Holder {
                name: row.name.as_deref().map(harmless_line),
                labels: row.labels.iter().map(|label| harmless_line(label)).collect(),
                note: row.note.as_deref().map(harmless),
            },
            waiting: row.waiting,
            guessed: description.guess.is_some(),
            replaces: versions.older(&row.entry),
            replaced_by: versions.newer(&row.entry),
            related: versions.linked(&row.entry),
            names_other: about.and_then(|about| NamesOther::of(holder, &about)),
            content,
            left_out,
            damage,
            is_taken_apart: has_files(kind),
        };
        let (texts, language) = (&cli.texts, cli.texts.language());
        let spoken = Spoken {
            title: Titled::of(description).said(texts),
            day: description.when().first().map(|date| when::shown_minute(*date, language)),
            accepted: row.accepted.map(|time| when::minute(time, language)),
            sealed_by: list::who(texts, client, &author),
            deposited_by: Some(list::who(texts, client, &depositor)).filter(|_| author != depositor),
            patient: patient.map(str::to_owned),
            colours: cli.terminal.has_colours(),
        };
        cli.answer(&shape, |texts| show_page::page(texts, &shape, &spoken))
    }
}

/// What types a description's codes mean, in the language; of codes that Carnet does not know what the file itself calls them, and
/// where nobody has said a type the one that was guessed.
pub(crate) fn labels(texts: &Texts, description: &carnet_core::authored::Description) -> Vec<String> {
    let known: Vec<String> = description.codes.iter().filter_map(|code| label(texts, code)).collect();
    match (&description.display, &description.guess) {
        _ if !known.is_empty() => known,
        (Some(display), _) => vec![harmless_line(display)],
        (None, Some(guess)) => label(texts, guess).into_iter().collect(),
        // No code of the list is that of a picture of an examination.
        (None, None) if Kind::from_media_type(&description.media_type) == Some(Kind::Dicom) => {
            vec![say!(texts, "show-type-dicom")]
        }
        (None, None) => known,
    }
}

/// What type a code means, in the language.
pub(crate) fn label(texts: &Texts, code: &Code) -> Option<String> {
    let known = doctype::by_code(&code.system, &code.code)?;
    Some(if texts.language() == crate::text::Language::Fr { known.fr } else { known.en }.to_owned())
}

/// Most bytes of a content that is shown.
pub(super) const MOST_SHOWN: u64 = 64 * 1024 * 1024;
