//! Receipts and histories: what a server said it had, held against what it says later.
//!
//! A client pins the newest state it has verified, puts it into what it signs, and asks for a consistency proof at each visit:
//! omission, reordering and rollback below the pin show.

use carnet_wire::StableCode;
use carnet_wire::id::{StatementHash, VaultId};
use carnet_wire::log_leaf::history_leaf;
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Pin, Receipt, Statement, StatementError};
use carnet_wire::tree::{ConsistencyProof, Frontier, TreeRoot};

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
