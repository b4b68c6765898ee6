//! Steps: programs that are called one after another, timed, each failure remembered.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// Why a verb failed, in two lines: what happened, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) todo: String,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { what: what.into(), todo: todo.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cargo xtask: {}\n{}", self.what, self.todo)
    }
}

/// The steps of one verb: those that ran, and those that failed.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    failed: Vec<String>,
}

impl Steps {
    /// Runs a program to its end and prints its seconds.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) {
        self.time(name, || match command.stdin(Stdio::null()).status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(status.to_string()),
            Err(error) => Err(format!("{}: {error}", command.get_program().display())),
        });
    }

    /// As [`Self::run`], where another way remains if it fails.
    pub(crate) fn succeeds(&mut self, name: &str, command: &mut Command) -> bool {
        let before = self.failed.len();
        self.run(name, command);
        let succeeded = self.failed.len() == before;
        self.failed.truncate(before);
        succeeded
    }

    /// As [`Self::run`], and gives what the program printed, which is shown as it comes.
    pub(crate) fn read(&mut self, name: &str, command: &mut Command) -> String {
        let mut told = String::new();
        self.time(name, || {
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().map_err(|error| error.to_string())?;
            told = show_and_keep(child.stdout.take(), child.stderr.take());
            let status = child.wait().map_err(|error| error.to_string())?;
            if status.success() { Ok(()) } else { Err(status.to_string()) }
        });
        told
    }

    /// Remembers a failure that is not a program's.
    pub(crate) fn fail(&mut self, name: &str, why: &str) {
        say(&format!("--- {name}: FAILED: {why}"));
        self.failed.push(name.to_owned());
    }

    /// How the verb ends.
    pub(crate) fn end(self) -> Result<(), Failure> {
        if self.failed.is_empty() {
            return Ok(());
        }
        Err(Failure {
            what: format!("failed: {}", self.failed.join(", ")),
            todo: "each says why above, before its line of seconds".to_owned(),
        })
    }

    fn time(&mut self, name: &str, run: impl FnOnce() -> Result<(), String>) {
        say(&format!("--- {name}"));
        let start = Instant::now();
        let result = run();
        let seconds = start.elapsed().as_secs_f64();
        match result {
            Ok(()) => say(&format!("--- {name}: {seconds:.1} s")),
            Err(why) => {
                say(&format!("--- {name}: FAILED after {seconds:.1} s: {why}"));
                self.failed.push(name.to_owned());
            }
        }
    }
}

/// A call of cargo at the root of the repository.
pub(crate) fn cargo(verb: &str) -> Command {
    // With a toolchain named, only rustup's own `cargo` will do.
    let program = if verb.starts_with('+') { None } else { env::var_os("CARGO") };
    let mut command = Command::new(program.unwrap_or_else(|| OsString::from("cargo")));
    command.arg(verb).current_dir(repository());
    if verb.starts_with('+') {
        command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    }
    command
}

/// What a short program prints, or nothing where it fails.
pub(crate) fn output(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(output.status.to_string()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The root of this repository.
pub(crate) fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The target folder that this program was built in: `TARGET/debug/xtask`.
pub(crate) fn target() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).map_or_else(|| repository().join("target"), Path::to_path_buf)
}

/// Whether `CI=true`: there, whatever is missing is installed or fails the run.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|ci| ci == "true")
}

/// Words for a person. Nothing can be done where standard output is closed.
pub(crate) fn say(words: &str) {
    let _ = writeln!(io::stdout(), "{words}");
}

/// Both streams of a child, line by line as they come.
fn show_and_keep(
    stdout: Option<impl Read + Send + 'static>,
    stderr: Option<impl Read + Send + 'static>,
) -> String {
    let (sender, lines) = mpsc::channel();
    spawn_reader(stdout, sender.clone());
    spawn_reader(stderr, sender);
    let mut told = String::new();
    for line in lines {
        say(&line);
        told.push_str(&line);
        told.push('\n');
    }
    told
}

fn spawn_reader(stream: Option<impl Read + Send + 'static>, lines: mpsc::Sender<String>) {
    let Some(stream) = stream else { return };
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            if lines.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
}
