//! Reads a whole stored log again: every leaf, every hash tile, the state, the signed checkpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use carnet_wire::checkpoint::SignedCheckpoint;
use carnet_wire::log_leaf::LogLeaf;
use carnet_wire::note::VerifierKey;
use carnet_wire::origin::Origin;
use carnet_wire::tree::{Frontier, NodeHash, TreeRoot};

use super::state::{self, State};
use super::tiles::{ENTRY_LEN, HASH_LEN, TileAt, Tiles, WIDTH};
use super::{LogError, load_line};
use crate::store::Records;

/// A stored log that is read again.
pub struct Examined {
    tiles: Tiles,
    partition: [u8; 32],
    origin: Origin,
    records: Arc<dyn Records>,
    bundle: Option<(u64, Vec<u8>)>,
}

/// The names and keys of the logs of a store, the newest last.
///
/// # Errors
/// [`LogError::Damaged`], [`LogError::Store`].
pub async fn line(
    records: &Arc<dyn Records>,
    newest: &VerifierKey,
    origin: &Origin,
) -> Result<Vec<(Origin, VerifierKey)>, LogError> {
    let before = load_line(records, state::partition(origin)).await?;
    let before = before.into_iter().map(|past| (past.origin, past.verifier));
    Ok(before.chain([(origin.clone(), newest.clone())]).collect())
}

impl Examined {
    /// The log of an origin.
    #[must_use]
    pub fn new(records: &Arc<dyn Records>, origin: &Origin) -> Self {
        let partition = state::partition(origin);
        let tiles = Tiles::new(Arc::clone(records), partition);
        Self { tiles, partition, origin: origin.clone(), records: Arc::clone(records), bundle: None }
    }

    /// The leaf at an index, as its bundle has it.
    ///
    /// # Errors
    /// [`LogError::Damaged`], [`LogError::Store`].
    pub async fn leaf(&mut self, index: u64) -> Result<Option<LogLeaf>, LogError> {
        let number = index / WIDTH;
        if self.bundle.as_ref().map(|(at, _)| *at) != Some(number) {
            let Some(bundle) = self.tiles.bundle(number).await? else { return Ok(None) };
            self.bundle = Some((number, bundle));
        }
        let Some((_, bundle)) = &self.bundle else { return Ok(None) };
        let at = usize::try_from(index % WIDTH).unwrap_or(usize::MAX).saturating_mul(ENTRY_LEN);
        let entry =
            bundle.get(at..at.saturating_add(ENTRY_LEN)).and_then(|entry| entry.strip_prefix(&[0, 64]));
        let leaf = entry.and_then(|entry| {
            let (tag, root) = entry.split_first_chunk::<32>()?;
            Some(LogLeaf::from_parts(*tag, TreeRoot::from_bytes(root.try_into().ok()?)))
        });
        Ok(leaf)
    }

    /// Computes the log anew and gives the code of everything that does not fit; and its size. No log at all is size 0.
    ///
    /// # Errors
    /// [`LogError::Store`].
    pub async fn compute(&mut self, key: &VerifierKey) -> Result<(u64, Vec<(&'static str, u64)>), LogError> {
        let mut found = Vec::new();
        let state = match state::load(&*self.records, self.partition).await {
            Ok(Some((state, _))) => state,
            Ok(None) => return Ok((0, found)),
            Err(LogError::Damaged) => return Ok((0, vec![("log-state", 0)])),
            Err(error) => return Err(error),
        };
        let mut frontier = Frontier::new();
        let mut tiles: BTreeMap<TileAt, Option<Vec<u8>>> = BTreeMap::new();
        for index in 0..state.size {
            let Some(leaf) = self.leaf(index).await? else {
                found.push(("log-bundle", index));
                return Ok((state.size, found));
            };
            let mut complete: Vec<(u8, u64, NodeHash)> = Vec::new();
            frontier.append_with(leaf.hash(), |level, at, hash| {
                if level % 8 == 0 {
                    complete.push((level / 8, at, hash));
                }
            });
            for (level, at, hash) in complete {
                let tile = (level, at / WIDTH);
                if !tiles.contains_key(&tile) {
                    tiles.retain(|(other, _), _| *other != level);
                    let bytes = self.tiles.load([tile].into()).await?.0.remove(&tile);
                    tiles.insert(tile, bytes);
                }
                let from = usize::try_from(at % WIDTH).unwrap_or(usize::MAX).saturating_mul(HASH_LEN);
                let kept = tiles.get(&tile).and_then(Option::as_ref);
                if kept.and_then(|kept| kept.get(from..from + HASH_LEN)) != Some(hash.as_bytes().as_slice()) {
                    found.push(("log-tile", index));
                }
            }
        }
        if frontier.root() != state.root {
            found.push(("log-root", state.size));
        }
        if !self.signed(&state, key).await? {
            found.push(("log-checkpoint", state.size));
        }
        if state::load_batch(&*self.records, self.partition, &state).await.is_err() {
            found.push(("log-batch", state.batch));
        }
        Ok((state.size, found))
    }

    /// The checkpoint says what the state says, under this key.
    async fn signed(&self, state: &State, key: &VerifierKey) -> Result<bool, LogError> {
        // A log that never grew here has no checkpoint, where only its end was given.
        let Some(note) = self.tiles.checkpoint().await? else { return Ok(state.size == 0) };
        let verified = SignedCheckpoint::parse(&note).and_then(|note| note.verify(key));
        Ok(verified.is_ok_and(|note| {
            let said = note.checkpoint();
            (said.size(), said.root(), said.origin()) == (state.size, &state.root, &self.origin)
        }))
    }
}
