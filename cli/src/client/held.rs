//! A vault that is open on this device.

use std::collections::BTreeMap;

use carnet_core::account::Keyring;
use carnet_core::receipt::{History, Pinned};
use carnet_core::vault::VerifiedVault;
use carnet_wire::id::ReaderId;

use crate::local::VaultRow;

/// A vault, as this client knows it.
#[derive(Debug)]
pub struct Held {
    /// The vault, verified.
    pub vault: VerifiedVault,
    /// Its secrets, where this client holds it.
    pub keyring: Option<Keyring>,
    /// The secrets of circles that this client is a member of.
    pub circles: BTreeMap<ReaderId, Keyring>,
    /// The newest state of its history.
    pub pinned: Pinned,
    /// Its history, as far as this client has read it.
    pub history: History,
    pub(super) row: VaultRow,
}

impl Held {
    /// Whether this client's account holds it.
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.keyring.is_some()
    }

    /// When this client last opened it for a reader, in milliseconds since 1970.
    #[must_use]
    pub fn visited(&self) -> Option<u64> {
        self.row.visited
    }
}
