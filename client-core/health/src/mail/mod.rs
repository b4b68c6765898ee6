//! E-mail: what it says, and the files that came with it. Messages of the internet (RFC 5322) by `mail-parser`, Outlook's by `msg`.

mod msg;

use mail_parser::{Address, MessageParser, MimeHeaders as _};

use crate::date;
use crate::kind::Kind;
use crate::recognised::{Author, Moment, Recognised, Remark, field};
use crate::view::{Key, Sheet, moment};

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, as the sender gave it; `None` where it has none.
    pub name: Option<String>,
    /// Its bytes. A text is in UTF-8, whatever it was sent in.
    pub bytes: Vec<u8>,
}

/// What a message says.
#[derive(Debug, Default)]
struct Letter {
    subject: Option<String>,
    from: Option<String>,
    to: Option<String>,
    date: Option<Moment>,
    body: String,
    attachments: Vec<Attachment>,
}

/// The files that came with a message, at most [`MAX_ATTACHMENTS`]; empty for what is no message.
#[must_use]
pub fn attachments(bytes: &[u8], kind: Kind) -> Vec<Attachment> {
    read(bytes, kind).attachments
}

/// Whether a text begins as a message does: with lines of a head, two of which every message has.
pub(crate) fn begins(text: &str) -> bool {
    let (mut known, mut other) = (0, 0);
    for line in text.lines().take(200) {
        if line.trim().is_empty() {
            break;
        }
        // A line that goes on, and the line that a mailbox puts before each message.
        if line.starts_with([' ', '\t']) || line.starts_with("From ") {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        {
            return false;
        }
        let is_known = HEAD.iter().any(|known| known.eq_ignore_ascii_case(name));
        known += usize::from(is_known);
        other += usize::from(!is_known);
    }
    known >= 3 || (known == 2 && other == 0 && text.contains("\n\n"))
}

/// Says who wrote a message, when and about what.
pub(crate) fn recognise(bytes: &[u8], kind: Kind) -> Recognised {
    let mut found = Recognised::new(kind);
    let letter = read(bytes, kind);
    found.title = letter.subject;
    found.date = letter.date;
    found.author = letter.from.map(|name| Author { name: Some(name), ..Author::default() });
    if !letter.attachments.is_empty() {
        found.remark(Remark::HasAttachments);
    }
    if found.title.is_none() {
        found.remark(Remark::NoTitle);
    }
    found
}

/// Shows a message, and which files came with it.
pub(crate) fn show(bytes: &[u8], kind: Kind, sheet: &mut Sheet) {
    let letter = read(bytes, kind);
    sheet.heading(1, letter.subject.as_deref().unwrap_or("-"));
    sheet.key(Key::Author, letter.from);
    sheet.key(Key::Recipient, letter.to);
    sheet.key(Key::Date, letter.date.map(moment));
    sheet.paragraphs(&letter.body);
    for attachment in &letter.attachments {
        sheet.left_out(1);
        let kind = Kind::sniff(&attachment.bytes, attachment.name.as_deref());
        sheet.key(Key::Inside, Some(attachment.name.clone().unwrap_or_else(|| kind.media_type().to_owned())));
    }
}

fn read(bytes: &[u8], kind: Kind) -> Letter {
    if kind == Kind::Msg {
        return msg::read(bytes).unwrap_or_default();
    }
    // A message out of a mailbox has the mailbox's line before it.
    let bytes = if bytes.starts_with(b"From ") {
        let end = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.get(end..).unwrap_or(bytes)
    } else {
        bytes
    };
    let Some(message) = MessageParser::default().parse(bytes) else { return Letter::default() };
    let mut letter = Letter {
        subject: message.subject().and_then(field),
        from: message.from().and_then(|address| people(address)),
        to: message.to().and_then(|address| people(address)),
        date: message.date().and_then(|date| date::fhir(&date.to_rfc3339())),
        ..Letter::default()
    };
    for at in 0..message.text_body_count().min(MAX_ATTACHMENTS) {
        if let Some(text) = message.body_text(at) {
            letter.body.push_str(&text);
            letter.body.push_str("\n\n");
        }
    }
    for part in message.attachments().take(MAX_ATTACHMENTS) {
        let name = part.attachment_name().and_then(field);
        letter.attachments.push(Attachment { name, bytes: part.contents().to_vec() });
    }
    letter
}

/// Names, or addresses where there are none.
fn people(address: &Address<'_>) -> Option<String> {
    let named = address.iter().take(MAX_PEOPLE).filter_map(|one| one.name().or_else(|| one.address()));
    field(&named.collect::<Vec<_>>().join(", "))
}

/// Lines of a message's head.
const HEAD: [&str; 12] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Received",
    "MIME-Version",
    "Message-ID",
    "Return-Path",
    "Delivered-To",
    "Content-Type",
    "Reply-To",
    "Cc",
];

/// Most files of a message that are read.
pub(crate) const MAX_ATTACHMENTS: usize = 500;

const MAX_PEOPLE: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_is_told_from_a_text_with_colons() {
        assert!(begins("From: a@b\nTo: c@d\nSubject: x\n y\n\nBonjour"));
        assert!(begins("From a@b Mon\nReceived: by x\nFrom: a@b\nDate: x\n\nBonjour"));
        assert!(!begins("Date: 3 mai\nObjet : bilan\n\nBonjour"));
        assert!(!begins("From: Paris\nil est parti"));
        assert!(!begins(""));
    }
}
