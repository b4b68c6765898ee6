//! `carnet show`: a document on the terminal, with who signed it and when. What the holder added stands apart from the author's.

use carnet_core::authored::{Authorship, Code};
use carnet_core::wire::id::AccountId;
use carnet_health::doctype;
use carnet_health::{Kind, Moment, recognise};
use serde::Serialize;

use super::person::{self, NamesOther};
use super::show_content::{Shown, block_lines, shown};
use super::versions::{Linked, Other, Versions};
use super::{find, when};
use crate::cli::Cli;
use crate::screen::{self, harmless, harmless_line};
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
struct Shape {
    document: String,
    entry: String,
    version: u64,
    title: String,
    date: Option<String>,
    written_by: Option<String>,
    types: Vec<String>,
    media_type: String,
    bytes: u64,
    signed: Signed,
    holder: Holder,
    waiting: bool,
    /// Whether nobody has said its type, and the one shown is a guess.
    guessed: bool,
    /// What it says it replaces, of what is there.
    replaces: Vec<Other>,
    /// What is there and says that it replaces it.
    replaced_by: Vec<Other>,
    /// What it adds to, what adds to it, and other forms of it.
    related: Vec<Linked>,
    /// Whom it names, where that does not seem to be the vault's holder.
    names_other: Option<NamesOther>,
    content: Vec<Shown>,
    /// How many parts of the document are not in `content`.
    left_out: u32,
    damage: Option<&'static str>,
    /// Whether files inside can be written out.
    #[serde(skip)]
    is_cda: bool,
}

#[derive(Serialize)]
struct Signed {
    by: String,
    account: String,
    deposited_by: String,
    accepted: Option<String>,
    copy: bool,
    keys_replaced: bool,
}

#[derive(Serialize)]
struct Holder {
    name: Option<String>,
    labels: Vec<String>,
    note: Option<String>,
}

impl Show {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; what the content says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, _) = super::fresh_vault(cli, &mut client, self.offline)?;
        let rows = client.catalogue(&vault)?;
        let row = find::document(&rows, &self.document)?;
        let versions = Versions::of(&rows);
        let holder = person::holder(&client.profile.name, &rows);
        let held = client.own_vault()?;
        let opened = client.reopen(&held, &row.entry)?;
        let kind = Kind::from_media_type(&row.media_type).unwrap_or(Kind::Other);
        let mut patient = opened.description().about.as_ref().map(person::patient);
        let (content, left_out, damage) = match client.content(&opened, &vault, None, MOST_SHOWN) {
            Ok(bytes) => {
                // Older descriptions do not say whom the document names: the document does.
                patient = patient.or_else(|| recognise(&bytes, None).patient);
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
            document: find::short(&row),
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
            names_other: patient.and_then(|patient| NamesOther::of(&holder, &patient)),
            content,
            left_out,
            damage,
            is_cda: Kind::from_media_type(&row.media_type) == Some(Kind::Cda),
        };
        let colours = cli.terminal.has_colours();
        let first = description.when().first().copied();
        let days = first.map(|date| when::shown_minute(date, cli.texts.language()));
        let accepted = row.accepted.map(|time| when::minute(time, cli.texts.language()));
        cli.answer(&shape, |texts| page(texts, &shape, days, accepted, colours))
    }
}

fn page(
    texts: &Texts,
    shape: &Shape,
    day: Option<String>,
    accepted: Option<String>,
    colours: bool,
) -> String {
    let width = screen::width();
    let (bold, faint, end) = if colours { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
    let mut lines: Vec<String> = Vec::new();
    let mut say_line = |name: &str, value: &str| {
        let name = say!(texts, name);
        let room = width.saturating_sub(LABEL.saturating_add(1));
        for (index, line) in screen::wrap(value, room).into_iter().enumerate() {
            let name = if index == 0 { name.as_str() } else { "" };
            let pad = " ".repeat(LABEL.saturating_sub(name.chars().count()));
            lines.push(format!("{faint}{name}{end}{pad} {line}"));
        }
    };
    let signed = &shape.signed;
    if !shape.types.is_empty() {
        let types = shape.types.join(", ");
        let guess = || say!(texts, "show-type-guessed", kind = types.as_str());
        say_line("show-type", &if shape.guessed { guess() } else { types.clone() });
    }
    if let Some(day) = &day {
        say_line("show-date", day);
    }
    if let Some(author) = &shape.written_by {
        say_line("show-written", author);
    }
    say_line(
        "show-signed",
        &match (signed.copy, signed.keys_replaced) {
            (true, _) => say!(texts, "show-signed-copy", name = signed.by.as_str()),
            (false, true) => say!(texts, "show-signed-old", name = signed.by.as_str()),
            (false, false) => say!(texts, "show-signed-by", name = signed.by.as_str()),
        },
    );
    if signed.deposited_by != signed.by {
        say_line("show-deposited", &signed.deposited_by);
    }
    match &accepted {
        Some(time) => say_line("show-accepted", &say!(texts, "show-receipt", time = time.as_str())),
        None => say_line("show-accepted", &say!(texts, "show-no-receipt")),
    }
    let size = say!(texts, "show-bytes", kind = shape.media_type.as_str(), bytes = shape.bytes);
    say_line("show-file", &size);
    let mut own = Vec::new();
    own.extend(shape.holder.name.clone());
    if !shape.holder.labels.is_empty() {
        own.push(shape.holder.labels.join(", "));
    }
    own.extend(shape.holder.note.clone());
    if !own.is_empty() {
        say_line("show-yours", &own.join("\n"));
    }
    let mut all: Vec<String> =
        screen::wrap(&shape.title, width).into_iter().map(|line| format!("{bold}{line}{end}")).collect();
    if shape.waiting {
        all.extend(screen::wrap(&say!(texts, "show-waiting"), width));
    }
    let replaced = shape.replaced_by.iter().map(|other| ("replaced-by", other));
    let replaces = shape.replaces.iter().map(|other| ("replaces", other));
    let related = shape.related.iter().map(|one| (one.relation, &one.other));
    for (id, other) in replaced.chain(replaces).chain(related) {
        let (document, title) = (other.document.as_str(), other.title.as_str());
        all.extend(screen::wrap(&harmless_line(&say!(texts, id, document = document, title = title)), width));
    }
    if let Some(other) = &shape.names_other {
        all.extend(screen::wrap(&other.line(texts), width));
    }
    all.append(&mut lines);
    all.push("─".repeat(width));
    for block in &shape.content {
        all.extend(block_lines(block, width, (bold, faint, end)));
    }
    if let Some(damage) = shape.damage {
        all.extend(screen::wrap(&say!(texts, &format!("error-{damage}")), width));
    }
    if shape.left_out > 0 {
        all.extend(screen::wrap(&say!(texts, "show-left-out", count = shape.left_out), width));
    }
    if shape.content.is_empty() || shape.left_out > 0 {
        all.extend(screen::wrap(&say!(texts, "show-more", document = shape.document.as_str()), width));
        let inside = say!(texts, "key-inside");
        let holds = |block: &Shown| matches!(block, Shown::Fact { key, .. } if *key == inside);
        if shape.is_cda && shape.content.iter().any(holds) {
            all.extend(screen::wrap(&say!(texts, "show-inside", document = shape.document.as_str()), width));
        }
    }
    all.join("\n")
}

/// What types a description's codes mean, in the language; of codes that Carnet does not know what the file itself calls them, and
/// where nobody has said a type the one that was guessed.
pub(crate) fn labels(texts: &Texts, description: &carnet_core::authored::Description) -> Vec<String> {
    let known: Vec<String> = description.codes.iter().filter_map(|code| label(texts, code)).collect();
    match (&description.display, &description.guess) {
        _ if !known.is_empty() => known,
        (Some(display), _) => vec![harmless_line(display)],
        (None, Some(guess)) => label(texts, guess).into_iter().collect(),
        (None, None) => known,
    }
}

/// What type a code means, in the language.
pub(crate) fn label(texts: &Texts, code: &Code) -> Option<String> {
    let known = doctype::by_code(&code.system, &code.code)?;
    Some(if texts.language() == crate::text::Language::Fr { known.fr } else { known.en }.to_owned())
}

/// Most bytes of a content that is shown.
const MOST_SHOWN: u64 = 64 * 1024 * 1024;
/// Columns of the names of facts above a document.
const LABEL: usize = 14;
