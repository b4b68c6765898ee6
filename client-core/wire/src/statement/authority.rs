//! Statements of an authority, made by its own offline tool and never by the host.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::limits::{self, LimitError};
use super::{Body, Kind};
use crate::id::{AccountId, StatementHash, VaultId};

/// Says that an account at one generation belongs to this professional. Valid at most 30 days, and only with log inclusion.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Attest {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Its generation.
    #[n(1)]
    pub generation: u64,
    /// SHA-256 of that generation's bundle.
    #[n(2)]
    pub bundle: ByteArray<32>,
    /// Who it is.
    #[n(3)]
    pub practitioner: Practitioner,
    /// Claimed time, in milliseconds since 1970.
    #[n(4)]
    pub time: u64,
    /// When it ends, in milliseconds since 1970.
    #[n(5)]
    pub expires: u64,
}

impl Attest {
    /// Longest validity: 30 days, in milliseconds.
    pub const MAX_VALIDITY: u64 = 30 * 24 * 3600 * 1000;
}

impl Body for Attest {
    const KIND: Kind = Kind::Attest;

    fn check(&self) -> Result<(), LimitError> {
        self.practitioner.check()?;
        limits::span(self.time, self.expires)?;
        let short = self.expires.saturating_sub(self.time) <= Self::MAX_VALIDITY;
        if short { Ok(()) } else { Err(LimitError::Time) }
    }
}

/// A professional, as the directory shows them: public by law, hence the one place where the host knows a name.
///
/// Each text has at least one character and no control character; names are at most 256 bytes, codes at most 32.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Practitioner {
    /// National identifier (RPPS), 11 digits.
    #[n(0)]
    pub rpps: String,
    /// Family name, then given name.
    #[n(1)]
    pub name: String,
    /// Profession, as a code of JDV_J106 or its successor.
    #[n(2)]
    pub profession: String,
    /// Speciality, as a code; absent where there is none.
    #[n(3)]
    pub speciality: Option<String>,
    /// Organisation.
    #[n(4)]
    pub organisation: Option<String>,
    /// Town.
    #[n(5)]
    pub town: Option<String>,
}

impl Practitioner {
    /// Most bytes of a name, an organisation or a town.
    pub const MAX_NAME: usize = 256;

    /// Most bytes of a code.
    pub const MAX_CODE: usize = 32;

    /// Checks the texts, as they are checked where a statement is parsed.
    ///
    /// # Errors
    /// [`LimitError::Text`].
    pub fn check(&self) -> Result<(), LimitError> {
        if self.rpps.len() != 11 || !self.rpps.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(LimitError::Text);
        }
        limits::text(&self.name, Self::MAX_NAME)?;
        limits::text(&self.profession, Self::MAX_CODE)?;
        self.speciality.iter().try_for_each(|text| limits::text(text, Self::MAX_CODE))?;
        self.organisation.iter().chain(&self.town).try_for_each(|text| limits::text(text, Self::MAX_NAME))
    }
}

/// Ends an attestation early.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Withdraw {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// The attestation.
    #[n(1)]
    pub attestation: StatementHash,
    /// Claimed time, in milliseconds since 1970.
    #[n(2)]
    pub time: u64,
}

impl Body for Withdraw {
    const KIND: Kind = Kind::Withdraw;

    fn check(&self) -> Result<(), LimitError> {
        limits::time(self.time)
    }
}

/// Binds a vault to a person whom the authority knows, under a pseudonym that only the authority can compute.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Bind {
    /// The vault.
    #[n(0)]
    pub vault: VaultId,
    /// The person: a keyed hash, never an identifier nor a hash that can be enumerated.
    #[n(1)]
    pub pseudonym: ByteArray<32>,
    /// Claimed time, in milliseconds since 1970.
    #[n(2)]
    pub time: u64,
    /// When it ends, in milliseconds since 1970.
    #[n(3)]
    pub expires: u64,
}

impl Body for Bind {
    const KIND: Kind = Kind::Bind;

    fn check(&self) -> Result<(), LimitError> {
        limits::span(self.time, self.expires)
    }
}
