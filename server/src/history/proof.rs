//! Proofs out of a history's stored nodes.
//!
//! The tree asks for nodes one at a time and the store answers many at once, so each proof is made twice: first over a tree that
//! only takes down which nodes it is asked for, then over those nodes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use carnet_wire::checkpoint::SignedCheckpoint;
use carnet_wire::page::{PlaceProof, StateProof};
use carnet_wire::tree::{ConsistencyProof, InclusionProof, NodeHash, Nodes, ProofError};

use super::node_key;
use super::{History, HistoryId};
use crate::log::{Log, Place};
use crate::refusal::Refusal;
use crate::store::Records;

/// Some nodes of a tree.
#[derive(Debug, Default)]
pub struct StoredNodes(BTreeMap<(u8, u64), NodeHash>);

impl Nodes for StoredNodes {
    fn node(&self, level: u8, index: u64) -> Option<NodeHash> {
        self.0.get(&(level, index)).copied()
    }
}

impl StoredNodes {
    /// Reads the nodes that `proof` asks for.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn for_proof<T>(
        records: &dyn Records,
        id: HistoryId,
        proof: impl Fn(&Asked) -> Result<T, ProofError>,
    ) -> Result<Self, Refusal> {
        Self::default().and_for_proof(records, id, proof).await
    }

    /// Reads those nodes that `proof` asks for and that are not among these.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn and_for_proof<T>(
        mut self,
        records: &dyn Records,
        id: HistoryId,
        proof: impl Fn(&Asked) -> Result<T, ProofError>,
    ) -> Result<Self, Refusal> {
        let asked = Asked::default();
        proof(&asked).map_err(|_| Refusal::Range)?;
        let mut asked = asked.0.into_inner();
        asked.retain(|place| !self.0.contains_key(place));
        if asked.is_empty() {
            return Ok(self);
        }
        let keys = asked.iter().map(|(level, index)| node_key(id, *level, *index)).collect();
        let rows = records.get(keys).await?;
        let nodes = asked.into_iter().zip(rows).map(|(place, row)| {
            let bytes = row.and_then(|row| row.try_into().ok()).ok_or(Refusal::Internal)?;
            Ok((place, NodeHash::from_bytes(bytes)))
        });
        self.0.extend(nodes.collect::<Result<Vec<_>, Refusal>>()?);
        Ok(self)
    }
}

impl FromIterator<(u8, u64, NodeHash)> for StoredNodes {
    fn from_iter<I: IntoIterator<Item = (u8, u64, NodeHash)>>(nodes: I) -> Self {
        Self(nodes.into_iter().map(|(level, index, hash)| ((level, index), hash)).collect())
    }
}

/// A tree that has every node, and takes down which ones it was asked for.
#[derive(Debug, Default)]
pub struct Asked(RefCell<Vec<(u8, u64)>>);

impl Nodes for Asked {
    fn node(&self, level: u8, index: u64) -> Option<NodeHash> {
        self.0.borrow_mut().push((level, index));
        Some(NodeHash::from_bytes([0; 32]))
    }
}

/// The proof that the history of `old` statements begins the one of `new`; nothing where `old` is 0 or the two are one. `known` are nodes that
/// need not be read.
///
/// # Errors
/// [`Refusal::Range`] where `old` is larger than `new`; [`Refusal::Internal`].
pub async fn consistency(
    records: &dyn Records,
    id: HistoryId,
    old: u64,
    new: u64,
    known: StoredNodes,
) -> Result<Option<ConsistencyProof>, Refusal> {
    if old == 0 || old == new {
        return Ok(None);
    }
    let nodes = known.and_for_proof(records, id, |nodes| nodes.prove_consistency(old, new)).await?;
    nodes.prove_consistency(old, new).map(Some).map_err(|_| Refusal::Internal)
}

/// The root of a history at `size`, and the proof from `old`.
///
/// # Errors
/// [`Refusal::Range`] for a size that the history does not have; [`Refusal::Internal`].
pub async fn state_proof(
    records: &dyn Records,
    history: &History,
    old: u64,
    size: u64,
) -> Result<StateProof, Refusal> {
    if size > history.head.size || old > size {
        return Err(Refusal::Range);
    }
    let nodes = StoredNodes::for_proof(records, history.id, |nodes| nodes.root_at(size)).await?;
    let root = nodes.root_at(size).map_err(|_| Refusal::Internal)?;
    let consistency = consistency(records, history.id, old, size, StoredNodes::default()).await?;
    Ok(StateProof { size, root: (*root.as_bytes()).into(), consistency })
}

/// The place of a statement in the log; nothing while the log does not have it yet.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn place_proof(
    records: &dyn Records,
    log: &Log,
    history: &History,
    number: u64,
) -> Result<Option<PlaceProof>, Refusal> {
    let Some(place) = log.place(history.id, number).await? else { return Ok(None) };
    let last = number.checked_sub(1).ok_or(Refusal::Internal)?;
    let nodes = StoredNodes::for_proof(records, history.id, |nodes| {
        nodes.prove_inclusion(last, number)?;
        nodes.root_at(number)
    });
    let nodes = nodes.await?;
    let root = nodes.root_at(number).map_err(|_| Refusal::Internal)?;
    let in_history = nodes.prove_inclusion(last, number).map_err(|_| Refusal::Internal)?;
    let (checkpoint, in_log) = in_checkpoint(log, &place).await?;
    let index = place.index;
    let tag = history.head.salt().tag(number).into();
    let root = (*root.as_bytes()).into();
    Ok(Some(PlaceProof { number, root, in_history, tag, index, in_log, checkpoint }))
}

/// A checkpoint that covers a place, and the proof in its tree: of this log, or of the one before it in which the place is.
async fn in_checkpoint(log: &Log, place: &Place) -> Result<(String, InclusionProof), Refusal> {
    let past = log.predecessors().iter().find(|past| *past.origin() == place.origin);
    let note = match past {
        Some(past) => past.checkpoint().await?.ok_or(Refusal::Absent)?,
        None => log.checkpoint().to_vec(),
    };
    let verifier = past.map_or(log.signer().verifier(), |past| past.verifier());
    let checkpoint = SignedCheckpoint::parse(&note).and_then(|checkpoint| checkpoint.verify(verifier));
    let size = checkpoint.map_err(|_| Refusal::Internal)?.checkpoint().size();
    let proof = match past {
        Some(past) => past.prove_inclusion(place.index, size).await?,
        None => log.prove_inclusion(place.index, size).await?,
    };
    Ok((String::from_utf8(note).map_err(|_| Refusal::Internal)?, proof))
}
