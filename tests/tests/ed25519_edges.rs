//! What RFC 8032 leaves open about keys and signatures has one strict answer here: points of low order are refused
//! in each of their encodings, and the equation is the one without the cofactor.
//!
//! The cases are built here, of the eight points of low order. `wycheproof.rs` runs the published ones too.

#![cfg(test)]

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity as _;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha512};

#[test]
fn key_of_low_order_is_refused_in_each_of_its_encodings() {
    let encodings = encodings_of_low_order();
    assert_eq!(encodings.len(), 14);
    let mut would_pass = 0;
    for key in &encodings {
        for nonce in &encodings {
            for message in 0..16_u8 {
                // With a key of low order, the signature 0 needs no secret.
                let signature = signature(nonce, &Scalar::ZERO);
                assert!(!strict(key, &[message], &signature), "{key:?} {nonce:?}");
                would_pass += usize::from(lenient(key, &[message], &signature));
            }
        }
    }
    // Else there would be nothing that strictness has to stop.
    assert!(would_pass > 100, "{would_pass}");
}

#[test]
fn nonce_of_low_order_is_refused_under_an_honest_key() {
    let secret = Scalar::from_bytes_mod_order([9; 32]);
    let key = (secret * ED25519_BASEPOINT_POINT).compress().0;
    for nonce in encodings_of_low_order() {
        let hash = challenge(&nonce, &key, b"nonce");
        let made = signature(&nonce, &(hash * secret));
        assert!(!strict(&key, b"nonce", &made), "{nonce:?}");
    }
}

#[test]
fn component_of_low_order_is_accepted_where_it_cancels_out_and_refused_where_only_the_cofactor_hides_it() {
    let (secret, blind) = (Scalar::from_bytes_mod_order([9; 32]), Scalar::from_bytes_mod_order([5; 32]));
    let (mut accepted, mut refused) = (0, 0);
    for torsion in EIGHT_TORSION.iter().filter(|point| !point.is_identity()) {
        let key = (secret * ED25519_BASEPOINT_POINT + torsion).compress().0;
        let nonce = (blind * ED25519_BASEPOINT_POINT).compress().0;
        for message in 0..64_u8 {
            let hash = challenge(&nonce, &key, &[message]);
            let made = signature(&nonce, &(blind + hash * secret));
            let cancels = (hash * torsion).is_identity();
            assert_eq!(strict(&key, &[message], &made), cancels);
            if cancels { accepted += 1 } else { refused += 1 }
        }
    }
    assert!(accepted > 20 && refused > 200, "{accepted} {refused}");
}

/// The eight points as RFC 8032 writes them, and six more spellings of them: `y` not reduced, or a sign for `x = 0`.
fn encodings_of_low_order() -> Vec<[u8; 32]> {
    let last = |first: u8, last: u8| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    };
    let mut one = [0; 32];
    (one[0], one[31]) = (1, 0x80);
    let canonical = EIGHT_TORSION.iter().map(|point| point.compress().0);
    let others =
        [one, last(0xec, 0xff), last(0xed, 0x7f), last(0xed, 0xff), last(0xee, 0x7f), last(0xee, 0xff)];
    canonical.chain(others).collect()
}

fn challenge(nonce: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(nonce).chain_update(key).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

fn signature(nonce: &[u8; 32], scalar: &Scalar) -> Signature {
    Signature::from_components(*nonce, scalar.to_bytes())
}

/// As `carnet-wire` verifies.
fn strict(key: &[u8; 32], message: &[u8], signature: &Signature) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, signature).is_ok())
}

/// The equation with the cofactor, on whatever the bytes decode to.
fn lenient(key: &[u8; 32], message: &[u8], signature: &Signature) -> bool {
    let point = |bytes: &[u8; 32]| -> Option<EdwardsPoint> {
        curve25519_dalek::edwards::CompressedEdwardsY(*bytes).decompress()
    };
    let (Some(public), Some(nonce)) = (point(key), point(signature.r_bytes())) else { return false };
    let scalar = Scalar::from_bytes_mod_order(*signature.s_bytes());
    let hash = challenge(signature.r_bytes(), key, message);
    (scalar * ED25519_BASEPOINT_POINT - nonce - hash * public).mul_by_cofactor().is_identity()
}
