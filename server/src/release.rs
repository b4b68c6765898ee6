//! Releases: versions of entries as a reader gets them, with all that a client needs to verify them.

use std::collections::{BTreeMap, BTreeSet};

use carnet_wire::id::{EntryId, ReaderId, StatementHash};
use carnet_wire::message::{StoredPage, StoredPart};
use carnet_wire::statement::{Deposit, Statement};
use minicbor::bytes::ByteVec;

use crate::entry::{
    DescribeRecord, Live, Numbers, VersionRecord, describe_key, live_grant, live_grants, version_key,
};
use crate::history::{HistoryId, decode, kept_at, one};
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::neighbours;

/// Most versions before one that are given along: a client that holds them already asks for less by reading more often.
const MAX_PREDECESSORS: u64 = 1000;

/// Most bytes of a page, so that the longest answer keeps under the limit of a body.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

/// One page of what a reader may list, after an entry.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn page(
    app: &App,
    vault: HistoryId,
    reader: &ReaderId,
    after: Option<EntryId>,
    now: u64,
) -> Result<StoredPage, Refusal> {
    let records = &*app.records;
    let (live, next) = live_grants(records, vault, reader, after, StoredPage::MAX_PARTS, now).await?;
    parts(app, vault, live, next).await
}

/// One page of the entries that a read names, after an entry; they are given in the order of their ids.
///
/// # Errors
/// [`Refusal::Absent`] where one can no longer be read; [`Refusal::Internal`].
pub async fn named(
    app: &App,
    vault: HistoryId,
    reader: &ReaderId,
    entries: &[EntryId],
    after: Option<EntryId>,
    now: u64,
) -> Result<StoredPage, Refusal> {
    let mut entries: Vec<_> =
        entries.iter().filter(|entry| after.is_none_or(|after| **entry > after)).collect();
    entries.sort_unstable();
    let more = entries.len() > StoredPage::MAX_PARTS;
    entries.truncate(StoredPage::MAX_PARTS);
    let mut live = Vec::with_capacity(entries.len());
    for entry in entries {
        let found = live_grant(&*app.records, vault, reader, entry, None, now).await?;
        live.push(found.ok_or(Refusal::Absent)?);
    }
    let next = live.last().map(|live: &Live| live.entry).filter(|_| more);
    parts(app, vault, live, next).await
}

/// One version of an entry as it is granted to the vault: its holder's devices open what was replaced, too.
///
/// # Errors
/// [`Refusal::Absent`] where it is not there, or not granted; [`Refusal::Internal`].
pub async fn at_version(
    app: &App,
    vault: HistoryId,
    entry: &EntryId,
    version: u64,
    now: u64,
) -> Result<StoredPage, Refusal> {
    let reader = ReaderId::from_bytes(vault);
    let live = live_grant(&*app.records, vault, &reader, entry, Some(version), now).await?;
    parts(app, vault, vec![live.ok_or(Refusal::Absent)?], None).await
}

async fn parts(
    app: &App,
    vault: HistoryId,
    live: Vec<Live>,
    next: Option<EntryId>,
) -> Result<StoredPage, Refusal> {
    let records = &*app.records;
    let key = |live: &Live, more: u64| version_key(vault, &live.entry, live.version.saturating_add(more));
    let rows = neighbours(records, live.iter().flat_map(|one| [key(one, 0), key(one, 1)]).collect()).await?;
    let count = live.len();
    let mut versions = Vec::with_capacity(count);
    let mut followers = Vec::with_capacity(count);
    for pair in rows.chunks_exact(2) {
        let [own, following] = pair else { return Err(Refusal::Internal) };
        versions.push(decode::<VersionRecord>(own.as_ref().ok_or(Refusal::Internal)?)?);
        followers.push(following.as_deref().map(decode::<VersionRecord>).transpose()?);
    }
    let described = live.iter().map(|one| describe_key(vault, &one.entry, one.version)).collect();
    let mut descriptions = Vec::with_capacity(count);
    for row in neighbours(records, described).await? {
        descriptions.push(row.as_deref().map(decode::<DescribeRecord>).transpose()?);
    }
    let mut statements = Statements::default();
    let named = versions.iter().map(|version| version.deposit);
    let named = named.chain(followers.iter().flatten().map(|version| version.deposit));
    let named = named.chain(descriptions.iter().flatten().map(|described| described.describe));
    statements.load(app, vault, named.chain(live.iter().map(|live| live.statement)).collect()).await?;

    let mut page = StoredPage { parts: Vec::with_capacity(count), next, ..StoredPage::default() };
    let (mut bytes, mut given) = (0, BTreeSet::new());
    let rows = live.into_iter().zip(versions).zip(followers).zip(descriptions);
    for (((live, version), following), described) in rows {
        let by_grant = live.statement != version.deposit;
        let manifest = described.as_ref().map_or(version.manifest, |described| described.manifest.clone());
        let predecessors = predecessors(app, vault, &mut statements, &live, &version.deposit).await?;
        let stored = StoredPart {
            deposit: version.deposit,
            describe: described.map(|described| described.describe).filter(|hash| statements.has(hash)),
            grant: by_grant.then_some(live.statement).filter(|hash| statements.has(hash)),
            leaf: live.record.leaf,
            path: live.record.path,
            header: live.record.header,
            manifest,
            nonce: version.nonce,
            next: following.map(|following| following.deposit).filter(|hash| statements.has(hash)),
            predecessors,
        };
        let new: BTreeSet<StatementHash> =
            stored.statements().filter(|hash| !given.contains(*hash)).copied().collect();
        let new_bytes: Vec<ByteVec> = new
            .iter()
            .map(|hash| statements.bytes(hash).ok_or(Refusal::Internal))
            .collect::<Result<_, _>>()?;
        bytes +=
            stored.manifest.len() + 4096 + new_bytes.iter().map(|statement| statement.len()).sum::<usize>();
        if bytes > PAGE_BYTES && !page.parts.is_empty() {
            return Ok(page);
        }
        page.parts.push(stored);
        page.statements.extend(new_bytes);
        given.extend(new);
        page.next = next.or(Some(live.entry)).filter(|_| next.is_some() || page.parts.len() < count);
    }
    Ok(page)
}

/// The deposits of the versions before, newest first.
async fn predecessors(
    app: &App,
    vault: HistoryId,
    statements: &mut Statements,
    live: &Live,
    deposit: &StatementHash,
) -> Result<Vec<StatementHash>, Refusal> {
    let mut before = Vec::new();
    let mut hash = *deposit;
    for _ in 1..live.version.min(MAX_PREDECESSORS) {
        let bytes = statements.bytes(&hash).ok_or(Refusal::Internal)?;
        let parsed = Statement::<Deposit>::parse(&bytes).map_err(|_| Refusal::Internal)?;
        let item = parsed.claimed().items.iter().find(|item| item.entry == live.entry);
        let Some(previous) = item.and_then(|item| item.predecessor) else { break };
        statements.load(app, vault, vec![previous]).await?;
        before.push(previous);
        hash = previous;
    }
    Ok(before)
}

/// The newest description or deposit of a version that is there: what a new description replaces.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn version(
    app: &App,
    vault: HistoryId,
    entry: &EntryId,
    number: u64,
) -> Result<Option<VersionRecord>, Refusal> {
    let row = one(&*app.records, version_key(vault, entry, number)).await?;
    row.as_deref().map(decode).transpose()
}

/// Statements by their hashes, those only that count.
#[derive(Debug, Default)]
struct Statements(BTreeMap<StatementHash, ByteVec>);

impl Statements {
    async fn load(
        &mut self,
        app: &App,
        vault: HistoryId,
        mut hashes: Vec<StatementHash>,
    ) -> Result<(), Refusal> {
        hashes.retain(|hash| !self.0.contains_key(hash));
        hashes.sort_unstable();
        hashes.dedup();
        let numbers = Numbers::load(&*app.records, vault, hashes.clone()).await?;
        let there: Vec<u64> = hashes.iter().filter_map(|hash| numbers.of(hash)).collect();
        for kept in kept_at(&*app.records, vault, &there).await? {
            if let Some(bytes) = kept.bytes {
                self.0.insert(kept.hash, bytes);
            }
        }
        Ok(())
    }

    fn has(&self, hash: &StatementHash) -> bool {
        self.0.contains_key(hash)
    }

    fn bytes(&self, hash: &StatementHash) -> Option<ByteVec> {
        self.0.get(hash).cloned()
    }
}
