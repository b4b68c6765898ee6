//! Grants carried forward: who was given one version of a document by name is given the next one too, on the same terms.

use std::collections::BTreeSet;

use carnet_core::grant::{Batch, Terms, Wrapped};
use carnet_core::step::Submit;
use carnet_core::wire::grant_leaf::Via;
use carnet_core::wire::id::{AccountId, EntryId};

use crate::Failure;
use crate::client::{Client, Held};

/// Gives the newest version of an entry to whoever has a live grant on an older one, at their current keys.
///
/// # Errors
/// What the server says.
pub(crate) fn grants(client: &mut Client, held: &mut Held, entry: &EntryId) -> Result<usize, Failure> {
    let opened = client.reopen(held, entry)?;
    let version = opened.item().version;
    let live = client.live_grants(held)?;
    let of_it: Vec<_> = live.iter().filter(|grant| grant.leaf.entry == *entry).collect();
    let served: BTreeSet<_> =
        of_it.iter().filter(|grant| grant.leaf.version == version).map(|grant| grant.leaf.reader).collect();
    let mut wrapped: Vec<Wrapped> = Vec::new();
    let mut given = BTreeSet::new();
    for grant in of_it {
        let leaf = &grant.leaf;
        if leaf.via != Via::Account || served.contains(&leaf.reader) || !given.insert(leaf.reader) {
            continue;
        }
        let account = client.meet(&AccountId::from_bytes(*leaf.reader.as_bytes()))?;
        let Some(reader) = account.reader() else { continue };
        let terms = Terms { rights: leaf.rights, not_before: leaf.not_before, expires: leaf.expires };
        wrapped.push(opened.grant(&reader, terms)?);
    }
    let count = wrapped.len();
    if count > 0 {
        let batch = Batch::new(wrapped)?;
        let statement = batch.sign(&client.ruler(held))?;
        let ask = Submit::grants(&held.vault.id(), &statement, &batch, &held.pinned);
        client.state_in(held, ask)?;
    }
    Ok(count)
}
