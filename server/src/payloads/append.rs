//! Takes the body of an upload: receives the next bytes while a blocking thread writes and hashes the last ones.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use super::Shared;
use super::error::PayloadError;
use super::layout::Name;
use super::locks::Held;
use super::part::Part;

/// Bytes written at once.
const BATCH: usize = 256 * 1024;

/// Bytes written at once of a long upload that has a seat: fewer turns from thread to thread.
const LONG_BATCH: usize = 1024 * 1024;

/// Pieces written at once: what one call to the system takes.
const PIECES: usize = 256;

/// How long bytes that came wait for more before they are written.
const LINGER: Duration = Duration::from_secs(1);

/// Bytes received and not yet written; counted as long as they are held.
#[derive(Debug)]
struct Batch {
    pieces: Vec<Bytes>,
    len: usize,
    buffered: Arc<AtomicUsize>,
}

/// Why a batch is given over.
enum Next {
    More,
    End,
    Stop(PayloadError),
}

/// How an upload begins.
enum Begin {
    /// The payload is settled: nothing more is wanted of it.
    Settled(u64),
    At(Box<Part>),
}

/// Appends a body to an upload. Runs to its end even if nobody waits for it any more.
pub(super) async fn append<S, E>(
    shared: Arc<Shared>,
    held: Held,
    offset: u64,
    body: S,
    most: u64,
) -> Result<u64, PayloadError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
{
    let mut body = pin!(body);
    let mut room = most.checked_sub(offset).ok_or(PayloadError::TooLarge)?;
    let (name, at) = (held.name(), Arc::clone(&shared));
    let mut part = match shared.on_disk(move || begin(&at, &name, offset)).await?? {
        Begin::Settled(len) => return Ok(len),
        Begin::At(part) => *part,
    };
    let (mut batch, mut next) = gather(&shared, body.as_mut(), room, BATCH).await;
    let mut seat = None;
    loop {
        room -= batch.len as u64;
        let (writer, hand) = (Arc::clone(&shared), shared.hand().await?);
        let writing = tokio::task::spawn_blocking(move || {
            let part = write(&writer, name, part, &batch);
            drop((batch, hand));
            part
        });
        let ahead = match next {
            Next::More => {
                seat = seat.or_else(|| Arc::clone(&shared.ahead).try_acquire_owned().ok());
                let size = if seat.is_some() { LONG_BATCH } else { BATCH };
                Some(gather(&shared, body.as_mut(), room, size).await)
            }
            Next::End | Next::Stop(_) => None,
        };
        part = writing.await.map_err(|_| PayloadError::stopped())??;
        match ahead {
            Some(ahead) => (batch, next) = ahead,
            None => break,
        }
    }
    let len = part.len();
    shared.open.leave(name, part);
    drop(held);
    match next {
        Next::Stop(error) => Err(error),
        Next::More | Next::End => Ok(len),
    }
}

fn begin(shared: &Shared, name: &Name, offset: u64) -> Result<Begin, PayloadError> {
    if let Some(len) = shared.settled_len(name)? {
        return Ok(Begin::Settled(len));
    }
    shared.room(0)?;
    let part = shared.open_part(name)?;
    if part.len() == offset {
        return Ok(Begin::At(Box::new(part)));
    }
    shared.open.leave(*name, part);
    Err(PayloadError::Offset)
}

/// Writes all of a batch or nothing of it.
fn write(shared: &Shared, name: Name, mut part: Part, batch: &Batch) -> Result<Part, PayloadError> {
    let written = shared.room(batch.len as u64).and_then(|()| Ok(part.write(&batch.pieces)?));
    match written {
        Ok(()) => Ok(part),
        Err(error) => {
            shared.open.leave(name, part);
            Err(error)
        }
    }
}

async fn gather<S, E>(shared: &Shared, mut body: Pin<&mut S>, room: u64, size: usize) -> (Batch, Next)
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let mut batch = Batch { pieces: Vec::new(), len: 0, buffered: Arc::clone(&shared.buffered) };
    let mut until = Instant::now() + shared.limits.idle;
    loop {
        let next = match timeout_at(until, body.next()).await {
            Ok(Some(Ok(piece))) if (batch.len + piece.len()) as u64 > room => {
                Next::Stop(PayloadError::TooLarge)
            }
            Ok(Some(Ok(piece))) => {
                if batch.pieces.is_empty() {
                    until = Instant::now() + LINGER;
                }
                batch.push(piece);
                if batch.len < size && batch.pieces.len() < PIECES {
                    continue;
                }
                Next::More
            }
            Ok(Some(Err(_))) => Next::Stop(PayloadError::Broken),
            Ok(None) => Next::End,
            Err(_) if batch.pieces.is_empty() => Next::Stop(PayloadError::Broken),
            Err(_) => Next::More,
        };
        return (batch, next);
    }
}

impl Batch {
    fn push(&mut self, piece: Bytes) {
        self.len += piece.len();
        self.buffered.fetch_add(piece.len(), Ordering::Relaxed);
        self.pieces.push(piece);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.buffered.fetch_sub(self.len, Ordering::Relaxed);
    }
}
