//! Gives the bytes of settled payloads, read by blocking threads one piece ahead of the reader.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use carnet_wire::payload::PayloadNonce;
use futures_util::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::Shared;
use super::content::Content;
use super::error::PayloadError;
use super::layout::Name;

/// Bytes of a piece that is read ahead.
const AHEAD: usize = 256 * 1024;

/// Bytes of a piece for a reader who is not read ahead for.
const ALONE: usize = 64 * 1024;

/// Where pieces come from.
pub(super) trait Source: Send + 'static {
    /// The next bytes, about `room` of them; none at the end.
    fn next(&mut self, room: usize) -> io::Result<Vec<u8>>;
}

/// The bytes of a payload or of a slice, in pieces of up to 320 KiB. An error ends it: the reader then has too few bytes.
pub struct Pieces {
    len: u64,
    state: State,
    seats: Arc<Semaphore>,
    seat: Option<OwnedSemaphorePermit>,
    buffered: Arc<AtomicUsize>,
}

/// A source, and what it has just given.
type Turn = (Box<dyn Source>, io::Result<Piece>);

enum State {
    Reading(JoinHandle<Turn>),
    Has(Box<dyn Source>, Piece),
    Waits(Box<dyn Source>),
    Over,
}

/// Bytes read; counted as long as they are held.
struct Piece {
    bytes: Vec<u8>,
    buffered: Arc<AtomicUsize>,
}

impl Pieces {
    /// The number of bytes that come in all.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether none come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Opens the source and reads the first piece of it, on a blocking thread.
    pub(super) async fn open(
        shared: &Arc<Shared>,
        open: impl FnOnce(&Shared) -> Result<(Box<dyn Source>, u64), PayloadError> + Send + 'static,
    ) -> Result<Self, PayloadError> {
        let opener = Arc::clone(shared);
        let opened = shared.on_disk(move || {
            let (mut source, len) = open(&opener)?;
            let piece = Piece::read(source.as_mut(), ALONE, &opener.buffered)?;
            Ok::<_, PayloadError>((source, len, piece))
        });
        let (source, len, piece) = opened.await??;
        Ok(Self {
            len,
            state: State::Has(source, piece),
            seats: Arc::clone(&shared.ahead),
            seat: None,
            buffered: Arc::clone(&shared.buffered),
        })
    }

    fn read(&self, mut source: Box<dyn Source>) -> State {
        let (room, buffered) = (if self.seat.is_some() { AHEAD } else { ALONE }, Arc::clone(&self.buffered));
        State::Reading(tokio::task::spawn_blocking(move || {
            let piece = Piece::read(source.as_mut(), room, &buffered);
            (source, piece)
        }))
    }
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Poll::Ready(None),
                State::Waits(source) => self.state = self.read(source),
                State::Has(_, piece) if piece.bytes.is_empty() => self.seat = None,
                State::Has(source, piece) => {
                    if self.seat.is_none() {
                        self.seat = Arc::clone(&self.seats).try_acquire_owned().ok();
                    }
                    self.state = if self.seat.is_some() { self.read(source) } else { State::Waits(source) };
                    return Poll::Ready(Some(Ok(piece.into_bytes())));
                }
                State::Reading(mut reading) => {
                    let Poll::Ready(turn) = Pin::new(&mut reading).poll(context) else {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    match turn {
                        Ok((source, Ok(piece))) => self.state = State::Has(source, piece),
                        Ok((_, Err(error))) => return Poll::Ready(Some(Err(error))),
                        Err(_) => {
                            return Poll::Ready(Some(Err(io::Error::other("the reading was given up"))));
                        }
                    }
                }
            }
        }
    }
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pieces").field("len", &self.len).finish_non_exhaustive()
    }
}

impl Piece {
    fn read(source: &mut dyn Source, room: usize, buffered: &Arc<AtomicUsize>) -> io::Result<Self> {
        let bytes = source.next(room)?;
        buffered.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(Self { bytes, buffered: Arc::clone(buffered) })
    }

    /// Given to the reader: its own from here on.
    fn into_bytes(mut self) -> Bytes {
        let bytes = std::mem::take(&mut self.bytes);
        self.buffered.fetch_sub(bytes.len(), Ordering::Relaxed);
        Bytes::from(bytes)
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.buffered.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

/// A range of a payload.
struct ContentRange {
    content: Content,
    left: Range<u64>,
}

impl Source for ContentRange {
    fn next(&mut self, room: usize) -> io::Result<Vec<u8>> {
        let left = self.left.end - self.left.start;
        let wanted = usize::try_from(left).unwrap_or(room).min(room);
        let mut bytes = Vec::with_capacity(wanted);
        if wanted > 0 {
            self.content.read(self.left.start, wanted, &mut bytes)?;
        }
        self.left.start += bytes.len() as u64;
        Ok(bytes)
    }
}

pub(super) async fn stream(
    shared: &Arc<Shared>,
    name: Name,
    range: Range<u64>,
) -> Result<Pieces, PayloadError> {
    let open = move |shared: &Shared| -> Result<(Box<dyn Source>, u64), PayloadError> {
        let content = Content::open(shared, &name)?;
        if range.start > range.end || range.end > content.len() {
            return Err(PayloadError::Range);
        }
        let len = range.end - range.start;
        Ok((Box::new(ContentRange { content, left: range }), len))
    };
    Pieces::open(shared, open).await
}

/// The nonce at the head of a payload.
pub(super) fn nonce(shared: &Shared, name: &Name) -> Result<PayloadNonce, PayloadError> {
    let mut nonce = Vec::with_capacity(PayloadNonce::LEN);
    Content::open(shared, name)?.read(0, PayloadNonce::LEN, &mut nonce)?;
    let nonce = nonce.try_into().map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    Ok(PayloadNonce::from_bytes(nonce))
}
