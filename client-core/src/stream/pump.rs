//! The loop that seals a stream: batches in, blocks out, in memory that does not depend on the length.

use std::io::{self, Read, Write};
#[cfg(not(target_family = "wasm"))]
use std::sync::mpsc::sync_channel;
#[cfg(not(target_family = "wasm"))]
use std::thread;

use carnet_wire::id::PayloadRoot;
use carnet_wire::payload::{CHUNK, PayloadLen, SEALED_CHUNK};
use zeroize::Zeroizing;

use super::seal::{ContentDigest, Padding, PayloadSealer, SealError, SealedPayload, both, update};
use super::{ChunkCounter, Ends};

/// Native: a thread reads ahead, a thread writes behind, sealing and hashing share all cores, buffers go round.
#[cfg(not(target_family = "wasm"))]
pub(super) fn run<R: Read + Send, W: Write + Send>(
    mut source: Source<R>,
    mut sealer: StreamSealer,
    mut payload: W,
) -> Result<SealedPayload, SealError> {
    let (batches, next_batch) = sync_channel::<Result<Batch, SealError>>(BUFFERS);
    let (used_batches, free_batch) = sync_channel(BUFFERS);
    let (blocks, next_block) = sync_channel::<Vec<u8>>(BUFFERS);
    let (used_blocks, free_block) = sync_channel(BUFFERS);
    for _ in 0..BUFFERS {
        let sent = used_batches.send(Zeroizing::new(Vec::with_capacity(BATCH)));
        // Cannot be full: it holds as many as there are.
        drop(sent);
    }
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok(bytes) = free_batch.recv() {
                let batch = source.next(bytes);
                let done = batch.as_ref().map_or(true, |batch| batch.ends == Ends::Here);
                if batches.send(batch).is_err() || done {
                    return;
                }
            }
        });
        let writer = scope.spawn(move || {
            while let Ok(block) = next_block.recv() {
                payload.write_all(&block)?;
                // Nobody waits for a buffer once all is sealed.
                let _ = used_blocks.try_send(block);
            }
            payload.flush()
        });
        let mut sealed = || {
            let mut before = Vec::new();
            // Ends without the last batch only if a thread is gone: the writer, with an error of its own.
            while let Ok(batch) = next_batch.recv() {
                let batch = batch?;
                let mut block = free_block.try_recv().unwrap_or_default();
                sealer.seal(&batch, &before, &mut block)?;
                let ready = core::mem::replace(&mut before, block);
                if !ready.is_empty() && blocks.send(ready).is_err() {
                    return Ok(None);
                }
                if batch.ends == Ends::Here {
                    return Ok(Some(before));
                }
                let _ = used_batches.try_send(batch.bytes);
            }
            Ok(None)
        };
        let last = sealed();
        drop((used_batches, next_batch));
        let finished = match last {
            Ok(Some(last)) => {
                let finished = sealer.finish(&last);
                let _ = blocks.send(last);
                finished.map(Some)
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        drop(blocks);
        let written = writer.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
        let finished = finished?;
        written.map_err(SealError::Write)?;
        finished.ok_or_else(|| SealError::Write(io::ErrorKind::BrokenPipe.into()))
    })
}

/// In WASM: one thread, two buffers.
#[cfg(target_family = "wasm")]
pub(super) fn run<R: Read, W: Write>(
    mut source: Source<R>,
    mut sealer: StreamSealer,
    mut payload: W,
) -> Result<SealedPayload, SealError> {
    let (mut before, mut block) = (Vec::new(), Vec::new());
    let mut bytes = Zeroizing::new(Vec::new());
    loop {
        let batch = source.next(bytes)?;
        sealer.seal(&batch, &before, &mut block)?;
        payload.write_all(&block).map_err(SealError::Write)?;
        if batch.ends == Ends::Here {
            payload.flush().map_err(SealError::Write)?;
            return sealer.finish(&block);
        }
        core::mem::swap(&mut before, &mut block);
        bytes = batch.bytes;
    }
}

/// A padded content, batch by batch.
pub(super) struct Source<R> {
    content: R,
    padding: Padding,
    position: u64,
    content_len: u64,
    peeked: Option<u8>,
    ended: bool,
}

/// A batch of plaintext: `held` bytes of content, then zero bytes up to `len`.
pub(super) struct Batch {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) held: usize,
    pub(super) len: usize,
    pub(super) ends: Ends,
}

impl<R: Read> Source<R> {
    pub(super) fn new(content: R, padding: Padding) -> Self {
        Self { content, padding, position: 0, content_len: 0, peeked: None, ended: false }
    }

    /// The next batch, full unless it is the last.
    fn next(&mut self, mut bytes: Zeroizing<Vec<u8>>) -> Result<Batch, SealError> {
        bytes.resize(BATCH, 0);
        let held = self.read_content(&mut bytes)?;
        self.content_len += held as u64;
        let (len, ends) = if self.ended {
            let rest = self.padding.len(self.content_len) - self.position;
            match usize::try_from(rest) {
                Ok(rest) if rest <= BATCH => (rest, Ends::Here),
                _ => (BATCH, Ends::Later),
            }
        } else {
            (BATCH, Ends::Later)
        };
        self.position += len as u64;
        Ok(Batch { bytes, held, len, ends })
    }

    /// Fills the batch and looks one byte ahead, so that the last batch is known as such.
    fn read_content(&mut self, batch: &mut [u8]) -> Result<usize, SealError> {
        let mut held = 0;
        if let (Some(byte), Some(first)) = (self.peeked.take(), batch.first_mut()) {
            *first = byte;
            held = 1;
        }
        while !self.ended && held < batch.len() {
            held += self.read(batch.get_mut(held..).unwrap_or_default())?;
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

/// Turns batches of plaintext into blocks of payload, and hashes both.
///
/// Blocks are multiples of 64 KiB but for the last, so that BLAKE3 gets whole subtrees; what is over is carried.
pub(super) struct StreamSealer {
    sealer: PayloadSealer,
    counter: ChunkCounter,
    content: blake3::Hasher,
    content_len: u64,
    root: blake3::Hasher,
    plaintext: u64,
    carry: Vec<u8>,
}

impl StreamSealer {
    pub(super) fn new(sealer: PayloadSealer) -> Self {
        let carry = sealer.nonce.as_bytes().to_vec();
        Self {
            sealer,
            counter: ChunkCounter::starting_at(0),
            content: blake3::Hasher::new(),
            content_len: 0,
            root: blake3::Hasher::new(),
            plaintext: 0,
            carry,
        }
    }

    /// Seals a batch into `block`, while `before`, the block sealed from the last batch, is hashed.
    pub(super) fn seal(
        &mut self,
        batch: &Batch,
        before: &[u8],
        block: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        let chunks = batch.len.div_ceil(CHUNK).max(1);
        let run = self.counter.take(chunks as u64, batch.ends).ok_or(SealError::TooLong)?;
        let carried = self.carry.len();
        block.resize(carried + batch.len + chunks * (SEALED_CHUNK - CHUNK), 0);
        let (head, sealed) = block.split_at_mut(carried);
        head.copy_from_slice(&self.carry);
        let held = batch.bytes.get(..batch.held).unwrap_or_default();
        let (content, root, key) = (&mut self.content, &mut self.root, &self.sealer.key);
        let (_, (_, sealed)) = both(
            || update(root, before),
            || both(|| update(content, held), || key.seal_run(run, held, sealed)),
        );
        sealed.map_err(|_| SealError::TooLong)?;
        self.plaintext += batch.len as u64;
        self.content_len += batch.held as u64;
        self.carry.clear();
        if batch.ends == Ends::Later {
            let whole = block.len() / CHUNK * CHUNK;
            self.carry.extend_from_slice(block.get(whole..).unwrap_or_default());
            block.truncate(whole);
        }
        Ok(())
    }

    /// Hashes the last block.
    pub(super) fn finish(mut self, last: &[u8]) -> Result<SealedPayload, SealError> {
        update(&mut self.root, last);
        Ok(SealedPayload {
            nonce: self.sealer.nonce,
            root: PayloadRoot::from_bytes(*self.root.finalize().as_bytes()),
            len: PayloadLen::from_plaintext(self.plaintext).map_err(|_| SealError::TooLong)?,
            content_digest: ContentDigest::from_bytes(*self.content.finalize().as_bytes()),
            content_len: self.content_len,
        })
    }
}

/// Plaintext bytes sealed at a time.
pub(super) const BATCH: usize = 16 * CHUNK;

/// Batches, and blocks, that exist at a time.
#[cfg(not(target_family = "wasm"))]
const BUFFERS: usize = 4;
