//! Quotas: how much a vault may hold, and how much may wait in it.

use crate::config::Limits;
use crate::history::Head;
use crate::refusal::Refusal;

/// Most bytes of a sealed manifest, as section 8.2 of the specification has it: `manifest-too-large`.
pub const MAX_MANIFEST: usize = 64 * 1024 + 48;

/// One depositor may take this part of what may wait in a vault.
const SHARE: u64 = 4;

/// Refuses a vault that would hold too much.
///
/// # Errors
/// [`Refusal::Quota`].
pub fn check_vault(limits: &Limits, head: &Head) -> Result<(), Refusal> {
    if head.bytes > limits.vault_bytes {
        return Err(Refusal::Quota("quota-bytes"));
    }
    if head.versions > limits.vault_entries {
        return Err(Refusal::Quota("quota-entries"));
    }
    Ok(())
}

/// What one depositor may have waiting in a vault, of what may wait there.
#[must_use]
pub fn share(all: u64) -> u64 {
    all / SHARE
}

/// What waits in a vault for its holder, the deposit that is being decided included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Deposits.
    pub deposits: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Waiting {
    /// One deposit more.
    pub fn add(&mut self, bytes: u64) {
        self.deposits = self.deposits.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Refuses a first deposit where too much waits already: of its depositor (`self`), or of all.
    ///
    /// # Errors
    /// [`Refusal::Quota`].
    pub fn check(self, all: Self, limits: &Limits) -> Result<(), Refusal> {
        let own = self.deposits <= (limits.waiting_entries / SHARE).max(1)
            && self.bytes <= share(limits.waiting_bytes);
        let together = all.deposits <= limits.waiting_entries && all.bytes <= limits.waiting_bytes;
        if own && together { Ok(()) } else { Err(Refusal::Quota("quota-waiting")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_depositor_cannot_fill_what_may_wait() {
        let limits = Limits { waiting_entries: 8, waiting_bytes: 800, ..Limits::default() };
        let of = |deposits, bytes| Waiting { deposits, bytes };
        assert_eq!(of(2, 200).check(of(8, 800), &limits), Ok(()));
        for (own, all) in [
            (of(3, 10), of(3, 10)),
            (of(1, 201), of(1, 201)),
            (of(1, 10), of(9, 10)),
            (of(1, 10), of(2, 801)),
        ] {
            assert_eq!(own.check(all, &limits), Err(Refusal::Quota("quota-waiting")));
        }
    }
}
