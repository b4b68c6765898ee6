//! Writes slices from a stored payload and its outboard.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use super::RangeError;
use super::walk::{SliceItem, SliceWalk};
use crate::StableCode;
use crate::outboard::{GROUP_LEN, Outboard};

/// A slice to be written. Needs memory for one group, whatever the range.
#[derive(Clone, Debug)]
pub struct SliceEncoder<'a> {
    outboard: &'a Outboard,
    walk: SliceWalk,
}

/// Why a slice cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SliceEncodeError {
    /// Reading the payload or writing the slice failed.
    #[error("reading the payload or writing the slice failed")]
    Io(#[from] io::Error),
    /// The outboard is not that of a payload of this length.
    #[error("the outboard does not fit the payload's length")]
    OutboardMismatch,
}

impl StableCode for SliceEncodeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "slice-encode-io",
            Self::OutboardMismatch => "slice-encode-outboard-mismatch",
        }
    }
}

impl<'a> SliceEncoder<'a> {
    /// The slice of a byte range, widened to whole groups, of a payload of `payload_len` bytes.
    ///
    /// # Errors
    /// [`RangeError`].
    pub fn new(outboard: &'a Outboard, payload_len: u64, range: &Range<u64>) -> Result<Self, RangeError> {
        Ok(Self { outboard, walk: SliceWalk::new(payload_len, range)? })
    }

    /// The number of bytes that [`Self::write_to`] writes.
    #[must_use]
    pub fn encoded_len(&self) -> u64 {
        self.walk.remaining_len()
    }

    /// Writes the slice. The stored bytes are not verified here: who decodes the slice does.
    ///
    /// # Errors
    /// [`SliceEncodeError`]; what was written then is a truncated slice.
    pub fn write_to<R: Read + Seek, W: Write>(
        self,
        payload: &mut R,
        out: &mut W,
    ) -> Result<(), SliceEncodeError> {
        let mut buffer = vec![0; GROUP_LEN];
        let mut position = None;
        for item in self.walk {
            match item {
                SliceItem::Node { index, .. } => {
                    out.write_all(self.outboard.node(index).ok_or(SliceEncodeError::OutboardMismatch)?)?;
                }
                SliceItem::Group { offset, len } => {
                    if position != Some(offset) {
                        payload.seek(SeekFrom::Start(offset))?;
                    }
                    let group = buffer.get_mut(..len).ok_or(SliceEncodeError::OutboardMismatch)?;
                    payload.read_exact(group)?;
                    out.write_all(group)?;
                    position = Some(offset + len as u64);
                }
            }
        }
        Ok(())
    }
}
