//! The log: one append-only Merkle tree of the server, as C2SP tlog-tiles with signed checkpoints.
//!
//! A statement's own transaction puts its 64-byte leaf into the queue ([`Log::queue_row`]). One sequencer ([`Log::run`]) appends
//! what waits, and writes tiles, the signed checkpoint and who got which index in one transaction, guarded by the state before:
//! two servers on one store cannot both extend the same state. Only once that transaction is durable is the checkpoint
//! published, are places recorded, and does the queue shrink. Whatever stops in between is done again from the batch's record.
//!
//! Reads never show what lies beyond the published checkpoint.

mod edge;
mod error;
pub mod examine;
mod sequencer;
pub mod signer;
mod state;
pub mod successor;
mod tiles;

pub use error::LogError;

use std::future::Future;
use std::sync::Arc;

use carnet_wire::StableCode as _;
use carnet_wire::cbor;
use carnet_wire::checkpoint::{Checkpoint, SignedCheckpoint};
use carnet_wire::log_leaf::LogLeaf;
use carnet_wire::note::{SignatureType, VerifierKey};
use carnet_wire::origin::Origin;
use carnet_wire::tile::TilePath;
use carnet_wire::tree::{ConsistencyProof, InclusionProof, ProofError, TreeRoot};
use tokio::sync::{Notify, watch};

use crate::refusal::Refusal;
use crate::store::{Commit, Key, Range, Records, Row, Space, Transaction};
use edge::Edge;
use sequencer::Sequencer;
use signer::LogSigner;
use state::{Past, State};
use tiles::Tiles;

/// The log. A clone is another handle on the same one.
#[derive(Clone)]
pub struct Log(Arc<Inner>);

struct Inner {
    records: Arc<dyn Records>,
    partition: [u8; 32],
    signer: LogSigner,
    tiles: Tiles,
    line: Vec<Predecessor>,
    wake: Notify,
    published: watch::Sender<Published>,
}

/// What is durable and may be shown.
#[derive(Clone)]
struct Published {
    size: u64,
    note: Arc<[u8]>,
    /// Counts the batches whose places are recorded.
    placed: u64,
    failing: Option<&'static str>,
}

/// Where a statement's leaf stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// In which log: this one, or one before it.
    pub origin: Origin,
    /// At which index.
    pub index: u64,
}

/// A log before this one. What was kept of it is still served.
#[derive(Clone)]
pub struct Predecessor {
    origin: Origin,
    verifier: VerifierKey,
    last: Arc<[u8]>,
    last_size: u64,
    kept: u64,
    tiles: Tiles,
}

impl Log {
    /// Makes an empty log, with its signed checkpoint of size 0. Once in the life of an origin: a log that was lost must not begin
    /// again under the same name (see [`successor`]).
    ///
    /// # Errors
    /// [`LogError::Exists`]; else as [`Self::open`].
    pub async fn create(records: Arc<dyn Records>, signer: LogSigner) -> Result<Self, LogError> {
        let partition = state::partition(signer.origin());
        let state = State::new(0, TreeRoot::EMPTY, 0);
        let put = vec![state_row(partition, &state), checkpoint_row(partition, &signer, &state)?.0];
        let expect = vec![(state::state_key(partition), None)];
        match records.commit(Transaction { expect, put, ..Transaction::default() }).await? {
            Commit::Done => Self::open(records, signer).await,
            Commit::Stale => Err(LogError::Exists),
        }
    }

    /// Opens the log of the signer's origin: checks that state, checkpoint and tiles fit together, and finishes its last batch.
    /// Nothing grows before [`Self::run`].
    ///
    /// # Errors
    /// [`LogError::Absent`], [`LogError::OtherKey`], [`LogError::Damaged`], [`LogError::Restored`], [`LogError::Succeeded`],
    /// [`LogError::Store`].
    pub async fn open(records: Arc<dyn Records>, signer: LogSigner) -> Result<Self, LogError> {
        let partition = state::partition(signer.origin());
        let tiles = Tiles::new(records.clone(), partition);
        let (size, note) = loop {
            let (state, bytes) = state::load(&*records, partition).await?.ok_or(LogError::Absent)?;
            state::check(&state)?;
            match check_whole(&*records, &tiles, &signer, &state, &bytes).await {
                Err(LogError::Damaged) if state::moved(&*records, partition, &bytes).await? => {}
                Err(error) => return Err(error),
                Ok(note) => break (state.size, note),
            }
        };
        let line = load_line(&records, partition).await?;
        let (published, _) = watch::channel(Published { size, note: note.into(), placed: 0, failing: None });
        let log =
            Self(Arc::new(Inner { records, partition, signer, tiles, line, wake: Notify::new(), published }));
        Sequencer::new(log.clone()).finish_last().await?;
        Ok(log)
    }

    /// The row that queues a leaf; it belongs into the transaction that commits statement `n` (from 1) of a history.
    #[must_use]
    pub fn queue_row(history: [u8; 32], n: u64, leaf: &LogLeaf) -> Row {
        (Key::new(Space::Queue, history, n.to_be_bytes()), leaf.to_bytes().to_vec())
    }

    /// Says that something was queued. Cheap; any number of times.
    pub fn notify(&self) {
        self.0.wake.notify_one();
    }

    /// Sequences until `stop` is ready, then once more what waits by then. One task runs this.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        Sequencer::new(self.clone()).run(stop).await;
    }

    /// Sequences what waits now, and gives the number of leaves appended.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn sequence(&self) -> Result<u64, LogError> {
        Sequencer::new(self.clone()).drain().await
    }

    /// The signer of receipts and checkpoints.
    #[must_use]
    pub fn signer(&self) -> &LogSigner {
        &self.0.signer
    }

    /// The origin.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.0.signer.origin()
    }

    /// The logs before this one, the oldest first.
    #[must_use]
    pub fn predecessors(&self) -> &[Predecessor] {
        &self.0.line
    }

    /// Whether statements may name this origin: this log's or one before it. A vault keeps the origin of its genesis for life.
    #[must_use]
    pub fn accepts(&self, origin: &Origin) -> bool {
        self.origin() == origin || self.0.line.iter().any(|past| past.origin == *origin)
    }

    /// The newest durable checkpoint, a signed note.
    #[must_use]
    pub fn checkpoint(&self) -> Arc<[u8]> {
        self.0.published.borrow().note.clone()
    }

    /// The number of leaves under [`Self::checkpoint`].
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.published.borrow().size
    }

    /// The code of what keeps the log from growing, for the operator.
    #[must_use]
    pub fn failing(&self) -> Option<&'static str> {
        self.0.published.borrow().failing
    }

    /// A tile or bundle, full or partial, of a tree that a published checkpoint covers.
    ///
    /// # Errors
    /// [`LogError::Damaged`], [`LogError::Store`].
    pub async fn tile(&self, path: &TilePath) -> Result<Option<Vec<u8>>, LogError> {
        self.0.tiles.tile(path, self.size()).await
    }

    /// Proves that the leaf at `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    /// [`LogError::Proof`], also for a size beyond the published checkpoint; [`LogError::Store`].
    pub async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, LogError> {
        self.check_size(size)?;
        self.0.tiles.prove_inclusion(index, size).await
    }

    /// Proves that the tree of `new` leaves begins with the one of `old` leaves.
    ///
    /// # Errors
    /// As [`Self::prove_inclusion`].
    pub async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, LogError> {
        self.check_size(new)?;
        self.0.tiles.prove_consistency(old, new).await
    }

    /// Where statement `n` of a history stands, once a durable checkpoint covers it.
    ///
    /// # Errors
    /// [`LogError::Damaged`], [`LogError::Store`].
    pub async fn place(&self, history: [u8; 32], n: u64) -> Result<Option<Place>, LogError> {
        let key = place_key(history, n);
        let Some(value) = self.0.records.get(vec![key]).await?.pop().flatten() else { return Ok(None) };
        let (index, origin) = value.split_first_chunk().ok_or(LogError::Damaged)?;
        let origin = str::from_utf8(origin).ok().and_then(|origin| Origin::parse(origin).ok());
        let place = Place { origin: origin.ok_or(LogError::Damaged)?, index: u64::from_be_bytes(*index) };
        // Another server may be ahead of what this one shows.
        let shown = place.origin != *self.origin() || place.index < self.size();
        Ok(shown.then_some(place))
    }

    /// Waits until [`Self::place`] has an answer. Something must [`Self::run`] meanwhile.
    ///
    /// # Errors
    /// As [`Self::place`].
    pub async fn wait_for(&self, history: [u8; 32], n: u64) -> Result<Place, LogError> {
        let mut published = self.0.published.subscribe();
        loop {
            if let Some(place) = self.place(history, n).await? {
                return Ok(place);
            }
            if published.changed().await.is_err() {
                return Err(LogError::Absent);
            }
        }
    }

    fn check_size(&self, size: u64) -> Result<(), LogError> {
        if size <= self.size() { Ok(()) } else { Err(ProofError::OutOfRange.into()) }
    }

    /// Shows a checkpoint that is durable, unless a newer one is shown.
    fn publish(&self, size: u64, note: Vec<u8>) {
        self.0.published.send_if_modified(|published| {
            let newer = size > published.size;
            if newer {
                (published.size, published.note) = (size, note.into());
            }
            newer
        });
    }
}

impl Predecessor {
    /// Its origin.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Its key.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Its last known checkpoint, the exact note that its successor's first leaf commits to.
    #[must_use]
    pub fn last(&self) -> &Arc<[u8]> {
        &self.last
    }

    /// The number of leaves under [`Self::last`].
    #[must_use]
    pub fn last_size(&self) -> u64 {
        self.last_size
    }

    /// How many of its leaves are kept. What stood after them is lost.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// A tile or bundle of what is kept.
    ///
    /// # Errors
    /// As [`Log::tile`].
    pub async fn tile(&self, path: &TilePath) -> Result<Option<Vec<u8>>, LogError> {
        self.tiles.tile(path, self.kept).await
    }

    /// Its newest checkpoint that the kept tiles reach, signed by it, where the store had any log of that origin.
    ///
    /// # Errors
    /// [`LogError::Store`].
    pub async fn checkpoint(&self) -> Result<Option<Vec<u8>>, LogError> {
        self.tiles.checkpoint().await
    }

    /// As [`Log::prove_inclusion`], within what is kept.
    ///
    /// # Errors
    /// As [`Log::prove_inclusion`].
    pub async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, LogError> {
        if size > self.kept {
            return Err(ProofError::OutOfRange.into());
        }
        self.tiles.prove_inclusion(index, size).await
    }
}

impl From<LogError> for Refusal {
    fn from(error: LogError) -> Self {
        if let LogError::Proof(ProofError::OutOfRange) = error {
            return Self::Absent;
        }
        tracing::error!(code = error.code(), "the log failed");
        Self::Internal
    }
}

/// Where the newest checkpoint of a log is kept.
#[must_use]
pub fn checkpoint_key(origin: &Origin) -> Key {
    state::checkpoint_key(state::partition(origin))
}

fn state_row(partition: [u8; 32], state: &State) -> Row {
    (state::state_key(partition), cbor::encode(state))
}

/// The row of a state's checkpoint, and the note in it.
fn checkpoint_row(
    partition: [u8; 32],
    signer: &LogSigner,
    state: &State,
) -> Result<(Row, Vec<u8>), LogError> {
    let checkpoint = Checkpoint::new(signer.origin().clone(), state.size, state.root);
    let note = signer.sign_checkpoint(&checkpoint.map_err(|_| LogError::Damaged)?)?;
    Ok(((state::checkpoint_key(partition), note.clone()), note))
}

/// Checks that state, checkpoint and tiles fit together, and gives the checkpoint, durable.
async fn check_whole(
    records: &dyn Records,
    tiles: &Tiles,
    signer: &LogSigner,
    state: &State,
    bytes: &[u8],
) -> Result<Vec<u8>, LogError> {
    let partition = state::partition(signer.origin());
    // What a crash left in the system's memory is visible and may not be durable: a commit makes it so before it is shown.
    let touch = Transaction {
        expect: vec![(state::state_key(partition), Some(bytes.to_vec()))],
        put: vec![state_row(partition, state)],
        ..Transaction::default()
    };
    let note = load_checkpoint(records, partition).await?;
    let root = Edge::load(tiles, state.size).await?.root()?;
    let fits = verify(&note, signer.verifier())? == (state.size, state.root) && root == state.root;
    if fits && records.commit(touch).await? == Commit::Done { Ok(note) } else { Err(LogError::Damaged) }
}

async fn load_checkpoint(records: &dyn Records, partition: [u8; 32]) -> Result<Vec<u8>, LogError> {
    let found = records.get(vec![state::checkpoint_key(partition)]).await?.pop().flatten();
    found.ok_or(LogError::Damaged)
}

/// Verifies our own checkpoint.
fn verify(note: &[u8], verifier: &VerifierKey) -> Result<(u64, TreeRoot), LogError> {
    let signed = SignedCheckpoint::parse(note).map_err(|_| LogError::Damaged)?;
    let verified = signed.verify(verifier).map_err(|_| LogError::OtherKey)?;
    Ok((verified.checkpoint().size(), *verified.checkpoint().root()))
}

async fn load_line(records: &Arc<dyn Records>, partition: [u8; 32]) -> Result<Vec<Predecessor>, LogError> {
    let rows = records.scan(Range::of(Space::Log, partition, state::LINE)).await?;
    let predecessor = |(_, bytes): &Row| {
        let past: Past = cbor::decode(bytes, MAX_PAST).map_err(|_| LogError::Damaged)?;
        let last = SignedCheckpoint::parse(&past.last).map_err(|_| LogError::Damaged)?;
        let verifier = VerifierKey::new(past.origin.as_str(), SignatureType::Ed25519, &past.key);
        let verifier = verifier.map_err(|_| LogError::Damaged)?;
        let last = last.verify(&verifier).map_err(|_| LogError::Damaged)?;
        Ok(Predecessor {
            verifier,
            last_size: last.checkpoint().size(),
            last: past.last.as_slice().into(),
            kept: past.kept,
            tiles: Tiles::new(records.clone(), state::partition(&past.origin)),
            origin: past.origin,
        })
    };
    rows.iter().map(predecessor).collect()
}

fn place_key(history: [u8; 32], n: u64) -> Key {
    Key::new(Space::Place, history, n.to_be_bytes())
}

/// A note of 64 KiB and what stands beside it.
const MAX_PAST: usize = 66 * 1024;

#[cfg(test)]
pub(crate) mod tests;
