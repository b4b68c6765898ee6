//! What a test needs beyond this repository, and how a test without it reports itself as skipped.
//!
//! ```no_run
//! # fn a_foreign_file_opens() {
//! use carnet_tests::need;
//! let Some(age) = need::program("age") else { return };
//! # }
//! ```
//!
//! Where a need is missing, the test is recorded by name, one line `TEST<TAB>WHAT IS MISSING` in the file named by
//! `CARNET_SKIP_FILE` (else `carnet-skipped/skipped.tsv` in the target folder), and returns early. `cargo xtask test`
//! prints these lines as a table at its end. With `CI=true` a missing need fails the test instead.
//!
//! A file in `tests/tests` begins with `#![cfg(test)]`: our lints then treat its helpers as tests too.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// A headless browser and the driver that speaks WebDriver to it.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Chromium itself.
    pub chromium: PathBuf,
    /// Its driver, of the same version.
    pub driver: PathBuf,
}

/// Why data beside the checkout comes from no registry, by the beginning of its path.
const WHY: [(&str, &str); 4] = [
    ("crypto/cctv-ed25519", ": vectors that no registry carries"),
    ("crypto/merkle-rfc6962", ": the newer half of vectors whose older half is in a registry"),
    ("crypto/tlog-tessera", ": a log that Tessera wrote, which no registry carries"),
    ("", ": a body of real documents"),
];

/// A file or folder of data beside the checkout: `shared("dicom")` is `../shared/data/dicom`.
///
/// Published vectors that a registry carries come from there ([`crate::published`]).
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let why = WHY.iter().find(|(start, _)| path.starts_with(start)).map_or("", |(_, why)| why);
    beside(&format!("data/{path}"), why)
}

/// A file or folder of cases beside the checkout: `cases("files/02-rowspan.xml")` is
/// `../shared/cases/files/02-rowspan.xml`.
#[must_use]
pub fn cases(path: &str) -> Option<PathBuf> {
    beside(&format!("cases/{path}"), ": a body of real documents")
}

fn beside(path: &str, why: &str) -> Option<PathBuf> {
    let found = repository().join("../shared").join(path);
    if found.exists() { Some(found) } else { missing(&format!("../shared/{path}{why}")) }
}

/// A tool whose source lies beside the checkout: `tool("powercut-disk")` is the folder `../shared/tools/powercut-disk`.
#[must_use]
pub fn tool(name: &str) -> Option<PathBuf> {
    beside(&format!("tools/{name}"), "")
}

/// A program by name: on the `PATH`, or of the virtual environment that `cargo xtask setup` makes of `tests/py/requirements.txt`.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let python = || Some(target()?.join("python/bin").join(name)).filter(|program| program.is_file());
    on_path(name).or_else(python).or_else(|| missing(&format!("the program {name}")))
}

/// The folder of an npm package installed under `tests/js`, and `node` to run it with.
#[must_use]
pub fn node_package(name: &str) -> Option<PathBuf> {
    program("node")?;
    let found = js().join("node_modules").join(name);
    if found.is_dir() { Some(found) } else { missing(&format!("the npm package {name} in tests/js")) }
}

/// Bindings that `cargo xtask web` made: `web("node")`, `web("vectors")` or `web("web")`.
///
/// They are looked for in `CARNET_WEB_DIR`, else in `web/` of the target folder.
#[must_use]
pub fn web(kind: &str) -> Option<PathBuf> {
    let folder = env::var_os("CARNET_WEB_DIR").map(PathBuf::from).or_else(|| Some(target()?.join("web")));
    let found = folder.map(|folder| folder.join(kind)).filter(|folder| folder.is_dir());
    found.or_else(|| missing(&format!("the web build for {kind} (cargo xtask web)")))
}

/// The rights of root.
#[must_use]
pub fn root() -> Option<()> {
    let id = Command::new("id").arg("-u").stdin(Stdio::null()).output().ok();
    if id.is_some_and(|id| id.stdout.trim_ascii() == b"0") { Some(()) } else { missing("the rights of root") }
}

/// Chromium and its driver.
#[must_use]
pub fn browser() -> Option<Browser> {
    Some(Browser { chromium: program("chromium")?, driver: program("chromedriver")? })
}

/// The folder of our JavaScript tests.
#[must_use]
pub fn js() -> PathBuf {
    repository().join("tests/js")
}

/// The root of this repository.
#[must_use]
pub fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// The target folder that the running test was built in: `TARGET/debug/deps/NAME-HASH`.
#[must_use]
pub fn target() -> Option<PathBuf> {
    let test = env::current_exe().ok()?;
    let deps = test.ancestors().find(|folder| folder.ends_with("deps"))?;
    Some(deps.parent()?.parent()?.to_path_buf())
}

/// Records the running test as skipped because `what` is missing, and gives `None` to return with.
///
/// # Panics
/// With `CI=true`: there, what is missing is a failure.
#[track_caller]
pub fn missing<T>(what: &str) -> Option<T> {
    refuse_in_ci(what);
    let line = format!("{}\t{what}\n", running_test());
    record("CARNET_SKIP_FILE", "skipped.tsv", &line);
    say(&format!("skipped: {line}"));
    None
}

/// Adds a line to the file that a variable names, else to a file of this name in `carnet-skipped`
/// of the target folder.
pub(crate) fn record(variable: &str, name: &str, line: &str) {
    let default = || Some(target()?.join("carnet-skipped").join(name));
    let Some(file) = env::var_os(variable).map(PathBuf::from).or_else(default) else { return };
    if let Err(error) = append(&file, line) {
        say(&format!("{}: {error}\n", file.display()));
    }
}

#[allow(clippy::panic, reason = "it is what fails the test")]
#[track_caller]
fn refuse_in_ci(what: &str) {
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "missing, and CI=true: {what}");
}

fn append(file: &Path, line: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(file)?.write_all(line.as_bytes())
}

/// Past the capture of output by the test runner. Nothing can be done where even this fails.
fn say(line: &str) {
    let _ = io::stderr().write_all(line.as_bytes());
}

/// `BINARY TEST`, as nextest shows it.
pub(crate) fn running_test() -> String {
    let binary = env::var("NEXTEST_BINARY_ID").ok().or_else(|| {
        let test = env::current_exe().ok()?;
        let stem = test.file_stem()?.to_str()?;
        Some(stem.rsplit_once('-').map_or(stem, |(name, _hash)| name).to_owned())
    });
    // A test runs in a thread of its name, or in the main one where it runs alone: then its name follows `--exact`.
    let current = thread::current();
    let test = current.name().filter(|name| *name != "main").map(str::to_owned);
    let test = test
        .or_else(|| env::var("NEXTEST_TEST_NAME").ok())
        .or_else(|| env::args().skip(1).find(|argument| !argument.starts_with('-')));
    format!("{} {}", binary.as_deref().unwrap_or("?"), test.as_deref().unwrap_or("?"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}
