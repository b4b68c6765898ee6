//! Revocations: what was granted before no longer counts.

use std::collections::BTreeSet;

use carnet_wire::chain::Chain;
use carnet_wire::statement::Revoke;

use super::{Asked, Decided, ruling};
use crate::entry::{Numbers, hashes, revoked_key};
use crate::history::History;
use crate::refusal::Refusal;
use crate::state::App;

/// Takes grants back.
pub(super) async fn decide(
    app: &App,
    asked: &Asked<'_>,
    history: &History,
    chain: &Chain,
) -> Result<Decided, Refusal> {
    asked.without_parts()?;
    let verified = ruling::<Revoke>(app, asked, history, chain, |body| &body.context).await?;
    let vault = asked.target.id;
    let revoked = &verified.body().revoked;
    let keys = revoked.iter().map(|one| revoked_key(vault, &one.reader, one.entry.as_ref()));
    let keys: BTreeSet<_> = keys.collect();
    let rows = listing(app, asked, keys.into_iter().collect()).await?;
    Ok(Decided { rows, ..Decided::nothing(history.head.clone()) })
}

/// Adds the statement to lists of statements. Of those that count already only the newest is kept: it decides alone.
pub(super) async fn listing(
    app: &App,
    asked: &Asked<'_>,
    keys: Vec<crate::store::Key>,
) -> Result<Vec<crate::store::Row>, Refusal> {
    let lists = app.records.get(keys.clone()).await?;
    let named = lists.iter().flatten().flat_map(|list| hashes(list));
    let numbers = Numbers::load(&*app.records, asked.target.id, named.collect()).await?;
    let rows = keys.into_iter().zip(lists).map(|(key, list)| {
        let list: Vec<_> = list.iter().flat_map(|list| hashes(list)).collect();
        let newest =
            list.iter().filter(|hash| numbers.of(hash).is_some()).max_by_key(|hash| numbers.of(hash));
        let pending = list.iter().filter(|hash| numbers.of(hash).is_none() && **hash != asked.hash);
        let kept = newest.into_iter().chain(pending).chain([&asked.hash]);
        (key, kept.flat_map(|hash| *hash.as_bytes()).collect())
    });
    Ok(rows.collect())
}
