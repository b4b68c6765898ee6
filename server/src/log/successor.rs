//! After a restore: the log goes on under its origin only where nothing that anybody saw is missing; else a successor begins.
//!
//! ```text
//! restore        -> mark_restored     Log::open now refuses (log-restored)
//! last known checkpoint reached       -> resume: the same log goes on
//! not reached                         -> succeed: a new origin, whose first leaf commits to that checkpoint
//! ```
//! The checkpoint must be the newest that any witness or client has; the store cannot know it. Clients that saw a newer one
//! than the operator gives will refuse the successor.

use std::sync::Arc;

use carnet_wire::StableCode as _;
use carnet_wire::cbor;
use carnet_wire::checkpoint::{SignedCheckpoint, VerifiedCheckpoint};
use carnet_wire::log_leaf::LogLeaf;
use carnet_wire::note::VerifierKey;
use carnet_wire::origin::Origin;
use carnet_wire::tree::TreeRoot;

use super::edge::Edge;
use super::signer::LogSigner;
use super::state::{self, Past, State};
use super::tiles::Tiles;
use super::{Log, LogError, checkpoint_row, load_line, state_row};
use crate::store::{Commit, Range, Records, Space, Transaction};

/// A log's last known checkpoint, verified, with its exact bytes.
#[derive(Debug, Clone)]
pub struct LastCheckpoint {
    note: Vec<u8>,
    verified: VerifiedCheckpoint,
    key: [u8; 32],
}

impl LastCheckpoint {
    /// Verifies a signed note, as a witness or client gives it, under the log's key.
    ///
    /// # Errors
    /// [`LogError::NotACheckpoint`] with the code of the cause.
    pub fn parse(note: &[u8], log: &VerifierKey) -> Result<Self, LogError> {
        let verified = SignedCheckpoint::parse(note).and_then(|signed| signed.verify(log));
        let verified = verified.map_err(|error| LogError::NotACheckpoint(error.code()))?;
        Ok(Self { note: note.to_vec(), verified, key: *log.as_bytes() })
    }

    fn origin(&self) -> &Origin {
        self.verified.checkpoint().origin()
    }

    fn size(&self) -> u64 {
        self.verified.checkpoint().size()
    }
}

/// Marks the log as restored from a backup: it opens no more until [`resume`] or [`succeed`]. No effect where there is no log, or
/// it has been succeeded.
///
/// # Errors
/// [`LogError::Damaged`], [`LogError::Store`].
pub async fn mark_restored(records: &Arc<dyn Records>, origin: &Origin) -> Result<(), LogError> {
    let partition = state::partition(origin);
    loop {
        let Some((state, bytes)) = state::load(&**records, partition).await? else { return Ok(()) };
        if state.restored
            || replace(records, partition, Some(bytes), &State { restored: true, ..state }).await?
        {
            return Ok(());
        }
    }
}

/// Lets the same log go on after a restore, where it reaches the last known checkpoint.
///
/// # Errors
/// [`LogError::Behind`], [`LogError::Forked`], [`LogError::Succeeded`], [`LogError::Absent`], [`LogError::Store`].
pub async fn resume(records: &Arc<dyn Records>, last: &LastCheckpoint) -> Result<(), LogError> {
    let partition = state::partition(last.origin());
    loop {
        let (state, bytes) = state::load(&**records, partition).await?.ok_or(LogError::Absent)?;
        if let Some(successor) = state.successor {
            return Err(LogError::Succeeded(successor));
        }
        compare(records, &state, last).await?;
        if replace(records, partition, Some(bytes), &State { restored: false, ..state }).await? {
            return Ok(());
        }
    }
}

/// Opens the successor of a log: `signer` names its origin, and should hold the same key, so that clients can follow by themselves.
/// The old log is sealed first and never grows again. May be repeated after an interruption.
///
/// # Errors
/// [`LogError::NotLast`] where the old log goes on beyond `last`; [`LogError::Forked`]; [`LogError::Succeeded`] by another origin;
/// [`LogError::Exists`]; [`LogError::Store`].
pub async fn succeed(
    records: &Arc<dyn Records>,
    last: &LastCheckpoint,
    signer: &LogSigner,
) -> Result<(), LogError> {
    let kept = seal(records, last, signer.origin()).await?;
    let old = state::partition(last.origin());
    let mut line = Vec::new();
    for (_, past) in records.scan(Range::of(Space::Log, old, state::LINE)).await? {
        line.push(past);
    }
    let past =
        Past { origin: last.origin().clone(), key: last.key.into(), last: last.note.clone().into(), kept };
    line.push(cbor::encode(&past));

    let new = state::partition(signer.origin());
    let tiles = Tiles::new(records.clone(), new);
    let mut edge = Edge::load(&tiles, 0).await?;
    edge.append(&LogLeaf::succession(last.origin(), &last.note))?;
    let state = State::new(1, edge.root()?, 1);
    let mut put = vec![state_row(new, &state), checkpoint_row(new, signer, &state)?.0];
    put.extend(edge.rows(&tiles));
    put.extend((0..).zip(line).map(|(place, past)| (state::line_key(new, place), past)));
    let expect = vec![(state::state_key(new), None)];
    match records.commit(Transaction { expect, put, ..Transaction::default() }).await? {
        Commit::Done => Ok(()),
        Commit::Stale => {
            let line = load_line(records, new).await?;
            let ours = line.last().is_some_and(|past| past.last[..] == last.note[..] && past.kept == kept);
            if ours { Ok(()) } else { Err(LogError::Exists) }
        }
    }
}

/// Seals the old log, after finishing its last batch, and gives how many leaves are kept.
async fn seal(
    records: &Arc<dyn Records>,
    last: &LastCheckpoint,
    successor: &Origin,
) -> Result<u64, LogError> {
    let partition = state::partition(last.origin());
    loop {
        let found = state::load(&**records, partition).await?;
        let (state, bytes) = match found {
            Some((state, bytes)) => (state, Some(bytes)),
            None => (State::new(0, TreeRoot::EMPTY, 0), None),
        };
        match &state.successor {
            Some(other) if other != successor => return Err(LogError::Succeeded(other.clone())),
            Some(_) => return Ok(state.size),
            None => {}
        }
        match compare(records, &state, last).await {
            Ok(()) if state.size > last.size() => return Err(LogError::NotLast),
            Ok(()) | Err(LogError::Behind { .. }) => {}
            Err(error) => return Err(error),
        }
        let batch = state::load_batch(&**records, partition, &state).await?;
        super::sequencer::finish(&**records, last.origin(), state.batch, batch).await?;
        let size = state.size;
        if replace(records, partition, bytes, &State { successor: Some(successor.clone()), ..state }).await? {
            return Ok(size);
        }
    }
}

/// Whether the log reaches the checkpoint, and holds what it says.
async fn compare(records: &Arc<dyn Records>, state: &State, last: &LastCheckpoint) -> Result<(), LogError> {
    if state.size < last.size() {
        return Err(LogError::Behind { kept: state.size, last: last.size() });
    }
    let tiles = Tiles::new(records.clone(), state::partition(last.origin()));
    let root = tiles.root_at(last.size()).await?;
    if root == *last.verified.checkpoint().root() { Ok(()) } else { Err(LogError::Forked(last.size())) }
}

async fn replace(
    records: &Arc<dyn Records>,
    partition: [u8; 32],
    before: Option<Vec<u8>>,
    state: &State,
) -> Result<bool, LogError> {
    let expect = vec![(state::state_key(partition), before)];
    let put = vec![state_row(partition, state)];
    Ok(records.commit(Transaction { expect, put, ..Transaction::default() }).await? == Commit::Done)
}

impl Log {
    /// Whether this log holds what a checkpoint of it says: for an operator who is given one at any start.
    ///
    /// # Errors
    /// [`LogError::Behind`], [`LogError::Forked`], [`LogError::Store`].
    pub async fn reaches(&self, last: &LastCheckpoint) -> Result<(), LogError> {
        let loaded = state::load(&*self.0.records, self.0.partition).await?;
        let (state, _) = loaded.ok_or(LogError::Absent)?;
        compare(&self.0.records, &state, last).await
    }
}
