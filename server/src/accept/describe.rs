//! Descriptions: a new manifest for a version that stays as it is.

use carnet_wire::cbor;
use carnet_wire::chain::Chain;
use carnet_wire::id::Digest;
use carnet_wire::statement::{Deposit, Describe, Statement};

use super::{Asked, Decided, ruling};
use crate::entry::{DescribeRecord, Numbers, VersionRecord, deleted_key, describe_key, hashes, version_key};
use crate::history::{History, decode, kept_one};
use crate::quota::{self, MAX_MANIFEST};
use crate::refusal::Refusal;
use crate::state::App;

/// Replaces a manifest.
pub(super) async fn decide(
    app: &App,
    asked: &Asked<'_>,
    history: &History,
    chain: &Chain,
) -> Result<Decided, Refusal> {
    let verified = ruling::<Describe>(app, asked, history, chain, |body| &body.context).await?;
    let body = verified.body();
    let ([manifest], []) = (asked.submission.manifests.as_slice(), asked.submission.grants.as_slice()) else {
        return Err(Refusal::Malformed("submission-parts"));
    };
    if manifest.len() > MAX_MANIFEST {
        return Err(Refusal::TooLarge("manifest-too-large"));
    }
    if Digest::from_bytes(*blake3::hash(manifest).as_bytes()) != body.manifest {
        return Err(Refusal::Malformed("submission-digest"));
    }

    let vault = asked.target.id;
    let place = describe_key(vault, &body.entry, body.version);
    let keys =
        vec![version_key(vault, &body.entry, body.version), place.clone(), deleted_key(vault, &body.entry)];
    let rows = app.records.get(keys).await?;
    let [version, described, deleted] = rows.as_slice() else { return Err(Refusal::Internal) };
    let version = version.as_ref().ok_or(Refusal::Statement("entry-absent"))?;
    let version: VersionRecord = decode(version)?;
    let deletions: Vec<_> = deleted.iter().flat_map(|list| hashes(list)).collect();
    let named = deletions.iter().copied().chain([version.deposit]);
    let numbers = Numbers::load(&*app.records, vault, named.collect()).await?;
    let number = numbers.of(&version.deposit).ok_or(Refusal::Statement("entry-absent"))?;
    if deletions.iter().any(|deletion| numbers.of(deletion).is_some()) {
        return Err(Refusal::Statement("entry-deleted"));
    }
    let described: Option<DescribeRecord> = described.as_deref().map(decode).transpose()?;
    let current = described.as_ref().map_or(version.deposit, |described| described.describe);
    if body.replaces != current {
        return Err(Refusal::Conflict(Some(current)));
    }
    if inner(app, vault, number, version.item).await? != body.inner {
        return Err(Refusal::Statement("describe-inner"));
    }

    let before = described.map_or(version.manifest.len(), |described| described.manifest.len());
    let mut head = history.head.clone();
    let (before, after) = (u64::try_from(before), u64::try_from(manifest.len()));
    head.bytes = head.bytes.saturating_sub(before.unwrap_or(0)).saturating_add(after.unwrap_or(u64::MAX));
    quota::check_vault(&app.config.limits, &head)?;
    let record = DescribeRecord { describe: asked.hash, manifest: manifest.clone() };
    Ok(Decided { with: vec![(place, cbor::encode(&record))], ..Decided::nothing(head) })
}

/// The commitment to the author's signature that the deposit's item has.
async fn inner(
    app: &App,
    vault: [u8; 32],
    number: u64,
    item: u32,
) -> Result<carnet_wire::id::InnerCommitment, Refusal> {
    let kept = kept_one(&*app.records, vault, number).await?;
    let bytes = kept.bytes.ok_or(Refusal::Internal)?;
    let deposit = Statement::<Deposit>::parse(&bytes).map_err(|_| Refusal::Internal)?;
    let item = usize::try_from(item).ok().and_then(|item| deposit.claimed().items.get(item));
    Ok(item.ok_or(Refusal::Internal)?.inner)
}
