//! PDF: its facts and its text, by `lopdf`.
//!
//! What is inflated, nested and read is bounded. A panic of the library is caught where panics unwind; in WASM, where they abort, it would
//! end the worker, so a caller there reads untrusted PDFs in a worker of their own.

mod cmap;
mod field;
mod font;
mod matrix;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Dictionary, Document, LoadOptions, Object};

use crate::date;
use crate::kind::Kind;
use crate::placeholder::is_placeholder;
use crate::recognised::{Author, Damage, Fact, Recognised, Remark, field as line};

/// Reads the information dictionary.
pub(crate) fn recognise(bytes: &[u8]) -> Recognised {
    let mut found = Recognised::new(Kind::Pdf);
    let tail = bytes.get(bytes.len().saturating_sub(2048)..).unwrap_or(bytes);
    if !tail.windows(5).any(|window| window == b"%%EOF") {
        found.remark(Remark::Truncated);
    }
    let read = guarded(|| {
        let document = load(bytes)?;
        let mut read = Recognised::new(Kind::Pdf);
        facts(&document, &mut read);
        Some(read)
    });
    match read {
        Some(read) => {
            let truncated = found.remarks;
            found = read;
            found.remarks.extend(truncated);
        }
        // A password that we do not have stops the reading, and is no damage.
        None if encrypted(bytes) => found.remark(Remark::Encrypted),
        None => found.damaged(Damage::Pdf),
    }
    if found.title.is_none() {
        found.remark(Remark::NoTitle);
    }
    found
}

/// The text of its pages in order, at most `limit` bytes and [`MAX_PAGES`] pages, with what its fields and notes say; none where it is
/// encrypted or broken.
pub(crate) fn text(bytes: &[u8], limit: usize) -> String {
    let text = guarded(|| {
        let document = load(bytes)?;
        (!locked(&document)).then(|| text::of(&document, limit))
    });
    text.unwrap_or_default()
}

fn load(bytes: &[u8]) -> Option<Document> {
    let options = LoadOptions { max_decompressed_size: Some(STREAM_LIMIT), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).ok()?;
    (!document.objects.is_empty()).then_some(document)
}

fn facts(document: &Document, found: &mut Recognised) {
    if locked(document) {
        found.remark(Remark::Encrypted);
    }
    if let Some(info) = information(document) {
        let said = |key: &[u8]| {
            let object = info.get(key).ok()?;
            let (_, object) = document.dereference(object).ok()?;
            line(&lopdf::decode_text_string(object).ok()?)
        };
        if !locked(document) {
            found.title = said(b"Title").filter(|title| !is_placeholder(title));
            let name = said(b"Author").filter(|name| !is_placeholder(name));
            found.author = name.map(|name| Author { name: Some(name), ..Author::default() });
            found.date = said(b"CreationDate").and_then(|text| date::pdf(&text));
            if found.date.is_some() || found.author.is_some() {
                found.remark(Remark::FromFile);
            }
        }
    }
    let pages = document.page_iter().take(MAX_COUNTED).count();
    if pages == 0 && !locked(document) {
        found.damaged(Damage::Pdf);
    }
    if pages > 0 && !locked(document) && !text::has_any(document) {
        found.remark(Remark::NoText);
    }
    found.say(Fact::Pages, (pages > 0).then(|| pages.to_string()));
    for object in document.objects.values() {
        let dictionary = match object {
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &stream.dict,
            _ => continue,
        };
        if is_script(dictionary) {
            found.remark(Remark::HasScript);
        }
        if dictionary.has(b"EF") || dictionary.has(b"EmbeddedFiles") {
            found.remark(Remark::HasAttachments);
        }
    }
}

fn information(document: &Document) -> Option<&Dictionary> {
    let (_, object) = document.dereference(document.trailer.get(b"Info").ok()?).ok()?;
    object.as_dict().ok()
}

fn is_script(dictionary: &Dictionary) -> bool {
    let named =
        |key: &[u8]| dictionary.get(key).and_then(Object::as_name).is_ok_and(|name| name == b"JavaScript");
    dictionary.has(b"JS") || dictionary.has(b"JavaScript") || named(b"S")
}

/// Whether its strings and streams are still sealed: it opens with a password that is not the empty one.
fn locked(document: &Document) -> bool {
    document.is_encrypted() && document.encryption_state.is_none()
}

fn encrypted(bytes: &[u8]) -> bool {
    bytes.windows(8).any(|window| window == b"/Encrypt")
}

fn guarded<T>(read: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok().flatten()
}

/// Most pages whose text is read.
pub(crate) const MAX_PAGES: usize = 500;

const MAX_COUNTED: usize = 100_000;
const STREAM_LIMIT: usize = 32 << 20;
