//! Grants: who can read what, as the server tells it and the signed batches prove it.

use std::collections::BTreeMap;

use carnet_core::step::{ClaimedGrant, GrantsStep};
use carnet_wire::id::StatementHash;
use carnet_wire::statement::{self, Deposit, Grant, GrantBatch, Kind};

use super::{Client, Held, claimed};
use crate::Failure;

impl Client {
    /// All live grants of a vault that this client rules. Each is proven to stand in the batch of the statement that made it.
    ///
    /// # Errors
    /// `grant-not-in-batch` where the server names one that nobody made; what the server says.
    pub fn live_grants(&mut self, held: &mut Held) -> Result<Vec<ClaimedGrant>, Failure> {
        self.sync_vault(held)?;
        let mut batches: BTreeMap<StatementHash, GrantBatch> = BTreeMap::new();
        for row in self.history(&held.vault.id())? {
            let Some(bytes) = &row.bytes else { continue };
            let batch = match statement::kind_of(bytes) {
                Ok(Kind::Deposit) => claimed::<Deposit>(bytes).map(|body| body.grants),
                Ok(Kind::Grant) => claimed::<Grant>(bytes).map(|body| body.grants),
                Ok(Kind::Activate) => claimed::<statement::Activate>(bytes).map(|body| body.grants),
                _ => None,
            };
            if let Some(batch) = batch {
                batches.insert(row.hash, batch);
            }
        }
        let (mut all, mut next) = (Vec::new(), Some(GrantsStep::start(&held.vault.id())));
        while let Some(ask) = next {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response)?;
            for grant in progress.grants {
                let batch =
                    batches.get(&grant.statement).ok_or_else(|| Failure::coded("grant-not-in-batch"))?;
                grant.verify(batch)?;
                all.push(grant);
            }
            next = progress.more;
        }
        Ok(all)
    }
}
