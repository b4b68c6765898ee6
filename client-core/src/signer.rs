//! Signing keys. Each role has its own type, so that a device's key cannot stand where an identity's is meant.

use carnet_wire::StableCode;
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Body, Draft, Header, LimitError, MAX_STATEMENT, Statement};
use ed25519_dalek::Signer as _;

use crate::secret::{NoRandomness, SigningSeed, make_random};

role! {
    /// The key that certifies an account's generations and devices; derived from the root secret.
    IdentityKey
}
role! {
    /// The key of one device, made on it and never leaving it.
    DeviceKey
}
role! {
    /// The signing half of a reader: of an account's generation, a vault, a circle, a letter.
    ReaderKey
}
role! {
    /// The key of a slot's session, derived from a stretched password or from the secret of a kit or of contacts.
    LoginKey
}

impl IdentityKey {
    /// Signs bytes that begin with a label of their own and are no statement.
    pub(crate) fn sign_raw(&self, labelled: &[u8]) -> [u8; 64] {
        self.0.0.sign(labelled).to_bytes()
    }
}

/// An Ed25519 key (RFC 8032) that signs statements. The library wipes it on drop.
struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    fn from_seed(seed: &SigningSeed) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed.expose()))
    }

    #[allow(
        clippy::expect_used,
        reason = "the library computed the point from a clamped scalar: it is of large order"
    )]
    fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_bytes(self.0.verifying_key().as_bytes()).expect("own public key")
    }

    fn sign<B: Body>(&self, origin: &Origin, body: B) -> Result<Statement<B>, SignError> {
        body.check()?;
        let header =
            Header { key_id: self.verifying_key().key_id(), origin: origin.clone(), nonce: make_random()? };
        let draft = Draft::new(header, body);
        let signature = self.0.sign(&draft.to_be_signed()).to_bytes();
        let statement = draft.attach(signature);
        if statement.as_bytes().len() > MAX_STATEMENT { Err(SignError::TooLong) } else { Ok(statement) }
    }
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The body breaks a limit: whoever got it would refuse it.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The statement would be longer than 64 KiB.
    #[error("the statement would be longer than 64 KiB")]
    TooLong,
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl StableCode for SignError {
    fn code(&self) -> &'static str {
        match self {
            Self::Limit(error) => error.code(),
            Self::TooLong => "sign-too-long",
            Self::Randomness(_) => "no-randomness",
        }
    }
}

macro_rules! role {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(SigningKey);

        impl $name {
            /// The key of a seed.
            #[must_use]
            pub fn from_seed(seed: &SigningSeed) -> Self {
                Self(SigningKey::from_seed(seed))
            }

            /// The public half.
            #[must_use]
            pub fn verifying_key(&self) -> VerifyingKey {
                self.0.verifying_key()
            }

            /// Signs a body under a fresh nonce.
            ///
            /// # Errors
            /// [`SignError`] for a body that nobody would read.
            pub fn sign<B: Body>(&self, origin: &Origin, body: B) -> Result<Statement<B>, SignError> {
                self.0.sign(origin, body)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({}, ..)"), self.verifying_key().key_id())
            }
        }
    };
}
use role;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_signing_key_shows_its_public_id_only() {
        let key = DeviceKey::from_seed(&SigningSeed::from_bytes(&[7; 32]));
        let id = key.verifying_key().key_id();
        assert_eq!(format!("{key:?}"), format!("DeviceKey({id}, ..)"));
    }
}
