//! Words as a search compares them: accents and case folded.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Folds a text: NFKD, marks dropped, lower case, ligatures opened (`œ` to `oe`, `æ` to `ae`, `ß` to `ss`).
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            '’' => folded.push('\''),
            c if is_combining_mark(c) => {}
            c => folded.push(c),
        }
    }
    folded
}

/// The folded words of a text, in order, each at most [`MAX_WORD`] characters. Codes (`11502-2`) and decimals (`5,2`) give their parts
/// and, joined by a hyphen or point, the whole.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let pieces: Vec<String> = folded
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.')))
        .map(|piece| piece.trim_matches(['-', '.']))
        .filter(|piece| !piece.is_empty())
        .flat_map(|piece| {
            let parts = piece.split(['-', '.']).filter(|part| !part.is_empty());
            let whole = piece.contains(['-', '.']).then_some(piece);
            parts.chain(whole).map(|word| word.chars().take(MAX_WORD).collect()).collect::<Vec<String>>()
        })
        .collect();
    pieces.into_iter()
}

/// Most characters of a word.
pub const MAX_WORD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn word_typed_without_accents_is_not_missed() {
        assert_eq!(fold("Œdème À l’ÉTÉ, ﬁèvre ½"), "oedeme a l'ete, fievre 1⁄2");
        assert_eq!(fold("e\u{301}"), fold("é"));
        let found: Vec<String> = words("Taux : 11502-2, l'hémoglobine à 5.2 — ok").collect();
        assert_eq!(found, ["taux", "11502", "2", "11502-2", "l", "hemoglobine", "a", "5", "2", "5.2", "ok"]);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in "\\PC{0,80}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert!(words(&text).all(|word| !word.is_empty() && word.chars().count() <= MAX_WORD));
        }
    }
}
