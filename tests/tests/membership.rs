//! Who is removed opens nothing deposited afterwards, and nothing is wrapped to keys that do not chain from genesis.

#![cfg(test)]

use carnet_core::account::{Accounts, Keyring, VerifiedAccount};
use carnet_core::document::Place;
use carnet_core::grant::{Batch, Terms};
use carnet_core::open::OpenError;
use carnet_core::reader::ReaderKeys;
use carnet_core::seal::SignedDeposit;
use carnet_core::stored::Wanted;
use carnet_core::vault::{NewVault, Rules, Vaults, VerifiedVault, key_entry_document, open_key_entry};
use carnet_tests::cast::{Cast, NOW, Person, Shelf, grants, origin};
use carnet_tests::host::Log;
use carnet_wire::StableCode as _;
use carnet_wire::id::{ActorId, ReaderId, VaultId};
use carnet_wire::statement::{Circle, KeyEntry, Standing};

/// Seals a keyring as a key entry, for these people.
fn put_key_entry(cast: &Cast, key_entry: KeyEntry, keyring: &Keyring, people: &[&Person]) -> Shelf {
    let predecessor = (key_entry.version > 1).then(|| carnet_wire::statement::hash(b"the version before"));
    let place = Place {
        vault: cast.vault.id(),
        entry: key_entry.entry,
        version: key_entry.version,
        predecessor,
        class: 0,
    };
    let readers: Vec<_> = people.iter().map(|person| person.reader()).collect();
    let mut payload = Vec::new();
    let sealed = key_entry_document(keyring)
        .seal(&place, &origin(), &cast.patient.author(), &readers, &mut payload)
        .unwrap();
    let signed = SignedDeposit::sign(&cast.vault, &cast.patient.author(), vec![sealed], None, NOW).unwrap();
    Shelf::new(&signed, payload)
}

/// A member takes the secrets out of a key entry.
fn take_keys(
    cast: &Cast,
    shelf: &Shelf,
    grant: usize,
    member: &Person,
    circle: &ReaderId,
) -> Result<Keyring, OpenError> {
    let verified = shelf.stored(grant).verify(&shelf.wanted, &cast.vault, &cast.accounts)?;
    let opened = verified.open_with(&member.keyring, &cast.accounts)?;
    open_key_entry(&opened, &shelf.payload, &cast.vault.circle(circle).unwrap())
}

fn rules(circle: ReaderId) -> Rules {
    Rules {
        classes: vec![(0, vec![circle])],
        standing: Standing::Attested,
        depositors: Vec::new(),
        delegates: Vec::new(),
        blocked: Vec::new(),
    }
}

#[test]
fn member_removed_from_a_circle_opens_nothing_deposited_afterwards() {
    let mut cast = Cast::make();
    let nurse = Person::make();
    cast.accounts.insert(nurse.account.clone()).unwrap();
    let key_entry = Place::new_entry(cast.vault.id(), 0, NOW).unwrap().entry;
    let new = cast.patient.ruler(&cast.vault).new_circle(key_entry).unwrap();
    let circle = ReaderId::from_bytes(*new.statement.hash().as_bytes());
    cast.follow(new.statement.as_bytes());
    let policy = cast.patient.ruler(&cast.vault).set_policy(rules(circle)).unwrap();
    cast.follow(policy.as_bytes());
    let members = [&cast.doctor, &nurse];
    let entry = put_key_entry(&cast, cast.vault.circle_key_entry(&circle).unwrap(), &new.keyring, &members);
    let of_nurse = take_keys(&cast, &entry, 1, &nurse, &circle).unwrap();
    // Standing access: one grant on the key entry, and each deposit is wrapped to the circle.
    let before = cast.deposit(&cast.doctor, "Avant", b"before", &[]);
    let open = |shelf: &Shelf, keyring: &Keyring, cast: &Cast| {
        let verified = shelf.stored(1).verify(&shelf.wanted, &cast.vault, &cast.accounts)?;
        Ok::<_, OpenError>(verified.open_with(keyring, &cast.accounts)?.open_bytes(&shelf.payload)?.content)
    };
    assert_eq!(open(&before, &of_nurse, &cast).unwrap(), b"before");

    // The nurse leaves.
    let next = cast.patient.ruler(&cast.vault).next_circle(&circle, new.keyring).unwrap();
    cast.follow(next.statement.as_bytes());
    // Until the policy names the new generation, nobody can deposit to the old one.
    assert_eq!(cast.vault.readers_for(0).unwrap_err().code(), "vault-stale-policy");
    let policy = cast.patient.ruler(&cast.vault).set_policy(rules(circle)).unwrap();
    cast.follow(policy.as_bytes());
    let entry =
        put_key_entry(&cast, cast.vault.circle_key_entry(&circle).unwrap(), &next.keyring, &[&cast.doctor]);
    let after = cast.deposit(&cast.doctor, "Après", b"after", &[]);
    assert_eq!(take_keys(&cast, &entry, 0, &nurse, &circle).err(), Some(OpenError::NoKey));
    assert_eq!(open(&after, &of_nurse, &cast).err(), Some(OpenError::NoKey));
    for keys in of_nurse.iter().chain(nurse.keyring.iter()) {
        let [_, _, header] = &after.grants[1];
        let header = carnet_wire::grant::Grant::parse(header).unwrap();
        assert_eq!(
            carnet_core::hazmat::unwrap(&header, keys.identity()).unwrap_err().code(),
            "unwrap-no-match"
        );
    }
    // A server that leaves the nurse's removal out does not bring the nurse back to a client that has seen it.
    let mut vaults = Vaults::new();
    vaults.insert(cast.vault.clone()).unwrap();
    let cut = &cast.chain[..cast.chain.len() - 2];
    let older = VerifiedVault::from_chain(&cast.vault.id(), cut, &cast.accounts).unwrap();
    assert_eq!(vaults.insert(older).unwrap_err().code(), "vault-rollback");
    assert_eq!(vaults.get(&cast.vault.id()).unwrap().circle(&circle).unwrap().generation(), 2);
    // The doctor, who remains, opens both.
    let of_doctor = take_keys(&cast, &entry, 0, &cast.doctor, &circle).unwrap();
    assert_eq!(open(&before, &of_doctor, &cast).unwrap(), b"before");
    assert_eq!(open(&after, &of_doctor, &cast).unwrap(), b"after");
}

#[test]
fn delegate_removed_from_a_vault_opens_nothing_deposited_afterwards() {
    let mut cast = Cast::make();
    let parent = Person::make();
    cast.accounts.insert(parent.account.clone()).unwrap();
    let keyring = std::mem::replace(&mut cast.vault_keyring, Keyring::new(ReaderKeys::make().unwrap()));
    let entry = put_key_entry(&cast, cast.vault.key_entry(), &keyring, &[&cast.patient, &parent]);
    let take = |cast: &Cast, shelf: &Shelf, grant: usize, who: &Person| {
        let verified = shelf.stored(grant).verify(&shelf.wanted, &cast.vault, &cast.accounts)?;
        open_key_entry(
            &verified.open_with(&who.keyring, &cast.accounts)?,
            &shelf.payload,
            &cast.vault.reader(),
        )
    };
    let of_parent = take(&cast, &entry, 1, &parent).unwrap();
    // The child is grown.
    let next = cast.patient.ruler(&cast.vault).next_generation(keyring).unwrap();
    cast.follow(next.statement.as_bytes());
    let entry = put_key_entry(&cast, cast.vault.key_entry(), &next.keyring, &[&cast.patient]);
    assert_eq!(entry.wanted, Wanted { entry: cast.vault.key_entry().entry, version: 2 });
    let after = cast.deposit(&cast.doctor, "Après", b"after", &[]);
    let verified = after.stored(0).verify(&after.wanted, &cast.vault, &cast.accounts).unwrap();
    assert_eq!(verified.clone().open_with(&of_parent, &cast.accounts).unwrap_err(), OpenError::NoKey);
    assert_eq!(take(&cast, &entry, 0, &parent).err(), Some(OpenError::NoKey));
    let of_patient = take(&cast, &entry, 0, &cast.patient).unwrap();
    let opened = verified.open_with(&of_patient, &cast.accounts).unwrap();
    assert_eq!(opened.open_bytes(&after.payload).unwrap().content, b"after");
}

#[test]
fn delegate_rules_until_the_policy_no_longer_names_it() {
    let mut cast = Cast::make();
    let carer = Person::make();
    cast.accounts.insert(carer.account.clone()).unwrap();
    let shelf = cast.deposit(&cast.doctor, "Bilan", b"text", &[]);
    let key_entry = || Place::new_entry(cast.vault.id(), 0, NOW).unwrap().entry;
    let (first_entry, second_entry) = (key_entry(), key_entry());
    let delegates = |delegates: Vec<ActorId>| Rules {
        classes: Vec::new(),
        standing: Standing::Attested,
        depositors: Vec::new(),
        delegates,
        blocked: Vec::new(),
    };
    let opened = cast.open(&shelf);
    let granted = |cast: &Cast| {
        let wrapped = opened.grant(&cast.doctor.reader(), Terms::OPEN).unwrap();
        let batch = Batch::new(vec![wrapped]).unwrap();
        let statement = batch.sign(&carer.ruler(&cast.vault)).unwrap();
        let mut stored = shelf.stored(0);
        [stored.leaf, stored.path, stored.header] = grants(&batch).remove(0);
        stored.grant = Some(statement.as_bytes().to_vec().into());
        stored.verify(&shelf.wanted, &cast.vault, &cast.accounts).map(drop).map_err(|error| error.code())
    };
    assert_eq!(granted(&cast), Err("vault-not-allowed"));
    let policy = cast.patient.ruler(&cast.vault).set_policy(delegates(vec![carer.account.actor()])).unwrap();
    cast.follow(policy.as_bytes());
    assert_eq!(granted(&cast), Ok(()));
    let circle = carer.ruler(&cast.vault).new_circle(first_entry).unwrap();
    cast.follow(circle.statement.as_bytes());
    // An entry that holds other secrets of the vault is no circle's.
    let vaults = carer.ruler(&cast.vault).new_circle(cast.vault.key_entry().entry).unwrap();
    let error = cast.vault.clone().follow(vaults.statement.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "vault-not-next");
    // To close the vault is the holder's alone.
    let close = carer.ruler(&cast.vault).close().unwrap();
    let error = cast.vault.clone().follow(close.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "vault-not-allowed");
    // The holder takes it back. What the carer signs then counts nowhere, wherever in the log the server places it.
    let policy = cast.patient.ruler(&cast.vault).set_policy(delegates(Vec::new())).unwrap();
    let late = carer.ruler(&cast.vault).new_circle(second_entry).unwrap();
    let mut log = Log::new();
    let late_at = log.append(late.statement.as_bytes());
    let policy_at = log.append(policy.as_bytes());
    let late_at = log.position(late.statement.as_bytes(), late_at);
    let policy_at = Some(log.position(policy.as_bytes(), policy_at));
    cast.vault = cast.vault.clone().follow(policy.as_bytes(), &cast.accounts, policy_at).unwrap();
    assert_eq!(granted(&cast), Err("vault-not-allowed"));
    let error =
        cast.vault.clone().follow(late.statement.as_bytes(), &cast.accounts, Some(late_at)).unwrap_err();
    assert_eq!(error.code(), "vault-not-allowed");
}

#[test]
fn secrets_of_the_vault_do_not_become_those_of_a_circle() {
    let mut cast = Cast::make();
    let key_entry = Place::new_entry(cast.vault.id(), 0, NOW).unwrap().entry;
    let circle = cast.patient.ruler(&cast.vault).new_circle(key_entry).unwrap();
    let id = ReaderId::from_bytes(*circle.statement.hash().as_bytes());
    cast.follow(circle.statement.as_bytes());
    let vaults = std::mem::replace(&mut cast.vault_keyring, Keyring::new(ReaderKeys::make().unwrap()));
    let error = cast.patient.ruler(&cast.vault).next_circle(&id, vaults).unwrap_err();
    assert_eq!(error.code(), "ruler-other-keyring");
    let error = cast.patient.ruler(&cast.vault).next_generation(circle.keyring).unwrap_err();
    assert_eq!(error.code(), "ruler-other-keyring");
}

#[test]
fn vault_or_circle_that_does_not_chain_from_genesis_gives_no_reader_to_wrap_to() {
    let cast = Cast::make();
    // Another genesis under this vault's id.
    let other = NewVault::make(&cast.patient.account, &cast.patient.device, &origin(), NOW).unwrap();
    let id = cast.vault.id();
    let error = VerifiedVault::begin(&id, other.genesis.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "vault-other");
    // A genesis in the patient's name that the server signed.
    let server = Person::make();
    let forged = NewVault::make(&cast.patient.account, &server.device, &origin(), NOW).unwrap();
    let error =
        VerifiedVault::begin(&forged.id, forged.genesis.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "account-unknown-device");
    // A circle and a generation that a stranger signed.
    let key_entry = Place::new_entry(id, 0, NOW).unwrap().entry;
    let mut accounts = cast.accounts.clone();
    accounts.insert(server.account.clone()).unwrap();
    let circle = server.ruler(&cast.vault).new_circle(key_entry).unwrap();
    let generation = server.ruler(&cast.vault).next_generation(cast.vault_keyring).unwrap();
    for bytes in [circle.statement.as_bytes(), generation.statement.as_bytes()] {
        let error = cast.vault.clone().follow(bytes, &accounts, None).unwrap_err();
        assert_eq!(error.code(), "vault-not-allowed");
    }
    // A stranger's circle has no name here, so no policy can hold it and nothing is wrapped to it.
    let stranger = ReaderId::from_bytes(*circle.statement.hash().as_bytes());
    assert!(cast.vault.circle(&stranger).is_none());
    let error = cast.patient.ruler(&cast.vault).set_policy(rules(stranger)).unwrap_err();
    assert_eq!(error.code(), "vault-not-next");
    // The right signer for another vault.
    let elsewhere = VerifiedVault::begin(&other.id, other.genesis.as_bytes(), &cast.accounts, None).unwrap();
    let circle = cast.patient.ruler(&elsewhere).new_circle(key_entry).unwrap();
    let error = cast.vault.clone().follow(circle.statement.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "vault-other");
}

#[test]
fn account_whose_keys_are_swapped_is_not_the_account_of_its_id() {
    let (patient, server) = (Person::make(), Person::make());
    let id = patient.account.id();
    let error = VerifiedAccount::from_chain(&id, &server.line).unwrap_err();
    assert_eq!(error.code(), "account-other");
    // A device of the server's, certified by the server.
    let device = server.owner.certify(&patient.account, &server.device.verifying_key(), NOW).unwrap();
    let error = patient.account.clone().follow(device.as_bytes(), None).unwrap_err();
    assert_eq!(error.code(), "account-unknown-device");
    // A generation of the server's.
    let mut keyring = Keyring::new(ReaderKeys::make().unwrap());
    let key = server.owner.next_generation(&patient.account, &mut keyring, NOW).unwrap();
    assert_eq!(
        patient.account.clone().follow(key.as_bytes(), None).unwrap_err().code(),
        "statement-other-signer"
    );
    // One statement left out, or the order changed.
    let first = patient.owner.certify(&patient.account, &Person::make().device.verifying_key(), NOW).unwrap();
    let account = patient.account.clone().follow(first.as_bytes(), None).unwrap();
    let second = patient.owner.certify(&account, &Person::make().device.verifying_key(), NOW).unwrap();
    assert_eq!(
        patient.account.clone().follow(second.as_bytes(), None).unwrap_err().code(),
        "account-not-next"
    );
    assert_eq!(account.follow(first.as_bytes(), None).unwrap_err().code(), "account-not-next");
}

#[test]
fn device_that_was_cut_off_signs_nothing_any_more_and_reads_no_new_generation() {
    let mut cast = Cast::make();
    let lost = cast.doctor.device.verifying_key();
    let before = cast.deposit(&cast.doctor, "Avant", b"before", &[]);
    let cut = cast.doctor.owner.cut_off(&cast.doctor.account, &lost, NOW).unwrap();
    let account = cast.doctor.account.clone().follow(cut.as_bytes(), None).unwrap();
    // What the thief has: the keyring as it was on the device.
    let root = cast.doctor.owner.root();
    let sealed = cast.doctor.keyring.seal(root, &account.id(), 1).unwrap();
    let stolen = Keyring::open(&sealed, root, &account.id(), 1).unwrap();
    let key = cast.doctor.owner.next_generation(&account, &mut cast.doctor.keyring, NOW).unwrap();
    let account = account.follow(key.as_bytes(), None).unwrap();
    assert_eq!(account.reader().unwrap().generation(), 2);
    let by_patient = cast.deposit(&cast.patient, "Pour le médecin", b"new", &[account.reader().unwrap()]);
    let verified = by_patient.stored(1).verify(&by_patient.wanted, &cast.vault, &cast.accounts).unwrap();
    assert_eq!(verified.clone().open_with(&stolen, &cast.accounts).unwrap_err(), OpenError::NoKey);
    assert!(verified.open_with(&cast.doctor.keyring, &cast.accounts).is_ok());
    cast.accounts.insert(account.clone()).unwrap();
    let shelf = cast.deposit(&cast.doctor, "Après", b"after", &[account.reader().unwrap()]);
    let error = shelf.stored(0).verify(&shelf.wanted, &cast.vault, &cast.accounts).unwrap_err();
    assert_eq!(error.code(), "account-device-cut-off");
    // Without a proven place in the log, what it signed before cannot be told apart either.
    let error = before.stored(0).verify(&before.wanted, &cast.vault, &cast.accounts).unwrap_err();
    assert_eq!(error.code(), "account-device-cut-off");
}

#[test]
fn closed_vault_follows_nothing_any_more() {
    let mut cast = Cast::make();
    let close = cast.patient.ruler(&cast.vault).close().unwrap();
    cast.follow(close.as_bytes());
    assert!(cast.vault.is_closed());
    let circle = cast.patient.ruler(&cast.vault).new_circle(cast.vault.key_entry().entry).unwrap();
    let error = cast.vault.clone().follow(circle.statement.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error.code(), "vault-closed");
    let whole = VerifiedVault::from_chain(&cast.vault.id(), &cast.chain, &cast.accounts);
    assert!(whole.unwrap().is_closed());
    let nothing = VerifiedVault::from_chain(&VaultId::from_bytes([0; 32]), &[], &Accounts::new());
    assert_eq!(nothing.unwrap_err().code(), "vault-empty");
}

#[test]
fn circle_secrets_of_another_circle_are_not_taken_for_this_ones() {
    let mut cast = Cast::make();
    let key_entry = Place::new_entry(cast.vault.id(), 0, NOW).unwrap().entry;
    let new = cast.patient.ruler(&cast.vault).new_circle(key_entry).unwrap();
    let circle = ReaderId::from_bytes(*new.statement.hash().as_bytes());
    cast.follow(new.statement.as_bytes());
    let _: &Circle = new.statement.claimed();
    let other = Keyring::new(ReaderKeys::make().unwrap());
    let entry = put_key_entry(&cast, cast.vault.circle_key_entry(&circle).unwrap(), &other, &[&cast.doctor]);
    assert_eq!(take_keys(&cast, &entry, 0, &cast.doctor, &circle).err(), Some(OpenError::NoKey));
}
