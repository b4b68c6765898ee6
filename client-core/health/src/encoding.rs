//! Bytes to text: UTF-8, UTF-16, else an encoding in which older French software writes.

use std::borrow::Cow;

/// Text of any bytes, without an error: what is no Unicode is read as `charset` guesses.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Cow::Owned(utf16(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Cow::Owned(utf16(rest, u16::from_be_bytes));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(encoding) = crate::charset::utf_16(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // A prefix may end inside a character.
        Err(error) if error.error_len().is_none() => {
            Cow::Owned(String::from_utf8_lossy(bytes).trim_end_matches('\u{fffd}').to_owned())
        }
        Err(_) => Cow::Owned(crate::charset::guess(bytes)),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_of_older_software_is_not_read_as_garbage() {
        assert_eq!(decode(b"\x9cuvre \xe9t\xe9"), "œuvre été");
        assert_eq!(decode("œuvre".as_bytes()), "œuvre");
        assert_eq!(decode(b"\xff\xfea\0\xe9\0"), "aé");
        assert_eq!(decode(b"\xfe\xff\0a\0\xe9\0"), "aé");
        assert_eq!(decode(b"a\0b\0\xe9\0"), "abé");
        assert_eq!(decode(b"\0a\0b\0\xe9"), "abé");
    }
}
