//! Reading a content as it arrives, whole or a range of it. Sans-I/O: the caller fetches a slice and pushes its bytes.
//!
//! Two locks, in this order: each 64 KiB group is verified against the signed BLAKE3 root, then each chunk is opened. No byte
//! comes out before both. A payload that this device keeps is verified whole first, then read a second time ([`KeptContent`]).

use core::ops::Range;
use std::io::{self, Read, Seek, SeekFrom};

use carnet_wire::payload::PayloadNonce;
use carnet_wire::slice::{SliceDecoder, VerifiedBytes};
use zeroize::Zeroizing;

use crate::digest;
use crate::open::{OpenError, Opened};
use crate::stream::open::PayloadOpener;
use crate::stream::sealed::ContentDigest;

/// Opens a content, or a range of it, out of the slice that proves it.
pub struct ContentReader {
    slices: SliceDecoder,
    opener: PayloadOpener,
    // What of the payload is still to be opened: the slice holds whole groups, which begin before and end after.
    stored: Range<u64>,
    // What the payload begins with, as the commitment says; seen where the first group is part of the slice.
    nonce: PayloadNonce,
    // What of the opened chunks is wanted, counted from the next byte that the opener releases.
    skip: usize,
    left: u64,
    whole: Option<Whole>,
    sealed: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
}

struct Whole {
    hasher: blake3::Hasher,
    digest: ContentDigest,
}

impl Opened {
    /// The content's length in bytes.
    #[must_use]
    pub fn content_len(&self) -> u64 {
        self.authored().body().len
    }

    /// Reads the whole content: push the slice of the whole payload.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn content(&self) -> Result<ContentReader, OpenError> {
        let digest = self.authored().body().content_digest();
        let mut reader =
            self.reader(0..self.len.chunks(), 0..self.item.payload_len, 0, self.content_len())?;
        reader.whole = Some(Whole { hasher: blake3::Hasher::new(), digest });
        Ok(reader)
    }

    /// Reads a range of the content: push the slice of [`ContentReader::slice_range`]. A range says nothing of the author, whose
    /// signature covers the whole; the depositor's covers every byte.
    ///
    /// # Errors
    /// [`OpenError::Range`] for a range that is empty, inverted or past the end.
    pub fn content_range(&self, range: Range<u64>) -> Result<ContentReader, OpenError> {
        if range.is_empty() || range.end > self.content_len() {
            return Err(OpenError::Range);
        }
        let chunks = self.len.chunks_of(range.clone()).ok_or(OpenError::Range)?;
        let stored = self.len.stored_range(chunks.clone()).ok_or(OpenError::Range)?;
        let plain = self.len.plaintext_range(chunks.clone()).ok_or(OpenError::Range)?;
        let skip = usize::try_from(range.start.saturating_sub(plain.start)).map_err(|_| OpenError::Range)?;
        self.reader(chunks, stored, skip, range.end.saturating_sub(range.start))
    }

    /// Reads the whole content out of a payload that this device keeps, in memory that does not depend on its length. Nothing where the
    /// kept bytes are not those that were signed.
    ///
    /// # Errors
    /// [`KeptError::Read`]; [`KeptError::Open`] for a payload of no length that a payload has.
    pub fn kept_content<R: Read + Seek>(&self, mut payload: R) -> Result<Option<KeptContent<R>>, KeptError> {
        let (hash, len) = digest::hash_reader(&mut payload, self.item.payload_len)?;
        if len != self.item.payload_len || hash.as_bytes() != self.item.payload.as_bytes() {
            return Ok(None);
        }
        let chunks = 0..self.len.chunks();
        let stored = self.len.stored_range(chunks.clone()).ok_or(OpenError::Range)?;
        let mut nonce = [0; PayloadNonce::LEN];
        payload.seek(SeekFrom::Start(0))?;
        payload.read_exact(&mut nonce)?;
        if nonce != *self.nonce.as_bytes() {
            return Ok(None);
        }
        payload.seek(SeekFrom::Start(stored.start))?;
        let opener = PayloadOpener::new(&self.file_key, &self.nonce, self.len, self.content_len(), chunks)
            .map_err(OpenError::from)?;
        let whole = Whole { hasher: blake3::Hasher::new(), digest: self.authored().body().content_digest() };
        let left = stored.end.saturating_sub(stored.start);
        Ok(Some(KeptContent { payload, opener: Some(opener), whole, left, sealed: Vec::new() }))
    }

    fn reader(
        &self,
        chunks: Range<u64>,
        slice: Range<u64>,
        skip: usize,
        left: u64,
    ) -> Result<ContentReader, OpenError> {
        let stored = self.len.stored_range(chunks.clone()).ok_or(OpenError::Range)?;
        let opener = PayloadOpener::new(&self.file_key, &self.nonce, self.len, self.content_len(), chunks)?;
        let slices = SliceDecoder::new(&self.item.payload, self.item.payload_len, &slice)?;
        let (sealed, plain) = (Vec::new(), Zeroizing::new(Vec::new()));
        let nonce = self.nonce;
        Ok(ContentReader { slices, opener, stored, nonce, skip, left, whole: None, sealed, plain })
    }
}

impl ContentReader {
    /// The range of the payload whose slice is to be pushed, widened to whole groups.
    #[must_use]
    pub fn slice_range(&self) -> Range<u64> {
        self.slices.range()
    }

    /// Takes the next bytes of the slice, any number of them, and appends to `out` what they open.
    ///
    /// # Errors
    /// [`OpenError`], which is final: `out` then holds authentic content only.
    pub fn push(&mut self, slice: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        // Bounded pieces: memory stays flat whatever the caller pushes at once.
        slice.chunks(PIECE).try_for_each(|piece| self.push_piece(piece, out))
    }

    /// Ends the content.
    ///
    /// # Errors
    /// [`OpenError`] where the slice was cut; [`OpenError::Content`] where the whole content is not the one that its author
    /// signed: whoever deposited it put another under the author's name.
    pub fn finish(self) -> Result<(), OpenError> {
        self.slices.finish()?;
        self.opener.finish()?;
        match self.whole {
            Some(whole) if whole.hasher.finalize().as_bytes() != whole.digest.as_bytes() => {
                Err(OpenError::Content)
            }
            _ => Ok(()),
        }
    }

    fn push_piece(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        let (stored, nonce, sealed) = (&self.stored, &self.nonce, &mut self.sealed);
        let mut committed = true;
        sealed.clear();
        let verified = self.slices.push_with(piece, &digest::first_invalid_group, &mut |group| {
            committed &= group.offset() != 0 || group.as_bytes().starts_with(nonce.as_bytes());
            if committed {
                sealed.extend_from_slice(within(&group, stored));
            }
        });
        self.plain.clear();
        let opened = self.opener.push(&self.sealed, &mut self.plain);
        let skipped = self.skip.min(self.plain.len());
        self.skip = self.skip.saturating_sub(skipped);
        let wanted = self.plain.get(skipped..).unwrap_or_default();
        let wanted = wanted.get(..usize::try_from(self.left).unwrap_or(usize::MAX)).unwrap_or(wanted);
        self.left = self.left.saturating_sub(wanted.len() as u64);
        if let Some(whole) = &mut self.whole {
            digest::update(&mut whole.hasher, wanted);
        }
        out.extend_from_slice(wanted);
        if !committed {
            // Final: nothing of the payload is wanted any more, and the opener stays short of its end.
            self.stored = 0..0;
            return Err(OpenError::Commitment);
        }
        verified?;
        opened?;
        Ok(())
    }
}

/// A content that is read out of a payload that this device keeps.
///
/// The payload was compared with its signed root before. Should it change between the two readings, then each chunk's own tag and, at the
/// end, the author's digest of the whole say so.
pub struct KeptContent<R> {
    payload: R,
    opener: Option<PayloadOpener>,
    whole: Whole,
    left: u64,
    sealed: Vec<u8>,
}

impl<R: Read> KeptContent<R> {
    /// Appends the next bytes of the content to `out`; whether there may be more.
    ///
    /// # Errors
    /// [`KeptError`], which is final: `out` then holds authentic content only.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, KeptError> {
        let Some(opener) = &mut self.opener else { return Ok(false) };
        if self.left > 0 {
            self.sealed.clear();
            let most = self.left.min(PIECE as u64);
            let read = (&mut self.payload).take(most).read_to_end(&mut self.sealed)?;
            if read == 0 {
                return Err(OpenError::PayloadLen.into());
            }
            self.left = self.left.saturating_sub(read as u64);
            let before = out.len();
            opener.push(&self.sealed, out).map_err(OpenError::from)?;
            digest::update(&mut self.whole.hasher, out.get(before..).unwrap_or_default());
            return Ok(true);
        }
        if let Some(opener) = self.opener.take() {
            opener.finish().map_err(OpenError::from)?;
        }
        if self.whole.hasher.finalize().as_bytes() != self.whole.digest.as_bytes() {
            return Err(OpenError::Content.into());
        }
        Ok(false)
    }
}

/// Why a kept payload is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// The payload cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The payload does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// The bytes of a verified group that lie in `range`.
fn within<'a>(group: &VerifiedBytes<'a>, range: &Range<u64>) -> &'a [u8] {
    let bytes = group.as_bytes();
    let at = |position: u64| {
        usize::try_from(position.saturating_sub(group.offset())).unwrap_or(usize::MAX).min(bytes.len())
    };
    bytes.get(at(range.start)..at(range.end)).unwrap_or_default()
}

/// Bytes of a slice that are verified and opened together.
const PIECE: usize = 4 * 1024 * 1024;
