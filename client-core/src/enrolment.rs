//! Enrolment codes: what a professional shows to the authority, which compares it with the professional's account before it attests.
//!
//! ```text
//! carnet-enrol1… = { 0: server-address, 1: account, 2: generation, 3: SHA-256 of the bundle (32), 4: practitioner }
//! ```
//! A code claims; the authority checks the person, and the keys by [`Enrolment::fits`].

use carnet_wire::id::AccountId;
use carnet_wire::statement::Practitioner;
use carnet_wire::{StableCode, cbor};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::account::VerifiedAccount;
use crate::server_address::ServerAddress;
use crate::text_code::{self, CodeError, CodeKind, CodeText};

/// A professional's enrolment code.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrolment {
    /// The server.
    #[n(0)]
    pub server: ServerAddress,
    /// The professional's account.
    #[n(1)]
    pub account: AccountId,
    /// Its newest generation.
    #[n(2)]
    pub generation: u64,
    /// SHA-256 of that generation's bundle.
    #[n(3)]
    pub bundle: ByteArray<32>,
    /// Who the professional says to be.
    #[n(4)]
    pub claimed: Practitioner,
}

impl Enrolment {
    /// The code of a professional's own account.
    ///
    /// # Errors
    /// [`EnrolmentError::Claimed`] for an identity that no attestation can hold.
    pub fn new(
        server: ServerAddress,
        account: &VerifiedAccount,
        claimed: Practitioner,
    ) -> Result<Self, EnrolmentError> {
        claimed.check().map_err(|_| EnrolmentError::Claimed)?;
        let bundle = bundle_hash(account).ok_or(EnrolmentError::Account)?;
        Ok(Self { server, account: account.id(), generation: account.generation(), bundle, claimed })
    }

    /// Parses a code.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let code: Self = text_code::read(CodeKind::Enrolment, text)?;
        code.claimed.check().map_err(|_| CodeError::Content)?;
        Ok(code)
    }

    /// The enrolment as a code.
    #[must_use]
    pub fn code(&self) -> CodeText {
        text_code::write(CodeKind::Enrolment, self)
    }

    /// Checks that the verified account is the one, and its newest generation still the one, that the code was made for.
    ///
    /// # Errors
    /// [`EnrolmentError::Account`].
    pub fn fits(&self, account: &VerifiedAccount) -> Result<(), EnrolmentError> {
        let same = account.id() == self.account && account.generation() == self.generation;
        let keys = bundle_hash(account) == Some(self.bundle);
        if same && keys { Ok(()) } else { Err(EnrolmentError::Account) }
    }
}

fn bundle_hash(account: &VerifiedAccount) -> Option<ByteArray<32>> {
    let bundle = account.bundle(account.generation())?;
    Some(<[u8; 32]>::from(Sha256::digest(cbor::encode(bundle))).into())
}

/// Why an enrolment does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolmentError {
    /// The account is another, or its keys have changed since.
    #[error("the account has other keys than the code")]
    Account,
    /// The claimed identity is not in the form that an attestation has.
    #[error("the identity is not in the form of an attestation")]
    Claimed,
}

impl StableCode for EnrolmentError {
    fn code(&self) -> &'static str {
        match self {
            Self::Account => "enrolment-account",
            Self::Claimed => "enrolment-claimed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::NewAccount;
    use crate::testing::server_address;

    fn doctor() -> Practitioner {
        Practitioner {
            rpps: "10001234567".to_owned(),
            name: "Martin Zoé".to_owned(),
            profession: "10".to_owned(),
            speciality: Some("SM54".to_owned()),
            organisation: None,
            town: Some("Sète".to_owned()),
        }
    }

    fn account() -> (NewAccount, VerifiedAccount) {
        let new = NewAccount::make(&server_address().origin, 1_795_305_600_000).unwrap();
        let account = VerifiedAccount::begin(&new.id, new.statement.as_bytes()).unwrap();
        (new, account)
    }

    #[test]
    fn code_fits_another_account_or_the_next_generation_or_not_its_own() {
        let (mut new, account) = account();
        let enrolment = Enrolment::new(server_address(), &account, doctor()).unwrap();
        let read = Enrolment::parse(&enrolment.code()).unwrap();
        assert_eq!(read, enrolment);
        assert_eq!(read.fits(&account), Ok(()));
        assert_eq!(read.fits(&self::account().1), Err(EnrolmentError::Account));
        let next = new.owner.next_generation(&account, &mut new.keyring, 1_795_305_600_001).unwrap();
        let account = account.follow(next.as_bytes(), None).unwrap();
        assert_eq!(read.fits(&account), Err(EnrolmentError::Account));
    }

    #[test]
    fn identity_that_no_attestation_can_hold_is_claimed() {
        let (_, account) = account();
        let bad = Practitioner { rpps: "1000123456".to_owned(), ..doctor() };
        let made = Enrolment::new(server_address(), &account, bad.clone());
        assert_eq!(made, Err(EnrolmentError::Claimed));
        let right = Enrolment::new(server_address(), &account, doctor()).unwrap();
        let code = Enrolment { claimed: bad, ..right }.code();
        assert_eq!(Enrolment::parse(&code), Err(CodeError::Content));
    }
}
