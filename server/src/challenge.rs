//! Challenges: 32 bytes that whoever answers must sign. They are made without keeping anything, so that strangers cannot fill the
//! store by asking; that each serves once is kept only when one is answered.
//!
//! ```text
//! challenge = time (8 bytes, milliseconds since 1970) || random (8) || first 16 of HMAC-SHA-256(key, purpose || subject || time || random)
//! ```

use ring::hmac;

use crate::refusal::Refusal;

/// How long a challenge may be answered, in milliseconds.
pub const LIFETIME: u64 = 5 * 60 * 1000;

/// What a challenge is for: one for a login is of no use for a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Opening a session. The subject is the actor.
    Login,
    /// Reading. The subject is the vault.
    Read,
}

/// Makes challenges and knows its own.
#[derive(Debug, Clone)]
pub struct Challenges {
    key: hmac::Key,
}

impl Challenges {
    /// Of a key of 32 random bytes. Servers that share a store share the key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// A fresh one.
    ///
    /// # Errors
    /// [`Refusal::Internal`] where the system has no randomness.
    pub fn make(&self, purpose: Purpose, subject: &[u8; 32], now: u64) -> Result<[u8; 32], Refusal> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| Refusal::Internal)?;
        Ok(self.complete(purpose, subject, now.to_be_bytes(), random))
    }

    /// Whether this one was made here, for this purpose and subject, and can still be answered.
    #[must_use]
    pub fn is_ours(&self, purpose: Purpose, subject: &[u8; 32], challenge: &[u8; 32], now: u64) -> bool {
        let (time, rest) = challenge.split_at(8);
        let (random, tag) = rest.split_at(8);
        let (Ok(time), Ok(random)) = (time.try_into(), random.try_into()) else { return false };
        let age = now.saturating_sub(u64::from_be_bytes(time));
        // A MAC is compared in constant time: nobody learns a valid one byte by byte.
        let expected = self.complete(purpose, subject, time, random);
        let differs = expected.iter().skip(16).zip(tag).fold(0, |differs, (a, b)| differs | (a ^ b));
        differs == 0 && age <= LIFETIME
    }

    fn complete(&self, purpose: Purpose, subject: &[u8; 32], time: [u8; 8], random: [u8; 8]) -> [u8; 32] {
        let label: &[u8] = match purpose {
            Purpose::Login => b"carnet/v1/challenge-login",
            Purpose::Read => b"carnet/v1/challenge-read",
        };
        let mac = hmac::sign(&self.key, &[label, subject, &time, &random].concat());
        let parts = time.into_iter().chain(random).chain(mac.as_ref().iter().copied());
        let mut challenge = [0; 32];
        challenge.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        challenge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_305_600_000;

    #[test]
    fn another_purpose_subject_key_or_time_is_refused() {
        let ours = Challenges::new(&[1; 32]);
        let made = ours.make(Purpose::Login, &[2; 32], NOW).unwrap();
        assert!(ours.is_ours(Purpose::Login, &[2; 32], &made, NOW));
        assert!(ours.is_ours(Purpose::Login, &[2; 32], &made, NOW + LIFETIME));
        assert!(!ours.is_ours(Purpose::Login, &[2; 32], &made, NOW + LIFETIME + 1));
        assert!(!ours.is_ours(Purpose::Read, &[2; 32], &made, NOW));
        assert!(!ours.is_ours(Purpose::Login, &[3; 32], &made, NOW));
        assert!(!Challenges::new(&[9; 32]).is_ours(Purpose::Login, &[2; 32], &made, NOW));
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        let ours = Challenges::new(&[1; 32]);
        let made = ours.make(Purpose::Read, &[2; 32], NOW).unwrap();
        for bit in 0..256 {
            let mut flipped = made;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!ours.is_ours(Purpose::Read, &[2; 32], &flipped, NOW), "bit {bit}");
        }
    }
}
