//! Primitives on their own, so that published vectors run in WASM too. Only in the build for tests.

use carnet_core::hybrid::{HybridIdentity, HybridRecipient};
use carnet_core::testing;
use wasm_bindgen::prelude::wasm_bindgen;

/// ChaCha20-Poly1305: the ciphertext and its tag, or nothing for another size of key or nonce.
#[wasm_bindgen(js_name = vectorAeadSeal)]
#[must_use]
pub fn aead_seal(key: &[u8], nonce: &[u8], aad: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = text.to_vec();
    let tag = testing::aead_seal(key.try_into().ok()?, nonce.try_into().ok()?, aad, &mut sealed)?;
    sealed.extend_from_slice(&tag);
    Some(sealed)
}

/// ChaCha20-Poly1305: the plaintext, or nothing for a wrong tag or another size of key or nonce.
#[wasm_bindgen(js_name = vectorAeadOpen)]
#[must_use]
pub fn aead_open(key: &[u8], nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (text, tag) = sealed.split_last_chunk()?;
    let mut text = text.to_vec();
    testing::aead_open(key.try_into().ok()?, nonce.try_into().ok()?, aad, &mut text, tag)?;
    Some(text)
}

/// X25519, or nothing for a secret of zeros.
#[wasm_bindgen(js_name = vectorX25519)]
#[must_use]
pub fn x25519(secret: &[u8], public: &[u8]) -> Option<Vec<u8>> {
    testing::x25519(secret.try_into().ok()?, public.try_into().ok()?).map(Vec::from)
}

/// X-Wing: the public key of a seed.
#[wasm_bindgen(js_name = vectorXwingPublicKey)]
#[must_use]
pub fn xwing_public_key(seed: &[u8]) -> Option<Vec<u8>> {
    let identity = HybridIdentity::derive_from_seed(seed.try_into().ok()?);
    Some(identity.recipient().as_bytes().to_vec())
}

/// X-Wing: the encapsulated key and the shared secret behind it, with given randomness.
#[wasm_bindgen(js_name = vectorXwingEncapsulate)]
#[must_use]
pub fn xwing_encapsulate(public: &[u8], random: &[u8]) -> Option<Vec<u8>> {
    let recipient = HybridRecipient::from_bytes(public.try_into().ok()?).ok()?;
    let (enc, shared) = testing::xwing_encapsulate(&recipient, random.try_into().ok()?)?;
    Some([enc.as_slice(), shared.as_slice()].concat())
}

/// X-Wing: the shared secret in an encapsulated key.
#[wasm_bindgen(js_name = vectorXwingDecapsulate)]
#[must_use]
pub fn xwing_decapsulate(seed: &[u8], enc: &[u8]) -> Option<Vec<u8>> {
    let identity = HybridIdentity::derive_from_seed(seed.try_into().ok()?);
    testing::xwing_decapsulate(&identity, enc.try_into().ok()?).map(Vec::from)
}

/// ML-KEM-768 (FIPS 203): the encapsulation key of a seed.
#[wasm_bindgen(js_name = vectorMlKemPublicKey)]
#[must_use]
pub fn ml_kem_public_key(seed: &[u8]) -> Option<Vec<u8>> {
    Some(testing::ml_kem_public_key(seed.try_into().ok()?).to_vec())
}

/// ML-KEM-768 (FIPS 203): the shared secret in a ciphertext.
#[wasm_bindgen(js_name = vectorMlKemDecapsulate)]
#[must_use]
pub fn ml_kem_decapsulate(seed: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
    Some(testing::ml_kem_decapsulate(seed.try_into().ok()?, ciphertext.try_into().ok()?).to_vec())
}
