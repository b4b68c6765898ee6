//! Sealing documents again under fresh keys, after somebody may no longer read them: each as its next version, for everybody who may
//! still. What was done stays done, what was not is named, and what is still to do is remembered until it is done.
//!
//! What somebody could read is known only until it is taken back: afterwards no grant tells of it. So it is noted before.

use carnet_core::step::ClaimedGrant;
use carnet_wire::id::{EntryId, ReaderId, VaultId};

use super::carry::Carrying;
use super::draft::Draft;
use super::{Client, Held};
use crate::local::{CatalogueRow, OldVersion, Table, UnsealedRow};
use crate::{Failure, remote_error};

/// What became of documents that were to be sealed again.
#[derive(Debug, Default)]
pub struct Resealed {
    /// Sealed again, now or by an earlier command, and given to whoever may read them.
    pub done: Vec<EntryId>,
    /// Not sealed again, and why.
    pub left: Vec<(EntryId, Failure)>,
}

impl Client {
    /// What a reader could read who no longer may, and is still sealed under the keys of then.
    ///
    /// # Errors
    /// What the records say.
    pub fn unsealed(&self, vault: &VaultId, reader: &ReaderId) -> Result<Vec<OldVersion>, Failure> {
        let row: Option<UnsealedRow> = self.local.get(Table::Own, &key(vault, reader))?;
        Ok(row.map(|row| row.versions).unwrap_or_default())
    }

    /// Notes more that a reader can read, before it is taken back.
    ///
    /// # Errors
    /// What the records say.
    pub fn note_unsealed(
        &self,
        vault: &VaultId,
        reader: &ReaderId,
        more: impl IntoIterator<Item = OldVersion>,
    ) -> Result<(), Failure> {
        let mut versions = self.unsealed(vault, reader)?;
        for one in more {
            versions.retain(|known| known.entry != one.entry);
            versions.push(one);
        }
        self.keep_unsealed(vault, reader, versions)
    }

    fn keep_unsealed(
        &self,
        vault: &VaultId,
        reader: &ReaderId,
        versions: Vec<OldVersion>,
    ) -> Result<(), Failure> {
        let mut change = self.local.change();
        match versions.is_empty() {
            true => change.remove(Table::Own, &key(vault, reader)),
            false => {
                let row = UnsealedRow { vault: *vault, reader: *reader, versions };
                self.local.put(&mut change, Table::Own, &key(vault, reader), &row)?;
            }
        }
        Ok(self.local.commit(change)?)
    }

    /// Seals documents again that `reader` could read. `live` are the grants of now, without those that were taken back; `each` hears of
    /// each document that is done or left.
    ///
    /// # Errors
    /// What the records say. What the server or a document says stands in the answer.
    pub fn reseal(
        &mut self,
        held: &mut Held,
        reader: &ReaderId,
        versions: &[OldVersion],
        live: &[ClaimedGrant],
        each: &dyn Fn(),
    ) -> Result<Resealed, Failure> {
        let mut resealed = Resealed::default();
        let mut carrying = Carrying::new(live);
        let mut rest = versions.iter().peekable();
        while rest.peek().is_some() {
            let mut some: Vec<OldVersion> = Vec::new();
            let mut bytes = 0_u64;
            while let Some(next) = rest.peek() {
                let len = self.listed(&held.vault.id(), &next.entry).map_or(0, |row| row.len);
                bytes = bytes.saturating_add(len);
                if some.len() == TOGETHER || (!some.is_empty() && bytes > TOGETHER_BYTES) {
                    break;
                }
                some.extend(rest.next());
            }
            let before = resealed.done.len();
            self.reseal_some(held, &some, &mut carrying, &mut resealed);
            let done = resealed.done.get(before..).unwrap_or_default().to_vec();
            let mut left = self.unsealed(&held.vault.id(), reader)?;
            left.retain(|one| !done.contains(&one.entry));
            self.keep_unsealed(&held.vault.id(), reader, left)?;
            some.iter().for_each(|_| each());
            // A server that cannot be reached is not asked for each of what remains.
            let away =
                resealed.left.iter().map(|(_, failure)| failure).find(|failure| stops(failure)).cloned();
            if let Some(away) = away {
                resealed.left.extend(rest.map(|one| (one.entry, away.clone())));
                break;
            }
        }
        Ok(resealed)
    }

    /// Seals some together; where the server refuses them together, each by itself.
    fn reseal_some(
        &mut self,
        held: &mut Held,
        some: &[OldVersion],
        carrying: &mut Carrying<'_>,
        resealed: &mut Resealed,
    ) {
        let (mut drafts, mut sealed) = (Vec::new(), Vec::new());
        for one in some {
            match self.draft_of(held, one) {
                Ok(draft) => {
                    drafts.extend(draft);
                    sealed.push(*one);
                }
                Err(failure) => {
                    let stops = stops(&failure);
                    resealed.left.push((one.entry, failure));
                    if stops {
                        break;
                    }
                }
            }
        }
        let several = drafts.len() > 1;
        let deposited = match drafts.is_empty() {
            true => Ok(()),
            false => self.deposit(held, drafts, &|_| {}).map(drop),
        };
        match deposited {
            Ok(()) => self.give_on(held, &sealed, carrying, resealed),
            Err(failure) if several && !stops(&failure) => {
                for one in &sealed {
                    self.reseal_some(held, core::slice::from_ref(one), carrying, resealed);
                }
            }
            Err(failure) => resealed.left.extend(sealed.iter().map(|one| (one.entry, failure.clone()))),
        }
        let seen: Vec<EntryId> =
            resealed.done.iter().chain(resealed.left.iter().map(|(entry, _)| entry)).copied().collect();
        let why = resealed.left.last().map(|(_, failure)| failure.clone());
        for one in some.iter().filter(|one| !seen.contains(&one.entry)) {
            let why = why.clone().unwrap_or_else(|| Failure::coded("internal"));
            resealed.left.push((one.entry, why));
        }
    }

    /// Gives on what was sealed to whoever has the version before by name; where that does not go together, each by itself.
    fn give_on(
        &mut self,
        held: &mut Held,
        sealed: &[OldVersion],
        carrying: &mut Carrying<'_>,
        resealed: &mut Resealed,
    ) {
        let entries: Vec<EntryId> = sealed.iter().map(|one| one.entry).collect();
        match carrying.carry(self, held, &entries) {
            Ok(_) => resealed.done.extend(entries),
            Err(failure) if entries.len() > 1 && !stops(&failure) => {
                for one in sealed {
                    self.give_on(held, core::slice::from_ref(one), carrying, resealed);
                }
            }
            Err(failure) => resealed.left.extend(entries.into_iter().map(|entry| (entry, failure.clone()))),
        }
    }

    /// The next version of a document, sealed; nothing where there is nothing to seal any more.
    fn draft_of(&mut self, held: &Held, one: &OldVersion) -> Result<Option<Draft>, Failure> {
        let listed = self.listed(&held.vault.id(), &one.entry);
        let row: CatalogueRow = match listed {
            Ok(row) => row,
            // It was deleted.
            Err(failure) if failure.code() == Some("document-unknown") => return Ok(None),
            Err(failure) => return Err(failure),
        };
        // A version that came later has a key that the reader never had.
        if row.version > one.version {
            return Ok(None);
        }
        // A version of one's own would accept what nobody has accepted.
        if row.waiting {
            return Err(Failure::coded("reseal-waiting"));
        }
        let opened = self.reopen(held, &one.entry)?;
        Ok(Some(self.draft_again(held, &opened)?.into_draft()))
    }
}

/// Whether a failure is one of the server or the line, not of a document.
fn stops(failure: &Failure) -> bool {
    failure
        .code()
        .is_some_and(|code| remote_error::is_away(code) && code != "remote-413" || ENDS.contains(&code))
}

fn key(vault: &VaultId, reader: &ReaderId) -> Vec<u8> {
    [b"unsealed/".as_slice(), vault.as_bytes(), reader.as_bytes()].concat()
}

/// Documents that are sealed again under one signature, and their bytes together: so much lies in the spool at once, or one document.
const TOGETHER: usize = 50;
const TOGETHER_BYTES: u64 = 64 * 1024 * 1024;
/// What ends all of it: no session, no room.
const ENDS: [&str; 6] = ["unauthenticated", "rate", "quota-bytes", "storage-full", "file", "write"];
