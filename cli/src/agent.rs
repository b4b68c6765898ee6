//! The agent: it keeps the device's secret in memory while a person works, so that a command does not stretch a passphrase each time.
//!
//! It listens on a socket of this user only, one for each folder of a person, and ends when it is told to, or when nobody has asked for
//! some time. The secret is wiped then.
//!
//! ```text
//! request = "secret" | "lock" | "end"; answer to "secret": the secret's text; to "lock": "locked"; to "end": seconds left
//! ```

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use carnet_core::secret::DeviceSecret;
use zeroize::Zeroizing;

use crate::home::Home;
use crate::stopped::Unfinished;
use crate::{Failure, unix};

/// How long an agent waits without being asked, where nothing else is said.
pub const IDLE: Duration = Duration::from_secs(15 * 60);

/// The secret, if an agent of this folder has it.
///
/// # Errors
/// `file` where there is no place for sockets.
pub fn secret(home: &Home) -> Result<Option<DeviceSecret>, Failure> {
    let answer = ask(&home.socket()?, "secret");
    Ok(answer.and_then(|text| DeviceSecret::parse(text.trim()).ok()))
}

/// Has the agent forget the secret and end; whether there was one.
///
/// # Errors
/// `file` where there is no place for sockets.
pub fn lock(home: &Home) -> Result<bool, Failure> {
    Ok(ask(&home.socket()?, "lock").is_some())
}

/// Seconds until the agent ends, if there is one.
///
/// # Errors
/// `file` where there is no place for sockets.
pub fn seconds_left(home: &Home) -> Result<Option<u64>, Failure> {
    Ok(ask(&home.socket()?, "end").and_then(|text| text.trim().parse().ok()))
}

/// Starts an agent as a process of its own, which ends after `idle` without a question.
///
/// # Errors
/// `agent` where it does not start.
pub fn start(home: &Home, secret: &DeviceSecret, idle: Duration) -> Result<(), Failure> {
    lock(home)?;
    let failed = |_| Failure::coded("agent");
    let program = std::env::current_exe().map_err(failed)?;
    let mut child = Command::new(program)
        .arg("agent")
        .arg("--quiet")
        .arg("--folder")
        .arg(home.folder())
        .args(["--idle", &idle.as_secs().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    // Until it answers it is of no use, and must not stay behind.
    let _unfinished = Unfinished::process(child.id());
    let text = secret.to_text().map_err(|_| Failure::coded("agent"))?;
    let given = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
    if !matches!(given, Some(Ok(()))) {
        return Err(Failure::coded("agent"));
    }
    for _ in 0..200 {
        if seconds_left(home)?.is_some() {
            return Ok(());
        }
        if child.try_wait().map_err(failed)?.is_some() {
            break;
        }
        sleep(Duration::from_millis(10));
    }
    Err(Failure::coded("agent"))
}

/// The agent itself: it takes the secret from its standard input.
///
/// # Errors
/// `agent` where it cannot listen, or is given no secret.
pub fn serve(home: &Home, idle: Duration) -> Result<(), Failure> {
    unix::guard_memory();
    let failed = |_| Failure::coded("agent");
    let mut text = Zeroizing::new(String::with_capacity(256));
    std::io::stdin().lock().take(MAX_LINE).read_to_string(&mut text).map_err(failed)?;
    let secret = DeviceSecret::parse(text.trim()).map_err(|_| Failure::coded("agent"))?;
    drop(text);
    let socket = home.socket()?;
    let _ = std::fs::remove_file(&socket);
    let _unfinished = Unfinished::file(&socket);
    let listener = UnixListener::bind(&socket).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let mut end = Instant::now() + idle;
    while Instant::now() < end {
        match listener.accept() {
            Ok((stream, _)) => match answer(&stream, &secret, end) {
                Some(Asked::Lock) => break,
                Some(Asked::Secret) => end = Instant::now() + idle,
                Some(Asked::End) | None => {}
            },
            // Whoever asks is heard at once: a command waits for nothing here.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                unix::await_readable(&listener, LOOK_AROUND);
            }
            Err(_) => sleep(Duration::from_millis(20)),
        }
        // A folder that is gone has no secrets to open.
        if !home.is_lived_in() {
            break;
        }
    }
    let _ = std::fs::remove_file(&socket);
    Ok(())
}

enum Asked {
    Secret,
    Lock,
    End,
}

fn answer(stream: &UnixStream, secret: &DeviceSecret, end: Instant) -> Option<Asked> {
    if !unix::is_same_user(stream).ok()? {
        return None;
    }
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_LINE)).read_line(&mut line).ok()?;
    let mut stream = stream;
    match line.trim() {
        "secret" => {
            let text = secret.to_text().ok()?;
            stream.write_all(text.as_bytes()).ok()?;
            Some(Asked::Secret)
        }
        "lock" => {
            let _ = stream.write_all(b"locked");
            Some(Asked::Lock)
        }
        "end" => {
            let left = end.saturating_duration_since(Instant::now()).as_secs();
            stream.write_all(left.to_string().as_bytes()).ok()?;
            Some(Asked::End)
        }
        _ => None,
    }
}

fn ask(socket: &Path, request: &str) -> Option<Zeroizing<String>> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(format!("{request}\n").as_bytes()).ok()?;
    let mut text = Zeroizing::new(String::with_capacity(256));
    stream.take(MAX_LINE).read_to_string(&mut text).ok()?;
    (!text.is_empty()).then_some(text)
}

/// How often the agent looks whether its folder is there and its time is over.
const LOOK_AROUND: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(2);
const MAX_LINE: u64 = 256;
