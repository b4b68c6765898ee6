//! Names of strangers on the line of a shell: as bash takes them for one word, and nothing in them is
//! expanded.

use crate::shown;

/// A name for the place where it is inserted: behind backslashes, or inside the quote that is open there.
/// Nothing where it cannot stand there.
pub(super) fn name(name: &str, open: Option<char>) -> Option<String> {
    let is_plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || PLAIN.contains(c);
    // Bash puts an earlier line in the place of `!` also inside double quotes, and takes no backslash away
    // there.
    match open {
        Some('\'') => (!name.contains('\'')).then(|| name.to_owned()),
        Some(_) if name.contains('!') => None,
        Some(_) => Some(behind_backslashes(name, |c| !matches!(c, '$' | '`' | '"' | '\\'))),
        None => Some(behind_backslashes(name, is_plain)),
    }
}

fn behind_backslashes(name: &str, is_plain: impl Fn(char) -> bool) -> String {
    let mut quoted = String::with_capacity(name.len());
    for c in name.chars() {
        if !is_plain(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

/// What is told beside a name. Bash only shows it, but programs that choose for it insert all of a line:
/// nothing in it is a shell's.
pub(super) fn told(text: &str) -> String {
    let told = |c: char| match c {
        '\'' => Some('’'),
        c if !c.is_ascii() || c.is_ascii_alphanumeric() || c == ' ' || TOLD.contains(c) => Some(c),
        _ => None,
    };
    shown::name(text).chars().filter_map(told).collect::<String>().trim().to_owned()
}

/// What means nothing to bash, and breaks no word of its completion.
const PLAIN: &str = "-_./,+%";
const TOLD: &str = "-_.,:/+%";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_name_is_one_word_or_is_left_out() {
        let hostile = "$(rm -rf ~) `x` \"a\" 'b' \\ ; & | > é";
        let expected =
            "\\$\\(rm\\ -rf\\ \\~\\)\\ \\`x\\`\\ \\\"a\\\"\\ \\'b\\'\\ \\\\\\ \\;\\ \\&\\ \\|\\ \\>\\ é";
        assert_eq!(name(hostile, None).as_deref(), Some(expected));
        assert_eq!(name("a $(b) `c` \"\\", Some('"')).as_deref(), Some("a \\$(b) \\`c\\` \\\"\\\\"));
        assert_eq!(name("$(b) `c`!", Some('\'')).as_deref(), Some("$(b) `c`!"));
        assert_eq!(name("d'Argent", Some('\'')), None);
        assert_eq!(name("a!b", Some('"')), None);
        assert_eq!(name("a!b", None).as_deref(), Some("a\\!b"));
    }

    #[test]
    fn what_is_told_has_nothing_that_a_shell_obeys() {
        assert_eq!(told("$(rm -rf ~) `x` \"a\"; <b>\x1b[2Jé"), "rm -rf  x a b2Jé");
        assert_eq!(told("Compte rendu d'opération, 12/03/2025"), "Compte rendu d’opération, 12/03/2025");
    }
}
