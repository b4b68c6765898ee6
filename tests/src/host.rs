//! What a log signs, made by the tests: receipts and checkpoints under a key of the test's own. A real server signs the same bytes.

#![allow(clippy::unwrap_used, reason = "a stage prop that fails fails its test")]

use carnet_core::position::LogPosition;
use carnet_core::receipt::TrustedLog;
use carnet_core::secret::SigningSeed;
use carnet_core::signer::DeviceKey;
use carnet_wire::checkpoint::{Checkpoint, SignedCheckpoint, VerifiedCheckpoint};
use carnet_wire::id::{StatementHash, VaultId};
use carnet_wire::log_leaf::{LogLeaf, LogSalt, history_leaf};
use carnet_wire::message::Accepted;
use carnet_wire::note::{SignatureType, VerifierKey};
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Pin, Receipt};
use carnet_wire::tree::{Included, InclusionProof, LeafHash, Nodes as _, Tree, TreeRoot};
use ed25519_dalek::Signer as _;

use crate::cast::{NOW, origin};

/// A log's key and one vault's history, as a server holds them.
pub struct Host {
    key: DeviceKey,
    salt: LogSalt,
    tree: Tree,
}

impl Host {
    /// A host that has seen nothing yet.
    #[must_use]
    pub fn make() -> Self {
        let key = DeviceKey::from_seed(&SigningSeed::make().unwrap());
        Self { key, salt: LogSalt::from_bytes([0x11; 32]), tree: Tree::new() }
    }

    /// What clients trust.
    #[must_use]
    pub fn trusted(&self) -> TrustedLog {
        TrustedLog { origin: origin(), key: self.key.verifying_key() }
    }

    /// Accepts a statement, and proves that its history extends the one that the client asked with.
    pub fn accept(&mut self, vault: &VaultId, statement: &StatementHash, asked: Option<Pin>) -> Accepted {
        self.tree.append(history_leaf(statement));
        let size = self.tree.size();
        let consistency = asked.map(|pin| self.tree.prove_consistency(pin.size, size).unwrap());
        Accepted { receipt: self.receipt(vault, statement, size, &self.tree.root()).into(), consistency }
    }

    /// The first receipt again, for a client that has seen more since.
    #[must_use]
    pub fn repeat(&self, first: &Accepted, size: u64) -> Accepted {
        let consistency = Some(self.tree.prove_consistency(size, self.tree.size()).unwrap());
        Accepted { receipt: first.receipt.clone(), consistency }
    }

    /// Signs a receipt, true or not.
    #[must_use]
    pub fn receipt(&self, vault: &VaultId, statement: &StatementHash, size: u64, root: &TreeRoot) -> Vec<u8> {
        let body = Receipt {
            vault: *vault,
            size,
            root: (*root.as_bytes()).into(),
            tag: self.salt.tag(size).into(),
            statement: *statement,
            time: NOW + 1,
            deadline: NOW + 60_000,
        };
        self.key.sign(&origin(), body).unwrap().as_bytes().to_vec()
    }
}

/// A log of its own, to prove places in it.
pub struct Log {
    key: ed25519_dalek::SigningKey,
    tree: Tree,
}

impl Log {
    /// A log without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self { key: ed25519_dalek::SigningKey::from_bytes(&[0x1c; 32]), tree: Tree::new() }
    }

    /// Logs a history that ends with a statement, and gives the leaf and its index.
    pub fn append(&mut self, statement: &[u8]) -> (LogLeaf, u64) {
        let leaf = LogLeaf::new(&LogSalt::from_bytes([0x11; 32]), 2, *history(statement).root());
        self.tree.append(leaf.hash());
        (leaf, self.tree.size() - 1)
    }

    /// What clients trust.
    #[must_use]
    pub fn trusted(&self) -> TrustedLog {
        let key = VerifyingKey::from_bytes(self.key.verifying_key().as_bytes()).unwrap();
        TrustedLog { origin: origin(), key }
    }

    /// The proof that a leaf is in the tree of now.
    #[must_use]
    pub fn prove(&self, index: u64) -> InclusionProof {
        self.tree.prove_inclusion(index, self.tree.size()).unwrap()
    }

    /// The signed checkpoint of now, verified.
    #[must_use]
    pub fn checkpoint(&self) -> VerifiedCheckpoint {
        SignedCheckpoint::parse(self.note().as_bytes()).unwrap().verify(&self.verifier()).unwrap()
    }

    fn verifier(&self) -> VerifierKey {
        let key = self.key.verifying_key();
        VerifierKey::new(origin().as_str(), SignatureType::Ed25519, key.as_bytes()).unwrap()
    }

    /// The signed checkpoint of now, as a server gives it.
    #[must_use]
    pub fn note(&self) -> String {
        let checkpoint = Checkpoint::new(origin(), self.tree.size(), self.tree.root()).unwrap();
        let key = self.verifier();
        let signature = self.key.sign(checkpoint.to_text().as_bytes()).to_bytes();
        checkpoint.to_signed(&[key.signature_line(&signature).unwrap()])
    }

    /// The proven place of a statement.
    #[must_use]
    pub fn position(&self, statement: &[u8], (leaf, index): (LogLeaf, u64)) -> LogPosition {
        let proof = self.tree.prove_inclusion(index, self.tree.size()).unwrap();
        let in_log = proof.verify(&leaf.hash(), index, self.tree.size(), &self.tree.root()).unwrap();
        let hash = carnet_wire::statement::hash(statement);
        LogPosition::prove(&hash, &history(statement), &leaf, &in_log, &self.checkpoint()).unwrap()
    }
}

/// The place of a statement in a history of two, proven.
fn history(statement: &[u8]) -> Included {
    let hash = carnet_wire::statement::hash(statement);
    let tree: Tree = [LeafHash::of(b"what came before"), history_leaf(&hash)].into_iter().collect();
    tree.prove_inclusion(1, 2).unwrap().verify(&history_leaf(&hash), 1, 2, &tree.root()).unwrap()
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}
