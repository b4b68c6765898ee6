//! The X25519 recipient of age (c2sp.org/age, "The X25519 recipient type"; RFC 7748): for exports and foreign files.
//!
//! ```text
//! shared   = X25519(ephemeral secret, recipient)
//! wrap key = HKDF-SHA-256(ikm = shared, salt = share || recipient, info = "age-encryption.org/v1/X25519")
//! body     = ChaCha20-Poly1305(wrap key, nonce = 12 zero bytes, file key)
//! ```

use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::aead::AeadKey;
use crate::derive::derive_x25519_wrap_key;
use crate::secret::{FileKey, NoRandomness, make_random};
use crate::wrap_error::WrapError;

/// An X25519 identity: 32 secret bytes.
pub struct X25519Identity {
    secret: StaticSecret,
    recipient: X25519Recipient,
}

impl X25519Identity {
    /// Draws a fresh one.
    ///
    /// # Errors
    /// [`NoRandomness`] where the system has none to give.
    pub fn make() -> Result<Self, NoRandomness> {
        Ok(Self::from_bytes(&Zeroizing::new(make_random()?)))
    }

    /// Takes a copy of the 32 bytes; the caller wipes its own.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let secret = StaticSecret::from(*bytes);
        let recipient = X25519Recipient(PublicKey::from(&secret));
        Self { secret, recipient }
    }

    /// Who seals for it.
    #[must_use]
    pub fn recipient(&self) -> &X25519Recipient {
        &self.recipient
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.secret.as_bytes()
    }

    /// Opens a stanza's body: `Ok(None)` if it is for someone else.
    pub(crate) fn unwrap(&self, share: &[u8; 32], body: &[u8; 32]) -> Result<Option<FileKey>, LowOrderPoint> {
        let shared = agree(&self.secret, &PublicKey::from(*share))?;
        let key = derive_x25519_wrap_key(&shared, share, self.recipient.as_bytes());
        Ok(open_file_key(&AeadKey::new(&key), &[0; 12], body))
    }
}

impl core::fmt::Debug for X25519Identity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("X25519Identity(..)")
    }
}

/// An X25519 recipient: a public key of 32 bytes, not of low order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct X25519Recipient(PublicKey);

impl X25519Recipient {
    /// Takes the 32 bytes.
    ///
    /// # Errors
    /// [`LowOrderPoint`] for a point with which nobody can agree on a secret.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, LowOrderPoint> {
        let point = PublicKey::from(*bytes);
        // Clamping clears the cofactor, so that any scalar shows a point of low order.
        agree(&StaticSecret::from([1; 32]), &point)?;
        Ok(Self(point))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Wraps a file key: the ephemeral share and the stanza's body.
    pub(crate) fn wrap(&self, file_key: &FileKey) -> Result<([u8; 32], [u8; 32]), WrapError> {
        let ephemeral = StaticSecret::from(*Zeroizing::new(make_random()?));
        let share = PublicKey::from(&ephemeral).to_bytes();
        let shared = agree(&ephemeral, &self.0).map_err(|_| WrapError::LowOrder)?;
        let key = derive_x25519_wrap_key(&shared, &share, self.as_bytes());
        Ok((share, seal_file_key(&AeadKey::new(&key), &[0; 12], file_key)))
    }
}

/// A point of low order: the secret agreed on with it would be known to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an X25519 point of low order")]
pub struct LowOrderPoint;

/// X25519 with the contributory check of RFC 7748 section 6.1.
pub(crate) fn agree(secret: &StaticSecret, point: &PublicKey) -> Result<Zeroizing<[u8; 32]>, LowOrderPoint> {
    let shared = secret.diffie_hellman(point);
    if shared.was_contributory() { Ok(Zeroizing::new(shared.to_bytes())) } else { Err(LowOrderPoint) }
}

/// A file key and its tag, under a key that serves this once.
#[allow(clippy::expect_used, reason = "RFC 8439 seals any 16 bytes; a file key in the clear would be worse")]
pub(crate) fn seal_file_key(key: &AeadKey, nonce: &[u8; 12], file_key: &FileKey) -> [u8; 32] {
    let mut body = [0; 32];
    let (text, tag) = body.split_at_mut(FileKey::LEN);
    text.copy_from_slice(file_key.expose());
    tag.copy_from_slice(&key.seal(nonce, b"", text).expect("16 bytes"));
    body
}

/// The file key in a body, if its tag is right.
pub(crate) fn open_file_key(key: &AeadKey, nonce: &[u8; 12], body: &[u8; 32]) -> Option<FileKey> {
    let (text, tag) = body.split_first_chunk::<{ FileKey::LEN }>()?;
    let mut text = Zeroizing::new(*text);
    key.open(nonce, b"", text.as_mut_slice(), tag.try_into().ok()?).ok()?;
    Some(FileKey::from_bytes(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_file_key_opens_for_its_recipient_only() {
        let (identity, other) = (X25519Identity::make().unwrap(), X25519Identity::make().unwrap());
        let file_key = FileKey::make().unwrap();
        let (share, body) = identity.recipient().wrap(&file_key).unwrap();
        assert_eq!(identity.unwrap(&share, &body), Ok(Some(file_key)));
        assert_eq!(other.unwrap(&share, &body), Ok(None));
    }

    #[test]
    fn low_order_points_are_no_recipients_and_no_shares() {
        let order_8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
        let order_8: [u8; 32] = hex::decode(order_8).unwrap().try_into().unwrap();
        let mut one = [0; 32];
        one[0] = 1;
        for point in [[0; 32], one, order_8] {
            assert_eq!(X25519Recipient::from_bytes(&point), Err(LowOrderPoint));
            assert_eq!(X25519Identity::make().unwrap().unwrap(&point, &[0; 32]), Err(LowOrderPoint));
        }
    }
}
