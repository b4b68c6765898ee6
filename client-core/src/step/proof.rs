//! Proofs, asked for afterwards: a receipt again, what one signed state has to do with another, a place in the log.

use carnet_wire::id::{AccountId, StatementHash, VaultId};
use carnet_wire::message::{Request, Response};
use carnet_wire::page::{PlaceProof, StateProof};
use carnet_wire::statement::Pin;

use super::{Ask, AwaitReceipt, StepError};
use crate::receipt::{HistoryError, Pinned, Placed, TrustedLog};

/// Whose history: a vault's or an account's. Receipts and proofs are of one kind for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HistoryId(VaultId);

impl From<VaultId> for HistoryId {
    fn from(vault: VaultId) -> Self {
        Self(vault)
    }
}

impl From<AccountId> for HistoryId {
    fn from(account: AccountId) -> Self {
        Self(VaultId::from_bytes(*account.as_bytes()))
    }
}

impl HistoryId {
    /// The id as receipts name it.
    pub(super) fn named(&self) -> VaultId {
        self.0
    }
}

/// Asks for the receipt of a statement again.
#[derive(Debug)]
pub struct ReceiptStep;

impl ReceiptStep {
    /// Asks, naming the state that this client has pinned.
    pub fn start(
        history: impl Into<HistoryId>,
        statement: &StatementHash,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        let history = history.into().named();
        let asked = pinned.pin();
        let since = asked.map_or(0, |pin| pin.size);
        let path = format!("/v1/histories/{history}/receipts/{statement}?since={since}");
        let then = AwaitReceipt { vault: history, statement: *statement, asked };
        Ask { request: Request::get(path), then }
    }
}

/// Asks whether one state of a history begins another: both came out of receipts, so that a lie is evidence.
#[derive(Debug)]
pub struct StateStep;

impl StateStep {
    /// Asks for the proof between two states, the older first.
    pub fn start(history: impl Into<HistoryId>, older: Pin, newer: Pin) -> Ask<AwaitState> {
        let history = history.into().named();
        let path = format!("/v1/histories/{history}/state?since={}&size={}", older.size, newer.size);
        Ask { request: Request::get(path), then: AwaitState { older, newer } }
    }
}

/// Waits for the proof between two states.
#[derive(Debug)]
pub struct AwaitState {
    older: Pin,
    newer: Pin,
}

impl AwaitState {
    /// Takes the proof.
    ///
    /// # Errors
    /// [`HistoryError::Rollback`] where the newer state is the smaller one, [`HistoryError::Fork`] where it does not contain the older,
    /// [`HistoryError::ProofMissing`].
    pub fn receive(self, response: &Response) -> Result<(), StepError> {
        let proof: StateProof = response.read()?;
        if proof.size != self.newer.size {
            return Err(HistoryError::ProofMissing.into());
        }
        if proof.root != self.newer.root {
            return Err(HistoryError::Fork.into());
        }
        Ok(Pinned::at(self.older).advance(self.newer, proof.consistency.as_ref())?)
    }
}

/// Asks for the place of a statement in the log.
#[derive(Debug)]
pub struct PlaceStep;

impl PlaceStep {
    /// Asks. The server answers `absent` while the log does not have the statement: its receipt says until when.
    pub fn start(history: impl Into<HistoryId>, statement: &StatementHash) -> Ask<AwaitPlace> {
        let history = history.into().named();
        let request = Request::get(format!("/v1/histories/{history}/places/{statement}"));
        Ask { request, then: AwaitPlace { statement: *statement } }
    }
}

/// Waits for the proof of a place.
#[derive(Debug)]
pub struct AwaitPlace {
    statement: StatementHash,
}

impl AwaitPlace {
    /// Takes the proof, in the log whose key the client trusts: its own, or for what was stated before a restore, the one before it.
    ///
    /// # Errors
    /// [`StepError::Place`].
    pub fn receive(self, response: &Response, log: &TrustedLog) -> Result<Placed, StepError> {
        let proof: PlaceProof = response.read()?;
        Ok(log.verify_place(&proof, &self.statement)?)
    }
}
