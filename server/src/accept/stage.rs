//! Staging: what a large statement changes is written before it, in chunks, and seen by nobody until the statement's number exists.
//!
//! Each chunk is a transaction of its own and leaves a `Stage` row that lists its keys. The last transaction writes the number,
//! removes the `Stage` rows, and expects them as they were written: a stage that was swept, or taken over by a contender, cannot
//! become a statement.

pub(crate) use carnet_rest::Staged;
use carnet_wire::cbor;
use carnet_wire::id::StatementHash;

use super::Decided;
use crate::history::{Head, HistoryId, Kept, number_key, statement_key};
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::{Commit, Key, Row, Space, Transaction};

/// Where a chunk of a stage is.
pub(crate) fn stage_key(id: HistoryId, hash: &StatementHash, chunk: u64) -> Key {
    Key::new(Space::Stage, id, [hash.as_bytes().as_slice(), &chunk.to_be_bytes()].concat())
}

/// The rows that every statement writes: the head, itself, its number.
pub(super) fn own_rows(
    id: HistoryId,
    hash: &StatementHash,
    number: u64,
    head: &Head,
    kept: &Kept,
    in_chain: bool,
) -> Vec<Row> {
    let mut rows = vec![
        (crate::history::History::head_key(id), cbor::encode(head)),
        (statement_key(id, number), cbor::encode(kept)),
        (number_key(id, hash), number.to_be_bytes().to_vec()),
    ];
    if in_chain {
        rows.push((Key::new(Space::Chain, id, number.to_be_bytes()), Vec::new()));
    }
    rows
}

/// Commits a statement, in one transaction where it fits, else after its stage. Says whether it was still to be decided so.
///
/// # Errors
/// [`Refusal::Internal`].
pub(super) async fn commit(
    app: &App,
    id: HistoryId,
    hash: &StatementHash,
    was: (Key, Option<Vec<u8>>),
    mut decided: Decided,
    own: Vec<Row>,
) -> Result<bool, Refusal> {
    write_hints(app, std::mem::take(&mut decided.hints)).await?;
    let Decided { rows, with, without, mut expect, along, .. } = decided;
    expect.push(was);
    let mut put = own;
    put.extend(with);
    let last = put.len();
    put.extend(rows);
    let mut whole = Transaction { expect, put, delete: without, along };
    if !whole.fits() {
        let stages = write_stage(app, id, hash, whole.put.split_off(last)).await?;
        whole.delete.extend(stages.iter().map(|(key, _)| key.clone()));
        whole.expect.extend(stages.into_iter().map(|(key, value)| (key, Some(value))));
    }
    Ok(app.records.commit(whole).await? == Commit::Done)
}

/// Writes leads from other partitions to this history, those that are not there yet.
async fn write_hints(app: &App, hints: Vec<Row>) -> Result<(), Refusal> {
    let there = app.records.get(hints.iter().map(|(key, _)| key.clone()).collect()).await?;
    let missing = hints.into_iter().zip(there).filter(|(_, there)| there.is_none());
    let commits = missing
        .map(|(hint, _)| app.records.commit(Transaction { put: vec![hint], ..Transaction::default() }));
    for commit in futures_util::future::join_all(commits).await {
        let _ = commit?;
    }
    Ok(())
}

/// Writes rows in chunks, each with the list of its keys. The chunks wait for one flush together: nobody sees any of them yet.
async fn write_stage(
    app: &App,
    id: HistoryId,
    hash: &StatementHash,
    rows: Vec<Row>,
) -> Result<Vec<Row>, Refusal> {
    let time = crate::clock::now();
    let (mut stages, mut commits) = (Vec::new(), Vec::new());
    let mut chunk = Vec::new();
    let mut bytes = 0;
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        bytes += row.1.len() + row.0.suffix.len() * 2 + 128;
        chunk.push(row);
        let next = rows.peek().map_or(usize::MAX, |row| row.1.len() + row.0.suffix.len() * 2 + 128);
        if chunk.len() + 1 < Transaction::MAX_ROWS && bytes.saturating_add(next) < Transaction::MAX_BYTES / 2
        {
            continue;
        }
        let keys = chunk.iter().map(|(key, _)| key.to_bytes().into()).collect();
        let number = u64::try_from(stages.len()).unwrap_or(u64::MAX);
        let stage = (stage_key(id, hash, number), cbor::encode(&Staged { time, keys }));
        stages.push(stage.clone());
        let put = std::mem::take(&mut chunk).into_iter().chain([stage]).collect();
        bytes = 0;
        commits.push(app.records.commit(Transaction { put, ..Transaction::default() }));
    }
    for commit in futures_util::future::join_all(commits).await {
        let _ = commit?;
    }
    Ok(stages)
}
