//! Recipients that nothing can be wrapped to: the arithmetic of server and clients against the library that would wrap.

#![cfg(test)]

use carnet_core::account::VerifiedAccount;
use carnet_core::hybrid::{HybridIdentity, HybridRecipient};
use carnet_core::secret::{SigningSeed, make_random};
use carnet_core::signer::DeviceKey;
use carnet_core::vault::VerifiedVault;
use carnet_tests::cast::{Cast, NOW, origin};
use carnet_wire::StableCode as _;
use carnet_wire::bundle::{Bundle, FirstBundle, RECIPIENT_LEN, RecipientBytes};
use carnet_wire::chain::Chain;
use carnet_wire::id::{EntryId, VaultId};
use carnet_wire::line::Line;
use carnet_wire::statement::{Account, Circle, Genesis, Holder, KeyEntry};
use proptest::prelude::*;

type Bytes = [u8; RECIPIENT_LEN];

/// What the library says; the formats must say the same.
fn judge(bytes: &Bytes) -> bool {
    let usable = HybridRecipient::from_bytes(bytes).is_ok();
    assert_eq!(RecipientBytes::from_bytes(bytes).is_usable(), usable, "{}", hex::encode(bytes));
    usable
}

fn good() -> Bytes {
    *HybridIdentity::make().unwrap().recipient().as_bytes()
}

/// Puts a coefficient of 12 bits at its place.
fn with_coefficient(mut bytes: Bytes, place: usize, value: u16) -> Bytes {
    let three = &mut bytes[place / 2 * 3..][..3];
    let [low, high] = value.to_le_bytes();
    if place.is_multiple_of(2) {
        three[0] = low;
        three[1] = three[1] & 0xf0 | high;
    } else {
        three[1] = three[1] & 0x0f | low << 4;
        three[2] = low >> 4 | high << 4;
    }
    bytes
}

fn beyond_the_modulus() -> Bytes {
    with_coefficient(good(), 767, 3329)
}

fn low_order() -> Bytes {
    let mut bytes = good();
    bytes[1184..].fill(0);
    bytes
}

#[test]
fn coefficient_of_the_modulus_or_more_makes_a_recipient_unusable_wherever_it_stands() {
    for place in [0, 1, 2, 255, 256, 511, 766, 767] {
        assert!(judge(&with_coefficient(good(), place, 3328)), "{place}");
        for value in [3329, 3330, 0x0fff] {
            assert!(!judge(&with_coefficient(good(), place, value)), "{place}: {value}");
        }
    }
}

#[test]
fn every_encoding_of_a_low_order_point_makes_a_recipient_unusable() {
    let mut unusable = 0;
    // All encodings within 18 of p, the first 38, with and without the ignored bit; and the two points of order 8.
    let mut points: Vec<[u8; 32]> = Vec::new();
    for near in 0..38 {
        let mut zero = [0; 32];
        zero[0] = near;
        let mut p = [0xff; 32];
        (p[0], p[31]) = (0xed - 20 + near, 0x7f);
        points.extend([zero, p]);
    }
    for order_8 in [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ] {
        points.push(hex::decode(order_8).unwrap().try_into().unwrap());
    }
    for point in points {
        for top in [0, 0x80] {
            let mut bytes = good();
            bytes[1184..].copy_from_slice(&point);
            bytes[RECIPIENT_LEN - 1] |= top;
            unusable += usize::from(!judge(&bytes));
        }
    }
    assert_eq!(unusable, 14);
}

proptest! {
    #[test]
    fn random_changes_of_a_recipient_are_judged_as_the_library_does(
        changes in prop::collection::vec((0..RECIPIENT_LEN, any::<u8>()), 1..4),
    ) {
        let mut bytes = *HybridIdentity::derive_from_seed(&[7; 32]).recipient().as_bytes();
        for (place, value) in changes {
            bytes[place] = value;
        }
        judge(&bytes);
    }
}

#[test]
fn account_and_vault_of_unusable_keys_are_refused_alike_by_server_and_clients() {
    let cast = Cast::make();
    for bytes in [beyond_the_modulus(), low_order()] {
        let identity = DeviceKey::from_seed(&SigningSeed::make().unwrap());
        let bundle = Bundle::new(RecipientBytes::from_bytes(&bytes), identity.verifying_key());
        let first = FirstBundle { identity: identity.verifying_key(), generation: bundle.clone() };
        let id = first.account_id();
        let account = identity.sign(&origin(), Account { first, time: NOW }).unwrap();
        assert_eq!(Line::begin(&id, account.as_bytes()).unwrap_err().code(), "account-keys");
        assert_eq!(VerifiedAccount::begin(&id, account.as_bytes()).unwrap_err().code(), "account-keys");

        let genesis = Genesis {
            holder: Holder::Account(cast.patient.account.id()),
            reader: bundle.clone(),
            key_entry: EntryId::from_time_and_random(NOW, &[1; 10]),
            salt: make_random::<32>().unwrap().into(),
            time: NOW,
        };
        let genesis = cast.patient.device.sign(&origin(), genesis).unwrap();
        let id = VaultId::from_bytes(*genesis.hash().as_bytes());
        let refused = Chain::begin(&id, genesis.as_bytes(), &cast.accounts, None).unwrap_err();
        assert_eq!(refused.code(), "vault-keys");
        let refused = VerifiedVault::begin(&id, genesis.as_bytes(), &cast.accounts, None).unwrap_err();
        assert_eq!(refused.code(), "vault-keys");

        let circle = Circle {
            context: cast.patient.ruler(&cast.vault).context(),
            circle: None,
            generation: 1,
            bundle,
            key_entry: KeyEntry { entry: EntryId::from_time_and_random(NOW, &[2; 10]), version: 1 },
            replaces: None,
        };
        let circle = cast.patient.device.sign(&origin(), circle).unwrap();
        let chain: Chain = (*cast.vault).clone();
        assert_eq!(chain.follow(circle.as_bytes(), &cast.accounts, None).unwrap_err().code(), "vault-keys");
        let refused = cast.vault.clone().follow(circle.as_bytes(), &cast.accounts, None).unwrap_err();
        assert_eq!(refused.code(), "vault-keys");
    }
}
