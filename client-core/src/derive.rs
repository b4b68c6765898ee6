//! Every key derivation of Carnet, on one screen.
//!
//! All are HKDF-SHA-256 (RFC 5869) with 32 bytes of output, save Argon2id in `slot` and X-Wing's own hashes in `hybrid`.
//! The first three are age's (c2sp.org/age); the others carry a `carnet/v1/` label of their own.

use carnet_wire::id::{AccountId, ActorId, Commitment, EntryId, VaultId};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::secret::{
    DeviceSecret, FileKey, ReaderSecret, RootSecret, SecondSecret, SigningSeed, SymmetricKey,
};

/// The key of a header's MAC: ikm = file key, no salt, info = "header".
pub(crate) fn derive_header_mac_key(file_key: &FileKey) -> SymmetricKey {
    hkdf(file_key.expose(), &[], &[b"header"])
}

/// The key of a payload's chunks: ikm = file key, salt = payload nonce, info = "payload".
pub(crate) fn derive_payload_key(file_key: &FileKey, nonce: &[u8; 16]) -> SymmetricKey {
    hkdf(file_key.expose(), nonce, &[b"payload"])
}

/// The key that wraps a file key for an X25519 recipient: ikm = shared secret, salt = ephemeral share || recipient.
pub(crate) fn derive_x25519_wrap_key(
    shared: &[u8; 32],
    share: &[u8; 32],
    recipient: &[u8; 32],
) -> SymmetricKey {
    let mut salt = [0; 64];
    salt[..32].copy_from_slice(share);
    salt[32..].copy_from_slice(recipient);
    hkdf(shared, &salt, &[b"age-encryption.org/v1/X25519"])
}

/// The commitment to a file key: it restores what detached headers lose, that one payload has one plaintext.
pub(crate) fn derive_commitment(file_key: &FileKey, nonce: &[u8; 16]) -> Commitment {
    Commitment::from_bytes(*hkdf(file_key.expose(), nonce, &[b"carnet/v1/commitment"]).expose())
}

/// The key of one sealed manifest: its nonce is fresh each time, so the key is too.
pub(crate) fn derive_manifest_key(
    file_key: &FileKey,
    nonce: &[u8; 32],
    vault: &VaultId,
    entry: &EntryId,
    version: u64,
) -> SymmetricKey {
    let version = version.to_be_bytes();
    hkdf(file_key.expose(), nonce, &[b"carnet/v1/manifest", vault.as_bytes(), entry.as_bytes(), &version])
}

/// An account's identity signing key, from its root.
pub(crate) fn derive_identity_seed(root: &RootSecret) -> SigningSeed {
    seed(&hkdf(root.expose(), &[], &[b"carnet/v1/identity"]))
}

/// The key that seals an account's keyring, from its root.
pub(crate) fn derive_keyring_key(root: &RootSecret, nonce: &[u8; 32], account: &AccountId) -> SymmetricKey {
    hkdf(root.expose(), nonce, &[b"carnet/v1/keyring", account.as_bytes()])
}

/// The key of one slot, from the secret that its kind gives.
pub(crate) fn derive_slot_key(secret: &SymmetricKey, nonce: &[u8; 32]) -> SymmetricKey {
    hkdf(secret.expose(), nonce, &[b"carnet/v1/slot"])
}

/// The secret of a password slot: Argon2id's output, mixed with the second secret once more.
pub(crate) fn derive_password_secret(stretched: &[u8; 32], second: &SecondSecret) -> SymmetricKey {
    hkdf(stretched, second.expose(), &[b"carnet/v1/password"])
}

/// The key that signs a slot session, from the secret of a password slot.
pub(crate) fn derive_login_seed(secret: &SymmetricKey) -> SigningSeed {
    seed(&hkdf(secret.expose(), &[], &[b"carnet/v1/login"]))
}

/// The name of a login record, from the second secret alone.
pub(crate) fn derive_login_name(second: &SecondSecret) -> ActorId {
    ActorId::from_bytes(*hkdf(second.expose(), &[], &[b"carnet/v1/login-name"]).expose())
}

/// The key that signs a slot session, from a slot secret that somebody holds as it is: of a kit, of contacts, of a file.
pub(crate) fn derive_held_login_seed(secret: &SymmetricKey) -> SigningSeed {
    seed(&hkdf(secret.expose(), &[], &[b"carnet/v1/held/login"]))
}

/// The name of the login record of such a secret.
pub(crate) fn derive_held_login_name(secret: &SymmetricKey) -> ActorId {
    ActorId::from_bytes(*hkdf(secret.expose(), &[], &[b"carnet/v1/held/login-name"]).expose())
}

/// The reader secret of a letter, from what is printed in it and the stretched second factor, which is not.
pub(crate) fn derive_letter_secret(printed: &SymmetricKey, stretched: &[u8; 32]) -> ReaderSecret {
    ReaderSecret::from_bytes(hkdf(printed.expose(), stretched, &[b"carnet/v1/letter"]).expose())
}

/// The evidence that the second factor was at hand, whose hash an activation states.
pub(crate) fn derive_letter_evidence(printed: &SymmetricKey, stretched: &[u8; 32]) -> SymmetricKey {
    hkdf(printed.expose(), stretched, &[b"carnet/v1/letter/evidence"])
}

/// The seed of a reader's hybrid identity.
pub(crate) fn derive_reader_recipient_seed(secret: &ReaderSecret) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(*hkdf(secret.expose(), &[], &[b"carnet/v1/reader/recipient"]).expose())
}

/// A reader's signing key.
pub(crate) fn derive_reader_signing_seed(secret: &ReaderSecret) -> SigningSeed {
    seed(&hkdf(secret.expose(), &[], &[b"carnet/v1/reader/signing"]))
}

/// The key of one thing that a device keeps: its nonce is fresh each time, so the key is too.
pub(crate) fn derive_device_key(secret: &DeviceSecret, nonce: &[u8; 32]) -> SymmetricKey {
    hkdf(secret.expose(), nonce, &[b"carnet/v1/device"])
}

/// The secret of the first keys of the vault that a letter opens, from the letter's own.
pub(crate) fn derive_letter_vault_secret(letter: &ReaderSecret) -> ReaderSecret {
    ReaderSecret::from_bytes(hkdf(letter.expose(), &[], &[b"carnet/v1/letter/vault"]).expose())
}

fn seed(key: &SymmetricKey) -> SigningSeed {
    SigningSeed::from_bytes(key.expose())
}

/// HKDF-SHA-256 with an info in parts, so that no buffer holds it.
#[allow(
    clippy::expect_used,
    reason = "32 bytes are always within HKDF's 255 blocks; a key of zeros would be worse"
)]
fn hkdf(ikm: &[u8], salt: &[u8], info: &[&[u8]]) -> SymmetricKey {
    let mut okm = Zeroizing::new([0; 32]);
    let expanded = Hkdf::<Sha256>::new(Some(salt), ikm).expand_multi_info(info, okm.as_mut_slice());
    expanded.expect("one block of output");
    SymmetricKey::from_bytes(&okm)
}
