//! Connections: HTTP/1.1 and HTTP/2, with or without TLS, so many at once, none for ever, and a calm end.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response};
use axum::response::IntoResponse;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::time::{interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::edge::address::ClientAddress;
use crate::edge::patience::{Patient, Times, Turn, UnderWay};
use crate::edge::rate::FORGET_EVERY;
use crate::edge::tls::Certificate;
use crate::failure::Failure;
use crate::refusal::Refusal;
use crate::router;
use crate::state::AppState;

/// How often the certificate's file is looked at.
const LOOK_AT_CERTIFICATE: Duration = Duration::from_secs(60);
/// Requests of one HTTP/2 connection at once, and what it may send ahead of its readers.
const STREAMS: u32 = 64;
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 512 << 10;
/// What is held of one connection's bytes, each way.
const BUFFER: usize = 128 << 10;

/// Serves until SIGTERM or SIGINT, then finishes what runs.
///
/// # Errors
/// [`Failure`] where it cannot listen, or the certificate cannot be read.
pub async fn serve(state: AppState) -> Result<(), Failure> {
    let config = state.config.clone();
    raise_open_files();
    let certificate = config.tls.as_ref().map(Certificate::load).transpose()?;
    let acceptor = match &certificate {
        Some(certificate) => Some(TlsAcceptor::from(Arc::new(certificate.server_config()?))),
        None => None,
    };
    let stop = stop_on_signal(certificate)?;
    let connections = Arc::new(Semaphore::new(config.limits.connections));
    let main = Entrance { state: state.clone(), router: router::app(state.clone())?, acceptor, connections };
    let main_listener = listen(config.server.listen, "listening").await?;
    let figures = match config.metrics.listen {
        Some(address) => {
            let router = router::figures(state.clone());
            let connections = Arc::new(Semaphore::new(16));
            let entrance = Entrance { state: state.clone(), router, acceptor: None, connections };
            Some(tokio::spawn(entrance.open(listen(address, "figures").await?, stop.clone())))
        }
        None => None,
    };
    let (rates, app) = (state.rates.clone(), state.app.clone());
    let forget = tokio::spawn(async move {
        let mut every = interval(FORGET_EVERY);
        loop {
            every.tick().await;
            rates.forget();
            app.pending.forget(crate::clock::now());
        }
    });
    main.open(main_listener, stop).await;
    if let Some(figures) = figures {
        let _ = figures.await;
    }
    forget.abort();
    tracing::info!(code = "stopped");
    Ok(())
}

/// One address that is listened at, and what is behind it.
struct Entrance {
    state: AppState,
    router: Router,
    acceptor: Option<TlsAcceptor>,
    connections: Arc<Semaphore>,
}

impl Entrance {
    /// Takes connections until `stop`, then waits for what runs, but not for ever.
    async fn open(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let entrance = Arc::new(self);
        let graceful = GracefulShutdown::new();
        while let Some((stream, peer, place)) = entrance.next(&listener, &mut stop).await {
            let (entrance, watcher) = (entrance.clone(), graceful.watcher());
            tokio::spawn(async move {
                let connections = entrance.state.metrics.connections.clone();
                connections.inc();
                entrance.connection(stream, peer, watcher).await;
                connections.dec();
                drop(place);
            });
        }
        drop(listener);
        let time = Duration::from_secs(entrance.state.config.limits.shutdown_seconds);
        if timeout(time, graceful.shutdown()).await.is_err() {
            tracing::warn!(code = "shutdown-cut", seconds = time.as_secs());
        }
    }

    /// The next connection and its place among those at once; none once it is time to stop.
    async fn next(
        &self,
        listener: &TcpListener,
        stop: &mut watch::Receiver<bool>,
    ) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
        loop {
            let accepted = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return None,
                accepted = async {
                    let place = self.connections.clone().acquire_owned().await;
                    (place, listener.accept().await)
                } => accepted,
            };
            match accepted {
                (Ok(place), Ok((stream, peer))) => return Some((stream, peer, place)),
                (Err(_), _) => return None,
                (_, Err(error)) => {
                    // Too many open files, mostly: it passes.
                    tracing::warn!(code = "accept", error = %error);
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn connection(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        // A small answer that waits for more bytes helps nobody; where it cannot be set, answers are only later.
        let _ = stream.set_nodelay(true);
        match &self.acceptor {
            Some(acceptor) => {
                let time = self.state.config.limits.header_time();
                match timeout(time, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => self.requests(stream, peer, watcher).await,
                    _ => tracing::debug!(code = "tls-refused"),
                }
            }
            None => self.requests(stream, peer, watcher).await,
        }
    }

    async fn requests<S>(&self, stream: S, peer: SocketAddr, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = &self.state.config.limits;
        let under_way = UnderWay::default();
        let stream = TokioIo::new(Patient::new(stream, under_way.clone(), Times::from(limits)));
        let (state, router) = (self.state.clone(), self.router.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            answer(state.clone(), router.clone(), peer, under_way.begin(), request)
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // Time is the matter of `Patient`, which tells a silent connection from one that drips.
            .header_read_timeout(None)
            .max_headers(limits.header_lines)
            .max_buf_size(BUFFER)
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(BUFFER);
        let connection = builder.serve_connection(stream, service).into_owned();
        if watcher.watch(connection).await.is_err() {
            tracing::debug!(code = "connection-ended");
        }
    }
}

async fn answer(
    state: AppState,
    router: Router,
    peer: SocketAddr,
    turn: Turn,
    mut request: Request<Incoming>,
) -> Result<Response<Answer>, std::convert::Infallible> {
    let config = &state.config;
    let response = if header_len(request.headers()) > config.limits.header_bytes {
        Refusal::HeaderTooLarge.into_response()
    } else {
        let address = ClientAddress::of(&config.server, peer.ip(), request.headers());
        request.extensions_mut().insert(address);
        let Ok(response) = router.oneshot(request.map(Body::new)).await;
        response
    };
    Ok(response.map(|body| Answer { body, _turn: turn }))
}

fn header_len(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

/// The body of an answer: until its end, the request is under way.
struct Answer {
    body: Body,
    _turn: Turn,
}

impl HttpBody for Answer {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

async fn listen(address: SocketAddr, code: &'static str) -> Result<TcpListener, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            format!("cannot listen at {address}: {error}"),
            "Choose another address or port, or stop what holds it.",
        )
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    tracing::info!(code, address = %listener.local_addr().map_err(failed)?);
    Ok(listener)
}

/// As many open files as this process may have: a connection is one. Where that cannot be raised, `doctor` tells of it.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Turns true at SIGTERM or SIGINT. At SIGHUP, and when its file changes, the certificate is read again.
fn stop_on_signal(certificate: Option<Arc<Certificate>>) -> Result<watch::Receiver<bool>, Failure> {
    let on = |kind| {
        signal(kind)
            .map_err(|error| Failure::new(format!("no signals: {error}"), "Look at the system's limits."))
    };
    let (mut terminate, mut interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    let mut hangup = on(SignalKind::hangup())?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        let mut look = interval(LOOK_AT_CERTIFICATE);
        loop {
            let asked = tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => true,
                _ = look.tick() => false,
            };
            if let Some(certificate) =
                certificate.as_ref().filter(|certificate| asked || certificate.has_changed())
            {
                match certificate.reload() {
                    Ok(()) => tracing::info!(code = "certificate-read"),
                    Err(failure) => tracing::error!(code = "certificate-unreadable", error = %failure.what),
                }
            }
        }
        tracing::info!(code = "stopping");
        // Nobody may be listening any more; then there is nothing to stop.
        let _ = stop.send(true);
    });
    Ok(stopped)
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;

    use super::*;
    use crate::edge::body::{Pace, Whole};
    use crate::testing;

    async fn open(router: Router) -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
        let (home, started) = testing::start("[limits]\nheader_seconds = 1\nidle_seconds = 1\n").await;
        let state = started.state.clone();
        let connections = Arc::new(Semaphore::new(8));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let entrance = Entrance { state, router, acceptor: None, connections };
        let open = async move {
            entrance.open(listener, stopped).await;
            started.finish().await;
            drop(home);
        };
        (address, stop, tokio::spawn(open))
    }

    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn request_under_way_is_answered_after_the_stop() {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (begun, go) = (begun.clone(), go.clone());
            async move || {
                begun.notify_one();
                go.notified().await;
                "late"
            }
        };
        let (address, stop, open) = open(Router::new().route("/", get(handler))).await;
        let asked = tokio::spawn(ask(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
        begun.notified().await;
        stop.send(true).unwrap();
        while TcpStream::connect(address).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
        go.notify_one();
        assert!(asked.await.unwrap().ends_with("late"));
        open.await.unwrap();
    }

    #[tokio::test]
    async fn body_that_stops_or_is_too_large_is_refused_and_a_header_that_stops_is_dropped() {
        let pace =
            Pace { most: 10, code: "body-too-large", slow_bytes: 5, slow_time: Duration::from_millis(50) };
        let handler = async move |request: axum::extract::Request| -> Result<String, Refusal> {
            let whole =
                <Whole as axum::extract::FromRequest<()>>::from_request(pace.hold(request)?, &()).await;
            whole.map(|Whole(bytes)| bytes.len().to_string())
        };
        let (address, stop, open) = open(Router::new().route("/", post(handler))).await;
        let large = "x".repeat(100_000);
        let post = |length: usize, body: &str| {
            format!(
                "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        };
        assert!(ask(address, &post(3, "abc")).await.starts_with("HTTP/1.1 200"));
        assert!(ask(address, &post(100_000, &large)).await.starts_with("HTTP/1.1 413"));
        assert!(ask(address, &post(9, "abc")).await.starts_with("HTTP/1.1 408"));
        assert_eq!(ask(address, "POST / HTT").await, "");
        assert_eq!(ask(address, "").await, "");
        let long =
            format!("POST / HTTP/1.1\r\nhost: a\r\nx: {}\r\nconnection: close\r\n\r\n", "x".repeat(16 << 10));
        assert!(ask(address, &long).await.starts_with("HTTP/1.1 431"));
        stop.send(true).unwrap();
        open.await.unwrap();
    }
}
