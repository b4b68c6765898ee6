//! Statements: the signed changes. Nothing changes without one.
//!
//! A statement is a tagged COSE_Sign1 (RFC 9052, section 4.2) over deterministic CBOR (RFC 8949, section 4.2.1):
//!
//! ```text
//! 18([ protected, {}, payload, signature ])
//! protected = { 1: -19,                     ; Ed25519 (RFC 9864)
//!               2: ["carnet"],              ; critical: who does not know this label must refuse
//!               4: key id,                  ; first 16 bytes of SHA-256 of the public key
//!               "carnet": [format, suite, namespace, log origin, nonce (16)] }
//! ```
//! The unprotected header is empty, the external data too. The namespace names the kind: a statement of one kind never
//! verifies as another. There is one suite per format version and no negotiation.
//!
//! Three types lead from intent to proof: [`Draft`] (to be signed), [`Statement`] (well formed, signature unchecked) and
//! [`Verified`], which only verification makes and which what follows demands.

mod account;
mod authority;
mod context;
mod entry;
mod kind;
mod limits;
mod receipt;
mod session;
mod vault;

pub use account::{
    Account, Contact, Device, DeviceChange, NewRoot, Recovery, RecoveryRule, Slot, SlotChange, SlotKind,
};
pub use authority::{Attest, Bind, Practitioner, Withdraw};
pub use context::{Context, Pin};
pub use entry::{
    Accept, Delete, Deposit, DepositItem, Describe, Grant, GrantBatch, Read, ReadMode, Revoke, Revoked,
};
pub use kind::Kind;
pub use limits::{LimitError, MAX_TIME};
pub use receipt::Receipt;
pub use session::Session;
pub use vault::{
    Activate, Circle, CircleAt, Close, Genesis, Holder, Key, KeyEntry, Policy, PolicyClass, Standing,
};

use minicbor::bytes::ByteArray;
use minicbor::data::Tag;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::{Decode, Encode, Encoder};
use sha2::{Digest as _, Sha256};

use crate::cbor::{self, CborError};
use crate::id::{KeyId, StatementHash};
use crate::origin::Origin;
use crate::signature::{SignatureError, VerifyingKey};

/// Most bytes of a statement.
pub const MAX_STATEMENT: usize = 64 * 1024;

/// The format version that this release writes and reads.
pub const FORMAT: u8 = 1;

/// The suite of format 1: Ed25519, mlkem768x25519, age v1, SHA-256, BLAKE3.
pub const SUITE: u8 = 1;

/// What a statement of one kind says.
pub trait Body: Encode<()> + for<'b> Decode<'b, ()> {
    /// Its kind, which is its namespace.
    const KIND: Kind;

    /// Checks what the encoding alone does not: lengths of lists, what may stand in them once only, numbers, times, texts.
    ///
    /// # Errors
    /// [`LimitError`].
    fn check(&self) -> Result<(), LimitError>;
}

/// The part of the protected header that the signer chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Which key signs.
    pub key_id: KeyId,
    /// The log under which the statement counts.
    pub origin: Origin,
    /// Fresh random bytes: two equal statements have two hashes.
    pub nonce: [u8; 16],
}

/// A statement to be signed.
#[derive(Debug)]
pub struct Draft<B> {
    header: Header,
    body: B,
    protected: Vec<u8>,
    payload: Vec<u8>,
}

impl<B: Body> Draft<B> {
    /// Puts a body under a header. Whoever builds a body keeps to its limits ([`Body::check`]): beyond them, nobody parses it.
    #[must_use]
    pub fn new(header: Header, body: B) -> Self {
        let protected = protected_bytes(B::KIND, &header);
        let payload = cbor::encode(&body);
        Self { header, body, protected, payload }
    }

    /// The bytes that the signature covers: the `Sig_structure` of RFC 9052, section 4.4.
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        sig_structure(&self.protected, &self.payload)
    }

    /// Attaches the signature over [`Draft::to_be_signed`]; it is checked by whoever verifies.
    #[must_use]
    pub fn attach(self, signature: [u8; 64]) -> Statement<B> {
        let bytes = sign1_bytes(&self.protected, &self.payload, &signature);
        Statement {
            bytes,
            header: self.header,
            body: self.body,
            signature,
            signed: (self.protected, self.payload),
        }
    }
}

/// A well-formed statement whose signature has not been checked.
#[derive(Debug, Clone)]
pub struct Statement<B> {
    bytes: Vec<u8>,
    header: Header,
    body: B,
    signature: [u8; 64],
    signed: (Vec<u8>, Vec<u8>),
}

impl<B: Body> Statement<B> {
    /// Parses one statement of this kind, of at most [`MAX_STATEMENT`] bytes.
    ///
    /// # Errors
    /// [`StatementError`]: too long, another kind, another format, not in its only encoding, or beyond the limits of its kind.
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        let parts = Parts::parse(bytes)?;
        if parts.kind != B::KIND {
            return Err(StatementError::OtherKind { expected: B::KIND, found: parts.kind });
        }
        let body = cbor::decode::<B>(&parts.payload, MAX_STATEMENT)?;
        body.check()?;
        Ok(Self {
            bytes: bytes.to_vec(),
            header: parts.header,
            body,
            signature: parts.signature,
            signed: (parts.protected, parts.payload),
        })
    }

    /// What it claims, before anyone checked who says so: for finding the key that should verify it, nothing else.
    #[must_use]
    pub fn claimed(&self) -> &B {
        &self.body
    }

    /// The signer's header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The exact bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the exact bytes.
    #[must_use]
    pub fn hash(&self) -> StatementHash {
        hash(&self.bytes)
    }

    /// Verifies the signature strictly under this key, which must be the one that the header names.
    ///
    /// # Errors
    /// [`StatementError::OtherSigner`] for another key, [`StatementError::Signature`] otherwise.
    pub fn verify(self, key: &VerifyingKey) -> Result<Verified<B>, StatementError> {
        if key.key_id() != self.header.key_id {
            return Err(StatementError::OtherSigner);
        }
        key.verify(&sig_structure(&self.signed.0, &self.signed.1), &self.signature)?;
        Ok(Verified { hash: self.hash(), bytes: self.bytes, header: self.header, body: self.body })
    }
}

/// A statement whose signature has been verified under a key that the caller trusts for it.
#[derive(Debug, Clone)]
pub struct Verified<B> {
    bytes: Vec<u8>,
    hash: StatementHash,
    header: Header,
    body: B,
}

impl<B> Verified<B> {
    /// What it says.
    #[must_use]
    pub fn body(&self) -> &B {
        &self.body
    }

    /// The signer's header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The exact bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the exact bytes.
    #[must_use]
    pub fn hash(&self) -> StatementHash {
        self.hash
    }
}

/// The kind of a statement, without reading its body: for dispatch at the edge.
///
/// # Errors
/// [`StatementError`] where the bytes are not a statement of this format.
pub fn kind_of(bytes: &[u8]) -> Result<Kind, StatementError> {
    Parts::parse(bytes).map(|parts| parts.kind)
}

/// SHA-256 of a statement's exact bytes.
#[must_use]
pub fn hash(bytes: &[u8]) -> StatementHash {
    StatementHash::from_bytes(Sha256::digest(bytes).into())
}

/// Why a statement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not a COSE_Sign1 of this profile, in its only encoding.
    #[error("not a statement: {0}")]
    Encoding(#[from] CborError),
    /// Another format version or suite than this release reads.
    #[error("written in a format that this release does not read")]
    OtherFormat,
    /// A kind that this release does not know.
    #[error("a kind of statement that this release does not know")]
    UnknownKind,
    /// A statement of another kind than asked for.
    #[error("a statement of kind {found}, not {expected}")]
    OtherKind {
        /// What was asked for.
        expected: Kind,
        /// What it is.
        found: Kind,
    },
    /// It says something beyond the limits of its kind.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Signed, it says, by another key than the one given.
    #[error("signed by another key")]
    OtherSigner,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

impl From<SignatureError> for StatementError {
    fn from(_: SignatureError) -> Self {
        Self::Signature
    }
}

impl crate::StableCode for StatementError {
    fn code(&self) -> &'static str {
        match self {
            Self::Encoding(error) => error.code(),
            Self::OtherFormat => "statement-other-format",
            Self::UnknownKind => "statement-unknown-kind",
            Self::OtherKind { .. } => "statement-other-kind",
            Self::Limit(error) => error.code(),
            Self::OtherSigner => "statement-other-signer",
            Self::Signature => "statement-signature",
        }
    }
}

/// The outer shape of a statement, in its only encoding.
struct Parts {
    kind: Kind,
    header: Header,
    protected: Vec<u8>,
    payload: Vec<u8>,
    signature: [u8; 64],
}

impl Parts {
    fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > MAX_STATEMENT {
            return Err(CborError::TooLong.into());
        }
        let sign1 = Sign1::split(bytes).map_err(|_| CborError::Malformed)?;
        if sign1_bytes(sign1.protected, sign1.payload, &sign1.signature) != bytes {
            return Err(CborError::NotDeterministic.into());
        }
        let (kind, header) = parse_protected(sign1.protected)?;
        if protected_bytes(kind, &header) != sign1.protected {
            return Err(CborError::NotDeterministic.into());
        }
        let (protected, payload) = (sign1.protected.to_vec(), sign1.payload.to_vec());
        Ok(Self { kind, header, protected, payload, signature: sign1.signature })
    }
}

/// The fields of a COSE_Sign1 with an empty unprotected header.
struct Sign1<'b> {
    protected: &'b [u8],
    payload: &'b [u8],
    signature: [u8; 64],
}

impl<'b> Sign1<'b> {
    fn split(bytes: &'b [u8]) -> Result<Self, DecodeError> {
        let mut d = Decoder::new(bytes);
        let shape = || DecodeError::message("not a COSE_Sign1");
        if d.tag()? != Tag::new(COSE_SIGN1) || d.array()? != Some(4) {
            return Err(shape());
        }
        let protected = d.bytes()?;
        if d.map()? != Some(0) {
            return Err(shape());
        }
        let payload = d.bytes()?;
        let signature = d.bytes()?.try_into().map_err(|_| shape())?;
        Ok(Self { protected, payload, signature })
    }
}

fn parse_protected(bytes: &[u8]) -> Result<(Kind, Header), StatementError> {
    let malformed = |_: DecodeError| StatementError::Encoding(CborError::Malformed);
    let mut d = Decoder::new(bytes);
    let fixed = (|| {
        Ok(d.map()? == Some(4)
            && d.u8()? == 1
            && d.i32()? == crate::bundle::ED25519
            && d.u8()? == 2
            && d.array()? == Some(1)
            && d.str()? == LABEL
            && d.u8()? == 4)
    })()
    .map_err(malformed)?;
    if !fixed {
        return Err(CborError::Malformed.into());
    }
    let key_id = d.decode().map_err(malformed)?;
    if d.str().map_err(malformed)? != LABEL || d.array().map_err(malformed)? != Some(5) {
        return Err(CborError::Malformed.into());
    }
    if (d.u8().map_err(malformed)?, d.u8().map_err(malformed)?) != (FORMAT, SUITE) {
        return Err(StatementError::OtherFormat);
    }
    let kind = Kind::from_name(d.str().map_err(malformed)?).ok_or(StatementError::UnknownKind)?;
    let origin = d.decode().map_err(malformed)?;
    let nonce: ByteArray<16> = d.decode().map_err(malformed)?;
    Ok((kind, Header { key_id, origin, nonce: nonce.into() }))
}

fn protected_bytes(kind: Kind, header: &Header) -> Vec<u8> {
    write(|e| {
        e.map(4)?.u8(1)?.i32(crate::bundle::ED25519)?;
        e.u8(2)?.array(1)?.str(LABEL)?;
        e.u8(4)?.encode(header.key_id)?;
        e.str(LABEL)?.array(5)?.u8(FORMAT)?.u8(SUITE)?.str(kind.name())?;
        e.encode(&header.origin)?.bytes(&header.nonce)?.ok()
    })
}

fn sign1_bytes(protected: &[u8], payload: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    write(|e| {
        e.tag(Tag::new(COSE_SIGN1))?
            .array(4)?
            .bytes(protected)?
            .map(0)?
            .bytes(payload)?
            .bytes(signature)?
            .ok()
    })
}

fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    write(|e| e.array(4)?.str("Signature1")?.bytes(protected)?.bytes(&[])?.bytes(payload)?.ok())
}

#[allow(clippy::expect_used, reason = "writing to a vector cannot fail")]
fn write(
    body: impl FnOnce(&mut Encoder<Vec<u8>>) -> Result<(), minicbor::encode::Error<core::convert::Infallible>>,
) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    body(&mut encoder).expect("encoding into memory");
    encoder.into_writer()
}

const LABEL: &str = "carnet";
const COSE_SIGN1: u64 = 18;
