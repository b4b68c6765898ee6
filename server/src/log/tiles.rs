//! Tiles (c2sp.org/tlog-tiles) as records, and proofs from them.
//!
//! A tile is stored once, as wide as it is by now, and grows in place: a partial tile is the beginning of its wider self, and is
//! cut from it when asked for. So every partial tile that any checkpoint ever needed can be served, and none is left behind.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use carnet_wire::tile::{TILE_WIDTH, TileKind, TilePath};
use carnet_wire::tree::{ConsistencyProof, InclusionProof, NodeHash, Nodes, TreeRoot};

use super::LogError;
use crate::store::{Key, Records, Space};

/// Bytes of an entry in a bundle: its length, `0x0040`, and the 64 bytes of a leaf.
pub(super) const ENTRY_LEN: usize = 66;
/// Bytes of a hash in a tile.
pub(super) const HASH_LEN: usize = 32;
/// Hashes in a full tile.
pub(super) const WIDTH: u64 = TILE_WIDTH as u64;

/// A tile's level and index.
pub(super) type TileAt = (u8, u64);

/// The stored tiles of one log.
#[derive(Clone)]
pub(super) struct Tiles {
    records: Arc<dyn Records>,
    partition: [u8; 32],
}

impl Tiles {
    pub(super) fn new(records: Arc<dyn Records>, partition: [u8; 32]) -> Self {
        Self { records, partition }
    }

    /// A tile or bundle of the tree of `size` leaves, in exactly the width asked for; none beyond that tree.
    pub(super) async fn tile(&self, path: &TilePath, size: u64) -> Result<Option<Vec<u8>>, LogError> {
        let (key, level, item_len) = match path.kind() {
            TileKind::Hashes(level) => (self.key((level, path.index())), level, HASH_LEN),
            TileKind::Entries => (self.bundle_key(path.index()), 0, ENTRY_LEN),
        };
        let present = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let end =
            path.index().checked_mul(WIDTH).and_then(|start| start.checked_add(u64::from(path.width())));
        if end.is_none_or(|end| end > present) {
            return Ok(None);
        }
        let mut bytes = self.one(key).await?.ok_or(LogError::Damaged)?;
        let len = usize::from(path.width()) * item_len;
        if bytes.len() < len {
            return Err(LogError::Damaged);
        }
        bytes.truncate(len);
        Ok(Some(bytes))
    }

    /// These hash tiles, as wide as they are.
    pub(super) async fn load(&self, wanted: BTreeSet<TileAt>) -> Result<TileSet, LogError> {
        let keys = wanted.iter().map(|at| self.key(*at)).collect();
        let found = self.records.get(keys).await?;
        let tiles = wanted.into_iter().zip(found).filter_map(|(at, bytes)| Some((at, bytes?))).collect();
        Ok(TileSet(tiles))
    }

    pub(super) async fn bundle(&self, index: u64) -> Result<Option<Vec<u8>>, LogError> {
        self.one(self.bundle_key(index)).await
    }

    pub(super) async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, LogError> {
        let needed = Needed::default();
        needed.prove_inclusion(index, size)?;
        Ok(self.load(needed.0.into_inner()).await?.prove_inclusion(index, size)?)
    }

    pub(super) async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, LogError> {
        let needed = Needed::default();
        needed.prove_consistency(old, new)?;
        Ok(self.load(needed.0.into_inner()).await?.prove_consistency(old, new)?)
    }

    pub(super) async fn root_at(&self, size: u64) -> Result<TreeRoot, LogError> {
        let needed = Needed::default();
        needed.root_at(size)?;
        Ok(self.load(needed.0.into_inner()).await?.root_at(size)?)
    }

    /// The stored checkpoint of these tiles.
    pub(super) async fn checkpoint(&self) -> Result<Option<Vec<u8>>, LogError> {
        self.one(super::state::checkpoint_key(self.partition)).await
    }

    pub(super) fn key(&self, (level, index): TileAt) -> Key {
        let suffix = [[level].as_slice(), &index.to_be_bytes()].concat();
        Key::new(Space::Tile, self.partition, suffix)
    }

    pub(super) fn bundle_key(&self, index: u64) -> Key {
        Key::new(Space::Bundle, self.partition, index.to_be_bytes())
    }

    async fn one(&self, key: Key) -> Result<Option<Vec<u8>>, LogError> {
        Ok(self.records.get(vec![key]).await?.pop().flatten())
    }
}

/// Hash tiles in memory: the nodes that they hold, and those between.
#[derive(Debug, Default)]
pub(super) struct TileSet(pub(super) BTreeMap<TileAt, Vec<u8>>);

impl Nodes for TileSet {
    fn node(&self, level: u8, index: u64) -> Option<NodeHash> {
        let (tile, first, count) = place(level, index)?;
        let hashes = self.0.get(&tile)?.get(first * HASH_LEN..(first + count) * HASH_LEN)?;
        fold(hashes)
    }
}

/// Which tiles a proof needs: a tree that has every node, and remembers which it was asked for.
#[derive(Default)]
struct Needed(RefCell<BTreeSet<TileAt>>);

impl Nodes for Needed {
    fn node(&self, level: u8, index: u64) -> Option<NodeHash> {
        let (tile, ..) = place(level, index)?;
        self.0.borrow_mut().insert(tile);
        Some(NodeHash::from_bytes([0; 32]))
    }
}

/// Where a node is: its tile, and which of the tile's hashes it is over.
fn place(level: u8, index: u64) -> Option<(TileAt, usize, usize)> {
    let within = u32::from(level % 8);
    let first = index.checked_mul(1 << within)?;
    Some(((level / 8, first / WIDTH), usize::try_from(first % WIDTH).ok()?, 1 << within))
}

/// The hash over a power of two of hashes.
pub(super) fn fold(hashes: &[u8]) -> Option<NodeHash> {
    let mut row: Vec<NodeHash> = hashes
        .chunks(HASH_LEN)
        .map(|hash| Some(NodeHash::from_bytes(hash.try_into().ok()?)))
        .collect::<Option<_>>()?;
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| if let [left, right] = pair { Some(NodeHash::parent(left, right)) } else { None })
            .collect::<Option<_>>()?;
    }
    row.pop()
}
