//! Quotas: how much a vault may hold, and how much may wait in it.

use crate::history::Head;
use crate::refusal::Refusal;

/// The quotas of every vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes of payloads and manifests.
    pub vault_bytes: u64,
    /// Versions of entries.
    pub vault_versions: u64,
    /// First deposits of one depositor that wait.
    pub waiting_deposits: u64,
    /// Bytes of them.
    pub waiting_bytes: u64,
    /// First deposits of all depositors that wait.
    pub waiting_in_vault: u64,
    /// Bytes of a sealed manifest.
    pub manifest: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            vault_bytes: 100 << 30,
            vault_versions: 10_000_000,
            waiting_deposits: 10,
            waiting_bytes: 50 << 20,
            waiting_in_vault: 100,
            manifest: 64 << 10,
        }
    }
}

impl Quotas {
    /// Most bytes of a sealed manifest.
    #[must_use]
    pub fn max_manifest(&self) -> usize {
        usize::try_from(self.manifest).unwrap_or(usize::MAX)
    }

    /// Refuses a vault that would hold too much.
    ///
    /// # Errors
    /// [`Refusal::Quota`].
    pub fn check_vault(&self, head: &Head) -> Result<(), Refusal> {
        if head.bytes > self.vault_bytes {
            return Err(Refusal::Quota("quota-bytes"));
        }
        if head.versions > self.vault_versions {
            return Err(Refusal::Quota("quota-versions"));
        }
        Ok(())
    }

    /// Refuses a first deposit where too much waits already: `own` deposits of this depositor with `bytes`, `all` in the vault, this one
    /// included.
    ///
    /// # Errors
    /// [`Refusal::Quota`].
    pub fn check_waiting(&self, own: usize, bytes: u64, all: u64) -> Result<(), Refusal> {
        let own = u64::try_from(own).unwrap_or(u64::MAX);
        let within =
            own <= self.waiting_deposits && bytes <= self.waiting_bytes && all <= self.waiting_in_vault;
        if within { Ok(()) } else { Err(Refusal::Quota("quota-waiting")) }
    }
}
