//! Trusted contacts: a slot secret split into n shares, any k of which give it back (Shamir's scheme over GF(256)). Fewer say nothing.
//!
//! ```text
//! carnet-share1… = { 0: server-address, 1: account, 2: set (16, random), 3: check (16), 4: k, 5: n, 6: index (1 to n), 7: value (32) }
//! check          = SHA-256("carnet/v1/shares" || set || slot secret)[:16]
//! value          = for each byte of the secret, a polynomial of degree k - 1 at `index`, in the field of AES (0x11b)
//! ```
//! The secret is 256 random bits, so the check says nothing of it; it tells a right result from that of a false share.

use carnet_wire::StableCode;
use carnet_wire::id::AccountId;
use getrandom::SysRng;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use vsss_rs::Gf256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::secret::{NoRandomness, SymmetricKey, make_random};
use crate::server_address::ServerAddress;
use crate::text_code::{self, CodeError, CodeKind, CodeText};

/// One contact's share.
#[derive(Debug)]
pub struct Share {
    /// The server.
    pub server: ServerAddress,
    /// The account that it helps to recover.
    pub account: AccountId,
    set: [u8; 16],
    check: [u8; 16],
    needed: u8,
    of: u8,
    index: u8,
    value: SymmetricKey,
}

impl Share {
    /// Most shares of a set.
    pub const MAX_SHARES: u8 = 16;

    /// Splits a slot secret so that any `needed` of `of` shares give it back.
    ///
    /// # Errors
    /// [`SharesError::Numbers`] for fewer than 2 needed, more needed than there are, or more than [`Self::MAX_SHARES`].
    pub fn split(
        server: &ServerAddress,
        account: &AccountId,
        secret: &SymmetricKey,
        needed: u8,
        of: u8,
    ) -> Result<Vec<Self>, SharesError> {
        if !numbers_fit(needed, of) {
            return Err(SharesError::Numbers);
        }
        let set = make_random()?;
        let check = check(&set, secret);
        // The library's generator may not fail: what has none to give has just said so.
        let rng = getrandom::rand_core::UnwrapErr(SysRng);
        let mut parts = Gf256::split_bytes(needed.into(), of.into(), secret.expose(), rng)
            .map_err(|_| SharesError::Numbers)?;
        let share = |part: &mut Vec<u8>| {
            let (index, value) = part.split_first().ok_or(SharesError::Numbers)?;
            let value = <&[u8; 32]>::try_from(value).map_err(|_| SharesError::Numbers)?;
            let (index, value) = (*index, SymmetricKey::from_bytes(value));
            part.zeroize();
            Ok(Self { server: server.clone(), account: *account, set, check, needed, of, index, value })
        };
        parts.iter_mut().map(share).collect()
    }

    /// Parses a code.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut fields: Fields = text_code::read(CodeKind::Share, text)?;
        let value = SymmetricKey::from_bytes(&fields.value);
        fields.value.as_mut().zeroize();
        let Fields { server, account, set, check, needed, of, index, .. } = fields;
        if !numbers_fit(needed, of) || !(1..=of).contains(&index) {
            return Err(CodeError::Content);
        }
        Ok(Self { server, account, set: set.into(), check: check.into(), needed, of, index, value })
    }

    /// The share as a code.
    #[must_use]
    pub fn code(&self) -> CodeText {
        let mut fields = Fields {
            server: self.server.clone(),
            account: self.account,
            set: self.set.into(),
            check: self.check.into(),
            needed: self.needed,
            of: self.of,
            index: self.index,
            value: (*self.value.expose()).into(),
        };
        let code = text_code::write(CodeKind::Share, &fields);
        fields.value.as_mut().zeroize();
        code
    }

    /// Which one, from 1; how many are needed; of how many.
    #[must_use]
    pub fn numbers(&self) -> (u8, u8, u8) {
        (self.index, self.needed, self.of)
    }

    /// Gives the slot secret back. Shares given beyond those needed are not looked at.
    ///
    /// # Errors
    /// [`SharesError`], which names what is missing or which share does not fit.
    pub fn combine(shares: &[Self]) -> Result<SymmetricKey, SharesError> {
        let first = shares.first().ok_or(SharesError::Missing { have: 0, needed: None })?;
        for (at, share) in shares.iter().enumerate() {
            let position = at.saturating_add(1);
            if !share.is_of_set(first) {
                return Err(SharesError::OtherSet { position });
            }
            if shares.iter().take(at).any(|before| before.index == share.index) {
                return Err(SharesError::Twice { position });
            }
        }
        let needed = usize::from(first.needed);
        if shares.len() < needed {
            return Err(SharesError::Missing { have: shares.len(), needed: Some(first.needed) });
        }
        let part = |share: &Self| [&[share.index][..], share.value.expose()].concat();
        let parts: Zeroizing<Vec<Vec<u8>>> = Zeroizing::new(shares.iter().take(needed).map(part).collect());
        let secret = Zeroizing::new(Gf256::combine_bytes(&*parts).map_err(|_| SharesError::Altered)?);
        let secret = <&[u8; 32]>::try_from(secret.as_slice()).map_err(|_| SharesError::Altered)?;
        let secret = SymmetricKey::from_bytes(secret);
        let right: bool = check(&first.set, &secret).ct_eq(&first.check).into();
        if right { Ok(secret) } else { Err(SharesError::Altered) }
    }

    fn is_of_set(&self, other: &Self) -> bool {
        let numbers = (self.needed, self.of) == (other.needed, other.of);
        numbers && (self.account, self.set, self.check) == (other.account, other.set, other.check)
    }
}

fn numbers_fit(needed: u8, of: u8) -> bool {
    2 <= needed && needed <= of && of <= Share::MAX_SHARES
}

fn check(set: &[u8; 16], secret: &SymmetricKey) -> [u8; 16] {
    let hash =
        Sha256::new().chain_update(b"carnet/v1/shares").chain_update(set).chain_update(secret.expose());
    let mut check = [0; 16];
    check.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    check
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Fields {
    #[n(0)]
    server: ServerAddress,
    #[n(1)]
    account: AccountId,
    #[n(2)]
    set: ByteArray<16>,
    #[n(3)]
    check: ByteArray<16>,
    #[n(4)]
    needed: u8,
    #[n(5)]
    of: u8,
    #[n(6)]
    index: u8,
    #[n(7)]
    value: ByteArray<32>,
}

/// Why shares give no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SharesError {
    /// Numbers that make no set.
    #[error("at least 2 shares must be needed, of at most 16")]
    Numbers,
    /// Too few.
    #[error("too few shares")]
    Missing {
        /// How many there are.
        have: usize,
        /// How many are needed, once one share has said so.
        needed: Option<u8>,
    },
    /// A share of another account, or of another time that shares were handed out.
    #[error("share {position} is of another set")]
    OtherSet {
        /// Which of those given, from 1.
        position: usize,
    },
    /// A share that was given before.
    #[error("share {position} was given twice")]
    Twice {
        /// Which of those given, from 1.
        position: usize,
    },
    /// All fit each other, and what they give is not the secret: one of them was changed.
    #[error("one of the shares was changed")]
    Altered,
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl StableCode for SharesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Numbers => "shares-numbers",
            Self::Missing { .. } => "shares-missing",
            Self::OtherSet { .. } => "shares-other-set",
            Self::Twice { .. } => "shares-twice",
            Self::Altered => "shares-altered",
            Self::Randomness(_) => "no-randomness",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::server_address;

    fn split(secret: &SymmetricKey, needed: u8, of: u8) -> Vec<Share> {
        Share::split(&server_address(), &AccountId::from_bytes([1; 32]), secret, needed, of).unwrap()
    }

    fn again(share: &Share) -> Share {
        Share::parse(&share.code()).unwrap()
    }

    #[test]
    fn k_shares_of_n_give_nothing_back_or_fewer_do() {
        let secret = SymmetricKey::make().unwrap();
        let shares = split(&secret, 3, 5);
        for a in 0..5 {
            for b in 0..a {
                let two = [again(&shares[a]), again(&shares[b])];
                assert_eq!(Share::combine(&two), Err(SharesError::Missing { have: 2, needed: Some(3) }));
                for c in 0..b {
                    let three = [again(&shares[a]), again(&shares[b]), again(&shares[c])];
                    assert_eq!(Share::combine(&three), Ok(SymmetricKey::from_bytes(secret.expose())));
                }
            }
        }
        assert_eq!(Share::combine(&shares), Ok(secret));
        assert_eq!(Share::combine(&[]), Err(SharesError::Missing { have: 0, needed: None }));
    }

    /// A line through the points (1, 0x01) and (2, 0x02) of each byte: at 0 it is 1·2/(1+2) + 2·1/(1+2) = 0 in the field of AES.
    #[test]
    fn field_is_another_than_that_of_aes() {
        let parts = vec![vec![1, 0x53, 1], vec![2, 0xca, 2]];
        let combined = Gf256::combine_bytes(&parts).unwrap();
        // 1/3 = 0xf6, so the weights are 2/3 = 0xf7 and 1/3 = 0xf6.
        let field = |a: u8, b: u8| {
            (0..8)
                .fold((0_u8, a), |(sum, a), bit| {
                    let sum = if b >> bit & 1 == 1 { sum ^ a } else { sum };
                    (sum, a << 1 ^ if a & 0x80 != 0 { 0x1b } else { 0 })
                })
                .0
        };
        assert_eq!(field(3, 0xf6), 1);
        assert_eq!(combined, [field(0x53, 0xf7) ^ field(0xca, 0xf6), 0]);
    }

    #[test]
    fn foreign_repeated_or_changed_share_is_not_named() {
        let secret = SymmetricKey::make().unwrap();
        let (shares, later) = (split(&secret, 2, 3), split(&secret, 2, 3));
        let mixed = [again(&shares[0]), again(&later[1])];
        assert_eq!(Share::combine(&mixed), Err(SharesError::OtherSet { position: 2 }));
        let twice = [again(&shares[0]), again(&shares[0])];
        assert_eq!(Share::combine(&twice), Err(SharesError::Twice { position: 2 }));
        let changed =
            [again(&shares[0]), Share { value: SymmetricKey::make().unwrap(), ..again(&shares[1]) }];
        assert_eq!(Share::combine(&changed), Err(SharesError::Altered));
    }

    #[test]
    fn set_of_senseless_numbers_is_made_or_read() {
        let secret = SymmetricKey::make().unwrap();
        let (server, account) = (server_address(), AccountId::from_bytes([1; 32]));
        for (needed, of) in [(0, 0), (0, 3), (1, 3), (4, 3), (2, 17), (255, 255)] {
            let split = Share::split(&server, &account, &secret, needed, of);
            assert_eq!(split.unwrap_err(), SharesError::Numbers);
            let share = Share { needed, of, ..split_one() };
            assert_eq!(Share::parse(&share.code()).unwrap_err(), CodeError::Content);
        }
        for index in [0, 4] {
            let share = Share { index, ..split_one() };
            assert_eq!(Share::parse(&share.code()).unwrap_err(), CodeError::Content);
        }
    }

    fn split_one() -> Share {
        split(&SymmetricKey::make().unwrap(), 2, 3).remove(0)
    }
}
