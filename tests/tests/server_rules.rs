//! The rules that server and client share: a server follows lines and chains by its own order, without positions in the log.

#![cfg(test)]

use carnet_core::reader::ReaderKeys;
use carnet_core::secret::SigningSeed;
use carnet_core::signer::DeviceKey;
use carnet_core::vault::{NewVault, Rules, VaultError, VerifiedVault};
use carnet_tests::cast::{Cast, NOW, Person, origin};
use carnet_wire::bundle::{Bundle, RecipientBytes};
use carnet_wire::chain::{Chain, ChainError};
use carnet_wire::id::{EntryId, ReaderId};
use carnet_wire::line::{Accepted, Line, LineError, Lines, Resolve as _};
use carnet_wire::statement::{Circle, KeyEntry, Standing};

#[test]
fn chain_whose_signing_device_was_cut_off_is_read_again_but_takes_nothing_new_from_it() {
    let cast = Cast::make();
    let person = &cast.patient;
    let lines = lines(&[person]);
    let chain = Chain::from_statements(&cast.vault.id(), &cast.chain, &lines).unwrap();

    let cut = person.owner.cut_off(&person.account, &person.device.verifying_key(), NOW).unwrap();
    let mut later = Lines::new();
    later.insert(line(person).follow(cut.as_bytes(), None).unwrap()).unwrap();
    let error = Chain::from_statements(&cast.vault.id(), &cast.chain, &later).unwrap_err();
    assert_eq!(error, ChainError::Account(LineError::CutOff));
    let again = Chain::from_statements(&cast.vault.id(), &cast.chain, &Accepted(&later)).unwrap();
    assert!(again.extends(&chain) && chain.extends(&again));

    let close = person.ruler(&cast.vault).close().unwrap();
    let error = again.follow(close.as_bytes(), &later, None).unwrap_err();
    assert_eq!(error, ChainError::Account(LineError::CutOff));
}

#[test]
fn chain_signed_by_a_device_that_was_never_certified_is_not_read_again_either() {
    let person = Person::make();
    let stranger = DeviceKey::from_seed(&SigningSeed::make().unwrap());
    let vault = NewVault::make(&person.account, &stranger, &origin(), NOW).unwrap();
    let lines = lines(&[&person]);
    let error = Chain::begin(&vault.id, vault.genesis.as_bytes(), &Accepted(&lines), None).unwrap_err();
    assert_eq!(error, ChainError::Account(LineError::UnknownDevice));
}

#[test]
fn chain_and_vault_tell_the_same_generations_and_circles() {
    let mut cast = Cast::make();
    let lines = lines(&[&cast.patient]);
    let mut chain = Chain::from_statements(&cast.vault.id(), &cast.chain, &lines).unwrap();
    let new = cast.patient.ruler(&cast.vault).new_circle(EntryId::from_bytes([7; 16])).unwrap();
    let circle = ReaderId::from_bytes(*new.statement.hash().as_bytes());
    let mut keyring = new.keyring;
    let mut bytes = new.statement.as_bytes().to_vec();
    for generation in 1..=3 {
        cast.follow(&bytes);
        chain = chain.follow(&bytes, &lines, None).unwrap();
        let reader = cast.vault.circle(&circle).unwrap();
        assert_eq!(chain.generation_of(&circle), Some(generation));
        assert_eq!(reader.generation(), generation);
        assert_eq!(chain.key_id_of(&circle), Some(reader.key_id()));

        let rules = rules(circle);
        bytes = cast.patient.ruler(&cast.vault).set_policy(rules).unwrap().as_bytes().to_vec();
        cast.follow(&bytes);
        chain = chain.follow(&bytes, &lines, None).unwrap();
        let named: Vec<_> = chain.circles_for(1).unwrap().iter().map(|at| at.circle).collect();
        let readers: Vec<_> = cast.vault.readers_for(1).unwrap().iter().map(|reader| reader.id()).collect();
        assert_eq!((named, readers), (vec![circle], vec![chain.reader_id(), circle]));
        assert_eq!(chain.circles_for(2), Ok(Vec::new()));

        let next = cast.patient.ruler(&cast.vault).next_circle(&circle, keyring).unwrap();
        bytes = next.statement.as_bytes().to_vec();
        keyring = next.keyring;
    }
    cast.follow(&bytes);
    chain = chain.follow(&bytes, &lines, None).unwrap();
    assert_eq!(chain.circles_for(1), Err(ChainError::StalePolicy));
    assert_eq!(cast.vault.readers_for(1).unwrap_err(), VaultError::StalePolicy);
    assert_eq!(chain.generation_of(&chain.reader_id()), Some(1));
    assert_eq!(chain.key_id_of(&chain.reader_id()), Some(cast.vault.reader().key_id()));
    assert_eq!(chain.length(), cast.chain.len());
}

#[test]
fn letter_holds_a_chain_and_its_keys_are_told() {
    let letter = ReaderKeys::make().unwrap();
    let vault = NewVault::make_by_letter(&letter, &origin(), NOW).unwrap();
    let chain = Chain::begin(&vault.id, vault.genesis.as_bytes(), &Lines::new(), None).unwrap();
    let held = chain.letter().unwrap();
    assert_eq!((held.reader(), held.key_id()), (letter.bundle().reader_id(), letter.key_id()));
    assert_eq!(held.signing(), letter.bundle().signing());
    assert_eq!(chain.holder(), None);
}

#[test]
fn circle_with_keys_that_nothing_can_be_wrapped_to_is_refused_by_a_client() {
    let cast = Cast::make();
    let unusable = RecipientBytes::from_bytes(&[0xff; 1216]);
    let body = Circle {
        context: cast.patient.ruler(&cast.vault).context(),
        circle: None,
        generation: 1,
        bundle: Bundle::new(unusable, *cast.patient.keyring.newest().bundle().signing()),
        key_entry: KeyEntry { entry: EntryId::from_bytes([7; 16]), version: 1 },
        replaces: None,
    };
    let statement = cast.patient.device.sign(&origin(), body).unwrap();
    let error = VerifiedVault::follow(cast.vault, statement.as_bytes(), &cast.accounts, None).unwrap_err();
    assert_eq!(error, VaultError::Keys);
}

#[test]
fn older_state_of_a_line_does_not_come_back_among_lines() {
    let person = Person::make();
    let mut lines = lines(&[&person]);
    let older = Line::begin(&person.account.id(), &person.line[0].bytes).unwrap();
    assert_eq!(lines.insert(older), Err(LineError::Rollback));
    assert_eq!(lines.line(&person.account.actor()).unwrap().length(), person.line.len());
}

fn line(person: &Person) -> Line {
    Line::from_statements(&person.account.id(), &person.line).unwrap()
}

fn lines(people: &[&Person]) -> Lines {
    let mut lines = Lines::new();
    for person in people {
        lines.insert(line(person)).unwrap();
    }
    lines
}

fn rules(circle: ReaderId) -> Rules {
    Rules {
        classes: vec![(1, vec![circle])],
        standing: Standing::Nobody,
        depositors: Vec::new(),
        delegates: Vec::new(),
        blocked: Vec::new(),
    }
}
