//! What published test vectors need and the API does not offer: primitives on their own, with given randomness.
//!
//! Behind the feature `testing`, and hidden from the documentation. Nothing here belongs in a program: each function takes away a safety that a type gives.

use carnet_wire::grant::Grant;
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::aead::AeadKey;
use crate::hybrid::{HybridIdentity, HybridRecipient};
use crate::secret::{FileKey, SymmetricKey};
use crate::server_address::{ServerAddress, ServerUrl};

/// Seals in place with the cipher of this platform; gives the tag.
#[must_use]
pub fn aead_seal(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Option<[u8; 16]> {
    AeadKey::new(&SymmetricKey::from_bytes(key)).seal(nonce, aad, in_out).ok()
}

/// Opens in place with the cipher of this platform; `None` for a wrong tag.
#[must_use]
pub fn aead_open(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    in_out: &mut [u8],
    tag: &[u8; 16],
) -> Option<()> {
    AeadKey::new(&SymmetricKey::from_bytes(key)).open(nonce, aad, in_out, tag).ok()
}

/// X25519 with the contributory check.
#[must_use]
pub fn x25519(secret: &[u8; 32], public: &[u8; 32]) -> Option<[u8; 32]> {
    crate::x25519::agree(&StaticSecret::from(*secret), &PublicKey::from(*public)).ok().map(|shared| *shared)
}

/// X-Wing's encapsulation with given randomness.
#[must_use]
pub fn xwing_encapsulate(
    recipient: &HybridRecipient,
    random: &[u8; 64],
) -> Option<([u8; Grant::ENC_LEN], [u8; 32])> {
    recipient.encapsulate(random).ok().map(|(enc, shared)| (enc, *shared))
}

/// X-Wing's decapsulation.
#[must_use]
pub fn xwing_decapsulate(identity: &HybridIdentity, enc: &[u8; Grant::ENC_LEN]) -> Option<[u8; 32]> {
    identity.decapsulate(enc).ok().map(|shared| *shared)
}

/// ML-KEM-768 alone: the encapsulation key of a seed.
#[must_use]
pub fn ml_kem_public_key(seed: &[u8; 64]) -> [u8; 1184] {
    *mlkem768::generate_key_pair(*seed).pk()
}

/// ML-KEM-768 alone: the shared secret in a ciphertext.
#[must_use]
pub fn ml_kem_decapsulate(seed: &[u8; 64], ciphertext: &[u8; 1088]) -> [u8; 32] {
    let pair = mlkem768::generate_key_pair(*seed);
    mlkem768::decapsulate(pair.private_key(), &MlKem768Ciphertext::from(ciphertext))
}

/// The bytes of a file key, to compare with what a foreign program shows.
#[must_use]
pub fn file_key_bytes(file_key: &FileKey) -> [u8; 16] {
    *file_key.expose()
}

/// The identity once more, to give it to a program that takes it whole.
#[must_use]
pub fn same_identity(identity: &HybridIdentity) -> Box<HybridIdentity> {
    HybridIdentity::derive_from_seed(identity.expose())
}

/// A server's address for samples: the key is that of seed 7 repeated.
#[must_use]
#[allow(clippy::expect_used, reason = "constants, and a library's own public key")]
pub fn server_address() -> ServerAddress {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
    ServerAddress {
        url: ServerUrl::parse("https://carnet.example").expect("a URL"),
        origin: Origin::parse("carnet.example/log").expect("an origin"),
        key: VerifyingKey::from_bytes(key.as_bytes()).expect("a key"),
    }
}
