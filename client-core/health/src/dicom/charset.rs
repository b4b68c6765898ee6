//! Specific Character Set (PS3.3 C.12.1.1.2): single-byte sets, multi-byte sets, and code extensions (ISO/IEC 2022).

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6,
    ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1252, WINDOWS_1254,
};

/// Text of a value in the sets that its data set names; of a person's name, each of its parts begins anew.
///
/// Without a name of a set it is what older software writes without saying so: UTF-8 or Windows-1252.
pub(super) fn decode(value: &[u8], sets: &[String], is_name: bool) -> String {
    let first = sets.first().map(String::as_str).unwrap_or_default();
    if sets.len() <= 1 && first.is_empty() {
        return crate::encoding::decode(value).into_owned();
    }
    if sets.len() == 1 && !value.contains(&ESCAPE) {
        return set(first).map_or_else(
            || crate::encoding::decode(value).into_owned(),
            |encoding| encoding.decode_without_bom_handling(value).0.into_owned(),
        );
    }
    Extended { initial: set(first), high: set(first), low: Low::Ascii, text: String::new() }
        .read(value, is_name)
}

/// What stands in the lower half of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Low {
    Ascii,
    /// JIS X 0208, two bytes a character.
    Kanji,
    /// JIS X 0212, two bytes a character.
    MoreKanji,
}

struct Extended {
    initial: Option<&'static Encoding>,
    high: Option<&'static Encoding>,
    low: Low,
    text: String,
}

impl Extended {
    fn read(mut self, value: &[u8], is_name: bool) -> String {
        let mut rest = value;
        while let Some(byte) = rest.first() {
            if *byte == ESCAPE {
                let (skipped, after) = self.escape(rest);
                rest = if skipped { after } else { rest.get(1..).unwrap_or_default() };
                continue;
            }
            // PS3.5 6.1.2.5.3: what separates values, lines and parts of names ends an extension.
            let ends =
                matches!(byte, b'\r' | b'\n' | b'\t' | 0x0c) || (is_name && matches!(byte, b'^' | b'='));
            if ends && self.low == Low::Ascii || *byte < 0x20 {
                self.text.push(char::from(*byte));
                (self.high, self.low) = (self.initial, Low::Ascii);
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let is_high = *byte >= 0x80;
            let alike = |byte: &u8| {
                (*byte >= 0x80) == is_high
                    && *byte != ESCAPE
                    && *byte >= 0x20
                    && (is_high || self.low != Low::Ascii || !(is_name && matches!(byte, b'^' | b'=')))
            };
            let length = rest.iter().take_while(|byte| alike(byte)).count().max(1);
            let (run, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            self.run(run, is_high);
            rest = after;
        }
        self.text
    }

    fn run(&mut self, run: &[u8], is_high: bool) {
        if is_high {
            let encoding = self.high.unwrap_or(WINDOWS_1252);
            self.text.push_str(&encoding.decode_without_bom_handling(run).0);
            return;
        }
        match self.low {
            Low::Ascii => self.text.extend(run.iter().map(|byte| char::from(*byte))),
            // EUC-JP has the same tables, in its upper half.
            Low::Kanji => {
                let euc: Vec<u8> = run.iter().map(|byte| byte | 0x80).collect();
                self.text.push_str(&EUC_JP.decode_without_bom_handling(&euc).0);
            }
            Low::MoreKanji => {
                let euc: Vec<u8> = run
                    .chunks(2)
                    .flat_map(|pair| [0x8f].into_iter().chain(pair.iter().map(|byte| byte | 0x80)))
                    .collect();
                self.text.push_str(&EUC_JP.decode_without_bom_handling(&euc).0);
            }
        }
    }

    /// Takes an escape sequence (PS3.3 tables C.12-3 and C.12-4); whether it is a known one, and what follows it.
    fn escape<'a>(&mut self, bytes: &'a [u8]) -> (bool, &'a [u8]) {
        let known: [(&[u8], Option<Low>, Option<&'static Encoding>); 19] = [
            (b"\x1b(B", Some(Low::Ascii), None),
            (b"\x1b(J", Some(Low::Ascii), None),
            (b"\x1b)I", None, Some(SHIFT_JIS)),
            (b"\x1b$B", Some(Low::Kanji), None),
            (b"\x1b$@", Some(Low::Kanji), None),
            (b"\x1b$(D", Some(Low::MoreKanji), None),
            (b"\x1b$)C", None, Some(EUC_KR)),
            (b"\x1b$)A", None, Some(GBK)),
            (b"\x1b-A", None, Some(WINDOWS_1252)),
            (b"\x1b-B", None, Some(ISO_8859_2)),
            (b"\x1b-C", None, Some(ISO_8859_3)),
            (b"\x1b-D", None, Some(ISO_8859_4)),
            (b"\x1b-L", None, Some(ISO_8859_5)),
            (b"\x1b-G", None, Some(ISO_8859_6)),
            (b"\x1b-F", None, Some(ISO_8859_7)),
            (b"\x1b-H", None, Some(ISO_8859_8)),
            (b"\x1b-M", None, Some(WINDOWS_1254)),
            (b"\x1b-b", None, Some(ISO_8859_15)),
            (b"\x1b-T", None, Some(WINDOWS_874)),
        ];
        for (sequence, low, high) in known {
            if let Some(rest) = bytes.strip_prefix(sequence) {
                self.low = low.unwrap_or(self.low);
                self.high = high.or(self.high);
                return (true, rest);
            }
        }
        (false, bytes)
    }
}

/// A defined term of (0008,0005): those of `ISO_IR` and of `ISO 2022 IR` name the same sets.
fn set(term: &str) -> Option<&'static Encoding> {
    let number = term.strip_prefix("ISO_IR ").or_else(|| term.strip_prefix("ISO 2022 IR ")).unwrap_or(term);
    Some(match number.trim() {
        "100" => WINDOWS_1252,
        "101" => ISO_8859_2,
        "109" => ISO_8859_3,
        "110" => ISO_8859_4,
        "144" => ISO_8859_5,
        "127" => ISO_8859_6,
        "126" => ISO_8859_7,
        "138" => ISO_8859_8,
        "148" => WINDOWS_1254,
        "203" => ISO_8859_15,
        "166" => WINDOWS_874,
        "13" => SHIFT_JIS,
        "149" => EUC_KR,
        "58" => GBK,
        "192" => UTF_8,
        "GB18030" => GB18030,
        "GBK" => GBK,
        "BIG5" => BIG5,
        _ => return None,
    })
}

const ESCAPE: u8 = 0x1b;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(sets: &[&str], value: &[u8]) -> String {
        decode(value, &sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>(), true)
    }

    /// The examples of PS3.5, annexes H to K.
    #[test]
    fn names_of_the_standard_are_read_in_every_set() {
        assert_eq!(name(&["ISO_IR 100"], b"Buc^J\xe9r\xf4me"), "Buc^J\u{e9}r\u{f4}me");
        assert_eq!(
            name(&["ISO_IR 126"], b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2"),
            "\u{394}\u{3b9}\u{3bf}\u{3bd}\u{3c5}\u{3c3}\u{3b9}\u{3bf}\u{3c2}"
        );
        assert_eq!(name(&["ISO_IR 144"], b"\xbb\xee\xda"), "\u{41b}\u{44e}\u{43a}");
        assert_eq!(
            name(
                &["", "ISO 2022 IR 87"],
                b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"
            ),
            "Yamada^Tarou=\u{5c71}\u{7530}^\u{592a}\u{90ce}=\u{3084}\u{307e}\u{3060}^\u{305f}\u{308d}\u{3046}"
        );
        assert_eq!(
            name(
                &["ISO 2022 IR 13", "ISO 2022 IR 87"],
                b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J"
            ),
            "\u{ff94}\u{ff8f}\u{ff80}\u{ff9e}^\u{ff80}\u{ff9b}\u{ff73}=\u{5c71}\u{7530}^\u{592a}\u{90ce}"
        );
        assert_eq!(
            name(&["", "ISO 2022 IR 149"], b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf"),
            "Hong^Gildong=\u{6d2a}^\u{5409}\u{6d1e}=\u{d64d}^\u{ae38}\u{b3d9}"
        );
        assert_eq!(
            name(&["ISO_IR 192"], "Wang^XiaoDong=\u{738b}^\u{5c0f}\u{6771}".as_bytes()),
            "Wang^XiaoDong=\u{738b}^\u{5c0f}\u{6771}"
        );
        assert_eq!(
            name(&["GB18030"], b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab"),
            "Wang^XiaoDong=\u{738b}^\u{5c0f}\u{4e1c}"
        );
        assert_eq!(name(&["ISO 2022 IR 6", "ISO 2022 IR 100"], b"Buc^\x1b-AJ\xe9r"), "Buc^J\u{e9}r");
        assert_eq!(name(&["nonsense"], "J\u{e9}".as_bytes()), "J\u{e9}");
    }
}
