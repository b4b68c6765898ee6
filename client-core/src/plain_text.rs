//! Texts of strangers, as they may stand in a description: what a terminal or a page would obey instead of showing is left out.

/// Whether a character is one that screens obey: a control character (ISO 6429), a mark of direction or an invisible one that
/// hides or turns what is read (Unicode UAX 9, TR 36), or a separator of lines.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Whether a text is one line of at most `most` bytes without any such character.
#[must_use]
pub fn is_plain(text: &str, most: usize) -> bool {
    text.len() <= most && !text.chars().any(is_harmful)
}

/// The text as one line of at most `most` bytes: breaks and tabs become spaces, what is harmful goes.
#[must_use]
pub fn plain_line(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len().min(most));
    for c in text.chars() {
        let c = match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
            c if is_harmful(c) => continue,
            c => c,
        };
        if line.len().saturating_add(c.len_utf8()) > most {
            break;
        }
        line.push(c);
    }
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_screen_obeys_is_left_out_and_words_stay() {
        assert_eq!(plain_line("Bilan\u{1b}]52;c;cm0=\u{7}\nde l'été", 100), "Bilan]52;c;cm0= de l'été");
        assert_eq!(plain_line("a\u{202e}fdp.exe", 100), "afdp.exe");
        assert_eq!(plain_line("éé", 3), "é");
        assert!(is_plain("Compte rendu d'échographie", 300) && !is_plain("a\u{200f}", 300));
    }

    proptest! {
        #[test]
        fn plain_line_is_plain(text in any::<String>(), most in 0_usize..40) {
            let line = plain_line(&text, most);
            prop_assert!(is_plain(&line, most));
            prop_assert_eq!(plain_line(&line, most), line);
        }
    }
}
