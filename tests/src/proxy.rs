//! What may stand between a client and its server: a proxy that passes everything on until it is told otherwise. It is slow, silent, breaks
//! off, gives statuses, pages and garbage, or refuses long bodies; for some requests or all of them.

#![allow(clippy::unwrap_used, reason = "a stage prop that fails fails its test")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::server::TestServer;

/// What the proxy does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// Passes it on.
    Passes,
    /// Passes it on, so many bytes each hundredth of a second.
    Crawls(usize),
    /// Answers with this status and a page for people.
    Status(u16),
    /// Answers with these bytes, and closes.
    Says(Vec<u8>),
    /// Answers nothing, and keeps the connection.
    Hangs,
    /// Closes without an answer.
    Closes,
    /// Passes it on, and gives so many bytes of the answer.
    Cuts(usize),
    /// Asks the server for something else: this, where the request says that, in its first line.
    Asks(&'static str, &'static str),
    /// Passes it on; a body of more bytes is refused with 413 before it is read, as nginx does.
    Most(u64),
}

type Rule = Arc<dyn Fn(&str) -> Does + Send + Sync>;

/// A proxy in front of a server.
pub struct Proxy {
    address: String,
    rule: Arc<Mutex<Rule>>,
    requests: Arc<Mutex<Vec<String>>>,
    sent: Arc<AtomicU64>,
}

impl Proxy {
    /// Stands before a server, until the process ends.
    #[must_use]
    pub fn before(server: &TestServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let upstream = server.address().trim_start_matches("http://").to_owned();
        let rule: Arc<Mutex<Rule>> = Arc::new(Mutex::new(Arc::new(|_| Does::Passes)));
        let (requests, sent) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU64::new(0)));
        let serve = (Arc::clone(&rule), Arc::clone(&requests), Arc::clone(&sent));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (upstream, (rule, requests, sent)) = (upstream.clone(), serve.clone());
                // A client that goes away in the middle is what is wanted.
                std::thread::spawn(move || {
                    while let Ok(true) = answer(&client, &upstream, &rule, &requests, &sent) {}
                });
            }
        });
        Self { address, rule, requests, sent }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Does this with every request from now on.
    ///
    /// # Panics
    /// Never, but after a panic of its own.
    pub fn does(&self, does: Does) {
        self.does_by(move |_| does.clone());
    }

    /// Decides by each request's first line from now on.
    ///
    /// # Panics
    /// Never, but after a panic of its own.
    pub fn does_by(&self, rule: impl Fn(&str) -> Does + Send + Sync + 'static) {
        *self.rule.lock().unwrap() = Arc::new(rule);
    }

    /// The first lines of all requests so far.
    ///
    /// # Panics
    /// Never, but after a panic of its own.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Bytes of bodies that were passed on.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

/// Answers one request; whether there may be another.
fn answer(
    mut client: &TcpStream,
    upstream: &str,
    rule: &Mutex<Rule>,
    requests: &Mutex<Vec<String>>,
    sent: &AtomicU64,
) -> std::io::Result<bool> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if client.read(&mut byte)? == 0 {
            return Ok(false);
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let first = head.lines().next().unwrap_or_default().to_owned();
    let value = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let len: u64 = value("content-length").and_then(|len| len.parse().ok()).unwrap_or_default();
    let expects = value("expect").is_some();
    requests.lock().unwrap().push(first.clone());
    let rule = Arc::clone(&*rule.lock().unwrap());
    let does = rule(&first);
    let refused = match &does {
        Does::Status(status) => Some(page(*status)),
        Does::Says(bytes) => Some(bytes.clone()),
        Does::Closes => Some(Vec::new()),
        Does::Most(most) if len > *most => Some(page(413)),
        _ => None,
    };
    if let Some(bytes) = refused {
        client.write_all(&bytes)?;
        // What was sent meanwhile is left unread: the connection ends hard, as that of a real proxy may.
        client.shutdown(Shutdown::Write)?;
        if !expects && len < 1024 * 1024 {
            let _ = client.take(len).read_to_end(&mut Vec::new());
        }
        return Ok(false);
    }
    if does == Does::Hangs {
        let _ = client.read_to_end(&mut Vec::new());
        return Ok(false);
    }
    if expects {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let first = match does {
        Does::Asks(said, asked) => first.replace(said, asked),
        _ => first,
    };
    let mut server = TcpStream::connect(upstream)?;
    let (_, rest) = head.split_once("\r\n").unwrap_or_default();
    let rest: Vec<&str> =
        rest.split("\r\n").filter(|line| !line.to_lowercase().starts_with("expect:")).collect();
    server.write_all(format!("{first}\r\nconnection: close\r\n{}", rest.join("\r\n")).as_bytes())?;
    let step = match does {
        Does::Crawls(step) => Some(step),
        _ => None,
    };
    // A server that has heard enough answers all the same.
    let _ = pass(client, &server, Some(len), step, Some(sent));
    let mut response = Vec::new();
    server.read_to_end(&mut response)?;
    match does {
        Does::Cuts(count) => {
            client.write_all(response.get(..count.min(response.len())).unwrap_or_default())?
        }
        _ => pass(&mut response.as_slice(), client, None, step, None)?,
    }
    client.shutdown(Shutdown::Write)?;
    Ok(false)
}

fn pass(
    mut from: impl std::io::Read,
    mut to: &TcpStream,
    len: Option<u64>,
    step: Option<usize>,
    sent: Option<&AtomicU64>,
) -> std::io::Result<()> {
    let mut left = len.unwrap_or(u64::MAX);
    let mut piece = vec![0; step.unwrap_or(64 * 1024)];
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        let count = from.read(&mut piece[..most])?;
        if count == 0 {
            break;
        }
        to.write_all(&piece[..count])?;
        left -= count as u64;
        if let Some(sent) = sent {
            sent.fetch_add(count as u64, Ordering::SeqCst);
        }
        if step.is_some() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(())
}

fn page(status: u16) -> Vec<u8> {
    let page = format!("<html><h1>{status}</h1></html>");
    let location = if (300..400).contains(&status) { "location: http://login.example/\r\n" } else { "" };
    let len = if status == 204 || status == 304 { 0 } else { page.len() };
    format!("HTTP/1.1 {status} Whatever\r\n{location}content-type: text/html\r\ncontent-length: {len}\r\nconnection: close\r\n\r\n{}", page.get(..len).unwrap_or_default()).into_bytes()
}
