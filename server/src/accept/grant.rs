//! Grants: checking a batch against its statement, its readers against their current keys, and what it opens.

use std::collections::BTreeSet;

use carnet_wire::cbor;
use carnet_wire::chain::Chain;
use carnet_wire::grant_leaf::{GrantLeaf, GrantTree, Via};
use carnet_wire::id::{AccountId, ActorId, EntryId, ReaderId, StatementHash};
use carnet_wire::statement::{self, GrantBatch};

use super::{Asked, Decided, by_rules, malformed, ruling};
use crate::entry::{
    GrantRecord, Numbers, VersionRecord, deleted_key, grant_key, hashes, inbox_row, version_key,
};
use crate::history::{History, decode};
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::Row;

/// A batch, and on whose behalf.
pub(super) struct Batch<'a> {
    /// What the statement signs.
    pub(super) grants: &'a GrantBatch,
    /// The policy that it names, where it names one.
    pub(super) policy: Option<StatementHash>,
    /// Whether who grants rules the vault: others grant to those alone whom the policy names.
    pub(super) ruler: bool,
    /// Who deposits, and may keep a grant on what it deposited.
    pub(super) depositor: Option<ActorId>,
}

/// What a checked batch changes.
#[derive(Debug, Default)]
pub(super) struct Granted {
    /// The grants.
    pub(super) rows: Vec<Row>,
    /// Leads from accounts to this vault.
    pub(super) hints: Vec<Row>,
    /// Entries that the vault's own reader can open by this batch.
    pub(super) to_vault: BTreeSet<EntryId>,
}

/// What the batch may open besides what is there: the versions of the same deposit.
pub(super) struct Fresh<'a> {
    /// The deposit's items.
    pub(super) items: &'a [statement::DepositItem],
}

/// Gives versions to readers.
pub(super) async fn decide(
    app: &App,
    asked: &Asked<'_>,
    history: &History,
    chain: &Chain,
) -> Result<Decided, Refusal> {
    if !asked.submission.manifests.is_empty() {
        return Err(Refusal::Malformed("submission-parts"));
    }
    let verified = ruling::<statement::Grant>(app, asked, history, chain, |body| &body.context).await?;
    let body = verified.body();
    let batch = Batch { grants: &body.grants, policy: Some(body.policy), ruler: true, depositor: None };
    let Granted { rows, hints, .. } = check(app, asked, chain, &batch, None).await?;
    Ok(Decided { rows, hints, ..Decided::nothing(history.head.clone()) })
}

/// Checks a batch: every leaf and header against the signed root, every reader against its current generation, every version against what
/// is there.
pub(super) async fn check(
    app: &App,
    asked: &Asked<'_>,
    chain: &Chain,
    batch: &Batch<'_>,
    fresh: Option<&Fresh<'_>>,
) -> Result<Granted, Refusal> {
    if batch.policy.is_some_and(|policy| policy != chain.policy_statement()) {
        return Err(Refusal::Stale("stale-policy", Some(chain.policy_statement())));
    }
    let mut leaves = Vec::with_capacity(asked.submission.grants.len());
    for part in &asked.submission.grants {
        let leaf = GrantLeaf::parse(&part.leaf).map_err(|_| Refusal::Malformed("grant-leaf"))?;
        let header = carnet_wire::grant::Grant::parse(&part.header).map_err(|error| malformed(&error))?;
        if header.digest() != leaf.header {
            return Err(Refusal::Malformed("submission-digest"));
        }
        leaves.push(leaf);
    }
    let tree = GrantTree::over(&leaves).map_err(|error| malformed(&error))?;
    if tree.batch() != *batch.grants {
        return Err(Refusal::Malformed("submission-digest"));
    }
    let mut granted = Granted::default();
    for leaf in &leaves {
        reader(app, chain, batch, leaf, fresh).await?;
        if leaf.via == Via::Vault {
            granted.to_vault.insert(leaf.entry);
        }
    }
    let vault = asked.target.id;
    let deposits = opened(app, vault, asked.hash, &leaves, fresh).await?;
    for ((index, leaf), deposit) in (0u32..).zip(&leaves).zip(deposits) {
        let part = asked.submission.grants.get(usize::try_from(index).unwrap_or(usize::MAX));
        let part = part.ok_or(Refusal::Internal)?;
        let path = tree.path(index).map_err(|error| malformed(&error))?;
        let record = GrantRecord {
            deposit,
            leaf: part.leaf.clone(),
            path: cbor::encode(&path).into(),
            header: part.header.clone(),
        };
        let key = grant_key(vault, &leaf.reader, &leaf.entry, leaf.version, &asked.hash);
        granted.rows.push((key, cbor::encode(&record)));
    }
    let accounts = leaves.iter().filter(|leaf| leaf.via == Via::Account).map(|leaf| leaf.reader);
    let accounts: BTreeSet<ReaderId> = accounts.collect();
    granted.hints = accounts.iter().map(|reader| inbox_row(*reader.as_bytes(), vault)).collect();
    Ok(granted)
}

/// Refuses a reader whose keys are not those of its current generation, or whom this signer may not grant to.
async fn reader(
    app: &App,
    chain: &Chain,
    batch: &Batch<'_>,
    leaf: &GrantLeaf,
    fresh: Option<&Fresh<'_>>,
) -> Result<(), Refusal> {
    let current = match leaf.via {
        Via::Account => {
            let account = AccountId::from_bytes(*leaf.reader.as_bytes());
            let line =
                app.known.line(&*app.records, &account).await?.ok_or(Refusal::Statement("grant-reader"))?;
            line.bundle(line.generation()).map(|bundle| (line.generation(), bundle.recipient().key_id()))
        }
        Via::Vault | Via::Circle => {
            if (leaf.via == Via::Vault) != (leaf.reader.as_bytes() == chain.id().as_bytes()) {
                return Err(Refusal::Statement("grant-reader"));
            }
            chain.generation_of(&leaf.reader).zip(chain.key_id_of(&leaf.reader))
        }
        // Nobody else knows these keys: whoever holds the secret finds out.
        Via::Link | Via::Card | Via::Letter | Via::App => Some((1, leaf.key_id)),
    };
    let (generation, key_id) = current.ok_or(Refusal::Statement("grant-reader"))?;
    if leaf.generation != generation || leaf.key_id != key_id {
        return Err(Refusal::Stale("stale-generation", None));
    }
    if batch.ruler || leaf.via == Via::Vault {
        return Ok(());
    }
    let own = batch.depositor.is_some_and(|actor| actor.as_bytes() == leaf.reader.as_bytes());
    let class = fresh.and_then(|fresh| fresh.items.iter().find(|item| item.entry == leaf.entry));
    let circles = class.map(|item| chain.circles_for(item.class)).transpose();
    let circles = circles.map_err(|error| by_rules(chain, &error))?.unwrap_or_default();
    let named = circles.iter().any(|at| at.circle == leaf.reader);
    let allowed = (own && leaf.via == Via::Account) || (named && leaf.via == Via::Circle);
    if allowed { Ok(()) } else { Err(Refusal::Statement("grant-reader")) }
}

/// The deposits of the versions that the leaves open, which must be there and not deleted.
async fn opened(
    app: &App,
    vault: [u8; 32],
    own: StatementHash,
    leaves: &[GrantLeaf],
    fresh: Option<&Fresh<'_>>,
) -> Result<Vec<StatementHash>, Refusal> {
    let refused = || Refusal::Statement("grant-version");
    if let Some(fresh) = fresh {
        let items: BTreeSet<_> = fresh.items.iter().map(|item| (item.entry, item.version)).collect();
        let all = leaves.iter().all(|leaf| items.contains(&(leaf.entry, leaf.version)));
        return if all { Ok(vec![own; leaves.len()]) } else { Err(refused()) };
    }
    let keys = leaves.iter().map(|leaf| version_key(vault, &leaf.entry, leaf.version));
    let keys = keys.chain(leaves.iter().map(|leaf| deleted_key(vault, &leaf.entry)));
    let rows = app.records.get(keys.collect()).await?;
    let (versions, deleted) = rows.split_at(leaves.len());
    let mut deposits = Vec::with_capacity(leaves.len());
    for row in versions {
        deposits.push(decode::<VersionRecord>(row.as_ref().ok_or_else(refused)?)?.deposit);
    }
    let deletions: Vec<_> = deleted.iter().flatten().flat_map(|list| hashes(list)).collect();
    let named = deposits.iter().copied().chain(deletions.iter().copied());
    let numbers = Numbers::load(&*app.records, vault, named.collect()).await?;
    let there = deposits.iter().all(|deposit| numbers.of(deposit).is_some());
    let gone = deletions.iter().any(|deletion| numbers.of(deletion).is_some());
    if there && !gone { Ok(deposits) } else { Err(refused()) }
}
