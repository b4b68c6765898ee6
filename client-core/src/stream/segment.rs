//! A run of chunks that one core seals and hashes, each chunk while it is in that core's cache.
//!
//! All segments of a payload but the last have the same number of chunks, a power of two, so that the content of each is a
//! subtree of BLAKE3. They are sealed in any order; [`Digests`] takes them in theirs.

use core::ops::Range;

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt as _};
use carnet_wire::outboard::GROUP_LEN;
use carnet_wire::payload::{CHUNK, PayloadNonce, SEALED_CHUNK};

use super::{ChunkRun, PayloadKey};
use crate::aead::AeadError;
use crate::digest::tree::{Tree, hasher_at};

/// What has been hashed of a sealed segment.
pub(super) struct Segment {
    content: Hasher,
    // The groups of the payload that lie in it whole, and where; its edges share theirs with its neighbours.
    groups: Vec<ChainingValue>,
    grouped: Range<usize>,
}

impl Segment {
    /// Seals the chunks of one segment, the last shorter if `sealed` is. Where `plain` ends before them, zero bytes follow.
    pub(super) fn seal(
        key: &PayloadKey,
        run: &ChunkRun,
        plain: &[u8],
        sealed: &mut [u8],
    ) -> Result<Self, AeadError> {
        let start = PayloadNonce::LEN as u64 + run.first * SEALED_CHUNK as u64;
        let aligned = start.next_multiple_of(GROUP_LEN as u64);
        let first = usize::try_from(aligned - start).map_err(|_| AeadError)?.min(sealed.len());
        let mut content = hasher_at(run.first * CHUNK as u64);
        let (mut groups, mut hashed, mut done) = (Vec::with_capacity(sealed.len() / GROUP_LEN), first, 0);
        let mut rest = plain;
        for index in 0..sealed.len().div_ceil(SEALED_CHUNK) {
            let chunk = sealed.get_mut(done..).unwrap_or_default();
            let len = chunk.len().min(SEALED_CHUNK);
            let (chunk, _) = chunk.split_at_mut(len);
            let (held, after) = rest.split_at(rest.len().min(CHUNK));
            content.update(held);
            key.seal_chunk(&run.nonce(index), held, chunk)?;
            (done, rest) = (done + len, after);
            while let Some(group) =
                sealed.get(hashed..hashed + GROUP_LEN).filter(|_| hashed + GROUP_LEN <= done)
            {
                let mut hasher = hasher_at(start + hashed as u64);
                groups.push(hasher.update(group).finalize_non_root());
                hashed += GROUP_LEN;
            }
        }
        Ok(Self { content, groups, grouped: first..hashed })
    }
}

/// The two digests of a payload, put together from its segments.
pub(super) struct Digests {
    content: Tree,
    root: Tree,
}

impl Digests {
    /// Of a payload whose segments hold `segment` bytes of plaintext.
    pub(super) fn new(nonce: &PayloadNonce, segment: usize) -> Self {
        let mut root = Tree::new(GROUP_LEN);
        root.update(nonce.as_bytes());
        Self { content: Tree::new(segment), root }
    }

    /// Takes the next segment, and the bytes that it became.
    pub(super) fn append(&mut self, segment: Segment, sealed: &[u8]) {
        if segment.content.count() > 0 {
            self.content.append(segment.content);
        }
        self.root.update(sealed.get(..segment.grouped.start).unwrap_or_default());
        segment.groups.into_iter().for_each(|group| self.root.append_value(group));
        self.root.update(sealed.get(segment.grouped.end..).unwrap_or_default());
    }

    /// BLAKE3 of the content, and of the payload.
    pub(super) fn finish(self) -> (blake3::Hash, blake3::Hash) {
        (self.content.finish(), self.root.finish())
    }
}
