//! A BLAKE3 tree put together from leaves that were hashed elsewhere: on other cores, or earlier.

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root};

/// A tree whose leaves have one length, a power of two of at least 1,024 bytes; the last may be shorter.
pub(crate) struct Tree {
    leaf_len: u64,
    // Whole subtrees, largest first, merged as late as can be: only the end tells which node is the root.
    subtrees: Vec<ChainingValue>,
    leaves: u64,
    // The leaf after those: empty, partial or whole.
    open: Hasher,
}

impl Tree {
    pub(crate) fn new(leaf_len: usize) -> Self {
        Self { leaf_len: leaf_len as u64, subtrees: Vec::new(), leaves: 0, open: Hasher::new() }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.close();
            let room = self.leaf_len - self.open.count();
            let room = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
            let (now, rest) = bytes.split_at(room);
            self.open.update(now);
            bytes = rest;
        }
    }

    /// Takes the next leaf, hashed by a [`hasher_at`] its position, after whole leaves.
    pub(crate) fn append(&mut self, leaf: Hasher) {
        self.close();
        self.open = leaf;
    }

    /// Takes the chaining value of the next leaf, after whole leaves: neither the first nor a short one.
    pub(crate) fn append_value(&mut self, leaf: ChainingValue) {
        self.close();
        self.push(leaf);
        self.open = hasher_at(self.leaves * self.leaf_len);
    }

    /// The digest of all.
    pub(crate) fn finish(mut self) -> blake3::Hash {
        if self.leaves > 0 && self.open.count() > 0 {
            self.push(self.open.finalize_non_root());
        }
        let merge = |right, left| merge_subtrees_non_root(&left, &right, Mode::Hash);
        let root = self.subtrees.split_first().and_then(|(left, rest)| {
            let right = rest.iter().rev().copied().reduce(merge)?;
            Some(merge_subtrees_root(left, &right, Mode::Hash))
        });
        root.unwrap_or_else(|| self.open.finalize())
    }

    fn close(&mut self) {
        if self.open.count() == self.leaf_len {
            self.push(self.open.finalize_non_root());
            self.open = hasher_at(self.leaves * self.leaf_len);
        }
    }

    fn push(&mut self, leaf: ChainingValue) {
        let merges = if self.leaves == 0 { 0 } else { self.leaves.trailing_zeros() };
        for _ in 0..merges {
            if let (Some(right), Some(left)) = (self.subtrees.pop(), self.subtrees.pop()) {
                self.subtrees.push(merge_subtrees_non_root(&left, &right, Mode::Hash));
            }
        }
        self.subtrees.push(leaf);
        self.leaves += 1;
    }
}

/// A hasher of the leaf at this position, a multiple of the leaf's length.
pub(crate) fn hasher_at(position: u64) -> Hasher {
    let mut hasher = Hasher::new();
    hasher.set_input_offset(position);
    hasher
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_feeding_every_length_gives_the_digest_of_the_bytes() {
        const LEAF: usize = 2048;
        for len in (0..12 * LEAF).step_by(509).chain((0..12).map(|n| n * LEAF)) {
            let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            let expected = blake3::hash(&bytes);
            let (mut fed, mut appended, mut mixed) = (Tree::new(LEAF), Tree::new(LEAF), Tree::new(LEAF));
            bytes.chunks(777).for_each(|piece| fed.update(piece));
            for (index, leaf) in bytes.chunks(LEAF).enumerate() {
                let mut hasher = hasher_at((index * LEAF) as u64);
                hasher.update(leaf);
                if index % 3 == 0 || leaf.len() < LEAF {
                    mixed.update(leaf);
                } else {
                    mixed.append_value(hasher.finalize_non_root());
                }
                appended.append(hasher);
            }
            assert_eq!([fed.finish(), appended.finish(), mixed.finish()], [expected; 3], "{len}");
        }
    }
}
