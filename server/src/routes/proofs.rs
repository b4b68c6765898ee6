//! Proofs: receipts again, states of histories, places in the log.

use axum::extract::State;
use carnet_wire::id::{StatementHash, VaultId};
use carnet_wire::message::Accepted;
use carnet_wire::page::{PlaceProof, StateProof};
use serde::Deserialize;

use super::{Cbor, Hex, Path, Query, Since};
use crate::access;
use crate::clock::now;
use crate::history::{
    History, HistoryKind, Kept, StoredNodes, consistency, kept_of, place_proof, state_proof,
};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::App;

/// A statement of a history.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct StatementPath {
    history: Hex<32>,
    statement: Hex<32>,
}

/// Two sizes of a history.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sizes {
    /// The smaller size; 0 for none.
    #[serde(default)]
    pub since: u64,
    /// The larger size; the history's own where it is absent.
    pub size: Option<u64>,
}

/// Lets whoever may see the history's chain or line ask for proofs of it: an account's is for whoever knows its id.
async fn history(app: &App, session: &Session, id: [u8; 32]) -> Result<History, Refusal> {
    session.actor()?;
    let history = History::load(&*app.records, id).await?.ok_or(Refusal::Absent)?;
    if history.head.kind == HistoryKind::Account {
        return Ok(history);
    }
    Ok(access::enter(app, session, &VaultId::from_bytes(id), now()).await?.history)
}

/// The first receipt of a statement, again.
#[utoipa::path(
    get, path = "/v1/histories/{history}/receipts/{statement}", tag = "proofs", security(("session" = [])),
    params(("history" = String, Path, description = "vault or account id"),
        ("statement" = String, Path, description = "statement hash"), Since),
    responses((status = 200, content_type = "application/cbor", description = "accepted"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 409, description = "history-behind"),
        (status = 429, description = "rate"))
)]
pub async fn receipt(
    State(app): State<App>,
    session: Session,
    Path(path): Path<StatementPath>,
    Query(Since { since }): Query<Since>,
) -> Result<Cbor<Accepted>, Refusal> {
    let history = history(&app, &session, path.history.0).await?;
    let (number, kept) = find(&app, &history, &path.statement).await?;
    if since > history.head.size {
        return Err(Refusal::Stale("history-behind", None));
    }
    let (old, new) = (since.min(number), since.max(number));
    let consistency = consistency(&*app.records, history.id, old, new, StoredNodes::default()).await?;
    Ok(Cbor(Accepted { receipt: kept.receipt, consistency }))
}

/// The place of a statement in the log, proven: absent while the log does not have it yet.
#[utoipa::path(
    get, path = "/v1/histories/{history}/places/{statement}", tag = "proofs", security(("session" = [])),
    params(("history" = String, Path, description = "vault or account id"),
        ("statement" = String, Path, description = "statement hash")),
    responses((status = 200, content_type = "application/cbor", description = "place-proof"),
        (status = 401, description = "unauthenticated"), (status = 404, description = "absent"),
        (status = 429, description = "rate"), (status = 503, description = "unavailable"))
)]
pub async fn place(
    State(app): State<App>,
    session: Session,
    Path(path): Path<StatementPath>,
) -> Result<Cbor<PlaceProof>, Refusal> {
    let history = history(&app, &session, path.history.0).await?;
    let (number, _) = find(&app, &history, &path.statement).await?;
    let proof = place_proof(&*app.records, &app.log, &history, number).await?;
    proof.map(Cbor).ok_or(Refusal::Absent)
}

/// A state of a history, and the proof that it extends an older one.
#[utoipa::path(
    get, path = "/v1/histories/{history}/state", tag = "proofs", security(("session" = [])),
    params(("history" = String, Path, description = "vault or account id"), Sizes),
    responses((status = 200, content_type = "application/cbor", description = "state-proof"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 409, description = "history-behind"),
        (status = 416, description = "range"), (status = 429, description = "rate"))
)]
pub async fn state(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Query(Sizes { since, size }): Query<Sizes>,
) -> Result<Cbor<StateProof>, Refusal> {
    let history = history(&app, &session, id).await?;
    if since > history.head.size {
        return Err(Refusal::Stale("history-behind", None));
    }
    let size = size.unwrap_or(history.head.size);
    state_proof(&*app.records, &history, since, size).await.map(Cbor)
}

async fn find(app: &App, history: &History, Hex(hash): &Hex<32>) -> Result<(u64, Kept), Refusal> {
    let hash = StatementHash::from_bytes(*hash);
    kept_of(&*app.records, history.id, &hash).await?.ok_or(Refusal::Absent)
}
