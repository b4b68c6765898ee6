//! A history, computed anew from its statements: nodes, head, receipts, and the leaf of each in the log or its queue.

use carnet_rest::{self as rest, Head, Key, Space, checksum};
use carnet_wire::log_leaf::{LogLeaf, history_leaf};
use carnet_wire::statement::{Receipt, Statement};
use carnet_wire::tree::Frontier;

use super::log;
use super::row::decode;
use super::source::Source;
use super::walk::Unfit;
use crate::error::AuditError;

/// Computes a history anew.
///
/// # Errors
/// [`AuditError`] where records cannot be read; the inner one is a finding.
pub(super) fn check(source: &dyn Source, id: [u8; 32], head: &Head) -> Result<Result<(), Unfit>, AuditError> {
    let mut frontier = Frontier::new();
    let mut found = Ok(());
    let mut rows = Vec::new();
    let prefix = Key::new(Space::Statement, id, []).to_bytes();
    source.each(&prefix, &mut |key, framed| {
        if found.is_ok() {
            let value = checksum::open(key, framed.to_vec());
            let kept = value.and_then(|value| decode::<rest::Kept>(&value).ok());
            found = match kept {
                Some(kept) => one(source, id, head, &mut frontier, &mut rows, key, &kept)?,
                None => Err("history-damaged"),
            };
        }
        Ok(())
    })?;
    if found.is_err() {
        return Ok(found);
    }
    Ok(if frontier.size() != head.size {
        Err("history-other-size")
    } else if Some(frontier.root()) != head.root() {
        Err("history-other-root")
    } else {
        chain(source, id, head)?
    })
}

/// Takes the next statement in, and compares what follows from it.
fn one(
    source: &dyn Source,
    id: [u8; 32],
    head: &Head,
    frontier: &mut Frontier,
    nodes: &mut Vec<(u8, u64, [u8; 32])>,
    key: &[u8],
    kept: &rest::Kept,
) -> Result<Result<(), Unfit>, AuditError> {
    nodes.clear();
    frontier.append_with(history_leaf(&kept.hash), |level, index, hash| {
        nodes.push((level, index, *hash.as_bytes()))
    });
    let number = frontier.size();
    if !key.ends_with(&number.to_be_bytes()) {
        return Ok(Err("history-gap"));
    }
    for (level, index, hash) in nodes.iter() {
        let suffix = [[*level].as_slice(), &index.to_be_bytes()].concat();
        if source.get(&Key::new(Space::Node, id, suffix))?.as_deref() != Some(hash.as_slice()) {
            return Ok(Err("history-other-node"));
        }
    }
    let root = frontier.root();
    let Ok(receipt) = Statement::<Receipt>::parse(&kept.receipt) else { return Ok(Err("receipt-malformed")) };
    let said = receipt.claimed();
    let same = said.size == number
        && said.statement == kept.hash
        && said.vault.as_bytes() == &id
        && *said.root == *root.as_bytes()
        && *said.tag == head.salt().tag(number)
        && said.time == kept.time;
    if !same {
        return Ok(Err("receipt-other"));
    }
    log::holds(source, id, number, &LogLeaf::new(&head.salt(), number, root))
}

/// The chain's rows are as many as the head says.
fn chain(source: &dyn Source, id: [u8; 32], head: &Head) -> Result<Result<(), Unfit>, AuditError> {
    let mut rows = 0;
    source.each(&Key::new(Space::Chain, id, []).to_bytes(), &mut |_, _| {
        rows += 1;
        Ok(())
    })?;
    let same = rows == head.chain;
    Ok(if same { Ok(()) } else { Err("history-other-chain") })
}
