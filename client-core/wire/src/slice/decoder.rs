//! Reads slices, pushed in pieces of any size, and releases only what is verified.

use std::ops::Range;

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root};

use super::walk::{SliceItem, SliceWalk};
use super::{SliceError, VerifiedBytes};
use crate::id::PayloadRoot;
use crate::outboard::NODE_LEN;

/// Groups that are verified together: enough to keep a few cores busy, few enough to bound memory.
const BATCH: usize = 32;

/// Verifies a slice as it arrives. Sans-I/O: the caller reads, from a pipe, a socket or a buffer, and pushes.
///
/// Allocates at most one group and 64 hashes, however long the payload claims to be; groups that lie whole in the caller's
/// buffer are verified and released in place. The first error is final.
#[derive(Clone, Debug)]
pub struct SliceDecoder {
    walk: SliceWalk,
    next: Option<SliceItem>,
    // The hashes of the subtrees that the walk has yet to visit, the next one last.
    expected: Vec<Expected>,
    // The start of `next`, where the caller's pieces cut it.
    partial: Vec<u8>,
    failed: Option<SliceError>,
}

/// A group of a slice with the hash that it must have.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    offset: u64,
    bytes: &'a [u8],
    expected: Expected,
}

#[derive(Clone, Copy, Debug)]
enum Expected {
    // BLAKE3 finishes the root of a tree otherwise than its other nodes.
    Root([u8; 32]),
    Inner(ChainingValue),
}

impl SliceDecoder {
    /// Expects the slice of a byte range, widened to whole groups, of the payload of that root and length.
    ///
    /// # Errors
    /// [`SliceError::Range`]; [`SliceError::Mismatch`] for an empty payload with a root that is not that of no bytes.
    pub fn new(root: &PayloadRoot, payload_len: u64, range: &Range<u64>) -> Result<Self, SliceError> {
        let mut walk = SliceWalk::new(payload_len, range)?;
        let root = Expected::Root(*root.as_bytes());
        let next = walk.next();
        if next.is_none() && !root.matches_group(0, &[]) {
            return Err(SliceError::Mismatch);
        }
        Ok(Self { walk, next, expected: vec![root], partial: Vec::new(), failed: None })
    }

    /// The range that will be released: the one asked for, widened to whole groups.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.walk.range()
    }

    /// Takes the next bytes, any number of them, and hands over each group that they complete, once it is verified.
    ///
    /// # Errors
    /// [`SliceError::Mismatch`] and [`SliceError::Trailing`]; groups before the fault have been released.
    pub fn push(
        &mut self,
        input: &[u8],
        release: &mut dyn FnMut(VerifiedBytes<'_>),
    ) -> Result<(), SliceError> {
        self.push_with(input, &|groups| groups.iter().position(|group| !group.is_valid()), release)
    }

    /// [`Self::push`] with the caller's way to find the first group that is not valid, which may use threads.
    ///
    /// Up to 32 groups are handed over at once, if that many lie in `input`. What `first_invalid` passes is released: it
    /// must call [`Group::is_valid`] for every group.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn push_with(
        &mut self,
        input: &[u8],
        first_invalid: &dyn Fn(&[Group<'_>]) -> Option<usize>,
        release: &mut dyn FnMut(VerifiedBytes<'_>),
    ) -> Result<(), SliceError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = self.consume(input, first_invalid, release);
        self.failed = result.err();
        result
    }

    /// Ends the slice.
    ///
    /// # Errors
    /// [`SliceError::Truncated`] if a part of it is missing, or the error of an earlier push.
    pub fn finish(self) -> Result<(), SliceError> {
        match (self.failed, self.next) {
            (Some(error), _) => Err(error),
            (None, Some(_)) => Err(SliceError::Truncated),
            (None, None) => Ok(()),
        }
    }

    fn consume(
        &mut self,
        mut input: &[u8],
        first_invalid: &dyn Fn(&[Group<'_>]) -> Option<usize>,
        release: &mut dyn FnMut(VerifiedBytes<'_>),
    ) -> Result<(), SliceError> {
        let mut verify = |groups: &[Group<'_>]| {
            let invalid = first_invalid(groups);
            let valid = groups.iter().take(invalid.unwrap_or(groups.len()));
            valid.for_each(|group| release(VerifiedBytes { offset: group.offset, bytes: group.bytes }));
            if invalid.is_some() { Err(SliceError::Mismatch) } else { Ok(()) }
        };
        let mut batch: Vec<Group<'_>> = Vec::new();
        while let Some(item) = self.next {
            let wanted = item.len() - self.partial.len();
            let Some((now, rest)) = input.split_at_checked(wanted) else {
                verify(&batch)?;
                self.partial.extend_from_slice(input);
                return Ok(());
            };
            input = rest;
            let expected = self.expected.pop().ok_or(SliceError::Mismatch)?;
            // Only the first item of a push can have begun before it; its bytes end with this block.
            let joined = (!self.partial.is_empty()).then(|| {
                self.partial.extend_from_slice(now);
                std::mem::take(&mut self.partial)
            });
            let bytes = joined.as_deref().unwrap_or(now);
            match item {
                SliceItem::Node { left, right, .. } => match expected.children_of_node(bytes) {
                    Some(children) => {
                        self.expected.extend(right.then_some(Expected::Inner(children.1)));
                        self.expected.extend(left.then_some(Expected::Inner(children.0)));
                    }
                    None => {
                        verify(&batch)?;
                        return Err(SliceError::Mismatch);
                    }
                },
                SliceItem::Group { offset, .. } if joined.is_some() => {
                    verify(&[Group { offset, bytes, expected }])?;
                }
                SliceItem::Group { offset, .. } => {
                    batch.push(Group { offset, bytes: now, expected });
                    if batch.len() == BATCH {
                        verify(&batch)?;
                        batch.clear();
                    }
                }
            }
            // Keeps its room for the next item that is cut.
            if let Some(mut buffer) = joined {
                buffer.clear();
                self.partial = buffer;
            }
            self.next = self.walk.next();
        }
        verify(&batch)?;
        if input.is_empty() { Ok(()) } else { Err(SliceError::Trailing) }
    }
}

impl Group<'_> {
    /// Whether the group is the one under the root: hashes its 64 KiB.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.expected.matches_group(self.offset, self.bytes)
    }
}

impl Expected {
    fn matches_group(&self, offset: u64, bytes: &[u8]) -> bool {
        match self {
            Self::Root(root) => blake3::hash(bytes).as_bytes() == root,
            Self::Inner(hash) => {
                Hasher::new().set_input_offset(offset).update(bytes).finalize_non_root() == *hash
            }
        }
    }

    /// The hashes of a node's children, if the node is the one expected.
    fn children_of_node(&self, node: &[u8]) -> Option<(ChainingValue, ChainingValue)> {
        let (left, right) = node.split_first_chunk::<32>()?;
        let right: &[u8; 32] = right.try_into().ok()?;
        let matches = match self {
            Self::Root(root) => merge_subtrees_root(left, right, Mode::Hash).as_bytes() == root,
            Self::Inner(hash) => merge_subtrees_non_root(left, right, Mode::Hash) == *hash,
        };
        matches.then_some((*left, *right))
    }
}

impl SliceItem {
    /// Its length in the slice, in bytes.
    fn len(&self) -> usize {
        match self {
            Self::Node { .. } => NODE_LEN,
            Self::Group { len, .. } => *len,
        }
    }
}
