//! ChaCha20-Poly1305 (RFC 8439), and the choice of who computes it: `ring` natively, `chacha20poly1305` in WASM.
//!
//! This is the seam where the browser's own implementation may come later. Both sides run the same vectors.
//! `chacha20poly1305` wipes its key on drop; `ring` offers no way to wipe its own, so a key lives no longer than the
//! payload or the stanza that it serves.

use zeroize::Zeroize;

use crate::secret::SymmetricKey;

#[cfg(not(target_family = "wasm"))]
use native as backend;
#[cfg(target_family = "wasm")]
use portable as backend;

#[cfg(any(target_family = "wasm", test))]
mod portable;

/// A key ready to seal and open. The caller sees to it that no nonce comes twice.
pub(crate) struct AeadKey(backend::Key);

impl AeadKey {
    pub(crate) fn new(key: &SymmetricKey) -> Self {
        Self(backend::Key::new(key.expose()))
    }

    /// Replaces a plaintext with its ciphertext and gives the tag.
    ///
    /// # Errors
    /// [`AeadError`] beyond the 256 GiB that RFC 8439 allows for one nonce.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], AeadError> {
        self.0.seal(nonce, aad, in_out)
    }

    /// Replaces a ciphertext with its plaintext, if the tag is right; else wipes it.
    ///
    /// # Errors
    /// [`AeadError`] for a wrong tag.
    pub(crate) fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), AeadError> {
        let opened = self.0.open(nonce, aad, in_out, tag);
        if opened.is_err() {
            in_out.zeroize();
        }
        opened
    }
}

/// The tag is wrong, or the text too long for one nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AeadError;

#[cfg(not(target_family = "wasm"))]
mod native {
    use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, Tag, UnboundKey};

    use super::AeadError;

    pub(crate) struct Key(LessSafeKey);

    impl Key {
        #[allow(
            clippy::expect_used,
            reason = "`ring` refuses a key for its length only, and the type fixes it"
        )]
        pub(crate) fn new(key: &[u8; 32]) -> Self {
            Self(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("32 bytes")))
        }

        pub(crate) fn seal(
            &self,
            nonce: &[u8; 12],
            aad: &[u8],
            in_out: &mut [u8],
        ) -> Result<[u8; 16], AeadError> {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let tag =
                self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), in_out).map_err(|_| AeadError)?;
            tag.as_ref().try_into().map_err(|_| AeadError)
        }

        pub(crate) fn open(
            &self,
            nonce: &[u8; 12],
            aad: &[u8],
            in_out: &mut [u8],
            tag: &[u8; 16],
        ) -> Result<(), AeadError> {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let opened =
                self.0.open_in_place_separate_tag(nonce, Aad::from(aad), Tag::from(*tag), in_out, 0..);
            opened.map(drop).map_err(|_| AeadError)
        }
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn example_of_rfc_8439_section_2_8_2_is_the_same_on_both_sides() {
        let key: [u8; 32] = core::array::from_fn(|i| 0x80 + i as u8);
        let nonce = [7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47];
        let aad = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let text =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
            sunscreen would be it.";
        let mut native = text.to_vec();
        let mut portable = text.to_vec();
        let tag = native::Key::new(&key).seal(&nonce, &aad, &mut native).unwrap();
        assert_eq!(hex::encode(tag), "1ae10b594f09e26a7e902ecbd0600691");
        assert_eq!(portable::Key::new(&key).seal(&nonce, &aad, &mut portable), Ok(tag));
        assert_eq!(native, portable);
        assert!(hex::encode(native).starts_with("d31a8d34648e60db7b86afbc53ef7ec2"));
    }

    #[test]
    fn text_under_a_wrong_tag_is_wiped() {
        let key = AeadKey::new(&SymmetricKey::from_bytes(&[1; 32]));
        let mut text = *b"a health record";
        let mut tag = key.seal(&[0; 12], b"", &mut text).unwrap();
        tag[0] ^= 1;
        assert_eq!(key.open(&[0; 12], b"", &mut text, &tag), Err(AeadError));
        assert_eq!(text, [0; 15]);
    }

    proptest! {
        #[test]
        fn each_side_opens_what_the_other_sealed_and_refuses_a_flipped_bit(
            key: [u8; 32], nonce: [u8; 12], aad: Vec<u8>, text: Vec<u8>, flip in 0..128_usize,
        ) {
            let (native, portable) = (native::Key::new(&key), portable::Key::new(&key));
            let mut sealed = text.clone();
            let tag = native.seal(&nonce, &aad, &mut sealed).unwrap();
            let mut opened = sealed.clone();
            prop_assert_eq!(portable.open(&nonce, &aad, &mut opened, &tag), Ok(()));
            prop_assert_eq!(&opened, &text);
            prop_assert_eq!(portable.seal(&nonce, &aad, &mut opened), Ok(tag));
            prop_assert_eq!(&opened, &sealed);
            let mut bad = tag;
            bad[flip / 8] ^= 1 << (flip % 8);
            prop_assert!(portable.open(&nonce, &aad, &mut opened, &bad).is_err());
            prop_assert!(native.open(&nonce, &aad, &mut sealed, &bad).is_err());
        }
    }
}
