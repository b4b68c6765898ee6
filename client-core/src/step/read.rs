//! Reading: a signed statement for the journal, then what it releases.

use carnet_wire::id::{EntryId, ReaderId};
use carnet_wire::message::{Body, Challenge, Method, Request, Response, StoredPart};
use carnet_wire::payload::PayloadNonce;
use carnet_wire::statement::{Context, Pin, Read, ReadMode};

use super::{Ask, StepError};
use crate::account::VerifiedAccount;
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
        Ask {
            request: Request { method: Method::Post, path, body: Body::Empty },
            then: AwaitReadChallenge(self),
        }
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
        let path = format!("/v1/vaults/{}/reads", vault.id());
        let body = Body::Cose(statement.as_bytes().to_vec());
        Ok(Ask { request: Request { method: Method::Post, path, body }, then: AwaitStored { entries } })
    }
}

/// Waits for what the read releases.
#[derive(Debug)]
pub struct AwaitStored {
    entries: usize,
}

impl AwaitStored {
    /// Takes what was given: bytes, none of them believed until [`Stored::verify`].
    ///
    /// # Errors
    /// [`StepError::OtherEntries`] for another number of versions than asked for.
    pub fn receive(self, response: &Response) -> Result<Vec<Stored>, StepError> {
        let parts: Vec<StoredPart> = response.read()?;
        if self.entries != 0 && parts.len() != self.entries {
            return Err(StepError::OtherEntries);
        }
        Ok(parts.into_iter().map(stored).collect())
    }
}

fn stored(part: StoredPart) -> Stored {
    Stored {
        deposit: Vec::from(part.deposit).into(),
        describe: part.describe.map(|bytes| Vec::from(bytes).into()),
        grant: part.grant.map(|bytes| Vec::from(bytes).into()),
        leaf: part.leaf.into(),
        path: part.path.into(),
        header: part.header.into(),
        manifest: part.manifest.into(),
        nonce: PayloadNonce::from_bytes(part.nonce.into()),
        next: part.next.map(|bytes| Vec::from(bytes).into()),
    }
}
