//! The right edge of the stored tree: its partial tiles and its partial bundle. All that it takes to append and to know the root.

use std::collections::{BTreeMap, BTreeSet};

use carnet_wire::log_leaf::LogLeaf;
use carnet_wire::tree::{NodeHash, Nodes as _, TreeRoot};

use super::LogError;
use super::tiles::{ENTRY_LEN, HASH_LEN, TileAt, TileSet, Tiles, WIDTH, fold};
use crate::store::Row;

/// The edge of a tree that grows.
pub(super) struct Edge {
    size: u64,
    hashes: TileSet,
    bundles: BTreeMap<u64, Vec<u8>>,
    changed: BTreeSet<TileAt>,
}

impl Edge {
    /// The edge of the stored tree of `size` leaves.
    pub(super) async fn load(tiles: &Tiles, size: u64) -> Result<Self, LogError> {
        let partial = |level: u8| (size >> (8 * level)) % WIDTH;
        let wanted = (0..LEVELS).filter(|level| partial(*level) != 0);
        let hashes =
            tiles.load(wanted.clone().map(|level| (level, size >> (8 * level) >> 8)).collect()).await?;
        let width = |at: &TileAt| hashes.0.get(at).map(|tile| tile.len() / HASH_LEN);
        let whole = wanted.clone().all(|level| {
            width(&(level, size >> (8 * level) >> 8)).map(|width| width as u64) == Some(partial(level))
        });
        let mut bundles = BTreeMap::new();
        if partial(0) != 0 {
            let bundle = tiles.bundle(size / WIDTH).await?.unwrap_or_default();
            let entries = bundle.len() / ENTRY_LEN;
            bundles.insert(size / WIDTH, bundle);
            if entries as u64 != partial(0) {
                return Err(LogError::Damaged);
            }
        }
        if whole {
            Ok(Self { size, hashes, bundles, changed: BTreeSet::new() })
        } else {
            Err(LogError::Damaged)
        }
    }

    /// The number of leaves.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    pub(super) fn root(&self) -> Result<TreeRoot, LogError> {
        self.hashes.root_at(self.size).map_err(|_| LogError::Damaged)
    }

    /// Appends a leaf.
    pub(super) fn append(&mut self, leaf: &LogLeaf) -> Result<(), LogError> {
        let bundle = self.bundles.entry(self.size / WIDTH).or_default();
        bundle.extend([0x00, 0x40]);
        bundle.extend(leaf.to_bytes());
        let mut hash = NodeHash::from(leaf.hash());
        let mut index = self.size;
        for level in 0..LEVELS {
            index /= WIDTH;
            let tile = self.hashes.0.entry((level, index)).or_default();
            tile.extend(hash.as_bytes());
            self.changed.insert((level, index));
            if (tile.len() / HASH_LEN) as u64 != WIDTH {
                break;
            }
            hash = fold(tile).ok_or(LogError::Damaged)?;
        }
        self.size += 1;
        Ok(())
    }

    /// The rows of all tiles and bundles that have changed.
    pub(super) fn rows(&self, tiles: &Tiles) -> Vec<Row> {
        let changed = |at: &TileAt| Some((tiles.key(*at), self.hashes.0.get(at)?.clone()));
        let hashes = self.changed.iter().filter_map(changed);
        // What was appended began in the oldest bundle at hand.
        let bundles = self.bundles.iter().map(|(index, bundle)| (tiles.bundle_key(*index), bundle.clone()));
        hashes.chain(bundles.filter(|_| !self.changed.is_empty())).collect()
    }
}

/// Eight levels of 256 hashes cover every `u64`.
const LEVELS: u8 = 8;
