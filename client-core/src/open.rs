//! `Verified → Document`: opening, which demands the verified statement as a value.
//!
//! The order is the design: the header gives a file key, the statement's commitment says whether it is the one, and only then
//! is anything read with it. Whatever fails, others than this device learn one thing: "cannot open".

use std::io::{Read, Write};

use carnet_wire::id::{ActorId, Digest, StatementHash};
use carnet_wire::origin::Origin;
use carnet_wire::payload::{PayloadLen, PayloadNonce};
use carnet_wire::slice::verify_whole_with;
use carnet_wire::statement::{self, DepositItem, Describe, Statement};

use crate::account::Accounts;
use crate::account::keyring::Keyring;
use crate::authored::{Authored, Authorship, Description, inner_commitment, verify_authored};
use crate::derive::derive_commitment;
use crate::digest;
use crate::document::{Document, Place};
use crate::grant::{Terms, Wrapped};
use crate::header::unwrap;
use crate::manifest::{Described, HolderPart, Manifest};
pub use crate::open_error::{OpenError, ResealError};
use crate::reader::{ReaderKeys, VerifiedReader};
use crate::seal::{SealError, Sealed};
use crate::secret::FileKey;
use crate::spooled::Spooled;
use crate::stored::{Newer, Verified};
use crate::stream::open::open_bytes;
use crate::stream::seal::seal_stream;
use crate::stream::sealed::{Padding, PayloadSealer};
use crate::vault::{Ground, Ruler};
use crate::wrap_error::WrapError;

/// A version whose manifest is open: its description can be shown, its content read, its key granted on.
pub struct Opened {
    pub(crate) item: DepositItem,
    pub(crate) file_key: FileKey,
    pub(crate) nonce: PayloadNonce,
    pub(crate) len: PayloadLen,
    authored: statement::Verified<Authored>,
    description: Description,
    manifest: Manifest,
    described: Described,
    describes: StatementHash,
    deposit: StatementHash,
    depositor: ActorId,
    newer: Newer,
    ground: Ground,
    author_keys_replaced: bool,
}

impl core::fmt::Debug for Opened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Opened({}, version {}, ..)", self.item.entry, self.item.version)
    }
}

impl Verified {
    /// Opens the manifest with the keys that the grant is wrapped to, wherever they stand in this keyring.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_with(self, keyring: &Keyring, accounts: &Accounts) -> Result<Opened, OpenError> {
        let keys = keyring.find(&self.leaf.key_id).ok_or(OpenError::NoKey)?;
        self.open(keys, accounts)
    }

    /// Opens the manifest, once the file key has been checked against the signed commitment, and verifies its author.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(self, keys: &ReaderKeys, accounts: &Accounts) -> Result<Opened, OpenError> {
        if keys.key_id() != self.leaf.key_id {
            return Err(OpenError::NoKey);
        }
        let file_key = unwrap(&self.header, keys.identity())?;
        if derive_commitment(&file_key, self.nonce.as_bytes()) != self.item.commitment {
            return Err(OpenError::Commitment);
        }
        let manifest = Manifest::open(&self.manifest, &file_key, &self.described)?;
        if inner_commitment(&manifest.salt, &manifest.authored) != self.item.inner {
            return Err(OpenError::InnerCommitment);
        }
        let authored = verify_authored(&manifest.authored, accounts)?;
        let body = authored.body();
        let newest = accounts.resolve(&body.author).map(|account| account.generation());
        let author_keys_replaced = newest != Some(body.generation);
        let original = body.authorship(&self.described.vault, &self.described.entry) == Authorship::Original;
        if body.len > self.len.plaintext() || (original && body.first_version > self.item.version) {
            return Err(OpenError::AuthoredElsewhere);
        }
        Ok(Opened {
            item: self.item,
            file_key,
            nonce: self.nonce,
            len: self.len,
            description: authored.body().description.harmless(),
            authored,
            manifest,
            described: self.described,
            describes: self.describes,
            deposit: self.deposit,
            depositor: self.depositor,
            newer: self.newer,
            ground: self.ground,
            author_keys_replaced,
        })
    }
}

impl Opened {
    /// What its author says of it, within the limits of today: older descriptions had none, and strangers may ignore them.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The author's signed part, verified.
    #[must_use]
    pub fn authored(&self) -> &statement::Verified<Authored> {
        &self.authored
    }

    /// Whether the authored part stands where its author put it, or is a copy.
    #[must_use]
    pub fn authorship(&self) -> Authorship {
        self.authored.body().authorship(&self.described.vault, &self.described.entry)
    }

    /// Whether the author's keys of that generation have been replaced since. Such a signature is as good as its date: who kept the
    /// old keys could have made it afterwards, and a screen says so where no receipt dates the deposit.
    #[must_use]
    pub fn are_author_keys_replaced(&self) -> bool {
        self.author_keys_replaced
    }

    /// What its holder added.
    #[must_use]
    pub fn holder(&self) -> &HolderPart {
        &self.manifest.holder
    }

    /// What the deposit statement says of it.
    #[must_use]
    pub fn item(&self) -> &DepositItem {
        &self.item
    }

    /// Who deposited this version: not always who wrote it.
    #[must_use]
    pub fn depositor(&self) -> ActorId {
        self.depositor
    }

    /// On what ground it was deposited: the holder's screens show what stands by [`Ground::Standing`] apart, as to be
    /// accepted; a reader's say who deposited it.
    #[must_use]
    pub fn ground(&self) -> Ground {
        self.ground
    }

    /// Whether the server has shown a newer version.
    #[must_use]
    pub fn newer(&self) -> Newer {
        self.newer
    }

    /// The salt of the commitment to the author's signature: with the deposit statement, it dates that signature.
    #[must_use]
    pub fn inner_salt(&self) -> [u8; 32] {
        self.manifest.salt.into()
    }

    /// Opens a whole payload that is in memory, on all cores, after checking it against the signed root, and then its content
    /// against its author's signature.
    ///
    /// # Errors
    /// [`OpenError`]; nothing is released then.
    pub fn open_bytes(&self, payload: &[u8]) -> Result<Document<Vec<u8>>, OpenError> {
        if payload.len() as u64 != self.item.payload_len {
            return Err(OpenError::PayloadLen);
        }
        verify_whole_with(&self.item.payload, payload, digest::hash)?;
        // The commitment is to the file key under this nonce: a payload that begins with another reads differently under it.
        if !payload.starts_with(self.nonce.as_bytes()) {
            return Err(OpenError::Commitment);
        }
        let mut content = open_bytes(&self.file_key, payload, self.authored.body().len)?;
        if digest::hash(&content).as_bytes() != self.authored.body().content_digest().as_bytes() {
            return Err(OpenError::Content);
        }
        Ok(Document {
            description: self.description().clone(),
            holder: self.manifest.holder.clone(),
            content: core::mem::take(&mut *content),
        })
    }

    /// Wraps the file key for one more reader.
    ///
    /// # Errors
    /// [`WrapError`].
    pub fn grant(&self, reader: &VerifiedReader, terms: Terms) -> Result<Wrapped, WrapError> {
        Wrapped::wrap(&self.file_key, self.item.entry, self.item.version, reader, terms)
    }

    /// Replaces the holder's part: a new manifest for the same payload, under the same file key and a fresh nonce. The author's
    /// part is carried unchanged.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn describe(&self, holder: HolderPart, ruler: &Ruler<'_>) -> Result<Redescribed, SealError> {
        let manifest = Manifest { holder, ..self.manifest.clone() };
        let manifest = manifest.seal(&self.file_key, &self.described)?;
        let body = Describe {
            context: ruler.context(),
            entry: self.item.entry,
            version: self.item.version,
            replaces: self.describes,
            manifest: Digest::from_bytes(*blake3::hash(&manifest).as_bytes()),
            inner: self.item.inner,
        };
        Ok(Redescribed { statement: ruler.device.sign(ruler.vault.origin(), body)?, manifest })
    }

    /// Seals the same content again as the next version, under a fresh file key: who kept the old one opens nothing new.
    ///
    /// # Errors
    /// As [`Opened::copy_to`].
    pub fn reseal<R: Read + Send, W: Write + Send>(
        &self,
        content: R,
        readers: &[VerifiedReader],
        payload: W,
    ) -> Result<Sealed, ResealError> {
        self.copy_to(&self.next_version(), content, readers, payload)
    }

    /// The same into a spool, whose bytes need not be compared again with what was sealed before they are sent.
    ///
    /// # Errors
    /// As [`Opened::copy_to`].
    pub fn reseal_spool<R: Read + Send, W: Write + Send>(
        &self,
        content: R,
        readers: &[VerifiedReader],
        payload: W,
    ) -> Result<(Sealed, Spooled), ResealError> {
        self.copy_spool(&self.next_version(), content, readers, payload)
    }

    /// Seals the same content again at any place, under a fresh file key. The author's part is carried unchanged, so that it shows
    /// as a copy under another entry, and the content must still be the one that it names.
    ///
    /// # Errors
    /// [`ResealError::Content`] where the content is another: what was written to `payload` is then of no use.
    pub fn copy_to<R: Read + Send, W: Write + Send>(
        &self,
        place: &Place,
        content: R,
        readers: &[VerifiedReader],
        payload: W,
    ) -> Result<Sealed, ResealError> {
        Ok(self.copy_spool(place, content, readers, payload)?.0)
    }

    fn copy_spool<R: Read + Send, W: Write + Send>(
        &self,
        place: &Place,
        content: R,
        readers: &[VerifiedReader],
        payload: W,
    ) -> Result<(Sealed, Spooled), ResealError> {
        let (file_key, sealer) = PayloadSealer::make().map_err(SealError::from)?;
        let sealed = seal_stream(sealer, content, payload, Padding::Padme).map_err(SealError::from)?;
        if sealed.content_digest != self.authored.body().content_digest() {
            return Err(ResealError::Content);
        }
        let (holder, spooled) = (self.manifest.holder.clone(), Spooled::just_sealed(&sealed));
        let closed = Sealed::close(place, &self.manifest.authored, holder, &file_key, &sealed, readers)?;
        Ok((closed, spooled))
    }

    /// Where the next version of this entry goes.
    #[must_use]
    pub fn next_version(&self) -> Place {
        Place {
            vault: self.described.vault,
            entry: self.item.entry,
            version: self.item.version.saturating_add(1),
            predecessor: Some(self.deposit),
            class: self.item.class,
        }
    }

    /// The log under which the author signed.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.authored.header().origin
    }
}

/// A new manifest and its statement.
#[derive(Debug)]
pub struct Redescribed {
    /// The statement.
    pub statement: Statement<Describe>,
    /// The sealed manifest.
    pub manifest: Vec<u8>,
}
