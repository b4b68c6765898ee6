//! The head of a history: all that has to be read and compared in order to add to it.

use carnet_wire::id::StatementHash;
use carnet_wire::log_leaf::{LogLeaf, LogSalt, history_leaf};
use carnet_wire::tree::{Frontier, NodeHash, TreeRoot};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::HistoryId;
use crate::refusal::Refusal;
use crate::store::{Key, Row, Space};

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

    /// The root over its statements.
    ///
    /// # Errors
    /// [`Refusal::Internal`] where the head contradicts itself.
    pub fn root(&self) -> Result<TreeRoot, Refusal> {
        Ok(self.frontier()?.root())
    }

    /// Takes a statement in at `time`: the next head, the nodes of the tree that are complete from now on, and the leaf for the log.
    ///
    /// # Errors
    /// [`Refusal::Internal`] where the head contradicts itself.
    pub fn append(
        &self,
        id: HistoryId,
        statement: &StatementHash,
        time: u64,
    ) -> Result<(Self, Vec<Row>, LogLeaf), Refusal> {
        let mut frontier = self.frontier()?;
        let mut nodes = Vec::new();
        frontier.append_with(history_leaf(statement), |level, index, hash| {
            nodes.push((node_key(id, level, index), hash.as_bytes().to_vec()));
        });
        let (size, peaks) = (frontier.size(), frontier.peaks().to_vec());
        let leaf = LogLeaf::new(&self.salt(), size, frontier.root());
        Ok((Self { size, peaks, time: time.max(self.time), ..self.clone() }, nodes, leaf))
    }

    fn frontier(&self) -> Result<Frontier, Refusal> {
        Frontier::from_peaks(self.size, self.peaks.clone()).ok_or(Refusal::Internal)
    }
}

/// Where a complete node of a history's tree is.
#[must_use]
pub(crate) fn node_key(id: HistoryId, level: u8, index: u64) -> Key {
    Key::new(Space::Node, id, [&[level], index.to_be_bytes().as_slice()].concat())
}
