//! Names of files made of titles: strangers write titles, and file systems differ in what they take.
//!
//! A name is at most [`MOST`] bytes of UTF-8 in NFC (UAX 15), so that there is room for an ending and a number under the 255 bytes of most
//! file systems and the 143 of an encrypted home; two names count as one where a file system that folds cases or decomposes letters
//! would take them for one.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

use crate::screen::harmless_line;

/// Most bytes of a name without its ending.
pub(crate) const MOST: usize = 110;

/// A name without its ending, made harmless and cut at a character so that it fits.
pub(crate) fn fit(stem: &str) -> String {
    let plain: String = harmless_line(stem).nfc().collect();
    let end = (0..=MOST.min(plain.len())).rev().find(|end| plain.is_char_boundary(*end)).unwrap_or(0);
    plain.get(..end).unwrap_or_default().trim_end_matches([' ', '.']).to_owned()
}

/// A file's own name as its stem and its ending, made harmless; `None` where nothing of it is left.
pub(crate) fn own(file: &str) -> Option<(String, Option<String>)> {
    let plain: String =
        harmless_line(file).chars().map(|c| if r#"/\:*?"<>|"#.contains(c) { '-' } else { c }).collect();
    let plain = plain.trim().trim_start_matches('.');
    let is_ending = |ending: &str| {
        (1..=MOST_OF_ENDING).contains(&ending.len()) && ending.chars().all(char::is_alphanumeric)
    };
    let (stem, ending) = match plain.rsplit_once('.').filter(|(_, ending)| is_ending(ending)) {
        Some((stem, ending)) => (stem, Some(ending.to_owned())),
        None => (plain, None),
    };
    let stem = fit(stem);
    (!stem.is_empty()).then_some((stem, ending))
}

/// Most bytes of an ending.
const MOST_OF_ENDING: usize = 16;

/// Names that are taken.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// `FOLDER/STEM.ENDING`, or `FOLDER/STEM (2).ENDING` and so on where that is taken. It is taken then.
    pub(crate) fn take(&mut self, folder: &str, stem: &str, ending: &str) -> String {
        let stem = fit(stem);
        let named = |number: u64| match number {
            1 => format!("{folder}/{stem}.{ending}"),
            number => format!("{folder}/{stem} ({number}).{ending}"),
        };
        (1..).map(named).find(|name| self.0.insert(folded(name))).unwrap_or_else(|| named(0))
    }
}

/// What a file system that folds cases makes of a name.
fn folded(name: &str) -> String {
    name.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn name_is_counted_in_bytes_and_is_one_name_however_it_is_written() {
        let mut names = Names::default();
        assert_eq!(names.take("d", &"\u{1f9ec}".repeat(80), "pdf").len(), "d/.pdf".len() + 108);
        assert_eq!(names.take("d", "E\u{301}te\u{301}", "pdf"), "d/\u{c9}t\u{e9}.pdf");
        assert_eq!(names.take("d", "\u{e9}t\u{e9}", "PDF"), "d/\u{e9}t\u{e9} (2).PDF");
        assert_eq!(names.take("d", "stra\u{df}e", "txt"), "d/stra\u{df}e.txt");
        assert_eq!(names.take("d", "STRASSE", "txt"), "d/STRASSE (2).txt");
        assert_eq!(names.take("d", "a\u{202e}fdp\u{1b}[2J. .", "exe"), "d/afdp[2J.exe");
        assert_eq!(names.take("e", "\u{e9}t\u{e9}", "pdf"), "e/\u{e9}t\u{e9}.pdf");
    }

    #[test]
    fn own_name_keeps_its_ending_and_leads_nowhere() {
        let of =
            |file: &str| own(file).map(|(stem, ending)| format!("{stem}|{}", ending.unwrap_or_default()));
        assert_eq!(of("Lettre du 3.5.docx").as_deref(), Some("Lettre du 3.5|docx"));
        assert_eq!(of("archive.tar.gz").as_deref(), Some("archive.tar|gz"));
        assert_eq!(of("../../etc/passwd").as_deref(), Some("-..-etc-passwd|"));
        assert_eq!(of("sans-nom").as_deref(), Some("sans-nom|"));
        assert_eq!(of("a\u{202e}gpj.exe").as_deref(), Some("agpj|exe"));
        assert_eq!((of(".."), of(""), of(".htaccess").as_deref()), (None, None, Some("htaccess|")));
        assert!(own(&"\u{e9}".repeat(300)).is_some_and(|(stem, _)| stem.len() <= MOST));
    }

    proptest! {
        #[test]
        fn any_title_gives_a_name_that_fits(stem in "\\PC{0,200}") {
            let mut names = Names::default();
            let one = names.take("documents", &stem, "pdf");
            let other = names.take("documents", &stem, "pdf");
            prop_assert!(one.len() <= MOST + 20 && one != other);
            prop_assert!(one.nfc().eq(one.chars()));
        }
    }
}
