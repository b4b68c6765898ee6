//! What the tests need on this machine.
//!
//! npm packages go into `tests/js` and are installed where Node is, Python's into a virtual environment; Debian packages and toolchains change the machine,
//! so they are installed only where that is allowed, and else the line to type is printed.

use std::path::Path;
use std::process::Command;

use crate::Install;
use crate::step::{self, Steps, say};

/// A program that a test calls, and the Debian package that brings it.
const PROGRAMS: [(&str, &str); 6] = [
    ("age", "age"),
    ("faketime", "faketime"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("python3", "python3-venv"),
    ("systemd-analyze", "systemd"),
];

/// Debian's compiler for WASM, where rustup has no standard library to give.
const WASM_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"];

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Installs or explains what is missing.
pub(crate) fn setup(steps: &mut Steps, install: Install) {
    let mut packages: Vec<&str> =
        PROGRAMS.iter().filter(|(program, _)| !answers(program)).map(|(_, package)| *package).collect();
    if !makes_wasm(install) {
        packages.extend(WASM_PACKAGES);
    }
    if !packages.is_empty() {
        install_packages(steps, install, &packages);
    }
    npm(steps);
    python(steps);
}

fn install_packages(steps: &mut Steps, install: Install, packages: &[&str]) {
    let root = step::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if install == Install::Allowed && root {
        let apt = |verb: &str| {
            let mut command = Command::new("apt-get");
            command.args(["--quiet", "--yes", verb]).env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        steps.run("apt-get update", &mut apt("update"));
        steps.run("apt-get install", apt("install").arg("--no-install-recommends").args(packages));
    } else {
        say(&format!("Missing here; to install it: sudo apt-get install {}", packages.join(" ")));
    }
}

/// Whether a compiler for WASM is here, or came with `rustup target add`.
fn makes_wasm(install: Install) -> bool {
    let sysroot = step::output(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    let library = Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET);
    let debian =
        ["/usr/bin/rustc", "/usr/bin/wasm-ld-22", "/usr/lib/rustlib/src/rust/library/std/Cargo.toml"];
    let here = library.is_dir() || debian.iter().all(|file| Path::new(file).is_file());
    here || (install == Install::Allowed
        && step::output(Command::new("rustup").args(["target", "add", WASM_TARGET])).is_ok())
}

/// Exactly what the lock file says, and none of its scripts.
fn npm(steps: &mut Steps) {
    let js = step::repository().join("tests/js");
    let lock = js.join("package-lock.json");
    let installed = js.join("node_modules/.package-lock.json");
    let modified = |file: &Path| file.metadata().and_then(|metadata| metadata.modified()).ok();
    if modified(&lock).is_none() || modified(&installed) >= modified(&lock) || !answers("npm") {
        return;
    }
    let mut command = Command::new("npm");
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(js);
    steps.run("npm ci", &mut command);
}

/// The programs of `tests/py/requirements.txt`, in `python` of the target folder: nothing else on the machine changes.
fn python(steps: &mut Steps) {
    let list = step::repository().join("tests/py/requirements.txt");
    let folder = step::target().join("python");
    let done = folder.join("requirements.txt");
    let same = std::fs::read(&list).ok().is_some_and(|wanted| std::fs::read(&done).ok() == Some(wanted));
    if same || !answers("python3") {
        return;
    }
    let made = steps.succeeds("python3 -m venv", Command::new("python3").args(["-m", "venv"]).arg(&folder));
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&list);
    if made && steps.succeeds("pip install", &mut pip) {
        // Where it cannot be noted, it is done again next time.
        let _ = std::fs::copy(&list, &done);
    }
}

fn answers(program: &str) -> bool {
    step::output(Command::new(program).arg("--version")).is_ok()
}
