//! Pairing: a mailbox of ten minutes, for one offer and one parcel, each fetched by whoever knows the code.
//!
//! The mailbox's name is derived from the code that a person carries from the new device to the old one (section 14.4 of the
//! specification), so that nobody finds it who does not have the code. What is in it is checked by the devices, not by the server.

use axum::extract::State;
use axum::http::StatusCode;

use super::{Hex, Path};
use crate::clock::now;
use crate::edge::body::Whole;
use crate::history::one;
use crate::mailbox::{is_alive, place};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::App;
use crate::store::{Commit, Space, Transaction};

/// Most bytes of an offer.
pub const MAX_OFFER: usize = 2048;

/// Most bytes of a parcel: a keyring of 16,384 generations, sealed.
pub const MAX_PARCEL: usize = 560 * 1024;

/// Most bytes of one record of a parcel.
const PART: usize = 24 * 1024;

/// Puts the new device's offer into a mailbox. No session: the new device has no account yet.
#[utoipa::path(
    put, path = "/v1/pairings/{mailbox}", tag = "pairings",
    params(("mailbox" = String, Path, description = "mailbox: 32 bytes that the code gives")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "offer"),
    responses((status = 204, description = "kept"), (status = 404, description = "absent"),
        (status = 409, description = "conflict"), (status = 413, description = "too large"),
        (status = 429, description = "rate"))
)]
pub async fn put_offer(
    State(app): State<App>,
    Path(Hex(mailbox)): Path<Hex<32>>,
    Whole(body): Whole,
) -> Result<StatusCode, Refusal> {
    if body.len() > MAX_OFFER {
        return Err(Refusal::TooLarge("offer-too-large"));
    }
    let key = place(mailbox, 0);
    let value = [&now().to_be_bytes(), body.as_ref()].concat();
    let was = one(&*app.records, key.clone()).await?;
    match &was {
        Some(same) if same.get(8..) == Some(body.as_ref()) && is_alive(same) => {
            return Ok(StatusCode::NO_CONTENT);
        }
        Some(other) if is_alive(other) => return Err(Refusal::Conflict(None)),
        _ => {}
    }
    let put = vec![(key.clone(), value)];
    put_once(&app, Transaction { expect: vec![(key, was)], put, ..Transaction::default() }).await
}

/// The offer, for the old device.
#[utoipa::path(
    get, path = "/v1/pairings/{mailbox}", tag = "pairings", security(("session" = [])),
    params(("mailbox" = String, Path, description = "mailbox")),
    responses((status = 200, content_type = "application/octet-stream", description = "offer"),
        (status = 401, description = "unauthenticated"), (status = 404, description = "absent"),
        (status = 429, description = "rate"))
)]
pub async fn offer(
    State(app): State<App>,
    session: Session,
    Path(Hex(mailbox)): Path<Hex<32>>,
) -> Result<Vec<u8>, Refusal> {
    session.actor()?;
    let offer = one(&*app.records, place(mailbox, 0)).await?.filter(|offer| is_alive(offer));
    offer.and_then(|offer| offer.get(8..).map(<[u8]>::to_vec)).ok_or(Refusal::Absent)
}

/// Puts the old device's parcel into the mailbox of an offer: once.
#[utoipa::path(
    put, path = "/v1/pairings/{mailbox}/parcel", tag = "pairings", security(("session" = [])),
    params(("mailbox" = String, Path, description = "mailbox")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "parcel"),
    responses((status = 204, description = "kept"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 409, description = "conflict"),
        (status = 413, description = "too large"), (status = 429, description = "rate"))
)]
pub async fn put_parcel(
    State(app): State<App>,
    session: Session,
    Path(Hex(mailbox)): Path<Hex<32>>,
    Whole(body): Whole,
) -> Result<StatusCode, Refusal> {
    session.actor()?;
    if body.len() > MAX_PARCEL || body.is_empty() {
        return Err(Refusal::TooLarge("parcel-too-large"));
    }
    let offer = place(mailbox, 0);
    let was =
        one(&*app.records, offer.clone()).await?.filter(|offer| is_alive(offer)).ok_or(Refusal::Absent)?;
    let time = now().to_be_bytes();
    let parts = (1u64..).zip(body.chunks(PART));
    let put: Vec<_> = parts.map(|(at, part)| (place(mailbox, at), [&time, part].concat())).collect();
    let expect = vec![(offer, Some(was)), (place(mailbox, 1), None)];
    put_once(&app, Transaction { expect, put, ..Transaction::default() }).await
}

/// Takes the parcel out of the mailbox, for the new device. It is given once: then the mailbox is gone.
#[utoipa::path(
    delete, path = "/v1/pairings/{mailbox}/parcel", tag = "pairings",
    params(("mailbox" = String, Path, description = "mailbox")),
    responses((status = 200, content_type = "application/octet-stream", description = "parcel"),
        (status = 404, description = "absent"), (status = 429, description = "rate"))
)]
pub async fn take_parcel(
    State(app): State<App>,
    Path(Hex(mailbox)): Path<Hex<32>>,
) -> Result<Vec<u8>, Refusal> {
    let rows = app.records.scan(crate::store::Range::of(Space::Pairing, mailbox, Vec::new())).await?;
    let [_, parts @ ..] = rows.as_slice() else { return Err(Refusal::Absent) };
    if parts.is_empty() || !parts.iter().all(|(_, part)| is_alive(part)) {
        return Err(Refusal::Absent);
    }
    let parcel =
        parts.iter().flat_map(|(_, part)| part.get(8..).unwrap_or_default().iter().copied()).collect();
    let expect = rows.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    let delete = rows.into_iter().map(|(key, _)| key).collect();
    match app.records.commit(Transaction { expect, delete, ..Transaction::default() }).await? {
        Commit::Done => Ok(parcel),
        Commit::Stale => Err(Refusal::Absent),
    }
}

async fn put_once(app: &App, transaction: Transaction) -> Result<StatusCode, Refusal> {
    match app.records.commit(transaction).await? {
        Commit::Done => Ok(StatusCode::NO_CONTENT),
        Commit::Stale => Err(Refusal::Conflict(None)),
    }
}
