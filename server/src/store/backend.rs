//! An embedded engine: bytes in, bytes out, what changes together at once.

use std::collections::BTreeMap;

use super::bounds::Bounds;
use super::{Carried, StoreError};

/// What changes together: the new bytes of a key, or none.
pub(crate) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A key and what is stored under it.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// An engine within this process. Keys and values are bytes, values with their checksums. Only the committer writes.
pub(crate) trait Backend: Send + Sync + 'static {
    /// What is stored under these keys, of what is durable.
    fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// The first pairs within the bounds, or the last ones from the last, of what is durable.
    fn scan(&self, bounds: Bounds, limit: usize, backwards: bool) -> Result<Vec<Pair>, StoreError>;

    /// Makes the changes, all or none, and makes them last. After an error nobody knows what the disk holds.
    fn write(&self, changes: &Changes) -> Result<(), StoreError>;

    /// The same, and what goes along lasts too.
    fn write_along(&self, changes: Changes, along: &[Carried]) -> Result<(), StoreError> {
        if along.is_empty() { self.write(&changes) } else { Err(StoreError::TooLarge) }
    }

    /// Whether anything may go along with a write.
    fn carries(&self) -> bool {
        false
    }

    /// Bytes written that take room on the disk once more, later.
    fn outstanding(&self) -> u64 {
        0
    }

    /// Gives all pairs of one moment in the order of their keys.
    fn export(&self, sink: &mut dyn FnMut(Pair) -> Result<(), StoreError>) -> Result<(), StoreError>;
}
