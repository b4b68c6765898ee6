//! Superscripts and subscripts of a narrative as characters: 10⁹ never becomes 109.

/// Adds a superscript to a text: as Unicode's superscripts where each letter has one, as the ending of an ordinal, else after `^`.
pub(super) fn superscript(raised: &str, text: &mut String) {
    let raised = raised.trim();
    if raised.is_empty() {
        return;
    }
    let follows_word = text.ends_with(char::is_alphanumeric);
    if let Some(small) = all(raised, raised_char) {
        text.push_str(&small);
    } else if follows_word && ENDINGS.contains(&raised.to_lowercase().as_str()) {
        text.push_str(raised);
    } else {
        marked('^', raised, text);
    }
}

/// Adds a subscript to a text: digits as Unicode's subscripts, letters as they are within a word, else after `_`.
pub(super) fn subscript(lowered: &str, text: &mut String) {
    let lowered = lowered.trim();
    if lowered.is_empty() {
        return;
    }
    let follows_letter = text.ends_with(char::is_alphabetic);
    if let Some(small) = all(lowered, lowered_char) {
        text.push_str(&small);
    } else if follows_letter && lowered.chars().all(char::is_alphanumeric) {
        text.extend(lowered.chars().map(|c| lowered_char(c).unwrap_or(c)));
    } else {
        marked('_', lowered, text);
    }
}

fn all(text: &str, small: fn(char) -> Option<char>) -> Option<String> {
    text.chars().map(small).collect()
}

fn marked(mark: char, said: &str, text: &mut String) {
    let simple = said.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '+' | ',' | '.'));
    text.push(mark);
    text.push_str(&if simple { said.to_owned() } else { format!("({said})") });
}

fn raised_char(c: char) -> Option<char> {
    Some(match c {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4'..='9' => char::from_u32(u32::from('⁴') + u32::from(c) - u32::from('4'))?,
        '+' => '⁺',
        '-' | '−' | '–' => '⁻',
        '(' => '⁽',
        ')' => '⁾',
        'n' => 'ⁿ',
        '⁰'..='⁹' | '²' | '³' | '¹' | '*' | '°' => c,
        _ => return None,
    })
}

fn lowered_char(c: char) -> Option<char> {
    Some(match c {
        '0'..='9' => char::from_u32(u32::from('₀') + u32::from(c) - u32::from('0'))?,
        '+' => '₊',
        '-' | '−' => '₋',
        '(' => '₍',
        ')' => '₎',
        _ => return None,
    })
}

/// Endings of ordinals and titles, which French and English raise: 1er, Mme, 2nd, no.
const ENDINGS: [&str; 22] = [
    "e", "er", "ère", "ere", "re", "ème", "eme", "me", "mes", "lle", "lles", "nd", "nde", "rd", "th", "st",
    "o", "os", "r", "rs", "gr", "ve",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_stays_a_power_and_an_ordinal_a_word() {
        let raise = |before: &str, raised: &str| {
            let mut text = before.to_owned();
            superscript(raised, &mut text);
            text
        };
        assert_eq!(raise("x10", "9"), "x10⁹");
        assert_eq!(raise("10", " -3 "), "10⁻³");
        assert_eq!(raise("1", "er"), "1er");
        assert_eq!(raise("10", "a b"), "10^(a b)");
        assert_eq!(raise("10", "x"), "10^x");
        assert_eq!(raise("10", ""), "10");
        let lower = |before: &str, lowered: &str| {
            let mut text = before.to_owned();
            subscript(lowered, &mut text);
            text
        };
        assert_eq!(lower("H", "2"), "H₂");
        assert_eq!(lower("HbA", "1c"), "HbA₁c");
        assert_eq!(lower("10", "max"), "10_max");
    }
}
