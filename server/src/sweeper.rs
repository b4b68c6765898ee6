//! Sweeping: what no longer counts is removed from the store, in the background and again at each start.
//!
//! - Stages without a statement, after an hour.
//! - Grants that a statement revoked; versions, descriptions, grants and payloads of deleted entries, and the bytes of deposits of which
//!   every entry is deleted: their hashes stay.
//! - Sessions, challenges and pairing mailboxes that have ended.
//!
//! Nothing waits for it: what is swept could not be read any more. It goes again over everything each hour, so that a crash delays it at most.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use carnet_wire::cbor;
use carnet_wire::id::{EntryId, PayloadRoot, StatementHash, VaultId};
use carnet_wire::statement::{Deposit, Kind, Statement};
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc};

use crate::entry::{Numbers, VersionRecord, hashes};
use crate::history::{HistoryId, Kept, decode, kept_of, number_key, one, read_number, statement_key};
use crate::payloads::Payloads;
use crate::refusal::Refusal;
use crate::store::{Key, Range, Records, Row, Space, Transaction};
use carnet_rest::{Session, Staged};

/// How long a stage may wait for its statement, in milliseconds.
const STAGE_AGE: u64 = 3600 * 1000;

/// Entries that are erased together.
const TOGETHER: usize = 16;

/// Vaults that may wait: where there are more, the hourly round comes by anyway.
const WAITING: usize = 1 << 16;

/// How often all is swept.
const PERIOD: Duration = Duration::from_secs(3600);

/// Tells the background task what has changed.
#[derive(Debug, Clone)]
pub struct Sweeper {
    waiting: Arc<Waiting>,
    /// Says that some wait.
    told: mpsc::Sender<()>,
    sweeping: Arc<Mutex<()>>,
}

/// Vaults that are to be swept: each once, however many statements take something away in it.
#[derive(Debug, Default)]
struct Waiting(Lock<BTreeSet<HistoryId>>);

impl Sweeper {
    /// Starts the task.
    #[must_use]
    pub fn start(records: Arc<dyn Records>, payloads: Payloads) -> Self {
        let (told, receiver) = mpsc::channel(1);
        let (waiting, sweeping) = (Arc::<Waiting>::default(), Arc::<Mutex<()>>::default());
        tokio::spawn(run(records, payloads, Arc::clone(&waiting), receiver, Arc::clone(&sweeping)));
        Self { waiting, told, sweeping }
    }

    /// Nothing is swept until what this gives is dropped: a backup takes the payloads after the records that name them.
    pub async fn pause(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.sweeping).lock_owned().await
    }

    /// A statement has been accepted: if it takes something away, its vault is swept soon.
    pub fn accepted(&self, kind: Kind, vault: HistoryId, _: StatementHash) {
        if matches!(kind, Kind::Revoke | Kind::Delete | Kind::Accept) {
            self.waiting.add(vault);
            // Where this is full, it has been said already.
            let _ = self.told.try_send(());
        }
    }
}

impl Waiting {
    fn add(&self, vault: HistoryId) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING {
            waiting.insert(vault);
        }
    }

    fn take(&self) -> BTreeSet<HistoryId> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn run(
    records: Arc<dyn Records>,
    payloads: Payloads,
    waiting: Arc<Waiting>,
    mut told: mpsc::Receiver<()>,
    sweeping: Arc<Mutex<()>>,
) {
    let mut round = tokio::time::interval(PERIOD);
    loop {
        let all = tokio::select! {
            told = told.recv() => match told {
                Some(()) => false,
                None => return,
            },
            _ = round.tick() => true,
        };
        if all {
            let _sweeping = sweeping.lock().await;
            tell(sweep(&*records, &payloads, crate::clock::now()).await);
            continue;
        }
        for vault in waiting.take() {
            // One after the other, so that a backup need not wait for all.
            let _sweeping = sweeping.lock().await;
            tell(sweep_vault(&*records, &payloads, vault).await);
        }
    }
}

fn tell(swept: Result<(), Refusal>) {
    if let Err(refusal) = swept {
        tracing::error!(code = "sweep", refusal = refusal.code());
    }
}

/// Sweeps everything once.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn sweep(records: &dyn Records, payloads: &Payloads, now: u64) -> Result<(), Refusal> {
    sweep_stages(records, now).await?;
    let expired = |value: &[u8]| decode::<Session>(value).is_ok_and(|session| session.expires <= now);
    sweep_where(records, Space::Session, |row| expired(&row.1)).await?;
    let old = |row: &Row| read_number(&row.1).is_some_and(|time| time + 2 * crate::challenge::LIFETIME < now);
    sweep_where(records, Space::Challenge, old).await?;
    let old = |row: &Row| {
        let time = row.1.first_chunk::<8>().map(|time| u64::from_be_bytes(*time));
        time.is_none_or(|time| time + crate::mailbox::LIFETIME < now)
    };
    sweep_where(records, Space::Pairing, old).await?;
    for space in [Space::Revoked, Space::Deleted] {
        let mut after = None;
        while let Some((key, _)) = records.scan(Range::all(space).after(after).limit(1)).await?.pop() {
            sweep_vault(records, payloads, key.partition).await?;
            after = Some(Key { suffix: vec![0xff; Key::MAX_SUFFIX], ..key });
        }
    }
    payloads.abandon_older_than(Duration::from_secs(7 * 24 * 3600)).await.map_err(Refusal::from)?;
    Ok(())
}

/// Sweeps what was revoked and deleted in one vault.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn sweep_vault(
    records: &dyn Records,
    payloads: &Payloads,
    vault: HistoryId,
) -> Result<(), Refusal> {
    let mut gone = Vec::new();
    for (key, list) in partition(records, Space::Revoked, vault, Vec::new()).await? {
        let Some((reader, entry)) = key.suffix.split_first_chunk::<32>() else { continue };
        let numbers = Numbers::load(records, vault, hashes(&list).collect()).await?;
        let Some(revoked) = hashes(&list).filter_map(|hash| numbers.of(&hash)).max() else { continue };
        let every = entry == [0; 16];
        let prefix = if every { reader.to_vec() } else { key.suffix.clone() };
        for (grant, _) in partition(records, Space::Grant, vault, prefix).await? {
            let Some(hash) = grant.suffix.last_chunk::<32>() else { continue };
            let number = one(records, number_key(vault, &StatementHash::from_bytes(*hash))).await?;
            if number.as_deref().and_then(read_number).is_some_and(|number| number < revoked) {
                gone.push(grant);
            }
        }
    }
    remove(records, gone).await?;
    let mut deletions = BTreeSet::new();
    for (key, list) in partition(records, Space::Deleted, vault, Vec::new()).await? {
        let numbers = Numbers::load(records, vault, hashes(&list).collect()).await?;
        let Ok(entry) = <[u8; 16]>::try_from(key.suffix.as_slice()) else { continue };
        let versions = Range::of(Space::Version, vault, entry.as_slice()).limit(1);
        let deleted = hashes(&list).any(|hash| numbers.of(&hash).is_some());
        if deleted && !records.scan(versions).await?.is_empty() {
            deletions.insert(entry);
        }
    }
    erase_grants(records, vault, &deletions).await?;
    erase_entries(records, payloads, vault, &deletions).await?;
    Ok(())
}

/// Removes the grants on deleted entries. Grants are ordered by their readers, so all of them are read: once for many entries.
async fn erase_grants(
    records: &dyn Records,
    vault: HistoryId,
    entries: &BTreeSet<[u8; 16]>,
) -> Result<(), Refusal> {
    if entries.is_empty() {
        return Ok(());
    }
    let of_one = |(key, _): &Row| {
        let entry = key.suffix.get(32..48).and_then(|entry| <[u8; 16]>::try_from(entry).ok());
        entry.is_some_and(|entry| entries.contains(&entry))
    };
    let grants = collect(records, Range::of(Space::Grant, vault, Vec::new()), of_one).await?;
    remove(records, grants.into_iter().map(|(key, _)| key).collect()).await
}

/// Removes deleted entries, whose grants are gone already: their payloads, then a few entries at a time their versions, and the bytes of
/// a deposit together with its last version, so that what a crash leaves is found again.
async fn erase_entries(
    records: &dyn Records,
    payloads: &Payloads,
    vault: HistoryId,
    entries: &BTreeSet<[u8; 16]>,
) -> Result<(), Refusal> {
    let mut deposits = Deposits { records, vault, left: BTreeMap::new() };
    let every: Vec<_> = entries.iter().map(|entry| EntryId::from_bytes(*entry)).collect();
    for some in every.chunks(TOGETHER) {
        let mut removal = Transaction::default();
        for entry in some {
            for (key, value) in partition(records, Space::Version, vault, entry.as_bytes().to_vec()).await? {
                let version: VersionRecord = decode(&value)?;
                let uses = remove_use(records, payloads, vault, entry, entries, &version.payload).await?;
                removal.delete.extend(uses);
                removal.delete.push(Key { space: Space::Describe, ..key.clone() });
                removal.put.extend(deposits.without(&version.deposit, &key).await?);
                removal.delete.push(key);
                if removal.delete.len() + removal.put.len() > Transaction::MAX_ROWS / 2 {
                    commit(records, std::mem::take(&mut removal)).await?;
                }
            }
        }
        commit(records, removal).await?;
    }
    Ok(())
}

/// Does a removal; a payload that two versions of an entry use is named twice.
async fn commit(records: &dyn Records, mut removal: Transaction) -> Result<(), Refusal> {
    removal.delete.sort();
    removal.delete.dedup();
    if !removal.fits() {
        // Only the uses of one version can be so many: nothing else comes with it then.
        let last: Vec<_> = removal.delete.extract_if(.., |key| key.space == Space::Version).collect();
        remove(records, std::mem::replace(&mut removal.delete, last)).await?;
    }
    let _ = records.commit(removal).await?;
    Ok(())
}

/// The versions that are left of deposits, while entries are erased.
struct Deposits<'a> {
    records: &'a dyn Records,
    vault: HistoryId,
    left: BTreeMap<StatementHash, Option<Left>>,
}

struct Left {
    number: u64,
    kept: Kept,
    versions: BTreeSet<Key>,
}

impl Deposits<'_> {
    /// One version goes; with the last of a deposit the statement's bytes do, and this is what replaces them.
    async fn without(&mut self, hash: &StatementHash, version: &Key) -> Result<Option<Row>, Refusal> {
        if !self.left.contains_key(hash) {
            let left = self.load(hash).await?;
            self.left.insert(*hash, left);
        }
        let Some(Some(left)) = self.left.get_mut(hash) else { return Ok(None) };
        left.versions.remove(version);
        if !left.versions.is_empty() {
            return Ok(None);
        }
        let erased = Kept { bytes: None, ..left.kept.clone() };
        let row = (statement_key(self.vault, left.number), cbor::encode(&erased));
        self.left.insert(*hash, None);
        Ok(Some(row))
    }

    async fn load(&self, hash: &StatementHash) -> Result<Option<Left>, Refusal> {
        let Some((number, kept)) = kept_of(self.records, self.vault, hash).await? else { return Ok(None) };
        let Some(bytes) = &kept.bytes else { return Ok(None) };
        let Ok(deposit) = Statement::<Deposit>::parse(bytes) else { return Ok(None) };
        let items = deposit.claimed().items.iter();
        let places: Vec<_> =
            items.map(|item| crate::entry::version_key(self.vault, &item.entry, item.version)).collect();
        let found = self.records.get(places.clone()).await?;
        let versions = places.into_iter().zip(found).filter(|(_, found)| found.is_some());
        Ok(Some(Left { number, versions: versions.map(|(key, _)| key).collect(), kept }))
    }
}

/// What says that an entry uses a payload; the payload itself is removed with the last use by an entry that is not deleted too.
async fn remove_use(
    records: &dyn Records,
    payloads: &Payloads,
    vault: HistoryId,
    entry: &EntryId,
    deleted: &BTreeSet<[u8; 16]>,
    root: &PayloadRoot,
) -> Result<Vec<Key>, Refusal> {
    let uses = partition(records, Space::Payload, vault, root.as_bytes().to_vec()).await?;
    let user = |key: &Key| key.suffix.get(32..48).and_then(|entry| <[u8; 16]>::try_from(entry).ok());
    let (own, others): (Vec<_>, Vec<_>) =
        uses.into_iter().map(|(key, _)| key).partition(|key| user(key).as_ref() == Some(entry.as_bytes()));
    if others.iter().all(|key| user(key).is_some_and(|entry| deleted.contains(&entry))) {
        payloads.remove(&VaultId::from_bytes(vault), root).await.map_err(Refusal::from)?;
    }
    Ok(own)
}

/// Removes what was written for statements that never came.
async fn sweep_stages(records: &dyn Records, now: u64) -> Result<(), Refusal> {
    for (key, value) in all(records, Space::Stage, |_| true).await? {
        let staged: Staged = decode(&value)?;
        if staged.time.saturating_add(STAGE_AGE) > now {
            continue;
        }
        // The marker goes with the last of its rows: the statement can no longer be committed from then on.
        let rows = staged.keys.iter().filter_map(|bytes| Key::from_bytes(bytes));
        let mut delete: Vec<Key> = Vec::new();
        let Some(hash) = key.suffix.first_chunk::<32>() else { continue };
        for row in rows {
            // A list of statements, or a place that another statement has taken since, is not ours to remove.
            let ours = match row.space {
                Space::Grant | Space::Payload => true,
                Space::Version => one(records, row.clone()).await?.is_some_and(|value| {
                    decode::<VersionRecord>(&value).is_ok_and(|version| version.deposit.as_bytes() == hash)
                }),
                _ => false,
            };
            if ours {
                delete.push(row);
            }
        }
        delete.push(key.clone());
        let expect = vec![(key, Some(value))];
        let _ = records.commit(Transaction { expect, delete, ..Transaction::default() }).await?;
    }
    Ok(())
}

async fn sweep_where(
    records: &dyn Records,
    space: Space,
    gone: impl Fn(&Row) -> bool,
) -> Result<(), Refusal> {
    let keys = all(records, space, gone).await?.into_iter().map(|(key, _)| key).collect();
    remove(records, keys).await
}

/// Removes records, each partition by itself.
async fn remove(records: &dyn Records, keys: Vec<Key>) -> Result<(), Refusal> {
    for same in keys.chunk_by(|a, b| a.partition == b.partition) {
        for delete in same.chunks(Transaction::MAX_ROWS) {
            let delete = delete.to_vec();
            let _ = records.commit(Transaction { delete, ..Transaction::default() }).await?;
        }
    }
    Ok(())
}

/// All rows of a partition whose suffix begins so.
async fn partition(
    records: &dyn Records,
    space: Space,
    partition: [u8; 32],
    prefix: Vec<u8>,
) -> Result<Vec<Row>, Refusal> {
    collect(records, Range::of(space, partition, prefix), |_| true).await
}

/// All rows of a space that fulfil a condition.
async fn all(records: &dyn Records, space: Space, keep: impl Fn(&Row) -> bool) -> Result<Vec<Row>, Refusal> {
    collect(records, Range::all(space), keep).await
}

async fn collect(
    records: &dyn Records,
    range: Range,
    keep: impl Fn(&Row) -> bool,
) -> Result<Vec<Row>, Refusal> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let rows = records.scan(range.clone().after(after)).await?;
        let more = rows.len() == range.limit;
        after = rows.last().map(|(key, _)| key.clone());
        found.extend(rows.into_iter().filter(|row| keep(row)));
        if !more {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::payloads::{PayloadLimits, payload_path};
    use crate::store::Memory;

    use super::*;

    #[tokio::test]
    async fn payload_that_two_entries_use_goes_when_both_are_deleted_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let payloads = Payloads::open(folder.path(), PayloadLimits::default()).unwrap();
        let (vault, root) = (VaultId::from_bytes([1; 32]), PayloadRoot::from_bytes([2; 32]));
        let path = payload_path(folder.path(), &vault, &root);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, [0; 32]).unwrap();
        let records = Memory::default();
        let entries = [[3; 16], [4; 16]];
        let used = |entry: [u8; 16]| Key {
            space: Space::Payload,
            partition: *vault.as_bytes(),
            suffix: [root.as_bytes().as_slice(), &entry].concat(),
        };
        let put = entries.map(|entry| (used(entry), Vec::new())).into();
        let _ = records.commit(Transaction { put, ..Transaction::default() }).await.unwrap();
        let first = EntryId::from_bytes(entries[0]);
        for deleted in [&entries[..1], &entries] {
            let deleted = deleted.iter().copied().collect();
            let own =
                remove_use(&records, &payloads, *vault.as_bytes(), &first, &deleted, &root).await.unwrap();
            assert_eq!(own, [used(entries[0])]);
            assert_eq!(path.exists(), deleted.len() == 1);
        }
    }

    #[test]
    fn each_vault_waits_once_and_no_more_than_so_many() {
        let waiting = Waiting::default();
        let vault = |number: usize| {
            let mut vault = [0; 32];
            vault[..8].copy_from_slice(&number.to_be_bytes());
            vault
        };
        (0..3000).for_each(|number| waiting.add(vault(number % 3)));
        assert_eq!(waiting.take(), (0..3).map(vault).collect());
        assert!(waiting.take().is_empty());
        (0..WAITING + 5).for_each(|number| waiting.add(vault(number)));
        assert_eq!(waiting.take().len(), WAITING);
    }
}
