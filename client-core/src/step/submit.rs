//! Submitting a statement with what it commits to, and taking its receipt: `Sealed → Stored`.

use carnet_wire::cbor;
use carnet_wire::id::{AccountId, StatementHash, VaultId};
use carnet_wire::message::{Accepted, Body, GrantPart, Method, Request, Response, Submission};
use carnet_wire::statement::{Body as StatementBody, Pin, Slot, Statement};

use super::{Ask, StepError, Uploaded};
use crate::grant::Batch;
use crate::receipt::{Pinned, TrustedLog, VerifiedReceipt};
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
        deposit: &SignedDeposit,
        uploaded: &[Uploaded],
        pinned: &Pinned,
    ) -> Result<Ask<AwaitReceipt>, StepError> {
        let kept =
            |sealed: &crate::seal::Sealed| uploaded.iter().any(|one| one.root() == &sealed.item().payload);
        if !deposit.sealed.iter().all(kept) {
            return Err(StepError::OtherEntries);
        }
        let vault = &deposit.statement.claimed().context.vault;
        let manifests = deposit.sealed.iter().map(|sealed| sealed.manifest().to_vec().into()).collect();
        Ok(ask(vault, &deposit.statement, manifests, Some(&deposit.grants), pinned))
    }

    /// Submits a describe statement with its new manifest.
    pub fn describe(
        vault: &VaultId,
        described: &crate::open::Redescribed,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        ask(vault, &described.statement, vec![described.manifest.clone().into()], None, pinned)
    }

    /// Submits grants with their headers.
    pub fn grants(
        vault: &VaultId,
        statement: &Statement<carnet_wire::statement::Grant>,
        grants: &Batch,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        ask(vault, statement, Vec::new(), Some(grants), pinned)
    }

    /// Submits an activation with the headers of its grants. Any session will do: the letter signed.
    pub fn activation(new: &crate::vault::NewActivation, pinned: &Pinned) -> Ask<AwaitReceipt> {
        let vault = new.statement.claimed().context.vault;
        ask(&vault, &new.statement, Vec::new(), Some(&new.grants), pinned)
    }

    /// Submits a statement of an account's line, or of an authority about the account. No session is needed: the signature says who may.
    pub fn account<B: StatementBody>(
        account: &AccountId,
        statement: &Statement<B>,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        ask_for(AT_ACCOUNT, &VaultId::from_bytes(*account.as_bytes()), statement, Vec::new(), None, pinned)
    }

    /// Submits a slot of an account with its sealed bytes; a slot that is removed has none, and goes by [`Submit::account`].
    pub fn slot(
        account: &AccountId,
        statement: &Statement<Slot>,
        sealed: &[u8],
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        let history = VaultId::from_bytes(*account.as_bytes());
        ask_for(AT_ACCOUNT, &history, statement, vec![sealed.to_vec().into()], None, pinned)
    }

    /// Submits any other statement.
    pub fn statement<B: StatementBody>(
        vault: &VaultId,
        statement: &Statement<B>,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        ask(vault, statement, Vec::new(), None, pinned)
    }
}

/// Waits for the receipt.
#[derive(Debug)]
pub struct AwaitReceipt {
    pub(super) vault: VaultId,
    pub(super) statement: StatementHash,
    pub(super) asked: Option<Pin>,
}

impl AwaitReceipt {
    /// Takes the receipt, checks it against the state that the request named, and moves the pin where it is newer.
    ///
    /// # Errors
    /// [`StepError::Response`] with the winner where another statement came first; [`StepError::History`] where the server's answer
    /// shows a fork; [`StepError::PinMoved`] where the pin has moved since the request was made: send it again. The pin then stays.
    pub fn receive(
        self,
        response: &Response,
        log: &TrustedLog,
        pinned: &mut Pinned,
    ) -> Result<Receipted, StepError> {
        let accepted: Accepted = response.read()?;
        self.receive_accepted(&accepted, log, pinned)
    }

    /// The same, where the receipt comes along with something else.
    pub(super) fn receive_accepted(
        self,
        accepted: &Accepted,
        log: &TrustedLog,
        pinned: &mut Pinned,
    ) -> Result<Receipted, StepError> {
        let receipt = log.verify(&accepted.receipt, &self.vault, &self.statement)?;
        if pinned.pin() != self.asked {
            return Err(StepError::PinMoved);
        }
        pinned.compare(receipt.pin(), accepted.consistency.as_ref())?;
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
    pinned: &Pinned,
) -> Ask<AwaitReceipt> {
    ask_for("vaults", vault, statement, manifests, grants, pinned)
}

/// A receipt names an account's history as it names a vault's.
fn ask_for<B: StatementBody>(
    kind: &str,
    history: &VaultId,
    statement: &Statement<B>,
    manifests: Vec<minicbor::bytes::ByteVec>,
    grants: Option<&Batch>,
    pinned: &Pinned,
) -> Ask<AwaitReceipt> {
    let part = |grant: &crate::grant::Wrapped| GrantPart {
        leaf: grant.leaf.to_bytes().into(),
        header: grant.header.as_bytes().to_vec().into(),
    };
    let grants = grants.map(|batch| batch.grants().iter().map(part).collect()).unwrap_or_default();
    let submission = Submission { statement: statement.as_bytes().to_vec().into(), manifests, grants };
    let body = Body::Cbor(cbor::encode(&submission));
    let asked = pinned.pin();
    let path = format!("/v1/{kind}/{history}/statements?since={}", asked.map_or(0, |pin| pin.size));
    let request = Request::new(Method::Post, path, body);
    Ask { request, then: AwaitReceipt { vault: *history, statement: statement.hash(), asked } }
}

const AT_ACCOUNT: &str = "accounts";
