//! Fingerprints: an account's keys as digits or words, to be compared by two people, on two screens or aloud.
//!
//! ```text
//! hash   = SHA-256("carnet/v1/fingerprint" || account || u64be(generation) || bundle)
//! digits = the first 240 bits as 12 numbers of 20 bits, each modulo 100,000, as 5 digits
//! words  = the first 88 bits as 8 numbers of 11 bits, each a word of BIP 39's list
//! ```
//! Digits are the same in every language. Words are easier to say; both screens must show the same list.

use carnet_wire::bundle::Bundle;
use carnet_wire::cbor;
use carnet_wire::id::AccountId;
use sha2::{Digest as _, Sha256};

use crate::account::VerifiedAccount;
use crate::words::WordList;

/// The fingerprint of one generation of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// That of an account's newest generation.
    #[must_use]
    pub fn of(account: &VerifiedAccount) -> Option<Self> {
        let generation = account.generation();
        account.bundle(generation).map(|bundle| Self::of_keys(&account.id(), generation, bundle))
    }

    /// That of any generation's keys.
    #[must_use]
    pub fn of_keys(account: &AccountId, generation: u64, bundle: &Bundle) -> Self {
        let hash = Sha256::new().chain_update(b"carnet/v1/fingerprint").chain_update(account.as_bytes());
        let hash = hash.chain_update(generation.to_be_bytes()).chain_update(cbor::encode(bundle));
        Self(hash.finalize().into())
    }

    /// 12 groups of 5 digits with spaces between.
    #[must_use]
    pub fn digits(&self) -> String {
        let group = |at: usize| format!("{:05}", self.number(at.saturating_mul(20), 20) % 100_000);
        (0..12).map(group).collect::<Vec<_>>().join(" ")
    }

    /// 8 words.
    #[must_use]
    pub fn words(&self, list: WordList) -> Vec<String> {
        (0..8).map(|at: usize| list.word(self.number(at.saturating_mul(11), 11))).collect()
    }

    fn number(&self, from: usize, bits: usize) -> usize {
        let bit = |at: usize| self.0.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
        (from..from.saturating_add(bits)).fold(0, |number, at| number << 1 | bit(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::ReaderKeys;
    use crate::secret::ReaderSecret;

    #[test]
    fn fingerprint_is_another_than_the_specification_says() {
        let bundle = ReaderKeys::derive(ReaderSecret::from_bytes(&[2; 32])).bundle();
        let print = Fingerprint::of_keys(&AccountId::from_bytes([1; 32]), 1, &bundle);
        let other = Fingerprint::of_keys(&AccountId::from_bytes([1; 32]), 2, &bundle);
        assert_ne!(print, other);
        let hash = print.0;
        let first = usize::from(hash[0]) << 12 | usize::from(hash[1]) << 4 | usize::from(hash[2] >> 4);
        assert!(print.digits().starts_with(&format!("{:05} ", first % 100_000)));
        assert_eq!(print.digits().len(), 12 * 5 + 11);
        let second = usize::from(hash[1] & 31) << 6 | usize::from(hash[2] >> 2);
        assert_eq!(print.words(WordList::English)[1], WordList::English.word(second));
        assert_eq!(print.words(WordList::French).len(), 8);
    }
}
