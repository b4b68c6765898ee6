//! The page of a document on a terminal: what is known of it, its content, and how the whole of it is had.

use super::show::Shape;
use super::show_content::{Shown, block_lines};
use crate::say;
use crate::screen::{self, harmless_line};
use crate::text::Texts;

/// What of a document is said in the words of a language, beside what a program reads.
pub(super) struct Spoken {
    pub(super) title: String,
    /// When what it tells of happened.
    pub(super) day: Option<String>,
    /// When the server accepted it.
    pub(super) accepted: Option<String>,
    pub(super) sealed_by: String,
    /// Who deposited it, where that is somebody else.
    pub(super) deposited_by: Option<String>,
    /// By what name a professional has called the patient.
    pub(super) patient: Option<String>,
    pub(super) colours: bool,
}

/// A document as its page says it.
pub(super) fn page(texts: &Texts, shape: &Shape, spoken: &Spoken) -> String {
    let Spoken { title, day, accepted, sealed_by, deposited_by, patient, colours } = spoken;
    let width = screen::width();
    let (bold, faint, end) = if *colours { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
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
    if let Some(day) = day {
        say_line("show-date", day);
    }
    if let Some(author) = &shape.written_by {
        say_line("show-written", author);
    }
    let by = sealed_by.as_str();
    let sealed = match (signed.copy, signed.keys_replaced) {
        (true, _) => say!(texts, "show-sealed-copy", name = by),
        (false, true) => say!(texts, "show-sealed-old", name = by),
        (false, false) if deposited_by.is_none() => say!(texts, "show-sealed-deposited", name = by),
        (false, false) => say!(texts, "show-sealed-by", name = by),
    };
    say_line("show-sealed", &sealed);
    if let Some(depositor) = deposited_by {
        say_line("show-deposited", depositor);
    }
    match accepted {
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
        screen::wrap(title, width).into_iter().map(|line| format!("{bold}{line}{end}")).collect();
    if shape.waiting {
        all.extend(screen::wrap(&say!(texts, "show-waiting"), width));
    }
    let replaced = shape.replaced_by.iter().map(|other| ("replaced-by", other));
    let replaces = shape.replaces.iter().map(|other| ("replaces", other));
    let related = shape.related.iter().map(|one| (one.relation, &one.other));
    for (id, other) in replaced.chain(replaces).chain(related) {
        let (document, title) = (other.document.as_str(), other.said(texts));
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
    all.extend(ways(texts, shape, patient.as_deref()).iter().flat_map(|line| screen::wrap(line, width)));
    all.join("\n")
}

/// How the whole of it, and the files inside, are had.
fn ways(texts: &Texts, shape: &Shape, patient: Option<&str>) -> Vec<String> {
    let document = shape.document.as_str();
    let command = match patient {
        Some(patient) => {
            let named = if patient.contains(char::is_whitespace) {
                format!("\"{patient}\"")
            } else {
                patient.to_owned()
            };
            format!("carnet open {named} {document}")
        }
        None => format!("carnet get {document}"),
    };
    let mut lines = Vec::new();
    if shape.content.is_empty() || shape.left_out > 0 {
        lines.push(say!(texts, "show-more", command = command.as_str()));
    }
    let inside = say!(texts, "key-inside");
    let holds = |block: &Shown| matches!(block, Shown::Fact { key, .. } if *key == inside);
    if shape.is_taken_apart && shape.content.iter().any(holds) {
        lines.push(say!(texts, "show-inside", command = command.as_str()));
    }
    lines
}

/// Columns of the names of facts above a document.
const LABEL: usize = 14;
