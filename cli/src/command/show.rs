//! `carnet show`: a document on the terminal, with who signed it and when. What the holder added stands apart from the author's.

use carnet_core::authored::{Authorship, Code};
use carnet_core::wire::id::AccountId;
use carnet_health::doctype;
use carnet_health::view::{Block, Key, view_on};
use carnet_health::{Fact, Kind, Moment, Remark, recognise, searchable_text};
use serde::Serialize;

use super::person::{self, NamesOther};
use super::versions::{Linked, Other, Versions};
use super::{find, schedule, show_cda, when};
use crate::cli::Cli;
use crate::screen::{self, harmless, harmless_line};
use crate::table::table;
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

/// A block of the content, as programs read it.
#[derive(Serialize)]
#[serde(tag = "block", rename_all = "kebab-case")]
pub(super) enum Shown {
    Heading { level: u8, text: String },
    Paragraph { text: String },
    Table { caption: Option<String>, head: Vec<Vec<String>>, rows: Vec<Vec<String>> },
    List { ordered: bool, items: Vec<String> },
    Entry { name: String, facts: Vec<Said> },
    Fact { key: String, value: String },
}

/// A fact of an entry.
#[derive(Serialize)]
pub(super) struct Said {
    key: String,
    value: String,
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

fn block_lines(block: &Shown, width: usize, (bold, faint, end): (&str, &str, &str)) -> Vec<String> {
    let mut lines = Vec::new();
    match block {
        Shown::Heading { text, .. } => {
            lines.push(String::new());
            lines.extend(screen::wrap(text, width).into_iter().map(|line| format!("{bold}{line}{end}")));
        }
        Shown::Paragraph { text } => lines.extend(screen::wrap(text, width)),
        Shown::Table { caption, head, rows } => {
            lines.push(String::new());
            lines.extend(caption.iter().flat_map(|caption| screen::wrap(caption, width)));
            lines.extend(table(head, rows, width));
            lines.push(String::new());
        }
        Shown::List { ordered, items } => {
            for (index, item) in items.iter().enumerate() {
                let mark = if *ordered { format!("{}. ", index.saturating_add(1)) } else { "- ".to_owned() };
                let pad = mark.chars().count();
                for (at, line) in screen::wrap(item, width.saturating_sub(pad)).into_iter().enumerate() {
                    let begin = if at == 0 { mark.clone() } else { " ".repeat(pad) };
                    lines.push(format!("{begin}{line}"));
                }
            }
        }
        Shown::Entry { name, facts } => {
            let facts: Vec<String> =
                facts.iter().map(|said| format!("{}\u{a0}: {}", said.key, said.value)).collect();
            let said = facts.join("\u{a0}; ");
            let text = if said.is_empty() { name.clone() } else { format!("{name} — {said}") };
            for (at, line) in screen::wrap(&text, width.saturating_sub(2)).into_iter().enumerate() {
                lines.push(if at == 0 { format!("▸ {line}") } else { format!("  {line}") });
            }
        }
        // A remark says all by its name.
        Shown::Fact { key, value } if value.is_empty() => lines.extend(screen::wrap(key, width)),
        Shown::Fact { key, value } => {
            let mut wrapped = screen::wrap(&format!("{key}\u{a0}: {value}"), width).into_iter();
            if let Some(first) = wrapped.next() {
                let marked = first
                    .split_once("\u{a0}: ")
                    .map(|(key, value)| format!("{faint}{key}\u{a0}:{end} {value}"));
                lines.push(marked.unwrap_or(first).trim_end_matches(": ").to_owned());
            }
            lines.extend(wrapped);
        }
    }
    lines
}

/// The content as blocks, harmless; how many parts are missing; why it could not be read, as a code.
fn shown(texts: &Texts, bytes: &[u8], kind: Kind) -> (Vec<Shown>, u32, Option<&'static str>) {
    let (view, damage) = match view_on(when::minutes_here, texts, bytes, kind) {
        Ok(view) => (view, None),
        Err(damage) => {
            (carnet_health::view::View::default(), Some(carnet_core::wire::StableCode::code(&damage)))
        }
    };
    let mut blocks = schedule::headed(texts, view.blocks, |block| block_of(texts, block));
    let mut left_out = view.left_out;
    let text_kind = if damage.is_some() { Some(Kind::Text).filter(|_| is_text(bytes)) } else { Some(kind) };
    let inside = match text_kind {
        Some(Kind::Pdf) => searchable_text(bytes, Kind::Pdf),
        Some(Kind::Text) if damage.is_some() => searchable_text(bytes, Kind::Text),
        _ => String::new(),
    };
    let mut room = MOST_TEXT;
    for paragraph in inside.replace("\r\n", "\n").split("\n\n").filter(|text| !text.trim().is_empty()) {
        let len = paragraph.chars().count();
        if len > room {
            left_out = left_out.saturating_add(1);
            continue;
        }
        room = room.saturating_sub(len);
        blocks.push(Shown::Paragraph { text: harmless(paragraph).trim().to_owned() });
    }
    (blocks, left_out, damage)
}

fn is_text(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes.get(..bytes.len().min(4096)).unwrap_or_default())
        .is_ok_and(|text| !text.contains('\0'))
}

fn block_of(texts: &Texts, block: Block) -> Option<Shown> {
    let clean = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
        rows.into_iter().map(|row| row.iter().map(|cell| harmless(cell)).collect()).collect()
    };
    Some(match block {
        Block::Heading { level, text } => Shown::Heading { level, text: harmless_line(&text) },
        Block::Paragraph(text) => Shown::Paragraph { text: harmless(&text) },
        Block::Table { caption, head, rows } => Shown::Table {
            caption: caption.as_deref().map(harmless_line),
            head: clean(head),
            rows: clean(rows),
        },
        Block::List { ordered, items } => {
            Shown::List { ordered, items: items.iter().map(|item| harmless(item)).collect() }
        }
        // The kind is said above, with the signature.
        Block::KeyValue { key: Key::Kind, .. } => return None,
        Block::KeyValue { key, value } => {
            let value = schedule::value(texts, &key).unwrap_or(value);
            Shown::Fact { key: name_of(texts, &key), value: show_cda::value(texts, &key, &value) }
        }
        Block::Entry { name, facts } => {
            let said = |(key, value): (Key, String)| Said {
                key: name_of(texts, &key),
                value: show_cda::value(texts, &key, &value),
            };
            Shown::Entry { name: harmless_line(&name), facts: facts.into_iter().map(said).collect() }
        }
    })
}

/// A fact's name in the language.
fn name_of(texts: &Texts, key: &Key) -> String {
    let id = match key {
        Key::Own(words) => return harmless_line(words),
        Key::Cda(label) => return show_cda::name(texts, *label),
        Key::Kind => "key-kind",
        Key::Date => "key-date",
        Key::Author => "key-author",
        Key::Organisation => "key-organisation",
        Key::Patient => "key-patient",
        Key::Start => "key-start",
        Key::End => "key-end",
        Key::Location => "key-location",
        Key::Recipient => "key-recipient",
        Key::Duration(_) => "key-duration",
        Key::Due => "key-due",
        Key::Completed => "key-completed",
        Key::Repeats(_) => "key-repeats",
        Key::Also => "key-also",
        Key::Except => "key-except",
        Key::InsteadOf => "key-instead",
        Key::Attendees => "key-attendees",
        Key::Alarm(_) => "key-alarm",
        Key::Status => "key-status",
        Key::Value => "key-value",
        Key::KnownAbsent => "key-known-absent",
        Key::Inside => "key-inside",
        Key::Fact(fact) => fact_name(*fact),
        Key::Remark(remark) => remark_name(*remark),
    };
    say!(texts, id)
}

fn fact_name(fact: Fact) -> &'static str {
    match fact {
        Fact::Modality => "fact-modality",
        Fact::BodyPart => "fact-body-part",
        Fact::StudyUid => "fact-study",
        Fact::InstanceUid => "fact-instance",
        Fact::SeriesDescription => "fact-series",
        Fact::ResourceType => "fact-resource",
        Fact::BundleType => "fact-bundle",
        Fact::Count => "fact-count",
        Fact::Pages => "fact-pages",
        Fact::Camera => "fact-camera",
        Fact::Size => "fact-size",
        Fact::BodyType => "fact-body",
    }
}

fn remark_name(remark: Remark) -> &'static str {
    match remark {
        Remark::Encrypted => "remark-encrypted",
        Remark::Damaged => "remark-damaged",
        Remark::Truncated => "remark-truncated",
        Remark::BeginningOnly => "remark-beginning",
        Remark::LevelOneBody => "remark-level-one",
        Remark::LevelThreeBody => "remark-level-three",
        Remark::HasGps => "remark-gps",
        Remark::HasCamera => "remark-camera",
        Remark::NoTitle => "remark-no-title",
        Remark::HasScript => "remark-script",
        Remark::HasAttachments => "remark-attachments",
        Remark::Empty => "remark-empty",
        Remark::NameSaysOtherwise => "remark-name",
        Remark::NoText => "remark-no-text",
        Remark::LineUnread => "remark-line-unread",
        Remark::Cancelled => "remark-cancelled",
        Remark::FromFile => "remark-from-file",
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
/// Most characters of a PDF's text.
const MOST_TEXT: usize = 200_000;
/// Columns of the names of facts above a document.
const LABEL: usize = 14;
