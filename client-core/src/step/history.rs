//! Reading a vault's whole history: what has changed, and the journal. Each statement comes with its receipt, and all of them make the
//! tree that the receipts name.

use carnet_wire::id::{StatementHash, VaultId};
use carnet_wire::message::{Request, Response};
use carnet_wire::page::{HistoryPage, HistoryPart};
use carnet_wire::statement;

use super::{Ask, StepError};
use crate::receipt::{History, HistoryError, Pinned, TrustedLog, VerifiedReceipt};

/// Reads on in a vault's history.
#[derive(Debug)]
pub struct HistoryStep;

impl HistoryStep {
    /// Asks for what came after a history that this client holds: a new one for all.
    pub fn start(vault: &VaultId, held: History) -> Ask<AwaitHistory> {
        let from = held.pin().size.saturating_add(1);
        let request = Request::get(format!("/v1/vaults/{vault}/history?from={from}"));
        Ask { request, then: AwaitHistory { vault: *vault, history: held } }
    }
}

/// Waits for a page of the history.
#[derive(Debug)]
pub struct AwaitHistory {
    vault: VaultId,
    history: History,
}

/// A page of the history, verified: its statements stand in the tree that the log signed, in this order.
#[derive(Debug)]
#[must_use]
pub struct HistoryProgress {
    /// The statements of the page.
    pub stated: Vec<Stated>,
    /// What comes next.
    pub next: HistoryNext,
}

/// What comes next for a history.
#[derive(Debug)]
#[must_use]
pub enum HistoryNext {
    /// There is another page.
    More(Ask<AwaitHistory>),
    /// This is all: the history to hold for the next visit.
    Done(History),
}

/// One statement of a history.
#[derive(Debug, Clone)]
pub struct Stated {
    /// Its number, from 1.
    pub number: u64,
    /// Its hash.
    pub hash: StatementHash,
    /// Its bytes, whose own signature is not verified here; absent once they have been erased.
    pub bytes: Option<Vec<u8>>,
    /// Its receipt.
    pub receipt: VerifiedReceipt,
    /// Whether the server says that it waits for the holder to accept it.
    pub waiting: bool,
}

impl AwaitHistory {
    /// Takes a page, checks each receipt against the tree that the statements make, and moves the pin along.
    ///
    /// # Errors
    /// [`StepError::Page`] for a page that is not what was asked for; [`StepError::History`] where a receipt is not the log's
    /// ([`HistoryError::OtherStatement`]), is of another tree ([`HistoryError::Fork`]), or the last page ends before the pinned state
    /// ([`HistoryError::Rollback`]). The pin then stays.
    pub fn receive(
        mut self,
        response: &Response,
        log: &TrustedLog,
        pinned: &mut Pinned,
    ) -> Result<HistoryProgress, StepError> {
        let page: HistoryPage = response.read()?;
        let (next, empty) = (page.next, page.parts.is_empty());
        if page.parts.len() > HistoryPage::MAX_PARTS || (empty && next.is_some()) {
            return Err(StepError::Page);
        }
        let mut ahead = pinned.clone();
        let mut stated = Vec::with_capacity(page.parts.len());
        for part in page.parts {
            stated.push(self.append(part, log, &mut ahead)?);
        }
        let size = self.history.pin().size;
        if next.is_some_and(|next| next != size.saturating_add(1)) {
            return Err(StepError::Page);
        }
        let next = if next.is_some() {
            HistoryNext::More(HistoryStep::start(&self.vault, self.history))
        } else {
            if ahead.pin().is_some_and(|pin| size < pin.size) {
                return Err(HistoryError::Rollback.into());
            }
            HistoryNext::Done(self.history)
        };
        *pinned = ahead;
        Ok(HistoryProgress { stated, next })
    }

    fn append(
        &mut self,
        part: HistoryPart,
        log: &TrustedLog,
        pinned: &mut Pinned,
    ) -> Result<Stated, StepError> {
        let bytes: Option<Vec<u8>> = part.statement.clone().map(Vec::from);
        let other = bytes.as_ref().is_some_and(|bytes| statement::hash(bytes) != part.hash);
        let before = self.history.pin();
        if part.number != before.size.saturating_add(1) || other {
            return Err(StepError::Page);
        }
        self.history.append(&part.hash);
        let receipt = log.verify(&part.receipt, &self.vault, &part.hash)?;
        if receipt.pin() != self.history.pin() {
            return Err(HistoryError::Fork.into());
        }
        pinned.follow(before, self.history.pin())?;
        let HistoryPart { number, hash, waiting, .. } = part;
        Ok(Stated { number, hash, bytes, receipt, waiting })
    }
}
