//! A person at the command line: the real `carnet`, on a machine of their own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a stage prop that fails fails its test"
)]

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use carnet_cli::client::Client;
use carnet_cli::home::Home;
use carnet_core::secret::DeviceSecret;
use carnet_wire::grant::Grant;
use carnet_wire::payload::PayloadLen;
use serde_json::Value;
use tempfile::TempDir;

use crate::server::TestServer;

/// A machine with one person on it. Its agent ends when the machine is gone.
pub struct Machine {
    folder: TempDir,
    passphrase: String,
    language: &'static str,
}

/// What a command gave.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; none where it was killed.
    pub exit: Option<i32>,
    /// Its answer.
    pub out: String,
    /// Its remarks, or why it failed.
    pub err: String,
}

impl Machine {
    /// A new machine, on which this passphrase is typed whenever one is asked for.
    #[must_use]
    pub fn new(passphrase: &str) -> Self {
        let machine =
            Self { folder: TempDir::new().unwrap(), passphrase: passphrase.to_owned(), language: "en" };
        std::fs::create_dir(machine.path("run")).unwrap();
        machine.type_passphrase(passphrase);
        machine
    }

    /// A new machine, whose person has made an account with two ways back (`kit.pdf`, `copy.age`) and unlocked it.
    ///
    /// # Panics
    /// Where that fails.
    #[must_use]
    pub fn with_account(passphrase: &str, server: &TestServer, name: &str) -> Self {
        Self::at(passphrase, server.address(), name)
    }

    /// The same machine in another language.
    #[must_use]
    pub fn in_language(self, language: &'static str) -> Self {
        Self { language, ..self }
    }

    /// Types another passphrase from now on.
    pub fn type_passphrase(&self, passphrase: &str) {
        std::fs::write(self.path("passphrase"), format!("{passphrase}\n")).unwrap();
    }

    /// The passphrase of the beginning.
    #[must_use]
    pub fn passphrase(&self) -> &str {
        &self.passphrase
    }

    /// A path on this machine.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the person.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.path("home/me")
    }

    /// The environment of this machine.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let path = |name: &str| self.path(name).display().to_string();
        vec![
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("PASSPHRASE".to_owned(), path("passphrase")),
            ("CARNET_HOME".to_owned(), path("home")),
            ("XDG_RUNTIME_DIR".to_owned(), path("run")),
            ("CARNET_LANG".to_owned(), self.language.to_owned()),
        ]
    }

    /// A new machine whose person has made an account at this address, with two ways back (`kit.pdf`, `copy.age`), and unlocked it.
    ///
    /// # Panics
    /// Where that fails.
    #[must_use]
    pub fn at(passphrase: &str, address: &str, name: &str) -> Self {
        let machine = Self::new(passphrase);
        let ways = ["--kit", "kit.pdf", "--passphrase-file", "copy.age"];
        machine.json(&[&["account", "create", "--server", address, "--name", name], &ways[..]].concat());
        let unlocked = machine.run(&["unlock"]);
        assert_eq!(unlocked.exit, Some(0), "{}", unlocked.err);
        machine
    }

    /// A command, ready to run. The passphrase comes by descriptor 3.
    #[must_use]
    pub fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"exec "$0" "$@" 3<"$PASSPHRASE""#])
            .arg(binary())
            .args(["--passphrase-fd", "3"])
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.variables())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command.
    pub fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Runs a command that reads this.
    pub fn run_with<A: AsRef<OsStr>>(&self, args: &[A], input: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Whether npm age-encryption opens a stored file on this machine with an identity, to this content in its padding.
    ///
    /// # Panics
    /// Where there is no node.
    #[must_use]
    pub fn opens_with_npm(&self, stored: &str, identity: &str, content: &str) -> bool {
        let identity = std::fs::read_to_string(self.path(identity)).unwrap();
        let len = std::fs::metadata(self.path(stored)).unwrap().len() - Grant::LEN as u64;
        let mut padded = std::fs::read(self.path(content)).unwrap();
        padded.resize(usize::try_from(PayloadLen::from_stored(len).unwrap().plaintext()).unwrap(), 0);
        std::fs::write(self.path("padded"), padded).unwrap();
        let job = serde_json::json!([{
            "op": "decrypt", "identity": identity.trim(), "in": self.path(stored), "expect": self.path("padded"),
        }]);
        std::fs::write(self.path("jobs.json"), job.to_string()).unwrap();
        let script = crate::need::js().join("age/batch.mjs");
        Command::new("node").arg(script).arg(self.path("jobs.json")).output().unwrap().status.success()
    }

    /// What the person's client holds, opened with the passphrase of the beginning, as somebody who has both does. No command runs
    /// meanwhile.
    ///
    /// # Panics
    /// Where nobody lives on this machine.
    #[must_use]
    pub fn client(&self) -> Client {
        let home = Home::at(&self.home());
        let locked = std::fs::read(home.lock()).unwrap();
        Client::open(&home, DeviceSecret::unlock(&locked, &self.passphrase).unwrap()).unwrap()
    }

    /// Runs a command that must succeed, and gives its answer.
    ///
    /// # Panics
    /// Where it does not.
    pub fn json<A: AsRef<OsStr>>(&self, args: &[A]) -> Value {
        let args: Vec<&OsStr> =
            core::iter::once(OsStr::new("--json")).chain(args.iter().map(AsRef::as_ref)).collect();
        let ran = self.run(&args);
        assert_eq!(ran.exit, Some(0), "{args:?}: {}", ran.err);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{args:?}: {error} in {}", ran.out))
    }

    /// Runs a command that must fail, and gives the code of its failure.
    ///
    /// # Panics
    /// Where it succeeds.
    pub fn refused<A: AsRef<OsStr>>(&self, args: &[A]) -> String {
        let args: Vec<&OsStr> =
            core::iter::once(OsStr::new("--json")).chain(args.iter().map(AsRef::as_ref)).collect();
        self.run(&args).code()
    }
}

impl Ran {
    /// What a process gave.
    #[must_use]
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { exit: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The code of the failure of a command that answers in JSON.
    ///
    /// # Panics
    /// Where it did not fail.
    #[must_use]
    pub fn code(&self) -> String {
        assert!(matches!(self.exit, Some(1 | 2)), "{self:?}");
        let last = self.err.lines().last().unwrap_or_default();
        let failure: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{self:?}"));
        failure["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// `carnet` as it is built with the tests.
#[must_use]
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("CARNET_CLI") {
            return path.into();
        }
        let test = std::env::current_exe().unwrap();
        let profile = test.ancestors().find(|folder| folder.join("deps").is_dir()).unwrap();
        profile.join("carnet-under-test")
    })
}
