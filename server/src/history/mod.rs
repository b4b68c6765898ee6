//! Histories: the statements of one vault, or of one account, as an RFC 6962 tree that only grows.
//!
//! Every accepted statement changes the history's head, and the transaction that accepts it expects the head that it was decided
//! from: two statements of one history never cross, whatever number of servers share the store. An account's history holds
//! its line and what authorities say of it; a vault's holds everything that was stated in it.

mod page;
mod proof;

pub use carnet_rest::{Head, HistoryKind, Kept};
pub use page::{chain_page, history_page};
pub use proof::{StoredNodes, consistency, place_proof, state_proof};

use carnet_wire::cbor;
use carnet_wire::id::StatementHash;
use minicbor::{Decode, Encode};

use crate::refusal::Refusal;
use crate::store::{Key, Records, Space};

/// The id of a history: a vault's or an account's. Both are hashes, so that no two are equal.
pub type HistoryId = [u8; 32];

/// A history as it was read: what is decided from it is committed only if it is still so.
#[derive(Debug, Clone)]
pub struct History {
    /// Whose it is.
    pub id: HistoryId,
    /// Its head.
    pub head: Head,
    /// The head's bytes in the store.
    pub was: Vec<u8>,
}

impl History {
    /// Where its head is.
    #[must_use]
    pub fn head_key(id: HistoryId) -> Key {
        Key::new(Space::Head, id, Vec::new())
    }

    /// Reads one; nothing where there is none.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn load(records: &dyn Records, id: HistoryId) -> Result<Option<Self>, Refusal> {
        Self::from_row(id, one(records, Self::head_key(id)).await?)
    }

    /// The same, and the number of a statement of it, where it has that statement.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn load_with(
        records: &dyn Records,
        id: HistoryId,
        hash: &StatementHash,
    ) -> Result<(Option<Self>, Option<u64>), Refusal> {
        let mut rows = records.get(vec![Self::head_key(id), number_key(id, hash)]).await?.into_iter();
        let (head, number) = (rows.next().flatten(), rows.next().flatten());
        Ok((Self::from_row(id, head)?, number.as_deref().and_then(read_number)))
    }

    fn from_row(id: HistoryId, row: Option<Vec<u8>>) -> Result<Option<Self>, Refusal> {
        row.map(|was| Ok(Self { id, head: decode(&was)?, was })).transpose()
    }
}

/// Reads statements by their numbers, in their order.
///
/// # Errors
/// [`Refusal::Internal`] where one is missing.
pub async fn kept_at(records: &dyn Records, id: HistoryId, numbers: &[u64]) -> Result<Vec<Kept>, Refusal> {
    let keys = numbers.iter().map(|number| statement_key(id, *number)).collect();
    let rows = records.get(keys).await?;
    rows.into_iter().map(|row| decode(&row.ok_or(Refusal::Internal)?)).collect()
}

/// Reads one statement by its number.
///
/// # Errors
/// [`Refusal::Internal`] where it is missing.
pub async fn kept_one(records: &dyn Records, id: HistoryId, number: u64) -> Result<Kept, Refusal> {
    decode(&one(records, statement_key(id, number)).await?.ok_or(Refusal::Internal)?)
}

/// Reads one statement by its hash; nothing where the history does not have it.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn kept_of(
    records: &dyn Records,
    id: HistoryId,
    hash: &StatementHash,
) -> Result<Option<(u64, Kept)>, Refusal> {
    let number = one(records, number_key(id, hash)).await?;
    match number.as_deref().and_then(read_number) {
        Some(number) => Ok(Some((number, kept_one(records, id, number).await?))),
        None => Ok(None),
    }
}

/// Where a statement is.
#[must_use]
pub fn statement_key(id: HistoryId, number: u64) -> Key {
    Key::new(Space::Statement, id, number.to_be_bytes())
}

/// Where a statement's number is. While it is absent, rows written for the statement are invisible.
#[must_use]
pub fn number_key(id: HistoryId, hash: &StatementHash) -> Key {
    Key::new(Space::Number, id, *hash.as_bytes())
}

/// Where a complete node of a history's tree is.
#[must_use]
pub fn node_key(id: HistoryId, level: u8, index: u64) -> Key {
    Key::new(Space::Node, id, [&[level], index.to_be_bytes().as_slice()].concat())
}

/// A number as it is kept.
#[must_use]
pub fn read_number(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}

/// Reads one record.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn one(records: &dyn Records, key: Key) -> Result<Option<Vec<u8>>, Refusal> {
    Ok(records.get(vec![key]).await?.into_iter().next().flatten())
}

/// Reads back what the server itself wrote in CBOR.
///
/// # Errors
/// [`Refusal::Internal`], logged.
pub fn decode<T: for<'b> Decode<'b, ()> + Encode<()>>(bytes: &[u8]) -> Result<T, Refusal> {
    cbor::decode(bytes, usize::MAX).map_err(|_| {
        tracing::error!(code = "record-unreadable", kind = std::any::type_name::<T>());
        Refusal::Internal
    })
}
