//! Letters: the reader of a secret on paper holds a vault until its activation, to which the new holder consents.

use sha2::{Digest as _, Sha256};

use crate::bundle::Bundle;
use crate::cbor;
use crate::id::{KeyId, ReaderId};
use crate::signature::VerifyingKey;
use crate::statement::Activate;

/// The letter that holds a vault.
#[derive(Debug, Clone)]
pub struct Letter {
    reader: ReaderId,
    key_id: KeyId,
    signing: VerifyingKey,
}

impl Letter {
    pub(super) fn new(bundle: &Bundle) -> Self {
        let key_id = bundle.recipient().key_id();
        Self { reader: bundle.reader_id(), key_id, signing: *bundle.signing() }
    }

    /// Its reader.
    #[must_use]
    pub fn reader(&self) -> ReaderId {
        self.reader
    }

    /// The id of its recipient.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// What verifies its signatures.
    #[must_use]
    pub fn signing(&self) -> &VerifyingKey {
        &self.signing
    }
}

/// The bytes that a new holder's identity key signs when it takes a vault over.
#[must_use]
pub fn activation_consent(body: &Activate) -> Vec<u8> {
    let blank = Activate { consent: [0; 64].into(), ..body.clone() };
    let digest = Sha256::digest(cbor::encode(&blank));
    [b"carnet/v1/activate".as_slice(), &digest].concat()
}
