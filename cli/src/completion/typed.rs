//! A word as it stands on a shell's line, and what it means: quotes and backslashes taken away (POSIX, Shell
//! Command Language, 2.2).

/// A word that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    /// What it means.
    pub(super) text: String,
    /// The quote that it begins with and that is not closed.
    pub(super) open: Option<char>,
}

impl Typed {
    /// What a word means; nothing where a quote opens in its middle, or is of a kind that other shells do not
    /// have.
    pub(super) fn of(word: &str) -> Option<Self> {
        let (mut text, mut open) = (String::new(), None);
        let mut begin = 0;
        let mut letters = word.char_indices().peekable();
        while let Some((at, c)) = letters.next() {
            match (open, c) {
                (None, '\'' | '"') => {
                    open = Some(c);
                    begin = at;
                }
                (Some(quote), c) if c == quote => open = None,
                (None, '$') if matches!(letters.peek(), Some((_, '\'' | '"'))) => return None,
                // One at the very end is about to quote what is not typed yet.
                (None, '\\') => text.extend(letters.next().map(|(_, next)| next)),
                (Some('"'), '\\') => match letters.peek() {
                    Some((_, next @ ('$' | '`' | '"' | '\\'))) => {
                        text.push(*next);
                        letters.next();
                    }
                    _ => text.push('\\'),
                },
                (_, c) => text.push(c),
            }
        }
        (open.is_none() || begin == 0).then_some(Self { text, open })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_means_what_a_shell_takes_it_for() {
        let of = |word| Typed::of(word).map(|typed| (typed.text, typed.open));
        let text = |text: &str, open| Some((text.to_owned(), open));
        assert_eq!(of(r"Dr\ Hé"), text("Dr Hé", None));
        assert_eq!(of(r#""Dr Hé"#), text("Dr Hé", Some('"')));
        assert_eq!(of("'Dr $x"), text("Dr $x", Some('\'')));
        assert_eq!(of(r#""a\$b\c"'d'\'e"#), text(r"a$b\cd'e", None));
        assert_eq!(of(r"ab\"), text("ab", None));
        assert_eq!(of(""), text("", None));
        assert_eq!(of(r#"Dr" Hé"#), None);
        assert_eq!(of("$'a"), None);
    }
}
