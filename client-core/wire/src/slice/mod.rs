//! Bao slices: a range of a payload together with the inner nodes that prove it against the payload's BLAKE3 root.
//!
//! The bytes are those of a Bao slice with groups of 64 KiB, without the length that Bao writes first: the tree's nodes in
//! pre-order, each inner node as 64 bytes, each group as its bytes, only nodes that touch the range. Root and length are
//! signed in the deposit statement; the slice itself carries no claim. Ranges are widened to whole groups.

mod decoder;
mod encoder;
mod walk;

use std::ops::Range;

use blake3::Hash;

use crate::StableCode;
use crate::id::PayloadRoot;
use crate::outboard::GROUP;

pub use decoder::{Group, SliceDecoder};
pub use encoder::{SliceEncodeError, SliceEncoder};
pub use walk::{SliceItem, SliceWalk};

/// The greatest length of a payload, in bytes: 2^62.
pub const MAX_PAYLOAD_LEN: u64 = 1 << 62;

/// Bytes of a payload that were verified against its root. Only the functions of this module make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedBytes<'a> {
    offset: u64,
    bytes: &'a [u8],
}

/// Why a range cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The payload is longer than [`MAX_PAYLOAD_LEN`].
    #[error("the payload is too long")]
    PayloadTooLong,
    /// The range ends before it starts.
    #[error("the range ends before it starts")]
    Inverted,
    /// The range ends after the payload does.
    #[error("the range ends after the payload")]
    PastEnd,
    /// The range is empty, and the payload is not.
    #[error("the range is empty")]
    Empty,
}

impl StableCode for RangeError {
    fn code(&self) -> &'static str {
        match self {
            Self::PayloadTooLong => "range-payload-too-long",
            Self::Inverted => "range-inverted",
            Self::PastEnd => "range-past-end",
            Self::Empty => "range-empty",
        }
    }
}

/// Why a slice is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SliceError {
    /// The range cannot be asked for.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A node or a group is not the one under the root.
    #[error("the bytes are not those under the signed root")]
    Mismatch,
    /// The slice ends too early.
    #[error("the slice is truncated")]
    Truncated,
    /// The slice goes on after its end.
    #[error("the slice is followed by other bytes")]
    Trailing,
}

impl StableCode for SliceError {
    fn code(&self) -> &'static str {
        match self {
            Self::Range(error) => error.code(),
            Self::Mismatch => "slice-mismatch",
            Self::Truncated => "slice-truncated",
            Self::Trailing => "slice-trailing",
        }
    }
}

impl<'a> VerifiedBytes<'a> {
    /// Where in the payload the bytes start.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// Verifies a whole payload in memory, without a slice.
///
/// # Errors
/// [`SliceError::Mismatch`].
pub fn verify_whole<'a>(root: &PayloadRoot, bytes: &'a [u8]) -> Result<VerifiedBytes<'a>, SliceError> {
    verify_whole_with(root, bytes, blake3::hash)
}

/// [`verify_whole`] with the caller's way to run BLAKE3, which may use threads. It must be the hash of all the bytes given.
///
/// # Errors
/// [`SliceError::Mismatch`].
pub fn verify_whole_with<'a>(
    root: &PayloadRoot,
    bytes: &'a [u8],
    hash: impl FnOnce(&[u8]) -> Hash,
) -> Result<VerifiedBytes<'a>, SliceError> {
    if hash(bytes).as_bytes() == root.as_bytes() {
        Ok(VerifiedBytes { offset: 0, bytes })
    } else {
        Err(SliceError::Mismatch)
    }
}

/// The range widened to whole groups, for a payload of `payload_len` bytes; the empty payload has the range `0..0`.
///
/// # Errors
/// [`RangeError`].
pub fn widen(range: &Range<u64>, payload_len: u64) -> Result<Range<u64>, RangeError> {
    if payload_len > MAX_PAYLOAD_LEN {
        return Err(RangeError::PayloadTooLong);
    }
    if range.start > range.end {
        return Err(RangeError::Inverted);
    }
    if range.end > payload_len {
        return Err(RangeError::PastEnd);
    }
    if range.is_empty() && payload_len > 0 {
        return Err(RangeError::Empty);
    }
    Ok(range.start / GROUP * GROUP..range.end.next_multiple_of(GROUP).min(payload_len))
}
