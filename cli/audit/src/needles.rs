//! Canaries in all the encodings in which they might stand.

use std::collections::BTreeSet;

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Least bytes of what is sought: shorter ones stand in random bytes by chance.
pub const LEAST: usize = 6;

/// One canary in one encoding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needle {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Which canary, from 0.
    pub canary: usize,
    /// The encoding's name.
    pub encoding: &'static str,
}

/// All needles of one canary. ASCII letters are sought in both cases, whatever the encoding.
#[must_use]
pub fn of(canary: usize, text: &str) -> Vec<Needle> {
    let mut found = BTreeSet::new();
    let mut add = |encoding: &'static str, bytes: Vec<u8>| {
        if bytes.len() >= LEAST && !found.iter().any(|needle: &Needle| needle.bytes == bytes) {
            found.insert(Needle { bytes, canary, encoding });
        }
    };
    let cases: BTreeSet<String> = [text.to_owned(), text.to_lowercase(), text.to_uppercase()].into();
    for text in &cases {
        add("utf-8", text.as_bytes().to_vec());
    }
    for text in &cases {
        let units = || text.encode_utf16();
        add("utf-16le", units().flat_map(u16::to_le_bytes).collect());
        add("utf-16be", units().flat_map(u16::to_be_bytes).collect());
        if let Some(latin) = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect() {
            add("latin-1", latin);
        }
        add("percent", percent(text, "%20"));
        add("percent", percent(text, "+"));
        add("json", json(text));
        for (bytes, names) in encoded(text) {
            let [hex, standard, url] = names;
            add(hex, bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
            for lead in 0..3 {
                add(standard, base64_within(&STANDARD_NO_PAD, &bytes, lead));
                add(url, base64_within(&URL_SAFE_NO_PAD, &bytes, lead));
            }
        }
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= LEAST {
        add("digits", digits.clone().into_bytes());
        add("digits-reversed", digits.bytes().rev().collect());
        // Binary-coded decimals, two digits a byte.
        let bcd = digits.as_bytes().chunks_exact(2);
        add(
            "digits-bcd",
            bcd.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect(),
        );
    }
    add("reversed", text.chars().rev().collect::<String>().into_bytes());
    found.into_iter().collect()
}

/// The bytes of which hexadecimal and base64 are made.
fn encoded(text: &str) -> [(Vec<u8>, [&'static str; 3]); 2] {
    let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [
        (text.as_bytes().to_vec(), ["hex", "base64", "base64url"]),
        (wide, ["hex-utf-16le", "base64-utf-16le", "base64url-utf-16le"]),
    ]
}

/// What is sure to stand in base64 of something that has these bytes behind `lead` others (modulo 3), and more after them.
fn base64_within(engine: &impl base64::Engine, bytes: &[u8], lead: usize) -> Vec<u8> {
    let padded = [&vec![0; lead], bytes].concat();
    let text = engine.encode(&padded).into_bytes();
    let first = (lead * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    text.get(first..last).unwrap_or_default().to_vec()
}

fn percent(text: &str, space: &str) -> Vec<u8> {
    let escape = |byte: u8| match byte {
        b' ' => space.to_owned(),
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    };
    text.bytes().map(escape).collect::<String>().into_bytes()
}

fn json(text: &str) -> Vec<u8> {
    let escape = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    text.encode_utf16().map(escape).collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn base64_is_found_at_each_alignment_and_before_anything() {
        let needles = of(0, "Lefèvre-Dupré");
        for lead in 0..4 {
            for tail in 0..4 {
                let text = [&b"abcd"[..lead], "Lefèvre-Dupré".as_bytes(), &b"wxyz"[..tail]].concat();
                for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    let has = |needle: &Needle| {
                        needle.encoding.starts_with("base64")
                            && encoded.as_bytes().windows(needle.bytes.len()).any(|part| part == needle.bytes)
                    };
                    assert!(needles.iter().any(has), "{lead} before, {tail} after");
                }
            }
        }
    }

    #[test]
    fn short_words_are_not_sought() {
        assert!(of(0, "abc").iter().all(|needle| needle.bytes.len() >= LEAST));
    }
}
