//! The order of things in a slice, for those who write and those who read it.

use std::ops::Range;

use super::{RangeError, widen};
use crate::outboard::{GROUP, NODE_LEN, left_len};

/// What comes next in a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SliceItem {
    /// An inner node, 64 bytes, at `64 * index` of the outboard.
    Node {
        /// Its place in the outboard's pre-order, from 0.
        index: u64,
        /// Whether its left child follows in the slice.
        left: bool,
        /// Whether its right child follows in the slice.
        right: bool,
    },
    /// A group of the payload.
    Group {
        /// Where it starts in the payload.
        offset: u64,
        /// Its length in bytes: 65,536, or less at the payload's end.
        len: usize,
    },
}

/// The items of a slice in their order. Holds at most 64 subtrees, whatever the length of the payload.
///
/// A server that streams a slice takes this and reads node by node, group by group, from its own files.
#[derive(Clone, Debug)]
pub struct SliceWalk {
    range: Range<u64>,
    // Subtrees still to be visited, the next one last. Each touches the range.
    pending: Vec<Subtree>,
}

#[derive(Clone, Copy, Debug)]
struct Subtree {
    offset: u64,
    len: u64,
    // Of its first node in the outboard, if it has one.
    index: u64,
}

impl SliceWalk {
    /// The slice of a byte range, widened to whole groups, of a payload of `payload_len` bytes.
    ///
    /// # Errors
    /// [`RangeError`].
    pub fn new(payload_len: u64, range: &Range<u64>) -> Result<Self, RangeError> {
        let range = widen(range, payload_len)?;
        let whole = (payload_len > 0).then_some(Subtree { offset: 0, len: payload_len, index: 0 });
        Ok(Self { range, pending: whole.into_iter().collect() })
    }

    /// The range that the slice covers: the one asked for, widened to whole groups.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// The number of bytes still to come, without visiting them.
    #[must_use]
    pub fn remaining_len(&self) -> u64 {
        self.pending.iter().map(|subtree| self.slice_len(*subtree)).sum()
    }

    fn slice_len(&self, subtree: Subtree) -> u64 {
        let end = subtree.offset + subtree.len;
        if !self.touches(subtree) {
            0
        } else if self.range.start <= subtree.offset && end <= self.range.end {
            subtree.len + (subtree.len.div_ceil(GROUP) - 1) * NODE_LEN as u64
        } else {
            let (left, right) = subtree.children();
            NODE_LEN as u64 + self.slice_len(left) + self.slice_len(right)
        }
    }

    fn touches(&self, subtree: Subtree) -> bool {
        subtree.offset < self.range.end && self.range.start < subtree.offset + subtree.len
    }
}

impl Iterator for SliceWalk {
    type Item = SliceItem;

    fn next(&mut self) -> Option<SliceItem> {
        let subtree = self.pending.pop()?;
        if subtree.len <= GROUP {
            let len = usize::try_from(subtree.len).ok()?;
            return Some(SliceItem::Group { offset: subtree.offset, len });
        }
        let (left, right) = subtree.children();
        let touched = (self.touches(left), self.touches(right));
        self.pending.extend(touched.1.then_some(right));
        self.pending.extend(touched.0.then_some(left));
        Some(SliceItem::Node { index: subtree.index, left: touched.0, right: touched.1 })
    }
}

impl Subtree {
    /// The children of a subtree of more than one group. Its node is followed by those of the left, then of the right.
    fn children(self) -> (Self, Self) {
        let len = left_len(self.len);
        let left = Self { offset: self.offset, len, index: self.index + 1 };
        let right =
            Self { offset: self.offset + len, len: self.len - len, index: self.index + len.div_ceil(GROUP) };
        (left, right)
    }
}
