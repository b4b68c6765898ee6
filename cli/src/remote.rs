//! The transport: requests of the core as HTTP, and back. Connections are kept and reused; a `Remote` serves many threads.
//!
//! What is lost on the way is sent again where that changes nothing: a statement's hash is its idempotency key. What cannot be
//! repeated (an upload's bytes, a used challenge, a parcel that is given once) is not, and its step begins again. A server that is silent
//! is waited for so long, by what it was asked for, and no longer: connecting 10 s, an answer 30 s, a statement or an upload that is being
//! made durable 120 s, a body that stands still 30 s.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use carnet_wire::message::{Body, MAX_BODY, Method, Refusal, Request, Response, Token};
use ureq::http::{self, StatusCode, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, BodyReader, SendBody};

use crate::names::Names;
use crate::remote_error::RemoteError;
use crate::waits::{Waiting, Waits};

/// The spooled bytes of an upload.
pub trait Spool: Read + Seek {}

impl<T: Read + Seek> Spool for T {}

/// A server, as one client sees it.
#[derive(Debug, Clone)]
pub struct Remote {
    base: String,
    server: Arc<str>,
    agent: Agent,
    waits: Waits,
}

/// Bytes that a server sends: as many as it says, read as they come.
pub struct Download {
    reader: BodyReader<'static>,
    len: Option<u64>,
    server: Arc<str>,
    waits: Waits,
}

impl Download {
    /// How many bytes the server says will come.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        self.len
    }

    /// Whether the server says that none will come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == Some(0)
    }
}

impl core::fmt::Debug for Download {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Download({:?} bytes)", self.len)
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let _waiting = self.waits.begin(&self.server, SILENCE);
        self.reader.read(buffer)
    }
}

/// A body on its way, which says when it moves.
struct Moving<'a, R> {
    inner: R,
    waiting: &'a Waiting,
}

impl<R: Read> Read for Moving<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.waiting.moved();
        self.inner.read(buffer)
    }
}

impl Remote {
    /// A server at `base`, such as `https://carnet.example`; `authorities` is a file of certificates in PEM to believe instead of the
    /// public ones.
    ///
    /// # Errors
    /// [`RemoteError::Address`] for another kind of address, [`RemoteError::PlainHttp`] for HTTP to another machine than this one,
    /// [`RemoteError::Certificates`] for a file without certificates.
    pub fn new(base: &str, authorities: Option<&Path>) -> Result<Self, RemoteError> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: http::Uri = base.parse().map_err(|_| RemoteError::Address)?;
        let bare = uri.query().is_none() && matches!(uri.path(), "" | "/");
        let host = uri.host().filter(|_| bare).ok_or(RemoteError::Address)?;
        let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if here => {}
            Some("http") => return Err(RemoteError::PlainHttp),
            _ => return Err(RemoteError::Address),
        }
        let roots = authorities.map(roots).transpose()?.unwrap_or(RootCerts::WebPki);
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("carnet/", env!("CARGO_PKG_VERSION")))
            .accept("application/cbor, application/octet-stream")
            .max_idle_connections(64)
            .max_idle_connections_per_host(64)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(SILENCE))
            .timeout_per_write(Some(SILENCE));
        if here {
            config = config.proxy(None);
        }
        let server = Arc::from(uri.authority().map_or(host, http::uri::Authority::as_str));
        let agent = Agent::with_parts(config.build(), DefaultConnector::default(), Names::default());
        Ok(Self { base, server, agent, waits: Waits::default() })
    }

    /// The same server; what it is waited for is said here.
    #[must_use]
    pub fn watched(self, waits: &Waits) -> Self {
        Self { waits: waits.clone(), ..self }
    }

    /// Where this says what it waits for.
    #[must_use]
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Sends a request and takes its whole answer, of at most [`MAX_BODY`] bytes. A refusal is an answer too: the step reads it.
    ///
    /// `spool` gives the bytes of [`Body::Spool`].
    ///
    /// # Errors
    /// [`RemoteError`], once sending it again has not helped.
    pub fn send(
        &self,
        request: &Request,
        token: Option<&Token>,
        mut spool: Option<&mut dyn Spool>,
    ) -> Result<Response, RemoteError> {
        self.repeat(request, || {
            let spool: Option<&mut dyn Spool> = match &mut spool {
                Some(spool) => Some(&mut **spool),
                None => None,
            };
            let waiting = self.waits.begin(&self.server, patience(request));
            let answer = self.call(request, token, spool, &waiting)?;
            let status = answer.status();
            if !status.is_success() {
                return self.refusal(answer, request).map(|body| Response { status: status.as_u16(), body });
            }
            let most = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
            let mut body = Vec::new();
            let mut reader = Moving {
                inner: answer.into_body().into_with_config().limit(most).reader(),
                waiting: &waiting,
            };
            reader.read_to_end(&mut body).map_err(|error| RemoteError::of_io(error, SILENCE.as_secs()))?;
            Ok(Response { status: status.as_u16(), body })
        })
    }

    /// Sends a request whose answer is read as it comes: payloads, slices, files.
    ///
    /// # Errors
    /// [`RemoteError::Refused`] with the server's code; [`RemoteError::Range`] where the server ignored the range that was asked for.
    pub fn download(&self, request: &Request, token: Option<&Token>) -> Result<Download, RemoteError> {
        self.repeat(request, || {
            let waiting = self.waits.begin(&self.server, patience(request));
            let answer = self.call(request, token, None, &waiting)?;
            let status = answer.status();
            if !status.is_success() {
                let body = self.refusal(answer, request)?;
                return Err(RemoteError::Refused(status.as_u16(), Refusal::read(&body)));
            }
            if request.range.is_some() && status != StatusCode::PARTIAL_CONTENT {
                return Err(RemoteError::Range);
            }
            let body = answer.into_body();
            let len = body.content_length();
            let reader = body.into_with_config().limit(u64::MAX).reader();
            Ok(Download { reader, len, server: Arc::clone(&self.server), waits: self.waits.clone() })
        })
    }

    /// Does something again where that helps and changes nothing.
    fn repeat<T>(
        &self,
        request: &Request,
        mut once: impl FnMut() -> Result<T, RemoteError>,
    ) -> Result<T, RemoteError> {
        let waits = PAUSES.iter().filter(|_| is_repeatable(request));
        for wait in waits {
            match once() {
                Err(error) if error.may_pass() => sleep(*wait),
                done => return done,
            }
        }
        once()
    }

    /// The body of a refusal, where the server itself refused: it says so by a code. Without one the status is somebody else's.
    fn refusal(&self, answer: http::Response<ureq::Body>, request: &Request) -> Result<Vec<u8>, RemoteError> {
        let status = answer.status().as_u16();
        let body = answer.into_body().into_with_config().limit(MAX_REFUSAL).read_to_vec().unwrap_or_default();
        if !Refusal::read(&body).code.is_empty() {
            return Ok(body);
        }
        Err(match (status, &request.body) {
            (413, Body::Cbor(bytes) | Body::Cose(bytes) | Body::Bytes(bytes)) => {
                RemoteError::TooLarge(bytes.len() as u64)
            }
            _ => RemoteError::Status(status),
        })
    }

    fn call(
        &self,
        request: &Request,
        token: Option<&Token>,
        spool: Option<&mut dyn Spool>,
        waiting: &Waiting,
    ) -> Result<http::Response<ureq::Body>, RemoteError> {
        let mut builder = http::Request::builder()
            .method(method(request.method))
            .uri(format!("{}{}", self.base, request.path));
        if let Some(token) = token {
            let mut value = header::HeaderValue::from_str(&format!("Bearer {}", hex(token.token.as_slice())))
                .map_err(|_| RemoteError::Address)?;
            value.set_sensitive(true);
            builder = builder.header(header::AUTHORIZATION, value);
        }
        if let Some(range) = request.range.clone().filter(|range| !range.is_empty()) {
            let last = range.end.saturating_sub(1);
            builder = builder.header(header::RANGE, format!("bytes={}-{last}", range.start));
        }
        let typed = match &request.body {
            Body::Empty => None,
            Body::Cbor(_) => Some("application/cbor"),
            Body::Cose(_) => Some("application/cose"),
            Body::Spool { .. } | Body::Bytes(_) => Some("application/octet-stream"),
        };
        if let Some(typed) = typed {
            builder = builder.header(header::CONTENT_TYPE, typed);
        }
        let patience = patience(request);
        let answer = match (&request.body, spool) {
            (Body::Empty, _) if matches!(request.method, Method::Get | Method::Delete) => {
                self.run(builder, SendBody::none(), patience)
            }
            // Left to itself, the library sends an empty body in chunks, whose end may come after the answer.
            (Body::Empty, _) => {
                let builder = builder.header(header::CONTENT_LENGTH, 0);
                self.run(builder, SendBody::from_reader(&mut [].as_slice()), patience)
            }
            (Body::Cbor(bytes) | Body::Cose(bytes) | Body::Bytes(bytes), _) => {
                let builder = of_length(builder, bytes.len() as u64);
                let mut reader = Moving { inner: bytes.as_slice(), waiting };
                self.run(builder, SendBody::from_reader(&mut reader), patience)
            }
            (Body::Spool { offset }, Some(spool)) => {
                let end = spool.seek(SeekFrom::End(0)).map_err(RemoteError::Spool)?;
                spool.seek(SeekFrom::Start(*offset)).map_err(RemoteError::Spool)?;
                let builder = of_length(builder, end.saturating_sub(*offset));
                let mut reader = Moving { inner: spool, waiting };
                self.run(builder, SendBody::from_reader(&mut reader), patience)
            }
            (Body::Spool { .. }, None) => Err(RemoteError::NoSpool),
        }?;
        waiting.moved();
        let (status, headers) = (answer.status(), answer.headers());
        if let Some(date) = headers.get(header::DATE).and_then(|date| date.to_str().ok()) {
            self.waits.heard(date);
        }
        if status.is_redirection() {
            return Err(RemoteError::Redirected(status.as_u16()));
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if status.is_success() && kind.is_some_and(|kind| !is_of_a_server(kind)) {
            return Err(RemoteError::Page(status.as_u16()));
        }
        Ok(answer)
    }

    fn run(
        &self,
        builder: http::request::Builder,
        body: SendBody<'_>,
        patience: Duration,
    ) -> Result<http::Response<ureq::Body>, RemoteError> {
        let request = builder.body(body).map_err(|_| RemoteError::Address)?;
        let request = match patience {
            ANSWER => request,
            longer => {
                let config = self.agent.configure_request(request);
                config.timeout_recv_response(Some(longer)).timeout_per_read(Some(longer)).build()
            }
        };
        self.agent.run(request).map_err(|error| RemoteError::of(error, patience.as_secs()))
    }
}

/// The length of a body. One that is not short waits for the server's word that it will be taken: what is refused is not sent.
fn of_length(builder: http::request::Builder, len: u64) -> http::request::Builder {
    let builder = builder.header(header::CONTENT_LENGTH, len);
    if len > SHORT { builder.header(header::EXPECT, "100-continue") } else { builder }
}

/// Whether a server of Carnet gives answers of this media type.
fn is_of_a_server(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    const KINDS: [&str; 5] = [
        "application/cbor",
        "application/cose",
        "application/json",
        "application/octet-stream",
        "text/plain",
    ];
    KINDS.contains(&kind.as_str())
}

/// How long the beginning of an answer is waited for.
fn patience(request: &Request) -> Duration {
    let is_kept = request.path.contains("/statements") || request.path.contains("/uploads/");
    if is_kept && !matches!(request.method, Method::Get) { KEPT } else { ANSWER }
}

/// Whether a request may be sent again without its step: its bytes are at hand, and a second time changes nothing.
fn is_repeatable(request: &Request) -> bool {
    match request.method {
        Method::Patch => false,
        Method::Post => request.path != "/v1/sessions",
        Method::Delete => !request.path.starts_with("/v1/pairings/"),
        Method::Get | Method::Put => true,
    }
}

fn method(method: Method) -> http::Method {
    match method {
        Method::Delete => http::Method::DELETE,
        Method::Get => http::Method::GET,
        Method::Patch => http::Method::PATCH,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
    }
}

fn roots(file: &Path) -> Result<RootCerts, RemoteError> {
    let pem = std::fs::read(file).map_err(|_| RemoteError::Certificates)?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(RemoteError::Certificates);
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Resolving a name and connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// From the end of the request to the beginning of the answer.
const ANSWER: Duration = Duration::from_secs(30);
/// The same where something large is made durable in between.
const KEPT: Duration = Duration::from_secs(120);
/// Without a single byte going on, in the middle of a body.
const SILENCE: Duration = Duration::from_secs(30);
/// Before each time that something is sent again.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(400), Duration::from_millis(1500)];
const MAX_REFUSAL: u64 = 4096;
/// Bytes of a body that are sent without asking first.
const SHORT: u64 = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for good in [
            "https://carnet.example",
            "https://carnet.example:8443/",
            "http://127.0.0.1:8440",
            "http://localhost",
        ] {
            assert!(Remote::new(good, None).is_ok(), "{good}");
        }
        for (bad, code) in [
            ("http://carnet.example", "remote-plain-http"),
            ("http://127.0.0.1.carnet.example", "remote-plain-http"),
            ("ftp://carnet.example", "remote-address"),
            ("carnet.example", "remote-address"),
            ("https://carnet.example/other", "remote-address"),
            ("https://carnet.example?a", "remote-address"),
        ] {
            let error = Remote::new(bad, None).unwrap_err();
            assert_eq!(carnet_wire::StableCode::code(&error), code, "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_repeated_is_sent_once() {
        let request = |method, path: &str| Request::new(method, path.to_owned(), Body::Empty);
        for once in [
            request(Method::Patch, "/v1/vaults/00/uploads/00?offset=0"),
            request(Method::Post, "/v1/sessions"),
            request(Method::Delete, "/v1/pairings/00/parcel"),
        ] {
            assert!(!is_repeatable(&once), "{once:?}");
        }
        for again in [
            request(Method::Post, "/v1/vaults/00/statements?since=0"),
            request(Method::Post, "/v1/sessions/challenges"),
            request(Method::Put, "/v1/vaults/00/uploads/00"),
            request(Method::Get, "/v1/log"),
        ] {
            assert!(is_repeatable(&again), "{again:?}");
        }
    }
}
