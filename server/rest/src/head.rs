//! The head of a history: all that has to be read and compared in order to add to it.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use carnet_wire::id::StatementHash;
use carnet_wire::log_leaf::{LogLeaf, LogSalt, history_leaf};
use carnet_wire::tree::{Frontier, NodeHash, TreeRoot};

/// Whose history it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum HistoryKind {
    /// An account's.
    #[n(0)]
    Account,
    /// A vault's.
    #[n(1)]
    Vault,
}

/// The head of a history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Head {
    /// Whose history.
    #[n(0)]
    pub kind: HistoryKind,
    /// How many statements.
    #[n(1)]
    pub size: u64,
    /// The right edge of its tree.
    #[n(2)]
    pub peaks: Vec<NodeHash>,
    /// The salt of its log tags.
    #[n(3)]
    pub salt: ByteArray<32>,
    /// How many of its statements are of the chain or the line.
    #[n(4)]
    pub chain: u64,
    /// When the newest was accepted, in milliseconds since 1970.
    #[n(5)]
    pub time: u64,
    /// Bytes that count for the quota: payloads and sealed manifests.
    #[n(6)]
    pub bytes: u64,
    /// Versions that count for the quota.
    #[n(7)]
    pub versions: u64,
    /// First deposits that wait for the holder.
    #[n(8)]
    pub waiting: u64,
}

/// What a statement makes of a head.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The next head.
    pub head: Head,
    /// The nodes of the history's tree that are complete from now on: level, index, hash.
    pub nodes: Vec<(u8, u64, NodeHash)>,
    /// The leaf for the log.
    pub leaf: LogLeaf,
}

impl Head {
    /// Of a history that begins.
    #[must_use]
    pub fn begin(kind: HistoryKind, salt: [u8; 32]) -> Self {
        let (size, peaks, salt) = (0, Vec::new(), salt.into());
        Self { kind, size, peaks, salt, chain: 0, time: 0, bytes: 0, versions: 0, waiting: 0 }
    }

    /// The salt of its log tags.
    #[must_use]
    pub fn salt(&self) -> LogSalt {
        LogSalt::from_bytes(self.salt.into())
    }

    /// The root over its statements; `None` where the head contradicts itself.
    #[must_use]
    pub fn root(&self) -> Option<TreeRoot> {
        Some(self.frontier()?.root())
    }

    /// Takes a statement in at `time`; `None` where the head contradicts itself.
    #[must_use]
    pub fn append(&self, statement: &StatementHash, time: u64) -> Option<Appended> {
        let mut frontier = self.frontier()?;
        let mut nodes = Vec::new();
        frontier.append_with(history_leaf(statement), |level, index, hash| nodes.push((level, index, hash)));
        let (size, peaks) = (frontier.size(), frontier.peaks().to_vec());
        let leaf = LogLeaf::new(&self.salt(), size, frontier.root());
        let head = Self { size, peaks, time: time.max(self.time), ..self.clone() };
        Some(Appended { head, nodes, leaf })
    }

    /// The right edge of its tree; `None` where the head contradicts itself.
    #[must_use]
    pub fn frontier(&self) -> Option<Frontier> {
        Frontier::from_peaks(self.size, self.peaks.clone())
    }
}
