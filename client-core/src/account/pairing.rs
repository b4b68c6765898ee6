//! Pairing: a new device gets the account's keyring from an old one, checked by a code that a person carries over.
//!
//! ```text
//! offer  = { 0: device key (32), 1: recipient (1,216), 2: nonce (16) }    ; deterministic CBOR, by the mailbox
//! code   = base32(SHA-256("carnet/v1/pairing" || offer)[:100 bits])        ; 20 characters, by QR code or by hand
//! parcel = a standard age file to the offer's recipient: { 0: account, 1: keyring }
//! ```
//! The mailbox of the server carries offer and parcel. It cannot read the keyring, and to slip in an offer of its own it
//! would need a second preimage of 100 bits within ten minutes.

use std::io::Read as _;

use carnet_wire::bundle::RecipientBytes;
use carnet_wire::cbor;
use carnet_wire::id::AccountId;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Device, Statement};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use zeroize::{Zeroize as _, Zeroizing};

use super::VerifiedAccount;
use super::keyring::{Keyring, decode_secret};
use super::pairing_code::PairingCode;
use crate::derive::{derive_reader_recipient_seed, derive_reader_signing_seed};
use crate::foreign;
use crate::hybrid::{HybridIdentity, HybridRecipient};
use crate::identity::Identity;
use crate::recipient::Recipients;
use crate::secret::{NoRandomness, ReaderSecret, SigningSeed, make_random};
use crate::signer::{DeviceKey, SignError};

/// The new device, waiting. Its secrets never leave it.
pub struct NewDevice {
    key: DeviceKey,
    seed: SigningSeed,
    identity: Box<HybridIdentity>,
    offer: Vec<u8>,
}

impl NewDevice {
    /// Makes the device's keys and its offer.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn make() -> Result<Self, NoRandomness> {
        let secret = ReaderSecret::make()?;
        let seed = derive_reader_signing_seed(&secret);
        let key = DeviceKey::from_seed(&seed);
        let identity = HybridIdentity::derive_from_seed(&derive_reader_recipient_seed(&secret));
        let offer = cbor::encode(&Offer {
            key: key.verifying_key(),
            recipient: RecipientBytes::from_bytes(identity.recipient().as_bytes()),
            nonce: make_random::<16>()?.into(),
        });
        Ok(Self { key, seed, identity, offer })
    }

    /// What goes into the mailbox.
    #[must_use]
    pub fn offer(&self) -> &[u8] {
        &self.offer
    }

    /// What a person carries to the old device.
    #[must_use]
    pub fn code(&self) -> PairingCode {
        PairingCode::of(&self.offer)
    }

    /// Opens the parcel. Anybody who saw the offer in the mailbox could have sealed one, so nothing of it is to be used until
    /// [`Unconfirmed::confirm`].
    ///
    /// # Errors
    /// [`PairingError::Parcel`].
    pub fn accept(self, parcel: &[u8]) -> Result<Unconfirmed, PairingError> {
        let fingerprint = |account: &AccountId| PairingCode::of_pairing(&self.offer, account);
        // As long as the parcel from the start, so that no copy of the secrets stays behind.
        let mut plain = Zeroizing::new(Vec::with_capacity(parcel.len().min(MAX_PARCEL)));
        let reader =
            foreign::open(parcel, &[Identity::Hybrid(self.identity)]).map_err(|_| PairingError::Parcel)?;
        reader.take(MAX_PARCEL as u64).read_to_end(&mut plain).map_err(|_| PairingError::Parcel)?;
        let mut inside: Parcel = decode_secret(&plain, MAX_PARCEL).ok_or(PairingError::Parcel)?;
        let keyring = Keyring::from_bytes(&inside.keyring).ok_or(PairingError::Parcel);
        inside.keyring.zeroize();
        let fingerprint = fingerprint(&inside.account);
        let paired = Paired { account: inside.account, keyring: keyring?, key: self.key, seed: self.seed };
        Ok(Unconfirmed { paired, fingerprint })
    }
}

impl core::fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "NewDevice({:?}, ..)", self.key)
    }
}

/// A device that has been given a keyring by somebody: whether by the old device, a person says.
#[derive(Debug)]
pub struct Unconfirmed {
    paired: Paired,
    fingerprint: PairingCode,
}

impl Unconfirmed {
    /// What both screens show: the new device computes it from its offer and the account that the parcel names.
    #[must_use]
    pub fn fingerprint(&self) -> &PairingCode {
        &self.fingerprint
    }

    /// The account whose line is to be verified.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.paired.account
    }

    /// Confirms the pairing: the fingerprint is the one that a person read on the old device's screen, this device stands live in the
    /// verified line of the account, and the keyring is that account's.
    ///
    /// # Errors
    /// [`PairingError::Code`] for another fingerprint, [`PairingError::Account`] otherwise.
    pub fn confirm(self, account: &VerifiedAccount, seen: &PairingCode) -> Result<Paired, PairingError> {
        if *seen != self.fingerprint {
            return Err(PairingError::Code);
        }
        let key = self.paired.key.verifying_key();
        let live = account.devices().any(|device| device.is_live() && *device.key() == key);
        let keys =
            account.reader().is_some_and(|reader| reader.key_id() == self.paired.keyring.newest().key_id());
        if account.id() == self.paired.account && live && keys {
            Ok(self.paired)
        } else {
            Err(PairingError::Account)
        }
    }
}

/// A device that has its account's keyring.
#[derive(Debug)]
pub struct Paired {
    /// The account that it is of.
    pub account: AccountId,
    /// The account's secrets.
    pub keyring: Keyring,
    /// This device's key.
    pub key: DeviceKey,
    /// The seed of that key, for the device to keep.
    pub seed: SigningSeed,
}

/// An offer that an old device has checked against the code on the new one's screen.
#[derive(Debug)]
pub struct CheckedOffer {
    key: VerifyingKey,
    recipient: HybridRecipient,
    bytes: Vec<u8>,
}

impl CheckedOffer {
    /// Checks an offer of at most 2 KiB against the code.
    ///
    /// # Errors
    /// [`PairingError::Code`] where it is not the offer of that code, [`PairingError::Offer`] where it is not usable.
    pub fn check(offer: &[u8], code: &PairingCode) -> Result<Self, PairingError> {
        if offer.len() > MAX_OFFER || PairingCode::of(offer) != *code {
            return Err(PairingError::Code);
        }
        let bytes = offer.to_vec();
        let offer: Offer = cbor::decode(offer, MAX_OFFER).map_err(|_| PairingError::Offer)?;
        let recipient =
            HybridRecipient::from_bytes(offer.recipient.as_bytes()).map_err(|_| PairingError::Offer)?;
        Ok(Self { key: offer.key, recipient, bytes })
    }

    /// The new device's key.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Certifies the new device and wraps the keyring to it.
    ///
    /// # Errors
    /// [`PairingError::Sign`], [`PairingError::Seal`].
    pub fn approve(
        self,
        account: &VerifiedAccount,
        keyring: &Keyring,
        old: &DeviceKey,
        now: u64,
    ) -> Result<Approval, PairingError> {
        let statement = old.certify(account, &self.key, now)?;
        let mut inside = Parcel { account: account.id(), keyring: keyring.to_bytes().to_vec().into() };
        let mut plain = Zeroizing::new(Vec::with_capacity(inside.keyring.len().saturating_add(64)));
        cbor::encode_to(&inside, &mut plain);
        inside.keyring.zeroize();
        let mut parcel = Vec::new();
        let readers = Recipients::Hybrid(vec![self.recipient]);
        foreign::export(plain.as_slice(), &mut parcel, &readers).map_err(|_| PairingError::Seal)?;
        let fingerprint = PairingCode::of_pairing(&self.bytes, &account.id());
        Ok(Approval { statement, parcel, fingerprint })
    }
}

/// What the old device sends: the certificate for the account's line, the parcel for the mailbox.
#[derive(Debug)]
pub struct Approval {
    /// Certifies the new device.
    pub statement: Statement<Device>,
    /// The keyring, sealed to the new device.
    pub parcel: Vec<u8>,
    /// What both screens show.
    pub fingerprint: PairingCode,
}

/// Why a pairing stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairingError {
    /// Not a code, or not the code of this offer: somebody else may have answered.
    #[error("the code does not match the device that answered")]
    Code,
    /// The offer's keys are not usable.
    #[error("the device's keys are not usable")]
    Offer,
    /// The parcel could not be sealed.
    #[error("the keys could not be sealed")]
    Seal,
    /// The account's line does not hold this device, or the keyring is of another account.
    #[error("the account does not know this device")]
    Account,
    /// The parcel does not open.
    #[error("cannot open")]
    Parcel,
    /// The certificate could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl carnet_wire::StableCode for PairingError {
    fn code(&self) -> &'static str {
        match self {
            Self::Code => "pairing-code",
            Self::Offer => "pairing-offer",
            Self::Parcel => "pairing-parcel",
            Self::Sign(error) => error.code(),
            Self::Account => "pairing-account",
            Self::Seal => "pairing-seal",
        }
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Offer {
    #[n(0)]
    key: VerifyingKey,
    #[n(1)]
    recipient: RecipientBytes,
    #[n(2)]
    nonce: ByteArray<16>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Parcel {
    #[n(0)]
    account: AccountId,
    #[n(1)]
    keyring: ByteVec,
}

const MAX_OFFER: usize = 2048;
const MAX_PARCEL: usize = Keyring::MAX_LEN + 64;
