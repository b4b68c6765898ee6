//! The content of a document as blocks: in words for a terminal, in names for programs.

use carnet_health::view::{Block, Key, view_on};
use carnet_health::{Fact, Kind, Remark, searchable_text};
use serde::Serialize;

use super::{schedule, show_cda, when};
use crate::say;
use crate::screen::{self, harmless, harmless_line};
use crate::table::table;
use crate::text::Texts;

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

pub(super) fn block_lines(
    block: &Shown,
    width: usize,
    (bold, faint, end): (&str, &str, &str),
) -> Vec<String> {
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
pub(super) fn shown(texts: &Texts, bytes: &[u8], kind: Kind) -> (Vec<Shown>, u32, Option<&'static str>) {
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
        Key::Elsewhere => "key-elsewhere",
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

/// Most characters of a PDF's text.
const MOST_TEXT: usize = 200_000;
