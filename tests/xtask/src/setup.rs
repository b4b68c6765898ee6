//! What the tests need on this machine.
//!
//! npm packages go into `tests/js` and are installed where Node is, Python's into a virtual environment, crates with published vectors into
//! cargo's own copy of the registry. Debian packages and toolchains change the machine, so they are installed only where that is allowed,
//! and else the line to type is printed.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::Install;
use crate::step::{self, Steps, cargo, say};

/// A program that a test calls, and the Debian package that brings it.
const PROGRAMS: [(&str, &str); 16] = [
    // Another implementation of age.
    ("age", "age"),
    // The shells that complete documents and people.
    ("bash", "bash"),
    ("fish", "fish"),
    ("zsh", "zsh"),
    // Clocks that are wrong, and terminals: `tests/src/terminal.rs` needs no program of its own.
    ("faketime", "faketime"),
    // What git would see of a try-out.
    ("git", "git"),
    // JavaScript's age, and the worker's module.
    ("node", "nodejs"),
    ("npm", "npm"),
    // What ships is parted from its symbols.
    ("objcopy", "binutils"),
    // Judges of what is printed and of what is read from PDF.
    ("pdftotext", "poppler-utils"),
    ("pdftoppm", "poppler-utils"),
    ("qpdf", "qpdf"),
    // The API tester, the linter of the Dockerfile, independent counters of facts.
    ("python3", "python3-venv"),
    ("systemd-analyze", "systemd"),
    // Disks that are cut from their power, as root.
    ("losetup", "mount"),
    ("mkfs.ext4", "e2fsprogs"),
];

/// Debian's compiler for WASM, where rustup has no standard library to give.
const WASM_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"];

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Installs or explains what is missing.
pub(crate) fn setup(steps: &mut Steps, install: Install) {
    let missing = PROGRAMS.iter().filter(|(program, _)| !is_here(program));
    let mut packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    packages.dedup();
    if !makes_wasm(install) {
        packages.extend(WASM_PACKAGES);
    }
    if !packages.is_empty() {
        install_packages(steps, install, &packages);
    }
    vectors(steps);
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

/// The sources of the crates whose vectors the tests read. Nothing of them is compiled.
fn vectors(steps: &mut Steps) {
    let mut command = cargo("fetch");
    command.args(["--quiet", "--locked", "--target", &format!("{}-unknown-linux-gnu", env::consts::ARCH)]);
    steps.run("published vectors", command.args(["--manifest-path", "tests/published/Cargo.toml"]));
}

/// Exactly what the lock file says, and none of its scripts.
fn npm(steps: &mut Steps) {
    let js = step::repository().join("tests/js");
    let lock = js.join("package-lock.json");
    let installed = js.join("node_modules/.package-lock.json");
    let modified = |file: &Path| file.metadata().and_then(|metadata| metadata.modified()).ok();
    if modified(&lock).is_none() || modified(&installed) >= modified(&lock) || !is_here("npm") {
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
    if same || !is_here("python3") {
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

/// On the `PATH`, or where root's programs lie.
fn is_here(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.into_iter().any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What another package or `tests/py/requirements.txt` brings, what is named to be missing, and the browser that no
    /// test calls yet.
    const OTHERS: [&str; 6] =
        ["age-keygen", "carnet-no-such-program", "chromedriver", "chromium", "hadolint", "schemathesis"];

    #[test]
    fn setup_lists_each_program_that_a_test_needs() {
        let tests = step::repository().join("tests");
        let mut sources = Vec::new();
        for folder in ["tests", "src"] {
            collect(&tests.join(folder), &mut sources);
        }
        let mut named = 0;
        for source in sources {
            let text = fs::read_to_string(&source).unwrap();
            for name in text.split("program(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let listed = PROGRAMS.iter().any(|(program, _)| *program == name) || OTHERS.contains(&name);
                assert!(listed, "{}: {name}", source.display());
                named += 1;
            }
        }
        assert!(named > 10, "{named}");
    }

    fn collect(folder: &Path, sources: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
}
