//! The lines and chains that the server has verified, kept in memory as far as they went: the head of a history tells how far its
//! line or chain goes now, and only what came since is read and verified.

use std::sync::Arc;

use carnet_wire::chain::Chain;
use carnet_wire::id::{AccountId, ActorId, VaultId};
use carnet_wire::line::{Accepted, Line, Lines};
use carnet_wire::statement::{
    self, Body, Circle, Close, Context, Genesis, Holder, Key as KeyStatement, Kind, Policy,
};
use quick_cache::sync::Cache;

use crate::history::{History, HistoryId, HistoryKind, Kept, kept_at, read_number};
use crate::refusal::Refusal;
use crate::store::{Key, Range, Records, Space};

/// What has been verified so far.
#[derive(Debug)]
pub struct Known {
    lines: Cache<HistoryId, (u64, Arc<Line>)>,
    chains: Cache<HistoryId, (u64, Arc<Chain>)>,
}

impl Default for Known {
    fn default() -> Self {
        Self { lines: Cache::new(20_000), chains: Cache::new(20_000) }
    }
}

impl Known {
    /// An account's line as it is now; nothing where there is no such account.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn line(
        &self,
        records: &dyn Records,
        account: &AccountId,
    ) -> Result<Option<Arc<Line>>, Refusal> {
        let Some(history) = History::load(records, *account.as_bytes()).await? else { return Ok(None) };
        self.line_at(records, &history).await
    }

    /// The line of a history that has been read.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn line_at(
        &self,
        records: &dyn Records,
        history: &History,
    ) -> Result<Option<Arc<Line>>, Refusal> {
        if history.head.kind != HistoryKind::Account {
            return Ok(None);
        }
        let known = self.lines.get(&history.id);
        let (from, line) = match known {
            Some((length, line)) if length == history.head.chain => return Ok(Some(line)),
            Some((length, line)) if length < history.head.chain => (length, Some(line)),
            _ => (0, None),
        };
        let mut line = line.map(Arc::unwrap_or_clone);
        for kept in chain_after(records, history, from).await? {
            let bytes = kept.bytes.ok_or(Refusal::Internal)?;
            let next = match line.take() {
                None => Line::begin(&AccountId::from_bytes(history.id), &bytes),
                Some(line) => line.follow(&bytes, None),
            };
            line = Some(next.map_err(|error| broken(&error))?);
        }
        let line = Arc::new(line.ok_or(Refusal::Internal)?);
        self.lines.insert(history.id, (history.head.chain, Arc::clone(&line)));
        Ok(Some(line))
    }

    /// The chain of a vault whose history has been read.
    ///
    /// # Errors
    /// [`Refusal::Internal`].
    pub async fn chain_at(
        &self,
        records: &dyn Records,
        history: &History,
    ) -> Result<Option<Arc<Chain>>, Refusal> {
        if history.head.kind != HistoryKind::Vault {
            return Ok(None);
        }
        let (from, mut chain) = match self.chains.get(&history.id) {
            Some((length, chain)) if length == history.head.chain => return Ok(Some(chain)),
            Some((length, chain)) if length < history.head.chain => {
                (length, Some(Arc::unwrap_or_clone(chain)))
            }
            _ => (0, None),
        };
        for kept in chain_after(records, history, from).await? {
            let bytes = kept.bytes.ok_or(Refusal::Internal)?;
            let mut lines = Lines::new();
            for actor in actors_of(&bytes) {
                if let Some(line) = self.line(records, &account_of(&actor)).await? {
                    lines.insert(line).map_err(|error| broken(&error))?;
                }
            }
            let next = match chain.take() {
                None => Chain::begin(&VaultId::from_bytes(history.id), &bytes, &Accepted(&lines), None),
                Some(chain) => chain.follow(&bytes, &Accepted(&lines), None),
            };
            chain = Some(next.map_err(|error| broken(&error))?);
        }
        let chain = Arc::new(chain.ok_or(Refusal::Internal)?);
        self.chains.insert(history.id, (history.head.chain, Arc::clone(&chain)));
        Ok(Some(chain))
    }
}

/// The account of an actor: today they are one.
#[must_use]
pub fn account_of(actor: &ActorId) -> AccountId {
    AccountId::from_bytes(*actor.as_bytes())
}

/// Whose lines it takes to judge a statement of a chain.
#[must_use]
pub fn actors_of(bytes: &[u8]) -> Vec<ActorId> {
    fn claimed<B: Body, T>(bytes: &[u8], actors: impl FnOnce(&B) -> Vec<T>) -> Vec<T> {
        statement::Statement::<B>::parse(bytes)
            .map(|statement| actors(statement.claimed()))
            .unwrap_or_default()
    }
    let one = |context: &Context| vec![context.actor];
    match statement::kind_of(bytes) {
        Ok(Kind::Genesis) => claimed::<Genesis, _>(bytes, |body| match &body.holder {
            Holder::Account(account) => vec![ActorId::from_bytes(*account.as_bytes())],
            Holder::Letter(_) => Vec::new(),
        }),
        Ok(Kind::Policy) => claimed::<Policy, _>(bytes, |body| one(&body.context)),
        Ok(Kind::Circle) => claimed::<Circle, _>(bytes, |body| one(&body.context)),
        Ok(Kind::Close) => claimed::<Close, _>(bytes, |body| one(&body.context)),
        Ok(Kind::Activate) => claimed::<statement::Activate, _>(bytes, |body| one(&body.context)),
        Ok(Kind::Key) => claimed::<KeyStatement, _>(bytes, |body| vec![body.actor]),
        _ => Vec::new(),
    }
}

async fn chain_after(records: &dyn Records, history: &History, from: u64) -> Result<Vec<Kept>, Refusal> {
    let mut numbers = Vec::new();
    let mut after = None;
    loop {
        let rows = records.scan(Range::of(Space::Chain, history.id, Vec::new()).after(after)).await?;
        numbers.extend(rows.iter().filter_map(|(key, _): &(Key, _)| read_number(&key.suffix)));
        after = rows.last().map(|(key, _)| key.clone());
        if rows.len() < 1000 {
            break;
        }
    }
    let skip = usize::try_from(from).map_err(|_| Refusal::Internal)?;
    let take = usize::try_from(history.head.chain).map_err(|_| Refusal::Internal)?.saturating_sub(skip);
    let numbers: Vec<u64> = numbers.into_iter().skip(skip).take(take).collect();
    kept_at(records, history.id, &numbers).await
}

/// What was accepted once no longer follows: the store is damaged, or another release accepted more.
fn broken(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(code = "chain-broken", %error);
    Refusal::Internal
}
