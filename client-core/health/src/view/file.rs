//! What a screen says of a file inside a document.

use super::Words;
use crate::cda::Part;
use crate::recognised::MAX_FIELD;

/// What a file is called by its kind and its number: `PDF 1`.
pub(crate) fn label(media_type: &str, number: usize) -> String {
    let kind = media_type.split(';').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("{} {number}", kind.to_uppercase())
}

/// What a screen says of a file: what it is called, its type, its name, its length.
pub(crate) fn line(label: String, part: &Part, words: &dyn Words) -> String {
    let mut said = vec![label, part.media_type.clone()];
    said.extend(part.name.clone());
    if !part.bytes.is_empty() {
        let count = part.bytes.len().to_string();
        let bytes = words.say("inside-bytes", &[("count", &count)]);
        said.push(bytes.unwrap_or_else(|| format!("{count}\u{a0}B")));
    }
    said.join(" · ").chars().take(MAX_FIELD).collect()
}
