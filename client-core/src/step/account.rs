//! What an account keeps at the server beside its line: slots, keyring, login records; and where it has something to do.

use carnet_wire::cbor;
use carnet_wire::id::{AccountId, ActorId, Digest, VaultId};
use carnet_wire::message::{Body, Method, Request, Response};
use carnet_wire::page::{LoginCost, LoginRecord, SlotPage, VaultPage};
use carnet_wire::signature::VerifyingKey;

use super::{Ask, StepError};
use crate::account::VerifiedAccount;
use crate::account::held::HeldLogin;
use crate::account::slot::{Cost, SlotPlace};

/// Waits for a yes without more.
#[derive(Debug)]
pub struct AwaitDone(());

impl AwaitDone {
    pub(super) fn ask(method: Method, path: String, body: Body) -> Ask<Self> {
        Ask { request: Request::new(method, path, body), then: Self(()) }
    }

    /// Takes it.
    ///
    /// # Errors
    /// [`StepError::Response`].
    pub fn receive(self, response: &Response) -> Result<(), StepError> {
        Ok(response.bytes().map(|_| ())?)
    }
}

/// Waits for opaque bytes: a sealed keyring, an offer, a parcel.
#[derive(Debug)]
pub struct AwaitBytes {
    most: usize,
}

impl AwaitBytes {
    pub(super) fn ask(method: Method, path: String, most: usize) -> Ask<Self> {
        Ask { request: Request::new(method, path, Body::Empty), then: Self { most } }
    }

    /// Takes them.
    ///
    /// # Errors
    /// [`StepError::Response`]; [`StepError::Page`] for more bytes than there can be.
    pub fn receive(self, response: &Response) -> Result<Vec<u8>, StepError> {
        let bytes = response.bytes()?;
        if bytes.len() <= self.most { Ok(bytes.to_vec()) } else { Err(StepError::Page) }
    }
}

/// Fetches the sealed slots of an account.
#[derive(Debug)]
pub struct SlotsStep;

impl SlotsStep {
    /// Asks for all of them.
    pub fn start(account: &AccountId) -> Ask<AwaitSlots> {
        let request = Request::get(format!("/v1/accounts/{account}/slots"));
        Ask { request, then: AwaitSlots(()) }
    }
}

/// Waits for the slots.
#[derive(Debug)]
pub struct AwaitSlots(());

/// A slot's sealed bytes, which the account's line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSlot {
    /// What it is sealed for.
    pub place: SlotPlace,
    /// The bytes.
    pub sealed: Vec<u8>,
}

impl AwaitSlots {
    /// Takes those that the verified line names, as it names them. What else a server gives counts for nothing: an old slot of a lost
    /// passphrase does not come back.
    ///
    /// # Errors
    /// [`StepError::Response`].
    pub fn receive(
        self,
        response: &Response,
        account: &VerifiedAccount,
    ) -> Result<Vec<SealedSlot>, StepError> {
        let page: SlotPage = response.read()?;
        let slot = |part: carnet_wire::page::SlotPart| {
            let (_, record) = account.slots().find(|(slot, _)| **slot == part.slot)?;
            let digest = Digest::from_bytes(*blake3::hash(&part.sealed).as_bytes());
            let (kind, root_version) = (record.kind, record.root_version);
            let place = SlotPlace { account: account.id(), slot: part.slot, kind, root_version };
            (digest == record.digest).then(|| SealedSlot { place, sealed: part.sealed.into() })
        };
        Ok(page.slots.into_iter().filter_map(slot).collect())
    }
}

/// Keeps and fetches the account's sealed keyring.
#[derive(Debug)]
pub struct KeyringStep;

impl KeyringStep {
    /// Most bytes of a sealed keyring.
    pub const MAX_LEN: usize = 600 * 1024;

    /// Keeps one in the place of the one before.
    pub fn put(account: &AccountId, sealed: Vec<u8>) -> Ask<AwaitDone> {
        AwaitDone::ask(Method::Put, format!("/v1/accounts/{account}/keyring"), Body::Bytes(sealed))
    }

    /// Asks for it. What comes back opens under the account's root only: see [`Keyring::open`](crate::account::Keyring::open).
    pub fn get(account: &AccountId) -> Ask<AwaitBytes> {
        AwaitBytes::ask(Method::Get, format!("/v1/accounts/{account}/keyring"), Self::MAX_LEN)
    }
}

/// Keeps and removes login records.
#[derive(Debug)]
pub struct LoginRecordStep;

impl LoginRecordStep {
    /// Keeps the record of a password slot under its name: both come from [`Stretched`](crate::account::slot::Stretched).
    pub fn put(account: &AccountId, name: &ActorId, key: VerifyingKey, cost: Cost) -> Ask<AwaitDone> {
        let cost = LoginCost { memory_kib: cost.memory_kib, passes: cost.passes };
        let record = LoginRecord { account: *account, key, cost: Some(cost) };
        let path = format!("/v1/accounts/{account}/logins/{name}");
        AwaitDone::ask(Method::Put, path, Body::Cbor(cbor::encode(&record)))
    }

    /// Keeps the record of a slot secret that somebody holds: a kit's, a file's, that of contacts.
    pub fn put_held(account: &AccountId, login: &HeldLogin) -> Ask<AwaitDone> {
        let record = LoginRecord { account: *account, key: login.key.verifying_key(), cost: None };
        let path = format!("/v1/accounts/{account}/logins/{}", login.name);
        AwaitDone::ask(Method::Put, path, Body::Cbor(cbor::encode(&record)))
    }

    /// Removes one.
    pub fn remove(account: &AccountId, name: &ActorId) -> Ask<AwaitDone> {
        AwaitDone::ask(Method::Delete, format!("/v1/accounts/{account}/logins/{name}"), Body::Empty)
    }
}

/// Lists the vaults that an account holds, or in which something was granted to it.
#[derive(Debug)]
pub struct InboxStep;

impl InboxStep {
    /// Asks for the first page.
    pub fn start(account: &AccountId) -> Ask<AwaitInbox> {
        inbox(*account, None)
    }
}

/// Waits for a page of vaults.
#[derive(Debug)]
pub struct AwaitInbox {
    account: AccountId,
    after: Option<VaultId>,
}

/// A page of vaults. That a vault is named here says nothing of whose it is: its chain does.
#[derive(Debug)]
#[must_use]
pub struct InboxProgress {
    /// The vaults.
    pub vaults: Vec<VaultId>,
    /// The next page, if there is one.
    pub more: Option<Ask<AwaitInbox>>,
}

impl AwaitInbox {
    /// Takes a page.
    ///
    /// # Errors
    /// [`StepError::Page`] for one that is out of order.
    pub fn receive(self, response: &Response) -> Result<InboxProgress, StepError> {
        let page: VaultPage = response.read()?;
        let mut last = self.after;
        for vault in &page.vaults {
            if last.is_some_and(|last| *vault <= last) {
                return Err(StepError::Page);
            }
            last = Some(*vault);
        }
        if page.vaults.len() > VaultPage::MAX_VAULTS
            || (page.next.is_some() && page.next != page.vaults.last().copied())
        {
            return Err(StepError::Page);
        }
        let more = page.next.map(|next| inbox(self.account, Some(next)));
        Ok(InboxProgress { vaults: page.vaults, more })
    }
}

fn inbox(account: AccountId, after: Option<VaultId>) -> Ask<AwaitInbox> {
    let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
    let request = Request::get(format!("/v1/accounts/{account}/vaults{query}"));
    Ask { request, then: AwaitInbox { account, after } }
}
