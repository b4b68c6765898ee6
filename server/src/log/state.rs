//! The rows of the log in its partition, SHA-256 of its origin: state, checkpoint, last batch, line of predecessors.
//!
//! | suffix | value |
//! |---|---|
//! | `state` | [`State`], which every transaction of the log expects as it was |
//! | `checkpoint` | the signed note of that state |
//! | `batch`, chunk (1 byte) | the batch's first index (8 bytes), then up to 500 times history (32) and n (8): who got the last indices, in their order |
//! | `line`, place (1 byte) | a predecessor, the oldest first |

pub(super) use carnet_rest::batch::Numbered;
use carnet_rest::batch::{self, CHUNK};
pub(super) use carnet_rest::{LogState as State, Past};
use carnet_wire::cbor;
use carnet_wire::origin::Origin;

use super::LogError;
use crate::store::{Key, Records, Row, Space};

/// Whether the log may grow.
pub(super) fn check(state: &State) -> Result<(), LogError> {
    match &state.successor {
        Some(successor) => Err(LogError::Succeeded(successor.clone())),
        None if state.restored => Err(LogError::Restored),
        None => Ok(()),
    }
}

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
pub(super) fn batch_rows(partition: [u8; 32], first: u64, leaves: &[Numbered]) -> Vec<Row> {
    let chunks = (0_u8..).zip(leaves.chunks(CHUNK));
    chunks.map(|(number, chunk)| (batch_key(partition, number), batch::encode(first, chunk))).collect()
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
    let mut leaves = Vec::with_capacity(count);
    for chunk in records.get(keys).await? {
        let chunk = chunk.ok_or(LogError::Damaged)?;
        let (first, chunk) = batch::decode(&chunk).ok_or(LogError::Damaged)?;
        if first != state.batch {
            return Err(LogError::Damaged);
        }
        leaves.extend(chunk);
    }
    if leaves.len() == count { Ok(leaves) } else { Err(LogError::Damaged) }
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
const MAX_STATE: usize = 1024;
