//! Accounts through their life: paired, cut off, moved to a new root; and a vault that waited for its holder.

#![cfg(test)]

use carnet_core::account::pairing::{CheckedOffer, NewDevice, PairingError};
use carnet_core::account::pairing_code::PairingCode;
use carnet_core::account::slot::SlotPlace;
use carnet_core::account::{Accounts, Keyring, Owner, VerifiedAccount};
use carnet_core::position::Signed;
use carnet_core::reader::ReaderKeys;
use carnet_core::secret::{ReaderSecret, RootSecret, SigningSeed, SymmetricKey};
use carnet_core::signer::DeviceKey;
use carnet_core::vault::{NewVault, Rules, VerifiedVault};
use carnet_tests::cast::{Cast, NOW, Person, Shelf, origin};
use carnet_tests::host::Log;
use carnet_wire::StableCode as _;
use carnet_wire::id::{ActorId, SlotId};
use carnet_wire::origin::Origin;
use carnet_wire::statement::{
    Activate, Close, Context, Device, DeviceChange, GrantBatch, KeyEntry, Pin, SlotKind, Standing,
};
use carnet_wire::tree::TreeRoot;

#[test]
fn second_device_gets_the_keyring_by_a_code_and_signs_for_the_account() {
    let mut cast = Cast::make();
    let new = NewDevice::make().unwrap();
    let code = PairingCode::parse(&new.code().to_string()).unwrap();
    let offer = CheckedOffer::check(new.offer(), &code).unwrap();
    let patient = &cast.patient;
    let approval = offer.approve(&patient.account, &patient.keyring, &patient.device, NOW).unwrap();
    let account = patient.account.clone().follow(approval.statement.as_bytes(), None).unwrap();
    let unconfirmed = new.accept(&approval.parcel).unwrap();
    let seen = PairingCode::parse(&approval.fingerprint.to_string()).unwrap();
    let paired = unconfirmed.confirm(&account, &seen).unwrap();
    assert_eq!(paired.account, patient.account.id());
    assert_eq!(paired.keyring.newest().bundle(), patient.keyring.newest().bundle());
    assert_eq!(account.devices().filter(|device| device.is_live()).count(), 2);
    cast.accounts.insert(account.clone()).unwrap();
    let second = Person { account, device: paired.key, keyring: paired.keyring, ..Person::make() };
    let shelf = cast.deposit(&second, "Note", b"from the second device", &[]);
    assert_eq!(cast.open(&shelf).open_bytes(&shelf.payload).unwrap().content, b"from the second device");
}

#[test]
fn offer_that_the_mailbox_swapped_is_not_the_one_of_the_code() {
    let (new, servers) = (NewDevice::make().unwrap(), NewDevice::make().unwrap());
    assert_eq!(CheckedOffer::check(servers.offer(), &new.code()).err(), Some(PairingError::Code));
    for index in 0..new.offer().len() {
        let mut changed = new.offer().to_vec();
        changed[index] ^= 1;
        assert_eq!(
            CheckedOffer::check(&changed, &new.code()).err(),
            Some(PairingError::Code),
            "byte {index}"
        );
    }
    let person = Person::make();
    let offer = CheckedOffer::check(servers.offer(), &servers.code()).unwrap();
    let approval = offer.approve(&person.account, &person.keyring, &person.device, NOW).unwrap();
    assert_eq!(new.accept(&approval.parcel).err(), Some(PairingError::Parcel));
}

#[test]
fn parcel_that_the_mailbox_made_up_is_not_confirmed() {
    let (patient, server) = (Person::make(), Person::make());
    let parcel = |by: &Person, account: &VerifiedAccount, keyring: &Keyring| {
        let new = NewDevice::make().unwrap();
        let offer = CheckedOffer::check(new.offer(), &new.code()).unwrap();
        let honest = CheckedOffer::check(new.offer(), &new.code()).unwrap();
        let seen = honest.approve(&patient.account, &patient.keyring, &patient.device, NOW).unwrap();
        let patients = patient.account.clone().follow(seen.statement.as_bytes(), None).unwrap();
        let forged = offer.approve(account, keyring, &by.device, NOW).unwrap();
        let line = by.account.clone().follow(forged.statement.as_bytes(), None).ok();
        (new.accept(&forged.parcel).unwrap(), seen.fingerprint, patients, line)
    };
    // The server's own account, in whose line the server has certified the device.
    let (unconfirmed, seen, _, line) = parcel(&server, &server.account, &server.keyring);
    assert_eq!(*unconfirmed.account(), server.account.id());
    assert_eq!(unconfirmed.confirm(&line.unwrap(), &seen).err(), Some(PairingError::Code));
    // The patient's account with a keyring of the server's.
    let (unconfirmed, seen, patients, _) = parcel(&server, &patient.account, &server.keyring);
    assert_eq!(unconfirmed.confirm(&patients, &seen).err(), Some(PairingError::Account));
    // A line in which the device does not stand.
    let (unconfirmed, seen, _, _) = parcel(&patient, &patient.account, &patient.keyring);
    assert_eq!(unconfirmed.confirm(&patient.account, &seen).err(), Some(PairingError::Account));
}

#[test]
fn what_a_device_signed_before_it_was_cut_off_stays_valid_by_its_place_in_the_log() {
    let person = Person::make();
    let lost = person.device.verifying_key();
    let certificate =
        || person.device.certify(&person.account, &Person::make().device.verifying_key(), NOW).unwrap();
    let (early, late) = (certificate(), certificate());
    let mut log = Log::new();
    let before = log.append(early.as_bytes());
    let cut = person.owner.cut_off(&person.account, &lost, NOW).unwrap();
    let cut_at = log.append(cut.as_bytes());
    let after = log.append(late.as_bytes());
    let cut_position = log.position(cut.as_bytes(), cut_at);
    let account = person.account.clone().follow(cut.as_bytes(), Some(cut_position)).unwrap();
    let (early_at, late_at) = (log.position(early.as_bytes(), before), log.position(late.as_bytes(), after));
    assert!(account.verify(early.clone(), Some(early_at.clone())).is_ok());
    // After it, without a place, and with the place of another statement.
    for (statement, position) in [(&late, Some(late_at)), (&early, None), (&late, Some(early_at))] {
        let error = account.verify(statement.clone(), position).unwrap_err();
        assert_eq!(error.code(), "account-device-cut-off");
    }
    // A device that was cut off comes back with a new key only, and can certify nobody.
    let again = person.owner.certify(&account, &lost, NOW).unwrap();
    assert_eq!(account.clone().follow(again.as_bytes(), None).unwrap_err().code(), "account-device-twice");
    assert_eq!(account.clone().follow(late.as_bytes(), None).unwrap_err().code(), "account-device-cut-off");
}

#[test]
fn root_comes_back_from_a_kit_and_rules_again() {
    let person = Person::make();
    let secret = SymmetricKey::make().unwrap();
    let place = SlotPlace {
        account: person.account.id(),
        slot: SlotId::from_bytes([4; 16]),
        kind: SlotKind::Kit,
        root_version: person.account.root_version(),
    };
    let sealed = place.seal(person.owner.root(), &secret).unwrap();
    let put = person.owner.put_slot(&person.account, place.slot, place.kind, &sealed, NOW).unwrap();
    let account = person.account.clone().follow(put.as_bytes(), None).unwrap();
    assert_eq!(account.slots().count(), 1);
    let keyring = person.keyring.seal(person.owner.root(), &account.id(), 1).unwrap();
    // All devices are lost; the kit is not.
    let owner = Owner::new(place.open(&sealed, &secret).unwrap());
    assert_eq!(&owner.identity(), account.identity());
    let mut keyring = Keyring::open(&keyring, owner.root(), &account.id(), 1).unwrap();
    let cut = owner.cut_off(&account, &person.device.verifying_key(), NOW).unwrap();
    let account = account.follow(cut.as_bytes(), None).unwrap();
    let next = owner.next_generation(&account, &mut keyring, NOW).unwrap();
    let account = account.follow(next.as_bytes(), None).unwrap();
    assert_eq!(account.reader().unwrap().key_id(), keyring.newest().key_id());
    let removed = owner.remove_slot(&account, place.slot, place.kind, NOW).unwrap();
    assert_eq!(account.follow(removed.as_bytes(), None).unwrap().slots().count(), 0);
}

#[test]
fn vault_opened_by_letter_takes_deposits_and_passes_to_its_holder_once() {
    let mut cast = Cast::make();
    let letter_secret = ReaderSecret::make().unwrap();
    let letter = ReaderKeys::derive(letter_secret);
    let mut new = NewVault::make_by_letter(&letter, &origin(), NOW).unwrap();
    let vault = VerifiedVault::begin(&new.id, new.genesis.as_bytes(), &cast.accounts, None).unwrap();
    assert_eq!(vault.holder(), None);
    cast.vault = vault;
    let before = cast.deposit(&cast.doctor, "Avant", b"before", &[]);
    // The patient has an account now, and the letter in hand.
    let next = ReaderKeys::make().unwrap();
    let key_entry = KeyEntry { version: 2, ..cast.vault.key_entry() };
    let activate = |bundle, consent: [u8; 64]| Activate {
        context: Context { vault: new.id, actor: cast.patient.account.actor(), time: NOW, pin: None::<Pin> },
        account: cast.patient.account.id(),
        bundle,
        key_entry,
        factor: [1; 32].into(),
        grants: GrantBatch { root: (*TreeRoot::EMPTY.as_bytes()).into(), count: 0 },
        consent: consent.into(),
    };
    let consent = cast.patient.owner.consent(&activate(next.bundle(), [0; 64]));
    // Somebody who has the letter but not the account, and somebody who has another account.
    let thief = ReaderKeys::make().unwrap();
    for bad in [activate(thief.bundle(), consent), activate(next.bundle(), [0; 64])] {
        let statement = letter.signing().sign(&origin(), bad).unwrap();
        let error = cast.vault.clone().follow(statement.as_bytes(), &cast.accounts, None).unwrap_err();
        assert_eq!(error.code(), "statement-signature");
    }
    let without = thief.signing().sign(&origin(), activate(next.bundle(), consent)).unwrap();
    let error = cast.vault.clone().follow(without.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "statement-other-signer");
    let statement = letter.signing().sign(&origin(), activate(next.bundle(), consent)).unwrap();
    cast.follow(statement.as_bytes());
    let activation = statement.as_bytes().to_vec().into();
    assert_eq!(cast.vault.holder(), Some(cast.patient.account.actor()));
    assert_eq!((cast.vault.reader().generation(), cast.vault.reader().key_id()), (2, next.key_id()));
    // A second scan of the letter.
    let error = cast.vault.clone().follow(statement.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "vault-not-allowed");
    // What was deposited before opens still; what comes after does not open with what the letter's maker kept.
    let activated = cast.vault.clone();
    let old = Keyring::new(ReaderKeys::make().unwrap());
    let kept = std::mem::replace(&mut new.keyring, old);
    let verified = before.stored(0).verify(&before.wanted, &cast.vault, &cast.accounts).unwrap();
    assert!(verified.open_with(&kept, &cast.accounts).is_ok());
    let after = cast.deposit(&cast.doctor, "Après", b"after", &[]);
    let verified = after.stored(0).verify(&after.wanted, &cast.vault, &cast.accounts).unwrap();
    assert_eq!(verified.clone().open_with(&kept, &cast.accounts).unwrap_err().code(), "open-no-key");
    assert!(verified.open(&next, &cast.accounts).is_ok());
    // The holder announces a new root: what the old identity key agreed to stays agreed.
    let new_root = Owner::new(RootSecret::make().unwrap());
    let account = &cast.patient.account;
    let statement = cast.patient.owner.announce(account, &new_root, NOW).unwrap();
    let account = account.clone().follow(statement.as_bytes(), None).unwrap();
    assert_eq!((account.identity(), account.root_version()), (&new_root.identity(), 2));
    assert_eq!(
        account.clone().follow(statement.as_bytes(), None).unwrap_err().code(),
        "statement-other-signer"
    );
    cast.accounts.insert(account).unwrap();
    let again = VerifiedVault::from_chain(
        &new.id,
        &[new.genesis.as_bytes().to_vec().into(), activation],
        &cast.accounts,
    );
    assert!(again.unwrap().extends(&activated));
}

#[test]
fn close_of_a_letters_vault_signed_under_another_log_is_refused() {
    let letter = ReaderKeys::make().unwrap();
    let new = NewVault::make_by_letter(&letter, &origin(), NOW).unwrap();
    let vault = VerifiedVault::begin(&new.id, new.genesis.as_bytes(), &Accounts::new(), None).unwrap();
    let actor = ActorId::from_bytes(*letter.bundle().reader_id().as_bytes());
    let close = |origin: &Origin| {
        let context = Context { vault: new.id, actor, time: NOW, pin: None };
        let body = Close { context, replaces: new.genesis.hash() };
        let statement = letter.signing().sign(origin, body).unwrap();
        vault.clone().follow(statement.as_bytes(), &Accounts::new(), None)
    };
    let elsewhere = Origin::parse("elsewhere.example/log").unwrap();
    assert_eq!(close(&elsewhere).unwrap_err().code(), "vault-other");
    assert!(close(&origin()).unwrap().is_closed());
}

#[test]
fn line_of_another_log_is_not_followed() {
    let person = Person::make();
    let elsewhere = Origin::parse("elsewhere.example/log").unwrap();
    let body = |change| Device {
        account: person.account.id(),
        time: NOW,
        previous: person.account.head(),
        key: DeviceKey::from_seed(&SigningSeed::make().unwrap()).verifying_key(),
        change,
    };
    let here = person.device.sign(&origin(), body(DeviceChange::Certify)).unwrap();
    let there = person.device.sign(&elsewhere, body(DeviceChange::Certify)).unwrap();
    let follow =
        |bytes: &[u8]| person.account.clone().follow(bytes, None).map(drop).map_err(|error| error.code());
    assert_eq!((follow(here.as_bytes()), follow(there.as_bytes())), (Ok(()), Err("account-other")));
}

#[test]
fn older_state_of_a_line_does_not_come_back() {
    let mut cast = Cast::make();
    let old = cast.doctor.account.clone();
    let cut = cast.doctor.owner.cut_off(&old, &cast.doctor.device.verifying_key(), NOW).unwrap();
    let new = old.clone().follow(cut.as_bytes(), None).unwrap();
    cast.accounts.insert(new.clone()).unwrap();
    assert_eq!(cast.accounts.insert(old.clone()).unwrap_err().code(), "account-rollback");
    assert!(cast.accounts.insert(new.clone()).is_ok());
    // A cut-off device certifies nobody, wherever in the log the server places its statement.
    let late = cast.doctor.device.certify(&new, &Person::make().device.verifying_key(), NOW).unwrap();
    let mut log = Log::new();
    let early = log.append(late.as_bytes());
    let position = Some(log.position(late.as_bytes(), early));
    assert_eq!(new.clone().follow(late.as_bytes(), position).unwrap_err().code(), "account-device-cut-off");
    // Nor is it cut off a second time, later.
    let again = cast.doctor.owner.cut_off(&new, &cast.doctor.device.verifying_key(), NOW).unwrap();
    assert_eq!(new.follow(again.as_bytes(), None).unwrap_err().code(), "account-device-cut-off");
}

#[test]
fn vault_outlives_the_device_that_made_it() {
    let mut cast = Cast::make();
    let [genesis] = cast.chain.as_slice() else { panic!() };
    let mut log = Log::new();
    let genesis_at = log.append(&genesis.bytes);
    let person = &cast.patient;
    let second = DeviceKey::from_seed(&SigningSeed::make().unwrap());
    let certificate = person.owner.certify(&person.account, &second.verifying_key(), NOW).unwrap();
    let account = person.account.clone().follow(certificate.as_bytes(), None).unwrap();
    let cut = person.owner.cut_off(&account, &person.device.verifying_key(), NOW).unwrap();
    let cut_at = log.append(cut.as_bytes());
    let cut = Signed { bytes: cut.as_bytes().to_vec(), position: Some(log.position(cut.as_bytes(), cut_at)) };
    let mut line = person.line.clone();
    line.extend([certificate.as_bytes().to_vec().into(), cut]);
    // From nothing but bytes and proofs, as a new client does.
    let mut accounts = Accounts::new();
    accounts.insert(VerifiedAccount::from_chain(&person.account.id(), &line).unwrap()).unwrap();
    let position = Some(log.position(&genesis.bytes, genesis_at));
    let id = cast.vault.id();
    let chain = [Signed { bytes: genesis.bytes.clone(), position }];
    assert!(VerifiedVault::from_chain(&id, &chain, &accounts).is_ok());
    let without = VerifiedVault::from_chain(&id, &cast.chain, &accounts).unwrap_err();
    assert_eq!(without.code(), "account-device-cut-off");
    cast.accounts = accounts;
}

#[test]
fn what_was_deposited_and_granted_before_somebody_was_blocked_stays_valid_by_its_place_in_the_log() {
    let mut cast = Cast::make();
    let mut log = Log::new();
    let shelf = cast.deposit(&cast.doctor, "Avant", b"before", &[]);
    let deposited = log.append(&shelf.deposit);
    let rules = Rules {
        classes: Vec::new(),
        standing: Standing::Attested,
        depositors: Vec::new(),
        delegates: Vec::new(),
        blocked: vec![cast.doctor.account.actor()],
    };
    let policy = cast.patient.ruler(&cast.vault).set_policy(rules).unwrap();
    let replaced = log.append(policy.as_bytes());
    let late = cast.deposit(&cast.doctor, "Après", b"after", &[]);
    let late_index = log.append(&late.deposit);
    let position = Some(log.position(policy.as_bytes(), replaced));
    cast.vault = cast.vault.clone().follow(policy.as_bytes(), &cast.accounts, position).unwrap();
    let open = |shelf: &Shelf, position| {
        let mut stored = shelf.stored(0);
        stored.deposit.position = position;
        stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(open(&shelf, Some(log.position(&shelf.deposit, deposited))), Ok(()));
    assert_eq!(open(&shelf, None), Err("vault-not-allowed"));
    assert_eq!(open(&late, Some(log.position(&late.deposit, late_index))), Err("vault-not-allowed"));
}
