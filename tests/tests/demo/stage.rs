//! A demo of this test's own, and a shell in it.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

pub(crate) struct Demo {
    home: tempfile::TempDir,
    /// Of the demo.
    folder: PathBuf,
}

impl Demo {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("demo");
        Self::with(home, folder)
    }

    /// In a folder below this one.
    pub(crate) fn with(home: tempfile::TempDir, folder: PathBuf) -> Self {
        for folder in ["programs", "run"] {
            fs::create_dir(home.path().join(folder)).unwrap();
        }
        for (name, built) in [
            ("carnet", env!("CARGO_BIN_EXE_carnet-under-test")),
            ("carnet-server", env!("CARGO_BIN_EXE_server-under-test")),
        ] {
            symlink(built, home.path().join("programs").join(name)).unwrap();
        }
        Self { home, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs the demo with this typed into its shell, and gives what it said.
    pub(crate) fn run(&self, more: &[&str], typed: &str) -> String {
        let mut child = Command::new(env!("CARGO_BIN_EXE_demo-under-test"))
            .arg(&self.folder)
            .arg(self.home.path().join("programs"))
            .args(more)
            .env("XDG_RUNTIME_DIR", self.home.path().join("run"))
            .env("CARNET_LANG", "fr")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let ran = child.wait_with_output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let port = fs::read_to_string(self.path("port")).unwrap();
        assert!(
            TcpStream::connect(format!("127.0.0.1:{port}")).is_err(),
            "the server is stopped with the demo"
        );
        String::from_utf8(ran.stdout).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}
