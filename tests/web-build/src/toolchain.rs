//! Which compiler makes WASM on this machine, and how it is called.
//!
//! 1. The pinned toolchain, where its standard library for `wasm32-unknown-unknown` is installed.
//! 2. The same, after `rustup target add`.
//! 3. Debian's `rustc-web`, which has no such library but carries the source of it (`rust-web-src`): cargo builds it
//!    once (`-Z build-std`, which a stable cargo takes with `RUSTC_BOOTSTRAP=1`). Its linker is `lld`'s.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;

/// The target of everything that runs in a browser.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The Debian packages of the third way.
pub(crate) const DEBIAN_PACKAGES: &str = "rustc-web cargo-web rust-web-src rust-web-clippy lld-22";

/// A compiler that makes WASM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that builds everything else.
    Pinned,
    /// Debian's, with its linker.
    Debian {
        /// `wasm-ld`, under the name that Debian gives it.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// The first of the three ways that works here.
    ///
    /// # Errors
    /// Where none does: what to install.
    pub(crate) fn find() -> Result<Self, Failure> {
        match choose(&Seen::here()) {
            Choice::Use(toolchain) => Ok(toolchain),
            Choice::Add { or_else } => {
                let added =
                    Command::new("rustup").args(["target", "add", TARGET]).stdin(Stdio::null()).status();
                match (added.is_ok_and(|status| status.success()), or_else) {
                    (true, _) => Ok(Self::Pinned),
                    (false, Some(toolchain)) => Ok(toolchain),
                    (false, None) => Err(none()),
                }
            }
            Choice::Nothing => Err(none()),
        }
    }

    /// Debian's, whatever else there is.
    ///
    /// # Errors
    /// Where it is not whole: what to install.
    pub(crate) fn debian() -> Result<Self, Failure> {
        Seen::here().debian.map(|linker| Self::Debian { linker }).ok_or_else(none)
    }

    /// A call of cargo for [`TARGET`], such as `cargo build`, that leaves its work under `target`.
    pub(crate) fn cargo(&self, verb: &str, target: &Path) -> Command {
        match self {
            Self::Pinned => {
                let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                cargo.args([verb, "--target", TARGET]).env("CARGO_TARGET_DIR", target);
                cargo
            }
            Self::Debian { linker } => {
                // Called by name, `clippy` would be rustup's, from cargo's own folder.
                let program = if verb == "clippy" { "/usr/bin/cargo-clippy" } else { "/usr/bin/cargo" };
                let mut cargo = Command::new(program);
                cargo
                    .args([verb, "--target", TARGET, "-Z", "build-std=std,panic_abort"])
                    // Another compiler: its work never mixes with the pinned one's.
                    .env("CARGO_TARGET_DIR", target.join("web-build"))
                    .env("PATH", path_without_rustup(env::var_os("PATH").unwrap_or_default()))
                    .env("CARGO", "/usr/bin/cargo")
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
                for name in ["RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "LD_LIBRARY_PATH"] {
                    cargo.env_remove(name);
                }
                cargo
            }
        }
    }

    /// Where [`Self::cargo`] leaves what it built with a profile.
    pub(crate) fn output(&self, target: &Path, profile: &str) -> PathBuf {
        let target = match self {
            Self::Pinned => target.to_path_buf(),
            Self::Debian { .. } => target.join("web-build"),
        };
        target.join(TARGET).join(profile)
    }
}

/// What this machine has.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// The pinned toolchain has the standard library for [`TARGET`].
    library: bool,
    rustup: bool,
    /// Debian's compiler with its sources, and a linker.
    debian: Option<PathBuf>,
}

impl Seen {
    fn here() -> Self {
        let sysroot = Command::new("rustc").args(["--print", "sysroot"]).stdin(Stdio::null()).output();
        let sysroot =
            sysroot.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
        let library = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib");
        let rustup = Command::new("rustup").arg("--version").stdin(Stdio::null()).output();
        let has = |file: &&str| Path::new(file).is_file();
        let compiler =
            ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/lib/rustlib/src/rust/library/std/Cargo.toml"];
        let linker = ["/usr/bin/wasm-ld-22", "/usr/bin/wasm-ld"].into_iter().find(has).map(PathBuf::from);
        Self {
            library: !sysroot.is_empty() && library.is_dir(),
            rustup: rustup.is_ok_and(|output| output.status.success()),
            debian: linker.filter(|_| compiler.iter().all(has)),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Choice {
    Use(Toolchain),
    Add { or_else: Option<Toolchain> },
    Nothing,
}

fn choose(seen: &Seen) -> Choice {
    let debian = seen.debian.clone().map(|linker| Toolchain::Debian { linker });
    match (seen.library, seen.rustup, debian) {
        (true, _, _) => Choice::Use(Toolchain::Pinned),
        (false, true, or_else) => Choice::Add { or_else },
        (false, false, Some(debian)) => Choice::Use(debian),
        (false, false, None) => Choice::Nothing,
    }
}

fn none() -> Failure {
    Failure {
        what: format!("no compiler here makes {TARGET}"),
        todo: format!("rustup target add {TARGET}, or on Debian: apt-get install {DEBIAN_PACKAGES}"),
    }
}

/// rustup's `rustc` and `cargo` would stand in for Debian's.
fn path_without_rustup(path: OsString) -> OsString {
    let folders = env::split_paths(&path).filter(|folder| !folder.join("rustup").exists());
    env::join_paths(folders).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn debian() -> Option<PathBuf> {
        Some(PathBuf::from("/usr/bin/wasm-ld-22"))
    }

    fn debian_toolchain() -> Toolchain {
        Toolchain::Debian { linker: debian().unwrap() }
    }

    #[test]
    fn installed_library_wins_over_everything_else() {
        let seen = Seen { library: true, rustup: true, debian: debian() };
        assert_eq!(choose(&seen), Choice::Use(Toolchain::Pinned));
    }

    #[test]
    fn missing_library_is_added_with_debian_in_reserve() {
        let seen = Seen { rustup: true, debian: debian(), ..Seen::default() };
        assert_eq!(choose(&seen), Choice::Add { or_else: Some(debian_toolchain()) });
        let seen = Seen { rustup: true, ..Seen::default() };
        assert_eq!(choose(&seen), Choice::Add { or_else: None });
    }

    #[test]
    fn without_rustup_debian_is_used_or_nothing() {
        let seen = Seen { debian: debian(), ..Seen::default() };
        assert_eq!(choose(&seen), Choice::Use(debian_toolchain()));
        assert_eq!(choose(&Seen::default()), Choice::Nothing);
    }

    #[test]
    fn debian_never_shares_a_folder_with_the_pinned_compiler() {
        let target = Path::new("/target");
        let pinned = Toolchain::Pinned.output(target, "wasm");
        assert_ne!(pinned, debian_toolchain().output(target, "wasm"));
    }

    #[test]
    fn rustup_leaves_the_path() {
        let folder = env::temp_dir().join(format!("carnet-path-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("rustup"), "").unwrap();
        let path = env::join_paths([folder.as_path(), Path::new("/usr/bin")]).unwrap();
        let cleaned = path_without_rustup(path);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(cleaned, "/usr/bin");
    }
}
