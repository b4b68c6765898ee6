//! Bundles: the public half of a reader. A recipient to wrap file keys to, and keys that verify what the reader signs.
//!
//! ```text
//! bundle = { 0: suite, 1: recipient bytes (1,216), 2: [ 1* [ COSE algorithm, public key ] ] }
//! ```
//! Suite 1 is mlkem768x25519 (c2sp.org/age) with Ed25519. The first signing key is the Ed25519 one; others may follow,
//! so that ML-DSA can join without a format break.

use minicbor::bytes::ByteVec;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::cbor;
use crate::id::{AccountId, KeyId, ReaderId};
use crate::signature::{VerifyingKey, key_id};
use crate::usable;

pub use crate::usable::RECIPIENT_LEN;

/// COSE algorithm number of Ed25519 (RFC 9864).
pub const ED25519: i32 = -19;

/// The bytes of a hybrid recipient. Lines and chains take those only that are [usable](Self::is_usable).
#[derive(Clone, PartialEq, Eq)]
pub struct RecipientBytes(Box<[u8; RECIPIENT_LEN]>);

impl RecipientBytes {
    /// Takes the bytes as they are.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; RECIPIENT_LEN]) -> Self {
        Self(Box::new(*bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; RECIPIENT_LEN] {
        &self.0
    }

    /// Whether something can be wrapped to it: the ML-KEM-768 key passes the modulus check of FIPS 203 section 7.2, and the X25519 point
    /// is not of low order (RFC 7748 section 6.1).
    #[must_use]
    pub fn is_usable(&self) -> bool {
        usable::is_usable(&self.0)
    }

    /// The first 16 bytes of SHA-256 of the recipient.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        key_id(self.0.as_slice())
    }
}

impl core::fmt::Debug for RecipientBytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "RecipientBytes({})", self.key_id())
    }
}

impl<C> Encode<C> for RecipientBytes {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.0.as_slice())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for RecipientBytes {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let bytes: &[u8; RECIPIENT_LEN] =
            d.bytes()?.try_into().map_err(|_| DecodeError::message("recipient of the wrong length"))?;
        Ok(Self::from_bytes(bytes))
    }
}

/// A signing key of a bundle under an algorithm that this release may not know.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OtherKey {
    /// COSE algorithm number.
    #[n(0)]
    pub algorithm: i32,
    /// Public key, at most 4 KiB.
    #[n(1)]
    pub key: ByteVec,
}

/// The public half of a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    recipient: RecipientBytes,
    signing: VerifyingKey,
    other: Vec<OtherKey>,
}

impl Bundle {
    /// Most signing keys in a bundle, each of another algorithm.
    pub const MAX_KEYS: u64 = 4;

    /// Most bytes of a signing key under another algorithm than Ed25519.
    pub const MAX_OTHER_KEY: usize = 4096;

    /// A bundle of suite 1.
    #[must_use]
    pub fn new(recipient: RecipientBytes, signing: VerifyingKey) -> Self {
        Self { recipient, signing, other: Vec::new() }
    }

    /// Where to wrap file keys.
    #[must_use]
    pub fn recipient(&self) -> &RecipientBytes {
        &self.recipient
    }

    /// What verifies this reader's signatures.
    #[must_use]
    pub fn signing(&self) -> &VerifyingKey {
        &self.signing
    }

    /// The id of a reader that has no other name than its keys: a link, a card, a letter.
    #[must_use]
    pub fn reader_id(&self) -> ReaderId {
        ReaderId::from_bytes(hash(b"carnet/v1/reader", self))
    }
}

impl<C> Encode<C> for Bundle {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.map(3)?.u8(0)?.u8(SUITE)?.u8(1)?.encode_with(&self.recipient, ctx)?;
        let others = u64::try_from(self.other.len()).map_err(|_| EncodeError::message("too many keys"))?;
        e.u8(2)?.array(others.saturating_add(1))?;
        e.array(2)?.i32(ED25519)?.encode_with(self.signing, ctx)?;
        self.other.iter().try_for_each(|key| e.encode_with(key, ctx).map(|_| ()))
    }
}

impl<'b, C> Decode<'b, C> for Bundle {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        let shape = || DecodeError::message("not a bundle of suite 1");
        if d.map()? != Some(3) || d.u8()? != 0 || d.u8()? != SUITE || d.u8()? != 1 {
            return Err(shape());
        }
        let recipient = d.decode_with(ctx)?;
        let keys = if d.u8()? == 2 { d.array()? } else { None };
        let keys = keys.filter(|count| (1..=Self::MAX_KEYS).contains(count)).ok_or_else(shape)?;
        if d.array()? != Some(2) || d.i32()? != ED25519 {
            return Err(shape());
        }
        let signing = d.decode_with(ctx)?;
        let mut other: Vec<OtherKey> = Vec::new();
        for _ in 1..keys {
            let key: OtherKey = d.decode_with(ctx)?;
            let taken = key.algorithm == ED25519 || other.iter().any(|one| one.algorithm == key.algorithm);
            if taken || key.key.len() > Self::MAX_OTHER_KEY {
                return Err(shape());
            }
            other.push(key);
        }
        Ok(Self { recipient, signing, other })
    }
}

/// The first bundle of an account: its hash is the account's id, so an address names its keys.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FirstBundle {
    /// The identity key, derived from the root secret; it certifies generations and devices.
    #[n(0)]
    pub identity: VerifyingKey,
    /// The first generation.
    #[n(1)]
    pub generation: Bundle,
}

impl FirstBundle {
    /// The account's id.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId::from_bytes(hash(b"carnet/v1/account", self))
    }
}

const SUITE: u8 = 1;

fn hash<T: Encode<()>>(label: &[u8], value: &T) -> [u8; 32] {
    Sha256::new().chain_update(label).chain_update(cbor::encode(value)).finalize().into()
}
