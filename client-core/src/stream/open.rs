//! Opening payloads whose length, padding and bytes the layer above has verified.
//!
//! The tags are checked all the same: no byte of a chunk is released before its own tag is.

use core::ops::Range;

use carnet_wire::StableCode;
use carnet_wire::payload::{CHUNK, PayloadLen, PayloadLenError, PayloadNonce, SEALED_CHUNK};
use zeroize::{Zeroize, Zeroizing};

use super::{ChunkCounter, Ends, PayloadKey};
use crate::secret::FileKey;

/// Opens a run of a payload's chunks, pushed in order, and releases the content without its padding.
///
/// The bytes pushed are those of [`PayloadLen::stored_range`] of the run. After an error it stays closed.
pub struct PayloadOpener {
    key: PayloadKey,
    len: PayloadLen,
    content_len: u64,
    chunks: Range<u64>,
    partial: Vec<u8>,
    failed: Option<OpenPayloadError>,
}

impl PayloadOpener {
    /// An opener of `chunks` of a payload of length `len`, whose first `content_len` bytes are content.
    ///
    /// # Errors
    /// [`OpenPayloadError::Range`] if the run is empty or reaches past the end, or the content is longer than `len`.
    pub fn new(
        file_key: &FileKey,
        nonce: &PayloadNonce,
        len: PayloadLen,
        content_len: u64,
        chunks: Range<u64>,
    ) -> Result<Self, OpenPayloadError> {
        if len.stored_range(chunks.clone()).is_none() || content_len > len.plaintext() {
            return Err(OpenPayloadError::Range);
        }
        let key = PayloadKey::derive(file_key, nonce);
        Ok(Self { key, len, content_len, chunks, partial: Vec::new(), failed: None })
    }

    /// Takes the next bytes, any number of them, and appends to `out` what they complete. Many chunks at once are
    /// opened on all cores.
    ///
    /// # Errors
    /// [`OpenPayloadError::Chunk`] if a tag is wrong: `out` then has grown by the authentic chunks before it only.
    /// [`OpenPayloadError::Trailing`] if there are more bytes than the run has.
    pub fn push(&mut self, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), OpenPayloadError> {
        self.failed.map_or(Ok(()), Err)?;
        self.take(sealed, out).inspect_err(|error| self.failed = Some(*error))
    }

    /// Ends the run.
    ///
    /// # Errors
    /// [`OpenPayloadError::Truncated`] if bytes are missing: what was released is authentic, but not all. Or the error that
    /// came before.
    pub fn finish(self) -> Result<(), OpenPayloadError> {
        self.failed.map_or(Ok(()), Err)?;
        if self.chunks.is_empty() { Ok(()) } else { Err(OpenPayloadError::Truncated) }
    }

    fn take(&mut self, mut sealed: &[u8], out: &mut Vec<u8>) -> Result<(), OpenPayloadError> {
        if !self.partial.is_empty() {
            let wanted = self.next_chunk_len()? - self.partial.len();
            let (head, rest) = sealed.split_at(wanted.min(sealed.len()));
            self.partial.extend_from_slice(head);
            if head.len() < wanted {
                return Ok(());
            }
            let chunk = core::mem::take(&mut self.partial);
            self.open(&chunk, out)?;
            sealed = rest;
        }
        let whole = self.whole_chunks(sealed.len());
        let (chunks, rest) = sealed.split_at(whole);
        if !chunks.is_empty() {
            self.open(chunks, out)?;
        }
        if !rest.is_empty() {
            self.next_chunk_len()?;
            self.partial.extend_from_slice(rest);
        }
        Ok(())
    }

    /// Stored length of the next chunk that is due.
    fn next_chunk_len(&self) -> Result<usize, OpenPayloadError> {
        let next = self.chunks.start..self.chunks.start + 1;
        if self.chunks.is_empty() {
            return Err(OpenPayloadError::Trailing);
        }
        let stored = self.len.stored_range(next).ok_or(OpenPayloadError::Trailing)?;
        usize::try_from(stored.end - stored.start).map_err(|_| OpenPayloadError::Range)
    }

    /// How many of the next `available` bytes make whole chunks of the run.
    fn whole_chunks(&self, available: usize) -> usize {
        let run = self.len.stored_range(self.chunks.clone()).map_or(0, |range| range.end - range.start);
        match usize::try_from(run) {
            Ok(run) if run <= available => run,
            _ => available / SEALED_CHUNK * SEALED_CHUNK,
        }
    }

    /// Opens whole chunks.
    fn open(&mut self, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), OpenPayloadError> {
        let count = sealed.len().div_ceil(SEALED_CHUNK) as u64;
        let first = self.chunks.start;
        let end = first + count;
        let plain = self.len.plaintext_range(first..end).ok_or(OpenPayloadError::Trailing)?;
        let ends = if end == self.len.chunks() { Ends::Here } else { Ends::Later };
        let run = ChunkCounter::starting_at(first).take(count, ends).ok_or(OpenPayloadError::Range)?;
        let (before, len) = (out.len(), usize_of(plain.end - plain.start)?);
        if before == 0 && out.capacity() == 0 {
            // Zeroed by the system, page by page, on the cores that open.
            *out = vec![0; len];
        } else {
            out.resize(before + len, 0);
        }
        let authentic = self.key.open_run(&run, sealed, out.get_mut(before..).unwrap_or_default());
        let authentic_len = authentic.saturating_mul(CHUNK).min(len);
        let content_len = usize_of(self.content_len.saturating_sub(plain.start).min(len as u64))?;
        out.truncate(before + authentic_len.min(content_len));
        if (authentic as u64) < count {
            return Err(OpenPayloadError::Chunk(first + authentic as u64));
        }
        self.chunks.start = end;
        Ok(())
    }
}

impl Drop for PayloadOpener {
    fn drop(&mut self) {
        self.partial.zeroize();
    }
}

/// Opens a whole payload that is in memory, on all cores. Its first `content_len` bytes of plaintext are given.
///
/// # Errors
/// [`OpenPayloadError`]; nothing is released then.
pub fn open_bytes(
    file_key: &FileKey,
    payload: &[u8],
    content_len: u64,
) -> Result<Zeroizing<Vec<u8>>, OpenPayloadError> {
    let len = PayloadLen::from_stored(payload.len() as u64)?;
    let mut content = Zeroizing::new(vec![0; usize_of(len.plaintext())?]);
    open_into(file_key, payload, content_len, &mut content)?;
    Ok(content)
}

/// Opens a whole payload that is in memory, on all cores, into a buffer that may have been used before: it becomes the
/// content.
///
/// # Errors
/// [`OpenPayloadError`]; the buffer is empty and wiped then.
pub fn open_into(
    file_key: &FileKey,
    payload: &[u8],
    content_len: u64,
    content: &mut Vec<u8>,
) -> Result<(), OpenPayloadError> {
    let opened = open_whole(file_key, payload, content_len, content);
    if opened.is_err() {
        content.zeroize();
    }
    opened
}

fn open_whole(
    file_key: &FileKey,
    payload: &[u8],
    content_len: u64,
    content: &mut Vec<u8>,
) -> Result<(), OpenPayloadError> {
    let len = PayloadLen::from_stored(payload.len() as u64)?;
    if content_len > len.plaintext() {
        return Err(OpenPayloadError::Range);
    }
    let (nonce, sealed) = payload.split_first_chunk().ok_or(OpenPayloadError::Truncated)?;
    let key = PayloadKey::derive(file_key, &PayloadNonce::from_bytes(*nonce));
    let run = ChunkCounter::starting_at(0).take(len.chunks(), Ends::Here).ok_or(OpenPayloadError::Range)?;
    content.resize(usize_of(len.plaintext())?, 0);
    let authentic = key.open_run(&run, sealed, content) as u64;
    if authentic < len.chunks() {
        return Err(OpenPayloadError::Chunk(authentic));
    }
    content.truncate(usize_of(content_len)?);
    Ok(())
}

/// Why a payload does not open. Kept local: the public answer is one, "cannot open".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenPayloadError {
    /// The tag of this chunk is wrong: another key, other bytes, another place, or a wrong last flag.
    #[error("chunk {0} is not authentic")]
    Chunk(u64),
    /// No payload has this length.
    #[error(transparent)]
    Length(#[from] PayloadLenError),
    /// What is asked for is not in the payload.
    #[error("the range is not in the payload")]
    Range,
    /// There are bytes after the last chunk.
    #[error("there are bytes after the last chunk")]
    Trailing,
    /// Chunks are missing at the end.
    #[error("chunks are missing at the end")]
    Truncated,
}

impl StableCode for OpenPayloadError {
    fn code(&self) -> &'static str {
        match self {
            Self::Chunk(_) => "payload-chunk",
            Self::Length(error) => error.code(),
            Self::Range => "payload-range",
            Self::Trailing => "payload-trailing",
            Self::Truncated => "payload-truncated",
        }
    }
}

fn usize_of(len: u64) -> Result<usize, OpenPayloadError> {
    usize::try_from(len).map_err(|_| OpenPayloadError::Range)
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use super::*;
    use crate::stream::seal::seal_bytes;
    use crate::stream::sealed::{Padding, PayloadSealer};

    struct Sealed {
        file_key: FileKey,
        content: Vec<u8>,
        payload: Vec<u8>,
    }

    impl Sealed {
        fn chunk(&self, index: usize) -> &[u8] {
            self.payload[16..].chunks(SEALED_CHUNK).nth(index).unwrap()
        }

        fn open(&self, payload: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenPayloadError> {
            let len = PayloadLen::from_stored(payload.len() as u64)?;
            open_bytes(&self.file_key, payload, len.plaintext())
        }
    }

    fn seal(len: usize, padding: Padding) -> Sealed {
        let content: Vec<u8> = (0..len).map(|i| (i % 253) as u8).collect();
        let (file_key, sealer) = PayloadSealer::make().unwrap();
        let (payload, _) = seal_bytes(sealer, &content, padding).unwrap();
        Sealed { file_key, content, payload }
    }

    #[test]
    fn every_run_of_chunks_gives_its_part_of_the_content_at_any_split() {
        let sealed = seal(4 * CHUNK + 100, Padding::Padme);
        let len = PayloadLen::from_stored(sealed.payload.len() as u64).unwrap();
        let nonce = PayloadNonce::from_bytes(sealed.payload[..16].try_into().unwrap());
        let content_len = sealed.content.len() as u64;
        for first in 0..len.chunks() {
            for end in first + 1..=len.chunks() {
                for piece in [1_000, SEALED_CHUNK, SEALED_CHUNK + 7, usize::MAX] {
                    let mut opener =
                        PayloadOpener::new(&sealed.file_key, &nonce, len, content_len, first..end).unwrap();
                    let stored = len.stored_range(first..end).unwrap();
                    let mut out = Vec::new();
                    for bytes in sealed.payload[stored.start as usize..stored.end as usize].chunks(piece) {
                        opener.push(bytes, &mut out).unwrap();
                    }
                    opener.finish().unwrap();
                    let plain = len.plaintext_range(first..end).unwrap();
                    let end = plain.end.min(content_len) as usize;
                    assert!(out == sealed.content[plain.start as usize..end]);
                }
            }
        }
    }

    #[test]
    fn every_truncation_of_three_chunks_is_refused_and_releases_whole_chunks_only() {
        let sealed = seal(2 * CHUNK + 50, Padding::None);
        let len = PayloadLen::from_stored(sealed.payload.len() as u64).unwrap();
        let nonce = PayloadNonce::from_bytes(sealed.payload[..16].try_into().unwrap());
        let mut opener =
            PayloadOpener::new(&sealed.file_key, &nonce, len, sealed.content.len() as u64, 0..3).unwrap();
        let mut out = Vec::new();
        // One byte at a time: before each chunk's last byte nothing of it is out.
        for (index, byte) in sealed.payload[16..].iter().enumerate() {
            assert_eq!(out.len(), index / SEALED_CHUNK * CHUNK);
            opener.push(&[*byte], &mut out).unwrap();
        }
        opener.finish().unwrap();
        assert!(out == sealed.content);
        // As a payload of its own, none of the shorter ones opens.
        for cut in 0..sealed.payload.len() {
            assert!(sealed.open(&sealed.payload[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn every_other_order_of_four_chunks_is_refused() {
        let sealed = seal(4 * CHUNK, Padding::None);
        let mut opened = 0;
        for code in 0..256_usize {
            let order = [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6];
            let mut payload = sealed.payload[..16].to_vec();
            for index in order {
                payload.extend_from_slice(sealed.chunk(index));
            }
            opened += usize::from(sealed.open(&payload).is_ok());
        }
        assert_eq!(opened, 1);
    }

    #[test]
    fn chunks_of_another_payload_and_dropped_chunks_are_refused() {
        let (one, other) = (seal(3 * CHUNK, Padding::None), seal(3 * CHUNK, Padding::None));
        let splice = [&one.payload[..16 + SEALED_CHUNK], other.chunk(1), one.chunk(2)].concat();
        assert_eq!(one.open(&splice).unwrap_err(), OpenPayloadError::Chunk(1));
        let dropped = [&one.payload[..16], one.chunk(0), one.chunk(2)].concat();
        assert_eq!(one.open(&dropped).unwrap_err(), OpenPayloadError::Chunk(1));
        let other_nonce = [&other.payload[..16], &one.payload[16..]].concat();
        assert_eq!(one.open(&other_nonce).unwrap_err(), OpenPayloadError::Chunk(0));
    }

    #[test]
    fn flipped_bit_releases_the_chunks_before_it_only_and_closes_the_opener() {
        let sealed = seal(3 * CHUNK, Padding::None);
        let len = PayloadLen::from_stored(sealed.payload.len() as u64).unwrap();
        let nonce = PayloadNonce::from_bytes(sealed.payload[..16].try_into().unwrap());
        for position in (0..3 * SEALED_CHUNK).step_by(4_099) {
            let mut payload = sealed.payload[16..].to_vec();
            payload[position] ^= 1 << (position % 8);
            let mut opener =
                PayloadOpener::new(&sealed.file_key, &nonce, len, len.plaintext(), 0..3).unwrap();
            let mut out = Vec::new();
            let bad = position / SEALED_CHUNK;
            assert_eq!(opener.push(&payload, &mut out), Err(OpenPayloadError::Chunk(bad as u64)));
            assert!(out == sealed.content[..bad * CHUNK]);
            let error = OpenPayloadError::Chunk(bad as u64);
            assert_eq!(opener.push(sealed.chunk(bad), &mut out), Err(error));
            assert!(out.len() == bad * CHUNK);
            assert_eq!(opener.finish(), Err(error));
        }
    }

    #[test]
    fn bytes_after_the_run_and_a_run_cut_short_are_refused() {
        let sealed = seal(2 * CHUNK, Padding::None);
        let len = PayloadLen::from_stored(sealed.payload.len() as u64).unwrap();
        let nonce = PayloadNonce::from_bytes(sealed.payload[..16].try_into().unwrap());
        let opener = || PayloadOpener::new(&sealed.file_key, &nonce, len, len.plaintext(), 0..1).unwrap();
        let mut trailing = opener();
        assert_eq!(trailing.push(&sealed.payload[16..], &mut Vec::new()), Err(OpenPayloadError::Trailing));
        assert_eq!(trailing.finish(), Err(OpenPayloadError::Trailing));
        let mut short = opener();
        short.push(&sealed.chunk(0)[1..], &mut Vec::new()).unwrap();
        assert_eq!(short.finish(), Err(OpenPayloadError::Truncated));
    }

    #[test]
    fn every_flipped_bit_of_an_empty_payload_is_refused() {
        let sealed = seal(0, Padding::None);
        let len = PayloadLen::from_plaintext(0).unwrap();
        for bit in 0..32 * 8 {
            let mut payload = sealed.payload.clone();
            payload[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(sealed.open(&payload).unwrap_err(), OpenPayloadError::Chunk(0));
            let nonce = PayloadNonce::from_bytes(payload[..16].try_into().unwrap());
            let mut opener = PayloadOpener::new(&sealed.file_key, &nonce, len, 0, 0..1).unwrap();
            assert_eq!(opener.push(&payload[16..], &mut Vec::new()), Err(OpenPayloadError::Chunk(0)));
        }
    }

    #[test]
    fn content_longer_than_the_payload_is_refused() {
        let sealed = seal(10, Padding::None);
        assert_eq!(open_bytes(&sealed.file_key, &sealed.payload, 11).unwrap_err(), OpenPayloadError::Range);
    }
}
