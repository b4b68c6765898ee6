//! The lines at the foot of the screen, as they are drawn (ECMA-48). Some columns at the right stay free: what a terminal shows of a Ctrl-C
//! then stands on the same line, and goes with it.

use std::io::{self, Write as _};

use indicatif::TermLike;

use crate::screen;

/// The standard error, as a terminal that obeys escapes.
#[derive(Debug)]
pub(super) struct Foot;

impl Foot {
    fn send(text: &str) -> io::Result<()> {
        io::stderr().write_all(text.as_bytes())
    }

    fn go(count: usize, way: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { Self::send(&format!("\x1b[{count}{way}")) }
    }
}

impl TermLike for Foot {
    fn width(&self) -> u16 {
        u16::try_from(screen::width().saturating_sub(FREE)).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        Self::go(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        Self::go(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        Self::go(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        Self::go(count, 'D')
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        Self::send(line)?;
        Self::send("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        Self::send(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        Self::send("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Columns of "^C", and one for the cursor.
const FREE: usize = 3;
