//! A connection that sends what was written beforehand: what is measured is the server, and clients have machines of their own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use carnet_wire::message::{Body, Method, Request, Response, Token};

/// Most bytes of an answer.
const MOST: usize = 64 * 1024;

/// A connection that stays.
pub(crate) struct Raw {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Raw {
    /// Connects to `http://ADDRESS`.
    pub(crate) fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; MOST] }
    }

    /// Sends a [written](write) request, and reads its whole answer.
    pub(crate) fn call(&mut self, request: &[u8]) -> Response {
        self.stream.write_all(request).unwrap();
        let mut end = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[end..]).unwrap();
            assert!(read > 0, "the answer breaks off");
            end += read;
            if let Some(response) = parse(&self.buffer[..end]) {
                return response;
            }
        }
    }
}

/// A POST of CBOR as it goes over the wire (RFC 9112).
pub(crate) fn write(request: &Request, address: &str, token: &Token) -> Vec<u8> {
    let (Method::Post, Body::Cbor(body)) = (request.method, &request.body) else {
        panic!("deposits are posted")
    };
    let (host, path) = (address.strip_prefix("http://").unwrap(), &request.path);
    let (token, len) = (hex::encode(token.token.as_slice()), body.len());
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/cbor\r\ncontent-length: {len}\r\naccept: */*\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).unwrap() else { return None };
    let status = head.code.unwrap();
    let length =
        head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length")).unwrap();
    let length: usize = std::str::from_utf8(length.value).unwrap().parse().unwrap();
    let body = bytes.get(start..start + length)?.to_vec();
    Some(Response { status, body })
}
