//! Accepting statements: the one way in which anything changes.
//!
//! A statement is decided from the head of its history, and committed only if the head is still the same: what it changes, its
//! number, the nodes of the tree and its leaf in the log's queue are one transaction. What is too large for one is written before, in
//! chunks that nobody sees until the statement's number exists; chunks without a statement are swept later. The receipt leaves only
//! after the transaction is durable, and is kept with it: whoever repeats a statement gets the first receipt.

mod account;
mod authority;
mod chain;
mod delete;
mod deposit;
mod describe;
mod grant;
mod read;
mod revoke;
mod stage;

use bytes::Bytes;
use carnet_wire::StableCode;
use carnet_wire::chain::{Chain, ChainError};
use carnet_wire::id::{ActorId, StatementHash, VaultId};
use carnet_wire::line::{LineError, Lines};
use carnet_wire::message::{Accepted, Submission};
use carnet_wire::statement::{self, Body, Context, Kind, Receipt, Statement, Verified};

use crate::access;
use crate::history::{
    Head, History, HistoryId, HistoryKind, Kept, StoredNodes, consistency, decode, node_key, one,
    statement_key,
};
use crate::log::Log;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::App;
use crate::store::{Carried, Key, Row};
use carnet_rest::head::Appended;

/// How many times a statement is decided anew because others came between.
const ATTEMPTS: usize = 16;

/// How long the log may take, in milliseconds: what a receipt promises.
const INCLUSION: u64 = 60 * 1000;

/// How far ahead of the server a claimed time may be, in milliseconds.
pub const MAX_AHEAD: u64 = 10 * 60 * 1000;

/// Whose history a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// An account's or a vault's.
    pub kind: HistoryKind,
    /// Which.
    pub id: HistoryId,
}

/// What is asked: a statement, its parts, and the state that the client has pinned.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Whose history.
    pub target: Target,
    /// The statement and its parts.
    pub submission: &'a Submission<Bytes>,
    /// Its kind.
    pub kind: Kind,
    /// Its hash.
    pub hash: StatementHash,
    /// Who sends it.
    pub session: Option<&'a Session>,
    /// When it arrived, in milliseconds since 1970.
    pub now: u64,
}

impl Asked<'_> {
    /// The statement's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.submission.statement
    }

    /// Refuses parts that a statement of this kind does not have.
    fn without_parts(&self) -> Result<(), Refusal> {
        let none = self.submission.manifests.is_empty() && self.submission.grants.is_empty();
        if none { Ok(()) } else { Err(Refusal::Malformed("submission-parts")) }
    }

    /// Refuses a time that the server's clock has not nearly reached, and a statement of another log.
    fn timely(&self, app: &App, claimed: u64, header: &statement::Header) -> Result<(), Refusal> {
        if claimed > self.now.saturating_add(MAX_AHEAD) {
            return Err(Refusal::Statement("statement-time-ahead"));
        }
        if !app.log.accepts(&header.origin) {
            return Err(Refusal::Statement("statement-other-origin"));
        }
        Ok(())
    }
}

/// What a statement changes, once it has been decided that it may.
#[derive(Debug)]
pub struct Decided {
    /// The head that it was decided from, with the quotas as they will be.
    pub head: Head,
    /// Rows that mean nothing until the statement's number exists: each names the statement.
    pub rows: Vec<Row>,
    /// Rows that must appear together with the number.
    pub with: Vec<Row>,
    /// Rows that must go when the number appears.
    pub without: Vec<Key>,
    /// Records that must still be so, besides the head.
    pub expect: Vec<(Key, Option<Vec<u8>>)>,
    /// Rows of other partitions that only lead to this history: written before, harmless if nothing follows.
    pub hints: Vec<Row>,
    /// Payloads that are made to last with it.
    pub along: Vec<Carried>,
    /// Whether it is of the line or the chain.
    pub in_chain: bool,
}

impl Decided {
    /// A change of nothing but the history itself.
    #[must_use]
    pub fn nothing(head: Head) -> Self {
        let (rows, with, without) = (Vec::new(), Vec::new(), Vec::new());
        let (expect, hints, along) = (Vec::new(), Vec::new(), Vec::new());
        Self { head, rows, with, without, expect, hints, along, in_chain: false }
    }
}

/// Accepts a statement, or tells why not. `since` is the size of the state that the client has pinned, 0 for none.
///
/// # Errors
/// [`Refusal`].
pub async fn accept(
    app: &App,
    target: Target,
    submission: Submission<Bytes>,
    session: Option<&Session>,
    since: u64,
) -> Result<Accepted, Refusal> {
    let submission = &submission;
    let bytes = submission.statement.as_slice();
    let kind = statement::kind_of(bytes).map_err(|error| Refusal::Malformed(error.code()))?;
    if kind != Kind::Deposit && !submission.payloads.is_empty() {
        return Err(Refusal::Malformed("submission-parts"));
    }
    let hash = statement::hash(bytes);
    let asked = Asked { target, submission, kind, hash, session, now: crate::clock::now() };
    let _turn = app.turns.take(&target.id).await;
    for _ in 0..ATTEMPTS {
        let (history, number) = History::load_with(&*app.records, target.id, &hash).await?;
        if let (Some(history), Some(number)) = (&history, number) {
            return repeat(app, history, number, since).await;
        }
        let decided = match decide(app, &asked, history.as_ref()).await {
            Ok(decided) => decided,
            Err(refusal) => return Err(told(app, &asked, refusal).await),
        };
        // Only whoever may state something here learns that this server has seen less than its client.
        if history.as_ref().map_or(0, |history| history.head.size) < since {
            return Err(Refusal::Stale("history-behind", None));
        }
        if let Some(accepted) = commit(app, &asked, history.as_ref(), decided, since).await? {
            app.metrics.statement(kind.name());
            return Ok(accepted);
        }
    }
    Err(Refusal::Unavailable)
}

/// The first receipt again.
async fn repeat(app: &App, history: &History, number: u64, since: u64) -> Result<Accepted, Refusal> {
    if history.head.size < since {
        return Err(Refusal::Stale("history-behind", None));
    }
    let kept = one(&*app.records, statement_key(history.id, number)).await?.ok_or(Refusal::Internal)?;
    let kept: Kept = decode(&kept)?;
    accepted(app, history.id, kept.receipt.to_vec(), number, since, StoredNodes::default()).await
}

async fn accepted(
    app: &App,
    id: HistoryId,
    receipt: Vec<u8>,
    number: u64,
    since: u64,
    known: StoredNodes,
) -> Result<Accepted, Refusal> {
    let consistency = consistency(&*app.records, id, since.min(number), since.max(number), known).await?;
    Ok(Accepted { receipt: receipt.into(), consistency })
}

async fn decide(app: &App, asked: &Asked<'_>, history: Option<&History>) -> Result<Decided, Refusal> {
    match (asked.target.kind, asked.kind) {
        (HistoryKind::Account, Kind::Account) => account::begin(app, asked, history),
        (HistoryKind::Account, Kind::Attest | Kind::Withdraw) => {
            authority::on_account(app, asked, history.ok_or(Refusal::Absent)?).await
        }
        (HistoryKind::Account, _) => account::follow(app, asked, history.ok_or(Refusal::Absent)?).await,
        (HistoryKind::Vault, Kind::Genesis) => chain::begin(app, asked, history).await,
        (HistoryKind::Vault, kind) => {
            let history = history.ok_or(Refusal::Absent)?;
            let chain = app.known.chain_at(&*app.records, history).await?.ok_or(Refusal::Absent)?;
            match kind {
                Kind::Policy | Kind::Key | Kind::Circle | Kind::Activate | Kind::Close => {
                    chain::follow(app, asked, history, &chain).await
                }
                Kind::Deposit => deposit::decide(app, asked, history, &chain).await,
                Kind::Describe => describe::decide(app, asked, history, &chain).await,
                Kind::Grant => grant::decide(app, asked, history, &chain).await,
                Kind::Revoke => revoke::decide(app, asked, history, &chain).await,
                Kind::Delete | Kind::Accept => delete::decide(app, asked, history, &chain).await,
                Kind::Read => read::decide(app, asked, history, &chain).await,
                Kind::Bind => authority::on_vault(app, asked, history),
                _ => Err(Refusal::Statement("statement-not-of-a-vault")),
            }
        }
    }
}

/// Commits what was decided; nothing where something changed meanwhile.
async fn commit(
    app: &App,
    asked: &Asked<'_>,
    history: Option<&History>,
    decided: Decided,
    since: u64,
) -> Result<Option<Accepted>, Refusal> {
    let id = asked.target.id;
    let head = Head { chain: decided.head.chain + u64::from(decided.in_chain), ..decided.head.clone() };
    let time = asked.now.max(head.time);
    let Appended { head, nodes, leaf } = head.append(&asked.hash, time).ok_or(Refusal::Internal)?;
    // Who has seen the state before needs no other nodes for the proof.
    let edge = decided.head.frontier().ok_or(Refusal::Internal)?;
    let known: StoredNodes = edge.nodes().chain(nodes.iter().copied()).collect();
    let nodes = nodes.into_iter();
    let nodes: Vec<Row> =
        nodes.map(|(level, index, hash)| (node_key(id, level, index), hash.as_bytes().to_vec())).collect();
    let receipt = app.log.signer().sign_receipt(Receipt {
        vault: VaultId::from_bytes(id),
        size: head.size,
        root: (*leaf.root().as_bytes()).into(),
        tag: head.salt().tag(head.size).into(),
        statement: asked.hash,
        time,
        deadline: time.saturating_add(INCLUSION),
    });
    let receipt = receipt.map_err(|_| Refusal::Internal)?.as_bytes().to_vec();
    let number = head.size;
    let kept = Kept {
        hash: asked.hash,
        bytes: Some(asked.submission.statement.clone()),
        receipt: receipt.clone().into(),
        time,
    };
    let rows = stage::own_rows(id, &asked.hash, number, &head, &kept, decided.in_chain);
    let queued = Log::queue_row(id, number, &leaf);
    let was = (History::head_key(id), history.map(|history| history.was.clone()));
    let own = rows.into_iter().chain(nodes).chain([queued]).collect();
    let done = stage::commit(app, id, &asked.hash, was, decided, own).await?;
    if !done {
        return Ok(None);
    }
    app.log.notify();
    app.sweeper.accepted(asked.kind, id, asked.hash);
    accepted(app, id, receipt, number, since, known).await.map(Some)
}

/// The lines that it takes to verify statements of one actor.
pub(crate) async fn lines_of(app: &App, actor: &ActorId) -> Result<Lines, Refusal> {
    let mut lines = Lines::new();
    if let Some(line) = app.known.line(&*app.records, &crate::known::account_of(actor)).await? {
        lines.insert(line).map_err(|_| Refusal::Internal)?;
    }
    Ok(lines)
}

/// What a ruling of the vault needs before anything else is said: whoever may not rule it learns nothing of it.
async fn ruler(app: &App, asked: &Asked<'_>, chain: &Chain, context: &Context) -> Result<Lines, Refusal> {
    if context.vault.as_bytes() != &asked.target.id || !chain.is_ruled_by(&context.actor) {
        return Err(Refusal::Absent);
    }
    if chain.is_closed() {
        return Err(Refusal::Statement("vault-closed"));
    }
    lines_of(app, &context.actor).await
}

/// Verifies a ruling: of the holder or a delegate, in time, of no other history than this server's.
async fn ruling<B: Body>(
    app: &App,
    asked: &Asked<'_>,
    history: &History,
    chain: &Chain,
    context: fn(&B) -> &Context,
) -> Result<Verified<B>, Refusal> {
    let statement = Statement::<B>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
    let lines = ruler(app, asked, chain, context(statement.claimed())).await?;
    asked.timely(app, context(statement.claimed()).time, statement.header())?;
    chain::pinned(history, context(statement.claimed()))?;
    chain.verify_ruling(statement, context, &lines, None).map_err(|error| by_rules(chain, &error))
}

/// A refusal as it may be told to its sender: to whoever has nothing to do in a vault, it looks like one that does not exist.
async fn told(app: &App, asked: &Asked<'_>, refusal: Refusal) -> Refusal {
    let (HistoryKind::Vault, Some(session)) = (asked.target.kind, asked.session) else { return refusal };
    // A genesis is judged by itself: nothing of what is here shows in its refusals.
    let of_the_vault =
        asked.kind != Kind::Genesis && !matches!(refusal, Refusal::Internal | Refusal::Unavailable);
    let vault = VaultId::from_bytes(asked.target.id);
    if of_the_vault && access::enter(app, session, &vault, asked.now).await.is_err() {
        return Refusal::Absent;
    }
    refusal
}

/// A refusal of a vault's rules, as it may be told: who has no right there learns nothing.
fn by_rules(chain: &Chain, error: &ChainError) -> Refusal {
    match error {
        ChainError::NotAllowed | ChainError::UnknownActor | ChainError::OtherVault => Refusal::Absent,
        ChainError::Account(_) => Refusal::Absent,
        ChainError::NotNext => Refusal::Conflict(Some(chain.policy_statement())),
        ChainError::StalePolicy => Refusal::Stale("stale-policy", Some(chain.policy_statement())),
        other => Refusal::Statement(other.code()),
    }
}

/// A refusal of an account's rules.
fn by_line(error: &LineError, newest: StatementHash) -> Refusal {
    match error {
        LineError::NotNext => Refusal::Conflict(Some(newest)),
        other => Refusal::Statement(other.code()),
    }
}

/// Refuses a statement that is not of its kind's shape.
fn malformed(error: &impl StableCode) -> Refusal {
    Refusal::Statement(error.code())
}
