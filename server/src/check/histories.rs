//! Every history: its statements, numbers, receipts, tree and head, its chain or line, and each of its states in the log.

use std::sync::Arc;

use carnet_wire::log_leaf::{LogLeaf, history_leaf};
use carnet_wire::note::VerifierKey;
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{self, Receipt, Statement};
use carnet_wire::tree::Frontier;

use super::{Findings, hex, page};
use crate::history::{
    Head, History, HistoryId, HistoryKind, Kept, decode, node_key, number_key, read_number,
};
use crate::known::Known;
use crate::log::examine::Examined;
use crate::store::{Key, Range, Records, Row, Space, StoreError};

pub(super) async fn check(
    records: &Arc<dyn Records>,
    line: &[(Origin, VerifierKey)],
    logs: &mut [(Origin, Examined)],
    findings: &mut Findings<'_>,
) -> Result<(), StoreError> {
    let known = Known::default();
    let mut after = None;
    loop {
        let (rows, more) = page(records, Range::all(Space::Head).after(after)).await?;
        for (key, was) in &rows {
            findings.read("histories", 1);
            match decode::<Head>(was) {
                Ok(head) => {
                    let history = History { id: key.partition, head, was: was.clone() };
                    one(records, &history, line, logs, findings).await?;
                    chain(records, &history, &known, findings).await;
                }
                Err(_) => findings.add("head-unreadable", &hex(&key.partition)),
            }
        }
        after = rows.last().map(|(key, _)| key.clone());
        if !more {
            return Ok(());
        }
    }
}

/// The statements of one history, in their order.
async fn one(
    records: &Arc<dyn Records>,
    history: &History,
    line: &[(Origin, VerifierKey)],
    logs: &mut [(Origin, Examined)],
    findings: &mut Findings<'_>,
) -> Result<(), StoreError> {
    let id = history.id;
    let mut frontier = Frontier::new();
    let mut after = None;
    loop {
        let (rows, more) = page(records, Range::of(Space::Statement, id, Vec::new()).after(after)).await?;
        for (key, value) in &rows {
            findings.read("statements", 1);
            let number = frontier.size() + 1;
            let at = format!("{} {number}", hex(&id));
            if read_number(&key.suffix) != Some(number) {
                findings.add("statement-missing", &at);
                return Ok(());
            }
            let Ok(kept) = decode::<Kept>(value) else {
                findings.add("statement-unreadable", &at);
                return Ok(());
            };
            let mut nodes = Vec::new();
            frontier.append_with(history_leaf(&kept.hash), |level, index, hash| {
                nodes.push((node_key(id, level, index), Some(hash.as_bytes().to_vec())));
            });
            let leaf = LogLeaf::new(&history.head.salt(), number, frontier.root());
            if kept.bytes.as_ref().is_some_and(|bytes| statement::hash(bytes) != kept.hash) {
                findings.add("statement-hash", &at);
            }
            if !receipt_is(&kept, id, number, &leaf, line) {
                findings.add("receipt", &at);
            }
            let expected = [(number_key(id, &kept.hash), Some(number.to_be_bytes().to_vec()))];
            compare(records, &expected, "number", &at, findings).await?;
            compare(records, &nodes, "node", &at, findings).await?;
            in_log(records, id, number, &leaf, logs, findings).await?;
        }
        after = rows.last().map(|(key, _)| key.clone());
        if !more {
            break;
        }
    }
    let head = &history.head;
    if frontier.size() != head.size {
        findings.add("statement-missing", &format_args!("{} {}", hex(&id), frontier.size() + 1));
    } else if head.root() != Some(frontier.root()) {
        findings.add("head-root", &hex(&id));
    }
    Ok(())
}

/// Records that must be just so.
async fn compare(
    records: &Arc<dyn Records>,
    expected: &[(Key, Option<Vec<u8>>)],
    code: &'static str,
    at: &str,
    findings: &mut Findings<'_>,
) -> Result<(), StoreError> {
    for (key, value) in expected {
        if read(records, key.clone()).await? != *value {
            findings.add(code, &at);
        }
    }
    Ok(())
}

fn receipt_is(
    kept: &Kept,
    id: HistoryId,
    number: u64,
    leaf: &LogLeaf,
    line: &[(Origin, VerifierKey)],
) -> bool {
    let Ok(receipt) = Statement::<Receipt>::parse(&kept.receipt) else { return false };
    let key = line.iter().find(|(origin, _)| *origin == receipt.header().origin);
    let key = key.and_then(|(_, key)| VerifyingKey::from_bytes(key.as_bytes()).ok());
    let Some(verified) = key.and_then(|key| receipt.verify(&key).ok()) else { return false };
    let said = verified.body();
    let tag: [u8; 32] = said.tag.into();
    let root: [u8; 32] = said.root.into();
    (said.vault.as_bytes(), said.size, said.statement, said.time) == (&id, number, kept.hash, kept.time)
        && [tag, root].concat() == leaf.to_bytes()
}

/// A state waits for the log, or stands in it.
async fn in_log(
    records: &Arc<dyn Records>,
    id: HistoryId,
    number: u64,
    leaf: &LogLeaf,
    logs: &mut [(Origin, Examined)],
    findings: &mut Findings<'_>,
) -> Result<(), StoreError> {
    let at = format!("{} {number}", hex(&id));
    let suffix = number.to_be_bytes();
    if let Some(queued) = read(records, Key::new(Space::Queue, id, suffix)).await? {
        if queued != leaf.to_bytes() {
            findings.add("queue", &at);
        }
        return Ok(());
    }
    let Some(place) = read(records, Key::new(Space::Place, id, suffix)).await? else {
        findings.add("not-logged", &at);
        return Ok(());
    };
    let stands = match place.split_first_chunk::<8>() {
        Some((index, origin)) => {
            let log = logs.iter_mut().find(|(name, _)| name.as_str().as_bytes() == origin);
            match log {
                Some((_, log)) => log.leaf(u64::from_be_bytes(*index)).await.ok().flatten(),
                None => None,
            }
        }
        None => None,
    };
    if stands.map(|stands| stands.to_bytes()) != Some(leaf.to_bytes()) {
        findings.add("place", &at);
    }
    Ok(())
}

/// The statements that make an account's line or a vault's chain follow from one another, under their signatures.
async fn chain(records: &Arc<dyn Records>, history: &History, known: &Known, findings: &mut Findings<'_>) {
    let follows = match history.head.kind {
        HistoryKind::Account => known.line_at(&**records, history).await.is_ok_and(|line| line.is_some()),
        HistoryKind::Vault => known.chain_at(&**records, history).await.is_ok_and(|chain| chain.is_some()),
    };
    if !follows {
        findings.add("chain", &hex(&history.id));
    }
}

/// A record; a damaged one, which has been found before, is as one that is not there.
pub(super) async fn read(records: &Arc<dyn Records>, key: Key) -> Result<Option<Vec<u8>>, StoreError> {
    match records.get(vec![key]).await {
        Ok(found) => Ok(found.into_iter().next().flatten()),
        Err(StoreError::Corrupt(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same as a row's value would be read.
pub(super) fn hash_at_end(row: &Row) -> Option<[u8; 32]> {
    row.0.suffix.last_chunk::<32>().copied()
}
