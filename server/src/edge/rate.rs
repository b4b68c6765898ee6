//! Rates of requests: so many a minute, so many at once, by account and by address (GCRA, as `governor` does it).
//!
//! Memory is bounded: beyond [`MOST_KEYS`] keys, new ones share the rate of their neighbourhood.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use carnet_wire::id::AccountId;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::address::ClientAddress;
use crate::config::Limits;
use crate::refusal::Refusal;

/// Most keys of one kind that are held: about 100 bytes each.
pub const MOST_KEYS: usize = 100_000;

/// The rates of all accounts and addresses.
pub struct Rates {
    accounts: DefaultKeyedRateLimiter<Who>,
    addresses: DefaultKeyedRateLimiter<Who>,
    most_keys: usize,
}

/// What has a rate of its own. An IPv6 client has its network of 64 bits: it may use any address in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Account([u8; 32]),
    Address([u8; 8]),
    Neighbourhood([u8; 2]),
}

impl Rates {
    /// The rates of these limits.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            accounts: limiter(limits.account_rate, limits.account_burst),
            addresses: limiter(limits.address_rate, limits.address_burst),
            most_keys: MOST_KEYS,
        }
    }

    /// Counts one request of an account.
    ///
    /// # Errors
    /// [`Refusal::Rate`].
    pub fn account(&self, account: &AccountId) -> Result<(), Refusal> {
        let [first, second, ..] = *account.as_bytes();
        self.count(&self.accounts, Who::Account(*account.as_bytes()), [first, second])
    }

    /// Counts one request of an address.
    ///
    /// # Errors
    /// [`Refusal::Rate`].
    pub fn address(&self, ClientAddress(address): ClientAddress) -> Result<(), Refusal> {
        let mut network = [0; 8];
        match address {
            IpAddr::V4(address) => network.iter_mut().zip(address.octets()).for_each(|(to, from)| *to = from),
            IpAddr::V6(address) => network.iter_mut().zip(address.octets()).for_each(|(to, from)| *to = from),
        }
        let [first, second, ..] = network;
        self.count(&self.addresses, Who::Address(network), [first, second])
    }

    /// Forgets whoever has been quiet. To be called now and then.
    pub fn forget(&self) {
        for limiter in [&self.accounts, &self.addresses] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    fn count(&self, limiter: &DefaultKeyedRateLimiter<Who>, who: Who, near: [u8; 2]) -> Result<(), Refusal> {
        let who = if limiter.len() < self.most_keys { who } else { Who::Neighbourhood(near) };
        limiter.check_key(&who).map_err(|refused| {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            Refusal::Rate(wait.as_secs() + 1)
        })
    }
}

fn limiter<K: Hash + Eq + Clone>(rate: u32, burst: u32) -> DefaultKeyedRateLimiter<K> {
    let rate = NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::per_minute(rate).allow_burst(burst);
    RateLimiter::keyed(quota)
}

/// How often quiet keys are forgotten.
pub const FORGET_EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(most_keys: usize) -> Rates {
        let limits = Limits {
            account_rate: 1,
            account_burst: 2,
            address_rate: 1,
            address_burst: 2,
            ..Limits::default()
        };
        Rates { most_keys, ..Rates::new(&limits) }
    }

    fn address(text: &str) -> ClientAddress {
        ClientAddress(text.parse().unwrap())
    }

    #[test]
    fn burst_is_taken_then_refused_with_a_time_to_wait() {
        let rates = rates(MOST_KEYS);
        let account = AccountId::from_bytes([7; 32]);
        rates.account(&account).unwrap();
        rates.account(&account).unwrap();
        assert!(matches!(rates.account(&account), Err(Refusal::Rate(1..=61))));
        rates.account(&AccountId::from_bytes([8; 32])).unwrap();
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_rate() {
        let rates = rates(MOST_KEYS);
        rates.address(address("2001:db8::1")).unwrap();
        rates.address(address("2001:db8::2")).unwrap();
        assert!(rates.address(address("2001:db8::3")).is_err());
        rates.address(address("2001:db8:0:1::3")).unwrap();
    }

    #[test]
    fn beyond_the_most_keys_strangers_share_and_memory_stays() {
        let rates = rates(4);
        for last in 0..100 {
            let _ = rates.address(address(&format!("192.0.2.{last}")));
        }
        assert!(rates.addresses.len() <= 5, "{}", rates.addresses.len());
    }
}
