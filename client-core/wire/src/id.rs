//! Identifiers. All are opaque bytes, written in lower-case hexadecimal where a person may see them.
//!
//! What can be a hash is one, so that an identifier names its own keys and no directory can swap them silently.

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

id! {
    /// An account: SHA-256 of its first bundle (suite, identity key, first generation).
    AccountId, 32
}
id! {
    /// A vault: the hash of its genesis statement.
    VaultId, 32
}
id! {
    /// Whoever can open grants: an account, a vault, a circle, a link, a card or a letter.
    ///
    /// An account's and a vault's reader id are their own ids; a circle's is the hash of its first `circle` statement;
    /// any other reader's is the hash of its bundle. From outside they look alike.
    ReaderId, 32
}
id! {
    /// Who acts in a vault. Opaque: today an account id, resolved through a record in the vault, so that per-vault
    /// pseudonyms can take its place without a format break.
    ActorId, 32
}
id! {
    /// SHA-256 of the exact bytes of a signed statement. It is also the idempotency key of the request that carries it.
    StatementHash, 32
}
id! {
    /// The BLAKE3 root of a payload's bytes, as a tree of 64 KiB groups.
    PayloadRoot, 32
}
id! {
    /// A BLAKE3 digest of a sealed manifest or of a grant header.
    Digest, 32
}
id! {
    /// The key commitment of one version: it ties every header to one file key, hence to one plaintext.
    Commitment, 32
}
id! {
    /// The commitment of a deposit statement to the inner, authored signature that its manifest carries.
    InnerCommitment, 32
}
id! {
    /// One sealed item of a vault: a UUIDv7 (RFC 9562) made by the client.
    EntryId, 16
}
id! {
    /// The first 16 bytes of SHA-256 of a public key's bytes: a recipient's (1,216 bytes) or a verifying key's (32 bytes).
    KeyId, 16
}
id! {
    /// One slot of an account.
    SlotId, 16
}

impl EntryId {
    /// The UUIDv7 of a moment, in milliseconds since 1970, and ten random bytes.
    #[must_use]
    pub fn from_time_and_random(unix_ms: u64, random: &[u8; 10]) -> Self {
        Self(*uuid::Builder::from_unix_timestamp_millis(unix_ms, random).as_uuid().as_bytes())
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Takes the bytes as they are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
                let bytes = d.bytes()?;
                bytes.try_into().map(Self).map_err(|_| DecodeError::message("identifier of the wrong length"))
            }
        }
    };
}
pub(crate) use id;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_id_is_a_uuid_v7_and_sorts_by_time() {
        let early = EntryId::from_time_and_random(1, &[0xff; 10]);
        let late = EntryId::from_time_and_random(2, &[0; 10]);
        assert!(early < late);
        assert_eq!(early.as_bytes()[6] >> 4, 7);
        assert_eq!(late.to_string(), "00000000000270008000000000000000");
    }

    #[test]
    fn identifier_of_another_length_is_refused() {
        let mut short = vec![0x4f];
        short.extend([0; 15]);
        assert!(minicbor::decode::<EntryId>(&short).is_err());
    }
}
