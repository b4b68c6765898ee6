//! The transport: requests of the core as HTTP, and back. Connections are kept and reused; a `Remote` serves many threads.
//!
//! What is lost on the way is sent again where that changes nothing: a statement's hash is its idempotency key. What cannot be
//! repeated (an upload's bytes, a used challenge, a parcel that is given once) is not, and its step begins again.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use carnet_wire::message::{Body, MAX_BODY, Method, Refusal, Request, Response, Token};
use ureq::http::{self, StatusCode, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, BodyReader, SendBody};

use crate::names::Names;
use crate::remote_error::RemoteError;

/// The spooled bytes of an upload.
pub trait Spool: Read + Seek {}

impl<T: Read + Seek> Spool for T {}

/// A server, as one client sees it.
#[derive(Debug, Clone)]
pub struct Remote {
    base: String,
    agent: Agent,
}

/// Bytes that a server sends: as many as it says, read as they come.
pub struct Download {
    reader: BodyReader<'static>,
    len: Option<u64>,
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
        self.reader.read(buffer)
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
        let agent = Agent::with_parts(config.build(), DefaultConnector::default(), Names::default());
        Ok(Self { base, agent })
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
            let answer = self.call(request, token, spool)?;
            let status = answer.status().as_u16();
            let most = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
            let body = answer.into_body().into_with_config().limit(most).read_to_vec()?;
            Ok(Response { status, body })
        })
    }

    /// Sends a request whose answer is read as it comes: payloads, slices, files.
    ///
    /// # Errors
    /// [`RemoteError::Refused`] with the server's code; [`RemoteError::Range`] where the server ignored the range that was asked for.
    pub fn download(&self, request: &Request, token: Option<&Token>) -> Result<Download, RemoteError> {
        self.repeat(request, || {
            let answer = self.call(request, token, None)?;
            let status = answer.status();
            let body = answer.into_body();
            if !status.is_success() {
                let text = body.into_with_config().limit(MAX_REFUSAL).read_to_vec().unwrap_or_default();
                return Err(RemoteError::Refused(status.as_u16(), Refusal::read(&text)));
            }
            if request.range.is_some() && status != StatusCode::PARTIAL_CONTENT {
                return Err(RemoteError::Range);
            }
            let len = body.content_length();
            Ok(Download { reader: body.into_with_config().limit(u64::MAX).reader(), len })
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

    fn call(
        &self,
        request: &Request,
        token: Option<&Token>,
        spool: Option<&mut dyn Spool>,
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
        let answer = match (&request.body, spool) {
            (Body::Empty, _) if matches!(request.method, Method::Get | Method::Delete) => {
                self.run(builder, SendBody::none())
            }
            // Left to itself, the library sends an empty body in chunks, whose end may come after the answer.
            (Body::Empty, _) => {
                let builder = builder.header(header::CONTENT_LENGTH, 0);
                self.run(builder, SendBody::from_reader(&mut [].as_slice()))
            }
            (Body::Cbor(bytes) | Body::Cose(bytes) | Body::Bytes(bytes), _) => {
                let builder = builder.header(header::CONTENT_LENGTH, bytes.len());
                self.run(builder, SendBody::from_reader(&mut bytes.as_slice()))
            }
            (Body::Spool { offset }, Some(spool)) => {
                let end = spool.seek(SeekFrom::End(0)).map_err(RemoteError::Spool)?;
                spool.seek(SeekFrom::Start(*offset)).map_err(RemoteError::Spool)?;
                let builder = builder.header(header::CONTENT_LENGTH, end.saturating_sub(*offset));
                let mut reader: &mut dyn Spool = spool;
                self.run(builder, SendBody::from_reader(&mut reader))
            }
            (Body::Spool { .. }, None) => Err(RemoteError::NoSpool),
        }?;
        if answer.status().is_redirection() {
            return Err(RemoteError::Redirected);
        }
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            return Err(RemoteError::Unavailable);
        }
        Ok(answer)
    }

    fn run(
        &self,
        builder: http::request::Builder,
        body: SendBody<'_>,
    ) -> Result<http::Response<ureq::Body>, RemoteError> {
        let request = builder.body(body).map_err(|_| RemoteError::Address)?;
        Ok(self.agent.run(request)?)
    }
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
/// From the end of the request to the beginning of the answer: a large deposit is made durable in between.
const ANSWER: Duration = Duration::from_secs(120);
/// Without a single byte going on, in the middle of a body.
const SILENCE: Duration = Duration::from_secs(30);
/// Before each time that something is sent again.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(400), Duration::from_millis(1500)];
const MAX_REFUSAL: u64 = 4096;

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
