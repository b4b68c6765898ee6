//! Submitting a statement with what it commits to, and taking its receipt: `Sealed → Stored`.

use carnet_wire::cbor;
use carnet_wire::id::{AccountId, StatementHash, VaultId};
use carnet_wire::message::{Accepted, Body, GrantPart, Method, Request, Response, Submission};
use carnet_wire::statement::{Body as StatementBody, Pin, Slot, Statement};

use minicbor::bytes::ByteVec;

use super::{Ask, Carried, StepError, Uploaded};
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
        Self::deposit_carrying(deposit, &[], uploaded, pinned)
    }

    /// Submits a deposit in one request: its short payloads go along with the statement, the others are uploaded.
    ///
    /// # Errors
    /// [`StepError::OtherEntries`] where an item's payload is neither among `carried` nor among `uploaded`;
    /// [`StepError::TooLarge`] where `carried` is longer than [`Carried::MOST`] together.
    pub fn deposit_carrying(
        deposit: &SignedDeposit,
        carried: &[Carried<'_>],
        uploaded: &[Uploaded],
        pinned: &Pinned,
    ) -> Result<Ask<AwaitReceipt>, StepError> {
        if carried.iter().map(|one| one.bytes().len()).sum::<usize>() > Carried::MOST {
            return Err(StepError::TooLarge);
        }
        let mut payloads = Vec::with_capacity(deposit.sealed.len());
        for sealed in &deposit.sealed {
            let root = &sealed.item().payload;
            let along = carried.iter().find(|one| one.root() == root);
            if along.is_none() && !uploaded.iter().any(|one| one.root() == root) {
                return Err(StepError::OtherEntries);
            }
            payloads.push(along.map(|one| one.bytes().to_vec()).unwrap_or_default().into());
        }
        if carried.is_empty() {
            payloads.clear();
        }
        let vault = &deposit.statement.claimed().context.vault;
        let manifests = deposit.sealed.iter().map(|sealed| sealed.manifest().to_vec().into()).collect();
        let parts = Parts { manifests, grants: Some(&deposit.grants), payloads };
        Ok(ask(vault, &deposit.statement, parts, pinned))
    }

    /// Submits a describe statement with its new manifest.
    pub fn describe(
        vault: &VaultId,
        described: &crate::open::Redescribed,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        let parts = Parts { manifests: vec![described.manifest.clone().into()], ..Parts::default() };
        ask(vault, &described.statement, parts, pinned)
    }

    /// Submits grants with their headers.
    pub fn grants(
        vault: &VaultId,
        statement: &Statement<carnet_wire::statement::Grant>,
        grants: &Batch,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        ask(vault, statement, Parts { grants: Some(grants), ..Parts::default() }, pinned)
    }

    /// Submits an activation with the headers of its grants. Any session will do: the letter signed.
    pub fn activation(new: &crate::vault::NewActivation, pinned: &Pinned) -> Ask<AwaitReceipt> {
        let vault = new.statement.claimed().context.vault;
        let parts = Parts { grants: Some(&new.grants), ..Parts::default() };
        ask(&vault, &new.statement, parts, pinned)
    }

    /// Submits a statement of an account's line, or of an authority about the account. No session is needed: the signature says who may.
    pub fn account<B: StatementBody>(
        account: &AccountId,
        statement: &Statement<B>,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        let history = VaultId::from_bytes(*account.as_bytes());
        ask_for(AT_ACCOUNT, &history, statement, Parts::default(), pinned)
    }

    /// Submits a slot of an account with its sealed bytes; a slot that is removed has none, and goes by [`Submit::account`].
    pub fn slot(
        account: &AccountId,
        statement: &Statement<Slot>,
        sealed: &[u8],
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        let history = VaultId::from_bytes(*account.as_bytes());
        let parts = Parts { manifests: vec![sealed.to_vec().into()], ..Parts::default() };
        ask_for(AT_ACCOUNT, &history, statement, parts, pinned)
    }

    /// Submits any other statement.
    pub fn statement<B: StatementBody>(
        vault: &VaultId,
        statement: &Statement<B>,
        pinned: &Pinned,
    ) -> Ask<AwaitReceipt> {
        ask(vault, statement, Parts::default(), pinned)
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

/// What goes with a statement.
#[derive(Debug, Default)]
struct Parts<'a> {
    manifests: Vec<ByteVec>,
    grants: Option<&'a Batch>,
    payloads: Vec<ByteVec>,
}

fn ask<B: StatementBody>(
    vault: &VaultId,
    statement: &Statement<B>,
    parts: Parts<'_>,
    pinned: &Pinned,
) -> Ask<AwaitReceipt> {
    ask_for("vaults", vault, statement, parts, pinned)
}

/// A receipt names an account's history as it names a vault's.
fn ask_for<B: StatementBody>(
    kind: &str,
    history: &VaultId,
    statement: &Statement<B>,
    parts: Parts<'_>,
    pinned: &Pinned,
) -> Ask<AwaitReceipt> {
    let part = |grant: &crate::grant::Wrapped| GrantPart {
        leaf: grant.leaf.to_bytes().into(),
        header: grant.header.as_bytes().to_vec().into(),
    };
    let Parts { manifests, grants, payloads } = parts;
    let grants = grants.map(|batch| batch.grants().iter().map(part).collect()).unwrap_or_default();
    let submission =
        Submission { statement: statement.as_bytes().to_vec().into(), manifests, grants, payloads };
    // Megabytes where payloads go along: room for all of it from the start.
    let along = submission.payloads.iter().chain(&submission.manifests).map(|part| part.len());
    let room = along.chain(submission.grants.iter().map(|grant| grant.leaf.len() + grant.header.len()));
    let mut body =
        Vec::with_capacity(submission.statement.len() + room.map(|len| len + FRAME).sum::<usize>());
    cbor::encode_to(&submission, &mut body);
    let body = Body::Cbor(body);
    let asked = pinned.pin();
    let path = format!("/v1/{kind}/{history}/statements?since={}", asked.map_or(0, |pin| pin.size));
    let request = Request::new(Method::Post, path, body);
    Ask { request, then: AwaitReceipt { vault: *history, statement: statement.hash(), asked } }
}

const AT_ACCOUNT: &str = "accounts";
/// What CBOR takes for the lengths of a part.
const FRAME: usize = 16;
