//! Entries as they are kept: versions, descriptions and grants, and which of them live.
//!
//! A row that names a statement counts from the moment that the statement's number exists. A grant lives while its statement counts,
//! no later statement revokes it, its entry is not deleted, and its deposit does not wait for the holder.

use std::collections::{BTreeMap, BTreeSet};

pub use carnet_rest::{DescribeRecord, GrantRecord, VersionRecord};

use carnet_wire::grant_leaf::{GrantLeaf, Via};
use carnet_wire::id::{ActorId, EntryId, PayloadRoot, ReaderId, StatementHash};

use crate::history::{HistoryId, decode, number_key, read_number};
use crate::refusal::Refusal;
use crate::store::{Key, Range, Records, Row, Space, neighbours};

/// A grant that lives.
#[derive(Debug, Clone)]
pub struct Live {
    /// The entry.
    pub entry: EntryId,
    /// Its version.
    pub version: u64,
    /// The statement that granted.
    pub statement: StatementHash,
    /// The grant as it is kept.
    pub record: GrantRecord,
    /// What the leaf says.
    pub leaf: GrantLeaf,
}

/// Where a version is.
#[must_use]
pub fn version_key(vault: HistoryId, entry: &EntryId, version: u64) -> Key {
    Key::new(Space::Version, vault, [entry.as_bytes().as_slice(), &version.to_be_bytes()].concat())
}

/// Where a version's newest description is.
#[must_use]
pub fn describe_key(vault: HistoryId, entry: &EntryId, version: u64) -> Key {
    Key { space: Space::Describe, ..version_key(vault, entry, version) }
}

/// Where a grant is.
#[must_use]
pub fn grant_key(
    vault: HistoryId,
    reader: &ReaderId,
    entry: &EntryId,
    version: u64,
    hash: &StatementHash,
) -> Key {
    let suffix = [reader.as_bytes().as_slice(), entry.as_bytes(), &version.to_be_bytes(), hash.as_bytes()];
    Key::new(Space::Grant, vault, suffix.concat())
}

/// Where an actor's having been accepted is.
#[must_use]
pub fn met_key(vault: HistoryId, actor: &ActorId) -> Key {
    Key::new(Space::Met, vault, *actor.as_bytes())
}

/// Where a reader finds the vaults that it has to do with.
#[must_use]
pub fn inbox_row(reader: [u8; 32], vault: HistoryId) -> Row {
    (Key::new(Space::Inbox, reader, vault.as_slice()), Vec::new())
}

/// Where the revocations of a reader are: of one entry, or of all.
#[must_use]
pub fn revoked_key(vault: HistoryId, reader: &ReaderId, entry: Option<&EntryId>) -> Key {
    let entry = entry.map_or([0; 16], |entry| *entry.as_bytes());
    Key::new(Space::Revoked, vault, [reader.as_bytes().as_slice(), &entry].concat())
}

/// Where the deletions of an entry are.
#[must_use]
pub fn deleted_key(vault: HistoryId, entry: &EntryId) -> Key {
    Key::new(Space::Deleted, vault, entry.as_bytes().as_slice())
}

/// Where a use of a payload is.
#[must_use]
pub fn payload_key(
    vault: HistoryId,
    root: &PayloadRoot,
    entry: &EntryId,
    version: u64,
    hash: &StatementHash,
) -> Key {
    let suffix = [root.as_bytes().as_slice(), entry.as_bytes(), &version.to_be_bytes(), hash.as_bytes()];
    Key::new(Space::Payload, vault, suffix.concat())
}

/// Where a first deposit waits.
#[must_use]
pub fn waiting_key(vault: HistoryId, deposit: &StatementHash) -> Key {
    Key::new(Space::Waiting, vault, *deposit.as_bytes())
}

/// The hashes of a list of statements.
pub fn hashes(bytes: &[u8]) -> impl Iterator<Item = StatementHash> + '_ {
    bytes.chunks_exact(32).filter_map(|hash| hash.try_into().ok()).map(StatementHash::from_bytes)
}

/// The numbers of statements, where they count.
#[derive(Debug, Default)]
pub struct Numbers(BTreeMap<StatementHash, u64>);

impl Numbers {
    /// Reads the numbers of these statements.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn load(
        records: &dyn Records,
        vault: HistoryId,
        mut hashes: Vec<StatementHash>,
    ) -> Result<Self, Refusal> {
        hashes.sort_unstable();
        hashes.dedup();
        let rows = records.get(hashes.iter().map(|hash| number_key(vault, hash)).collect()).await?;
        let numbers = hashes.into_iter().zip(rows);
        Ok(Self(numbers.filter_map(|(hash, row)| Some((hash, read_number(&row?)?))).collect()))
    }

    /// The number of a statement; nothing while it does not count.
    #[must_use]
    pub fn of(&self, hash: &StatementHash) -> Option<u64> {
        self.0.get(hash).copied()
    }
}

/// The live grants of one reader, newest version of each entry first found, in the order of the entries: at most `most` entries after
/// `after`. `now` decides embargo and expiry. Also says whether there may be more.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn live_grants(
    records: &dyn Records,
    vault: HistoryId,
    reader: &ReaderId,
    after: Option<EntryId>,
    most: usize,
    now: u64,
) -> Result<(Vec<Live>, Option<EntryId>), Refusal> {
    let mut live: Vec<Live> = Vec::new();
    // Past every version of the entry.
    let past = |entry: &EntryId| {
        let suffix = [reader.as_bytes().as_slice(), entry.as_bytes(), &[0xff; 41]].concat();
        Key::new(Space::Grant, vault, suffix)
    };
    let mut from = after.as_ref().map(past);
    loop {
        let range = Range::of(Space::Grant, vault, reader.as_bytes().as_slice());
        // One more than asked for tells whether that was all; mostly each entry has one grant.
        let limit = most.saturating_add(1).clamp(16, 512);
        let rows = records.scan(range.after(from.take()).limit(limit)).await?;
        let more = rows.len() == limit;
        let mut found: Vec<(Key, GrantRecord)> = Vec::with_capacity(rows.len());
        for (key, value) in rows {
            found.push((key, decode(&value)?));
        }
        let last = found.last().map(|(key, _)| key.clone());
        let page = filter(records, vault, reader, found, now).await?;
        for next in page {
            let last = live.last().map(|live| live.entry);
            if last == Some(next.entry) {
                live.pop();
            } else if live.len() == most {
                return Ok((live, last));
            }
            live.push(next);
        }
        if !more {
            return Ok((live, None));
        }
        from = last;
    }
}

/// The live grant of one reader to the newest version of one entry that it has.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn live_grant(
    records: &dyn Records,
    vault: HistoryId,
    reader: &ReaderId,
    entry: &EntryId,
    version: Option<u64>,
    now: u64,
) -> Result<Option<Live>, Refusal> {
    let mut prefix = [reader.as_bytes().as_slice(), entry.as_bytes()].concat();
    prefix.extend(version.iter().flat_map(|version| version.to_be_bytes()));
    let mut after = None;
    loop {
        // From the newest version on, few at a time: most often the first row is the one.
        let range = Range::of(Space::Grant, vault, prefix.clone()).after(after).limit(16).backwards();
        let rows = records.scan(range).await?;
        let more = rows.len() == 16;
        after = rows.last().map(|(key, _)| key.clone());
        let mut found = Vec::with_capacity(rows.len());
        for (key, value) in rows.into_iter().rev() {
            found.push((key, decode(&value)?));
        }
        let live = filter(records, vault, reader, found, now).await?.pop();
        if live.is_some() || !more {
            return Ok(live);
        }
    }
}

/// Those that live, the newest statement last where one version was granted twice.
async fn filter(
    records: &dyn Records,
    vault: HistoryId,
    reader: &ReaderId,
    found: Vec<(Key, GrantRecord)>,
    now: u64,
) -> Result<Vec<Live>, Refusal> {
    let mut parsed = Vec::with_capacity(found.len());
    for (key, record) in found {
        let place = parse_grant_key(&key).ok_or(Refusal::Internal)?;
        let leaf = GrantLeaf::parse(&record.leaf).map_err(|_| Refusal::Internal)?;
        parsed.push((place, record, leaf));
    }
    let entries = || parsed.iter().map(|((entry, ..), ..)| entry);
    let revoked = entries().map(|entry| revoked_key(vault, reader, Some(entry))).collect();
    let revoked = neighbours(records, revoked).await?;
    let deleted = neighbours(records, entries().map(|entry| deleted_key(vault, entry)).collect()).await?;
    let deposits: BTreeSet<StatementHash> = parsed.iter().map(|(_, record, _)| record.deposit).collect();
    // Of the vault whole, then of each deposit.
    let others = deposits.iter().map(|deposit| waiting_key(vault, deposit));
    let others = records.get([revoked_key(vault, reader, None)].into_iter().chain(others).collect()).await?;
    let (every, waiting) = others.split_first().ok_or(Refusal::Internal)?;
    let waiting: BTreeSet<_> =
        deposits.iter().zip(waiting).filter_map(|(deposit, row)| row.as_ref().and(Some(deposit))).collect();

    let statements = parsed.iter().map(|((.., hash), ..)| *hash);
    let named = revoked.iter().chain(&deleted).flatten().chain(every).flat_map(|list| hashes(list));
    let numbers = Numbers::load(records, vault, statements.chain(named).collect()).await?;
    let newest = |list: Option<&Vec<u8>>| {
        list.into_iter().flat_map(|list| hashes(list)).filter_map(|hash| numbers.of(&hash)).max()
    };
    let every = newest(every.as_ref());
    let mut live: Vec<(u64, Live)> = Vec::with_capacity(parsed.len());
    for (((place, record, leaf), revoked), deleted) in parsed.into_iter().zip(&revoked).zip(&deleted) {
        let (entry, version, statement) = place;
        let Some(number) = numbers.of(&statement) else { continue };
        let revoked = newest(revoked.as_ref()).max(every).is_some_and(|revoked| revoked > number);
        // What waits is for the holder alone, who reads as the vault.
        let waits = waiting.contains(&record.deposit) && leaf.via != Via::Vault;
        let early = leaf.not_before.is_some_and(|from| now < from);
        let late = leaf.expires.is_some_and(|to| now >= to);
        if revoked || waits || early || late || newest(deleted.as_ref()).is_some() {
            continue;
        }
        let next = Live { entry, version, statement, record, leaf };
        match live.last_mut() {
            Some((held, last)) if last.entry == next.entry && last.version == next.version => {
                if *held < number {
                    (*held, *last) = (number, next);
                }
            }
            _ => live.push((number, next)),
        }
    }
    Ok(live.into_iter().map(|(_, live)| live).collect())
}

/// Entry, version and statement of a grant's key.
fn parse_grant_key(key: &Key) -> Option<(EntryId, u64, StatementHash)> {
    let (_, rest) = key.suffix.split_first_chunk::<32>()?;
    let (entry, rest) = rest.split_first_chunk::<16>()?;
    let (version, hash) = rest.split_first_chunk::<8>()?;
    let hash = hash.try_into().ok()?;
    Some((EntryId::from_bytes(*entry), u64::from_be_bytes(*version), StatementHash::from_bytes(hash)))
}
