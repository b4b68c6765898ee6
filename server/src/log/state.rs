//! The rows of the log in its partition, SHA-256 of its origin: state, checkpoint, last batch, line of predecessors.
//!
//! | suffix | value |
//! |---|---|
//! | `state` | [`State`], which every transaction of the log expects as it was |
//! | `checkpoint` | the signed note of that state |
//! | `batch`, chunk (1 byte) | the batch's first index (8 bytes), then up to 500 times history (32) and n (8): who got the last indices, in their order |
//! | `line`, place (1 byte) | a predecessor, the oldest first |

use carnet_wire::cbor;
use carnet_wire::origin::Origin;
use carnet_wire::tree::TreeRoot;
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use super::LogError;
use crate::store::{Key, Records, Row, Space};

/// What the log is at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct State {
    /// The number of leaves.
    #[n(0)]
    pub(super) size: u64,
    /// Their root.
    #[n(1)]
    pub(super) root: TreeRoot,
    /// The index of the first leaf of the last batch; the batch ends with the log.
    #[n(2)]
    pub(super) batch: u64,
    /// A backup was restored, and nobody has said yet whether the log reaches its last checkpoint.
    #[n(3)]
    pub(super) restored: bool,
    /// The log that took this one's place.
    #[n(4)]
    pub(super) successor: Option<Origin>,
}

impl State {
    pub(super) fn new(size: u64, root: TreeRoot, batch: u64) -> Self {
        Self { size, root, batch, restored: false, successor: None }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Whether the log may grow.
    pub(super) fn check(&self) -> Result<(), LogError> {
        match &self.successor {
            Some(successor) => Err(LogError::Succeeded(successor.clone())),
            None if self.restored => Err(LogError::Restored),
            None => Ok(()),
        }
    }
}

/// A log before this one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Past {
    /// Its origin.
    #[n(0)]
    pub(super) origin: Origin,
    /// Its key.
    #[n(1)]
    pub(super) key: ByteArray<32>,
    /// The signed note that this log's first leaf commits to.
    #[n(2)]
    pub(super) last: ByteVec,
    /// How many of its leaves are kept.
    #[n(3)]
    pub(super) kept: u64,
}

/// Whose leaf: history and number of the statement.
pub(super) type Numbered = ([u8; 32], u64);

/// The partition of a log.
pub(super) fn partition(origin: &Origin) -> [u8; 32] {
    sha256(origin.as_str().as_bytes())
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.iter_mut()
        .zip(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
        .for_each(|(to, from)| *to = *from);
    out
}

pub(super) fn state_key(partition: [u8; 32]) -> Key {
    Key::new(Space::Log, partition, b"state")
}

pub(super) fn checkpoint_key(partition: [u8; 32]) -> Key {
    Key::new(Space::Log, partition, b"checkpoint")
}

pub(super) fn line_key(partition: [u8; 32], place: u8) -> Key {
    Key::new(Space::Log, partition, [LINE, &[place]].concat())
}

/// Reads the state, and its exact bytes for a transaction to expect.
pub(super) async fn load(
    records: &dyn Records,
    partition: [u8; 32],
) -> Result<Option<(State, Vec<u8>)>, LogError> {
    let Some(bytes) = records.get(vec![state_key(partition)]).await?.pop().flatten() else { return Ok(None) };
    let state = cbor::decode(&bytes, MAX_STATE).map_err(|_| LogError::Damaged)?;
    Ok(Some((state, bytes)))
}

/// The rows of a batch that begins at index `first`. Rows of a longer one before stay, and are not looked at.
pub(super) fn batch_rows(partition: [u8; 32], first: u64, batch: &[Numbered]) -> Vec<Row> {
    let value = |chunk: &[Numbered]| {
        let numbered = chunk.iter().flat_map(|(history, n)| [history.as_slice(), &n.to_be_bytes()].concat());
        first.to_be_bytes().into_iter().chain(numbered).collect()
    };
    let chunks = (0_u8..).zip(batch.chunks(CHUNK));
    chunks.map(|(number, chunk)| (batch_key(partition, number), value(chunk))).collect()
}

/// Reads the last batch: whose the leaves from `state.batch` on are.
///
/// [`LogError::Damaged`] also where another server has written the next batch since the state was read ([`moved`]).
pub(super) async fn load_batch(
    records: &dyn Records,
    partition: [u8; 32],
    state: &State,
) -> Result<Vec<Numbered>, LogError> {
    let count = state.size.checked_sub(state.batch).and_then(|count| usize::try_from(count).ok());
    let count = count.filter(|count| *count <= CHUNK * usize::from(u8::MAX)).ok_or(LogError::Damaged)?;
    let keys = (0_u8..).take(count.div_ceil(CHUNK)).map(|chunk| batch_key(partition, chunk)).collect();
    let mut batch = Vec::with_capacity(count);
    for chunk in records.get(keys).await? {
        let chunk = chunk.ok_or(LogError::Damaged)?;
        let (first, chunk) = chunk.split_first_chunk().ok_or(LogError::Damaged)?;
        if u64::from_be_bytes(*first) != state.batch {
            return Err(LogError::Damaged);
        }
        for numbered in chunk.chunks(40) {
            let (history, n) = numbered.split_first_chunk().ok_or(LogError::Damaged)?;
            batch.push((*history, u64::from_be_bytes(n.try_into().map_err(|_| LogError::Damaged)?)));
        }
    }
    if batch.len() == count { Ok(batch) } else { Err(LogError::Damaged) }
}

/// Whether the state is another than these bytes by now: what was read beside it may then be of another moment.
pub(super) async fn moved(
    records: &dyn Records,
    partition: [u8; 32],
    bytes: &[u8],
) -> Result<bool, LogError> {
    Ok(load(records, partition).await?.is_none_or(|(_, now)| now != bytes))
}

fn batch_key(partition: [u8; 32], chunk: u8) -> Key {
    Key::new(Space::Log, partition, [b"batch".as_slice(), &[chunk]].concat())
}

/// The prefix of the line's rows.
pub(super) const LINE: &[u8] = b"line";
/// 20,008 bytes: below the size from which an embedded engine keeps values in files of their own.
const CHUNK: usize = 500;
const MAX_STATE: usize = 1024;
