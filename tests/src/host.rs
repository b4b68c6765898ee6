//! What a log signs, made by the tests: receipts and checkpoints under a key of the test's own. A real server signs the same bytes.

#![allow(clippy::unwrap_used, reason = "a stage prop that fails fails its test")]

use carnet_core::receipt::TrustedLog;
use carnet_core::secret::SigningSeed;
use carnet_core::signer::DeviceKey;
use carnet_wire::id::{StatementHash, VaultId};
use carnet_wire::log_leaf::{LogSalt, history_leaf};
use carnet_wire::message::Accepted;
use carnet_wire::statement::{Pin, Receipt};
use carnet_wire::tree::{Nodes as _, Tree, TreeRoot};

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

    /// Accepts a statement, and proves that its history extends the one that the client pinned.
    pub fn accept(&mut self, vault: &VaultId, statement: &StatementHash, pinned: Option<Pin>) -> Accepted {
        self.tree.append(history_leaf(statement));
        let size = self.tree.size();
        let consistency = pinned.map(|pin| self.tree.prove_consistency(pin.size, size).unwrap());
        Accepted { receipt: self.receipt(vault, statement, size, &self.tree.root()).into(), consistency }
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
