//! Sealing a content that is pushed piece by piece, as a browser gives it. Sans-I/O.

use carnet_wire::payload::PayloadLen;
use zeroize::Zeroizing;

use super::Ends;
use super::pump::{BATCH, Batch, StreamSealer};
use super::seal::{Padding, PayloadSealer, SealError, SealedPayload};

/// Seals the pieces of one content, pushed in order, and gives the payload as it grows.
///
/// It holds at most 1 MiB of content back, since only what follows tells whether a chunk is the last.
pub struct PushSealer {
    sealer: StreamSealer,
    padding: Padding,
    batch: Batch,
    content_len: u64,
    plaintext: u64,
    // The block sealed last, which is hashed with the next, and a buffer for that one.
    before: Vec<u8>,
    block: Vec<u8>,
}

impl PushSealer {
    /// Takes what seals one payload.
    #[must_use]
    pub fn new(sealer: PayloadSealer, padding: Padding) -> Self {
        let bytes = Zeroizing::new(Vec::with_capacity(BATCH));
        Self {
            sealer: StreamSealer::new(sealer),
            padding,
            batch: Batch { bytes, held: 0, len: 0, ends: Ends::Later },
            content_len: 0,
            plaintext: 0,
            before: Vec::new(),
            block: Vec::new(),
        }
    }

    /// Takes the next bytes of the content, any number of them, and appends to `payload` what they complete.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond 2^48 bytes: the payload is then of no use.
    pub fn push(&mut self, mut content: &[u8], payload: &mut Vec<u8>) -> Result<(), SealError> {
        while !content.is_empty() {
            if self.batch.bytes.len() == BATCH {
                self.seal(BATCH, Ends::Later, payload)?;
            }
            let (taken, rest) = content.split_at(content.len().min(BATCH - self.batch.bytes.len()));
            self.batch.bytes.extend_from_slice(taken);
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
        let padded = self.padding.len(self.content_len);
        PayloadLen::from_plaintext(padded).map_err(|_| SealError::TooLong)?;
        loop {
            match usize::try_from(padded - self.plaintext) {
                Ok(rest) if rest <= BATCH => {
                    self.seal(rest, Ends::Here, payload)?;
                    return self.sealer.finish(&self.before);
                }
                _ => self.seal(BATCH, Ends::Later, payload)?,
            }
        }
    }

    /// Seals what is held, with zero bytes behind it up to `len`.
    fn seal(&mut self, len: usize, ends: Ends, payload: &mut Vec<u8>) -> Result<(), SealError> {
        (self.batch.held, self.batch.len, self.batch.ends) = (self.batch.bytes.len(), len, ends);
        self.sealer.seal(&self.batch, &self.before, &mut self.block)?;
        // Overwritten next, and wiped on drop.
        self.batch.bytes.clear();
        self.plaintext += len as u64;
        payload.extend_from_slice(&self.block);
        core::mem::swap(&mut self.before, &mut self.block);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use super::*;
    use crate::stream::open::open_bytes;
    use carnet_wire::payload::CHUNK;

    #[test]
    fn payload_opens_to_the_content_at_every_edge_however_it_was_cut() {
        for edge in [0, 1, CHUNK, BATCH, 3 * BATCH] {
            for len in [edge.saturating_sub(1), edge, edge + 1] {
                let content: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
                for piece in [CHUNK - 1, BATCH, BATCH + 1, usize::MAX] {
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
