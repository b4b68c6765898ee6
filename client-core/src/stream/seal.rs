//! Sealing a payload, with its digests, in one pass over the content.

use std::io::{Read, Write};

use carnet_wire::payload::{CHUNK, PayloadLen, SEALED_CHUNK};
#[cfg(not(target_family = "wasm"))]
use rayon::prelude::*;

use super::pump::{self, Source};
use super::sealed::{Padding, PayloadSealer, SealError, SealedPayload};
use super::segment::{Digests, Segment};
use super::{ChunkCounter, ChunkRun, Ends, PayloadKey};

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
    let sealed = seal_into(sealer, content, padding, &mut payload)?;
    Ok((payload, sealed))
}

/// Seals a content that is in memory, on all cores, into a buffer that may have been used before: it becomes the payload.
///
/// # Errors
/// [`SealError::TooLong`] beyond 2^48 bytes.
pub fn seal_into(
    sealer: PayloadSealer,
    content: &[u8],
    padding: Padding,
    payload: &mut Vec<u8>,
) -> Result<SealedPayload, SealError> {
    let len =
        PayloadLen::from_plaintext(padding.len(content.len() as u64)).map_err(|_| SealError::TooLong)?;
    let stored = usize::try_from(len.stored()).map_err(|_| SealError::TooLong)?;
    payload.resize(stored, 0);
    let (nonce, sealed) = payload.split_first_chunk_mut().ok_or(SealError::TooLong)?;
    *nonce = *sealer.nonce.as_bytes();
    let mut digests = Digests::new(&sealer.nonce, CHUNKS * CHUNK);
    for (segment, sealed) in seal_segments(&sealer.key, len, content, sealed)?
        .into_iter()
        .zip(sealed.chunks(CHUNKS * SEALED_CHUNK))
    {
        digests.append(segment, sealed);
    }
    let (content_digest, root) = digests.finish();
    Ok(SealedPayload::new(sealer.nonce, root, len, content_digest, content.len() as u64))
}

/// Seals a content that comes as a stream and writes the payload, in memory that does not depend on its length.
///
/// Natively on all cores; reading and writing are done in order, one call at a time, on any of them.
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
    pump::run(Source::new(content, padding), sealer, payload)
}

/// Seals the content's segments, on all cores.
fn seal_segments(
    key: &PayloadKey,
    len: PayloadLen,
    content: &[u8],
    sealed: &mut [u8],
) -> Result<Vec<Segment>, SealError> {
    let mut counter = ChunkCounter::starting_at(0);
    let mut runs = Vec::with_capacity(sealed.len().div_ceil(CHUNKS * SEALED_CHUNK));
    while counter.next < len.chunks() {
        let rest = len.chunks() - counter.next;
        let (chunks, ends) =
            if rest > CHUNKS as u64 { (CHUNKS as u64, Ends::Later) } else { (rest, Ends::Here) };
        runs.push(counter.take(chunks, ends).ok_or(SealError::TooLong)?);
    }
    let seal = |(index, (run, sealed)): (usize, (ChunkRun, &mut [u8]))| {
        let content = content.chunks(CHUNKS * CHUNK).nth(index).unwrap_or_default();
        Segment::seal(key, &run, content, sealed)
    };
    #[cfg(not(target_family = "wasm"))]
    let segments = runs.into_par_iter().zip(sealed.par_chunks_mut(CHUNKS * SEALED_CHUNK)).enumerate();
    #[cfg(target_family = "wasm")]
    let segments = runs.into_iter().zip(sealed.chunks_mut(CHUNKS * SEALED_CHUNK)).enumerate();
    segments.map(seal).collect::<Result<_, _>>().map_err(|_| SealError::TooLong)
}

/// Chunks of a segment: many, because what two segments share is hashed by one core.
const CHUNKS: usize = 32;

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use std::io;

    use super::*;
    use crate::secret::FileKey;
    use crate::stream::open::open_bytes;
    use crate::stream::pump::SEGMENT;

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i % 251) as u8).collect()
    }

    #[test]
    fn stream_and_memory_give_payloads_that_open_to_the_content_at_every_edge() {
        let edges = [
            0,
            1,
            CHUNK,
            SEGMENT - CHUNK,
            SEGMENT,
            SEGMENT + CHUNK,
            3 * SEGMENT,
            CHUNKS * CHUNK,
            2 * CHUNKS * CHUNK,
        ];
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
        let result = seal_stream(sealer(), content(100 * SEGMENT).as_slice(), Failing, Padding::None);
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
