//! Secrets as types: wiped on drop, never copied, never printed, never serialised, compared in constant time.
//!
//! A secret is made (`make`, from the system's generator) or taken from bytes that came out of a seal; it has no default.
//! Its bytes are reachable inside this crate only; a build with the feature `testing` gives those of file keys to tests.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

secret! {
    /// The 16-byte age file key of one version of one entry. Never used for a second plaintext.
    FileKey, 16
}
secret! {
    /// The 32-byte root of an account: it lives in slots only.
    RootSecret, 32
}
secret! {
    /// The 32-byte secret from which a reader's recipient and signing key are derived, whoever holds it.
    ReaderSecret, 32
}
secret! {
    /// The 32-byte seed of an Ed25519 signing key (RFC 8032).
    SigningSeed, 32
}
secret! {
    /// A 32-byte symmetric key, for one purpose named where it is derived.
    SymmetricKey, 32
}
secret! {
    /// The 32-byte secret of one device: what it keeps is sealed under it.
    DeviceSecret, 32
}
secret! {
    /// The 16-byte second secret of the password slot, which the server never has.
    SecondSecret, 16
}

/// Fills an array from the system's generator.
///
/// # Errors
/// [`NoRandomness`] where the system has none to give: nothing was made.
pub fn make_random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

impl carnet_wire::StableCode for NoRandomness {
    fn code(&self) -> &'static str {
        "no-randomness"
    }
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name(Box<[u8; $len]>);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Draws a fresh one.
            ///
            /// # Errors
            /// [`NoRandomness`] where the system has none to give.
            pub fn make() -> Result<Self, NoRandomness> {
                let bytes = Zeroizing::new(make_random::<$len>()?);
                Ok(Self::from_bytes(&bytes))
            }

            /// Takes a copy of bytes that came out of a seal; the caller wipes its own.
            #[must_use]
            pub fn from_bytes(bytes: &[u8; $len]) -> Self {
                Self(Box::new(*bytes))
            }

            #[allow(dead_code, reason = "one macro for all secrets; not every one of them leaves its type")]
            pub(crate) fn expose(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.as_slice().ct_eq(other.0.as_slice()).into()
            }
        }

        impl Eq for $name {}
    };
}
use secret;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_every_secret_shows_nothing() {
        let shown = [
            format!("{:?}", FileKey::from_bytes(&[0xab; 16])),
            format!("{:?}", RootSecret::from_bytes(&[0xab; 32])),
            format!("{:?}", ReaderSecret::from_bytes(&[0xab; 32])),
            format!("{:?}", SigningSeed::from_bytes(&[0xab; 32])),
            format!("{:?}", SymmetricKey::from_bytes(&[0xab; 32])),
            format!("{:?}", SecondSecret::from_bytes(&[0xab; 16])),
        ];
        assert_eq!(
            shown,
            [
                "FileKey(..)",
                "RootSecret(..)",
                "ReaderSecret(..)",
                "SigningSeed(..)",
                "SymmetricKey(..)",
                "SecondSecret(..)"
            ]
        );
    }

    #[test]
    fn two_made_secrets_differ() {
        assert_ne!(FileKey::make().unwrap(), FileKey::make().unwrap());
    }
}
