//! The frozen codes: whatever was printed, copied or handed out once is read with today's code, for ever.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;

use carnet_core::account::kit::Kit;
use carnet_core::account::passphrase_file;
use carnet_core::account::shares::Share;
use carnet_core::contact_card::{ContactCard, DisplayName};
use carnet_core::enrolment::Enrolment;
use carnet_core::fingerprint::Fingerprint;
use carnet_core::letter::{Letter, PrintedSecret, SecondFactor};
use carnet_core::secret::{SecondSecret, SymmetricKey};
use carnet_core::testing::server_address;
use carnet_core::words::WordList;
use carnet_tests::samples::{self, bytes};
use carnet_tests::vectors::{Bless, once, path, same};
use carnet_wire::id::{AccountId, VaultId};
use carnet_wire::statement::Practitioner;

fn account() -> AccountId {
    AccountId::from_bytes(bytes(0x10))
}

/// 0x80 repeated, as published with BIP 39.
const WORDS: &str = "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor \
                     acoustic avoid letter advice cage absurd amount doctor acoustic bless";

fn kit() -> Kit {
    let mut kit = Kit::from_words(server_address(), account(), WORDS).unwrap();
    kit.second = Some(SecondSecret::from_bytes(&[0x15; 16]));
    kit
}

fn text(frozen: &[u8]) -> &str {
    std::str::from_utf8(frozen).unwrap()
}

#[test]
fn kit_printed_once_is_not_read_as_it_was() {
    let frozen = same("codes/kit.txt", kit().code().as_bytes());
    let read = Kit::parse(text(&frozen)).unwrap();
    assert_eq!(read, kit());
    assert_eq!(*read.secret(), SymmetricKey::from_bytes(&[0x80; 32]));
    let words = same("codes/kit-words-fr.txt", read.words(WordList::French).text().as_bytes());
    let again = Kit::from_words(server_address(), account(), text(&words)).unwrap();
    assert_eq!(again.secret(), read.secret());
    let login =
        format!("{}\n{}\n", read.login().name, hex::encode(read.login().key.verifying_key().as_bytes()));
    let _ = same("codes/kit-login.txt", login.as_bytes());
    let make = || passphrase_file::seal(&kit(), "correct horse battery staple").unwrap();
    let opens = |file: &[u8]| passphrase_file::open(file, "correct horse battery staple") == Ok(kit());
    let _ = once("codes/passphrase-file.age", make, opens);
}

#[test]
fn shares_handed_out_once_give_nothing_back() {
    let secret = || SymmetricKey::from_bytes(&[0x80; 32]);
    let make = || {
        let shares = Share::split(&server_address(), &account(), &secret(), 2, 3).unwrap();
        shares.iter().map(|share| format!("{}\n", *share.code())).collect::<String>().into_bytes()
    };
    let combines = |frozen: &[u8]| {
        let shares: Vec<_> = text(frozen).lines().map(|line| Share::parse(line).unwrap()).collect();
        shares.len() == 3 && shares.windows(2).all(|two| Share::combine(two) == Ok(secret()))
    };
    let _ = once("codes/shares.txt", make, combines);
}

#[test]
fn card_or_enrolment_given_once_is_not_read_as_it_was() {
    let vault = VaultId::from_bytes(bytes(0x20));
    let name = DisplayName::parse("Zoé Müller");
    let card = ContactCard { server: server_address(), vault, account: account(), name };
    let frozen = same("codes/contact-card.txt", card.code().as_bytes());
    assert_eq!(ContactCard::parse(text(&frozen)), Ok(card));
    let claimed = Practitioner {
        rpps: "10001234567".to_owned(),
        name: "Martin Zoé".to_owned(),
        profession: "10".to_owned(),
        speciality: Some("SM54".to_owned()),
        organisation: Some("Centre de santé des Écoles".to_owned()),
        town: Some("Sète".to_owned()),
    };
    let (server, account, bundle) = (server_address(), account(), [0x31; 32].into());
    let enrolment = Enrolment { server, account, generation: 2, bundle, claimed };
    let frozen = same("codes/enrolment.txt", enrolment.code().as_bytes());
    assert_eq!(Enrolment::parse(text(&frozen)), Ok(enrolment));
}

/// The file has the code, the second factor, and what both gave: the reader's id and the evidence.
#[test]
fn letter_sent_once_does_not_open() {
    let gives = |secret: &PrintedSecret, factor: &SecondFactor| {
        let opened = secret.open(factor).unwrap();
        format!("{} {}", opened.keys.bundle().reader_id(), hex::encode(opened.evidence))
    };
    let make = || {
        let (secret, factor) = (PrintedSecret::make().unwrap(), SecondFactor::make().unwrap());
        let gives = gives(&secret, &factor);
        let letter = secret.into_letter(server_address(), VaultId::from_bytes(bytes(0x20)));
        format!("{}\n{}\n{gives}\n", *letter.code(), *factor.text()).into_bytes()
    };
    let opens = |frozen: &[u8]| {
        let lines: Vec<_> = text(frozen).lines().collect();
        let letter = Letter::parse(lines[0]).unwrap();
        let right = (letter.server, letter.vault) == (server_address(), VaultId::from_bytes(bytes(0x20)));
        right && gives(&letter.secret, &SecondFactor::parse(lines[1]).unwrap()) == lines[2]
    };
    let _ = once("codes/letter.txt", make, opens);
}

#[test]
fn fingerprint_read_aloud_once_is_another_today() {
    let print = Fingerprint::of_keys(&account(), 2, &samples::bundle(2));
    let (french, english) = (print.words(WordList::French), print.words(WordList::English));
    let shown = format!("{}\n{}\n{}\n", print.digits(), french.join(" "), english.join(" "));
    let _ = same("codes/fingerprint.txt", shown.as_bytes());
}

#[test]
fn frozen_code_that_no_test_reads() {
    let found: BTreeSet<_> = fs::read_dir(path("codes"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
        .collect();
    if Bless::from_env() == Bless::No {
        assert_eq!(found, CODES.iter().map(|name| (*name).to_owned()).collect());
    }
}

const CODES: &[&str] = &[
    "contact-card.txt",
    "enrolment.txt",
    "fingerprint.txt",
    "kit-login.txt",
    "kit-words-fr.txt",
    "kit.txt",
    "letter.txt",
    "passphrase-file.age",
    "shares.txt",
];
