//! The real server, as a process of its own in a folder of its own: started, killed, started again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a stage prop that fails fails its test"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use carnet_cli::remote::Remote;
use carnet_core::receipt::TrustedLog;
use carnet_wire::note::VerifierKey;
use carnet_wire::signature::VerifyingKey;
use tempfile::TempDir;

use crate::cast::origin;

/// A server under test. It ends with the test.
pub struct TestServer {
    home: TempDir,
    settings: Vec<(String, String)>,
    log: TrustedLog,
    address: String,
    process: Option<Child>,
}

impl TestServer {
    /// Starts a fresh server without limits on the rate of requests.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a fresh server with settings of its own: `("LIMITS__VAULT_BYTES", "1000")`.
    #[must_use]
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        let home = TempDir::new().unwrap();
        let config = home.path().join("server.toml");
        let init = Command::new(binary())
            .args(["--config".as_ref(), config.as_os_str()])
            .args(["init", "--origin", origin().as_str(), "--folder"])
            .arg(home.path().join("data"))
            .output()
            .unwrap();
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        let key: VerifierKey = String::from_utf8(init.stdout).unwrap().trim().parse().unwrap();
        let key = VerifyingKey::from_bytes(key.as_bytes()).unwrap();
        let free = [
            ("SERVER__LISTEN", "127.0.0.1:0"),
            ("LIMITS__ACCOUNT_RATE", "100000000"),
            ("LIMITS__ACCOUNT_BURST", "10000000"),
            ("LIMITS__ADDRESS_RATE", "100000000"),
            ("LIMITS__ADDRESS_BURST", "10000000"),
        ];
        let settings =
            free.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut server = Self {
            home,
            settings: settings.collect(),
            log: TrustedLog { origin: origin(), key },
            address: String::new(),
            process: None,
        };
        server.begin();
        server
    }

    /// Has another setting from its next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Its address: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What clients trust.
    #[must_use]
    pub fn log(&self) -> &TrustedLog {
        &self.log
    }

    /// A client's transport to it.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote::new(&self.address, None).unwrap()
    }

    /// Its folder of records, payloads and keys.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Its configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.home.path().join("server.toml")
    }

    /// The id of its process.
    ///
    /// # Panics
    /// Where it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").id()
    }

    /// Whether it still runs: some faults end it, and must.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.try_wait().unwrap().is_none())
    }

    /// All lines of its log so far, over all of its starts.
    #[must_use]
    pub fn log_lines(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        // The last line may be on its way.
        let (whole, _) = log.rsplit_once('\n').unwrap_or_default();
        whole.lines().map(str::to_owned).collect()
    }

    /// Ends it as a power cut would end a process: nothing is flushed, nobody is told.
    pub fn kill_9(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = process.kill();
            process.wait().unwrap();
        }
    }

    /// Asks it to stop, and waits.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let pid = process.id().to_string();
            Command::new("kill").args(["-TERM", &pid]).status().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it again on the same folder and at the same address. A server that still runs is killed first.
    pub fn restart(&mut self) {
        self.kill_9();
        self.begin();
    }

    /// A command of the server on the same folder, ready to run: `check`, `doctor`, `backup`.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.arg("--config").arg(self.config()).args(arguments).env_clear();
        command.envs(self.settings.iter().map(|(name, value)| (format!("CARNET_{name}"), value)));
        command
    }

    fn log_file(&self) -> PathBuf {
        self.home.path().join("server.log")
    }

    fn begin(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        let before = self.log_lines().len();
        let mut command = self.command(&["serve"]);
        self.process = Some(command.stderr(log).stdout(Stdio::null()).spawn().unwrap());
        let address = self.wait(before);
        // The same port again at the next start, so that clients find it.
        for (name, value) in &mut self.settings {
            if name == "SERVER__LISTEN" {
                value.clone_from(&address);
            }
        }
        self.address = format!("http://{address}");
    }

    /// Waits for the line that says where it listens, behind so many of earlier starts.
    fn wait(&mut self, before: usize) -> String {
        let start = Instant::now();
        loop {
            let running = self.is_running();
            let lines = self.log_lines();
            if let Some(address) = lines.iter().skip(before).find_map(|line| address_in(line)) {
                return address;
            }
            let patient = running && start.elapsed() < Duration::from_secs(60);
            assert!(patient, "the server does not listen: {}", lines.join("\n"));
            sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.kill_9();
    }
}

fn address_in(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    (line["code"] == "listening").then(|| line["address"].as_str().map(str::to_owned))?
}

/// The server's program: `CARNET_SERVER`, or the one that cargo builds with the tests, benchmarks and examples of this crate
/// (`server_under_test.rs`: the same `main`), beside them.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("CARNET_SERVER") {
            return path.into();
        }
        let test = std::env::current_exe().unwrap();
        let profile = test.ancestors().find(|folder| folder.join("deps").is_dir()).unwrap();
        profile.join("server-under-test")
    })
}
