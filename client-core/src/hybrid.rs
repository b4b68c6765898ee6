//! The hybrid post-quantum recipient of age, `mlkem768x25519` (c2sp.org/age; draft-ietf-hpke-pq, X-Wing).
//!
//! ```text
//! recipient     = ML-KEM-768 encapsulation key (1,184 bytes) || X25519 public key (32)
//! d, z, secret  = SHAKE256(seed, 96): ML-KEM-768 (FIPS 203) from d || z, X25519 from the rest
//! enc           = ML-KEM-768 ciphertext (1,088 bytes) || X25519 share (32)
//! shared secret = SHA3-256(ss of ML-KEM || ss of X25519 || share || X25519 public key || "\.//^\")
//! body          = HPKE base mode (RFC 9180): KEM 0x647a, HKDF-SHA256, ChaCha20Poly1305,
//!                 info = "age-encryption.org/mlkem768x25519", no aad
//! ```
//!
//! It stays secret as long as one of the two halves does.

use carnet_wire::grant::Grant;
use carnet_wire::id::KeyId;
use hkdf::{Hkdf, HkdfExtract};
use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey};
use sha2::{Digest as _, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize, Zeroizing};

use crate::aead::AeadKey;
use crate::secret::{FileKey, NoRandomness, SymmetricKey, make_random};
use crate::wrap_error::WrapError;
use crate::x25519::{LowOrderPoint, X25519Recipient, agree, open_file_key, seal_file_key};

/// A hybrid identity: a seed of 32 secret bytes, and the keys that it expands to.
pub struct HybridIdentity {
    seed: Zeroizing<[u8; 32]>,
    ml_kem: ExpandedKey,
    x25519: StaticSecret,
    recipient: HybridRecipient,
}

impl HybridIdentity {
    /// Draws a fresh one.
    ///
    /// # Errors
    /// [`NoRandomness`] where the system has none to give.
    pub fn make() -> Result<Box<Self>, NoRandomness> {
        Ok(Self::derive_from_seed(&Zeroizing::new(make_random()?)))
    }

    /// Expands a seed of 32 bytes, which the caller wipes.
    #[must_use]
    pub fn derive_from_seed(seed: &[u8; 32]) -> Box<Self> {
        let mut expanded = Zeroizing::new([0; 96]);
        libcrux_sha3::shake256_ema(expanded.as_mut_slice(), seed);
        let mut ml_kem_seed = Zeroizing::new([0; 64]);
        let mut x25519_secret = Zeroizing::new([0; 32]);
        let (head, tail) = expanded.split_at(64);
        ml_kem_seed.copy_from_slice(head);
        x25519_secret.copy_from_slice(tail);
        let (private, public) = mlkem768::generate_key_pair(*ml_kem_seed).into_parts();
        let x25519 = StaticSecret::from(*x25519_secret);
        let recipient = HybridRecipient::from_parts(&public, &PublicKey::from(&x25519));
        Box::new(Self {
            seed: Zeroizing::new(*seed),
            ml_kem: ExpandedKey(Box::new(private)),
            x25519,
            recipient,
        })
    }

    /// Who seals for it.
    #[must_use]
    pub fn recipient(&self) -> &HybridRecipient {
        &self.recipient
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.seed
    }

    /// Opens a stanza's body: `Ok(None)` if it is for someone else.
    pub(crate) fn unwrap(
        &self,
        enc: &[u8; Grant::ENC_LEN],
        body: &[u8; Grant::BODY_LEN],
    ) -> Result<Option<FileKey>, LowOrderPoint> {
        let (key, nonce) = key_schedule(&*self.decapsulate(enc)?);
        Ok(open_file_key(&AeadKey::new(&key), &nonce, body))
    }

    /// X-Wing's decapsulation. A changed ciphertext gives another secret, not an error.
    pub(crate) fn decapsulate(
        &self,
        enc: &[u8; Grant::ENC_LEN],
    ) -> Result<Zeroizing<[u8; 32]>, LowOrderPoint> {
        let (ciphertext, share) = split_enc(enc);
        let of_ml_kem =
            Zeroizing::new(mlkem768::decapsulate(&self.ml_kem.0, &MlKem768Ciphertext::from(ciphertext)));
        let of_x25519 = agree(&self.x25519, &PublicKey::from(*share))?;
        Ok(combine(&of_ml_kem, &of_x25519, share, self.recipient.x25519()))
    }
}

impl core::fmt::Debug for HybridIdentity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HybridIdentity(..)")
    }
}

/// A hybrid recipient: a public key of 1,216 bytes, both halves checked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HybridRecipient(Box<[u8; Self::LEN]>);

impl HybridRecipient {
    /// Length in bytes.
    pub const LEN: usize = 1_216;

    /// Takes the bytes.
    ///
    /// # Errors
    /// [`HybridRecipientError`] if the ML-KEM key has a coefficient beyond the modulus (FIPS 203 section 7.2), or the X25519
    /// point is of low order.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, HybridRecipientError> {
        let recipient = Self(Box::new(*bytes));
        if !mlkem768::validate_public_key(&recipient.ml_kem()) {
            return Err(HybridRecipientError::MlKem);
        }
        X25519Recipient::from_bytes(recipient.x25519()).map_err(|_| HybridRecipientError::LowOrder)?;
        Ok(recipient)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The first 16 bytes of SHA-256 of the bytes: how grants and bundles name this key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        let mut id = [0; KeyId::LEN];
        let digest: [u8; 32] = Sha256::digest(self.0.as_slice()).into();
        id.copy_from_slice(digest.split_at(KeyId::LEN).0);
        KeyId::from_bytes(id)
    }

    /// Wraps a file key: the encapsulated key and the stanza's body.
    pub(crate) fn wrap(
        &self,
        file_key: &FileKey,
    ) -> Result<([u8; Grant::ENC_LEN], [u8; Grant::BODY_LEN]), WrapError> {
        let random = Zeroizing::new(make_random()?);
        let (enc, shared) = self.encapsulate(&random).map_err(|_| WrapError::LowOrder)?;
        let (key, nonce) = key_schedule(&shared);
        Ok((enc, seal_file_key(&AeadKey::new(&key), &nonce, file_key)))
    }

    /// X-Wing's encapsulation, from 64 random bytes: 32 for ML-KEM, 32 for X25519.
    pub(crate) fn encapsulate(
        &self,
        random: &[u8; 64],
    ) -> Result<([u8; Grant::ENC_LEN], Zeroizing<[u8; 32]>), LowOrderPoint> {
        let mut for_ml_kem = Zeroizing::new([0; 32]);
        let mut for_x25519 = Zeroizing::new([0; 32]);
        let (head, tail) = random.split_at(32);
        for_ml_kem.copy_from_slice(head);
        for_x25519.copy_from_slice(tail);
        let (ciphertext, of_ml_kem) = mlkem768::encapsulate(&self.ml_kem(), *for_ml_kem);
        let of_ml_kem = Zeroizing::new(of_ml_kem);
        let ephemeral = StaticSecret::from(*for_x25519);
        let share = PublicKey::from(&ephemeral).to_bytes();
        let of_x25519 = agree(&ephemeral, &PublicKey::from(*self.x25519()))?;
        let mut enc = [0; Grant::ENC_LEN];
        let (head, tail) = enc.split_at_mut(CIPHERTEXT);
        head.copy_from_slice(ciphertext.as_slice());
        tail.copy_from_slice(&share);
        Ok((enc, combine(&of_ml_kem, &of_x25519, &share, self.x25519())))
    }

    fn from_parts(ml_kem: &MlKem768PublicKey, x25519: &PublicKey) -> Self {
        let mut bytes = Box::new([0; Self::LEN]);
        let (head, tail) = bytes.split_at_mut(ENCAPSULATION_KEY);
        head.copy_from_slice(ml_kem.as_slice());
        tail.copy_from_slice(x25519.as_bytes());
        Self(bytes)
    }

    #[allow(clippy::expect_used, reason = "1,184 of 1,216 bytes")]
    fn ml_kem(&self) -> MlKem768PublicKey {
        MlKem768PublicKey::from(self.0.first_chunk::<ENCAPSULATION_KEY>().expect("a shorter array"))
    }

    #[allow(clippy::expect_used, reason = "32 of 1,216 bytes")]
    fn x25519(&self) -> &[u8; 32] {
        self.0.last_chunk().expect("a shorter array")
    }
}

impl core::fmt::Debug for HybridRecipient {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "HybridRecipient({})", self.key_id())
    }
}

/// Why bytes are not a hybrid recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HybridRecipientError {
    /// The X25519 point is of low order.
    #[error("the X25519 half of the recipient is of low order")]
    LowOrder,
    /// The ML-KEM key does not pass the modulus check.
    #[error("the ML-KEM half of the recipient is not a valid key")]
    MlKem,
}

impl carnet_wire::StableCode for HybridRecipientError {
    fn code(&self) -> &'static str {
        match self {
            Self::LowOrder => "recipient-low-order",
            Self::MlKem => "recipient-ml-kem",
        }
    }
}

/// The expanded ML-KEM key, on the heap and wiped on drop.
struct ExpandedKey(Box<MlKem768PrivateKey>);

impl Drop for ExpandedKey {
    fn drop(&mut self) {
        self.0[0..].zeroize();
    }
}

fn combine(
    of_ml_kem: &[u8; 32],
    of_x25519: &[u8; 32],
    share: &[u8; 32],
    public: &[u8; 32],
) -> Zeroizing<[u8; 32]> {
    let mut input = Zeroizing::new([0; 4 * 32 + LABEL.len()]);
    let parts: [&[u8]; 5] = [of_ml_kem, of_x25519, share, public, LABEL];
    for (to, from) in input.iter_mut().zip(parts.into_iter().flatten()) {
        *to = *from;
    }
    Zeroizing::new(libcrux_sha3::sha256(input.as_slice()))
}

/// The key and the base nonce of HPKE's base mode (RFC 9180 section 5.1); one message, so the nonce is that of message 0.
fn key_schedule(shared: &[u8; 32]) -> (SymmetricKey, [u8; 12]) {
    let psk_id_hash = labeled_extract(&[], b"psk_id_hash", b"").0;
    let info_hash = labeled_extract(&[], b"info_hash", INFO).0;
    let (_, secret) = labeled_extract(shared, b"secret", b"");
    let mut key = Zeroizing::new([0; 32]);
    let mut nonce = [0; 12];
    labeled_expand(&secret, b"key", &psk_id_hash, &info_hash, key.as_mut_slice());
    labeled_expand(&secret, b"base_nonce", &psk_id_hash, &info_hash, &mut nonce);
    (SymmetricKey::from_bytes(&key), nonce)
}

fn labeled_extract(salt: &[u8], label: &[u8], ikm: &[u8]) -> ([u8; 32], Hkdf<Sha256>) {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in [VERSION, SUITE, label, ikm] {
        extract.input_ikm(part);
    }
    let (prk, hkdf) = extract.finalize();
    (prk.into(), hkdf)
}

#[allow(
    clippy::expect_used,
    reason = "32 bytes are always within HKDF's 255 blocks; a key of zeros would be worse"
)]
fn labeled_expand(secret: &Hkdf<Sha256>, label: &[u8], psk_id_hash: &[u8], info_hash: &[u8], out: &mut [u8]) {
    let len = u16::try_from(out.len()).expect("at most 32").to_be_bytes();
    let info: [&[u8]; 7] = [&len, VERSION, SUITE, label, &[MODE_BASE], psk_id_hash, info_hash];
    secret.expand_multi_info(&info, out).expect("one block of output");
}

#[allow(clippy::expect_used, reason = "1,088 and 32 of 1,120 bytes")]
fn split_enc(enc: &[u8; Grant::ENC_LEN]) -> (&[u8; CIPHERTEXT], &[u8; 32]) {
    (enc.first_chunk().expect("a shorter array"), enc.last_chunk().expect("a shorter array"))
}

const ENCAPSULATION_KEY: usize = 1_184;
const CIPHERTEXT: usize = 1_088;
const LABEL: &[u8; 6] = br"\.//^\";
const VERSION: &[u8] = b"HPKE-v1";
/// "HPKE", KEM MLKEM768-X25519, KDF HKDF-SHA256, AEAD ChaCha20Poly1305.
const SUITE: &[u8] = b"HPKE\x64\x7a\x00\x01\x00\x03";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
const MODE_BASE: u8 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_file_key_opens_for_its_recipient_only() {
        let (identity, other) = (HybridIdentity::make().unwrap(), HybridIdentity::make().unwrap());
        let file_key = FileKey::make().unwrap();
        let (enc, body) = identity.recipient().wrap(&file_key).unwrap();
        assert_eq!(identity.unwrap(&enc, &body), Ok(Some(file_key)));
        assert_eq!(other.unwrap(&enc, &body), Ok(None));
    }

    #[test]
    fn recipient_beyond_the_modulus_or_of_low_order_is_refused() {
        let good = HybridIdentity::make().unwrap().recipient().clone();
        assert_eq!(HybridRecipient::from_bytes(good.as_bytes()), Ok(good.clone()));
        let mut modulus = *good.as_bytes();
        modulus[0] = 0xff;
        modulus[1] |= 0x0f;
        assert_eq!(HybridRecipient::from_bytes(&modulus), Err(HybridRecipientError::MlKem));
        let mut low_order = *good.as_bytes();
        low_order[1184..].fill(0);
        assert_eq!(HybridRecipient::from_bytes(&low_order), Err(HybridRecipientError::LowOrder));
    }

    #[test]
    fn debug_of_an_identity_shows_nothing() {
        let identity = HybridIdentity::derive_from_seed(&[0xab; 32]);
        assert_eq!(format!("{identity:?}"), "HybridIdentity(..)");
    }
}
