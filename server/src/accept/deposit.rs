//! Deposits: versions of entries, their manifests, their payloads, and the grants that open them.

use std::collections::BTreeMap;

use bytes::Bytes;
pub(crate) use carnet_rest::Waiting;
use carnet_wire::cbor;
use carnet_wire::chain::{Chain, Ground};
use carnet_wire::id::{ActorId, Digest, PayloadRoot, StatementHash};
use carnet_wire::padding::is_padme;
use carnet_wire::payload::PayloadLen;
use carnet_wire::statement::{self, DepositItem, Statement, Verified};

use super::chain::pinned;
use super::{Asked, Decided, by_rules, grant, lines_of, malformed, stage};
use crate::attestation;
use crate::entry::{
    Numbers, VersionRecord, deleted_key, hashes, met_key, payload_key, version_key, waiting_key,
};
use crate::history::{History, decode, one};
use crate::known::account_of;
use crate::quota::{self, MAX_MANIFEST};
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::{Range, Space};

/// Most unfinished stages of others whose places one statement takes.
const MAX_CONTENDERS: usize = 16;

/// Puts versions into a vault.
pub(super) async fn decide(
    app: &App,
    asked: &Asked<'_>,
    history: &History,
    chain: &Chain,
) -> Result<Decided, Refusal> {
    let statement =
        Statement::<statement::Deposit>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
    let context = statement.claimed().context.clone();
    if context.vault.as_bytes() != &asked.target.id {
        return Err(Refusal::Absent);
    }
    asked.timely(app, context.time, statement.header())?;
    let lines = lines_of(app, &context.actor).await?;
    let (verified, ground) =
        chain.verify_deposit(statement, &lines, None).map_err(|error| by_rules(chain, &error))?;
    // Who stands on no more than an attestation has it checked before anything of the vault shows.
    let standing = ground == Ground::Standing;
    if standing && !attestation::is_attested(app, &context.actor, asked.now).await? {
        return Err(Refusal::Absent);
    }
    if chain.is_closed() {
        return Err(Refusal::Statement("vault-closed"));
    }
    pinned(history, &context)?;

    let body = verified.body();
    let ruler = matches!(ground, Ground::Holder | Ground::Delegate);
    manifests(asked, &body.items)?;
    let mut decided = Decided::nothing(history.head.clone());
    versions(app, asked, chain, &verified, ruler, &mut decided).await?;

    let batch = grant::Batch {
        grants: &body.grants,
        policy: Some(body.policy),
        ruler,
        depositor: Some(context.actor),
    };
    let fresh = grant::Fresh { items: &body.items };
    let granted = grant::check(app, asked, chain, &batch, Some(&fresh)).await?;
    let to_holder = |item: &DepositItem| granted.to_vault.contains(&item.entry);
    if !ruler && !body.items.iter().all(to_holder) {
        return Err(Refusal::Statement("deposit-not-to-vault"));
    }
    decided.rows.extend(granted.rows);
    decided.hints.extend(granted.hints);

    let bytes = size(asked, &body.items);
    let count = u64::try_from(body.items.len()).unwrap_or(u64::MAX);
    decided.head.bytes = decided.head.bytes.saturating_add(bytes);
    decided.head.versions = decided.head.versions.saturating_add(count);
    quota::check_vault(&app.config.limits, &decided.head)?;
    if standing {
        wait(app, asked, &context.actor, bytes, &mut decided).await?;
    }
    settle(app, &verified, asked, &mut decided).await?;
    Ok(decided)
}

/// Refuses manifests that are not those of the items.
fn manifests(asked: &Asked<'_>, items: &[DepositItem]) -> Result<(), Refusal> {
    let manifests = &asked.submission.manifests;
    if manifests.len() != items.len() {
        return Err(Refusal::Malformed("submission-parts"));
    }
    for (item, manifest) in items.iter().zip(manifests) {
        if manifest.len() > MAX_MANIFEST {
            return Err(Refusal::TooLarge("manifest-too-large"));
        }
        if Digest::from_bytes(*blake3::hash(manifest).as_bytes()) != item.manifest {
            return Err(Refusal::Malformed("submission-digest"));
        }
        let len = PayloadLen::from_stored(item.payload_len).map_err(|error| malformed(&error))?;
        if !is_padme(len.plaintext()) {
            return Err(Refusal::Statement("payload-not-padded"));
        }
    }
    Ok(())
}

/// Checks each version against those before: a first one must be new, a later one must follow the newest, and come from who rules the vault
/// or deposited all before.
async fn versions(
    app: &App,
    asked: &Asked<'_>,
    chain: &Chain,
    verified: &Verified<statement::Deposit>,
    ruler: bool,
    decided: &mut Decided,
) -> Result<(), Refusal> {
    let vault = asked.target.id;
    let body = verified.body();
    let own = body.items.iter().map(|item| version_key(vault, &item.entry, item.version));
    let before =
        body.items.iter().map(|item| version_key(vault, &item.entry, item.version.saturating_sub(1)));
    let deleted = body.items.iter().map(|item| deleted_key(vault, &item.entry));
    let rows = app.records.get(own.chain(before).chain(deleted).collect()).await?;
    let count = body.items.len();
    let part = |from: usize| rows.get(from..from + count).unwrap_or_default();
    let read = |row: &Option<Vec<u8>>| row.as_deref().map(decode::<VersionRecord>).transpose();
    let mut own = Vec::with_capacity(count);
    let mut before = Vec::with_capacity(count);
    for (at, previous) in part(0).iter().zip(part(count)) {
        own.push(read(at)?);
        before.push(read(previous)?);
    }
    let deletions: Vec<_> = part(2 * count).iter().flatten().flat_map(|list| hashes(list)).collect();
    let named = own.iter().chain(&before).flatten().map(|record| record.deposit);
    let numbers =
        Numbers::load(&*app.records, vault, named.chain(deletions.iter().copied()).collect()).await?;
    if deletions.iter().any(|deletion| numbers.of(deletion).is_some()) {
        return Err(Refusal::Statement("entry-deleted"));
    }
    let counts = |record: &Option<VersionRecord>| {
        record.clone().filter(|record| numbers.of(&record.deposit).is_some())
    };
    for ((item, own), before) in body.items.iter().zip(&own).zip(&before) {
        if let Some(winner) = counts(own) {
            return Err(Refusal::Conflict(Some(winner.deposit)));
        }
        // A stage of its own is what a crash has left of this statement: it is written over.
        if let Some(contender) = own.as_ref().filter(|contender| contender.deposit != asked.hash) {
            take_over(app, vault, &contender.deposit, decided).await?;
        }
        if !ruler && chain.is_key_entry(&item.entry) {
            return Err(Refusal::Absent);
        }
        if item.version == 1 {
            continue;
        }
        let before = counts(before).ok_or(Refusal::Conflict(None))?;
        if item.predecessor != Some(before.deposit) {
            return Err(Refusal::Conflict(Some(before.deposit)));
        }
        // Each version was checked so when it came: the one before stands for all before it.
        if !ruler && before.actor != body.context.actor {
            return Err(Refusal::Absent);
        }
    }
    Ok(())
}

/// Takes a place that the stage of another statement, not yet accepted, holds: that stage can then no longer become a statement as
/// it is, and its sender decides anew.
async fn take_over(
    app: &App,
    vault: [u8; 32],
    contender: &StatementHash,
    decided: &mut Decided,
) -> Result<(), Refusal> {
    // They are removed in the transaction of this statement, which has few rows: whoever leaves so many stages waits for the sweeper.
    if decided.without.len() >= MAX_CONTENDERS {
        return Err(Refusal::Conflict(None));
    }
    let first = stage::stage_key(vault, contender, 0);
    if !decided.without.contains(&first) && one(&*app.records, first.clone()).await?.is_some() {
        decided.without.push(first);
    }
    Ok(())
}

/// The payloads that came with the statement.
fn given(asked: &Asked<'_>, items: &[DepositItem]) -> Result<BTreeMap<PayloadRoot, Bytes>, Refusal> {
    let payloads = &asked.submission.payloads;
    if !payloads.is_empty() && payloads.len() != items.len() {
        return Err(Refusal::Malformed("submission-parts"));
    }
    let given = items.iter().zip(payloads).filter(|(_, payload)| !payload.is_empty());
    Ok(given.map(|(item, payload)| (item.payload, payload.clone())).collect())
}

/// What the deposit counts for the quota.
fn size(asked: &Asked<'_>, items: &[DepositItem]) -> u64 {
    let manifests: usize = asked.submission.manifests.iter().map(|manifest| manifest.len()).sum();
    let payloads = items.iter().fold(0u64, |sum, item| sum.saturating_add(item.payload_len));
    payloads.saturating_add(u64::try_from(manifests).unwrap_or(u64::MAX))
}

/// Lets a deposit of somebody new wait for the holder, within a small quota.
async fn wait(
    app: &App,
    asked: &Asked<'_>,
    actor: &ActorId,
    bytes: u64,
    decided: &mut Decided,
) -> Result<(), Refusal> {
    let vault = asked.target.id;
    if one(&*app.records, met_key(vault, actor)).await?.is_some() {
        return Ok(());
    }
    let (mut own, mut all) = (quota::Waiting::default(), quota::Waiting::default());
    for (_, value) in app.records.scan(Range::of(Space::Waiting, vault, Vec::new())).await? {
        let waiting: Waiting = decode(&value)?;
        all.add(waiting.bytes);
        if waiting.actor == *actor {
            own.add(waiting.bytes);
        }
    }
    own.add(bytes);
    all.add(bytes);
    own.check(all, &app.config.limits)?;
    decided.head.waiting = all.deposits;
    let waiting = Waiting { actor: *actor, bytes };
    decided.with.push((waiting_key(vault, &asked.hash), cbor::encode(&waiting)));
    Ok(())
}

/// Makes the payloads durable and complete, then writes the versions that name them.
async fn settle(
    app: &App,
    verified: &Verified<statement::Deposit>,
    asked: &Asked<'_>,
    decided: &mut Decided,
) -> Result<(), Refusal> {
    let body = verified.body();
    let payloads: BTreeMap<_, _> = body.items.iter().map(|item| (item.payload, item.payload_len)).collect();
    let payloads: Vec<_> = payloads.into_iter().collect();
    let given = given(asked, &body.items)?;
    let settlement =
        app.payloads.settle_with(&body.context.vault, &payloads, given, app.records.carries()).await?;
    decided.along = settlement.along;
    app.pending.end(
        &account_of(&body.context.actor),
        &body.context.vault,
        payloads.iter().map(|(root, _)| root),
    );
    let nonces: BTreeMap<_, _> = payloads.iter().map(|(root, _)| *root).zip(settlement.settled).collect();
    let vault = asked.target.id;
    for ((item, place), manifest) in body.items.iter().zip(0u32..).zip(&asked.submission.manifests) {
        let nonce = nonces.get(&item.payload).ok_or(Refusal::Internal)?.nonce();
        let record = VersionRecord {
            deposit: asked.hash,
            item: place,
            actor: body.context.actor,
            payload: item.payload,
            payload_len: item.payload_len,
            nonce: (*nonce.as_bytes()).into(),
            manifest: manifest.clone(),
        };
        decided.rows.push((version_key(vault, &item.entry, item.version), cbor::encode(&record)));
        let used = payload_key(vault, &item.payload, &item.entry, item.version, &asked.hash);
        decided.rows.push((used, item.payload_len.to_be_bytes().to_vec()));
    }
    Ok(())
}
