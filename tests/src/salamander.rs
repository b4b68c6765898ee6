//! An invisible salamander: one payload that authenticates under two file keys and reads differently under each.
//!
//! ChaCha20-Poly1305 does not commit to its key (Len, Grubbs, Ristenpart, USENIX Security 2021). A tag is a polynomial in the
//! ciphertext's blocks modulo 2^130 - 5, so two free blocks are enough to give the same tag under two keys: two linear
//! equations, solved here for one chunk of an age payload.

#![allow(clippy::unwrap_used, reason = "a stage prop that fails fails its test")]

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
use hkdf::Hkdf;
use num_bigint::BigUint;
use sha2::Sha256;

/// A payload and the two file keys that open it.
pub struct Salamander {
    /// The file keys.
    pub keys: [[u8; 16]; 2],
    /// The payload's nonce.
    pub nonce: [u8; 16],
    /// The payload: nonce, one chunk of 1,024 bytes, tag.
    pub payload: Vec<u8>,
}

/// What each key's reader finds in the text; it finds noise in the place of the other's.
pub const TEXTS: [&str; 2] =
    ["ALLERGIES: none known. Prescribe amoxicillin.", "ANAPHYLAXIS TO PENICILLIN. Never again.      "];

impl Salamander {
    /// Makes one, in a few dozen tries.
    #[must_use]
    pub fn make() -> Self {
        let nonce = [0x77; 16];
        (0_u64..)
            .find_map(|attempt| {
                let mut second = [0xbb; 16];
                second[..8].copy_from_slice(&attempt.to_be_bytes());
                let keys = [[0xaa; 16], second];
                let payload = collide(&keys.map(|key| ChunkKey::derive(&key, &nonce)))?;
                Some(Self { keys, nonce, payload: [nonce.as_slice(), &payload].concat() })
            })
            .unwrap()
    }
}

/// The keystream and the one-time key of chunk 0, the last one, under a file key.
struct ChunkKey {
    r: BigUint,
    s: BigUint,
    stream: Vec<u8>,
}

impl ChunkKey {
    fn derive(file_key: &[u8; 16], nonce: &[u8; 16]) -> Self {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(Some(nonce), file_key).expand(b"payload", &mut key).unwrap();
        let mut chunk_nonce = [0; 12];
        chunk_nonce[11] = 1;
        let mut stream = vec![0; 64 + LEN];
        ChaCha20::new(&key.into(), &chunk_nonce.into()).apply_keystream(&mut stream);
        let mut r: [u8; 16] = stream[..16].try_into().unwrap();
        for (index, mask) in [(3, 15), (7, 15), (11, 15), (15, 15), (4, 252), (8, 252), (12, 252)] {
            r[index] &= mask;
        }
        let s = BigUint::from_bytes_le(&stream[16..32]);
        Self { r: BigUint::from_bytes_le(&r), s, stream: stream.split_off(64) }
    }

    /// The polynomial's value over a ciphertext, before `s` is added.
    fn evaluate(&self, ciphertext: &[u8]) -> BigUint {
        let lengths = [[0; 8], (LEN as u64).to_le_bytes()].concat();
        let blocks = ciphertext.chunks(16).chain(core::iter::once(lengths.as_slice()));
        blocks.fold(BigUint::ZERO, |sum, block| {
            (sum + BigUint::from_bytes_le(block) + high_bit()) * &self.r % prime()
        })
    }
}

/// A ciphertext and tag that both keys accept; nothing where the equations' solution is not two blocks.
fn collide(keys: &[ChunkKey; 2]) -> Option<Vec<u8>> {
    let [one, two] = keys;
    let mut ciphertext = vec![0; LEN];
    for (key, (text, start)) in keys.iter().zip(TEXTS.iter().zip([0, 64])) {
        for (index, byte) in text.bytes().enumerate() {
            ciphertext[start + index] = byte ^ key.stream[start + index];
        }
    }
    let tag = BigUint::from(0x5eed_u32);
    let modulus = prime();
    // With both free blocks zero, what is missing to the tag under each key.
    let missing = |key: &ChunkKey| {
        let wanted = (&tag + (high_bit() - &key.s)) % high_bit();
        (wanted + &modulus - key.evaluate(&ciphertext)) % &modulus
    };
    let (m1, m2) = (missing(one), missing(two));
    // x stands at r^3, y at r^2: x r1^3 + y r1^2 = m1, x r2^3 + y r2^2 = m2.
    let power = |r: &BigUint, e: u32| r.modpow(&BigUint::from(e), &modulus);
    let inverse = |value: BigUint| value.modpow(&(&modulus - 2_u32), &modulus);
    let (a1, b1, a2, b2) = (power(&one.r, 3), power(&one.r, 2), power(&two.r, 3), power(&two.r, 2));
    let minus = |left: BigUint, right: BigUint| (left + &modulus * &modulus - right) % &modulus;
    let determinant = minus(&a1 * &b2, &a2 * &b1);
    let x = minus(&m1 * &b2, &m2 * &b1) * inverse(determinant.clone()) % &modulus;
    let y = minus(&a1 * &m2, &a2 * &m1) * inverse(determinant) % &modulus;
    for (value, start) in [(x, LEN - 32), (y, LEN - 16)] {
        let mut block = value.to_bytes_le();
        if block.len() > 16 {
            return None;
        }
        block.resize(16, 0);
        ciphertext[start..start + 16].copy_from_slice(&block);
    }
    let mut bytes = tag.to_bytes_le();
    bytes.resize(16, 0);
    ciphertext.extend(bytes);
    Some(ciphertext)
}

fn prime() -> BigUint {
    (BigUint::from(1_u32) << 130) - 5_u32
}

fn high_bit() -> BigUint {
    BigUint::from(1_u32) << 128
}

const LEN: usize = 1024;
