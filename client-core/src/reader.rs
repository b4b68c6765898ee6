//! Readers: whoever can open grants. One secret gives a recipient to wrap to and a key that signs.
//!
//! A [`VerifiedReader`] is the only thing that a file key is wrapped to. It comes out of a verified chain (an account's, a
//! vault's, a circle's) or out of a secret that the caller holds (a link, a card, a letter): never out of a server's answer.

use carnet_wire::bundle::{Bundle, RecipientBytes};
use carnet_wire::grant_leaf::Via;
use carnet_wire::id::{KeyId, ReaderId};

use crate::derive::{derive_letter_vault_secret, derive_reader_recipient_seed, derive_reader_signing_seed};
use crate::hybrid::{HybridIdentity, HybridRecipient};
use crate::identity::Identity;
use crate::secret::{NoRandomness, ReaderSecret};
use crate::signer::ReaderKey;
use zeroize::Zeroizing;

/// The keys that one reader secret gives.
pub struct ReaderKeys {
    secret: ReaderSecret,
    identity: Box<HybridIdentity>,
    signing: ReaderKey,
}

impl ReaderKeys {
    /// Derives the keys of a secret.
    #[must_use]
    pub fn derive(secret: ReaderSecret) -> Self {
        let identity = HybridIdentity::derive_from_seed(&derive_reader_recipient_seed(&secret));
        let signing = ReaderKey::from_seed(&derive_reader_signing_seed(&secret));
        Self { secret, identity, signing }
    }

    /// The first keys of the vault that a letter with these keys opens.
    #[must_use]
    pub fn derive_vault_keys(&self) -> Self {
        Self::derive(derive_letter_vault_secret(&self.secret))
    }

    /// Keys of a fresh secret.
    ///
    /// # Errors
    /// [`NoRandomness`] where the system has none to give.
    pub fn make() -> Result<Self, NoRandomness> {
        Ok(Self::derive(ReaderSecret::make()?))
    }

    /// The public half.
    #[must_use]
    pub fn bundle(&self) -> Bundle {
        let recipient = RecipientBytes::from_bytes(self.identity.recipient().as_bytes());
        Bundle::new(recipient, self.signing.verifying_key())
    }

    /// What opens grants to this reader.
    #[must_use]
    pub fn identity(&self) -> &HybridIdentity {
        &self.identity
    }

    /// What signs as this reader.
    #[must_use]
    pub fn signing(&self) -> &ReaderKey {
        &self.signing
    }

    /// This reader under a name of its own: a link, a card, a letter, an app. The caller holds the secret, so no chain is needed.
    #[must_use]
    pub fn as_held_reader(&self, holding: Holding) -> VerifiedReader {
        let via = match holding {
            Holding::Link => Via::Link,
            Holding::Card => Via::Card,
            Holding::Letter => Via::Letter,
            Holding::App => Via::App,
        };
        VerifiedReader::new(self.bundle().reader_id(), 1, via, self.identity.recipient().clone())
    }

    /// The id of the recipient.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.identity.recipient().key_id()
    }

    /// The identity as text, for another age program. It opens everything that was ever sealed for this reader: to be shown to its
    /// holder only, and wiped.
    ///
    /// # Errors
    /// [`core::fmt::Error`] never in fact: the text has a fixed length.
    pub fn export_secret_text(&self) -> Result<Zeroizing<String>, core::fmt::Error> {
        let seed = derive_reader_recipient_seed(&self.secret);
        Identity::Hybrid(HybridIdentity::derive_from_seed(&seed)).export_secret_text()
    }

    pub(crate) fn secret(&self) -> &ReaderSecret {
        &self.secret
    }
}

impl core::fmt::Debug for ReaderKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ReaderKeys({}, ..)", self.identity.recipient().key_id())
    }
}

/// How a secret is held that no chain names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// In a link.
    Link,
    /// On a card.
    Card,
    /// In a letter.
    Letter,
    /// By an app.
    App,
}

/// One generation of a reader, as a verified chain names it.
#[derive(Clone, Debug)]
pub struct VerifiedReader {
    id: ReaderId,
    generation: u64,
    via: Via,
    recipient: HybridRecipient,
}

impl VerifiedReader {
    /// Only verification calls this.
    pub(crate) fn new(id: ReaderId, generation: u64, via: Via, recipient: HybridRecipient) -> Self {
        Self { id, generation, via, recipient }
    }

    /// The reader.
    #[must_use]
    pub fn id(&self) -> ReaderId {
        self.id
    }

    /// Its generation.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// How its secret is held.
    #[must_use]
    pub fn via(&self) -> Via {
        self.via
    }

    /// Where to wrap.
    #[must_use]
    pub fn recipient(&self) -> &HybridRecipient {
        &self.recipient
    }

    /// The first 16 bytes of SHA-256 of the recipient.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.recipient.key_id()
    }
}
