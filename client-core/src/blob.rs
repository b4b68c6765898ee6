//! Small sealed blobs: a keyring, a slot, a manifest. One ChaCha20-Poly1305 message (RFC 8439) under a key of its own.
//!
//! ```text
//! blob = nonce (32) || ChaCha20-Poly1305(key, 12 zero bytes, aad, plaintext)
//! ```
//! The key is derived from a long-lived secret with the blob's fresh 32-byte nonce as salt, so no key meets two plaintexts
//! and the AEAD's own nonce can be zero, as in age's stanzas.

use zeroize::Zeroizing;

use crate::aead::{AeadError, AeadKey};
use crate::secret::{NoRandomness, SymmetricKey, make_random};

/// Length of a blob's nonce.
pub(crate) const NONCE_LEN: usize = 32;

/// What a blob is longer by than its plaintext.
pub(crate) const OVERHEAD: usize = NONCE_LEN + TAG_LEN;

const TAG_LEN: usize = 16;

/// Seals a plaintext of less than 64 KiB or so under the key that `derive` makes of the fresh nonce.
#[allow(clippy::expect_used, reason = "the one failure is a text beyond 256 GiB, which no blob is")]
pub(crate) fn seal(
    derive: impl FnOnce(&[u8; NONCE_LEN]) -> SymmetricKey,
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, NoRandomness> {
    let nonce = make_random()?;
    let mut blob = Vec::with_capacity(plaintext.len().saturating_add(OVERHEAD));
    blob.extend_from_slice(&nonce);
    blob.extend_from_slice(plaintext);
    let (_, text) = blob.split_at_mut(NONCE_LEN);
    let tag: Result<_, AeadError> = AeadKey::new(&derive(&nonce)).seal(&[0; 12], aad, text);
    blob.extend_from_slice(&tag.expect("a short text"));
    Ok(blob)
}

/// Opens a blob; nothing where any byte of it, of the key or of `aad` differs.
pub(crate) fn open(
    derive: impl FnOnce(&[u8; NONCE_LEN]) -> SymmetricKey,
    aad: &[u8],
    blob: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = blob.split_first_chunk::<NONCE_LEN>()?;
    let (text, tag) = sealed.split_last_chunk::<TAG_LEN>()?;
    let mut text = Zeroizing::new(text.to_vec());
    AeadKey::new(&derive(nonce)).open(&[0; 12], aad, &mut text, tag).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_with_any_bit_flipped_cut_or_under_another_aad_stays_closed() {
        let key = |_: &[u8; 32]| SymmetricKey::from_bytes(&[3; 32]);
        let blob = seal(key, b"aad", b"a keyring").unwrap();
        assert_eq!(open(key, b"aad", &blob).unwrap().as_slice(), b"a keyring");
        assert!(open(key, b"AAD", &blob).is_none());
        // The nonce feeds the derivation, which this key ignores: flips start after it.
        for bit in NONCE_LEN * 8..blob.len() * 8 {
            let mut flipped = blob.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(key, b"aad", &flipped).is_none(), "bit {bit}");
        }
        for len in 0..blob.len() {
            assert!(open(key, b"aad", &blob[..len]).is_none(), "{len} bytes");
        }
    }
}
