//! A command that is stopped: Ctrl-C, SIGTERM, a terminal that was closed. What it was in the middle of making goes, the terminal is as it
//! was, one line says how things stand, and the process ends with 128 and the signal's number, as shells have it. What a second run can go on with stays.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::say;
use crate::terminal::stage::Stage;
use crate::text::Texts;

/// What is half made: signals are of the whole process, and so is this.
static HALF_MADE: Mutex<Vec<(u64, HalfMade)>> = Mutex::new(Vec::new());

enum HalfMade {
    File(PathBuf),
    Folder(PathBuf),
    Process(u32),
    Terminal(Box<Termios>),
    /// What is said of how things stand: a text, and how many of what it counts are done.
    Words(&'static str, Arc<AtomicU64>),
}

/// Something that goes where the process is stopped while this is there.
#[derive(Debug)]
#[must_use]
pub struct Unfinished(u64);

impl Unfinished {
    /// A file that is being written. It is named before it is made.
    pub fn file(path: &Path) -> Self {
        Self::new(HalfMade::File(path.to_owned()))
    }

    /// A folder that is being filled.
    pub fn folder(path: &Path) -> Self {
        Self::new(HalfMade::Folder(path.to_owned()))
    }

    /// A process that is not of use yet.
    pub fn process(id: u32) -> Self {
        Self::new(HalfMade::Process(id))
    }

    /// Work that says how it stands where it is stopped: a text by its id, with how many are `done` by then. Of several the last speaks.
    pub fn told(text: &'static str, done: &Arc<AtomicU64>) -> Self {
        Self::new(HalfMade::Words(text, Arc::clone(done)))
    }

    /// How the terminal is set now, before a question changes it.
    pub fn terminal() -> Option<Self> {
        let termios = fs::File::open("/dev/tty").ok().and_then(|tty| tcgetattr(&tty).ok())?;
        Some(Self::new(HalfMade::Terminal(Box::new(termios))))
    }

    fn new(one: HalfMade) -> Self {
        let mut all = lock();
        let number = all.last().map_or(0, |(number, _)| number.wrapping_add(1));
        all.push((number, one));
        Self(number)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        lock().retain(|(number, _)| *number != self.0);
    }
}

/// Watches for what stops this process, from now on.
pub fn watch(stage: Stage) {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    // Without the thread a signal ends the process as it always did.
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(&stage, signal);
        }
    });
}

/// Waits for the end of a process that is being stopped.
pub fn wait() -> ! {
    loop {
        std::thread::park();
    }
}

fn end(stage: &Stage, signal: i32) -> ! {
    // Held until the end: nobody gives a half-made file its name any more.
    let mut all = lock();
    let mut words = None;
    for (_, one) in all.drain(..) {
        match one {
            HalfMade::Terminal(termios) => {
                if let Ok(tty) = fs::File::open("/dev/tty") {
                    let _ = tcsetattr(&tty, OptionalActions::Now, &termios);
                }
            }
            HalfMade::Words(text, done) => {
                words = Some(say!(Texts::of(stage.language()), text, count = done.load(Ordering::Relaxed)));
            }
            HalfMade::File(path) => drop(fs::remove_file(path)),
            HalfMade::Folder(path) => drop(fs::remove_dir_all(path)),
            HalfMade::Process(id) => {
                if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
                    let _ = kill_process(pid, Signal::TERM);
                }
            }
        }
    }
    stage.leave();
    if let Some(words) = words {
        let _ = writeln!(std::io::stderr(), "{words}");
    }
    std::process::exit(128_i32.saturating_add(signal))
}

fn lock() -> MutexGuard<'static, Vec<(u64, HalfMade)>> {
    HALF_MADE.lock().unwrap_or_else(PoisonError::into_inner)
}
