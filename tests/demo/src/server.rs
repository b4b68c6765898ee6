//! The server of the demo: the real one, on its embedded store, at a free port of this machine that it keeps from run to run.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::Failure;

/// A server at work. It ends with the demo.
pub(crate) struct Server {
    child: Child,
    /// Its address.
    pub(crate) url: String,
}

/// Makes the server's configuration and keys, once.
pub(crate) fn init(program: &Path, folder: &Path) -> Result<(), Failure> {
    let config = config(folder);
    if config.exists() {
        return Ok(());
    }
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.map_err(|error| failed("no free port on this machine", &error.to_string()))?.port();
    let made = Command::new(program)
        .arg("--config")
        .arg(&config)
        .args(["init", "--origin", "demo.carnet.example/log", "--folder"])
        .arg(folder.join("server-data"))
        .stdout(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return Err(failed("the server cannot be set up", "cargo xtask demo --reset"));
    }
    let text = fs::read_to_string(&config).unwrap_or_default();
    let text = text.replace("# listen = \"127.0.0.1:8440\"", &format!("listen = \"127.0.0.1:{port}\""));
    fs::write(&config, text).map_err(|error| failed("the server cannot be set up", &error.to_string()))?;
    fs::write(folder.join("port"), port.to_string())
        .map_err(|error| failed("the server cannot be set up", &error.to_string()))
}

/// Names an authority whose attestations count.
pub(crate) fn trust(folder: &Path, name: &str, key: &str) -> Result<(), Failure> {
    let mut file = OpenOptions::new()
        .append(true)
        .open(config(folder))
        .map_err(|error| failed("the server's configuration cannot be written", &error.to_string()))?;
    writeln!(file, "\n[[authorities]]\nname = \"{name}\"\nkey = \"{key}\"")
        .map_err(|error| failed("the server's configuration cannot be written", &error.to_string()))
}

impl Server {
    /// Starts the server and waits until it answers.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self, Failure> {
        let port = fs::read_to_string(folder.join("port")).unwrap_or_default();
        let log = File::create(folder.join("server.log"))
            .map_err(|error| failed("the server's log cannot be written", &error.to_string()))?;
        let other = log
            .try_clone()
            .map_err(|error| failed("the server's log cannot be written", &error.to_string()))?;
        let mut child = Command::new(program)
            .arg("--config")
            .arg(config(folder))
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(other)
            .stderr(log)
            .spawn()
            .map_err(|error| failed("the server does not start", &error.to_string()))?;
        for _ in 0..300 {
            if is_ready(&port) {
                return Ok(Self { child, url: format!("http://127.0.0.1:{port}") });
            }
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
        Err(failed(
            "the server does not start",
            "Look at server.log in the demo's folder, or begin again: cargo xtask demo --reset",
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A request to end, as an operator's: what it is at work with is finished.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn is_ready(port: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(format!("127.0.0.1:{port}")) else { return false };
    let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answer = [0; 12];
    asked.is_ok() && stream.read_exact(&mut answer).is_ok() && answer.ends_with(b"200")
}

fn config(folder: &Path) -> PathBuf {
    folder.join("server.toml")
}

fn failed(what: &str, remedy: &str) -> Failure {
    (what.to_owned(), remedy.to_owned())
}
