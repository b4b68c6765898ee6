//! Slots: one more way to the account's root, kept sealed at the server, each with a login of its own.

use std::sync::Arc;

use carnet_core::account::held::HeldLogin;
use carnet_core::account::slot::{Cost, Password, SlotPlace};
use carnet_core::account::{Keyring, Owner, VerifiedAccount};
use carnet_core::secret::{SecondSecret, SymmetricKey, make_random};
use carnet_core::step::{
    Ask, AwaitDone, HeldSession, KeyringStep, LoginRecordStep, SealedSlot, SlotLogin, SlotsStep, Submit,
};
use carnet_wire::id::{AccountId, ActorId, SlotId};
use carnet_wire::message::Token;
use carnet_wire::statement::SlotKind;

use super::Client;
use super::create::{Known, call_with, line_of};
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
        let login = HeldLogin::derive(secret);
        let record = LoginRecordStep::put_held(&self.account.id(), &login);
        self.add_slot_with(owner, kind, secret, login.name, record)
    }

    /// The same for a password, stretched with the second secret: what a browser logs in with.
    ///
    /// # Errors
    /// What the server says.
    pub fn add_password(
        &mut self,
        owner: &Owner,
        password: &str,
        second: &SecondSecret,
    ) -> Result<SlotId, Failure> {
        let stretched = Password::new(password, second).stretch(Cost::FLOOR)?;
        let key = stretched.login.verifying_key();
        let record = LoginRecordStep::put(&self.account.id(), &stretched.name, key, Cost::FLOOR);
        self.add_slot_with(owner, SlotKind::Password, &stretched.secret, stretched.name, record)
    }

    fn add_slot_with(
        &mut self,
        owner: &Owner,
        kind: SlotKind,
        secret: &SymmetricKey,
        login: ActorId,
        record: Ask<AwaitDone>,
    ) -> Result<SlotId, Failure> {
        let slot = SlotId::from_bytes(make_random()?);
        let place =
            SlotPlace { account: self.account.id(), slot, kind, root_version: self.account.root_version() };
        let sealed = place.seal(owner.root(), secret)?;
        let statement = owner.put_slot(&self.account, slot, kind, &sealed, now())?;
        let ask = Submit::slot(&self.account.id(), &statement, &sealed, &self.pinned);
        self.state_line(ask)?;
        let (then, response) = self.call(record)?;
        then.receive(&response)?;
        self.put_keyring(owner, &Arc::clone(&self.keyring))?;
        let made = WayRow {
            slot: Some(slot),
            kind: Some(kind),
            made: now(),
            proven: None,
            login: Some(login),
            device: None,
        };
        self.profile.ways.push(made);
        self.keep_profile()?;
        Ok(slot)
    }

    /// Removes a slot, and its login where this device knows it: whatever paper opened it opens nothing any more.
    ///
    /// # Errors
    /// `way-unknown` where the account has no such slot; what the server says.
    pub fn remove_slot(&mut self, owner: &Owner, slot: &SlotId) -> Result<(), Failure> {
        let record = self.account.slots().find(|(id, _)| *id == slot).map(|(_, record)| record.kind);
        let kind = record.ok_or_else(|| Failure::wrong("way-unknown").with("way", slot.to_string()))?;
        let statement = owner.remove_slot(&self.account, *slot, kind, now())?;
        self.state(&statement)?;
        let noted = self.profile.ways.iter().find(|way| way.slot == Some(*slot));
        if let Some(login) = noted.and_then(|way| way.login) {
            let (then, response) = self.call(LoginRecordStep::remove(&self.account.id(), &login))?;
            then.receive(&response)?;
        }
        self.profile.ways.retain(|way| way.slot != Some(*slot));
        self.keep_profile()
    }

    /// Has the server keep a keyring of the account, sealed under the root.
    ///
    /// # Errors
    /// What the server says.
    pub fn put_keyring(&mut self, owner: &Owner, keyring: &Keyring) -> Result<(), Failure> {
        let account = self.account.id();
        let sealed = keyring.seal(owner.root(), &account, self.account.root_version())?;
        let (then, response) = self.call(KeyringStep::put(&account, sealed))?;
        Ok(then.receive(&response)?)
    }

    /// Notes that a way back was shown to work, also one that was made elsewhere.
    ///
    /// # Errors
    /// What the records say.
    pub fn prove_way(&mut self, slot: &SlotId) -> Result<(), Failure> {
        let time = now();
        match self.profile.ways.iter_mut().find(|way| way.slot == Some(*slot)) {
            Some(way) => way.proven = Some(time),
            None => {
                let kind = self.account.slots().find(|(id, _)| *id == slot).map(|(_, record)| record.kind);
                let proven = Some(time);
                let way = WayRow { slot: Some(*slot), kind, made: 0, proven, login: None, device: None };
                self.profile.ways.push(way);
            }
        }
        self.keep_profile()
    }

    /// The server that this client knows, asked as a new machine would ask it.
    ///
    /// # Errors
    /// What the address says.
    pub fn known(&self) -> Result<Known, Failure> {
        let known = Known::by_paper(&self.server_address()?, self.profile.certificates.clone())?;
        Ok(known.watched(self.remote.waits()))
    }

    /// The root of this account, out of whichever of its slots this secret opens.
    ///
    /// # Errors
    /// `slot-closed` where it opens none; what the server says.
    pub fn owner_by(&self, secret: &SymmetricKey) -> Result<Came, Failure> {
        come_by(&self.known()?, Some(self.account.id()), secret)
    }
}

/// Whoever came to the root by a slot.
#[derive(Debug)]
pub struct Came {
    /// The owner.
    pub owner: Owner,
    /// The account, verified.
    pub account: VerifiedAccount,
    /// The slot.
    pub slot: SlotId,
    /// How it holds the root.
    pub kind: SlotKind,
}

/// The root of an account, out of whichever of its slots this secret opens. Where nothing names the account, the server does: what it says
/// is checked, because the slot opens for no other account and the root gives that account's identity key.
///
/// # Errors
/// `slot-closed` where it opens none; what the server says.
pub fn come_by(known: &Known, named: Option<AccountId>, secret: &SymmetricKey) -> Result<Came, Failure> {
    let token = held_session(known, secret)?;
    let id = named.or(token.account).ok_or_else(|| Failure::coded("slot-closed"))?;
    let account = line_of(known, &id)?;
    open_with(known, &token, account, secret)
}

/// The same by a password and the second secret, as a browser does it.
///
/// # Errors
/// `slot-closed`; what the server says.
pub fn come_by_password(
    known: &Known,
    named: Option<AccountId>,
    password: &str,
    second: &SecondSecret,
) -> Result<Came, Failure> {
    let password = Password::new(password, second);
    let (then, response) = call_with(known, None, SlotLogin::start(&known.log.origin, &password))?;
    let (then, response) = call_with(known, None, then.receive(&response, &password, now())?)?;
    let (token, stretched) = then.receive(&response).map_err(closed)?;
    let id = named.or(token.account).ok_or_else(|| Failure::coded("slot-closed"))?;
    let account = line_of(known, &id)?;
    open_with(known, &token, account, &stretched.secret)
}

fn open_with(
    known: &Known,
    token: &Token,
    account: VerifiedAccount,
    secret: &SymmetricKey,
) -> Result<Came, Failure> {
    let (then, response) = call_with(known, Some(token), SlotsStep::start(&account.id()))?;
    let slots: Vec<SealedSlot> = then.receive(&response, &account)?;
    let open = |slot: &SealedSlot| Some((slot.place, slot.place.open(&slot.sealed, secret).ok()?));
    let (place, root) = slots.iter().find_map(open).ok_or_else(|| Failure::coded("slot-closed"))?;
    let owner = Owner::new(root);
    if owner.identity() != *account.identity() {
        return Err(Failure::coded("slot-closed"));
    }
    Ok(Came { owner, account, slot: place.slot, kind: place.kind })
}

/// Opens a session for a held slot secret: it fetches the account's slots and nothing else.
fn held_session(known: &Known, secret: &SymmetricKey) -> Result<Token, Failure> {
    let login = HeldLogin::derive(secret);
    let (then, response) = call_with(known, None, HeldSession::start(&known.log.origin, &login))?;
    let (then, response) = call_with(known, None, then.receive(&response, &login, now())?)?;
    then.receive(&response).map_err(closed)
}

/// To whoever stands there with a paper, a login that is refused is a paper that opens nothing.
fn closed(error: carnet_core::step::StepError) -> Failure {
    match Failure::from(error) {
        refused if refused.code() == Some("unauthenticated") => Failure::coded("slot-closed"),
        other => other,
    }
}
