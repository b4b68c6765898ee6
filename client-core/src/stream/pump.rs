//! The loop that seals a stream: segments in, segments out, in memory that does not depend on the length.
//!
//! Each worker reads a segment, seals it and writes it, so that it stays in one core's cache all the way. They read in turn,
//! because the source is behind a lock, and write in turn, because there is one outbox, which each hands to the next.

use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use carnet_wire::payload::{CHUNK, PayloadLen, PayloadNonce, SEALED_CHUNK};
use zeroize::Zeroizing;

use super::sealed::{Padding, PayloadSealer, SealError, SealedPayload};
use super::segment::{Digests, Segment};
use super::{ChunkCounter, ChunkRun, Ends, PayloadKey};

/// Seals all of the source, on all cores natively.
pub(super) fn run<R: Read + Send, W: Write + Send>(
    source: Source<R>,
    sealer: PayloadSealer,
    payload: W,
) -> Result<SealedPayload, SealError> {
    let (first, turn) = sync_channel(1);
    // Cannot be full, nor closed: the other end is here.
    drop(first.send(Outbox::new(payload, sealer.nonce)?));
    let key = sealer.key;
    let mut inbox = Some(Inbox { source, counter: ChunkCounter::starting_at(0), turn });
    let first = Inbox::next(&mut inbox, Zeroizing::new(Vec::new()))?;
    // Most contents are one segment: for them it would take longer to wake others than to seal.
    let workers = if inbox.is_some() { workers() } else { 1 };
    let inbox = Mutex::new(inbox);
    let results: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(|| work(&inbox, &key, None))).collect();
        let own = work(&inbox, &key, first);
        let join = |other: thread::ScopedJoinHandle<'_, _>| {
            other.join().unwrap_or_else(|panic| resume_unwind(panic))
        };
        core::iter::once(own).chain(others.into_iter().map(join)).collect()
    });
    // One worker meets the end or an error; the others find nothing more to do.
    let sealed = results.into_iter().find_map(Result::transpose);
    sealed.unwrap_or_else(|| Err(SealError::Write(io::ErrorKind::BrokenPipe.into())))
}

/// Seals one segment after the other, beginning with one that was taken already, until there are no more. Gives the payload if it wrote
/// the last.
fn work<R: Read, W: Write>(
    inbox: &Mutex<Option<Inbox<R, W>>>,
    key: &PayloadKey,
    mut first: Option<Batch<W>>,
) -> Result<Option<SealedPayload>, SealError> {
    let (mut bytes, mut sealed) = (Zeroizing::new(Vec::new()), Vec::new());
    loop {
        let next = || inbox.lock().ok().and_then(|mut inbox| Inbox::next(&mut inbox, bytes).transpose());
        // Without an inbox, or under a poisoned lock: another worker met the end, an error or a panic.
        let Some(batch) = first.take().map(Ok).or_else(next) else { return Ok(None) };
        let batch = batch?;
        let held = batch.bytes.get(..batch.held).unwrap_or_default();
        sealed.resize(batch.len + batch.len.div_ceil(CHUNK).max(1) * (SEALED_CHUNK - CHUNK), 0);
        let segment = Segment::seal(key, &batch.run, held, &mut sealed).map_err(|_| SealError::TooLong)?;
        let Ok(mut outbox) = batch.turn.recv() else { return Ok(None) };
        outbox.write(&batch, segment, &sealed).map_err(SealError::Write)?;
        if batch.run.last.is_some() {
            return outbox.finish().map(Some);
        }
        // Nobody takes it where reading failed.
        drop(batch.next.send(outbox));
        bytes = batch.bytes;
    }
}

/// Workers: more than cores, for those that wait on a disk; few enough for 64 MiB.
#[cfg(not(target_family = "wasm"))]
fn workers() -> usize {
    (2 * thread::available_parallelism().map_or(1, usize::from) + 4).min(24)
}

/// One: there are no threads.
#[cfg(target_family = "wasm")]
fn workers() -> usize {
    1
}

/// A segment or less of plaintext: `held` bytes of content, then zero bytes up to `len`; its chunk numbers; and from whom its
/// worker gets the outbox, and to whom it goes.
struct Batch<W> {
    bytes: Zeroizing<Vec<u8>>,
    held: usize,
    len: usize,
    run: ChunkRun,
    turn: Receiver<Outbox<W>>,
    next: SyncSender<Outbox<W>>,
}

/// Where the workers get their batches.
struct Inbox<R, W> {
    source: Source<R>,
    counter: ChunkCounter,
    turn: Receiver<Outbox<W>>,
}

impl<R: Read, W> Inbox<R, W> {
    /// The next batch, if there is one. After the last, and after an error, there is no inbox any more.
    fn next(inbox: &mut Option<Self>, bytes: Zeroizing<Vec<u8>>) -> Result<Option<Batch<W>>, SealError> {
        let Some(Self { mut source, mut counter, turn }) = inbox.take() else { return Ok(None) };
        let Filled { bytes, held, len, ends } = source.next(bytes)?;
        let run = counter.take(len.div_ceil(CHUNK).max(1) as u64, ends).ok_or(SealError::TooLong)?;
        let (next, next_turn) = sync_channel(1);
        if ends == Ends::Later {
            *inbox = Some(Self { source, counter, turn: next_turn });
        }
        Ok(Some(Batch { bytes, held, len, run, turn, next }))
    }
}

/// Where they put them, in order.
struct Outbox<W> {
    payload: W,
    nonce: PayloadNonce,
    digests: Digests,
    plaintext: u64,
    content_len: u64,
}

impl<W: Write> Outbox<W> {
    fn new(mut payload: W, nonce: PayloadNonce) -> Result<Self, SealError> {
        payload.write_all(nonce.as_bytes()).map_err(SealError::Write)?;
        Ok(Self { payload, nonce, digests: Digests::new(&nonce, SEGMENT), plaintext: 0, content_len: 0 })
    }

    fn write(&mut self, batch: &Batch<W>, segment: Segment, sealed: &[u8]) -> io::Result<()> {
        self.payload.write_all(sealed)?;
        self.digests.append(segment, sealed);
        self.plaintext += batch.len as u64;
        self.content_len += batch.held as u64;
        Ok(())
    }

    fn finish(mut self) -> Result<SealedPayload, SealError> {
        self.payload.flush().map_err(SealError::Write)?;
        let (content, root) = self.digests.finish();
        let len = PayloadLen::from_plaintext(self.plaintext).map_err(|_| SealError::TooLong)?;
        Ok(SealedPayload::new(self.nonce, root, len, content, self.content_len))
    }
}

/// A padded content, segment by segment.
pub(super) struct Source<R> {
    content: R,
    padding: Padding,
    position: u64,
    content_len: u64,
    peeked: Option<u8>,
    ended: bool,
}

/// Plaintext: `held` bytes of content, then zero bytes up to `len`.
struct Filled {
    bytes: Zeroizing<Vec<u8>>,
    held: usize,
    len: usize,
    ends: Ends,
}

impl<R: Read> Source<R> {
    pub(super) fn new(content: R, padding: Padding) -> Self {
        Self { content, padding, position: 0, content_len: 0, peeked: None, ended: false }
    }

    /// The next segment, full unless it is the last.
    fn next(&mut self, mut bytes: Zeroizing<Vec<u8>>) -> Result<Filled, SealError> {
        if bytes.is_empty() {
            bytes.resize(SHORT, 0);
        }
        let mut held = self.read_content(&mut bytes, 0)?;
        if !self.ended && bytes.len() < SEGMENT {
            // Moved by hand: a vector that grows leaves what it held, unwiped.
            let mut whole = Zeroizing::new(vec![0; SEGMENT]);
            whole.get_mut(..held).unwrap_or_default().copy_from_slice(bytes.get(..held).unwrap_or_default());
            bytes = whole;
            held = self.read_content(&mut bytes, held)?;
        }
        self.content_len += held as u64;
        let (len, ends) = if self.ended {
            let rest = self.padding.len(self.content_len) - self.position;
            match usize::try_from(rest) {
                Ok(rest) if rest <= SEGMENT => (rest, Ends::Here),
                _ => (SEGMENT, Ends::Later),
            }
        } else {
            (SEGMENT, Ends::Later)
        };
        self.position += len as u64;
        Ok(Filled { bytes, held, len, ends })
    }

    /// Fills the segment from `held` on and looks one byte ahead, so that the last is known as such.
    fn read_content(&mut self, segment: &mut [u8], mut held: usize) -> Result<usize, SealError> {
        if let (Some(byte), Some(next)) = (self.peeked.take(), segment.get_mut(held)) {
            *next = byte;
            held += 1;
        }
        while !self.ended && held < segment.len() {
            held += self.read(segment.get_mut(held..).unwrap_or_default())?;
        }
        let mut ahead = [0];
        if !self.ended && self.read(&mut ahead)? == 1 {
            let [byte] = ahead;
            self.peeked = Some(byte);
        }
        Ok(held)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, SealError> {
        loop {
            match self.content.read(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(SealError::Read(error)),
                Ok(0) => {
                    self.ended = true;
                    return Ok(0);
                }
                Ok(read) => return Ok(read),
            }
        }
    }
}

/// Plaintext bytes of a segment: with what they become, they fit one core's cache.
pub(super) const SEGMENT: usize = 8 * CHUNK;
/// Room for the beginning of a content: most are short, and room is wiped.
const SHORT: usize = CHUNK;
