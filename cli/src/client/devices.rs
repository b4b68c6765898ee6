//! Devices: another one approved, one cut off, and the generations of keys that follow.
//!
//! Whoever has a device has the secrets that it kept: the account's, the vault's, those of its circles. So cutting it off makes the next
//! generation of each, and what comes later is wrapped to keys that it never had.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use carnet_core::account::pairing::{Approval, CheckedOffer};
use carnet_core::account::pairing_code::PairingCode;
use carnet_core::account::{DeviceRecord, Keyring, Owner};
use carnet_core::open::Opened;
use carnet_core::step::{KeyringStep, ListStep, Mailbox, PlaceStep, Submit};
use carnet_core::vault::{NewGeneration, key_entry_document};
use carnet_wire::id::{ReaderId, StatementHash};
use carnet_wire::signature::VerifyingKey;

use super::{Client, Held};
use crate::Failure;
use crate::local::{LocalError, Table, WayRow};
use crate::session::now;

impl Client {
    /// The devices of this account that are not cut off.
    pub fn live_devices(&self) -> impl Iterator<Item = &DeviceRecord> {
        self.account.devices().filter(|device| device.is_live())
    }

    /// Checks the offer in the mailbox of a code, and prepares the new device's certificate and parcel. Nothing is sent yet.
    ///
    /// # Errors
    /// `pairing-code` where the mailbox holds no offer of this code.
    pub fn check_offer(&mut self, code: PairingCode) -> Result<(VerifyingKey, Approval), Failure> {
        let id = self.account.id();
        self.meet(&id)?;
        self.up_to_date()?;
        let (then, response) = self.call(Mailbox::of(code).get_offer())?;
        if response.is_absent() {
            return Err(Failure::coded("pairing-none"));
        }
        let offer = CheckedOffer::check(&then.receive(&response)?, &code)?;
        let key = *offer.key();
        Ok((key, offer.approve(&self.account, &self.keyring, &self.device, now())?))
    }

    /// Certifies the new device and gives it its parcel.
    ///
    /// # Errors
    /// What the server says.
    pub fn approve(
        &mut self,
        code: PairingCode,
        key: &VerifyingKey,
        approval: Approval,
    ) -> Result<(), Failure> {
        self.state(&approval.statement)?;
        let (then, response) = self.call(Mailbox::of(code).put_parcel(approval.parcel))?;
        then.receive(&response)?;
        let device = Some((*key.as_bytes()).into());
        self.profile.ways.push(WayRow {
            slot: None,
            kind: None,
            made: now(),
            proven: None,
            login: None,
            device,
        });
        self.keep_profile()
    }

    /// Waits until the new device has taken its parcel: from then on it is a way back.
    ///
    /// # Errors
    /// `pairing-late` where it does not within the time.
    pub fn await_taken(
        &mut self,
        code: PairingCode,
        key: &VerifyingKey,
        patience: Duration,
    ) -> Result<(), Failure> {
        let end = Instant::now() + patience;
        loop {
            let (_, response) = self.call(Mailbox::of(code).get_offer())?;
            if response.is_absent() {
                break;
            }
            if Instant::now() > end {
                return Err(Failure::coded("pairing-late"));
            }
            sleep(Duration::from_millis(500));
        }
        let (bytes, time) = (*key.as_bytes(), now());
        let of_it = |way: &&mut WayRow| way.device.as_ref().is_some_and(|device| **device == bytes);
        self.profile.ways.iter_mut().filter(of_it).for_each(|way| way.proven = Some(time));
        self.keep_profile()
    }

    /// Cuts a device off and makes the next generation of the account's keys. A device that is cut off already only gives the new
    /// generation, so that a command that was killed can be given again.
    ///
    /// # Errors
    /// `cut-off-self` for this very device; what the server says.
    pub fn cut_off(&mut self, owner: &Owner, device: &VerifyingKey) -> Result<(), Failure> {
        if *device == self.device.verifying_key() {
            return Err(Failure::wrong("cut-off-self"));
        }
        let id = self.account.id();
        self.meet(&id)?;
        self.up_to_date()?;
        if self.account.device(&device.key_id()).is_some_and(DeviceRecord::is_live) {
            let statement = owner.cut_off(&self.account, device, now())?;
            self.state(&statement)?;
            self.await_place(&statement.hash())?;
            self.meet(&id)?;
        }
        self.profile.ways.retain(|way| way.device.as_ref().is_none_or(|key| **key != *device.as_bytes()));
        self.keep_profile()?;
        self.next_generation(owner)
    }

    /// Waits until the log has a statement of this account: its place tells what a device signed before it was cut off.
    fn await_place(&mut self, statement: &StatementHash) -> Result<(), Failure> {
        let (id, end) = (self.account.id(), Instant::now() + LOG_PATIENCE);
        loop {
            let (_, response) = self.call(PlaceStep::start(id, statement))?;
            // Whoever asks later finds it: nothing depends on waiting longer.
            if !response.is_absent() || Instant::now() > end {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
    }

    /// Makes the next generation of the account's keys. The new keyring is here and at the server before anybody hears of it: no
    /// grant is ever wrapped to keys that nobody has.
    fn next_generation(&mut self, owner: &Owner) -> Result<(), Failure> {
        let kept = self.local.keyring(Table::Own, super::KEYRING)?;
        let mut next = kept.ok_or_else(|| Failure::from(LocalError::Damaged))?;
        let statement = owner.next_generation(&self.account, &mut next, now())?;
        let mut change = self.local.change();
        self.local.put_keyring(&mut change, Table::Own, NEXT, &next)?;
        self.local.commit(change)?;
        self.put_keyring(owner, &next)?;
        self.state(&statement)?;
        self.adopt_next()
    }

    /// Takes a keyring that was made for a generation which the account has by now.
    pub(super) fn adopt_next(&mut self) -> Result<(), Failure> {
        let Some(reader) = self.account.reader() else { return Ok(()) };
        let newest = |keyring: &Keyring| keyring.newest().key_id() == reader.key_id();
        let Some(next) = self.local.keyring(Table::Own, NEXT)?.filter(newest) else { return Ok(()) };
        self.keyring = Arc::new(next);
        let mut change = self.local.change();
        self.local.put_keyring(&mut change, Table::Own, super::KEYRING, &self.keyring)?;
        change.remove(Table::Own, NEXT);
        Ok(self.local.commit(change)?)
    }

    /// Whether this device has the account's newest keys. Another device that cut one off made new ones, which come by the root only.
    ///
    /// # Errors
    /// `generation-behind` where it has not; `unauthenticated` where it was cut off itself.
    pub fn up_to_date(&self) -> Result<(), Failure> {
        let own = self.account.device(&self.device.verifying_key().key_id());
        if own.is_some_and(|device| !device.is_live()) {
            return Err(Failure::coded("unauthenticated"));
        }
        let newest = self.keyring.newest().key_id();
        match self.account.reader() {
            Some(reader) if reader.key_id() != newest => Err(Failure::coded("generation-behind")),
            _ => Ok(()),
        }
    }

    /// Fetches the account's newest keys with the root.
    ///
    /// # Errors
    /// `keyring-closed`; what the server says.
    pub fn catch_up(&mut self, owner: &Owner) -> Result<(), Failure> {
        let id = self.account.id();
        self.meet(&id)?;
        self.keyring = Arc::new(self.fetch_keyring(owner)?);
        self.keep_keyring()
    }

    /// The keyring that the server keeps, opened with the root: up to the generation that the account announced.
    pub(super) fn fetch_keyring(&mut self, owner: &Owner) -> Result<Keyring, Failure> {
        let id = self.account.id();
        let (then, response) = self.call(KeyringStep::get(&id))?;
        let keyring =
            Keyring::open(&then.receive(&response)?, owner.root(), &id, self.account.root_version())?;
        let reader = self.account.reader().ok_or_else(|| Failure::coded("keyring-closed"))?;
        keyring.back_to(&reader.key_id()).ok_or_else(|| Failure::coded("keyring-closed"))
    }

    /// Makes the next generation of the own vault's keys and of its circles', for a device that was cut off had them all.
    ///
    /// # Errors
    /// What the server says.
    pub fn renew_vault(&mut self, held: &mut Held) -> Result<(), Failure> {
        // A command that was killed may have announced keys whose entry is still to come.
        self.deposit_missing_keys(held)?;
        let keyring = held.keyring.take().ok_or_else(|| Failure::coded("vault-without-keys"))?;
        let NewGeneration { keyring, statement } = self.ruler(held).next_generation(keyring)?;
        self.keep_vault_keyring(held.vault.id().as_bytes(), &keyring)?;
        let ask = Submit::statement(&held.vault.id(), &statement, &held.pinned);
        self.state_in(held, ask)?;
        *held = self.visit(&held.vault.id())?;
        self.deposit_missing_keys(held)?;
        self.sync_vault(held)?;
        for circle in held.vault.circles().copied().collect::<Vec<_>>() {
            let live = self.live_grants(held)?;
            // Nobody is removed but the device: all members get the new keys.
            self.remove_member(held, &circle, &ReaderId::from_bytes([0; 32]), &live)?;
        }
        Ok(())
    }

    /// Deposits the key entry that the chain names, where the server has an older version of it, granted to the account's newest keys.
    fn deposit_missing_keys(&mut self, held: &mut Held) -> Result<(), Failure> {
        let opened = self.own_key_entry(held)?;
        let wanted = held.vault.key_entry().version;
        if opened.item().version >= wanted {
            return Ok(());
        }
        let keyring = held.keyring.as_ref().ok_or_else(|| Failure::coded("vault-without-keys"))?;
        if keyring.newest().key_id() != held.vault.reader().key_id() {
            return Err(Failure::coded("vault-without-keys"));
        }
        let mut place = opened.next_version();
        place.version = wanted;
        let reader = self.account.reader().ok_or_else(|| Failure::coded("local-closed"))?;
        let mut payload = Vec::new();
        let document = key_entry_document(keyring);
        let sealed = document.seal(&place, &self.log.origin, &self.author(), &[reader], &mut payload)?;
        self.deposit_small(held, vec![(sealed, payload)])?;
        Ok(())
    }

    /// The newest version of the vault's key entry that the server has, opened with the account's keys.
    pub(super) fn own_key_entry(&mut self, held: &Held) -> Result<Opened, Failure> {
        let mut next = Some(ListStep::own(&held.vault.id()));
        let key_entry = held.vault.key_entry().entry;
        while let Some(ask) = next {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response)?;
            for stored in progress.stored {
                let own = Arc::clone(&self.keyring);
                let opened = match self.open_stored(stored.clone(), &held.vault, &[&own]) {
                    Ok(opened) => opened,
                    Err(_) => self.mend(stored, &held.vault, &[&own])?,
                };
                if opened.item().entry == key_entry {
                    return Ok(opened);
                }
            }
            next = progress.more;
        }
        Err(Failure::coded("vault-without-keys"))
    }
}

/// Where a keyring waits until its newest generation is announced.
const NEXT: &[u8] = b"keyring-next";
const LOG_PATIENCE: Duration = Duration::from_secs(10);
