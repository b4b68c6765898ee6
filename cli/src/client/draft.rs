//! Drafts: contents sealed into a spool before anything is sent.
//!
//! What is sealed is noted there, so that a command that was killed goes on: the sealed bytes themselves are sent again, never another
//! content under the same key. A draft is found by its content's digest, whatever became of the file's name.

use core::error::Error;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use carnet_core::authored::Description;
use carnet_core::document::{Document, Place};
use carnet_core::manifest::HolderPart;
use carnet_core::open::Opened;
use carnet_core::reader::VerifiedReader;
use carnet_core::seal::{Sealed, SealedSpool, Told};
use carnet_core::spooled::Spooled;
use carnet_core::wire::StableCode;
use carnet_core::wire::id::{EntryId, StatementHash, VaultId};

use super::spool::{Payload, SpoolWriter};
use super::{Client, Held};
use crate::Failure;
use crate::local::{CatalogueRow, DraftRow, Table, is_full};
use crate::session::now;
use crate::stopped::Unfinished;

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

/// Where a draft is noted in the records.
pub(super) type DraftKey = Vec<u8>;

/// A sealed version whose payload lies in the spool.
#[derive(Debug)]
pub struct Draft {
    pub(super) sealed: Sealed,
    pub(super) payload: Payload,
    pub(super) key: DraftKey,
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
        let replaces = item.place.as_ref().map(|place| version_key(place, &said_of(&item)));
        if let Some(digest) = &item.digest {
            let key = replaces.clone().unwrap_or_else(|| draft_key(&vault, digest));
            let wanted =
                Resumable { digest, predecessor: item.place.as_ref().and_then(|place| place.predecessor) };
            if let Some(draft) = self.resume(held, key, &wanted)? {
                return Ok(Drafted::Resumed(draft));
            }
        }
        let place = match item.place {
            Some(place) => place,
            None => Place::new_entry(vault, item.class, now())?,
        };
        let readers = held.vault.readers_for(place.class)?;
        let path = self.spool_file(&place.entry, place.version);
        // Until it is noted, nobody can go on with it.
        let _unfinished = Unfinished::file(&path);
        let document = Document { description: item.description, holder: item.holder, content };
        let mut writer = SpoolWriter::new(&path);
        let sealed = document.seal_spool(&place, &self.log.origin, &self.author(), &readers, &mut writer);
        let SealedSpool { sealed, spooled, content, told } = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                // Half of it is of no use, and may be what has filled the disk.
                writer.abandon();
                return Err(not_sealed(&path, error));
            }
        };
        let digest = *content.as_bytes();
        if item.digest.is_some_and(|looked_at| looked_at != digest) {
            // What was described is not what was sealed: the draft would be found again under the digest of something else.
            let _ = fs::remove_file(&path);
            return Err(Failure::coded("file-changed"));
        }
        let payload = writer.finish(spooled).map_err(|error| not_spooled(&path, &error))?;
        let key = replaces.unwrap_or_else(|| draft_key(&vault, &digest));
        Ok(Drafted::Sealed(self.note_draft(sealed, payload, key, digest, Some(told))?))
    }

    /// Seals a content that is in a vault already again, as its entry's next version under a fresh key, for everybody who reads its class
    /// now; or takes it from the spool. Its bytes are never all in memory.
    ///
    /// # Errors
    /// What the content, the spool or the vault's policy says.
    pub fn draft_again(&mut self, held: &Held, opened: &Opened) -> Result<Drafted, Failure> {
        let (place, vault) = (opened.next_version(), held.vault.id());
        let key = version_key(&place, b"again");
        let digest = *opened.authored().body().content_digest().as_bytes();
        let wanted = Resumable { digest: &digest, predecessor: place.predecessor };
        if let Some(draft) = self.resume(held, key.clone(), &wanted)? {
            return Ok(Drafted::Resumed(draft));
        }
        let readers = held.vault.readers_for(place.class)?;
        let path = self.spool_file(&place.entry, place.version);
        let _unfinished = Unfinished::file(&path);
        let mut content = self.content_stream(opened, &vault, None)?;
        let mut writer = SpoolWriter::new(&path);
        let resealed = opened.reseal_spool(&mut content, &readers, &mut writer);
        let (sealed, spooled) = match resealed {
            Ok(resealed) => resealed,
            Err(error) => {
                writer.abandon();
                // Where the content broke off, it says why.
                return Err(content.failure().unwrap_or_else(|| not_sealed(&path, error)));
            }
        };
        let payload = writer.finish(spooled).map_err(|error| not_spooled(&path, &error))?;
        Ok(Drafted::Sealed(self.note_draft(sealed, payload, key, digest, None)?))
    }

    fn note_draft(
        &self,
        sealed: Sealed,
        payload: Payload,
        key: DraftKey,
        digest: [u8; 32],
        told: Option<Told>,
    ) -> Result<Draft, Failure> {
        let (len, entry) = (sealed.item().payload_len, sealed.item().entry);
        if len > NOTED {
            let row = DraftRow {
                sealed: sealed.to_bytes().into(),
                content: digest.into(),
                entry,
                vault: sealed.vault(),
            };
            let mut change = self.local.change();
            self.local.put(&mut change, Table::Drafts, &key, &row)?;
            self.local.commit(change)?;
        }
        Ok(Draft { sealed, payload, key, told, len, entry })
    }

    fn spool_file(&self, entry: &EntryId, version: u64) -> PathBuf {
        self.local.home().spool().join(spool_name(entry, version))
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

    /// How many documents were prepared by commands that did not come to their end, and have not reached the server.
    ///
    /// # Errors
    /// What the records say.
    pub fn prepared(&self) -> Result<usize, Failure> {
        let drafts: Vec<(Vec<u8>, DraftRow)> = self.local.scan(Table::Drafts, b"")?;
        let mut count = 0_usize;
        for (_, draft) in drafts {
            count = count.saturating_add(usize::from(self.undeposited(&draft)?.is_some()));
        }
        Ok(count)
    }

    /// The version that a draft is, where neither it nor a later one is listed yet.
    fn undeposited(&self, draft: &DraftRow) -> Result<Option<u64>, Failure> {
        let listed: Option<CatalogueRow> =
            self.local.get(Table::Catalogue, &crate::local::entry_key(&draft.vault, &draft.entry))?;
        let version = Sealed::from_bytes(&draft.sealed).ok().map(|sealed| sealed.item().version);
        Ok(version.filter(|version| listed.is_none_or(|row| row.version < *version)))
    }

    /// A draft of this content that an earlier command left, if its readers are still the current ones and its bytes are all there.
    fn resume(&self, held: &Held, key: DraftKey, wanted: &Resumable<'_>) -> Result<Option<Draft>, Failure> {
        let Some(row) = self.local.get::<DraftRow>(Table::Drafts, &key)? else { return Ok(None) };
        let sealed = Sealed::from_bytes(&row.sealed).map_err(|_| Failure::coded("local-closed"))?;
        let path = self.spool_file(&row.entry, sealed.item().version);
        let readers = held.vault.readers_for(sealed.item().class)?;
        let same = *row.content == *wanted.digest && sealed.item().predecessor == wanted.predecessor;
        let current = same && sealed.is_for(&readers);
        let len = sealed.item().payload_len;
        // A power cut may have left other bytes than were written: what is not what was sealed is sealed anew, under a new key.
        let whole =
            || File::open(&path).and_then(|mut file| Spooled::check(sealed.item(), &mut file)).ok().flatten();
        let Some(spooled) = current.then(whole).flatten() else { return Ok(None) };
        let payload = Payload::File(path, spooled);
        Ok(Some(Draft { sealed, payload, key, told: None, len, entry: row.entry }))
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
            match self.undeposited(&draft)? {
                Some(version) => named.push(spool_name(&draft.entry, version)),
                // Deposited, by a command that was killed before it could note that; or another version came first.
                None => change.remove(Table::Drafts, &key),
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

/// Why a content was not sealed. Where the disk was full the half of it is gone again, and others may find room.
fn not_sealed<E: StableCode + Error + 'static>(path: &Path, error: E) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(one) = cause {
        if let Some(io) = one.downcast_ref::<io::Error>() {
            return not_spooled(path, io);
        }
        cause = one.source();
    }
    error.into()
}

fn not_spooled(path: &Path, error: &io::Error) -> Failure {
    if is_full(error) { Failure::coded("file-no-room") } else { Failure::file(path, error) }
}

/// What a draft must be of, to be gone on with.
struct Resumable<'a> {
    digest: &'a [u8; 32],
    predecessor: Option<StatementHash>,
}

/// Where the draft of a new entry is noted: by its vault and content.
pub(super) fn draft_key(vault: &VaultId, digest: &[u8; 32]) -> DraftKey {
    [vault.as_bytes().as_slice(), digest].concat()
}

/// Where the draft of a later version is noted: by its vault, and by its place and what is said of it.
fn version_key(place: &Place, said: &[u8]) -> DraftKey {
    let mut hasher = blake3::Hasher::new();
    hasher.update(place.entry.as_bytes()).update(&place.version.to_be_bytes()).update(said);
    [place.vault.as_bytes().as_slice(), hasher.finalize().as_bytes()].concat()
}

/// What is said of a content: a draft that says something else is another.
fn said_of(item: &Item) -> Vec<u8> {
    [carnet_core::wire::cbor::encode(&item.description), carnet_core::wire::cbor::encode(&item.holder)]
        .concat()
}

fn spool_name(entry: &EntryId, version: u64) -> String {
    format!("{entry}-{version}")
}

/// Payloads of more bytes are noted, so that a killed command goes on with the same sealed bytes; shorter ones are sealed anew.
pub(super) const NOTED: u64 = 1024 * 1024;
