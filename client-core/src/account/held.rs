//! Slot secrets that somebody holds as they are, without a password to stretch: printed in a kit, in a copied file, given back by
//! contacts. Each logs in by itself, so that it reaches its slot from a machine that has nothing else.
//!
//! ```text
//! login seed = HKDF(slot secret, no salt, "carnet/v1/held/login")         ; of an Ed25519 key
//! login name = HKDF(slot secret, no salt, "carnet/v1/held/login-name")    ; an ActorId
//! ```

use carnet_wire::id::ActorId;

use crate::derive::{derive_held_login_name, derive_held_login_seed};
use crate::secret::SymmetricKey;
use crate::signer::LoginKey;

/// What a held slot secret gives: the key and the name of its login record. The secret itself opens the slot.
#[derive(Debug)]
pub struct HeldLogin {
    /// Signs the slot session, which fetches this account's slots and nothing else.
    pub key: LoginKey,
    /// The name of the login record: of the secret alone, so that strangers can neither find nor lock it.
    pub name: ActorId,
}

impl HeldLogin {
    /// Derives both.
    #[must_use]
    pub fn derive(secret: &SymmetricKey) -> Self {
        let key = LoginKey::from_seed(&derive_held_login_seed(secret));
        Self { key, name: derive_held_login_name(secret) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_secrets_log_in_alike_or_one_logs_in_as_a_password_does() {
        let (one, other) = (SymmetricKey::from_bytes(&[1; 32]), SymmetricKey::from_bytes(&[2; 32]));
        let (login, second) = (HeldLogin::derive(&one), HeldLogin::derive(&other));
        assert_ne!(login.name, second.name);
        assert_ne!(login.key.verifying_key(), second.key.verifying_key());
        let password = LoginKey::from_seed(&crate::derive::derive_login_seed(&one));
        assert_ne!(login.key.verifying_key(), password.verifying_key());
    }
}
