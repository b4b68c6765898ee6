//! A person before a terminal: the real `carnet` on a pseudo-terminal of a given size, what they type, and the screen as they see it, after
//! all movements of the cursor.
//!
//! Nothing waits for ever: a command that does not say what is expected of it within [`PATIENCE`] is killed, and its test fails with the
//! screen of then.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a stage prop that fails fails its test"
)]

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty};
use rustix::termios::{LocalModes, tcgetattr};
use vt100::Parser;

use crate::cli::{Machine, binary};

/// How long a command may take until it shows what is waited for.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A terminal of some size and kind, on somebody's machine.
#[derive(Debug, Clone)]
pub struct Window {
    columns: NonZero<u16>,
    rows: NonZero<u16>,
    variables: Vec<(String, String)>,
}

impl Window {
    /// A terminal of 80 columns and 24 rows.
    #[must_use]
    pub fn new() -> Self {
        let variables = [("TERM", "xterm-256color"), ("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { columns: size(80), rows: size(24), variables }
    }

    /// The same with so many columns.
    #[must_use]
    pub fn of_columns(mut self, columns: u16) -> Self {
        self.columns = size(columns);
        self
    }

    /// The same with a variable of the environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs `carnet` there, as the person of a machine types it: nothing but the terminal gives it anything.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn run<A: AsRef<OsStr>>(&self, machine: &Machine, args: &[A]) -> Session {
        self.run_program(binary(), machine, args)
    }

    /// The same with another program: a shell, in which `carnet` is typed.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn run_program<A: AsRef<OsStr>>(&self, program: &Path, machine: &Machine, args: &[A]) -> Session {
        let variables = self.variables.iter().cloned();
        let variables = variables.chain(machine.variables().into_iter().filter(|(name, _)| name != "PATH"));
        let args = args.iter().map(|arg| arg.as_ref().to_owned());
        let mut command = Command::new(program).args(args).current_dir(machine.path("")).env_clear();
        for (name, value) in variables {
            command = command.env(name, value);
        }
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(self.rows.get(), self.columns.get())).unwrap();
        let child = command.spawn(pts).unwrap();
        Session::begin(pty, child, self.rows, self.columns)
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::new()
    }
}

/// A command at work on a terminal. It is killed where its test does not see it to its end.
pub struct Session {
    pty: Arc<Pty>,
    child: Child,
    seen: Arc<Mutex<Seen>>,
    reader: Option<JoinHandle<()>>,
}

struct Seen {
    parser: Parser,
    bytes: Vec<u8>,
    /// Every different last line but one that has stood on the screen, in order: bars are among them.
    lines: Vec<String>,
}

/// How a command ended, and what it left on the screen.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none where a signal ended it.
    pub exit: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Everything that stands on the screen and has scrolled off it, line by line.
    pub text: String,
    /// Everything that was sent to the terminal.
    pub bytes: Vec<u8>,
    /// Every line that has stood on the screen at some time where a bar stands.
    pub lines: Vec<String>,
    /// Whether the cursor is seen.
    pub cursor: bool,
    /// The column that it stands in.
    pub column: u16,
    /// Whether what is typed is shown.
    pub echo: bool,
    /// Whether typed lines are edited and Ctrl-C stops, as a shell wants it.
    pub cooked: bool,
}

impl Session {
    fn begin(pty: Pty, child: Child, rows: NonZero<u16>, columns: NonZero<u16>) -> Self {
        let parser = Parser::new(rows, columns, 10_000);
        let seen = Arc::new(Mutex::new(Seen { parser, bytes: Vec::new(), lines: Vec::new() }));
        let pty = Arc::new(pty);
        let (from, to) = (Arc::clone(&pty), Arc::clone(&seen));
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 512];
            // The other end is closed: an error says so on Linux.
            while let Ok(count) = (&*from).read(&mut piece) {
                if count == 0 {
                    break;
                }
                let mut seen = to.lock().unwrap();
                seen.bytes.extend_from_slice(&piece[..count]);
                seen.parser.process(&piece[..count]);
                let row = seen.parser.screen().cursor_position().0;
                let width = seen.parser.screen().size().1;
                let line =
                    seen.parser.screen().rows(0, width.get()).nth(usize::from(row)).unwrap_or_default();
                if !line.trim().is_empty() && seen.lines.last() != Some(&line) {
                    seen.lines.push(line);
                }
            }
        });
        Self { pty, child, seen, reader: Some(reader) }
    }

    /// What stands on the screen now.
    #[must_use]
    pub fn screen(&self) -> String {
        self.seen().parser.screen().contents()
    }

    /// All that has stood on the screen, lines that have scrolled off it first.
    #[must_use]
    pub fn text(&self) -> String {
        text(&mut self.seen().parser)
    }

    /// Every line that has stood where the cursor is.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.seen().lines.clone()
    }

    /// Waits until this stands on the screen.
    ///
    /// # Panics
    /// Where the command ends before, or does not say it in time.
    pub fn see(&mut self, text: &str) {
        self.wait(text, |session| flat(&session.text()).contains(&flat(text)));
    }

    /// Waits until this is true.
    ///
    /// # Panics
    /// Where the command ends before, or it does not become true in time.
    pub fn wait(&mut self, what: &str, mut is: impl FnMut(&Self) -> bool) {
        let begin = Instant::now();
        loop {
            let ended = self.child.try_wait().unwrap().is_some();
            if ended {
                self.join();
            }
            if is(self) {
                return;
            }
            assert!(!ended, "ended before {what:?}:\n{}", self.text());
            if begin.elapsed() > PATIENCE {
                let text = self.text();
                let _ = self.child.kill();
                panic!("{what:?} does not come:\n{text}");
            }
            sleep(Duration::from_millis(10));
        }
    }

    /// Types a line.
    ///
    /// # Panics
    /// Where the terminal is gone.
    pub fn type_line(&mut self, line: &str) {
        self.type_keys(&format!("{line}\n"));
    }

    /// Types keys.
    ///
    /// # Panics
    /// Where the terminal is gone.
    pub fn type_keys(&mut self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for a question, and types an answer that is not seen: not before the terminal shows nothing of it.
    ///
    /// # Panics
    /// As [`Session::see`].
    pub fn answer_unseen(&mut self, question: &str, answer: &str) {
        self.see(question);
        self.wait("echo is off", |session| !session.echoes());
        self.type_line(answer);
    }

    /// Waits for a question, and types an answer.
    ///
    /// # Panics
    /// As [`Session::see`].
    pub fn answer(&mut self, question: &str, answer: &str) {
        self.see(question);
        self.type_line(answer);
    }

    /// Which word of the kit is asked for now, after `before` such questions.
    ///
    /// # Panics
    /// Where none is asked for.
    pub fn asked_word(&mut self, before: usize) -> usize {
        let numbers = |text: &str| -> Vec<usize> {
            let flat = flat(text);
            let asked = flat.split("Mot n° ").skip(1).chain(flat.split("Word no. ").skip(1));
            let number = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
            // A question ends in a colon: what is said of a word is none.
            asked
                .filter(|rest| rest.split_once(':').is_some_and(|(of, _)| of.len() < 20))
                .filter_map(number)
                .collect()
        };
        self.wait("a word of the kit", |session| numbers(&session.text()).len() > before);
        numbers(&self.text())[before]
    }

    /// Types Ctrl-C.
    pub fn interrupt(&mut self) {
        self.type_keys("\x03");
    }

    /// Whether what is typed is shown.
    ///
    /// # Panics
    /// Where the terminal is gone.
    #[must_use]
    pub fn echoes(&self) -> bool {
        tcgetattr(&*self.pty).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as a power cut would.
    ///
    /// # Panics
    /// Where it cannot be killed.
    pub fn kill_9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.join();
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// Where it does not come in time.
    #[must_use]
    pub fn end(mut self) -> Ended {
        let begin = Instant::now();
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if begin.elapsed() > PATIENCE {
                let text = self.text();
                let _ = self.child.kill();
                panic!("it does not end:\n{text}");
            }
            sleep(Duration::from_millis(10));
        };
        let modes = tcgetattr(&*self.pty).unwrap().local_modes;
        self.join();
        let mut seen = self.seen();
        Ended {
            exit: status.code(),
            signal: status.signal(),
            text: text(&mut seen.parser),
            cursor: !seen.parser.screen().hide_cursor(),
            column: seen.parser.screen().cursor_position().1,
            bytes: seen.bytes.clone(),
            lines: seen.lines.clone(),
            echo: modes.contains(LocalModes::ECHO),
            cooked: modes.contains(LocalModes::ICANON | LocalModes::ISIG),
        }
    }

    fn join(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// The same, once the screen is as a shell wants to find it: no half bar, the cursor seen and at the beginning of a line, typing shown.
    ///
    /// # Panics
    /// Where it is not.
    #[must_use]
    pub fn clean(self) -> Self {
        assert!(self.cursor && self.echo && self.cooked, "{self:?}");
        let spins = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
        let drawn = |line: &str| is_bar(line) || line.starts_with(spins);
        assert!(!self.text.lines().any(drawn), "something drawn is left:\n{}", self.text);
        assert_eq!(self.column, 0, "the cursor is left in the middle of a line:\n{}", self.text);
        self
    }

    /// The same, where it was done.
    ///
    /// # Panics
    /// Where it was not.
    #[must_use]
    pub fn done(self) -> Self {
        assert_eq!(self.exit, Some(0), "{}", self.text);
        self.clean()
    }

    /// The same, where Ctrl-C ended it.
    ///
    /// # Panics
    /// Where something else did.
    #[must_use]
    pub fn interrupted(self) -> Self {
        assert_eq!(self.exit, Some(130), "{:?}\n{}", self.signal, self.text);
        self.clean()
    }

    /// The different states of a bar that were seen.
    #[must_use]
    pub fn bars(&self) -> Vec<&str> {
        let mut bars: Vec<&str> = self.lines.iter().map(String::as_str).filter(|line| is_bar(line)).collect();
        bars.dedup();
        bars
    }

    /// Whether an escape was sent to the terminal.
    #[must_use]
    pub fn has_escapes(&self) -> bool {
        self.bytes.contains(&0x1b)
    }

    /// Everything that was sent, as text.
    #[must_use]
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Whether a line of the screen is a bar: how much is done stands beside it.
#[must_use]
pub fn is_bar(line: &str) -> bool {
    (line.contains('█') || line.contains('░')) && (line.contains('%') || line.contains('/'))
}

fn size(of: u16) -> NonZero<u16> {
    NonZero::new(of).unwrap()
}

/// Text without line breaks: what is wrapped at the screen's edge reads on.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All lines, those that have scrolled off the screen first.
fn text(parser: &mut Parser) -> String {
    let screen = parser.screen_mut();
    screen.set_scrollback(usize::MAX);
    let off = screen.scrollback();
    let (rows, width) = screen.size();
    let mut lines: Vec<String> = Vec::new();
    let mut above = off;
    // A page at a time, the last one is the screen itself.
    loop {
        screen.set_scrollback(above);
        let page: Vec<String> = screen.rows(0, width.get()).collect();
        let step = above.min(usize::from(rows.get()));
        match above {
            0 => {
                lines.extend(page);
                break;
            }
            _ => lines.extend(page.into_iter().take(step)),
        }
        above -= step;
    }
    let text = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.trim_end().to_owned()
}
