//! The log, from outside: it only grows, its checkpoints fit, and each leaf that a receipt promised comes in time.

use std::collections::{HashMap, HashSet};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use carnet_wire::checkpoint::SignedCheckpoint;
use carnet_wire::log_leaf::LogLeaf;
use carnet_wire::note::VerifierKey;
use carnet_wire::statement::Receipt;
use carnet_wire::tile::{TILE_WIDTH, TileKind, TilePath};
use carnet_wire::tree::{LeafHash, Tree, TreeRoot};

use super::client::{Client, Failed};

/// What was seen of one log.
#[derive(Debug)]
pub struct Watcher {
    key: VerifierKey,
    tree: Tree,
    leaves: HashSet<LeafHash>,
    promised: HashMap<LeafHash, u64>,
}

impl Watcher {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(key: VerifierKey) -> Self {
        Self { key, tree: Tree::new(), leaves: HashSet::new(), promised: HashMap::new() }
    }

    /// How many leaves were seen.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Takes a receipt at its word.
    pub fn promise(&mut self, receipt: &Receipt) {
        let leaf = LogLeaf::from_parts(receipt.tag.into(), TreeRoot::from_bytes(receipt.root.into())).hash();
        if !self.leaves.contains(&leaf) {
            self.promised.insert(leaf, receipt.deadline);
        }
    }

    /// Looks at the newest checkpoint: it extends all that were seen before, leaf by leaf, and no leaf came twice.
    ///
    /// # Errors
    /// [`Failed`] where the server does not answer.
    pub fn look(&mut self, client: &Client) -> Result<(), Failed> {
        let note = client.bytes("/v1/log/checkpoint")?;
        let signed = SignedCheckpoint::parse(&note).unwrap().verify(&self.key).unwrap();
        let (size, root) = (signed.checkpoint().size(), *signed.checkpoint().root());
        assert!(size >= self.tree.size(), "the log shrank from {} to {size}", self.tree.size());
        let mut grown = self.tree.clone();
        let mut fresh = Vec::new();
        while grown.size() < size {
            let (at, from) = (grown.size() / u64::from(TILE_WIDTH), grown.size() % u64::from(TILE_WIDTH));
            let width = (size - at * u64::from(TILE_WIDTH)).min(u64::from(TILE_WIDTH));
            let path = TilePath::new(TileKind::Hashes(0), at, u16::try_from(width).unwrap()).unwrap();
            let tile = match client.bytes(&format!("/v1/log/{path}")) {
                // A partial tile may be gone once the log has grown past it: the next look sees more.
                Err(Failed::Refused(404, _)) if width < u64::from(TILE_WIDTH) => return Ok(()),
                tile => tile?,
            };
            for leaf in tile.chunks(32).skip(usize::try_from(from).unwrap()) {
                let leaf = LeafHash::from_bytes(leaf.try_into().unwrap());
                grown.append(leaf);
                fresh.push(leaf);
            }
        }
        assert_eq!(grown.root(), root, "the checkpoint of {size} leaves is not of the leaves before");
        for leaf in fresh {
            assert!(self.leaves.insert(leaf), "a leaf is in the log twice");
            self.promised.remove(&leaf);
        }
        self.tree = grown;
        Ok(())
    }

    /// Waits until everything that receipts promised is in the log.
    ///
    /// # Errors
    /// [`Failed`] where the server does not answer.
    pub fn wait(&mut self, client: &Client) -> Result<(), Failed> {
        loop {
            self.look(client)?;
            let Some(deadline) = self.promised.values().min() else { return Ok(()) };
            let late = SystemTime::now() > SystemTime::UNIX_EPOCH + Duration::from_millis(*deadline);
            assert!(
                !late,
                "{} acknowledged statements are not in the log by their deadline",
                self.promised.len()
            );
            sleep(Duration::from_millis(20));
        }
    }

    /// Reads the log anew from its first leaf, as somebody who sees it for the first time: it is the log that was seen all along.
    ///
    /// # Errors
    /// [`Failed`] where the server does not answer.
    pub fn reread(&self, client: &Client) -> Result<(), Failed> {
        let mut anew = Self::new(self.key.clone());
        while anew.size() < self.size() {
            anew.look(client)?;
        }
        assert!(self.leaves.is_subset(&anew.leaves));
        Ok(())
    }
}
