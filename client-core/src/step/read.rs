//! Reading: a signed statement for the journal, then what it releases.

use carnet_wire::id::{EntryId, ReaderId};
use carnet_wire::message::{Body, Challenge, Method, Request, Response, StoredPage};
use carnet_wire::statement::{Context, Pin, Read, ReadMode};

use super::{Ask, AwaitReceipt, Receipted, StepError};
use crate::account::VerifiedAccount;
use crate::receipt::{HistoryError, Pinned, TrustedLog};
use crate::signer::DeviceKey;
use crate::stored::Stored;
use crate::vault::VerifiedVault;

/// Asks for entries of a vault.
#[derive(Debug, Clone)]
pub struct ReadStep {
    /// Whether payload bytes will be read too.
    pub mode: ReadMode,
    /// The entries; empty with [`ReadMode::List`] for all.
    pub entries: Vec<EntryId>,
    /// The circle through which the reader reads.
    pub via: Option<ReaderId>,
    /// Why, as a number of the vault's list of reasons.
    pub reason: u8,
}

impl ReadStep {
    /// Asks for a challenge.
    pub fn start(self, vault: &VerifiedVault) -> Ask<AwaitReadChallenge> {
        let path = format!("/v1/vaults/{}/reads/challenges", vault.id());
        Ask { request: Request::new(Method::Post, path, Body::Empty), then: AwaitReadChallenge(self) }
    }
}

/// Waits for the challenge.
#[derive(Debug)]
pub struct AwaitReadChallenge(ReadStep);

impl AwaitReadChallenge {
    /// Signs the read at `now` (milliseconds since 1970), under the newest state that this client has verified.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn receive(
        self,
        response: &Response,
        vault: &VerifiedVault,
        account: &VerifiedAccount,
        device: &DeviceKey,
        pin: Option<Pin>,
        now: u64,
    ) -> Result<Ask<AwaitStored>, StepError> {
        let challenge = response.read::<Challenge>()?.challenge;
        let entries = self.0.entries.len();
        let body = Read {
            context: Context { vault: vault.id(), actor: account.actor(), time: now, pin },
            mode: self.0.mode,
            entries: self.0.entries,
            via: self.0.via,
            reason: self.0.reason,
            challenge,
        };
        let statement = device.sign(vault.origin(), body)?;
        let since = pin.map_or(0, |pin| pin.size);
        let path = format!("/v1/vaults/{}/reads?since={since}", vault.id());
        let receipt = AwaitReceipt { vault: vault.id(), statement: statement.hash(), asked: pin };
        let body = Body::Cose(statement.as_bytes().to_vec());
        let request = Request::new(Method::Post, path.clone(), body);
        let left = (entries != 0).then_some(entries);
        let then = AwaitStored { request: request.clone(), path, left, receipt: Some(receipt) };
        Ok(Ask { request, then })
    }
}

/// Waits for a page of what the read releases.
#[derive(Debug)]
pub struct AwaitStored {
    request: Request,
    path: String,
    // How many versions are still to come, where the read named its entries.
    left: Option<usize>,
    // The receipt of the read, until the first page has brought it.
    receipt: Option<AwaitReceipt>,
}

/// A page of a read: bytes, none of them believed until [`Stored::verify`].
#[derive(Debug)]
#[must_use]
pub struct ReadProgress {
    /// What this page gives.
    pub stored: Vec<Stored>,
    /// The receipt of the read, with the first page.
    pub receipted: Option<Receipted>,
    /// The next page, if there is one.
    pub more: Option<Ask<AwaitStored>>,
}

impl AwaitStored {
    /// Takes a page of at most 100 versions, and with the first the read's receipt, which moves the pin: a client that only reads sees a
    /// rollback or a fork too.
    ///
    /// # Errors
    /// [`StepError::History`] and [`StepError::PinMoved`] as for any statement; [`StepError::OtherEntries`] for more than a page, an empty page that is not the last, or another number of versions than the
    /// read named; [`StepError::Page`] where a statement is missing.
    pub fn receive(
        self,
        response: &Response,
        log: &TrustedLog,
        pinned: &mut Pinned,
    ) -> Result<ReadProgress, StepError> {
        let page: StoredPage = response.read()?;
        let count = page.parts.len();
        let left =
            self.left.map(|left| left.checked_sub(count).ok_or(StepError::OtherEntries)).transpose()?;
        let last = page.next.is_none();
        let wrong = count > StoredPage::MAX_PARTS
            || (count == 0 && !last)
            || left.is_some_and(|left| last != (left == 0));
        if wrong {
            return Err(StepError::OtherEntries);
        }
        let stored = super::released::stored(page.parts, page.statements)?;
        let receipted = match self.receipt {
            Some(receipt) => {
                let accepted = page.accepted.as_ref().ok_or(HistoryError::ProofMissing)?;
                Some(receipt.receive_accepted(accepted, log, pinned)?)
            }
            None => None,
        };
        let more = page.next.map(|next| {
            let request = Request { path: format!("{}&after={next}", self.path), ..self.request };
            Ask { request: request.clone(), then: Self { request, path: self.path, left, receipt: None } }
        });
        Ok(ReadProgress { stored, receipted, more })
    }
}
