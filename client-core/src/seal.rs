//! Sealing: `Document → Sealed`, and the deposit that signs many of them at once.

use std::io::{Read, Write};

use carnet_wire::StableCode;
use carnet_wire::cbor::{self, CborError};
use carnet_wire::grant::Grant as Header;
use carnet_wire::grant_leaf::{GrantLeaf, GrantLeafError};
use carnet_wire::id::{Digest, VaultId};
use carnet_wire::message::{GrantPart, MAX_BODY};
use carnet_wire::origin::Origin;
use carnet_wire::payload::PayloadNonce;
use carnet_wire::statement::{Context, Deposit, DepositItem, Pin, Statement};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use crate::authored::{Authored, inner_commitment};
use crate::derive::derive_commitment;
use crate::description::DescriptionError;
use crate::document::{Author, Document, Place};
use crate::grant::{Batch, Terms, Wrapped};
use crate::manifest::{HolderPart, Manifest, ManifestError};
use crate::reader::VerifiedReader;
use crate::secret::{FileKey, NoRandomness, make_random};
use crate::signer::SignError;
use crate::spooled::Spooled;
use crate::stream::seal as stream;
use crate::stream::sealed::{ContentDigest, Padding, PayloadSealer, SealedPayload};
use crate::vault::VerifiedVault;
use crate::wrap_error::WrapError;

/// One version of one entry, sealed: its payload is written, its manifest closed, its key wrapped for each reader. Nothing of
/// the document is left in it, and the file key is gone.
#[derive(Debug)]
pub struct Sealed {
    vault: VaultId,
    item: DepositItem,
    nonce: PayloadNonce,
    manifest: Vec<u8>,
    grants: Vec<Wrapped>,
}

/// A version that was sealed just now, by this process.
#[derive(Debug)]
pub struct SealedSpool {
    /// The version.
    pub sealed: Sealed,
    /// Its payload in the spool.
    pub spooled: Spooled,
    /// The digest of the content that was read.
    pub content: ContentDigest,
    /// What was sealed in its manifest: what an opened version would say of itself.
    pub told: Told,
}

/// What a version's manifest says, known without opening it to whoever sealed it.
#[derive(Debug)]
pub struct Told {
    /// What its author signed.
    pub authored: Authored,
    /// What its holder added.
    pub holder: HolderPart,
}

impl<C: Read + Send> Document<C> {
    /// Seals the document for these readers, writing its payload as it goes, in memory that does not depend on its length.
    ///
    /// # Errors
    /// [`SealError`]. What was written to `payload` is then of no use to anybody.
    pub fn seal<W: Write + Send>(
        self,
        place: &Place,
        origin: &Origin,
        author: &Author<'_>,
        readers: &[VerifiedReader],
        payload: W,
    ) -> Result<Sealed, SealError> {
        self.seal_spool(place, origin, author, readers, payload).map(|spool| spool.sealed)
    }

    /// Seals the document into a spool, whose bytes need not be compared again with what was sealed before they are sent.
    ///
    /// # Errors
    /// As [`Document::seal`].
    pub fn seal_spool<W: Write + Send>(
        self,
        place: &Place,
        origin: &Origin,
        author: &Author<'_>,
        readers: &[VerifiedReader],
        payload: W,
    ) -> Result<SealedSpool, SealError> {
        self.description.check()?;
        let (file_key, sealer) = PayloadSealer::make()?;
        let sealed = stream::seal_stream(sealer, self.content, payload, Padding::Padme)?;
        let content = sealed.content_digest;
        let spooled = Spooled::just_sealed(&sealed);
        let authored = Authored {
            vault: place.vault,
            entry: place.entry,
            first_version: place.version,
            description: self.description,
            len: sealed.content_len,
            content: (*content.as_bytes()).into(),
            author: author.account.actor(),
            generation: author.account.generation(),
        };
        let told = Told { authored: authored.clone(), holder: self.holder.clone() };
        let authored = author.keys.signing().sign(origin, authored)?;
        let sealed = Sealed::close(place, authored.as_bytes(), self.holder, &file_key, &sealed, readers)?;
        Ok(SealedSpool { sealed, spooled, content, told })
    }
}

impl Sealed {
    /// Closes the manifest over an authored part, and wraps the file key.
    pub(crate) fn close(
        place: &Place,
        authored: &[u8],
        holder: HolderPart,
        file_key: &FileKey,
        payload: &SealedPayload,
        readers: &[VerifiedReader],
    ) -> Result<Self, SealError> {
        let salt = make_random()?;
        let inner = inner_commitment(&salt, authored);
        let manifest = Manifest { authored: authored.to_vec().into(), salt: salt.into(), holder };
        let manifest = manifest.seal(file_key, &place.described())?;
        let wrap = |reader| Wrapped::wrap(file_key, place.entry, place.version, reader, Terms::OPEN);
        let grants = readers.iter().map(wrap).collect::<Result<_, _>>()?;
        let item = DepositItem {
            entry: place.entry,
            version: place.version,
            predecessor: place.predecessor,
            class: place.class,
            payload: payload.root,
            payload_len: payload.len.stored(),
            manifest: Digest::from_bytes(*blake3::hash(&manifest).as_bytes()),
            commitment: derive_commitment(file_key, payload.nonce.as_bytes()),
            inner,
        };
        Ok(Self { vault: place.vault, item, nonce: payload.nonce, manifest, grants })
    }

    /// Its bytes, for the device to keep beside the spooled payload until the deposit is accepted: they hold no secret.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let grant = |grant: &Wrapped| GrantPart {
            leaf: grant.leaf.to_bytes().into(),
            header: grant.header.as_bytes().to_vec().into(),
        };
        cbor::encode(&KeptSealed {
            vault: self.vault,
            item: self.item.clone(),
            nonce: (*self.nonce.as_bytes()).into(),
            manifest: self.manifest.clone().into(),
            grants: self.grants.iter().map(grant).collect(),
        })
    }

    /// Takes back what this device has kept. Who changes it can only make a deposit that no reader opens: the commitments in it are
    /// checked by every reader.
    ///
    /// # Errors
    /// [`CborError`] for anything but kept bytes of at most [`MAX_BODY`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let kept: KeptSealed = cbor::decode(bytes, MAX_BODY)?;
        let grant = |part: &GrantPart| {
            let leaf = GrantLeaf::parse(&part.leaf).map_err(|_| CborError::Malformed)?;
            let header = Header::parse(&part.header).map_err(|_| CborError::Malformed)?;
            Ok(Wrapped { leaf, header })
        };
        let grants = kept.grants.iter().map(grant).collect::<Result<_, CborError>>()?;
        let nonce = PayloadNonce::from_bytes(kept.nonce.into());
        Ok(Self { vault: kept.vault, item: kept.item, nonce, manifest: kept.manifest.into(), grants })
    }

    /// Whether it is wrapped for exactly these readers, each at this generation.
    #[must_use]
    pub fn is_for(&self, readers: &[VerifiedReader]) -> bool {
        let named = |reader: &VerifiedReader| {
            let mut leaves = self.grants.iter().map(|grant| &grant.leaf);
            leaves.any(|leaf| leaf.reader == reader.id() && leaf.key_id == reader.key_id())
        };
        self.grants.len() == readers.len() && readers.iter().all(named)
    }

    /// The vault that it was sealed for.
    #[must_use]
    pub fn vault(&self) -> VaultId {
        self.vault
    }

    /// What the deposit statement will say of it.
    #[must_use]
    pub fn item(&self) -> &DepositItem {
        &self.item
    }

    /// The payload's nonce: its first 16 bytes.
    #[must_use]
    pub fn nonce(&self) -> &PayloadNonce {
        &self.nonce
    }

    /// The sealed manifest.
    #[must_use]
    pub fn manifest(&self) -> &[u8] {
        &self.manifest
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct KeptSealed {
    #[n(0)]
    vault: VaultId,
    #[n(1)]
    item: DepositItem,
    #[n(2)]
    nonce: ByteArray<16>,
    #[n(3)]
    manifest: ByteVec,
    #[n(4)]
    grants: Vec<GrantPart>,
}

/// Sealed versions under one signature, ready to be sent.
#[derive(Debug)]
pub struct SignedDeposit {
    /// The statement.
    pub statement: Statement<Deposit>,
    /// The sealed manifests and nonces, in the order of the statement's items.
    pub sealed: Vec<Sealed>,
    /// The grants, in the order of their leaves.
    pub grants: Batch,
}

impl SignedDeposit {
    /// Signs 1 to 256 sealed versions, with at most 1,000 grants in all, as one deposit.
    ///
    /// # Errors
    /// [`SealError::Items`] for none, too many, two of one entry, or one sealed for another vault; [`SealError::Grants`].
    pub fn sign(
        vault: &VerifiedVault,
        author: &Author<'_>,
        mut sealed: Vec<Sealed>,
        pin: Option<Pin>,
        now: u64,
    ) -> Result<Self, SealError> {
        let mut entries: Vec<_> = sealed.iter().map(|one| one.item.entry).collect();
        entries.sort_unstable();
        let twice = entries.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
        let elsewhere = sealed.iter().any(|one| one.vault != vault.id());
        if sealed.is_empty() || sealed.len() > Deposit::MAX_ITEMS || twice || elsewhere {
            return Err(SealError::Items);
        }
        let grants =
            Batch::new(sealed.iter_mut().flat_map(|one| core::mem::take(&mut one.grants)).collect())?;
        let body = Deposit {
            context: Context { vault: vault.id(), actor: author.account.actor(), time: now, pin },
            policy: vault.policy_statement(),
            items: sealed.iter().map(|one| one.item.clone()).collect(),
            grants: grants.root(),
        };
        let statement = author.device.sign(vault.origin(), body)?;
        Ok(Self { statement, sealed, grants })
    }
}

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The content could not be read, or the payload not written.
    #[error(transparent)]
    Payload(#[from] crate::stream::sealed::SealError),
    /// A text of the description is too long, or holds what a screen would obey.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The description is too long.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The file key could not be wrapped.
    #[error(transparent)]
    Wrap(#[from] WrapError),
    /// Too many grants under one signature.
    #[error(transparent)]
    Grants(#[from] GrantLeafError),
    /// None or more than 256 items under one signature, two of one entry, or one sealed for another vault.
    #[error("a deposit has 1 to 256 items, each of another entry of one vault")]
    Items,
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The statement would be one that nobody reads.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl StableCode for SealError {
    fn code(&self) -> &'static str {
        match self {
            Self::Payload(error) => error.code(),
            Self::Description(error) => error.code(),
            Self::Manifest(error) => error.code(),
            Self::Grants(error) => error.code(),
            Self::Wrap(error) => error.code(),
            Self::Items => "seal-items",
            Self::Randomness(_) => "no-randomness",
            Self::Sign(error) => error.code(),
        }
    }
}
