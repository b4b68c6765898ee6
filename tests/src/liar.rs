//! A server that lies: it passes everything on to the real one, but for payloads, which never end.

#![allow(clippy::unwrap_used, reason = "a stage prop that fails fails its test")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::server::TestServer;

/// A liar in front of a server.
pub struct Liar {
    address: String,
    sent: Arc<AtomicU64>,
}

impl Liar {
    /// Bytes after which it gives up: nobody should have taken so many.
    pub const MOST: u64 = 256 * 1024 * 1024;

    /// Stands before a server, until the process ends.
    #[must_use]
    pub fn before(server: &TestServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let upstream = server.address().trim_start_matches("http://").to_owned();
        let sent = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&sent);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (upstream, counted) = (upstream.clone(), Arc::clone(&counted));
                // A client that goes away in the middle is what is wanted.
                std::thread::spawn(move || drop(answer(client, &upstream, &counted)));
            }
        });
        Self { address, sent }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Bytes of payloads that it could send, those in the system's buffers included.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

/// Answers one request, and ends the connection.
fn answer(mut client: TcpStream, upstream: &str, sent: &AtomicU64) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut piece = [0; 64 * 1024];
    let head = loop {
        let count = client.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(&piece[..count]);
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let lines = String::from_utf8_lossy(&request[..head]).into_owned();
    let len = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    };
    let body = lines.lines().find_map(len).unwrap_or_default();
    while request.len() < head + body {
        let count = client.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(&piece[..count]);
    }
    if lines.lines().next().unwrap_or_default().contains("/payload") {
        client.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\nconnection: close\r\n\r\n",
        )?;
        while sent.load(Ordering::SeqCst) < Liar::MOST {
            client.write_all(&piece)?;
            sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
        }
        return Ok(());
    }
    let mut server = TcpStream::connect(upstream)?;
    let (first, rest) = lines.split_once("\r\n").unwrap_or_default();
    server.write_all(format!("{first}\r\nconnection: close\r\n{rest}").as_bytes())?;
    server.write_all(&request[head..])?;
    let mut response = Vec::new();
    server.read_to_end(&mut response)?;
    client.write_all(&response)
}
