//! How long a connection is waited for. One that is silent, sends a header drop by drop, or takes no answer, ends; so two
//! thousand of them cost little, and none for long.
//!
//! | the client | is waited for |
//! |---|---|
//! | has sent nothing, or nothing since its last answer | `idle_seconds` |
//! | has begun a header of HTTP/1.1 | `header_seconds` for the whole of it |
//! | does not take what is written to it | `slow_seconds` without a byte |
//! | has requests under way, and no byte moves | [`SILENCE`] |
//!
//! How fast a body must come is the matter of [`super::body`].

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Limits;

/// How long a request may run while no byte moves on its connection.
pub const SILENCE: Duration = Duration::from_secs(600);

/// How long, and for how many bytes, a client is listened to after the last answer. To close at once what still has unread bytes
/// would take the answer away from it: a refusal of a body that is too large, above all.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1 << 20;

/// How many requests of a connection are under way, and how many there were.
#[derive(Debug, Clone, Default)]
pub struct UnderWay(Arc<(AtomicUsize, AtomicUsize)>);

/// A request under way, until dropped.
#[derive(Debug)]
pub struct Turn(UnderWay);

impl UnderWay {
    /// One request more.
    #[must_use]
    pub fn begin(&self) -> Turn {
        self.0.0.fetch_add(1, Ordering::AcqRel);
        self.0.1.fetch_add(1, Ordering::AcqRel);
        Turn(self.clone())
    }

    fn now(&self) -> usize {
        self.0.0.load(Ordering::Acquire)
    }

    fn ever(&self) -> usize {
        self.0.1.load(Ordering::Acquire)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// How long a connection is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Without a request.
    pub idle: Duration,
    /// For a whole header.
    pub header: Duration,
    /// For a byte of an answer to be taken.
    pub slow: Duration,
}

impl From<&Limits> for Times {
    fn from(limits: &Limits) -> Self {
        Self { idle: limits.idle_time(), header: limits.header_time(), slow: limits.slow_time() }
    }
}

/// A connection that is not waited for without end.
pub struct Patient<S> {
    stream: S,
    under_way: UnderWay,
    times: Times,
    /// When a byte last moved.
    moved: Instant,
    /// Since when there is no request, and how many there were until then.
    quiet: (Instant, usize),
    /// When a header of HTTP/1.1 was begun.
    begun: Option<Instant>,
    /// Since when what is written is not taken.
    blocked: Option<Instant>,
    /// Whether the first bytes were those of HTTP/2, which has frames outside of requests.
    http2: Option<bool>,
    /// After the end: until when, and for how many bytes more, the client is listened to.
    linger: Option<(Instant, usize)>,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    /// A connection that is waited for so long.
    pub fn new(stream: S, under_way: UnderWay, times: Times) -> Self {
        let now = Instant::now();
        Self {
            stream,
            under_way,
            times,
            moved: now,
            quiet: (now, 0),
            begun: None,
            blocked: None,
            http2: None,
            linger: None,
            alarm: Box::pin(sleep_until(now + times.idle)),
        }
    }

    /// Takes note of requests that have begun or ended since.
    fn notice(&mut self) {
        if self.under_way.now() > 0 || self.under_way.ever() != self.quiet.1 {
            self.quiet = (Instant::now(), self.under_way.ever());
            self.begun = None;
        }
    }

    /// When this connection is given up, as things stand.
    fn deadline(&mut self) -> Instant {
        self.notice();
        let read = match self.begun {
            _ if self.under_way.now() > 0 => self.moved + SILENCE,
            Some(begun) => begun + self.times.header,
            None => self.quiet.0 + self.times.idle,
        };
        self.blocked.map_or(read, |blocked| read.min(blocked + self.times.slow))
    }

    /// Fails once the deadline has passed; otherwise sees to it that the task wakes then.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let deadline = self.deadline();
            if deadline <= Instant::now() {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            // A deadline that has moved away is met with a late alarm; one that has come nearer, with a new one.
            if deadline < self.alarm.deadline() {
                self.alarm.as_mut().reset(deadline);
            }
            match self.alarm.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => self.alarm.as_mut().reset(deadline),
            }
        }
    }

    fn written<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match done {
            Poll::Ready(done) => {
                (self.moved, self.blocked) = (Instant::now(), None);
                Poll::Ready(done)
            }
            Poll::Pending => {
                self.blocked.get_or_insert_with(Instant::now);
                self.poll_patience(cx).map(Err)
            }
        }
    }
}

impl<S: AsyncRead + Unpin> Patient<S> {
    /// Listens to nothing in particular until the client is done, for a while.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 4096];
        while let Some((until, left @ 1..)) = self.linger {
            let mut into = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut into) {
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {
                    self.linger = Some((until, left.saturating_sub(into.filled().len())));
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    self.alarm.as_mut().reset(until);
                    return self.alarm.as_mut().poll(cx);
                }
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        if read.is_pending() {
            return self.poll_patience(cx).map(Err);
        }
        if let Some(new @ [_, ..]) = into.filled().get(before..) {
            let http2 = *self.http2.get_or_insert(new.starts_with(b"PRI"));
            self.moved = Instant::now();
            self.notice();
            if !http2 && self.under_way.now() == 0 && self.begun.is_none() {
                self.begun = Some(self.moved);
            }
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Pending => self.written(cx, Poll::Pending),
            done => done,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            let done = Pin::new(&mut self.stream).poll_shutdown(cx);
            match self.written(cx, done) {
                Poll::Ready(Ok(())) => self.linger = Some((Instant::now() + LINGER, LINGER_BYTES)),
                other => return other,
            }
        }
        self.poll_linger(cx).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.written(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{sleep, timeout};

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(3600);
    const PATIENT: Times = Times { idle: LONG, header: LONG, slow: LONG };

    fn pair(times: Times) -> (DuplexStream, Patient<DuplexStream>, UnderWay) {
        let (client, server) = duplex(64);
        let under_way = UnderWay::default();
        (client, Patient::new(server, under_way.clone(), times), under_way)
    }

    #[tokio::test]
    async fn silent_connection_ends() {
        let (_client, mut server, _) = pair(Times { idle: SHORT, ..PATIENT });
        assert_eq!(server.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn header_that_drips_ends_although_bytes_come() {
        let (mut client, mut server, _) = pair(Times { header: SHORT * 5, ..PATIENT });
        tokio::spawn(async move {
            while client.write_all(b"G").await.is_ok() {
                sleep(SHORT).await;
            }
        });
        let error = server.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn frames_of_http2_without_a_request_do_not_keep_a_connection() {
        let (mut client, mut server, _) = pair(Times { idle: SHORT * 5, ..PATIENT });
        tokio::spawn(async move {
            while client.write_all(b"PRI").await.is_ok() {
                sleep(SHORT).await;
            }
        });
        let error = server.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn request_under_way_is_waited_for() {
        let (mut client, mut server, under_way) = pair(Times { idle: SHORT, header: SHORT, slow: SHORT });
        let turn = under_way.begin();
        client.write_all(b"GET").await.unwrap();
        server.read_exact(&mut [0; 3]).await.unwrap();
        assert!(timeout(SHORT * 10, server.read_u8()).await.is_err());
        drop(turn);
        assert!(server.read_u8().await.is_err());
    }

    #[tokio::test]
    async fn client_that_takes_no_answer_is_dropped() {
        let (_client, mut server, under_way) = pair(Times { slow: SHORT, ..PATIENT });
        let _turn = under_way.begin();
        let error = server.write_all(&[0; 65]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
