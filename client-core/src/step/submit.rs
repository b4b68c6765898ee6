//! Submitting a statement with what it commits to, and taking its receipt: `Sealed → Stored`.

use carnet_wire::cbor;
use carnet_wire::id::{StatementHash, VaultId};
use carnet_wire::message::{Accepted, Body, GrantPart, Method, Request, Response, Submission};
use carnet_wire::statement::{Body as StatementBody, Statement};

use super::{Ask, StepError, Uploaded};
use crate::grant::Batch;
use crate::receipt::{HistoryError, Pinned, TrustedLog, VerifiedReceipt};
use crate::seal::SignedDeposit;

/// Submits one statement of a vault.
#[derive(Debug)]
pub struct Submit;

impl Submit {
    /// Submits a deposit, once all of its payloads are uploaded.
    ///
    /// # Errors
    /// [`StepError::OtherEntries`] where an item's payload is not among `uploaded`.
    pub fn deposit(
        vault: &VaultId,
        deposit: &SignedDeposit,
        uploaded: &[Uploaded],
    ) -> Result<Ask<AwaitReceipt>, StepError> {
        let kept =
            |sealed: &crate::seal::Sealed| uploaded.iter().any(|one| one.root() == &sealed.item().payload);
        if !deposit.sealed.iter().all(kept) {
            return Err(StepError::OtherEntries);
        }
        let manifests = deposit.sealed.iter().map(|sealed| sealed.manifest().to_vec().into()).collect();
        Ok(ask(vault, &deposit.statement, manifests, Some(&deposit.grants)))
    }

    /// Submits a describe statement with its new manifest.
    pub fn describe(vault: &VaultId, described: &crate::open::Redescribed) -> Ask<AwaitReceipt> {
        ask(vault, &described.statement, vec![described.manifest.clone().into()], None)
    }

    /// Submits grants with their headers.
    pub fn grants(
        vault: &VaultId,
        statement: &Statement<carnet_wire::statement::Grant>,
        grants: &Batch,
    ) -> Ask<AwaitReceipt> {
        ask(vault, statement, Vec::new(), Some(grants))
    }

    /// Submits any other statement.
    pub fn statement<B: StatementBody>(vault: &VaultId, statement: &Statement<B>) -> Ask<AwaitReceipt> {
        ask(vault, statement, Vec::new(), None)
    }
}

/// Waits for the receipt.
#[derive(Debug)]
pub struct AwaitReceipt {
    vault: VaultId,
    statement: StatementHash,
}

impl AwaitReceipt {
    /// Takes the receipt, and moves the pin to the state that it names.
    ///
    /// # Errors
    /// [`StepError::Response`] with the winner where another statement came first, [`StepError::History`] where the server's
    /// answer shows a rollback or a fork; the pin then stays.
    pub fn receive(
        self,
        response: &Response,
        log: &TrustedLog,
        pinned: &mut Pinned,
    ) -> Result<Receipted, StepError> {
        let accepted: Accepted = response.read()?;
        let receipt = log.verify(&accepted.receipt, &self.vault, &self.statement)?;
        // A repeated submission gets its first receipt, which may be older than the pin: that is no rollback.
        if pinned.pin().is_none_or(|pin| receipt.pin().size > pin.size) {
            pinned.advance(receipt.pin(), accepted.consistency.as_ref())?;
        } else if pinned.pin().is_some_and(|pin| pin.size == receipt.pin().size && pin != receipt.pin()) {
            return Err(HistoryError::Fork.into());
        }
        Ok(Receipted { receipt })
    }
}

/// A statement that the server has made durable and signed for.
#[derive(Debug, Clone)]
pub struct Receipted {
    receipt: VerifiedReceipt,
}

impl Receipted {
    /// The receipt, to keep as evidence.
    #[must_use]
    pub fn receipt(&self) -> &VerifiedReceipt {
        &self.receipt
    }
}

fn ask<B: StatementBody>(
    vault: &VaultId,
    statement: &Statement<B>,
    manifests: Vec<minicbor::bytes::ByteVec>,
    grants: Option<&Batch>,
) -> Ask<AwaitReceipt> {
    let part = |grant: &crate::grant::Wrapped| GrantPart {
        leaf: grant.leaf.to_bytes().into(),
        header: grant.header.as_bytes().to_vec().into(),
    };
    let grants = grants.map(|batch| batch.grants().iter().map(part).collect()).unwrap_or_default();
    let submission = Submission { statement: statement.as_bytes().to_vec().into(), manifests, grants };
    let body = Body::Cbor(cbor::encode(&submission));
    let request = Request { method: Method::Post, path: format!("/v1/vaults/{vault}/statements"), body };
    Ask { request, then: AwaitReceipt { vault: *vault, statement: statement.hash() } }
}
