//! Receipts and histories: what a server said it had, held against what it says later.
//!
//! A client pins the newest state it has verified, puts it into what it signs, and asks for a consistency proof at each visit:
//! omission, reordering and rollback below the pin show.

use carnet_wire::StableCode;
use carnet_wire::checkpoint::{CheckpointError, SignedCheckpoint};
use carnet_wire::id::{StatementHash, VaultId};
use carnet_wire::log_leaf::{LogLeaf, history_leaf};
use carnet_wire::note::{SignatureType, VerifierKey};
use carnet_wire::origin::Origin;
use carnet_wire::page::PlaceProof;
use carnet_wire::position::LogPosition;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Pin, Receipt, Statement, StatementError};
use carnet_wire::tree::{ConsistencyProof, Frontier, NodeHash, ProofError, TreeRoot};

/// A log that a client trusts to sign receipts: its origin, and the key that ships with the client or was shown to it.
#[derive(Debug, Clone)]
pub struct TrustedLog {
    /// Its origin.
    pub origin: Origin,
    /// Its key.
    pub key: VerifyingKey,
}

/// A receipt that the log signed for this statement. Only [`TrustedLog::verify`] makes it.
#[derive(Debug, Clone)]
pub struct VerifiedReceipt {
    body: Receipt,
    bytes: Vec<u8>,
}

impl TrustedLog {
    /// Verifies a receipt for a statement of a vault.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn verify(
        &self,
        bytes: &[u8],
        vault: &VaultId,
        statement: &StatementHash,
    ) -> Result<VerifiedReceipt, HistoryError> {
        let receipt = Statement::<Receipt>::parse(bytes)?.verify(&self.key)?;
        let body = receipt.body();
        if receipt.header().origin != self.origin || body.vault != *vault || body.statement != *statement {
            return Err(HistoryError::OtherStatement);
        }
        Ok(VerifiedReceipt { body: body.clone(), bytes: bytes.to_vec() })
    }
}

/// The proven place of one statement: in its history, and of that in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The place in the log, which orders statements.
    pub position: LogPosition,
    /// The state of the history with this statement as its last.
    pub pin: Pin,
    /// The log's leaf: public, and of no meaning to strangers.
    pub leaf: LogLeaf,
}

impl TrustedLog {
    /// Verifies the proof of a statement's place: the statement is the last of a history, whose root is in a leaf of the log, which is
    /// in the tree of a checkpoint that the log signed.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub fn verify_place(&self, proof: &PlaceProof, statement: &StatementHash) -> Result<Placed, PlaceError> {
        let key = VerifierKey::new(self.origin.as_str(), SignatureType::Ed25519, self.key.as_bytes());
        let key = key.map_err(CheckpointError::from)?;
        let checkpoint = SignedCheckpoint::parse(proof.checkpoint.as_bytes())?.verify(&key)?;
        let pin = Pin { size: proof.number, root: proof.root };
        let last = proof.number.checked_sub(1).ok_or(PlaceError::OtherStatement)?;
        let in_history = proof.in_history.verify(&history_leaf(statement), last, proof.number, &root(pin))?;
        let leaf = LogLeaf::from_parts(*proof.tag, root(pin));
        let log = checkpoint.checkpoint();
        let in_log = proof.in_log.verify(&leaf.hash(), proof.index, log.size(), log.root())?;
        let position = LogPosition::prove(statement, &in_history, &leaf, &in_log, &checkpoint);
        Ok(Placed { position: position.ok_or(PlaceError::OtherStatement)?, pin, leaf })
    }
}

/// Why a place in the log is not proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// The checkpoint is malformed or not the log's.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The proofs do not belong together.
    #[error("the proof is of another statement")]
    OtherStatement,
}

impl StableCode for PlaceError {
    fn code(&self) -> &'static str {
        match self {
            Self::Checkpoint(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::OtherStatement => "place-other-statement",
        }
    }
}

impl VerifiedReceipt {
    /// The state of the vault's history with this statement as its last.
    #[must_use]
    pub fn pin(&self) -> Pin {
        Pin { size: self.body.size, root: self.body.root }
    }

    /// When the server accepted the statement, in milliseconds since 1970.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.body.time
    }

    /// By when the log includes it, in milliseconds since 1970.
    #[must_use]
    pub fn deadline(&self) -> u64 {
        self.body.deadline
    }

    /// The exact bytes, as evidence.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The newest state of a vault's history that a client has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    pin: Option<Pin>,
}

impl Pinned {
    /// Nothing seen yet.
    pub const NONE: Self = Self { pin: None };

    /// A state kept from an earlier visit.
    #[must_use]
    pub fn at(pin: Pin) -> Self {
        Self { pin: Some(pin) }
    }

    /// What to put into the next statement.
    #[must_use]
    pub fn pin(&self) -> Option<Pin> {
        self.pin
    }

    /// Moves on to a newer state, which must contain the pinned one.
    ///
    /// # Errors
    /// [`HistoryError::Rollback`] for an older state, [`HistoryError::Fork`] for one that does not contain the pinned one,
    /// [`HistoryError::ProofMissing`]. The pin stays: both answers are evidence.
    pub fn advance(&mut self, newer: Pin, proof: Option<&ConsistencyProof>) -> Result<(), HistoryError> {
        match self.pin {
            Some(old) if newer.size < old.size => return Err(HistoryError::Rollback),
            Some(old) if newer.size == old.size && newer.root != old.root => return Err(HistoryError::Fork),
            Some(old) if newer.size > old.size => {
                let proof = proof.ok_or(HistoryError::ProofMissing)?;
                proof
                    .verify(old.size, &root(old), newer.size, &root(newer))
                    .map_err(|_| HistoryError::Fork)?;
            }
            _ => {}
        }
        self.pin = Some(newer);
        Ok(())
    }
}

impl Pinned {
    /// Moves along a history that is read statement by statement, from one state to the next: the pinned state must be one of them.
    pub(crate) fn follow(&mut self, before: Pin, after: Pin) -> Result<(), HistoryError> {
        match self.pin {
            Some(pin) if after.size < pin.size || after == pin => Ok(()),
            Some(pin) if after.size == pin.size => Err(HistoryError::Fork),
            Some(pin) if before.size == pin.size && before != pin => Err(HistoryError::Fork),
            // The history was held beyond the pin, which none of its states can be compared with any more.
            Some(pin) if before != pin => Err(HistoryError::ProofMissing),
            _ => {
                self.pin = Some(after);
                Ok(())
            }
        }
    }

    /// Checks a state, newer or older, against the pinned one, and moves on to it where it is newer. An older one is what a repeated
    /// request gets; it must be contained in the pinned one.
    ///
    /// # Errors
    /// [`HistoryError::Fork`] where neither contains the other, [`HistoryError::ProofMissing`]. The pin stays.
    pub fn compare(&mut self, other: Pin, proof: Option<&ConsistencyProof>) -> Result<(), HistoryError> {
        match self.pin {
            Some(pin) if other.size < pin.size => {
                let proof = proof.ok_or(HistoryError::ProofMissing)?;
                let proven = proof.verify(other.size, &root(other), pin.size, &root(pin));
                proven.map(|_| ()).map_err(|_| HistoryError::Fork)
            }
            _ => self.advance(other, proof),
        }
    }
}

/// A vault's whole history as somebody sees it who gets every statement: the holder.
#[derive(Debug, Clone, Default)]
pub struct History(Frontier);

impl History {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A history of `size` statements, held from an earlier visit: the roots of its perfect subtrees, the largest first. Nothing where
    /// they are not as many as such a size has.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<NodeHash>) -> Option<Self> {
        Frontier::from_peaks(size, peaks).map(Self)
    }

    /// The roots of its perfect subtrees, to hold until the next visit.
    #[must_use]
    pub fn peaks(&self) -> &[NodeHash] {
        self.0.peaks()
    }

    /// Adds the next statement.
    pub fn append(&mut self, statement: &StatementHash) {
        self.0.append(history_leaf(statement));
    }

    /// Its state.
    #[must_use]
    pub fn pin(&self) -> Pin {
        Pin { size: self.0.size(), root: (*self.0.root().as_bytes()).into() }
    }
}

fn root(pin: Pin) -> TreeRoot {
    TreeRoot::from_bytes(pin.root.into())
}

/// What a server's answer shows of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The receipt is malformed or not signed by the log.
    #[error("the receipt is not the log's: {0}")]
    Receipt(#[from] StatementError),
    /// The receipt is of another statement, vault or log.
    #[error("the receipt is of another statement")]
    OtherStatement,
    /// The server shows an older state than before.
    #[error("the server shows an older state than it did before")]
    Rollback,
    /// The server does not prove that its state and the one it showed before belong together. No evidence of anything yet: ask again.
    #[error("the server does not prove its history")]
    ProofMissing,
    /// The server shows a state that does not contain the one it showed before.
    #[error("the server shows another history than it did before")]
    Fork,
}

impl StableCode for HistoryError {
    fn code(&self) -> &'static str {
        match self {
            Self::Receipt(error) => error.code(),
            Self::OtherStatement => "history-other-statement",
            Self::Rollback => "history-rollback",
            Self::Fork => "history-fork",
            Self::ProofMissing => "history-proof-missing",
        }
    }
}
