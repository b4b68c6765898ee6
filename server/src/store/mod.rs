//! Records: everything small that the server keeps, as opaque bytes under structured keys.
//!
//! # The contract
//! - **Durable.** When [`Records::commit`] returns [`Commit::Done`], the transaction survives the loss of power. Where the system
//!   refuses to make it so, the process ends ([`crate::durability`]): nothing is answered that may not last.
//! - **Atomic.** All of a transaction or nothing of it, whatever happens in between.
//! - **Guarded.** A transaction names what it was decided from ([`Transaction::expect`]). If any of it has changed, nothing is done
//!   and the answer is [`Commit::Stale`]: the caller reads again and decides anew. There are no locks to hold, so that any number
//!   of servers may share one store.
//! - **Small.** A transaction changes one partition only (one vault, one account, the log), with at most [`Transaction::MAX_ROWS`]
//!   rows and [`Transaction::MAX_BYTES`] bytes, so that it fits every distributed engine.
//! - **Checked.** A value carries a checksum over itself and its key, verified each time it is read ([`StoreError::Corrupt`]).
//! - **Read your writes.** A read that begins after a commit has returned sees it. Two reads may see two moments: what must hold
//!   together is guarded at commit.
//! - **Ordered.** A scan gives the rows of a space in the order of their keys' bytes.
//!
//! Backends know nothing of what they keep. All pass `conformance`, which the feature `testing` shows.

mod backend;
mod bounds;
mod committer;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod embedded;
pub mod engine;
mod folder;
mod import;
mod journal;
mod journaled;
pub mod memory;
#[cfg(test)]
mod model;
mod open;
mod reclaim;
mod redb;
mod room;
mod shadow;
mod sled;

use std::any::Any;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use carnet_rest::checksum;

pub use carnet_rest::{Key, Space};
pub use engine::{Engine, OpenError, Resources};
pub use import::import;
pub use memory::Memory;
pub use open::{open, open_along};
pub use reclaim::{Reclaimed, reclaim};

pub(crate) use backend::{Backend, Changes};
pub(crate) use open::redb;
pub(crate) use redb::Redb;

/// A record: where it is and what it holds.
pub type Row = (Key, Vec<u8>);

/// Which rows a scan gives.
#[derive(Debug, Clone)]
pub struct Range {
    /// The space.
    pub space: Space,
    /// One partition, or the whole space in the order of its partitions.
    pub partition: Option<[u8; 32]>,
    /// Only suffixes that begin so. Without a partition: empty.
    pub prefix: Vec<u8>,
    /// Only keys after this one.
    pub after: Option<Key>,
    /// Only keys from the one to the other, both of them too.
    pub within: Option<(Key, Key)>,
    /// At most so many rows, from the first, or from the last backwards.
    pub limit: usize,
    /// From the last row backwards; `after` then means before.
    pub backwards: bool,
}

impl Range {
    /// The rows of one partition whose suffix begins with `prefix`.
    #[must_use]
    pub fn of(space: Space, partition: [u8; 32], prefix: impl Into<Vec<u8>>) -> Self {
        let prefix = prefix.into();
        Self { partition: Some(partition), prefix, ..Self::all(space) }
    }

    /// All rows of a space.
    #[must_use]
    pub fn all(space: Space) -> Self {
        let (partition, prefix, after, within) = (None, Vec::new(), None, None);
        Self { space, partition, prefix, after, within, limit: 1000, backwards: false }
    }

    /// The same, beginning after a key.
    #[must_use]
    pub fn after(self, after: Option<Key>) -> Self {
        Self { after, ..self }
    }

    /// The same, only from one key to another, both of them too.
    #[must_use]
    pub fn within(self, first: Key, last: Key) -> Self {
        Self { within: Some((first, last)), ..self }
    }

    /// The same, with at most so many rows.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The same, from the last row.
    #[must_use]
    pub fn backwards(self) -> Self {
        Self { backwards: true, ..self }
    }
}

/// What changes together, and what it was decided from.
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    /// Records that must be just so (`None`: absent) for the transaction to be done.
    pub expect: Vec<(Key, Option<Vec<u8>>)>,
    /// Records to write.
    pub put: Vec<Row>,
    /// Records to remove; none of them may also be written.
    pub delete: Vec<Key>,
    /// What is made to last together with it, of a store that [carries](Records::carries) such things: bytes that [`Along`] knows.
    pub along: Vec<Carried>,
}

impl Transaction {
    /// Most rows that a transaction writes and removes.
    pub const MAX_ROWS: usize = 100;
    /// Most bytes of keys and values that it writes.
    pub const MAX_BYTES: usize = 1024 * 1024;

    /// Whether it keeps to the limits and to one partition, and names no record twice.
    #[must_use]
    pub fn fits(&self) -> bool {
        let keys = || self.put.iter().map(|(key, _)| key).chain(&self.delete);
        let bytes: usize = self.put.iter().map(|(key, value)| key.suffix.len() + value.len() + 33).sum();
        let first = keys().next().map(|key| key.partition);
        keys().all(|key| Some(key.partition) == first && key.suffix.len() <= Key::MAX_SUFFIX)
            && keys().count() <= Self::MAX_ROWS
            && bytes <= Self::MAX_BYTES
            && keys().collect::<HashSet<_>>().len() == keys().count()
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Commit {
    /// It is durable.
    Done,
    /// Something that it was decided from has changed: nothing was done.
    Stale,
}

/// Why a store does not answer. What it was asked is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The backend failed.
    #[error("the store failed: {0}")]
    Backend(String),
    /// A record is not what was written.
    #[error("a record of space {0:?} is damaged")]
    Corrupt(Space),
    /// The transaction is beyond the limits ([`Transaction::fits`]).
    #[error("a transaction beyond the limits")]
    TooLarge,
    /// The disk is nearly full: only what removes records is done.
    #[error("the disk is nearly full")]
    Full,
}

/// What goes along with a transaction: a name and bytes, which [`Along`] knows. They last as one after the other.
#[derive(Clone)]
pub struct Carried {
    /// Which it is.
    pub name: Vec<u8>,
    /// What it is.
    pub bytes: Bytes,
    /// Whether it lies on the disk already, and only gets its place.
    pub uploaded: bool,
    /// Dropped once they have their place, or the transaction came to nothing, also where the caller stopped waiting.
    pub held: Option<Arc<dyn Any + Send + Sync>>,
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Carried({} bytes)", self.bytes.len())
    }
}

/// Where that which goes along with transactions lives, once it has been made to last with them.
pub trait Along: Send + Sync + 'static {
    /// Puts something in its place: its transaction lasts, and nobody has seen it yet.
    ///
    /// # Errors
    /// An I/O error: the process ends, and the next start [restores](Along::restore) it.
    fn place(&self, along: &Carried) -> io::Result<()>;

    /// At the opening of a store that did not end well: puts back what may not have reached its place.
    ///
    /// # Errors
    /// An I/O error.
    fn restore(&self, along: &[u8]) -> io::Result<()>;

    /// Makes all that is in its place last there: the store forgets it afterwards. Blocks.
    ///
    /// # Errors
    /// An I/O error: the process ends.
    fn secure(&self) -> io::Result<()>;
}

/// A store of records.
#[async_trait]
pub trait Records: Send + Sync + 'static {
    /// The values of these keys, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn get(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// The rows of a range.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn scan(&self, range: Range) -> Result<Vec<Row>, StoreError>;

    /// Does a transaction, durably. It may be done too where the caller stops waiting.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::Full`]; another [`StoreError`] where nothing was done.
    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError>;

    /// Whether a transaction may take something along. Where not, one that does is refused ([`StoreError::TooLarge`]).
    fn carries(&self) -> bool {
        false
    }

    /// Gives every record to `sink`, all of one moment, in the order of their keys, while the store goes on.
    ///
    /// # Errors
    /// [`StoreError`]; also where `sink` fails.
    async fn export(&self, sink: Box<dyn FnMut(Row) -> io::Result<()> + Send>) -> Result<(), StoreError>;
}

/// The values of these keys, in their order, as [`Records::get`] gives them. The keys are of one space and partition and lie close together: they
/// are read in one pass over what lies between them, and one by one only those that much else keeps apart.
///
/// # Errors
/// [`StoreError`].
pub async fn neighbours(records: &dyn Records, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
    let (Some(first), Some(last)) = (keys.iter().min(), keys.iter().max()) else { return Ok(Vec::new()) };
    if keys.len() < FEW {
        return records.get(keys).await;
    }
    let limit = keys.len() + keys.len() / 4;
    let range = Range::of(first.space, first.partition, Vec::new()).within(first.clone(), last.clone());
    let rows = records.scan(range.limit(limit)).await?;
    let reached = rows.last().map(|(key, _)| key.clone()).filter(|_| rows.len() == limit);
    let mut found: BTreeMap<Key, Vec<u8>> = rows.into_iter().collect();
    if let Some(reached) = reached {
        let beyond: Vec<_> = keys.iter().filter(|key| **key > reached).cloned().collect();
        let values = records.get(beyond.clone()).await?;
        found.extend(beyond.into_iter().zip(values).filter_map(|(key, value)| Some((key, value?))));
    }
    let distinct = keys.iter().collect::<HashSet<_>>().len() == keys.len();
    let value = |key| if distinct { found.remove(key) } else { found.get(key).cloned() };
    Ok(keys.iter().map(value).collect())
}

/// Fewer keys than this are read one by one.
const FEW: usize = 8;

/// The row of a stored key and a value with its checksum.
fn row(key: &[u8], framed: Vec<u8>) -> Result<Row, StoreError> {
    let parsed = Key::from_bytes(key).ok_or_else(|| StoreError::Backend("a key of no known space".into()))?;
    let value = unframe(parsed.space, key, framed)?;
    Ok((parsed, value))
}

/// The value of stored bytes.
///
/// # Errors
/// [`StoreError::Corrupt`] where they are not what was stored under this key.
fn unframe(space: Space, key: &[u8], framed: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    checksum::open(key, framed).ok_or(StoreError::Corrupt(space))
}
