//! Drafts: contents sealed into a spool before anything is sent.
//!
//! What is sealed is noted there, so that a command that was killed goes on: the sealed bytes themselves are sent again, never another
//! content under the same key. A draft is found by its content's digest, whatever became of the file's name.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;

use carnet_core::authored::Description;
use carnet_core::document::{Document, Place};
use carnet_core::manifest::HolderPart;
use carnet_core::reader::VerifiedReader;
use carnet_core::seal::{Sealed, SealedSpool, Told};
use carnet_core::step::Spooled;
use carnet_core::wire::id::{EntryId, VaultId};

use super::spool::{Payload, SpoolWriter};
use super::{Client, Held};
use crate::Failure;
use crate::local::{DraftRow, Table};
use crate::session::now;

/// What is to be deposited.
#[derive(Debug)]
pub struct Item {
    /// What its author says of it.
    pub description: Description,
    /// What its holder adds.
    pub holder: HolderPart,
    /// Its class.
    pub class: u16,
    /// BLAKE3 of the content, where it was read before; its sealing then refuses any other.
    pub digest: Option<[u8; 32]>,
    /// The version that it replaces; a new entry where there is none.
    pub place: Option<Place>,
}

/// A sealed version whose payload lies in the spool.
#[derive(Debug)]
pub struct Draft {
    pub(super) sealed: Sealed,
    pub(super) payload: Payload,
    pub(super) digest: [u8; 32],
    /// What it says, where this command sealed it.
    pub(super) told: Option<Told>,
    /// The payload's length.
    pub len: u64,
    /// The entry.
    pub entry: EntryId,
}

/// Whether something was sealed, or was in the spool already.
#[derive(Debug)]
pub enum Drafted {
    /// Sealed now.
    Sealed(Draft),
    /// Sealed by an earlier command that did not come to its end.
    Resumed(Draft),
}

impl Drafted {
    /// The draft.
    #[must_use]
    pub fn into_draft(self) -> Draft {
        match self {
            Self::Sealed(draft) | Self::Resumed(draft) => draft,
        }
    }
}

impl Client {
    /// Seals a content into the spool for everybody who reads its class, or takes it from there where it lies already.
    ///
    /// # Errors
    /// What the content, the spool or the vault's policy says.
    pub fn draft(&self, held: &Held, item: Item, content: impl Read + Send) -> Result<Drafted, Failure> {
        let vault = held.vault.id();
        if item.place.is_none()
            && let Some(digest) = &item.digest
            && let Some(draft) = self.resume(held, &draft_key(&vault, digest))?
        {
            return Ok(Drafted::Resumed(draft));
        }
        let place = match item.place {
            Some(place) => place,
            None => Place::new_entry(vault, item.class, now())?,
        };
        let readers = held.vault.readers_for(place.class)?;
        let path = self.local.home().spool().join(format!("{}-{}", place.entry, place.version));
        let document = Document { description: item.description, holder: item.holder, content };
        let mut writer = SpoolWriter::new(&path);
        let SealedSpool { sealed, spooled, content, told } =
            document.seal_spool(&place, &self.log.origin, &self.author(), &readers, &mut writer)?;
        let digest = *content.as_bytes();
        if item.digest.is_some_and(|looked_at| looked_at != digest) {
            // What was described is not what was sealed: the draft would be found again under the digest of something else.
            let _ = fs::remove_file(&path);
            return Err(Failure::coded("file-changed"));
        }
        let payload = writer.finish(spooled).map_err(|error| Failure::file(&path, &error))?;
        let len = sealed.item().payload_len;
        if place.version == 1 && len > NOTED {
            let (sealed, content) = (sealed.to_bytes().into(), digest.into());
            let row = DraftRow { sealed, content, entry: place.entry, vault };
            let mut change = self.local.change();
            self.local.put(&mut change, Table::Drafts, &draft_key(&vault, &digest), &row)?;
            self.local.commit(change)?;
        }
        Ok(Drafted::Sealed(Draft { sealed, payload, digest, told: Some(told), len, entry: place.entry }))
    }

    /// Lengths of the sealed payloads that earlier commands left in the spool: a content of another length is in none of them.
    ///
    /// # Errors
    /// What the records say.
    pub fn drafted_lengths(&self, vault: &VaultId) -> Result<BTreeSet<u64>, Failure> {
        let rows: Vec<(Vec<u8>, DraftRow)> = self.local.scan(Table::Drafts, vault.as_bytes())?;
        let len =
            |row: &DraftRow| Sealed::from_bytes(&row.sealed).ok().map(|sealed| sealed.item().payload_len);
        Ok(rows.iter().filter_map(|(_, row)| len(row)).collect())
    }

    /// A draft of this content that an earlier command left, if its readers are still the current ones and its bytes are all there.
    fn resume(&self, held: &Held, key: &[u8]) -> Result<Option<Draft>, Failure> {
        let Some(row) = self.local.get::<DraftRow>(Table::Drafts, key)? else { return Ok(None) };
        let path = self.local.home().spool().join(format!("{}-1", row.entry));
        let sealed = Sealed::from_bytes(&row.sealed).map_err(|_| Failure::coded("local-closed"))?;
        let readers = held.vault.readers_for(sealed.item().class)?;
        let current = sealed.is_for(&readers);
        let len = sealed.item().payload_len;
        // A power cut may have left other bytes than were written: what is not what was sealed is sealed anew, under a new key.
        let whole =
            || File::open(&path).and_then(|mut file| Spooled::check(&sealed, &mut file)).ok().flatten();
        let Some(spooled) = current.then(whole).flatten() else { return Ok(None) };
        let payload = Payload::File(path, spooled);
        let (digest, entry) = (row.content.into(), row.entry);
        Ok(Some(Draft { sealed, payload, digest, told: None, len, entry }))
    }

    /// Seals a content in memory for these readers, at a place.
    ///
    /// # Errors
    /// What sealing says.
    pub fn seal_small(
        &self,
        place: &Place,
        description: Description,
        holder: HolderPart,
        content: &[u8],
        readers: &[VerifiedReader],
    ) -> Result<(Sealed, Vec<u8>), Failure> {
        let mut payload = Vec::new();
        let document = Document { description, holder, content };
        let sealed = document.seal(place, &self.log.origin, &self.author(), readers, &mut payload)?;
        Ok((sealed, payload))
    }

    /// Removes what lies in the spool and no draft names, and drafts that were deposited: leftovers of commands that were killed.
    ///
    /// # Errors
    /// What the records say.
    pub fn sweep_spool(&self) -> Result<(), Failure> {
        let drafts: Vec<(Vec<u8>, DraftRow)> = self.local.scan(Table::Drafts, b"")?;
        let (mut named, mut change) = (Vec::new(), self.local.change());
        for (key, draft) in drafts {
            // Deposited, by a command that was killed before it could note that.
            if self.local.has(Table::Catalogue, &super::entry_key(&draft.vault, &draft.entry))? {
                change.remove(Table::Drafts, &key);
            } else {
                named.push(format!("{}-1", draft.entry));
            }
        }
        if !change.is_empty() {
            self.local.commit(change)?;
        }
        let Ok(files) = fs::read_dir(self.local.home().spool()) else { return Ok(()) };
        for file in files.flatten() {
            if !named.iter().any(|name| file.file_name().to_str() == Some(name)) {
                let _ = fs::remove_file(file.path());
            }
        }
        Ok(())
    }
}

/// Where a draft is noted: by its vault and content.
pub(super) fn draft_key(vault: &VaultId, digest: &[u8; 32]) -> Vec<u8> {
    [vault.as_bytes().as_slice(), digest].concat()
}

/// Payloads of more bytes are noted, so that a killed command goes on with the same sealed bytes; shorter ones are sealed anew.
pub(super) const NOTED: u64 = 1024 * 1024;
