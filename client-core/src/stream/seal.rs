//! Sealing a payload, with its digests, in one pass over the content.

use std::io::{self, Read, Write};

use carnet_wire::StableCode;
use carnet_wire::id::PayloadRoot;
use carnet_wire::padding::padme;
use carnet_wire::payload::{CHUNK, PayloadLen, PayloadNonce, SEALED_CHUNK};
use zeroize::Zeroizing;

use super::{ChunkCounter, Ends, PayloadKey};
use crate::secret::{FileKey, NoRandomness, make_random};

/// Seals one payload, once: sealing takes it by value.
///
/// The only way to one draws the file key too, so that no file key ever meets a second plaintext.
pub struct PayloadSealer {
    key: PayloadKey,
    nonce: PayloadNonce,
}

impl PayloadSealer {
    /// Draws a fresh file key and a fresh payload nonce.
    ///
    /// The file key is for the wraps, the commitment and the manifest of this one version.
    ///
    /// # Errors
    /// [`NoRandomness`] where the system has none to give.
    pub fn make() -> Result<(FileKey, Self), NoRandomness> {
        let file_key = FileKey::make()?;
        let nonce = PayloadNonce::from_bytes(make_random()?);
        let key = PayloadKey::derive(&file_key, &nonce);
        Ok((file_key, Self { key, nonce }))
    }
}

/// What follows the content inside a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Nothing: for files that leave Carnet.
    None,
    /// Zero bytes up to [`padme`]'s length: for everything that a host stores.
    Padme,
}

impl Padding {
    const fn len(self, content: u64) -> u64 {
        match self {
            Self::None => content,
            Self::Padme => padme(content),
        }
    }
}

/// A payload that has been sealed: what a manifest and a deposit statement say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedPayload {
    /// The payload's first 16 bytes.
    pub nonce: PayloadNonce,
    /// BLAKE3 of all stored bytes, nonce included.
    pub root: PayloadRoot,
    /// The payload's length.
    pub len: PayloadLen,
    /// BLAKE3 of the content without its padding. It stays inside the seal.
    pub content_digest: ContentDigest,
    /// The content's length in bytes, without its padding. It stays inside the seal.
    pub content_len: u64,
}

/// BLAKE3 of a content. Not for the host: equal documents must not look equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Seals a content that is in memory, on all cores, and gives the payload's bytes.
///
/// # Errors
/// [`SealError::TooLong`] beyond 2^48 bytes.
pub fn seal_bytes(
    sealer: PayloadSealer,
    content: &[u8],
    padding: Padding,
) -> Result<(Vec<u8>, SealedPayload), SealError> {
    let len =
        PayloadLen::from_plaintext(padding.len(content.len() as u64)).map_err(|_| SealError::TooLong)?;
    let mut payload = vec![0; usize::try_from(len.stored()).map_err(|_| SealError::TooLong)?];
    let run = ChunkCounter::starting_at(0).take(len.chunks(), Ends::Here).ok_or(SealError::TooLong)?;
    let (head, chunks) = payload.split_at_mut(PayloadNonce::LEN);
    head.copy_from_slice(sealer.nonce.as_bytes());
    let mut content_hash = blake3::Hasher::new();
    let (_, sealed) =
        both(|| update(&mut content_hash, content), || sealer.key.seal_run(run, content, chunks));
    sealed.map_err(|_| SealError::TooLong)?;
    let mut root = blake3::Hasher::new();
    update(&mut root, &payload);
    let sealed = SealedPayload {
        nonce: sealer.nonce,
        root: PayloadRoot::from_bytes(*root.finalize().as_bytes()),
        len,
        content_digest: ContentDigest(*content_hash.finalize().as_bytes()),
        content_len: content.len() as u64,
    };
    Ok((payload, sealed))
}

/// Seals a content that comes as a stream and writes the payload, in memory that does not depend on its length.
///
/// Natively, reading and writing have a thread each, and sealing and hashing share all cores.
///
/// # Errors
/// [`SealError`] if reading or writing fails, or beyond 2^48 bytes. What was written is then of no use: no key opens
/// it and no digest names it.
pub fn seal_stream<R: Read + Send, W: Write + Send>(
    sealer: PayloadSealer,
    content: R,
    payload: W,
    padding: Padding,
) -> Result<SealedPayload, SealError> {
    let source = Source { content, padding, position: 0, content_len: 0, peeked: None, ended: false };
    pump::run(source, StreamSealer::new(sealer), payload)
}

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The content could not be read.
    #[error("the content could not be read")]
    Read(#[source] io::Error),
    /// The content is longer than 2^48 bytes.
    #[error("the content is too long")]
    TooLong,
    /// The payload could not be written.
    #[error("the payload could not be written")]
    Write(#[source] io::Error),
}

impl StableCode for SealError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "seal-read",
            Self::TooLong => "seal-too-long",
            Self::Write(_) => "seal-write",
        }
    }
}

/// A padded content, batch by batch.
struct Source<R> {
    content: R,
    padding: Padding,
    position: u64,
    content_len: u64,
    peeked: Option<u8>,
    ended: bool,
}

/// A batch of plaintext: `held` bytes of content, then zero bytes up to `len`.
struct Batch {
    bytes: Zeroizing<Vec<u8>>,
    held: usize,
    len: usize,
    ends: Ends,
}

impl<R: Read> Source<R> {
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
struct StreamSealer {
    sealer: PayloadSealer,
    counter: ChunkCounter,
    content: blake3::Hasher,
    content_len: u64,
    root: blake3::Hasher,
    plaintext: u64,
    carry: Vec<u8>,
}

impl StreamSealer {
    fn new(sealer: PayloadSealer) -> Self {
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
    fn seal(&mut self, batch: &Batch, before: &[u8], block: &mut Vec<u8>) -> Result<(), SealError> {
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
    fn finish(mut self, last: &[u8]) -> Result<SealedPayload, SealError> {
        update(&mut self.root, last);
        Ok(SealedPayload {
            nonce: self.sealer.nonce,
            root: PayloadRoot::from_bytes(*self.root.finalize().as_bytes()),
            len: PayloadLen::from_plaintext(self.plaintext).map_err(|_| SealError::TooLong)?,
            content_digest: ContentDigest(*self.content.finalize().as_bytes()),
            content_len: self.content_len,
        })
    }
}

/// The loop of a stream, native: a thread reads ahead, a thread writes behind, buffers go round.
#[cfg(not(target_family = "wasm"))]
mod pump {
    use std::sync::mpsc::sync_channel;
    use std::thread;

    use super::{BATCH, Batch, Ends, Read, SealError, SealedPayload, Source, StreamSealer, Write, Zeroizing};

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
            let written = writer.join().unwrap_or_else(|_| Err(std::io::ErrorKind::Other.into()));
            let finished = finished?;
            written.map_err(SealError::Write)?;
            finished.ok_or_else(|| SealError::Write(std::io::ErrorKind::BrokenPipe.into()))
        })
    }

    /// Batches, and blocks, that exist at a time.
    const BUFFERS: usize = 4;
}

/// The loop of a stream in WASM: one thread, two buffers.
#[cfg(target_family = "wasm")]
mod pump {
    use super::{Ends, Read, SealError, SealedPayload, Source, StreamSealer, Write, Zeroizing};

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
}

#[cfg(not(target_family = "wasm"))]
fn both<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(a, b)
}

#[cfg(target_family = "wasm")]
fn both<A, B>(a: impl FnOnce() -> A, b: impl FnOnce() -> B) -> (A, B) {
    (a(), b())
}

#[cfg(not(target_family = "wasm"))]
fn update(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update_rayon(bytes);
}

#[cfg(target_family = "wasm")]
fn update(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(bytes);
}

/// Plaintext bytes sealed at a time.
const BATCH: usize = 16 * CHUNK;

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use super::*;
    use crate::stream::open::open_bytes;

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i % 251) as u8).collect()
    }

    #[test]
    fn stream_and_memory_give_payloads_that_open_to_the_content_at_every_edge() {
        let edges = [0, 1, CHUNK, BATCH - CHUNK, BATCH, BATCH + CHUNK, 3 * BATCH];
        for len in edges.into_iter().flat_map(|edge| [edge.saturating_sub(1), edge, edge + 1]) {
            let content = content(len);
            for padding in [Padding::None, Padding::Padme] {
                let (file_key, sealer) = PayloadSealer::make().unwrap();
                let mut payload = Vec::new();
                let streamed = seal_stream(sealer, content.as_slice(), &mut payload, padding).unwrap();
                check(&file_key, &content, &payload, &streamed, padding);
                let (file_key, sealer) = PayloadSealer::make().unwrap();
                let (payload, sealed) = seal_bytes(sealer, &content, padding).unwrap();
                check(&file_key, &content, &payload, &sealed, padding);
            }
        }
    }

    fn check(file_key: &FileKey, content: &[u8], payload: &[u8], sealed: &SealedPayload, padding: Padding) {
        assert_eq!(sealed.content_len, content.len() as u64);
        assert_eq!(sealed.len.plaintext(), padding.len(sealed.content_len));
        assert_eq!(sealed.len.stored(), payload.len() as u64);
        assert_eq!(sealed.root.as_bytes(), blake3::hash(payload).as_bytes());
        assert_eq!(sealed.content_digest.as_bytes(), blake3::hash(content).as_bytes());
        assert_eq!(sealed.nonce.as_bytes(), &payload[..16]);
        let opened = open_bytes(file_key, payload, sealed.content_len).unwrap();
        assert!(opened.as_slice() == content);
    }

    #[test]
    fn reader_and_writer_that_fail_are_told_apart() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        }
        impl Write for Failing {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let sealer = || PayloadSealer::make().unwrap().1;
        let result = seal_stream(sealer(), Failing, io::sink(), Padding::None);
        assert!(matches!(result, Err(SealError::Read(_))));
        let result = seal_stream(sealer(), content(100 * BATCH).as_slice(), Failing, Padding::None);
        assert!(matches!(result, Err(SealError::Write(_))));
        let result = seal_stream(sealer(), &[1_u8][..], Failing, Padding::None);
        assert!(matches!(result, Err(SealError::Write(_))));
    }

    #[test]
    fn reader_that_gives_a_byte_at_a_time_seals_the_same_content() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let len = out.len().min(1);
                self.0.read(&mut out[..len])
            }
        }
        let content = content(CHUNK + 3);
        let (file_key, sealer) = PayloadSealer::make().unwrap();
        let mut payload = Vec::new();
        let sealed = seal_stream(sealer, Slow(&content), &mut payload, Padding::Padme).unwrap();
        check(&file_key, &content, &payload, &sealed, Padding::Padme);
    }
}
