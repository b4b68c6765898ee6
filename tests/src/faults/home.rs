//! A server's folder, and the process that runs there.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use carnet_core::receipt::TrustedLog;
use carnet_wire::note::VerifierKey;
use carnet_wire::signature::VerifyingKey;
use tempfile::TempDir;

use crate::cast::origin;

/// Where a server lives: its configuration in a folder of its own, its data wherever the test wants.
#[derive(Debug)]
pub struct Home {
    binary: PathBuf,
    config: TempDir,
    settings: Vec<(String, String)>,
    /// The folder of its data.
    pub data: PathBuf,
    /// The key of its log.
    pub key: VerifierKey,
}

impl Home {
    /// Runs `init` for a server whose data lie in `data`, with this engine and these settings.
    #[must_use]
    pub fn make(binary: &str, data: &Path, engine: &str, settings: &[(&str, &str)]) -> Self {
        let config = tempfile::tempdir().unwrap();
        let mut init = Command::new(binary);
        init.arg("--config").arg(config.path().join("server.toml")).args(["init", "--origin"]);
        let output = init.arg(origin().as_str()).arg("--folder").arg(data).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let key = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        let own = [
            ("STORE__ENGINE", engine),
            ("SERVER__LISTEN", "127.0.0.1:0"),
            ("LIMITS__ACCOUNT_RATE", "4000000000"),
            ("LIMITS__ACCOUNT_BURST", "4000000000"),
            ("LIMITS__ADDRESS_RATE", "4000000000"),
            ("LIMITS__ADDRESS_BURST", "4000000000"),
        ];
        let all = own.iter().chain(settings);
        let settings = all.map(|(name, value)| (format!("CARNET_{name}"), (*value).to_owned())).collect();
        Self { binary: binary.into(), config, settings, data: data.to_owned(), key }
    }

    /// What clients of this server trust.
    #[must_use]
    pub fn trusted(&self) -> TrustedLog {
        TrustedLog { origin: origin(), key: VerifyingKey::from_bytes(self.key.as_bytes()).unwrap() }
    }

    /// Starts it, without waiting.
    #[must_use]
    pub fn spawn(&self) -> Spawned {
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(self.config.path().join("server.toml")).arg("serve");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (tell, told) = mpsc::channel();
        let log = std::thread::spawn(move || {
            let mut kept = Vec::new();
            for line in lines.map_while(Result::ok) {
                if line.contains("\"listening\"") {
                    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
                    let _ = tell.send(line["address"].as_str().unwrap().to_owned());
                }
                kept.push(line);
            }
            kept
        });
        Spawned { process: Process { process, log: Some(log) }, told }
    }

    /// Starts it, and waits until it answers.
    #[must_use]
    pub fn start(&self) -> Running {
        self.spawn().listening().unwrap_or_else(|(code, log)| panic!("no start ({code:?}):\n{log}"))
    }
}

/// A server that has been started, and may not listen yet. Killed when dropped.
#[derive(Debug)]
pub struct Spawned {
    process: Process,
    told: mpsc::Receiver<String>,
}

impl Spawned {
    /// Waits until it listens; its exit code and its log where it ends instead.
    ///
    /// # Errors
    /// The code, none where a signal ended it, and the log.
    pub fn listening(self) -> Result<Running, (Option<i32>, String)> {
        match self.told.recv() {
            Ok(address) => Ok(Running { process: self.process, address }),
            Err(_) => Err(self.process.end()),
        }
    }
}

/// A server that listens. Killed when dropped.
#[derive(Debug)]
pub struct Running {
    process: Process,
    /// Where it listens.
    pub address: String,
}

impl Running {
    /// SIGKILL.
    pub fn kill(self) {
        drop(self);
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.process.process.try_wait().unwrap().is_none()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.process.id()
    }

    /// SIGTERM; its exit code and its log, once it has ended.
    #[must_use]
    pub fn stop(self) -> (Option<i32>, String) {
        let _ = Command::new("kill").arg(self.id().to_string()).status();
        self.process.end()
    }

    /// SIGKILL, if it still runs; its exit code and its log.
    #[must_use]
    pub fn end(mut self) -> (Option<i32>, String) {
        let _ = self.process.process.kill();
        self.process.end()
    }
}

#[derive(Debug)]
struct Process {
    process: Child,
    log: Option<JoinHandle<Vec<String>>>,
}

impl Process {
    fn end(mut self) -> (Option<i32>, String) {
        let code = self.process.wait().unwrap().code();
        (code, self.log.take().unwrap().join().unwrap().join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let log = self.log.take().and_then(|log| log.join().ok()).unwrap_or_default();
        if std::thread::panicking() {
            let last = log.len().saturating_sub(40);
            println!("the server said at last:\n{}", log[last..].join("\n"));
        }
    }
}
