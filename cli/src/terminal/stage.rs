//! The foot of the screen: a bar for work that is counted, a sign of life for any other that takes more than half a second, and what is
//! waited for. One thread draws, nobody else: threads that work only count, and lines and questions take the foot away first.
//!
//! ```text
//! Drawn   a terminal: a bar or a spinner, taken away without a trace
//! Lines   a terminal that obeys no escapes (`TERM=dumb`): a line now and then
//! Piped   no terminal: only what is waited for, once
//! Quiet   nothing
//! ```

use std::io::{self, IsTerminal as _, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::foot::Foot;
use crate::say;
use crate::screen;
use crate::text::{Language, Texts};
use crate::waits::{Wait, Waits};

/// The foot of the screen. Its clones are the same one.
#[derive(Debug, Clone)]
pub struct Stage {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: Kind,
    language: Language,
    waits: Waits,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Drawn,
    Lines,
    Piped,
    Quiet,
}

#[derive(Debug)]
struct State {
    /// Since when nobody has seen anything, in answers, remarks and questions.
    since: Instant,
    /// Questions that are open, and lines that are being written: nothing is drawn meanwhile.
    held: usize,
    work: Option<Work>,
    /// What goes on that is not counted, where it has a name.
    phase: Option<String>,
    drawn: Option<Drawn>,
    /// Whether this silence of the server has been told of, where that is done once.
    told: bool,
    /// Of a terminal without escapes: how much of the work was last told of, and when.
    line: Option<(u64, Instant)>,
}

#[derive(Debug, Clone)]
struct Work {
    what: String,
    len: u64,
    unit: Unit,
    done: Arc<AtomicU64>,
    begun: Instant,
}

#[derive(Debug)]
struct Drawn {
    bar: ProgressBar,
    template: &'static str,
}

/// What work is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, shown as a share of the whole.
    Bytes,
    /// Things, shown as how many of how many.
    Things,
}

/// Work that is counted. It is off the screen once this and its clones are dropped.
#[derive(Debug, Clone)]
pub struct Progress {
    done: Arc<AtomicU64>,
    _off: Arc<Off>,
}

#[derive(Debug)]
struct Off(Weak<Inner>);

/// Something that goes on and is not counted.
#[derive(Debug)]
pub struct Phase {
    stage: Stage,
    before: Option<String>,
}

impl Drop for Phase {
    fn drop(&mut self) {
        self.stage.inner.state().phase = self.before.take();
    }
}

/// A content that is read or written, and counted.
#[derive(Debug)]
pub struct Counted<'a, T> {
    inner: T,
    progress: &'a Progress,
}

impl<'a, T> Counted<'a, T> {
    /// Counts what goes through.
    pub fn new(inner: T, progress: &'a Progress) -> Self {
        Self { inner, progress }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.inc(read as u64);
        Ok(read)
    }
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.progress.inc(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Progress {
    /// So much more is done. Any thread may say so.
    pub fn inc(&self, count: u64) {
        self.done.fetch_add(count, Ordering::Relaxed);
    }

    /// The work is over.
    pub fn finish_and_clear(self) {
        drop(self);
    }
}

impl Drop for Off {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            let mut state = inner.state();
            state.clear();
            state.work = None;
            state.line = None;
            state.since = Instant::now();
        }
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new(Kind::Quiet, Language::default())
    }
}

impl Stage {
    /// The foot of this process's screen, which is drawn from now on.
    #[must_use]
    pub fn of_process(language: Language, quiet: bool) -> Self {
        let kind = match (quiet, io::stderr().is_terminal(), is_dumb()) {
            (true, ..) => Kind::Quiet,
            (false, false, _) => Kind::Piped,
            (false, true, true) => Kind::Lines,
            (false, true, false) => Kind::Drawn,
        };
        let stage = Self::new(kind, language);
        if kind != Kind::Quiet {
            let inner = Arc::downgrade(&stage.inner);
            // Without the thread nothing is drawn, and everything else goes on.
            let _ = std::thread::Builder::new().name("screen".to_owned()).spawn(move || live(&inner));
        }
        stage
    }

    fn new(kind: Kind, language: Language) -> Self {
        let since = Instant::now();
        let state = State { since, held: 0, work: None, phase: None, drawn: None, told: false, line: None };
        Self { inner: Arc::new(Inner { kind, language, waits: Waits::default(), state: Mutex::new(state) }) }
    }

    /// Where transports say what they wait for.
    #[must_use]
    pub fn waits(&self) -> Waits {
        self.inner.waits.clone()
    }

    /// Begins work of `len` bytes or things. Other work that is still counted goes off the screen.
    #[must_use]
    pub fn progress(&self, len: u64, what: &str, unit: Unit) -> Progress {
        let done = Arc::new(AtomicU64::new(0));
        let begun = Instant::now();
        let mut state = self.inner.state();
        state.clear();
        state.work = Some(Work { what: what.to_owned(), len, unit, done: Arc::clone(&done), begun });
        Progress { done, _off: Arc::new(Off(Arc::downgrade(&self.inner))) }
    }

    /// Does something to the screen while nothing else is drawn on it: the foot is gone before and comes back after.
    pub fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        {
            let mut state = self.inner.state();
            state.held = state.held.saturating_add(1);
            state.clear();
        }
        let done = act();
        let mut state = self.inner.state();
        state.held = state.held.saturating_sub(1);
        state.since = Instant::now();
        done
    }

    /// Says what goes on, until it is dropped, instead of that something does.
    #[must_use]
    pub fn phase(&self, what: &str) -> Phase {
        let mut state = self.inner.state();
        let before = state.phase.replace(what.to_owned());
        Phase { stage: self.clone(), before }
    }

    /// Draws nothing any more: the command is over.
    pub fn close(&self) {
        let mut state = self.inner.state();
        state.held = usize::MAX;
        state.clear();
    }

    /// The language of the screen.
    #[must_use]
    pub fn language(&self) -> Language {
        self.inner.language
    }

    /// Leaves the screen as a shell wants to find it, for good: a process that is stopped ends after this.
    pub fn leave(&self) {
        let mut state = self.inner.state();
        let drawn = state.drawn.is_some();
        state.held = usize::MAX;
        state.clear();
        drop(state);
        if !drawn && matches!(self.inner.kind, Kind::Drawn | Kind::Lines) {
            // The cursor stands behind a question, or behind what the terminal shows of a Ctrl-C.
            let _ = io::stderr().write_all(b"\n");
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tick(&self) {
        let wait = self.waits.longest().filter(|wait| wait.silent >= WAITED);
        let mut state = self.state();
        if state.held > 0 {
            return;
        }
        if wait.is_none() {
            state.told = false;
        }
        match self.kind {
            Kind::Quiet => {}
            Kind::Piped => self.tell_once(&mut state, wait.as_ref()),
            Kind::Lines => {
                self.tell_once(&mut state, wait.as_ref());
                self.tell_now_and_then(&mut state);
            }
            Kind::Drawn => self.draw(&mut state, wait.as_ref()),
        }
    }

    fn tell_once(&self, state: &mut State, wait: Option<&Wait>) {
        let Some(wait) = wait.filter(|_| !state.told) else { return };
        state.told = true;
        let said = waiting(&Texts::of(self.language), wait);
        let said = if self.kind == Kind::Lines { screen::fit(&said, screen::width()) } else { said };
        let _ = writeln!(io::stderr(), "{said}");
    }

    fn tell_now_and_then(&self, state: &mut State) {
        let (share, what) = match &state.work {
            Some(work) => (work.share(), work.what.clone()),
            None => (0, state.phase.clone().unwrap_or_else(|| say!(Texts::of(self.language), "working"))),
        };
        let due = match state.line {
            None => state.since.elapsed() >= SIGN,
            Some((told, at)) => share > told && at.elapsed() >= BETWEEN_LINES,
        };
        if due {
            state.line = Some((share, Instant::now()));
            let said = if share == 0 { format!("{what}…") } else { format!("{what} {share}\u{a0}%") };
            let _ = writeln!(io::stderr(), "{}", screen::fit(&said, screen::width()));
        }
    }

    fn draw(&self, state: &mut State, wait: Option<&Wait>) {
        if state.drawn.is_none() && state.since.elapsed() < SIGN && wait.is_none() {
            return;
        }
        let narrow = screen::width() < NARROW;
        let template = match &state.work {
            _ if wait.is_some() && state.work.is_none() => "{spinner} {wide_msg}",
            None => "{spinner} {wide_msg}",
            Some(_) if narrow => "{wide_msg} {percent:>3}\u{a0}%",
            Some(work) if work.unit == Unit::Bytes => "{msg} {wide_bar} {percent:>3}\u{a0}% {eta:>4}",
            Some(_) => "{msg} {wide_bar} {pos}/{len} {eta:>4}",
        };
        if state.drawn.as_ref().is_some_and(|drawn| drawn.template != template) {
            state.clear();
        }
        let drawn = state.drawn.get_or_insert_with(|| Drawn::new(template));
        let message = match (wait, &state.work) {
            // Beside a bar there is room for a few words only.
            (Some(wait), Some(_)) => {
                say!(Texts::of(self.language), "waiting-short", server = wait.server.as_str())
            }
            (Some(wait), None) => waiting(&Texts::of(self.language), wait),
            (None, Some(work)) => work.what.clone(),
            (None, None) => match &state.phase {
                Some(phase) => phase.clone(),
                None => say!(Texts::of(self.language), "working"),
            },
        };
        drawn.bar.set_message(message);
        if let Some(work) = &state.work {
            drawn.bar.set_length(work.len);
            drawn.bar.set_position(work.done.load(Ordering::Relaxed).min(work.len));
            drawn.bar.set_elapsed(work.begun.elapsed());
        }
        drawn.bar.tick();
    }
}

impl State {
    fn clear(&mut self) {
        if let Some(drawn) = self.drawn.take() {
            drawn.bar.finish_and_clear();
        }
    }
}

impl Work {
    /// How much is done, in hundredths.
    fn share(&self) -> u64 {
        let done = self.done.load(Ordering::Relaxed).min(self.len);
        done.saturating_mul(100).checked_div(self.len).unwrap_or(0)
    }
}

impl Drawn {
    fn new(template: &'static str) -> Self {
        let bar =
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::term_like_with_hz(Box::new(Foot), 20));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        }
        Self { bar, template }
    }
}

fn waiting(texts: &Texts, wait: &Wait) -> String {
    say!(texts, "waiting", server = wait.server.as_str(), seconds = wait.limit.as_secs())
}

fn live(inner: &Weak<Inner>) {
    while let Some(inner) = inner.upgrade() {
        inner.tick();
        drop(inner);
        sleep(TICK);
    }
}

/// Whether the terminal obeys no escapes.
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

const TICK: Duration = Duration::from_millis(100);
/// Nobody looks at a screen without a sign of life for longer.
const SIGN: Duration = Duration::from_millis(400);
/// A server that is silent for so long is named.
const WAITED: Duration = Duration::from_secs(2);
const BETWEEN_LINES: Duration = Duration::from_secs(5);
/// On fewer columns there is no room for a bar.
const NARROW: usize = 50;
