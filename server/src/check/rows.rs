//! Rows that refer to statements: versions, descriptions, grants, uses of payloads, what waits, attestations, revocations, deletions.

use std::collections::BTreeSet;
use std::sync::Arc;

use carnet_rest::Staged;
use carnet_wire::grant::Grant;
use carnet_wire::grant_leaf::GrantLeaf;
use carnet_wire::id::{Digest, StatementHash};
use carnet_wire::statement::{Deposit, Statement};

use super::histories::{hash_at_end, read};
use super::{Findings, page, place};
use crate::attestation;
use crate::entry::{DescribeRecord, GrantRecord, VersionRecord, hashes};
use crate::history::{Kept, decode, number_key, read_number, statement_key};
use crate::store::{Key, Range, Records, Row, Space, StoreError};

const SPACES: [Space; 8] = [
    Space::Version,
    Space::Describe,
    Space::Grant,
    Space::Payload,
    Space::Waiting,
    Space::Attestation,
    Space::Revoked,
    Space::Deleted,
];

pub(super) async fn check(records: &Arc<dyn Records>, findings: &mut Findings<'_>) -> Result<(), StoreError> {
    for space in SPACES {
        let mut after = None;
        loop {
            let (rows, more) = page(records, Range::all(space).after(after)).await?;
            for row in &rows {
                one(records, row, findings).await?;
            }
            after = rows.last().map(|(key, _)| key.clone());
            if !more {
                break;
            }
        }
    }
    Ok(())
}

async fn one(records: &Arc<dyn Records>, row: &Row, findings: &mut Findings<'_>) -> Result<(), StoreError> {
    let (key, value) = row;
    let at = place(Some(key));
    let Some(named) = named(row) else {
        findings.add("row-unreadable", &format_args!("{:?} {at}", key.space));
        return Ok(());
    };
    for hash in named {
        let number = read(records, number_key(key.partition, &hash)).await?;
        let Some(number) = number.as_deref().and_then(read_number) else {
            // Rows of a list, and of a stage, may name a statement that never came: nobody sees them.
            let listed = matches!(key.space, Space::Revoked | Space::Deleted);
            if !listed && !is_staged(records, key, &hash).await? {
                findings.add("row-unused", &format_args!("{:?} {at}", key.space));
            }
            continue;
        };
        let fits = match key.space {
            Space::Version => version_is(records, key, value, number).await?,
            Space::Grant => grant_is(key, value),
            Space::Payload => read_number(value).is_some(),
            _ => true,
        };
        if !fits {
            findings.add(if key.space == Space::Grant { "grant" } else { "version" }, &at);
        }
    }
    Ok(())
}

/// The statements that a row names.
fn named(row: &Row) -> Option<BTreeSet<StatementHash>> {
    let (key, value) = row;
    let one = |hash: StatementHash| Some(BTreeSet::from([hash]));
    match key.space {
        Space::Version => one(decode::<VersionRecord>(value).ok()?.deposit),
        Space::Describe => one(decode::<DescribeRecord>(value).ok()?.describe),
        Space::Attestation => one(attestation::read(value).ok()?.statement),
        Space::Grant => {
            decode::<GrantRecord>(value).ok()?;
            one(StatementHash::from_bytes(hash_at_end(row)?))
        }
        Space::Payload | Space::Waiting => one(StatementHash::from_bytes(hash_at_end(row)?)),
        Space::Revoked | Space::Deleted => (value.len() % 32 == 0).then(|| hashes(value).collect()),
        _ => None,
    }
}

/// Whether a stage of the statement is still there: it is swept later, and its rows with it.
async fn is_staged(records: &Arc<dyn Records>, key: &Key, hash: &StatementHash) -> Result<bool, StoreError> {
    let (rows, _) = page(records, Range::of(Space::Stage, key.partition, hash.as_bytes().as_slice())).await?;
    let bytes = key.to_bytes();
    Ok(rows.iter().any(|(_, value)| {
        decode::<Staged>(value).is_ok_and(|staged| staged.keys.iter().any(|staged| ***staged == *bytes))
    }))
}

/// A version says what its deposit says, as long as the deposit's bytes are kept.
async fn version_is(
    records: &Arc<dyn Records>,
    key: &Key,
    value: &[u8],
    number: u64,
) -> Result<bool, StoreError> {
    let Ok(version) = decode::<VersionRecord>(value) else { return Ok(false) };
    let Some(kept) = read(records, statement_key(key.partition, number)).await? else { return Ok(false) };
    let Ok(Kept { bytes, .. }) = decode::<Kept>(&kept) else { return Ok(false) };
    let Some(bytes) = bytes else { return Ok(true) };
    let Ok(deposit) = Statement::<Deposit>::parse(&bytes) else { return Ok(false) };
    let item = usize::try_from(version.item).ok().and_then(|at| deposit.claimed().items.get(at));
    let manifest = Digest::from_bytes(*blake3::hash(&version.manifest).as_bytes());
    Ok(item.is_some_and(|item| {
        let place = [item.entry.as_bytes().as_slice(), &item.version.to_be_bytes()].concat();
        place == key.suffix
            && (item.payload, item.payload_len) == (version.payload, version.payload_len)
            && item.manifest == manifest
    }))
}

/// A grant's header is the one in its leaf, and the leaf is of the reader, entry and version of its place.
fn grant_is(key: &Key, value: &[u8]) -> bool {
    let Ok(record) = decode::<GrantRecord>(value) else { return false };
    let (Ok(leaf), Ok(header)) = (GrantLeaf::parse(&record.leaf), Grant::parse(&record.header)) else {
        return false;
    };
    let place =
        [leaf.reader.as_bytes().as_slice(), leaf.entry.as_bytes(), &leaf.version.to_be_bytes()].concat();
    header.digest() == leaf.header && key.suffix.starts_with(&place)
}
