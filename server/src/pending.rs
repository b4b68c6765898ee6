//! Uploads that nothing has deposited yet: bytes on the disk that no vault's quota counts.
//!
//! - An account has at most [`Pending::most`] of them. One ends with its deposit, or is forgotten after a week, as its bytes are.
//! - An uploader whom the vault has not met yet, and who stands on an attestation alone, takes no more bytes in an hour than one
//!   such depositor may have waiting in a vault: deposited or not, in whatever vaults.
//!
//! Kept in memory: a restart forgives what was begun before it.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use carnet_wire::id::{AccountId, PayloadRoot, VaultId};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::Limits;
use crate::refusal::Refusal;

/// How long an upload that nobody continues is kept, in milliseconds.
const KEPT: u64 = 7 * 24 * 3600 * 1000;

type Begun = BTreeMap<(VaultId, PayloadRoot), u64>;

/// What accounts have begun to upload.
pub struct Pending {
    strangers: DefaultKeyedRateLimiter<AccountId>,
    begun: Mutex<HashMap<AccountId, Begun>>,
    most: usize,
}

impl Pending {
    /// The bounds of these limits.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let share = u32::try_from(crate::quota::share(limits.waiting_bytes) / 1024).unwrap_or(u32::MAX);
        let share = NonZeroU32::new(share).unwrap_or(NonZeroU32::MIN);
        let strangers = RateLimiter::keyed(Quota::per_hour(share).allow_burst(share));
        Self { strangers, begun: Mutex::default(), most: limits.account_uploads }
    }

    /// Most uploads that one account has begun.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }

    /// An account goes on with an upload, or begins it.
    ///
    /// # Errors
    /// [`Refusal::Quota`] `quota-uploads`.
    pub fn begin(
        &self,
        account: &AccountId,
        vault: &VaultId,
        root: &PayloadRoot,
        now: u64,
    ) -> Result<(), Refusal> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = begun.entry(*account).or_default();
        let name = (*vault, *root);
        if !begun.contains_key(&name) && begun.len() >= self.most {
            begun.retain(|_, time| time.saturating_add(KEPT) > now);
            if begun.len() >= self.most {
                return Err(Refusal::Quota("quota-uploads"));
            }
        }
        begun.insert(name, now);
        Ok(())
    }

    /// An account has deposited these.
    pub fn end<'a>(
        &self,
        account: &AccountId,
        vault: &VaultId,
        roots: impl Iterator<Item = &'a PayloadRoot>,
    ) {
        let mut all = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(begun) = all.get_mut(account) {
            for root in roots {
                begun.remove(&(*vault, *root));
            }
            if begun.is_empty() {
                all.remove(account);
            }
        }
    }

    /// A body of somebody whom the vault has not met. Its length must be said beforehand.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] `length-required`, [`Refusal::Quota`] `quota-waiting`.
    pub fn stranger(&self, account: &AccountId, len: Option<u64>) -> Result<(), Refusal> {
        let refused = Refusal::Quota("quota-waiting");
        let len = len.ok_or(Refusal::Malformed("length-required"))?;
        let Ok(kib) = u32::try_from(len.div_ceil(1024)) else { return Err(refused) };
        let Some(kib) = NonZeroU32::new(kib) else { return Ok(()) };
        match self.strangers.check_key_n(account, kib) {
            Ok(Ok(())) => Ok(()),
            _ => Err(refused),
        }
    }

    /// Forgets whoever has been quiet. To be called now and then.
    pub fn forget(&self, now: u64) {
        self.strangers.retain_recent();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.retain(|_, begun| {
            begun.retain(|_, time| time.saturating_add(KEPT) > now);
            !begun.is_empty()
        });
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> Pending {
        Pending::new(&Limits { account_uploads: 2, waiting_bytes: 400 << 10, ..Limits::default() })
    }

    #[test]
    fn account_with_too_many_uploads_deposits_or_waits_and_may_go_on_with_each() {
        let (pending, vault) = (pending(), VaultId::from_bytes([1; 32]));
        let root = |n: u8| PayloadRoot::from_bytes([n; 32]);
        let (one, two) = (AccountId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
        pending.begin(&one, &vault, &root(1), 0).unwrap();
        pending.begin(&one, &vault, &root(2), 0).unwrap();
        assert_eq!(pending.begin(&one, &vault, &root(3), 1), Err(Refusal::Quota("quota-uploads")));
        pending.begin(&one, &vault, &root(2), 1).unwrap();
        pending.begin(&two, &vault, &root(3), 1).unwrap();
        pending.end(&one, &vault, [root(1)].iter());
        pending.begin(&one, &vault, &root(3), 2).unwrap();
        assert!(pending.begin(&one, &vault, &root(4), 3).is_err());
        pending.begin(&one, &vault, &root(4), KEPT + 1).unwrap();
        pending.forget(3 * KEPT);
        assert!(pending.begun.lock().unwrap().is_empty());
    }

    #[test]
    fn stranger_beyond_its_share_or_without_a_length_is_refused() {
        let (pending, account) = (pending(), AccountId::from_bytes([1; 32]));
        assert_eq!(pending.stranger(&account, None), Err(Refusal::Malformed("length-required")));
        assert_eq!(pending.stranger(&account, Some(u64::MAX)), Err(Refusal::Quota("quota-waiting")));
        assert_eq!(pending.stranger(&account, Some(101 << 10)), Err(Refusal::Quota("quota-waiting")));
        pending.stranger(&account, Some(60 << 10)).unwrap();
        pending.stranger(&account, Some(40 << 10)).unwrap();
        assert_eq!(pending.stranger(&account, Some(10 << 10)), Err(Refusal::Quota("quota-waiting")));
        pending.stranger(&account, Some(0)).unwrap();
        pending.stranger(&AccountId::from_bytes([2; 32]), Some(100 << 10)).unwrap();
    }
}
