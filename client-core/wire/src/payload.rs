//! Payloads of age v1 (c2sp.org/age), as lengths and positions: what can be said of one without its key.
//!
//! ```text
//! payload = nonce (16 bytes) || 1*chunk
//! chunk   = up to 65,536 bytes sealed by ChaCha20-Poly1305, and its tag (16 bytes)
//! ```
//!
//! All chunks but the last are full. The last is empty only when the whole payload is.

use core::ops::Range;

use crate::error::StableCode;

/// Plaintext bytes of a full chunk.
pub const CHUNK: usize = 64 * 1024;

/// Bytes of a chunk's tag.
pub const TAG: usize = 16;

/// Stored bytes of a full chunk.
pub const SEALED_CHUNK: usize = CHUNK + TAG;

/// The 16 random bytes at the head of a payload. Public; never the same for two payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadNonce([u8; Self::LEN]);

impl PayloadNonce {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// The length of a payload that can exist, in bytes: what is stored, what is sealed in it, and how many chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadLen {
    plaintext: u64,
}

impl PayloadLen {
    /// The longest plaintext: 2^48 bytes (256 TiB), far from every counter's end.
    pub const MAX_PLAINTEXT: u64 = 1 << 48;

    /// Takes the stored length, nonce included.
    ///
    /// # Errors
    /// [`PayloadLenError`] if no plaintext gives this length.
    pub const fn from_stored(stored: u64) -> Result<Self, PayloadLenError> {
        let Some(body) = stored.checked_sub(PayloadNonce::LEN as u64) else {
            return Err(PayloadLenError::Truncated);
        };
        let (full, rest) = (body / SEALED_CHUNK as u64, body % SEALED_CHUNK as u64);
        if (full == 0 || rest != 0) && rest < TAG as u64 {
            return Err(PayloadLenError::Truncated);
        }
        if full != 0 && rest == TAG as u64 {
            return Err(PayloadLenError::EmptyLastChunk);
        }
        let chunks = full + if rest == 0 { 0 } else { 1 };
        Self::from_plaintext(body - chunks * TAG as u64)
    }

    /// Takes the length of what is sealed.
    ///
    /// # Errors
    /// [`PayloadLenError::TooLong`] beyond [`Self::MAX_PLAINTEXT`].
    pub const fn from_plaintext(plaintext: u64) -> Result<Self, PayloadLenError> {
        if plaintext > Self::MAX_PLAINTEXT {
            return Err(PayloadLenError::TooLong);
        }
        Ok(Self { plaintext })
    }

    /// Bytes of plaintext, padding included.
    #[must_use]
    pub const fn plaintext(self) -> u64 {
        self.plaintext
    }

    /// Number of chunks, at least one.
    #[must_use]
    pub const fn chunks(self) -> u64 {
        let chunks = self.plaintext.div_ceil(CHUNK as u64);
        if chunks == 0 { 1 } else { chunks }
    }

    /// Bytes stored, nonce included.
    #[must_use]
    pub const fn stored(self) -> u64 {
        PayloadNonce::LEN as u64 + self.plaintext + self.chunks() * TAG as u64
    }

    /// The chunks that hold a range of the plaintext; `None` if the range is empty or reaches past the end.
    #[must_use]
    pub fn chunks_of(self, plaintext: Range<u64>) -> Option<Range<u64>> {
        if plaintext.is_empty() || plaintext.end > self.plaintext {
            return None;
        }
        Some(plaintext.start / CHUNK as u64..plaintext.end.div_ceil(CHUNK as u64))
    }

    /// Where a run of chunks lies in the stored payload; `None` if the run is empty or reaches past the end.
    #[must_use]
    pub fn stored_range(self, chunks: Range<u64>) -> Option<Range<u64>> {
        if chunks.is_empty() || chunks.end > self.chunks() {
            return None;
        }
        let offset = |chunk: u64| PayloadNonce::LEN as u64 + chunk * SEALED_CHUNK as u64;
        Some(offset(chunks.start)..offset(chunks.end).min(self.stored()))
    }

    /// Where a run of chunks lies in the plaintext; `None` if the run is empty or reaches past the end.
    #[must_use]
    pub fn plaintext_range(self, chunks: Range<u64>) -> Option<Range<u64>> {
        if chunks.is_empty() || chunks.end > self.chunks() {
            return None;
        }
        Some(chunks.start * CHUNK as u64..(chunks.end * CHUNK as u64).min(self.plaintext))
    }
}

/// Why a length is not a payload's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadLenError {
    /// The last chunk would be empty although others precede it.
    #[error("the payload's last chunk is empty")]
    EmptyLastChunk,
    /// More than 2^48 bytes of plaintext.
    #[error("the payload is too long")]
    TooLong,
    /// The nonce or a tag is cut short.
    #[error("the payload is cut short")]
    Truncated,
}

impl StableCode for PayloadLenError {
    fn code(&self) -> &'static str {
        match self {
            Self::EmptyLastChunk => "payload-empty-last-chunk",
            Self::TooLong => "payload-too-long",
            Self::Truncated => "payload-truncated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_around_the_first_chunks() {
        let plaintext = |stored| PayloadLen::from_stored(stored).map(PayloadLen::plaintext);
        assert_eq!(plaintext(32), Ok(0));
        assert_eq!(plaintext(33), Ok(1));
        assert_eq!(plaintext(16 + 65_552), Ok(65_536));
        assert_eq!(plaintext(16 + 65_552 + 17), Ok(65_537));
        for short in [0, 15, 16, 31, 16 + 65_552 + 1, 16 + 65_552 + 15] {
            assert_eq!(plaintext(short), Err(PayloadLenError::Truncated), "{short}");
        }
        assert_eq!(plaintext(16 + 65_552 + 16), Err(PayloadLenError::EmptyLastChunk));
        assert_eq!(plaintext(u64::MAX), Err(PayloadLenError::TooLong));
    }

    proptest! {
        #[test]
        fn stored_length_gives_back_the_plaintext_length(plaintext in 0..=PayloadLen::MAX_PLAINTEXT) {
            let len = PayloadLen::from_plaintext(plaintext).unwrap();
            prop_assert_eq!(PayloadLen::from_stored(len.stored()), Ok(len));
        }

        #[test]
        fn accepted_stored_lengths_are_exactly_those_of_a_plaintext(stored: u64) {
            if let Ok(len) = PayloadLen::from_stored(stored) {
                prop_assert_eq!(len.stored(), stored);
            }
        }

        #[test]
        fn chunks_of_a_range_are_the_fewest_that_hold_it(
            plaintext in 1_u64..1 << 40, start: u64, len: u64,
        ) {
            let payload = PayloadLen::from_plaintext(plaintext).unwrap();
            let start = start % plaintext;
            let end = start + 1 + len % (plaintext - start);
            let chunks = payload.chunks_of(start..end).unwrap();
            let held = payload.plaintext_range(chunks.clone()).unwrap();
            prop_assert!(held.start <= start && end <= held.end);
            prop_assert!(start - held.start < CHUNK as u64 && held.end - end < CHUNK as u64);
            let stored = payload.stored_range(chunks.clone()).unwrap();
            prop_assert!(stored.end <= payload.stored());
            prop_assert_eq!(stored.end - stored.start, held.end - held.start + (chunks.end - chunks.start) * TAG as u64);
            prop_assert_eq!(payload.chunks_of(start..plaintext + 1), None);
        }
    }
}
