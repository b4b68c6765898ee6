//! The sequencer: it takes leaves from the queue into the tree, in rounds.
//!
//! A round: finish the last batch if that is not known to be done; scan the queue; append; commit the batch; publish; finish it.
//! - Commit: tiles, bundles, checkpoint, state and the batch's record in one transaction that expects the state it began with.
//! - Finish: the places of the batch, and its rows of the queue removed, one small transaction each, in any order, as often as one likes.
//!
//! Each leaf gets in once: batches are finished before the next one begins, and a leaf that the scan still finds after
//! that has no place, unless another server went on meanwhile; then the state has changed, and the commit is stale.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use carnet_wire::StableCode as _;
use carnet_wire::log_leaf::LogLeaf;
use carnet_wire::origin::Origin;
use carnet_wire::tree::TreeRoot;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::{Instant, sleep, sleep_until};

use super::edge::Edge;
use super::state::{self, Numbered, State};
use super::{Log, LogError, checkpoint_row, load_checkpoint, place_key, state_row, verify};
use crate::store::{Commit, Key, Range, Records, Row, Space, Transaction};

/// At most one round begins in this time, so that leaves gather.
const BATCH_WAIT: Duration = Duration::from_millis(250);
/// The queue is looked at so often without being told to: another server may have queued something.
const IDLE: Duration = Duration::from_secs(5);
/// Most leaves of one transaction: at most 17 tiles and bundles of 17 KB, and 40 KB of places.
const MAX_BATCH: usize = 1000;
/// A place written and a row of the queue removed: two rows a leaf.
const MAX_FINISHED: usize = Transaction::MAX_ROWS / 2;
/// Transactions that finish a batch, at a time: they share their fsyncs.
const AT_A_TIME: usize = 64;

/// One sequencer. Several on one store are safe, and slower.
pub(super) struct Sequencer {
    log: Log,
    /// The size up to which batches are known to be finished.
    finished: Option<u64>,
    /// Where the next scan begins, so that no history waits behind busier ones for ever.
    after: Option<Key>,
}

struct Waiting {
    leaves: Vec<(Numbered, LogLeaf)>,
    /// Whether more waits than was taken.
    more: bool,
}

impl Sequencer {
    pub(super) fn new(log: Log) -> Self {
        Self { log, finished: None, after: None }
    }

    pub(super) async fn run(mut self, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        loop {
            let next = Instant::now() + BATCH_WAIT;
            self.attempt().await;
            let woken = async {
                self.log.0.wake.notified().await;
                sleep_until(next).await;
            };
            tokio::select! {
                () = &mut stop => break,
                () = woken => {}
                () = sleep(IDLE) => {}
            }
        }
        self.attempt().await;
    }

    async fn attempt(&mut self) {
        let failing = self.drain().await.err().map(|error| {
            tracing::error!(code = error.code(), %error, "the log does not grow");
            error.code()
        });
        self.log.0.published.send_if_modified(|published| {
            let changed = published.failing != failing;
            published.failing = failing;
            changed
        });
    }

    /// Rounds until nothing waits; gives the number of leaves appended.
    pub(super) async fn drain(&mut self) -> Result<u64, LogError> {
        let mut appended = 0;
        loop {
            let (leaves, more) = self.round().await?;
            appended += leaves;
            if !more {
                return Ok(appended);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Finishes the last batch, if that is not known to be done, and publishes its checkpoint.
    pub(super) async fn finish_last(&mut self) -> Result<(), LogError> {
        loop {
            let (state, bytes) = self.load().await?;
            match self.finish_state(&state).await {
                Err(LogError::Damaged) if self.moved(&bytes).await? => {}
                done => return done,
            }
        }
    }

    async fn finish_state(&mut self, state: &State) -> Result<(), LogError> {
        if self.finished == Some(state.size) {
            return Ok(());
        }
        let log = self.log.0.clone();
        let note = load_checkpoint(&*log.records, log.partition).await?;
        let (size, _) = verify(&note, log.signer.verifier())?;
        self.log.publish(size, note);
        let batch = state::load_batch(&*log.records, log.partition, state).await?;
        self.finish(state.batch, batch).await?;
        self.finished = Some(state.size);
        Ok(())
    }

    async fn load(&self) -> Result<(State, Vec<u8>), LogError> {
        let loaded = state::load(&*self.log.0.records, self.log.0.partition).await?;
        let (state, bytes) = loaded.ok_or(LogError::Absent)?;
        state::check(&state)?;
        Ok((state, bytes))
    }

    async fn moved(&self, bytes: &[u8]) -> Result<bool, LogError> {
        state::moved(&*self.log.0.records, self.log.0.partition, bytes).await
    }

    async fn finish(&self, first: u64, batch: Vec<Numbered>) -> Result<(), LogError> {
        finish(&*self.log.0.records, self.log.origin(), first, batch).await?;
        self.log.0.published.send_modify(|published| published.placed += 1);
        Ok(())
    }

    async fn round(&mut self) -> Result<(u64, bool), LogError> {
        let (state, bytes) = self.load().await?;
        match self.round_from(&state, bytes.clone()).await {
            // Another server went on while we read: what we read may be of two moments. Look again.
            Err(LogError::Damaged) if self.moved(&bytes).await? => Ok((0, true)),
            done => done,
        }
    }

    async fn round_from(&mut self, state: &State, bytes: Vec<u8>) -> Result<(u64, bool), LogError> {
        self.finish_state(state).await?;
        let Waiting { leaves, more } = self.waiting().await?;
        if leaves.is_empty() {
            return Ok((0, more));
        }
        let log = self.log.0.clone();
        let mut edge = Edge::load(&log.tiles, state.size).await?;
        for (_, leaf) in &leaves {
            edge.append(leaf)?;
        }
        let batch: Vec<Numbered> = leaves.iter().map(|(numbered, _)| *numbered).collect();
        let next = State::new(edge.size(), edge.root()?, state.size);
        let (checkpoint, note) = checkpoint_row(log.partition, &log.signer, &next)?;
        let mut put = vec![state_row(log.partition, &next), checkpoint];
        put.extend(edge.rows(&log.tiles));
        put.extend(state::batch_rows(log.partition, state.size, &batch));
        let expect = vec![(state::state_key(log.partition), Some(bytes))];
        match log.records.commit(Transaction { expect, put, ..Transaction::default() }).await? {
            Commit::Stale => Ok((0, true)),
            Commit::Done => {
                self.log.publish(next.size, note);
                self.finish(state.size, batch).await?;
                self.finished = Some(next.size);
                Ok((leaves.len() as u64, more))
            }
        }
    }

    /// What waits, in the order of the queue: a history's leaves by their number.
    async fn waiting(&mut self) -> Result<Waiting, LogError> {
        let records = &self.log.0.records;
        let from = self.after.take();
        let wrapped = from.is_none();
        let rows = records.scan(Range::all(Space::Queue).limit(MAX_BATCH).after(from)).await?;
        let full = rows.len() == MAX_BATCH;
        let rows: Vec<(Numbered, Vec<u8>)> = rows.into_iter().map(numbered).collect::<Result<_, _>>()?;
        // A scan may have passed a history before its statement n was queued, and come by again after n + 1 was: such a
        // history waits for the next scan.
        let starts = rows.chunk_by(|a, b| a.0.0 == b.0.0).filter_map(|rows| rows.first());
        let before: Vec<Numbered> =
            starts.filter(|((_, n), _)| *n > 1).map(|((history, n), _)| (*history, n - 1)).collect();
        let missed: Vec<Key> = before.iter().map(|numbered| queue_key(*numbered)).collect();
        let places = rows.iter().map(|((history, n), _)| place_key(*history, *n));
        let mut found = records.get(missed.into_iter().chain(places).collect()).await?.into_iter();
        let missed: BTreeSet<[u8; 32]> = before
            .iter()
            .zip(found.by_ref().take(before.len()))
            .filter_map(|((history, _), row)| row.map(|_| *history))
            .collect();
        let mut leaves = Vec::with_capacity(rows.len());
        let mut placed = Vec::new();
        for ((numbered, bytes), place) in rows.into_iter().zip(found) {
            if place.is_some() {
                placed.push(queue_key(numbered));
            } else if !missed.contains(&numbered.0) {
                leaves.push((numbered, leaf(&bytes)?));
            }
            if full {
                self.after = Some(queue_key(numbered));
            }
        }
        for delete in
            placed.chunk_by(|a, b| a.partition == b.partition).flat_map(|keys| keys.chunks(MAX_FINISHED))
        {
            let delete = delete.to_vec();
            let _unguarded = records.commit(Transaction { delete, ..Transaction::default() }).await?;
        }
        Ok(Waiting { leaves, more: full || !wrapped || !missed.is_empty() })
    }
}

/// Records the places of a batch that begins at index `first`, and takes its leaves from the queue. Idempotent.
pub(super) async fn finish(
    records: &dyn Records,
    origin: &Origin,
    first: u64,
    batch: Vec<Numbered>,
) -> Result<(), LogError> {
    let mut placed: Vec<(Numbered, u64)> = batch.into_iter().zip(first..).collect();
    placed.sort_unstable();
    let place = |((history, n), index): &(Numbered, u64)| {
        (place_key(*history, *n), [index.to_be_bytes().as_slice(), origin.as_str().as_bytes()].concat())
    };
    let transactions: Vec<Transaction> = placed
        .chunk_by(|((a, _), _), ((b, _), _)| a == b)
        .flat_map(|of_one_history| of_one_history.chunks(MAX_FINISHED))
        .map(|placed| Transaction {
            put: placed.iter().map(place).collect(),
            delete: placed.iter().map(|(numbered, _)| queue_key(*numbered)).collect(),
            ..Transaction::default()
        })
        .collect();
    stream::iter(transactions)
        .map(|transaction| records.commit(transaction))
        .buffer_unordered(AT_A_TIME)
        .try_for_each(|_unguarded| std::future::ready(Ok(())))
        .await?;
    Ok(())
}

fn queue_key((history, n): Numbered) -> Key {
    Key::new(Space::Queue, history, n.to_be_bytes())
}

fn numbered((key, value): Row) -> Result<(Numbered, Vec<u8>), LogError> {
    let n = key.suffix.as_slice().try_into().map_err(|_| LogError::Damaged)?;
    Ok(((key.partition, u64::from_be_bytes(n)), value))
}

fn leaf(bytes: &[u8]) -> Result<LogLeaf, LogError> {
    let (tag, root) = bytes.split_first_chunk::<32>().ok_or(LogError::Damaged)?;
    let root = root.try_into().map_err(|_| LogError::Damaged)?;
    Ok(LogLeaf::from_parts(*tag, TreeRoot::from_bytes(root)))
}
