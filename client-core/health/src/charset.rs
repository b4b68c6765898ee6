//! Which of the encodings of older software a text without a mark is in. French letters decide.

use std::borrow::Cow;

use encoding_rs::{MACINTOSH, WINDOWS_1252};

/// Text of bytes that are no UTF-8: Windows-1252, code page 850 (DOS) or Mac Roman, in which most of what is no ASCII are French letters.
pub(crate) fn guess(bytes: &[u8]) -> String {
    let beginning = bytes.get(..bytes.len().min(JUDGED)).unwrap_or(bytes);
    let high: Vec<u8> = beginning.iter().copied().filter(|byte| *byte >= 0x80).collect();
    let score = |text: &str| text.chars().filter(|c| FRENCH.contains(*c)).count();
    let windows = score(&WINDOWS_1252.decode_without_bom_handling(&high).0);
    let dos: String = high.iter().map(|byte| code_page_850(*byte)).collect();
    let mac = score(&MACINTOSH.decode_without_bom_handling(&high).0);
    // The usual one wins where they are near: another language has other letters.
    if score(&dos) > windows * 2 && score(&dos) >= mac && score(&dos) * 2 > high.len() {
        return bytes.iter().map(|byte| code_page_850(*byte)).collect();
    }
    if mac > windows * 2 && mac * 2 > high.len() {
        return MACINTOSH.decode_without_bom_handling(bytes).0.into_owned();
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

/// The name of a file in an archive: UTF-8 where it is that, whatever its flag says, else of Windows or of DOS.
#[must_use]
pub fn file_name(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => {
            let score = |name: &str| name.chars().filter(|c| FRENCH.contains(*c)).count();
            let dos: String = raw.iter().map(|byte| code_page_850(*byte)).collect();
            let windows = WINDOWS_1252.decode_without_bom_handling(raw).0;
            if score(&windows) > score(&dos) { windows.into_owned() } else { dos }
        }
    }
}

/// The byte order of UTF-16 without a mark: each other byte of its beginning is zero, as in European texts.
pub(crate) fn utf_16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let beginning = bytes.get(..bytes.len().min(512) & !1).unwrap_or_default();
    if beginning.len() < 4 {
        return None;
    }
    let pairs = beginning.len() / 2;
    let zeros = |from: usize| beginning.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 10 >= pairs * 8 => Some(encoding_rs::UTF_16LE),
        (even, 0) if even * 10 >= pairs * 8 => Some(encoding_rs::UTF_16BE),
        _ => None,
    }
}

/// Text of HTML in the encoding that it names (`charset=`), where it is no UTF-8.
pub(crate) fn html(bytes: &[u8]) -> Cow<'_, str> {
    let beginning = bytes.get(..bytes.len().min(4096)).unwrap_or(bytes);
    let head: String = beginning.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let named = head.split("charset=").nth(1).map(|rest| {
        let rest = rest.trim_start_matches(['"', '\'', ' ']);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default().to_owned()
    });
    match named.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes())) {
        Some(encoding) if std::str::from_utf8(bytes).is_err() => encoding.decode(bytes).0,
        _ => crate::encoding::decode(bytes),
    }
}

/// IBM's code page 850, in which DOS and older archivers of Western Europe write.
fn code_page_850(byte: u8) -> char {
    let high = usize::from(byte).checked_sub(0x80).and_then(|at| HIGH_850.chars().nth(at));
    high.unwrap_or(char::from(byte))
}

const HIGH_850: &str = "\
ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// Letters and signs of French that are no ASCII.
const FRENCH: &str = "àâäçéèêëîïôöùûüÿœæÀÂÇÉÈÊËÎÏÔÙÛÜŸŒÆ«»°µ’…€";
const JUDGED: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_of_every_older_encoding_is_read() {
        assert_eq!(HIGH_850.chars().count(), 128);
        for bytes in [
            &b"h\xe9moglobine \xe9lev\xe9e, \xe0 revoir"[..],
            b"h\x82moglobine \x82lev\x82e, \x85 revoir",
            b"h\x8emoglobine \x8elev\x8ee, \x88 revoir",
        ] {
            assert_eq!(guess(bytes), "hémoglobine élevée, à revoir");
        }
        assert_eq!(file_name(b"\x90t\x82.pdf"), "Été.pdf");
        assert_eq!(file_name(b"\xc9t\xe9.pdf"), "Été.pdf");
        assert_eq!(file_name("Été.pdf".as_bytes()), "Été.pdf");
        assert_eq!(html(b"<meta charset=iso-8859-2>\xb1\xe6"), "<meta charset=iso-8859-2>ąć");
    }
}
