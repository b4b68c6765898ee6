//! Examples of keys at rest: readers, accounts, slots, keyrings, pairing.

use argon2::{Algorithm, Argon2, Params, Version};
use carnet_core::account::Keyring;
use carnet_core::account::pairing::CheckedOffer;
use carnet_core::account::pairing_code::PairingCode;
use carnet_core::account::slot::{Cost, Password, SlotPlace};
use carnet_core::foreign;
use carnet_core::hybrid::{HybridIdentity, HybridRecipient};
use carnet_core::identity::Identity;
use carnet_core::secret::{RootSecret, SecondSecret, SymmetricKey};
use carnet_wire::cbor;
use carnet_wire::id::{AccountId, EntryId, SlotId};
use carnet_wire::statement::SlotKind;
use minicbor::bytes::ByteArray;
use std::io::Read as _;

use crate::fixed::{Account, NOW, Reader, hkdf, public, sha256};
use crate::print::{diag, rows, short};
use crate::seal;

pub(crate) fn entry_id() -> String {
    let id = EntryId::from_time_and_random(NOW, &[0x51; 10]);
    rows(&[("time", NOW.to_string()), ("random", short(&[0x51; 10])), ("EntryId", id.to_string())])
}

pub(crate) fn reader() -> String {
    let reader = Reader::of(0x21);
    let bundle = reader.bundle();
    let text = HybridRecipient::from_bytes(bundle.recipient().as_bytes()).unwrap().to_string();
    rows(&[
        ("secret", short(&[0x21; 32])),
        ("recipient seed", short(&reader.recipient_seed)),
        ("signing seed", short(&reader.signing.to_bytes())),
        ("recipient", short(bundle.recipient().as_bytes())),
        (
            "recipient as text",
            format!("{}..{} ({} characters)", &text[..24], &text[text.len() - 12..], text.len()),
        ),
        ("KeyId of recipient", bundle.recipient().key_id().to_string()),
        ("signing key", short(bundle.signing().as_bytes())),
        ("KeyId of signing key", bundle.signing().key_id().to_string()),
        ("bundle", diag(&cbor::encode(&bundle))),
        ("SHA-256 of bundle", short(&sha256(&[&cbor::encode(&bundle)]))),
        ("ReaderId of bundle", bundle.reader_id().to_string()),
    ])
}

pub(crate) fn account() -> String {
    let account = Account::of(0x01);
    let first = cbor::encode(&account.first());
    assert_eq!(account.id().as_bytes(), &sha256(&[b"carnet/v1/account", &first]));
    rows(&[
        ("root", short(&[0x01; 32])),
        ("identity seed", short(&account.identity_seed)),
        ("identity key", short(public(&account.identity).as_bytes())),
        ("reader secret", short(&[0x02; 32])),
        ("first bundle", diag(&first)),
        ("AccountId", account.id().to_string()),
    ])
}

const KIT_SECRET: [u8; 32] = [0xa1; 32];

fn place(account: &AccountId) -> (SlotPlace, Vec<u8>) {
    let place = SlotPlace {
        account: *account,
        slot: SlotId::from_bytes([0x45; 16]),
        kind: SlotKind::Kit,
        root_version: 1,
    };
    let aad = [b"carnet/v1/slot".as_slice(), account.as_bytes(), &[0x45; 16], &[1], &1_u64.to_be_bytes()];
    (place, aad.concat())
}

/// The kit slot of the patient, sealed.
pub(crate) fn kit_slot(account: &AccountId) -> Vec<u8> {
    let key = hkdf(&KIT_SECRET, &[0xa2; 32], &[b"carnet/v1/slot"]);
    seal::blob(&[0xa2; 32], &key, &place(account).1, &[0x01; 32])
}

pub(crate) fn slot() -> String {
    let account = Account::of(0x01).id();
    let sealed = kit_slot(&account);
    let (place, aad) = place(&account);
    let root = place.open(&sealed, &SymmetricKey::from_bytes(&KIT_SECRET)).unwrap();
    assert_eq!(root, RootSecret::from_bytes(&[0x01; 32]));
    rows(&[
        ("slot secret", short(&KIT_SECRET)),
        ("blob nonce", short(&[0xa2; 32])),
        ("key", short(&hkdf(&KIT_SECRET, &[0xa2; 32], &[b"carnet/v1/slot"]))),
        ("aad", hex::encode(aad)),
        ("sealed", hex::encode(&sealed)),
    ])
}

pub(crate) fn password() -> String {
    let (password, second) = ("correct horse battery staple", [0xa3; 16]);
    let params = Params::new(Cost::FLOOR.memory_kib, Cost::FLOOR.passes, 1, Some(32)).unwrap();
    let mut stretched = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), &second, &mut stretched)
        .unwrap();
    let secret = hkdf(&stretched, &second, &[b"carnet/v1/password"]);
    let login_seed = hkdf(&secret, &[], &[b"carnet/v1/login"]);
    let name = hkdf(&second, &[], &[b"carnet/v1/login-name"]);
    let login = ed25519_dalek::SigningKey::from_bytes(&login_seed);
    let core = Password::new(password, &SecondSecret::from_bytes(&second)).stretch(Cost::FLOOR).unwrap();
    assert_eq!(core.secret, SymmetricKey::from_bytes(&secret));
    assert_eq!(core.login.verifying_key(), public(&login));
    assert_eq!(core.name.as_bytes(), &name);
    rows(&[
        ("password", password.to_owned()),
        ("second secret", short(&second)),
        ("Argon2id", short(&stretched)),
        ("slot secret", short(&secret)),
        ("login seed", short(&login_seed)),
        ("login key", short(login.verifying_key().as_bytes())),
        ("login name", short(&name)),
    ])
}

pub(crate) fn keyring() -> String {
    let account = Account::of(0x01).id();
    let plain = cbor::encode(&[ByteArray::from([0x04; 32]), ByteArray::from([0x02; 32])].as_slice());
    let key = hkdf(&[0x01; 32], &[0xa4; 32], &[b"carnet/v1/keyring", account.as_bytes()]);
    let aad = [b"carnet/v1/keyring".as_slice(), account.as_bytes(), &1_u64.to_be_bytes()].concat();
    let sealed = seal::blob(&[0xa4; 32], &key, &aad, &plain);
    let opened = Keyring::open(&sealed, &RootSecret::from_bytes(&[0x01; 32]), &account, 1).unwrap();
    assert_eq!(opened.newest().key_id(), Reader::of(0x04).keys.key_id());
    assert_eq!(opened.iter().count(), 2);
    rows(&[
        ("keyring", diag(&plain)),
        ("blob nonce", short(&[0xa4; 32])),
        ("key", short(&key)),
        ("aad", hex::encode(aad)),
        ("sealed", hex::encode(&sealed)),
    ])
}

pub(crate) fn pairing() -> String {
    let recipient = Reader::of(0x06);
    let mut offer = vec![0xa3, 0x00, 0x58, 0x20];
    offer.extend(public(&recipient.signing).as_bytes());
    offer.extend([0x01, 0x59, 0x04, 0xc0]);
    offer.extend(recipient.bundle().recipient().as_bytes());
    offer.extend([0x02, 0x50]);
    offer.extend([0xa5; 16]);
    let code = PairingCode::of(&offer);
    let checked = CheckedOffer::check(&offer, &PairingCode::parse(&code.to_string()).unwrap()).unwrap();
    assert_eq!(*checked.key(), public(&recipient.signing));

    let keyring = cbor::encode(&[ByteArray::from([0x02; 32])].as_slice());
    let account = Account::of(0x01).id();
    let fingerprint = PairingCode::of_pairing(&offer, &account);
    let mut parcel = vec![0xa2, 0x00, 0x58, 0x20];
    parcel.extend(account.as_bytes());
    parcel.extend([0x01, 0x58, u8::try_from(keyring.len()).unwrap()]);
    parcel.extend(&keyring);
    let header = seal::Hpke::wrap(&recipient.bundle(), 0xa6).header();
    let file = [header.as_bytes(), &seal::payload(&parcel)].concat();
    let identity = Identity::Hybrid(HybridIdentity::derive_from_seed(&recipient.recipient_seed));
    let mut opened = Vec::new();
    foreign::open(file.as_slice(), &[identity]).unwrap().read_to_end(&mut opened).unwrap();
    assert_eq!(opened, parcel);
    rows(&[
        ("offer", diag(&offer)),
        ("SHA-256", short(&sha256(&[b"carnet/v1/pairing", &offer]))),
        ("code", code.to_string()),
        ("plaintext of the parcel", diag(&parcel)),
        ("SHA-256 with account", short(&sha256(&[b"carnet/v1/paired", account.as_bytes(), &offer]))),
        ("fingerprint", fingerprint.to_string()),
    ])
}
