//! Sessions.

use axum::extract::State;
use axum::http::StatusCode;
use carnet_wire::id::ActorId;
use carnet_wire::message::{Challenge, Token};
use carnet_wire::page::LoginRecord;

use super::{Cbor, Cose};
use crate::challenge::Purpose;
use crate::clock::now;
use crate::history::{decode, one};
use crate::refusal::Refusal;
use crate::session::{self, Bearer, login_key};
use crate::state::App;

/// Asks for a login challenge.
///
/// The body is the actor who will answer: 32 bytes. The answer is the same whether there is such an actor or not; where it is the name
/// of a password's login record, the cost of stretching comes along.
#[utoipa::path(
    post, path = "/v1/sessions/challenges", tag = "sessions",
    request_body(content = Vec<u8>, content_type = "application/cbor", description = "ActorId"),
    responses((status = 200, content_type = "application/cbor", description = "challenge"),
        (status = 400, description = "malformed"), (status = 415, description = "media-type"),
        (status = 413, description = "body-too-large"), (status = 429, description = "rate"))
)]
pub async fn challenge(
    State(app): State<App>,
    Cbor(actor): Cbor<ActorId>,
) -> Result<Cbor<Challenge>, Refusal> {
    let challenge = app.challenges.make(Purpose::Login, actor.as_bytes(), now())?;
    let record = one(&*app.records, login_key(&actor)).await?;
    let record = record.as_deref().map(decode::<LoginRecord>).transpose()?;
    Ok(Cbor(Challenge { challenge: challenge.into(), cost: record.and_then(|record| record.cost) }))
}

/// Opens a session: a `session` statement over the challenge gives a token of fifteen minutes.
#[utoipa::path(
    post, path = "/v1/sessions", tag = "sessions",
    request_body(content = Vec<u8>, content_type = "application/cose", description = "session"),
    responses((status = 200, content_type = "application/cbor", description = "token"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 413, description = "body-too-large"), (status = 415, description = "media-type"),
        (status = 429, description = "rate"))
)]
pub async fn open(State(app): State<App>, Cose(bytes): Cose) -> Result<Cbor<Token>, Refusal> {
    session::open(&app, &bytes, now()).await.map(Cbor)
}

/// Ends the session of the token that comes along.
#[utoipa::path(
    delete, path = "/v1/sessions", tag = "sessions", security(("session" = [])),
    responses((status = 204, description = "ended"), (status = 401, description = "unauthenticated"),
        (status = 429, description = "rate"))
)]
pub async fn close(State(app): State<App>, Bearer(token): Bearer) -> Result<StatusCode, Refusal> {
    session::close(&app, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
