//! Reading in somebody else's vault: each list and each opening is a signed statement in its journal.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use carnet_core::account::Keyring;
use carnet_core::authored::Sort;
use carnet_core::open::Opened;
use carnet_core::step::{PayloadAt, ReadStep};
use carnet_core::stored::Stored;
use carnet_core::vault::open_key_entry;
use carnet_wire::id::{EntryId, ReaderId, StatementHash};
use carnet_wire::statement::ReadMode;

use super::{Client, Held};
use crate::Failure;
use crate::local::{CatalogueRow, Table, entry_key};
use crate::session::now;

/// Why a vault is read, as a number of the list of reasons: care.
const REASON_CARE: u8 = 1;

impl Client {
    /// Asks for what a vault gives this account, directly and through circles, and puts it into the catalogue of that vault. What is not
    /// given any more leaves it.
    ///
    /// # Errors
    /// `absent` where nothing is given; what the statements or the seals say.
    pub fn list_given(&mut self, held: &mut Held) -> Result<Vec<CatalogueRow>, Failure> {
        let (_, own) = self.read(held, ReadMode::List, &[], None)?;
        let mut seen = BTreeSet::new();
        let keyring = Arc::clone(&self.keyring);
        let keys = self.take_given(held, own, &keyring, &mut seen)?;
        self.join_circles(held, keys)?;
        let circles: Vec<ReaderId> = held.circles.keys().copied().collect();
        for circle in circles {
            let through = match self.read(held, ReadMode::List, &[], Some(circle)) {
                Ok((_, through)) => through,
                // No member any more: what was given through it is gone.
                Err(failure) if failure.code() == Some("absent") => {
                    held.circles.remove(&circle);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let Some(keyring) = held.circles.remove(&circle) else { continue };
            let taken = self.take_given(held, through, &keyring, &mut seen);
            held.circles.insert(circle, keyring);
            taken?;
        }
        let vault = held.vault.id();
        let mut change = self.local.change();
        for row in self.catalogue(&vault)? {
            if !seen.contains(&row.entry) {
                for table in [Table::Catalogue, Table::Stored] {
                    change.remove(table, &entry_key(&vault, &row.entry));
                }
                self.note_unindexed(&mut change, &vault, &row.entry)?;
                let _ = std::fs::remove_file(self.local.payload(&row.payload));
            }
        }
        self.local.commit(change)?;
        self.keep_visit(held, now())?;
        self.catalogue(&vault)
    }

    /// Opens one entry for reading: the statement goes into the journal, then the content is written out.
    ///
    /// # Errors
    /// `absent` where it is not given (any more); what the content says.
    pub fn read_content(
        &mut self,
        held: &mut Held,
        entry: &EntryId,
        out: &mut dyn Write,
    ) -> Result<Opened, Failure> {
        let (read, opened) = self.open_given(held, entry)?;
        self.write_content(&opened, &held.vault.id(), Some(read), out)?;
        Ok(opened)
    }

    /// Opens one entry for reading, and says under which statement its content is given.
    ///
    /// # Errors
    /// `absent` where it is not given (any more).
    pub fn open_given(
        &mut self,
        held: &mut Held,
        entry: &EntryId,
    ) -> Result<(StatementHash, Opened), Failure> {
        let ways: Vec<Option<ReaderId>> =
            core::iter::once(None).chain(held.circles.keys().copied().map(Some)).collect();
        let mut failure = Failure::coded("absent");
        for via in ways {
            match self.read(held, ReadMode::Open, &[*entry], via) {
                Ok((read, stored)) => {
                    let Some(stored) = stored.into_iter().next() else { continue };
                    self.meet_depositors(core::slice::from_ref(&stored))?;
                    let own = Arc::clone(&self.keyring);
                    let keyrings: Vec<&Keyring> = held.circles.values().chain([&*own]).collect();
                    let opened =
                        match super::entries::open(stored.clone(), &held.vault, &keyrings, &self.accounts) {
                            Ok(opened) => opened,
                            Err(error) => self.open_again(error, stored, &held.vault, &keyrings)?,
                        };
                    return Ok((read, opened));
                }
                Err(error) if error.code() == Some("absent") => failure = error,
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    /// Signs a read and takes what it releases.
    fn read(
        &mut self,
        held: &mut Held,
        mode: ReadMode,
        entries: &[EntryId],
        via: Option<ReaderId>,
    ) -> Result<(StatementHash, Vec<Stored>), Failure> {
        let step = ReadStep { mode, entries: entries.to_vec(), via, reason: REASON_CARE };
        let (then, response) = self.call(step.start(&held.vault))?;
        let pin = held.pinned.pin();
        let ask = then.receive(&response, &held.vault, &self.account, &self.device, pin, now())?;
        let carnet_wire::message::Body::Cose(bytes) = &ask.request.body else {
            return Err(Failure::coded("internal"));
        };
        let hash = carnet_wire::statement::hash(bytes);
        let (mut all, mut next) = (Vec::new(), Some(ask));
        while let Some(ask) = next {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response, &self.log, &mut held.pinned)?;
            all.extend(progress.stored);
            next = progress.more;
        }
        self.keep_pin(held)?;
        Ok((hash, all))
    }

    /// Puts what was given into the catalogue; the key entries among it are given back.
    fn take_given(
        &mut self,
        held: &Held,
        stored: Vec<Stored>,
        keyring: &Keyring,
        seen: &mut BTreeSet<EntryId>,
    ) -> Result<Vec<Opened>, Failure> {
        self.meet_depositors(&stored)?;
        let (mut keys, mut change) = (Vec::new(), self.local.change());
        for one in stored {
            let opened = match super::entries::open(one.clone(), &held.vault, &[keyring], &self.accounts) {
                Ok(opened) => opened,
                Err(error) => self.open_again(error, one.clone(), &held.vault, &[keyring])?,
            };
            if opened.description().sort == Sort::Key {
                keys.push(opened);
                continue;
            }
            seen.insert(opened.item().entry);
            self.put_entry(&mut change, held, &opened, &one, None)?;
        }
        self.local.commit(change)?;
        Ok(keys)
    }

    /// Takes the secrets of circles out of the key entries that were given.
    fn join_circles(&mut self, held: &mut Held, keys: Vec<Opened>) -> Result<(), Failure> {
        let circles: Vec<ReaderId> = held.vault.circles().copied().collect();
        for opened in keys {
            let item = opened.item().clone();
            let of_it = |circle: &&ReaderId| {
                held.vault.circle_key_entry(circle).is_some_and(|key| key.entry == item.entry)
            };
            let Some(circle) = circles.iter().find(of_it) else { continue };
            let Some(reader) = held.vault.circle(circle) else { continue };
            let newest = |keyring: &Keyring| keyring.newest().key_id() == reader.key_id();
            if held.circles.get(circle).is_some_and(newest) {
                continue;
            }
            let (read, _) = self.read(held, ReadMode::Open, &[item.entry], None)?;
            let at = PayloadAt::of(&opened, held.vault.id(), Some(read));
            let payload = self.payload_bytes(&at.whole(), &opened, super::content::MOST_KEYS)?;
            let keyring = open_key_entry(&opened, &payload, &reader)?;
            self.keep_vault_keyring(circle.as_bytes(), &keyring)?;
            held.circles.insert(*circle, keyring);
        }
        Ok(())
    }
}
