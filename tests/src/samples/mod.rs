//! One statement of every kind, the same on every run: keys, nonces, times and ids are fixed.
//!
//! The frozen files of `tests/vectors/statements` are these bytes.

mod bodies;

use std::fmt::Debug;
use std::sync::LazyLock;

use carnet_core::authored::Authored;
use carnet_wire::id::{KeyId, StatementHash};
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{
    Accept, Account, Activate, Attest, Bind, Body, Circle, Close, Delete, Deposit, Describe, Device, Draft,
    Genesis, Grant, Header, Key, Kind, NewRoot, Policy, Read, Receipt, Recovery, Revoke, Session, Slot,
    Statement, StatementError, Withdraw,
};
use ed25519_dalek::{Signer as _, SigningKey};

pub use bodies::{about, bundle, description_said, grant_leaf, reader};

/// A signed statement of one kind, and what today's code makes of any bytes as that kind.
pub struct Sample {
    /// Its kind.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Parses bytes as this kind and verifies them.
    pub verify: fn(&[u8], &VerifyingKey) -> Result<StatementHash, StatementError>,
    /// Parses bytes as this kind and writes what they say anew.
    pub rewrite: fn(&[u8]) -> Result<Vec<u8>, StatementError>,
    /// Whether bytes say, field by field, what this sample says.
    pub says: Box<Says>,
    /// This sample's body, signed by another key or under another header.
    pub sign: Box<Sign>,
}

type Says = dyn Fn(&[u8]) -> bool + Send + Sync;
type Sign = dyn Fn(&SigningKey, &Header) -> Vec<u8> + Send + Sync;

impl Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sample({}, {} bytes)", self.kind, self.bytes.len())
    }
}

/// One sample of every kind, in the order of [`Kind::ALL`].
#[must_use]
pub fn all() -> &'static [Sample] {
    &ALL
}

static ALL: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    vec![
        sample::<Accept>(bodies::accept()),
        sample::<Account>(bodies::account()),
        sample::<Activate>(bodies::activate()),
        sample::<Attest>(bodies::attest()),
        sample::<Authored>(bodies::authored()),
        sample::<Bind>(bodies::bind()),
        sample::<Circle>(bodies::circle()),
        sample::<Close>(bodies::close()),
        sample::<Delete>(bodies::delete()),
        sample::<Deposit>(bodies::deposit()),
        sample::<Describe>(bodies::describe()),
        sample::<Device>(bodies::device()),
        sample::<Genesis>(bodies::genesis()),
        sample::<Grant>(bodies::grant()),
        sample::<Key>(bodies::key()),
        sample::<Policy>(bodies::policy()),
        sample::<Read>(bodies::read()),
        sample::<Receipt>(bodies::receipt()),
        sample::<Recovery>(bodies::recovery()),
        sample::<Revoke>(bodies::revoke()),
        sample::<NewRoot>(bodies::root()),
        sample::<Session>(bodies::session()),
        sample::<Slot>(bodies::slot()),
        sample::<Withdraw>(bodies::withdraw()),
    ]
});

/// The key that signs every sample. Its secret is 32 bytes of 1: a test key, never another.
#[must_use]
pub fn signer() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

/// The public half of a key.
#[must_use]
#[allow(clippy::expect_used, reason = "the public half of a key is one")]
pub fn verifying_key(key: &SigningKey) -> VerifyingKey {
    VerifyingKey::from_bytes(key.verifying_key().as_bytes()).expect("a public key")
}

/// The header of every sample: [`signer`]'s key id, the origin `log.example/1`, a nonce of 16 bytes counted from 0xc0.
#[must_use]
pub fn header() -> Header {
    header_of(verifying_key(&signer()).key_id())
}

/// Signs a body as a statement.
#[must_use]
pub fn sign<B: Body>(key: &SigningKey, header: &Header, body: B) -> Vec<u8> {
    let draft = Draft::new(header.clone(), body);
    let signature = key.sign(&draft.to_be_signed()).to_bytes();
    draft.attach(signature).as_bytes().to_vec()
}

/// `N` bytes counted from a first one.
#[must_use]
pub fn bytes<const N: usize>(first: u8) -> [u8; N] {
    let mut next = first.wrapping_sub(1);
    [(); N].map(|()| {
        next = next.wrapping_add(1);
        next
    })
}

#[allow(clippy::expect_used, reason = "a constant")]
fn header_of(key_id: KeyId) -> Header {
    Header { key_id, origin: Origin::parse("log.example/1").expect("an origin"), nonce: bytes(0xc0) }
}

fn sample<B: Body + Clone + PartialEq + Send + Sync + 'static>(body: B) -> Sample {
    let same = body.clone();
    let signed = body.clone();
    Sample {
        kind: B::KIND,
        bytes: sign(&signer(), &header(), body),
        verify: |bytes, key| Ok(Statement::<B>::parse(bytes)?.verify(key)?.hash()),
        rewrite: |bytes| {
            let statement = Statement::<B>::parse(bytes)?;
            let signature = bytes.last_chunk::<64>().copied().unwrap_or([0; 64]);
            let draft = Draft::new(statement.header().clone(), statement.claimed().clone());
            Ok(draft.attach(signature).as_bytes().to_vec())
        },
        says: Box::new(move |bytes| {
            Statement::<B>::parse(bytes)
                .is_ok_and(|found| *found.claimed() == same && *found.header() == header())
        }),
        sign: Box::new(move |key, header| sign(key, header, signed.clone())),
    }
}
