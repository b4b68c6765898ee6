//! Text that may stand on a screen. Titles, names, types, messages and names of files come from strangers: whoever may deposit writes them.
//! Here, and nowhere else, they lose what a terminal obeys and what hides or turns what is read:
//!
//! ```text
//! C0, DEL, C1             control characters, and with ESC and U+009B every escape sequence (ECMA-48)
//! U+2028, U+2029, NEL     line breaks that are none
//! Cf                      marks of direction, joiners, tags, soft hyphens (Unicode UAX 9, UTR 36): nobody sees them
//! fillers                 letters that are drawn as nothing
//! noncharacters           U+FFFE, U+FFFF of each plane, U+FDD0 to U+FDEF
//! marks                   more than a few that are drawn on one letter
//! ```
//!
//! It cannot be forgotten: answers, remarks, questions and failures go through [`Shown`], and so does each value of a text
//! ([`crate::text::Texts::find`]).

use unicode_width::UnicodeWidthChar as _;

use crate::screen;

/// A text that may stand on a screen: lines, of which nothing is obeyed but our own colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// Lines of an answer, a remark, a question or a failure. Of escapes, only those that Carnet itself writes pass: bold, faint, and their end.
    #[must_use]
    pub fn lines(text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('\x1b') {
            shown.push_str(&harmless(before));
            rest = after;
            if let Some(colour) = COLOURS.iter().find(|colour| after.starts_with(**colour)) {
                shown.push('\x1b');
                shown.push_str(colour);
                rest = after.get(colour.len()..).unwrap_or_default();
            }
        }
        shown.push_str(&harmless(rest));
        Self(shown)
    }

    /// JSON: what a terminal would obey stands in it as an escape of JSON (RFC 8259, section 7), so that programs read it as it is.
    #[must_use]
    pub fn json(text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            if c == '\n' || (!c.is_control() && !is_unseen(c)) {
                shown.push(c);
                continue;
            }
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        }
        Self(shown)
    }

    /// The same, no line wider than so many columns.
    #[must_use]
    pub fn fit(self, width: usize) -> Self {
        Self(screen::fit(&self.0, width))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Display for Shown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stranger's text without what a terminal obeys and without what is not seen. Line breaks stay.
#[must_use]
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut marks, mut last) = (0_usize, ' ');
    for c in text.chars() {
        let c = match c {
            '\n' => '\n',
            '\t' | '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
            // Joiners are part of how emoji and the scripts of Asia are written, and hide between letters of ours.
            '\u{200c}' | '\u{200d}' if last >= '\u{590}' => c,
            c if c.is_control() || is_unseen(c) => continue,
            c => c,
        };
        marks = if c.width() == Some(0) { marks.saturating_add(1) } else { 0 };
        if marks > MOST_MARKS {
            continue;
        }
        last = c;
        shown.push(c);
    }
    shown
}

/// The same, on one line.
#[must_use]
pub fn harmless_line(text: &str) -> String {
    harmless(text).replace('\n', " ")
}

/// A title or a name of a stranger: on one line, and no longer than anybody reads.
#[must_use]
pub fn name(text: &str) -> String {
    let line = harmless_line(text);
    match line.char_indices().nth(MOST_OF_NAME) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

/// A name in a command that is shown to be typed: one word to every shell, and nothing in it is expanded (POSIX, Shell Command
/// Language, section 2.2.2).
pub fn shell_word(name: &str) -> String {
    format!("'{}'", name.replace('\'', r"'\''"))
}

/// What is not seen and changes what is read.
pub(crate) fn is_unseen(c: char) -> bool {
    let low = u32::from(c) & 0xffff;
    low >= 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Bold, faint, and the end of both (ECMA-48, SGR), behind their ESC.
const COLOURS: [&str; 3] = ["[1m", "[2m", "[0m"];
/// Most marks on one letter: no language has more.
const MOST_MARKS: usize = 4;
/// Most characters of a title or a name on a screen.
const MOST_OF_NAME: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_a_terminal_would_obey_is_harmless() {
        let hostile = "a\x1b]0;title\x07b\x1b[2Jc\u{9b}31md\re\u{202e}f\u{200b}g\0h\u{7f}i";
        assert_eq!(harmless(hostile), "a]0;titleb[2Jc31mdefghi");
        assert_eq!(harmless_line("one\ntwo\tthree\u{2028}four\u{85}five"), "one two three four five");
        for kept in ["Œdème, 5 µg/L, naïve", "漢字", "שלום", "e\u{301}", "👩\u{200d}⚕️", "می\u{200c}خواهم"]
        {
            assert_eq!(harmless(kept), kept);
        }
        assert_eq!(harmless("pau\u{200d}l\u{ad}\u{2066}x\u{2069}"), "paulx");
        assert_eq!(harmless(&format!("a{}b", "\u{301}".repeat(500))).chars().count(), 6);
    }

    #[test]
    fn only_our_own_colours_pass() {
        let own = "\x1b[2mab12\x1b[0m  \x1b[1mPrise de sang\x1b[0m\nligne";
        assert_eq!(Shown::lines(own).as_str(), own);
        let hostile = "\x1b[8mx\x1b[1;31my\x1b]52;c;aGk=\x07z\x1bc\x1b[1";
        assert_eq!(Shown::lines(hostile).as_str(), "[8mx[1;31my]52;c;aGk=zc[1");
    }

    #[test]
    fn json_says_all_of_it_and_nothing_is_obeyed() {
        let title = "a\u{9b}31m\u{202e}b\u{7f}\u{e0041}é\u{2028}";
        let json = serde_json::to_string_pretty(&serde_json::json!({ "title": title })).unwrap();
        let shown = Shown::json(&json);
        assert!(shown.as_str().chars().all(|c| c == '\n' || (!c.is_control() && !is_unseen(c))), "{shown}");
        let read: serde_json::Value = serde_json::from_str(shown.as_str()).unwrap();
        assert_eq!(read["title"], title);
    }

    #[test]
    fn long_name_ends_somewhere() {
        assert_eq!(name(&"é".repeat(100_000)).chars().count(), MOST_OF_NAME + 1);
        assert_eq!(name("Dr Martin"), "Dr Martin");
    }
}
