//! The frozen files: everything that was ever written is read with today's code, field by field.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;

use carnet_core::account::Keyring;
use carnet_core::account::slot::{Cost, Password, SlotPlace};
use carnet_core::authored::{Description, Sort};
use carnet_core::hazmat;
use carnet_core::hazmat::open_bytes;
use carnet_core::manifest::{Described, HolderPart, Manifest};
use carnet_core::secret::{FileKey, RootSecret, SecondSecret, SymmetricKey};
use carnet_tests::forger::Forger;
use carnet_tests::samples::{self, bytes, signer, verifying_key};
use carnet_tests::vectors::{once, path, same};
use carnet_wire::age_file::join;
use carnet_wire::bundle::{Bundle, FirstBundle};
use carnet_wire::cbor;
use carnet_wire::grant::Grant;
use carnet_wire::grant_leaf::{GrantLeaf, GrantPath, GrantTree, Rights, Via};
use carnet_wire::id::{AccountId, ActorId, Digest, EntryId, SlotId, VaultId};
use carnet_wire::statement::{
    self, DeviceChange, Holder, Kind, ReadMode, RecoveryRule, SlotChange, SlotKind, Standing,
};
use minicbor::Encode;

#[test]
fn statement_written_once_is_not_read_as_it_was() {
    let key = verifying_key(&signer());
    for sample in samples::all() {
        let frozen = same(&format!("statements/{}.cbor", sample.kind), &sample.bytes);
        assert_eq!((sample.verify)(&frozen, &key), Ok(statement::hash(&frozen)));
        assert!((sample.says)(&frozen), "{} says something else", sample.kind);
    }
}

#[test]
fn leaf_path_or_bundle_written_once_is_not_read_as_it_was() {
    let leaf = samples::grant_leaf();
    let frozen = same("formats/grant-leaf.cbor", &leaf.to_bytes());
    assert_eq!(GrantLeaf::parse(&frozen), Ok(leaf.clone()));

    let leaves: Vec<_> = (0..1000).map(|version| GrantLeaf { version, ..leaf.clone() }).collect();
    let tree = GrantTree::over(&leaves).unwrap();
    let frozen = same("formats/grant-path.cbor", &cbor::encode(&tree.path(998).unwrap()));
    let path: GrantPath = cbor::decode(&frozen, 512).unwrap();
    assert_eq!(path.verify(&leaves[998], &tree.batch()), Ok(()));
    assert!(path.verify(&leaves[999], &tree.batch()).is_err());
    assert!(GrantPath { index: 999, ..path }.verify(&leaves[998], &tree.batch()).is_err());
    let root = same("formats/grant-root.bin", &*tree.batch().root);
    assert_eq!(root, *tree.batch().root);

    let said = samples::description_said();
    let frozen = same("formats/description-said.cbor", &cbor::encode(&said));
    assert_eq!(cbor::decode::<Description>(&frozen, 2048), Ok(said));

    let named = Description { about: Some(samples::about()), ..samples::description_said() };
    let frozen = same("formats/description-about.cbor", &cbor::encode(&named));
    assert_eq!(cbor::decode::<Description>(&frozen, 2048), Ok(named));

    let first = FirstBundle { identity: verifying_key(&signer()), generation: samples::bundle(2) };
    let frozen = same("formats/first-bundle.cbor", &cbor::encode(&first));
    assert_eq!(cbor::decode::<FirstBundle>(&frozen, 2048), Ok(first.clone()));
    let _ = same("formats/account-id.bin", first.account_id().as_bytes());
    let frozen = same("formats/bundle.cbor", &cbor::encode(&samples::bundle(2)));
    let read = cbor::decode::<Bundle>(&frozen, 2048).unwrap();
    let _ = same("formats/reader-id.bin", read.reader_id().as_bytes());
}

/// The samples show one variant of each choice; these are all of them.
#[test]
fn choice_that_is_written_by_another_number() {
    fn numbers<T: Encode<()>>(choices: &[T]) -> Vec<Vec<u8>> {
        choices.iter().map(cbor::encode).collect()
    }
    let counted = |count: u8| (0..count).map(|number| vec![number]).collect::<Vec<_>>();
    use {Rights as R, SlotKind as S, Sort as T, Via as V};
    let vias = [V::Account, V::Vault, V::Circle, V::Link, V::Card, V::Letter, V::App];
    assert_eq!(numbers(&vias), counted(7));
    assert_eq!(numbers(&[R::Open, R::List]), counted(2));
    assert_eq!(numbers(&[S::Passphrase, S::Kit, S::Contacts, S::Passkey, S::Password]), counted(5));
    assert_eq!(numbers(&[T::Document, T::Profile, T::Message, T::Event, T::Key]), counted(5));
    assert_eq!(numbers(&[DeviceChange::Certify, DeviceChange::CutOff]), counted(2));
    assert_eq!(numbers(&[ReadMode::List, ReadMode::Open]), counted(2));
    assert_eq!(numbers(&[Standing::Attested, Standing::Nobody]), counted(2));
    // A choice that carries something is an array of its number and an array of what it carries.
    let id = |number: u8| [&[0x82, number, 0x81, 0x58, 32][..], &[7; 32]].concat();
    assert_eq!(cbor::encode(&SlotChange::Put(Digest::from_bytes([7; 32]))), id(0));
    assert_eq!(cbor::encode(&SlotChange::Removed), [0x82, 1, 0x80]);
    assert_eq!(cbor::encode(&Holder::Account(AccountId::from_bytes([7; 32]))), id(0));
    assert_eq!(cbor::encode(&Holder::Letter(samples::bundle(2)))[..4], [0x82, 1, 0x81, 0xa3]);
    assert_eq!(cbor::encode(&RecoveryRule::Nobody), [0x82, 0, 0x80]);
    assert_eq!(cbor::encode(&RecoveryRule::Contacts(1, Vec::new())), [0x82, 1, 0x82, 1, 0x80]);
    assert_eq!(cbor::encode(&RecoveryRule::Authority(ActorId::from_bytes([7; 32]))), id(2));
}

#[test]
fn keyring_sealed_once_does_not_open() {
    let (root, account) = (RootSecret::from_bytes(&[0x12; 32]), AccountId::from_bytes(bytes(0x10)));
    let open = |sealed: &[u8]| Keyring::open(sealed, &root, &account, 3);
    let make = || {
        let mut keyring = Keyring::new(samples::reader(2));
        keyring.push(samples::reader(3));
        keyring.seal(&root, &account, 3).unwrap()
    };
    let frozen = once("sealed/keyring.bin", make, |sealed| open(sealed).is_ok());
    let keyring = open(&frozen).unwrap();
    let bundles: Vec<_> = keyring.iter().map(carnet_core::reader::ReaderKeys::bundle).collect();
    assert_eq!(bundles, [samples::bundle(3), samples::bundle(2)]);
    assert!(Keyring::open(&frozen, &root, &account, 2).is_err());
}

#[test]
fn slot_sealed_once_does_not_open() {
    let root = || RootSecret::from_bytes(&[0x12; 32]);
    let place = |kind| SlotPlace {
        account: AccountId::from_bytes(bytes(0x10)),
        slot: SlotId::from_bytes(bytes(0x14)),
        kind,
        root_version: 3,
    };
    let second = SecondSecret::from_bytes(&[0x15; 16]);
    let stretched = Password::new("correct horse battery staple", &second).stretch(Cost::FLOOR).unwrap();
    let _ = same("sealed/login-name.bin", stretched.name.as_bytes());
    let _ = same("sealed/login-key.bin", stretched.login.verifying_key().as_bytes());
    let printed = || SymmetricKey::from_bytes(&[0x13; 32]);
    let slots = [
        ("sealed/slot-kit.bin", SlotKind::Kit, printed()),
        ("sealed/slot-contacts.bin", SlotKind::Contacts, printed()),
        ("sealed/slot-passkey.bin", SlotKind::Passkey, printed()),
        ("sealed/slot-password.bin", SlotKind::Password, stretched.secret),
    ];
    for (name, kind, secret) in slots {
        let make = || place(kind).seal(&root(), &secret).unwrap();
        let opens = |sealed: &[u8]| place(kind).open(sealed, &secret) == Ok(root());
        let _ = once(name, make, opens);
    }
    let slot = place(SlotKind::Passphrase);
    let make = || slot.seal_passphrase(&root(), "correct horse battery staple").unwrap();
    let opens = |sealed: &[u8]| slot.open_passphrase(sealed, "correct horse battery staple") == Ok(root());
    let _ = once("sealed/slot-passphrase.age", make, opens);
}

#[test]
fn manifest_or_payload_or_grant_sealed_once_does_not_open() {
    let reader = samples::reader(2);
    let wrap = || hazmat::wrap(&FileKey::from_bytes(&FILE_KEY), &recipient()).unwrap().as_bytes().to_vec();
    let unwrap = |bytes: &[u8]| hazmat::unwrap(&Grant::parse(bytes).ok()?, reader.identity()).ok();
    let grant =
        once("sealed/grant.age-header", wrap, |bytes| unwrap(bytes) == Some(FileKey::from_bytes(&FILE_KEY)));
    let file_key = unwrap(&grant).unwrap();

    let content: Vec<u8> = (0..70_000_u32).map(|n| (n % 251) as u8).collect();
    let payload = same("sealed/payload.bin", &Forger::new(FILE_KEY).payload(&content));
    assert_eq!(*open_bytes(&file_key, &payload, content.len() as u64).unwrap(), content);
    let mut file = Vec::new();
    join(&Grant::parse(&grant).unwrap(), payload.as_slice()).read_to_end(&mut file).unwrap();
    assert!(file.starts_with(b"age-encryption.org/v1\n-> mlkem768x25519 "));

    let described = Described {
        vault: VaultId::from_bytes(bytes(0x20)),
        entry: EntryId::from_bytes(bytes(0x22)),
        version: 2,
    };
    let authored = samples::all().iter().find(|sample| sample.kind == Kind::Authored).unwrap();
    let manifest = || Manifest {
        authored: authored.bytes.clone().into(),
        salt: bytes(0x23).into(),
        holder: HolderPart {
            name: Some("Écho du genou".into()),
            labels: vec!["genou".into(), "2025".into()],
            folder: vec!["Imagerie".into()],
            note: Some("à montrer".into()),
        },
    };
    let mut plain = cbor::encode(&manifest());
    plain.resize(4096, 0);
    assert_eq!(Manifest::parse(&same("formats/manifest-plain.bin", &plain)), Ok(manifest()));
    let sealed = once(
        "sealed/manifest.bin",
        || manifest().seal(&file_key, &described).unwrap(),
        |sealed| Manifest::open(sealed, &file_key, &described) == Ok(manifest()),
    );
    assert_eq!(sealed.len(), 4096 + 48);
}

#[test]
fn frozen_file_that_no_test_reads() {
    let mut expected: BTreeSet<String> =
        Kind::ALL.iter().map(|kind| format!("statements/{kind}.cbor")).collect();
    expected.extend(FORMATS.iter().map(|name| format!("formats/{name}")));
    expected.extend(SEALED.iter().map(|name| format!("sealed/{name}")));
    let found = ["statements", "formats", "sealed"].into_iter().flat_map(|folder| {
        let entries = fs::read_dir(path(folder)).into_iter().flatten();
        entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()))
    });
    let found: BTreeSet<String> = found.collect();
    if carnet_tests::vectors::Bless::from_env() == carnet_tests::vectors::Bless::No {
        assert_eq!(found, expected);
    }
}

fn recipient() -> carnet_core::hybrid::HybridRecipient {
    samples::reader(2).identity().recipient().clone()
}

/// A test key, never another.
const FILE_KEY: [u8; 16] = [0x11; 16];

const FORMATS: &[&str] = &[
    "account-id.bin",
    "bundle.cbor",
    "description-about.cbor",
    "description-said.cbor",
    "first-bundle.cbor",
    "grant-leaf.cbor",
    "grant-path.cbor",
    "grant-root.bin",
    "manifest-plain.bin",
    "reader-id.bin",
];

const SEALED: &[&str] = &[
    "grant.age-header",
    "keyring.bin",
    "login-key.bin",
    "login-name.bin",
    "manifest.bin",
    "payload.bin",
    "slot-contacts.bin",
    "slot-kit.bin",
    "slot-passkey.bin",
    "slot-passphrase.age",
    "slot-password.bin",
];
