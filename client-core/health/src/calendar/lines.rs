//! Content lines (RFC 5545, 3.1): folded at bytes, with parameters, escaped.

use std::borrow::Cow;

use crate::encoding::decode;
use crate::recognised::field;

/// A content line.
pub(super) struct Line<'a> {
    /// Its name, in capitals.
    pub(super) name: String,
    parameters: Vec<&'a str>,
    /// Its value as it stands.
    pub(super) value: &'a str,
}

/// The text of a calendar with each content line on one line.
pub(super) fn unfolded(bytes: &[u8]) -> String {
    // A fold may stand within a character: bytes are joined before they are text, unless they are pairs.
    let pairs = bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || crate::charset::utf_16(bytes).is_some();
    let text = if pairs {
        decode(bytes).replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    } else {
        decode(&joined(bytes)).into_owned()
    };
    text.replace('\r', "\n")
}

fn joined(bytes: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    // Where the present line begins: whether it is of quoted-printable is said there.
    let mut begin = 0;
    while let Some((byte, after)) = rest.split_first() {
        let folds = [&b"\r\n "[..], b"\r\n\t", b"\n ", b"\n\t"];
        if let Some(after) = folds.iter().find_map(|fold| rest.strip_prefix(*fold)) {
            rest = after;
            continue;
        }
        let soft = [&b"=\r\n"[..], b"=\n"].iter().find_map(|soft| rest.strip_prefix(*soft));
        if let Some(after) = soft
            && joined.get(begin..).is_some_and(is_quoted_printable)
        {
            rest = after;
            continue;
        }
        joined.push(*byte);
        if *byte == b'\n' {
            begin = joined.len();
        }
        rest = after;
    }
    joined
}

fn is_quoted_printable(line: &[u8]) -> bool {
    let head = line.split(|byte| *byte == b':').next().unwrap_or_default();
    head.to_ascii_uppercase().windows(16).any(|window| window == b"QUOTED-PRINTABLE")
}

/// Name, parameters and value of a content line; a quoted parameter may hold a colon or a semicolon. Empty parameters are passed over.
pub(super) fn split(line: &str) -> Option<Line<'_>> {
    let (mut quoted, mut from) = (false, 0);
    let mut parts = Vec::new();
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' | ':' if !quoted => {
                parts.push(line.get(from..at)?.trim());
                from = at + 1;
                if c == ':' {
                    return named(parts, line.get(from..)?);
                }
            }
            _ => {}
        }
    }
    None
}

fn named<'a>(parts: Vec<&'a str>, value: &'a str) -> Option<Line<'a>> {
    let (name, parameters) = parts.split_first()?;
    // A group may stand before the name.
    let name = name.rsplit('.').next()?.to_ascii_uppercase();
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| Line { name, parameters: parameters.to_vec(), value })
}

impl<'a> Line<'a> {
    /// A parameter's value, without quotation marks.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        let found = self.parameters.iter().find_map(|part| {
            let (found, value) = part.split_once('=')?;
            found.trim().eq_ignore_ascii_case(name).then_some(value)
        });
        found.map(|value| value.trim_matches('"'))
    }

    /// Its value as text.
    pub(super) fn text(&self) -> String {
        let quoted =
            self.parameters.iter().any(|part| part.to_ascii_uppercase().contains("QUOTED-PRINTABLE"));
        let value = if quoted {
            Cow::Owned(printable(self.value, self.parameter("CHARSET")))
        } else {
            Cow::Borrowed(self.value)
        };
        let mut text = String::with_capacity(value.len());
        let mut chars = value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => text.push('\n'),
                    Some(other) => text.push(other),
                    None => {}
                },
                other => text.push(other),
            }
        }
        text
    }

    /// Whom it names: the common name (with the escapes of RFC 6868), else the address.
    pub(super) fn person(&self) -> Option<String> {
        let common =
            self.parameter("CN").map(|name| name.replace("^n", " ").replace("^'", "\"").replace("^^", "^"));
        let bare = self.value.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("mailto:"));
        let address = if bare { self.value.get(7..).unwrap_or_default() } else { self.value };
        common.as_deref().and_then(field).or_else(|| field(address))
    }
}

/// Quoted-printable (RFC 2045, 6.7) of a character set.
fn printable(value: &str, charset: Option<&str>) -> String {
    let (bytes, mut plain, mut at) = (value.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *byte == b'=') {
            Some(decoded) => {
                plain.push(decoded);
                at += 3;
            }
            None => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    match charset.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes())) {
        Some(encoding) => encoding.decode_without_bom_handling(&plain).0.into_owned(),
        None => decode(&plain).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_folded_within_a_letter_or_in_quoted_printable_is_one_line() {
        assert_eq!(unfolded(b"SUMMARY:\xc3\r\n \xa9t\xc3\xa9\r\nX:1\r\n"), "SUMMARY:été\n\nX:1\n\n");
        let text = unfolded(b"SUMMARY;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:=E9t=\r\n=E9\r\n");
        assert_eq!(split(text.lines().next().unwrap()).unwrap().text(), "été");
        assert_eq!(split("DTSTART;;VALUE=DATE:20240101").unwrap().parameter("VALUE"), Some("DATE"));
        assert_eq!(split("ORGANIZER;CN=\"A; B\":MAILTO:a@b").unwrap().person().as_deref(), Some("A; B"));
        assert!(split("no content line").is_none() && split(":x").is_none());
    }
}
