//! What goes to a terminal: no line is wider than the screen. Texts of strangers are made harmless in [`crate::shown`].

use std::io::IsTerminal as _;

pub use crate::shown::{harmless, harmless_line};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The width that lines may have, in columns: the terminal's, at most 120; 80 where there is none.
#[must_use]
pub fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    // A terminal whose size nobody has set says 0.
    columns.or_else(asked).filter(|width| *width > 0).unwrap_or(80).clamp(16, 120)
}

/// The width of lines of help: the terminal's, 100 where it goes elsewhere.
pub(crate) fn width_of_help() -> usize {
    if std::io::stdout().is_terminal() || std::io::stderr().is_terminal() { width() } else { 100 }
}

/// The same lines, those that are wider than `width` broken between words. What a line begins with stays before what follows of it, and
/// what follows of a row of columns is set in; what has no space in it (a path, an address, a key) is never cut. Escapes of colours take no
/// columns.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        if columns(line) <= width {
            lines.push(line.to_owned());
            continue;
        }
        let indent = line.len().saturating_sub(line.trim_start_matches(' ').len()).min(width / 2);
        let is_row = line.trim_start_matches(' ').contains("  ");
        let below = if is_row { indent.saturating_add(HANG).min(width / 2) } else { indent };
        let (mut fitted, mut taken, mut has_word) = (" ".repeat(indent), indent, false);
        let mut spaces = 0_usize;
        for word in line.trim_start_matches(' ').split(' ') {
            let wide = columns(word);
            if word.is_empty() {
                spaces = spaces.saturating_add(1);
                continue;
            }
            if has_word && taken.saturating_add(spaces).saturating_add(wide) > width {
                lines.push(core::mem::replace(&mut fitted, " ".repeat(below)).trim_end().to_owned());
                (taken, has_word) = (below, false);
            }
            if has_word {
                fitted.push_str(&" ".repeat(spaces));
                taken = taken.saturating_add(spaces);
            }
            fitted.push_str(word);
            taken = taken.saturating_add(wide);
            (spaces, has_word) = (1, true);
        }
        lines.push(fitted.trim_end().to_owned());
    }
    lines.join("\n")
}

/// A code to scan, where it fits on the screen: one that is broken over lines is none, and the letters beside it say the same.
#[must_use]
pub(crate) fn whole_code(lines: Vec<String>) -> Vec<String> {
    if lines.iter().all(|line| line.width() <= width()) { lines } else { Vec::new() }
}

/// The columns of a line, without its escapes of colours (ECMA-48, SGR).
pub(crate) fn columns(line: &str) -> usize {
    let mut rest = line;
    let mut wide = 0_usize;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        wide = wide.saturating_add(before.width());
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    wide.saturating_add(rest.width())
}

/// Lines of at most `width` columns; words stay whole where they fit.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split([' ', '\t']).filter(|word| !word.is_empty()) {
            for piece in pieces(word, width) {
                let room = if line.is_empty() { 0 } else { line.width().saturating_add(1) };
                if room.saturating_add(piece.width()) > width && !line.is_empty() {
                    lines.push(core::mem::take(&mut line));
                }
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(&piece);
            }
        }
        lines.push(line);
    }
    lines
}

/// A word cut where it is wider than a line.
fn pieces(word: &str, width: usize) -> Vec<String> {
    let (mut pieces, mut piece, mut wide) = (Vec::new(), String::new(), 0_usize);
    for c in word.chars() {
        let columns = c.width().unwrap_or(0);
        if wide.saturating_add(columns) > width && !piece.is_empty() {
            pieces.push(core::mem::take(&mut piece));
            wide = 0;
        }
        piece.push(c);
        wide = wide.saturating_add(columns);
    }
    pieces.push(piece);
    pieces
}

/// Columns by which what follows of a row is set in.
const HANG: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let long = "anticonstitutionnellement ".repeat(10);
        for width in [1, 7, 20, 80] {
            assert!(wrap(&long, width).iter().all(|line| line.width() <= width), "{width}");
        }
    }

    #[test]
    fn long_line_is_broken_between_words_and_nothing_of_it_is_lost() {
        let line = "  a3f0  Kit de secours\u{a0}: prouvé le 12 mars 2025, /chemin/qui/est/plus/long/que/la/ligne/kit.pdf";
        for width in [16, 20, 33, 40, 80, 200] {
            let fitted = fit(line, width);
            let words = |text: &str| {
                text.split([' ', '\n']).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(words(&fitted), words(line), "{width}");
            let fits = |line: &str| line.width() <= width || !line.trim().contains(' ');
            assert!(fitted.lines().all(fits), "{width}: {fitted}");
            assert!(fitted.lines().all(|line| line.starts_with("  ")), "{width}: {fitted}");
        }
        let coloured = format!("\x1b[1m{}\x1b[0m", "x".repeat(20));
        assert_eq!(fit(&coloured, 20), coloured);
        assert_eq!(fit("one\n\n  two\n", 20), "one\n\n  two\n");
    }
}
