//! Accounts through their life: paired, cut off, moved to a new root; and a vault that waited for its holder.

#![cfg(test)]

use carnet_core::account::pairing::{CheckedOffer, NewDevice, PairingError};
use carnet_core::account::pairing_code::PairingCode;
use carnet_core::account::slot::SlotPlace;
use carnet_core::account::{Accounts, Keyring, Owner, VerifiedAccount};
use carnet_core::reader::ReaderKeys;
use carnet_core::secret::{ReaderSecret, SymmetricKey};
use carnet_core::vault::{NewVault, Rules, VerifiedVault};
use carnet_tests::cast::{Cast, NOW, Person, Shelf, origin};
use carnet_tests::host::Log;
use carnet_wire::StableCode as _;
use carnet_wire::id::{ActorId, SlotId};
use carnet_wire::origin::Origin;
use carnet_wire::statement::{Activate, Close, Context, GrantBatch, KeyEntry, Pin, SlotKind, Standing};
use carnet_wire::tree::TreeRoot;

#[test]
fn second_device_gets_the_keyring_by_a_code_and_signs_for_the_account() {
    let mut cast = Cast::make();
    let new = NewDevice::make().unwrap();
    let code = PairingCode::parse(&new.code().to_string()).unwrap();
    let offer = CheckedOffer::check(new.offer(), &code).unwrap();
    let patient = &cast.patient;
    let approval = offer.approve(&patient.account, &patient.keyring, &patient.device, NOW).unwrap();
    let paired = new.accept(&approval.parcel).unwrap();
    assert_eq!(paired.account, patient.account.id());
    assert_eq!(paired.keyring.newest().bundle(), patient.keyring.newest().bundle());
    let account = patient.account.clone().follow(approval.statement.as_bytes(), None).unwrap();
    assert_eq!(account.devices().filter(|device| device.is_live()).count(), 2);
    cast.accounts.insert(account.clone());
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
    assert_eq!(cast.vault.holder(), Some(cast.patient.account.actor()));
    assert_eq!((cast.vault.reader().generation(), cast.vault.reader().key_id()), (2, next.key_id()));
    // A second scan of the letter.
    let error = cast.vault.clone().follow(statement.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "vault-not-allowed");
    // What was deposited before opens still; what comes after does not open with what the letter's maker kept.
    let old = Keyring::new(ReaderKeys::make().unwrap());
    let kept = std::mem::replace(&mut new.keyring, old);
    let verified = before.stored(0).verify(&before.wanted, &cast.vault, &cast.accounts).unwrap();
    assert!(verified.open_with(&kept, &cast.accounts).is_ok());
    let after = cast.deposit(&cast.doctor, "Après", b"after", &[]);
    let verified = after.stored(0).verify(&after.wanted, &cast.vault, &cast.accounts).unwrap();
    assert_eq!(verified.clone().open_with(&kept, &cast.accounts).unwrap_err().code(), "open-no-key");
    assert!(verified.open(&next, &cast.accounts).is_ok());
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
    let other = carnet_core::account::NewAccount::make(&elsewhere, NOW).unwrap();
    let other = VerifiedAccount::begin(&other.id, other.statement.as_bytes()).unwrap();
    assert_ne!(other.origin(), person.account.origin());
    let statement = person.owner.certify(&person.account, &person.device.verifying_key(), NOW).unwrap();
    assert_eq!(other.follow(statement.as_bytes(), None).unwrap_err().code(), "account-unknown-device");
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
