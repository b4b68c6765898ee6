//! The people of the demo, and how they give commands: by the real command line, each in a folder of their own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;

/// The passphrase of everybody in the demo. It protects nothing real.
pub(crate) const PASSPHRASE: &str = "demonstration seulement";

/// Whoever gives commands.
pub(crate) struct Person<'a> {
    /// Their name after `--as`.
    pub(crate) name: &'a str,
    /// The demo's folder.
    pub(crate) folder: PathBuf,
    /// The command line.
    pub(crate) program: PathBuf,
}

/// Writes the passphrase into its file, from which each command reads it.
pub(crate) fn keep_passphrase(folder: &Path) -> std::io::Result<()> {
    fs::write(folder.join(FILE), format!("{PASSPHRASE}\n"))
}

const FILE: &str = "passphrase";

impl Person<'_> {
    /// Gives a command and takes its answer.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let file =
            File::open(self.folder.join(FILE)).map_err(|error| self.failed(arguments, &error.to_string()))?;
        // The child inherits no descriptor but its standard ones: the passphrase comes by /dev/stdin, which is this file.
        let output = Command::new(&self.program)
            .args(["--as", self.name, "--yes", "--quiet", "--passphrase-fd", "0"])
            .args(arguments)
            .env("CARNET_HOME", self.folder.join("people"))
            .env("CARNET_LANG", "fr")
            .stdin(Stdio::from(file))
            .output()
            .map_err(|error| self.failed(arguments, &error.to_string()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(self.failed(arguments, &String::from_utf8_lossy(&output.stderr)))
        }
    }

    fn failed(&self, arguments: &[&str], why: &str) -> Failure {
        let what = format!("carnet --as {} {}: {}", self.name, arguments.join(" "), why.trim());
        (what, "Begin again: cargo xtask demo --reset".to_owned())
    }
}
