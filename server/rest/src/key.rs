//! Where a record is.

use super::Space;

/// Where a record is: a space, a partition of it, and a suffix that orders the rows of the partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What kind of record it is.
    pub space: Space,
    /// Whose it is: a vault, an account, the log. Rows of one transaction share it.
    pub partition: [u8; 32],
    /// Which one: at most [`Key::MAX_SUFFIX`] bytes.
    pub suffix: Vec<u8>,
}

impl Key {
    /// Most bytes of a suffix.
    pub const MAX_SUFFIX: usize = 256;

    /// A key.
    #[must_use]
    pub fn new(space: Space, partition: [u8; 32], suffix: impl Into<Vec<u8>>) -> Self {
        Self { space, partition, suffix: suffix.into() }
    }

    /// `space || partition || suffix`: the order of the bytes is the order of the keys.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[self.space.number()], self.partition.as_slice(), &self.suffix].concat()
    }

    /// Reads a key back.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (space, rest) = bytes.split_first()?;
        let (partition, suffix) = rest.split_first_chunk()?;
        Some(Self { space: Space::from_number(*space)?, partition: *partition, suffix: suffix.to_vec() })
    }
}
