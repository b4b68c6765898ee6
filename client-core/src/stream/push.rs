//! Sealing a content that is pushed piece by piece, as a browser gives it. Sans-I/O.

use carnet_wire::payload::{CHUNK, PayloadLen, PayloadNonce, SEALED_CHUNK};
use zeroize::Zeroizing;

use super::sealed::{Padding, PayloadSealer, SealError, SealedPayload};
use super::segment::{Digests, Segment};
use super::{ChunkCounter, Ends, PayloadKey};

/// Seals the pieces of one content, pushed in order, and gives the payload as it grows.
///
/// It holds at most 1 MiB of content back, since only what follows tells whether a chunk is the last.
pub struct PushSealer {
    key: PayloadKey,
    // Given out before the first segment.
    nonce: PayloadNonce,
    padding: Padding,
    counter: ChunkCounter,
    digests: Digests,
    held: Zeroizing<Vec<u8>>,
    content_len: u64,
    plaintext: u64,
}

impl PushSealer {
    /// Takes what seals one payload.
    #[must_use]
    pub fn new(sealer: PayloadSealer, padding: Padding) -> Self {
        Self {
            digests: Digests::new(&sealer.nonce, SEGMENT),
            key: sealer.key,
            nonce: sealer.nonce,
            padding,
            counter: ChunkCounter::starting_at(0),
            held: Zeroizing::new(Vec::with_capacity(SEGMENT)),
            content_len: 0,
            plaintext: 0,
        }
    }

    /// Takes the next bytes of the content, any number of them, and appends to `payload` what they complete.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond 2^48 bytes: the payload is then of no use.
    pub fn push(&mut self, mut content: &[u8], payload: &mut Vec<u8>) -> Result<(), SealError> {
        while !content.is_empty() {
            if self.held.len() == SEGMENT {
                self.seal(SEGMENT, Ends::Later, payload)?;
            }
            let (taken, rest) = content.split_at(content.len().min(SEGMENT - self.held.len()));
            self.held.extend_from_slice(taken);
            self.content_len += taken.len() as u64;
            content = rest;
        }
        Ok(())
    }

    /// Ends the content, appends the rest of the payload and says what was sealed.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond 2^48 bytes: the payload is then of no use.
    pub fn finish(mut self, payload: &mut Vec<u8>) -> Result<SealedPayload, SealError> {
        let len = PayloadLen::from_plaintext(self.padding.len(self.content_len));
        let len = len.map_err(|_| SealError::TooLong)?;
        loop {
            match usize::try_from(len.plaintext() - self.plaintext) {
                Ok(rest) if rest <= SEGMENT => break self.seal(rest, Ends::Here, payload)?,
                _ => self.seal(SEGMENT, Ends::Later, payload)?,
            }
        }
        let (content, root) = self.digests.finish();
        Ok(SealedPayload::new(self.nonce, root, len, content, self.content_len))
    }

    /// Seals what is held, with zero bytes behind it up to `len`.
    fn seal(&mut self, len: usize, ends: Ends, payload: &mut Vec<u8>) -> Result<(), SealError> {
        if self.plaintext == 0 {
            payload.extend_from_slice(self.nonce.as_bytes());
        }
        let chunks = len.div_ceil(CHUNK).max(1);
        let run = self.counter.take(chunks as u64, ends).ok_or(SealError::TooLong)?;
        let start = payload.len();
        payload.resize(start + len + chunks * (SEALED_CHUNK - CHUNK), 0);
        let sealed = payload.get_mut(start..).unwrap_or_default();
        let segment = Segment::seal(&self.key, &run, &self.held, sealed).map_err(|_| SealError::TooLong)?;
        self.digests.append(segment, sealed);
        // Overwritten next, and wiped on drop.
        self.held.clear();
        self.plaintext += len as u64;
        Ok(())
    }
}

/// Plaintext bytes sealed at a time: a power of two, as the tree of the digests needs.
const SEGMENT: usize = 16 * CHUNK;

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use super::*;
    use crate::stream::open::open_bytes;
    use carnet_wire::payload::CHUNK;

    #[test]
    fn payload_opens_to_the_content_at_every_edge_however_it_was_cut() {
        for edge in [0, 1, CHUNK, SEGMENT, 3 * SEGMENT] {
            for len in [edge.saturating_sub(1), edge, edge + 1] {
                let content: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
                for piece in [CHUNK - 1, SEGMENT, SEGMENT + 1, usize::MAX] {
                    for padding in [Padding::None, Padding::Padme] {
                        check(&content, piece, padding);
                    }
                }
            }
        }
    }

    fn check(content: &[u8], piece: usize, padding: Padding) {
        let (file_key, sealer) = PayloadSealer::make().unwrap();
        let mut sealer = PushSealer::new(sealer, padding);
        let mut payload = Vec::new();
        for piece in content.chunks(piece) {
            sealer.push(piece, &mut payload).unwrap();
        }
        let sealed = sealer.finish(&mut payload).unwrap();
        assert_eq!(sealed.content_len, content.len() as u64);
        assert_eq!(sealed.len.plaintext(), padding.len(sealed.content_len));
        assert_eq!(sealed.len.stored(), payload.len() as u64);
        assert_eq!(sealed.root.as_bytes(), blake3::hash(&payload).as_bytes());
        assert_eq!(sealed.content_digest.as_bytes(), blake3::hash(content).as_bytes());
        assert!(open_bytes(&file_key, &payload, sealed.content_len).unwrap().as_slice() == content);
    }
}
