//! Grants carried forward: who was given one version of a document by name is given the next one too, on the same terms.
//!
//! Who still lacks the newest version is read off the grants themselves, so that a command that was killed in between is gone on with.

use std::collections::{BTreeMap, BTreeSet};

use carnet_core::grant::{Terms, Wrapped};
use carnet_core::reader::VerifiedReader;
use carnet_core::step::ClaimedGrant;
use carnet_wire::grant_leaf::Via;
use carnet_wire::id::{AccountId, EntryId, ReaderId};

use super::{Client, Held};
use crate::Failure;

/// Carries grants forward, by the live grants of before.
#[derive(Debug)]
pub struct Carrying<'a> {
    live: &'a [ClaimedGrant],
    met: BTreeMap<ReaderId, Option<VerifiedReader>>,
}

impl<'a> Carrying<'a> {
    /// By these grants.
    #[must_use]
    pub fn new(live: &'a [ClaimedGrant]) -> Self {
        Self { live, met: BTreeMap::new() }
    }

    /// Gives the newest version of entries to whoever has a live grant on an older one, at their current keys; how many were given.
    ///
    /// # Errors
    /// What the server says.
    pub fn carry(
        &mut self,
        client: &mut Client,
        held: &mut Held,
        entries: &[EntryId],
    ) -> Result<usize, Failure> {
        let mut wrapped = Vec::new();
        for entry in entries {
            self.wrap(client, held, entry, &mut wrapped)?;
        }
        let count = wrapped.len();
        if count > 0 {
            client.grant(held, wrapped)?;
        }
        Ok(count)
    }

    fn wrap(
        &mut self,
        client: &mut Client,
        held: &Held,
        entry: &EntryId,
        wrapped: &mut Vec<Wrapped>,
    ) -> Result<(), Failure> {
        let of_entry = self.live.iter().map(|grant| &grant.leaf).filter(|leaf| leaf.entry == *entry);
        let by_name: Vec<_> = of_entry.filter(|leaf| leaf.via == Via::Account).collect();
        if by_name.is_empty() {
            return Ok(());
        }
        let opened = client.reopen(held, entry)?;
        let version = opened.item().version;
        let mut given: BTreeSet<ReaderId> =
            by_name.iter().filter(|leaf| leaf.version == version).map(|leaf| leaf.reader).collect();
        // Of several older versions the newest one's terms count.
        let mut older: Vec<_> = by_name.into_iter().filter(|leaf| leaf.version < version).collect();
        older.sort_by_key(|leaf| core::cmp::Reverse(leaf.version));
        for leaf in older {
            if !given.insert(leaf.reader) {
                continue;
            }
            let Some(reader) = self.reader(client, &leaf.reader)? else { continue };
            let terms = Terms { rights: leaf.rights, not_before: leaf.not_before, expires: leaf.expires };
            wrapped.push(opened.grant(&reader, terms)?);
        }
        Ok(())
    }

    fn reader(&mut self, client: &mut Client, id: &ReaderId) -> Result<Option<VerifiedReader>, Failure> {
        if let Some(met) = self.met.get(id) {
            return Ok(met.clone());
        }
        let reader = client.meet(&AccountId::from_bytes(*id.as_bytes()))?.reader();
        self.met.insert(*id, reader.clone());
        Ok(reader)
    }
}
