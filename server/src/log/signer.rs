//! The log's key: it signs checkpoints (c2sp.org/signed-note, type 0x01) and receipts (COSE), and nothing else.

use std::sync::Arc;

use carnet_wire::checkpoint::Checkpoint;
use carnet_wire::id::KeyId;
use carnet_wire::note::{SignatureType, VerifierKey};
use carnet_wire::origin::Origin;
use carnet_wire::signature;
use carnet_wire::statement::{Draft, Header, Receipt, Statement};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

/// The log's Ed25519 key, of a 32-byte seed (RFC 8032), which whoever read it wipes. It has no name: a successor log signs with the
/// same key under another origin.
pub struct LogKey {
    // Made once: deriving it costs as much as a signature. `ring` does not wipe it.
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness,
    /// The seed, or the name, gives no usable key.
    #[error("not a usable key")]
    Unusable,
}

impl LogKey {
    /// Makes a key from the system's randomness.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn make() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|_| KeyError::NoRandomness)?;
        Self::from_seed(&seed)
    }

    /// The key of a seed.
    ///
    /// # Errors
    /// [`KeyError::Unusable`]; never in fact.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Unusable)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Unusable)?;
        Ok(Self { pair, public })
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The key that verifies what this one signs under an origin.
    ///
    /// # Errors
    /// [`KeyError::Unusable`]; never in fact.
    pub fn verifier(&self, origin: &Origin) -> Result<VerifierKey, KeyError> {
        VerifierKey::new(origin.as_str(), SignatureType::Ed25519, &self.public)
            .map_err(|_| KeyError::Unusable)
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.pair.sign(message).as_ref().try_into().map_err(|_| KeyError::Unusable)
    }
}

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogKey(secret)")
    }
}

/// The key at work under one origin.
#[derive(Debug, Clone)]
pub struct LogSigner {
    key: Arc<LogKey>,
    key_id: KeyId,
    origin: Origin,
    verifier: VerifierKey,
}

impl LogSigner {
    /// Puts the key under an origin.
    ///
    /// # Errors
    /// [`KeyError::Unusable`]; never in fact.
    pub fn new(key: Arc<LogKey>, origin: Origin) -> Result<Self, KeyError> {
        let verifier = key.verifier(&origin)?;
        let key_id = signature::key_id(key.public());
        Ok(Self { key, key_id, origin, verifier })
    }

    /// The origin.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What verifies checkpoints; written (`to_string`), the log's vkey.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a checkpoint of this origin as a note.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] for a checkpoint of another origin.
    pub fn sign_checkpoint(&self, checkpoint: &Checkpoint) -> Result<Vec<u8>, KeyError> {
        if checkpoint.origin() != &self.origin {
            return Err(KeyError::Unusable);
        }
        let signature = self.key.sign(checkpoint.to_text().as_bytes())?;
        let line = self.verifier.signature_line(&signature).map_err(|_| KeyError::Unusable)?;
        Ok(checkpoint.to_signed(&[line]).into_bytes())
    }

    /// Signs a receipt, under this origin and a fresh nonce. What it says must be durable by now.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn sign_receipt(&self, receipt: Receipt) -> Result<Statement<Receipt>, KeyError> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|_| KeyError::NoRandomness)?;
        let draft = Draft::new(Header { key_id: self.key_id, origin: self.origin.clone(), nonce }, receipt);
        let signature = self.key.sign(&draft.to_be_signed())?;
        Ok(draft.attach(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carnet_wire::checkpoint::SignedCheckpoint;
    use carnet_wire::id::{StatementHash, VaultId};
    use carnet_wire::signature::VerifyingKey;
    use carnet_wire::tree::TreeRoot;

    fn signer() -> LogSigner {
        let key = Arc::new(LogKey::from_seed(&[7; 32]).unwrap());
        LogSigner::new(key, Origin::parse("carnet.example/log").unwrap()).unwrap()
    }

    #[test]
    fn debug_of_a_key_shows_no_secret() {
        let shown = format!("{:?}", signer());
        assert!(shown.contains("LogKey(secret)") && !shown.contains("7, 7"), "{shown}");
    }

    #[test]
    fn receipt_is_parsed_and_verified_by_the_reader_of_clients_and_never_twice_the_same() {
        let receipt = Receipt {
            vault: VaultId::from_bytes([1; 32]),
            size: 4,
            root: [2; 32].into(),
            tag: [3; 32].into(),
            statement: StatementHash::from_bytes([4; 32]),
            time: 1_000,
            deadline: 2_000,
        };
        let signed = signer().sign_receipt(receipt.clone()).unwrap();
        let key = VerifyingKey::from_bytes(signer().verifier().as_bytes()).unwrap();
        let parsed = Statement::<Receipt>::parse(signed.as_bytes()).unwrap();
        assert_eq!(parsed.header().origin, *signer().origin());
        assert_eq!(parsed.verify(&key).unwrap().body(), &receipt);
        assert_ne!(signer().sign_receipt(receipt).unwrap().as_bytes(), signed.as_bytes());
    }

    #[test]
    fn checkpoint_of_another_origin_is_not_signed() {
        let checkpoint =
            |name: &str| Checkpoint::new(Origin::parse(name).unwrap(), 0, TreeRoot::EMPTY).unwrap();
        let note = signer().sign_checkpoint(&checkpoint("carnet.example/log")).unwrap();
        SignedCheckpoint::parse(&note).unwrap().verify(signer().verifier()).unwrap();
        assert_eq!(signer().sign_checkpoint(&checkpoint("other.example")), Err(KeyError::Unusable));
    }
}
