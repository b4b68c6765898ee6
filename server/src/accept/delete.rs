//! Deletions, and the acceptance of first deposits, which deletes what was not accepted.

use carnet_wire::chain::Chain;
use carnet_wire::id::EntryId;
use carnet_wire::statement::{Accept, Delete, Deposit, Kind, Statement};

use super::deposit::Waiting;
use super::revoke::listing;
use super::{Asked, Decided, ruling};
use crate::entry::{Numbers, VersionRecord, deleted_key, describe_key, hashes, met_key, waiting_key};
use crate::history::{Head, History, decode, kept_of, one};
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::{Range, Space};

/// Deletes entries, or accepts a first deposit.
pub(super) async fn decide(
    app: &App,
    asked: &Asked<'_>,
    history: &History,
    chain: &Chain,
) -> Result<Decided, Refusal> {
    asked.without_parts()?;
    let mut decided = Decided::nothing(history.head.clone());
    let gone = if asked.kind == Kind::Delete {
        let verified = ruling::<Delete>(app, asked, history, chain, |body| &body.context).await?;
        verified.body().entries.clone()
    } else {
        let verified = ruling::<Accept>(app, asked, history, chain, |body| &body.context).await?;
        accept(app, asked, verified.body(), &mut decided).await?
    };
    for entry in &gone {
        if chain.is_key_entry(entry) {
            return Err(Refusal::Statement("delete-key-entry"));
        }
    }
    let keys = gone.iter().map(|entry| deleted_key(asked.target.id, entry)).collect();
    decided.rows = listing(app, asked, keys).await?;
    for entry in &gone {
        less(app, asked.target.id, entry, &mut decided.head).await?;
    }
    Ok(decided)
}

/// Takes a deposit that waits into the record: its depositor is known from now on. Gives the entries that are not accepted.
async fn accept(
    app: &App,
    asked: &Asked<'_>,
    body: &Accept,
    decided: &mut Decided,
) -> Result<Vec<EntryId>, Refusal> {
    let vault = asked.target.id;
    let absent = Refusal::Statement("accept-not-waiting");
    let waiting = one(&*app.records, waiting_key(vault, &body.deposit)).await?.ok_or(absent.clone())?;
    let (_, kept) = kept_of(&*app.records, vault, &body.deposit).await?.ok_or(absent)?;
    let bytes = kept.bytes.ok_or(Refusal::Internal)?;
    let deposit = Statement::<Deposit>::parse(&bytes).map_err(|_| Refusal::Internal)?;
    let items = &deposit.claimed().items;
    if !body.entries.iter().all(|entry| items.iter().any(|item| item.entry == *entry)) {
        return Err(Refusal::Statement("accept-other-entries"));
    }
    decided.without.push(waiting_key(vault, &body.deposit));
    decided.head.waiting = decided.head.waiting.saturating_sub(1);
    if !body.entries.is_empty() {
        let actor = decode::<Waiting>(&waiting)?.actor;
        decided.with.push((met_key(vault, &actor), asked.hash.as_bytes().to_vec()));
    }
    let refused = items.iter().map(|item| item.entry).filter(|entry| !body.entries.contains(entry));
    Ok(refused.collect())
}

/// Takes an entry's versions out of the quota, unless they have been deleted already.
async fn less(app: &App, vault: [u8; 32], entry: &EntryId, head: &mut Head) -> Result<(), Refusal> {
    let before = one(&*app.records, deleted_key(vault, entry)).await?;
    let before: Vec<_> = before.iter().flat_map(|list| hashes(list)).collect();
    let rows = app.records.scan(Range::of(Space::Version, vault, entry.as_bytes().as_slice())).await?;
    let mut versions = Vec::with_capacity(rows.len());
    for (key, value) in &rows {
        let version = key.suffix.last_chunk::<8>().map(|version| u64::from_be_bytes(*version));
        versions.push((version.ok_or(Refusal::Internal)?, decode::<VersionRecord>(value)?));
    }
    let named = versions.iter().map(|(_, version)| version.deposit).chain(before.iter().copied());
    let numbers = Numbers::load(&*app.records, vault, named.collect()).await?;
    if before.iter().any(|hash| numbers.of(hash).is_some()) {
        return Ok(());
    }
    for (number, version) in versions.into_iter().filter(|(_, one)| numbers.of(&one.deposit).is_some()) {
        let described = one(&*app.records, describe_key(vault, entry, number)).await?;
        let described = described.as_deref().map(decode::<crate::entry::DescribeRecord>).transpose()?;
        let manifest = described.map_or(version.manifest.len(), |described| described.manifest.len());
        let bytes = version.payload_len.saturating_add(u64::try_from(manifest).unwrap_or(u64::MAX));
        head.bytes = head.bytes.saturating_sub(bytes);
        head.versions = head.versions.saturating_sub(1);
    }
    Ok(())
}
