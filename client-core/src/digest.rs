//! BLAKE3 on all cores natively, on one in WASM. The digests are the same.

pub(crate) mod tree;

use std::io::{self, BufRead as _, BufReader, Read};

use carnet_wire::slice::Group;
#[cfg(not(target_family = "wasm"))]
use rayon::prelude::*;

/// Below this many bytes, waking another core takes longer than hashing.
#[cfg(not(target_family = "wasm"))]
const WORTH_SHARING: usize = 128 * 1024;

/// Feeds bytes to a hasher.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn update(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    if bytes.len() < WORTH_SHARING {
        hasher.update(bytes);
    } else {
        hasher.update_rayon(bytes);
    }
}

/// Feeds bytes to a hasher.
#[cfg(target_family = "wasm")]
pub(crate) fn update(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(bytes);
}

/// The digest of bytes that are in memory.
pub(crate) fn hash(bytes: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    update(&mut hasher, bytes);
    hasher.finalize()
}

/// The digest and the length of what a reader gives, up to one byte more than `expected`: memory stays flat, and a reader that never
/// ends does not keep anybody waiting.
pub(crate) fn hash_reader<R: Read>(reader: R, expected: u64) -> io::Result<(blake3::Hash, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut reader = BufReader::with_capacity(PIECE, reader.take(expected.saturating_add(1)));
    let mut len = 0_u64;
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok((hasher.finalize(), len));
        }
        update(&mut hasher, piece);
        let read = piece.len();
        len = len.saturating_add(read as u64);
        reader.consume(read);
    }
}

/// The first group of a slice that is not the one under the root.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn first_invalid_group(groups: &[Group<'_>]) -> Option<usize> {
    groups.par_iter().position_first(|group| !group.is_valid())
}

/// The first group of a slice that is not the one under the root.
#[cfg(target_family = "wasm")]
pub(crate) fn first_invalid_group(groups: &[Group<'_>]) -> Option<usize> {
    groups.iter().position(|group| !group.is_valid())
}

/// Bytes that are read and hashed together.
const PIECE: usize = 1024 * 1024;
