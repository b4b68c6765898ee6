//! Slots: one more way to the account's root, kept sealed at the server, each with a login of its own.

use carnet_core::account::Owner;
use carnet_core::account::held::HeldLogin;
use carnet_core::account::slot::SlotPlace;
use carnet_core::secret::{SymmetricKey, make_random};
use carnet_core::step::{HeldSession, KeyringStep, LoginRecordStep, SealedSlot, SlotsStep, Submit};
use carnet_wire::id::SlotId;
use carnet_wire::message::Token;
use carnet_wire::statement::SlotKind;

use super::Client;
use super::create::{Known, call_with};
use crate::Failure;
use crate::local::WayRow;
use crate::session::now;

impl Client {
    /// Seals the root into a slot that this secret opens, and has the server keep it with its login and the account's keyring.
    ///
    /// # Errors
    /// What the server says.
    pub fn add_slot(
        &mut self,
        owner: &Owner,
        kind: SlotKind,
        secret: &SymmetricKey,
    ) -> Result<SlotId, Failure> {
        let slot = SlotId::from_bytes(make_random()?);
        let place =
            SlotPlace { account: self.account.id(), slot, kind, root_version: self.account.root_version() };
        let sealed = place.seal(owner.root(), secret)?;
        self.put_sealed_slot(owner, slot, kind, &sealed)?;
        let ask = LoginRecordStep::put_held(&self.account.id(), &HeldLogin::derive(secret));
        let (then, response) = self.call(ask)?;
        then.receive(&response)?;
        self.put_keyring(owner)?;
        Ok(slot)
    }

    /// Has the server keep a sealed slot, and notes it as a way back that has still to be shown to work.
    ///
    /// # Errors
    /// What the server says.
    pub fn put_sealed_slot(
        &mut self,
        owner: &Owner,
        slot: SlotId,
        kind: SlotKind,
        sealed: &[u8],
    ) -> Result<(), Failure> {
        let statement = owner.put_slot(&self.account, slot, kind, sealed, now())?;
        let ask = Submit::slot(&self.account.id(), &statement, sealed, &self.pinned);
        self.state_line(ask)?;
        self.profile.ways.push(WayRow { slot: Some(slot), kind: Some(kind), made: now(), proven: None });
        self.keep_profile()
    }

    /// Has the server keep the account's keyring, sealed under the root.
    ///
    /// # Errors
    /// What the server says.
    pub fn put_keyring(&mut self, owner: &Owner) -> Result<(), Failure> {
        let account = self.account.id();
        let sealed = self.keyring.seal(owner.root(), &account, self.account.root_version())?;
        let (then, response) = self.call(KeyringStep::put(&account, sealed))?;
        Ok(then.receive(&response)?)
    }

    /// Notes that a way back was shown to work.
    ///
    /// # Errors
    /// What the records say.
    pub fn prove_way(&mut self, slot: &SlotId) -> Result<(), Failure> {
        let time = now();
        self.profile
            .ways
            .iter_mut()
            .filter(|way| way.slot == Some(*slot))
            .for_each(|way| way.proven = Some(time));
        self.keep_profile()
    }
}

/// Opens a session for a held slot secret: it fetches the account's slots and nothing else.
///
/// # Errors
/// `unauthenticated` where the server knows no such login.
pub fn held_session(known: &Known, secret: &SymmetricKey) -> Result<Token, Failure> {
    let login = HeldLogin::derive(secret);
    let (then, response) = call_with(known, None, HeldSession::start(&known.log.origin, &login))?;
    let (then, response) = call_with(known, None, then.receive(&response, &login, now())?)?;
    Ok(then.receive(&response)?)
}

/// The root of an account, out of whichever of its slots this secret opens.
///
/// # Errors
/// `slot-closed` where it opens none; what the server says.
pub fn owner_by(
    known: &Known,
    account: &carnet_core::account::VerifiedAccount,
    secret: &SymmetricKey,
) -> Result<Owner, Failure> {
    let token = held_session(known, secret)?;
    let (then, response) = call_with(known, Some(&token), SlotsStep::start(&account.id()))?;
    let slots: Vec<SealedSlot> = then.receive(&response, account)?;
    let root = slots.iter().find_map(|slot| slot.place.open(&slot.sealed, secret).ok());
    let owner = Owner::new(root.ok_or_else(|| Failure::coded("slot-closed"))?);
    if owner.identity() == *account.identity() { Ok(owner) } else { Err(Failure::coded("slot-closed")) }
}
