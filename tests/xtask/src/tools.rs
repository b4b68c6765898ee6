//! Tools of `cargo xtask lint` that come as crates: installed once per version, outside the target folder.
//!
//! They lie in `$CARNET_CACHE/tools/NAME-VERSION/bin`, and `CARNET_CACHE` is `~/.cache/carnet` where it is not set.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::Install;
use crate::step::{self, Steps, cargo, say};

/// A tool, at the version that we know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
    arguments: &'static [&'static str],
}

impl Tool {
    /// Bans, licences, sources.
    pub(crate) const DENY: Self = Self { name: "cargo-deny", version: "0.20.2", arguments: &[] };
    /// Advisories; without the part that reads programs.
    pub(crate) const AUDIT: Self =
        Self { name: "cargo-audit", version: "0.22.2", arguments: &["--no-default-features"] };

    /// A call of it, or nothing where it is not here and may not be installed, which is then told.
    pub(crate) fn command(self, steps: &mut Steps, install: Install) -> Option<Command> {
        let folder = folder(self.name, self.version);
        let program = folder.join("bin").join(self.name);
        if !program.is_file() {
            if install == Install::Explained {
                say(&format!(
                    "--- {}: left out: it is not installed; cargo xtask setup --install does it",
                    self.name
                ));
                return None;
            }
            let name = format!("install {}", self.name);
            // As its authors built it, else with what the registry has.
            let installed = steps.succeeds(&name, self.install(&["--locked"]).arg("--root").arg(&folder));
            if !installed {
                steps.run(
                    &format!("{name} without its lock file"),
                    self.install(&[]).arg("--root").arg(&folder),
                );
            }
        }
        if program.is_file() {
            return Some(Command::new(program));
        }
        None
    }

    /// Its speed is worth nothing here, the time to compile it is.
    fn install(self, lock: &[&str]) -> Command {
        let mut command = cargo("install");
        command
            .args(["--version", self.version, self.name])
            .args(lock)
            .args(self.arguments)
            .env("CARGO_TARGET_DIR", cache().join("target-tools"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        command
    }
}

/// Where a tool lies.
pub(crate) fn folder(name: &str, version: &str) -> PathBuf {
    cache().join("tools").join(format!("{name}-{version}"))
}

fn cache() -> PathBuf {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/carnet"));
    let named = env::var_os("CARNET_CACHE").map(PathBuf::from);
    named.or_else(home).unwrap_or_else(|| step::target().join("carnet-cache"))
}
