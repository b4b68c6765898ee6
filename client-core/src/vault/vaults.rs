//! The vaults that a client has verified.

use std::collections::BTreeMap;

use carnet_wire::id::VaultId;

use super::{VaultError, VerifiedVault};

/// Vaults by their ids, each at the newest state that the client has seen.
#[derive(Debug, Default, Clone)]
pub struct Vaults(BTreeMap<VaultId, VerifiedVault>);

impl Vaults {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, or its newer state.
    ///
    /// # Errors
    /// [`VaultError::Rollback`] where the state that is held is not extended: a server that leaves the end of a chain out, where a
    /// member was removed, does not bring the member back.
    pub fn insert(&mut self, vault: VerifiedVault) -> Result<(), VaultError> {
        match self.0.get(&vault.id()) {
            Some(held) if !vault.extends(held) => Err(VaultError::Rollback),
            _ => {
                self.0.insert(vault.id(), vault);
                Ok(())
            }
        }
    }

    /// Looks one up.
    #[must_use]
    pub fn get(&self, vault: &VaultId) -> Option<&VerifiedVault> {
        self.0.get(vault)
    }
}
