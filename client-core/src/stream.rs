//! STREAM, the payloads of age v1 (c2sp.org/age): chunks of 64 KiB under ChaCha20-Poly1305.
//!
//! ```text
//! payload key   = HKDF-SHA-256(ikm = file key, salt = payload nonce, info = "payload")
//! payload       = payload nonce || chunk 0 || chunk 1 || …
//! nonce of n    = n as 11 bytes, big endian || 0x01 for the last chunk, else 0x00
//! ```
//!
//! [`seal`] makes payloads, [`push`] makes them from content that is pushed in pieces, [`open`] opens those whose length a
//! verified statement names, and [`read`] opens foreign ones, whose length nobody vouches for.

pub(crate) mod open;
mod pump;
pub(crate) mod push;
pub(crate) mod read;
pub(crate) mod seal;
pub(crate) mod sealed;
mod segment;

use carnet_wire::payload::{CHUNK, PayloadLen, PayloadNonce, SEALED_CHUNK, TAG};
#[cfg(not(target_family = "wasm"))]
use rayon::prelude::*;
use zeroize::Zeroize;

use crate::aead::{AeadError, AeadKey};
use crate::derive::derive_payload_key;
use crate::secret::FileKey;

/// The key of one payload's chunks.
pub(crate) struct PayloadKey(AeadKey);

impl PayloadKey {
    pub(crate) fn derive(file_key: &FileKey, nonce: &PayloadNonce) -> Self {
        Self(AeadKey::new(&derive_payload_key(file_key, nonce.as_bytes())))
    }

    /// Seals one chunk: `sealed` is as long as it with its tag; where `plain` ends before, zero bytes follow.
    fn seal_chunk(&self, nonce: &[u8; 12], plain: &[u8], sealed: &mut [u8]) -> Result<(), AeadError> {
        let (text, tag) = sealed.split_last_chunk_mut::<TAG>().ok_or(AeadError)?;
        let (held, padding) = text.split_at_mut_checked(plain.len()).ok_or(AeadError)?;
        held.copy_from_slice(plain);
        padding.fill(0);
        *tag = self.0.seal(nonce, b"", text)?;
        Ok(())
    }

    /// Opens a run of chunks, on all cores, into `plain`, which is as long as the run's chunks without their tags.
    /// Gives the number of chunks at the beginning of the run that are authentic; all others are wiped.
    fn open_run(&self, run: &ChunkRun, sealed: &[u8], plain: &mut [u8]) -> usize {
        let open = |(index, (text, chunk)): (usize, (&mut [u8], &[u8]))| {
            let opened = chunk.split_last_chunk::<TAG>().and_then(|(body, tag)| {
                (body.len() == text.len()).then(|| text.copy_from_slice(body))?;
                self.0.open(&run.nonce(index), b"", text, tag).ok()
            });
            opened.is_none().then_some(index)
        };
        if plain.is_empty() {
            // No slice to iterate over, but a tag to check.
            return usize::from(open((0, (&mut [], sealed))).is_none());
        }
        #[cfg(not(target_family = "wasm"))]
        let failed = plain.par_chunks_mut(CHUNK).zip(sealed.par_chunks(SEALED_CHUNK)).enumerate();
        #[cfg(target_family = "wasm")]
        let failed = plain.chunks_mut(CHUNK).zip(sealed.chunks(SEALED_CHUNK)).enumerate();
        let failed = failed.filter_map(open).min();
        if let Some(index) = failed {
            plain.get_mut(index * CHUNK..).unwrap_or_default().zeroize();
        }
        failed.unwrap_or(usize::MAX)
    }

    /// Opens one chunk in place: the text is left, without its tag.
    fn open_chunk(&self, run: &ChunkRun, sealed: &mut Vec<u8>) -> Result<(), AeadError> {
        let (text, tag) = sealed.split_last_chunk_mut::<TAG>().ok_or(AeadError)?;
        let opened = self.0.open(&run.nonce(0), b"", text, tag);
        let len = text.len();
        sealed.truncate(len);
        opened
    }
}

/// Hands out the chunk numbers of one payload, each once, and none after the last.
///
/// It ends at 2^32 chunks (2^48 bytes), so that the 11 bytes of a nonce never run out.
struct ChunkCounter {
    next: u64,
    closed: bool,
}

impl ChunkCounter {
    const fn starting_at(next: u64) -> Self {
        Self { next, closed: false }
    }

    /// The next `chunks` numbers; `None` beyond the last chunk or the longest payload.
    fn take(&mut self, chunks: u64, ends: Ends) -> Option<ChunkRun> {
        let end = self.next.checked_add(chunks)?;
        if self.closed || chunks == 0 || end > MAX_CHUNKS {
            return None;
        }
        let run = ChunkRun { first: self.next, last: matches!(ends, Ends::Here).then(|| end - 1) };
        self.next = end;
        self.closed = run.last.is_some();
        Some(run)
    }
}

/// Whether a payload ends with a run of chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Here,
    Later,
}

/// Chunk numbers that nobody else has. Neither `Copy` nor `Clone`; sealing takes it by value.
struct ChunkRun {
    first: u64,
    last: Option<u64>,
}

impl ChunkRun {
    fn nonce(&self, index: usize) -> [u8; 12] {
        let number = self.first + index as u64;
        let mut nonce = [0; 12];
        if let Some(counter) = nonce.get_mut(3..11) {
            counter.copy_from_slice(&number.to_be_bytes());
        }
        nonce[11] = u8::from(self.last == Some(number));
        nonce
    }
}

const MAX_CHUNKS: u64 = PayloadLen::MAX_PLAINTEXT / CHUNK as u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_is_the_number_and_the_last_flag() {
        let mut counter = ChunkCounter::starting_at(0x0102_0304);
        let run = counter.take(2, Ends::Here).unwrap();
        assert_eq!(run.nonce(0), [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0]);
        assert_eq!(run.nonce(1), [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 5, 1]);
    }

    #[test]
    fn no_number_comes_twice_nor_after_the_last_nor_beyond_the_longest_payload() {
        let mut counter = ChunkCounter::starting_at(0);
        assert_eq!(counter.take(2, Ends::Later).unwrap().nonce(0)[10], 0);
        assert_eq!(counter.take(1, Ends::Here).unwrap().nonce(0)[10], 2);
        assert!(counter.take(1, Ends::Here).is_none());
        assert!(ChunkCounter::starting_at(MAX_CHUNKS).take(1, Ends::Here).is_none());
        assert!(ChunkCounter::starting_at(1).take(u64::MAX, Ends::Later).is_none());
    }
}
