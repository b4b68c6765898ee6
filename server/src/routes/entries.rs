//! Entries: reads, pages of what they release, payload bytes joined and apart.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use carnet_wire::id::{EntryId, ReaderId, StatementHash, VaultId};
use carnet_wire::message::{Challenge, StoredPage, Submission};
use carnet_wire::statement::{self, Kind, Read, Statement};
use futures_util::stream;
use serde::Deserialize;

use super::{Cbor, Cose, Hex, NoBody, Path, Query};
use crate::accept::{Target, accept};
use crate::access::{self, MAX_READ_AGE};
use crate::challenge::Purpose;
use crate::clock::now;
use crate::history::{HistoryKind, kept_of};
use crate::range::{self, Part};
use crate::refusal::Refusal;
use crate::release;
use crate::session::Session;
use crate::state::App;

/// Asks for the challenge that a `read` must carry.
#[utoipa::path(
    post, path = "/v1/vaults/{vault}/reads/challenges", tag = "entries", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id")),
    responses((status = 200, content_type = "application/cbor", description = "challenge"),
        (status = 400, description = "malformed"), (status = 413, description = "too large"),
        (status = 401, description = "unauthenticated"), (status = 404, description = "absent"),
        (status = 429, description = "rate"))
)]
pub async fn challenge(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    _: NoBody,
) -> Result<Cbor<Challenge>, Refusal> {
    access::enter(&app, &session, &VaultId::from_bytes(id), now()).await?;
    let challenge = app.challenges.make(Purpose::Read, &id, now())?;
    Ok(Cbor(Challenge { challenge: challenge.into(), cost: None }))
}

/// Where a page of a read begins.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadQuery {
    /// The size of the state that the client has pinned; 0 for none.
    #[serde(default)]
    pub since: u64,
    /// The last entry of the page before.
    #[param(value_type = Option<String>)]
    pub after: Option<Hex<16>>,
}

/// Reads: the statement goes into the journal, then what it names is released, page by page.
///
/// The next page is asked for with the same statement. A read releases for fifteen minutes.
#[utoipa::path(
    post, path = "/v1/vaults/{vault}/reads", tag = "entries", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), ReadQuery),
    request_body(content = Vec<u8>, content_type = "application/cose", description = "read"),
    responses((status = 200, content_type = "application/cbor", description = "stored-page"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 409, description = "history-behind"),
        (status = 413, description = "too large"), (status = 415, description = "media-type"),
        (status = 422, description = "read-challenge"), (status = 429, description = "rate"),
        (status = 503, description = "unavailable"))
)]
pub async fn read(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Query(ReadQuery { since, after }): Query<ReadQuery>,
    Cose(bytes): Cose,
) -> Result<Cbor<StoredPage>, Refusal> {
    let kind = statement::kind_of(&bytes);
    if kind != Ok(Kind::Read) {
        return Err(Refusal::Malformed("statement-other-kind"));
    }
    let statement = Statement::<Read>::parse(&bytes);
    let statement = statement.map_err(|error| Refusal::Malformed(carnet_wire::StableCode::code(&error)))?;
    let hash = statement.hash();
    let after = after.map(|Hex(after)| EntryId::from_bytes(after));
    let accepted = if after.is_none() {
        let submission = Submission::bare(&bytes);
        let target = Target { kind: HistoryKind::Vault, id };
        Some(accept(&app, target, submission, Some(&session), since).await?)
    } else {
        None
    };
    let body = statement.claimed();
    fresh(&app, id, &hash).await?;
    if session.actor()? != body.context.actor {
        return Err(Refusal::Absent);
    }
    let vault = VaultId::from_bytes(id);
    let (history, chain) = app.vault(&vault).await?.ok_or(Refusal::Absent)?;
    let (actor, via) = (body.context.actor, body.via.as_ref());
    let reader = access::reader(&app, &history, &chain, &actor, via, now()).await?;
    let page = if body.entries.is_empty() {
        release::page(&app, id, &reader, after, now()).await?
    } else {
        release::named(&app, id, &reader, &body.entries, after, now()).await?
    };
    Ok(Cbor(StoredPage { accepted, ..page }))
}

/// Refuses a read that was not accepted, or too long ago.
async fn fresh(app: &App, vault: [u8; 32], hash: &StatementHash) -> Result<(), Refusal> {
    let (_, kept) = kept_of(&*app.records, vault, hash).await?.ok_or(Refusal::Absent)?;
    if now().saturating_sub(kept.time) <= MAX_READ_AGE { Ok(()) } else { Err(Refusal::Absent) }
}

/// Which of its grants a holder lists.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntriesQuery {
    /// The last entry of the page before.
    #[param(value_type = Option<String>)]
    pub after: Option<Hex<16>>,
    /// Lists what is granted to the holder's own account, as the vault's key entry is, instead of what is granted to the vault.
    #[serde(default)]
    pub own: bool,
}

/// The entries of a vault, for the holder's own devices: no statement is needed.
#[utoipa::path(
    get, path = "/v1/vaults/{vault}/entries", tag = "entries", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), EntriesQuery),
    responses((status = 200, content_type = "application/cbor", description = "stored-page"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 429, description = "rate"))
)]
pub async fn list(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Query(EntriesQuery { after, own }): Query<EntriesQuery>,
) -> Result<Cbor<StoredPage>, Refusal> {
    let entered = access::hold(&app, &session, &VaultId::from_bytes(id)).await?;
    let reader = if own { ReaderId::from_bytes(*entered.actor.as_bytes()) } else { ReaderId::from_bytes(id) };
    let after = after.map(|Hex(after)| EntryId::from_bytes(after));
    release::page(&app, id, &reader, after, now()).await.map(Cbor)
}

/// One version of one entry.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct VersionPath {
    vault: Hex<32>,
    entry: Hex<16>,
    version: u64,
}

/// One version of an entry, an older one too, for the holder's own devices: no statement is needed.
#[utoipa::path(
    get, path = "/v1/vaults/{vault}/entries/{entry}/versions/{version}", tag = "entries", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), ("entry" = String, Path, description = "entry id"),
        ("version" = u64, Path, description = "version, from 1")),
    responses((status = 200, content_type = "application/cbor", description = "stored-page of one version"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 429, description = "rate"))
)]
pub async fn version(
    State(app): State<App>,
    session: Session,
    Path(path): Path<VersionPath>,
) -> Result<Cbor<StoredPage>, Refusal> {
    access::hold(&app, &session, &VaultId::from_bytes(path.vault.0)).await?;
    let entry = EntryId::from_bytes(path.entry.0);
    release::at_version(&app, path.vault.0, &entry, path.version, now()).await.map(Cbor)
}

/// What payload bytes are asked for.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PayloadQuery {
    /// The accepted `read` (mode `open`) that the request rests on: its hash. Not for the holder's own devices.
    #[param(value_type = Option<String>)]
    pub read: Option<Hex<32>>,
    /// `START-END`: answers with the Bao slice of these bytes instead of the bytes (section 6.2 of the specification).
    pub slice: Option<String>,
}

impl VersionPath {
    async fn open(
        self,
        app: &App,
        session: &Session,
        read: Option<Hex<32>>,
    ) -> Result<access::Opened, Refusal> {
        let vault = VaultId::from_bytes(self.vault.0);
        let entry = EntryId::from_bytes(self.entry.0);
        let read = read.map(|Hex(read)| StatementHash::from_bytes(read));
        access::open(app, session, &vault, &entry, self.version, read.as_ref(), now()).await
    }
}

/// The payload of a version: whole, a range of it, or the slice that proves a range.
#[utoipa::path(
    get, path = "/v1/vaults/{vault}/entries/{entry}/versions/{version}/payload", tag = "entries",
    security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), ("entry" = String, Path, description = "entry id"),
        ("version" = u64, Path, description = "version, from 1"), PayloadQuery),
    responses((status = 200, content_type = "application/octet-stream", description = "payload or slice"),
        (status = 206, content_type = "application/octet-stream", description = "range"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 416, description = "range"),
        (status = 429, description = "rate"))
)]
pub async fn payload(
    State(app): State<App>,
    session: Session,
    Path(path): Path<VersionPath>,
    Query(PayloadQuery { read, slice }): Query<PayloadQuery>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let opened = path.open(&app, &session, read).await?;
    let vault = VaultId::from_bytes(path.vault.0);
    if let Some(slice) = slice {
        let range = range::parse_slice(&slice, opened.len)?;
        let bytes = app.payloads.slice(&vault, &opened.payload, range).await?;
        return Ok(([(CONTENT_TYPE, "application/octet-stream")], Body::from_stream(bytes)).into_response());
    }
    let part = range::parse(headers.get(RANGE), opened.len)?;
    let bytes = app.payloads.stream(&vault, &opened.payload, part.range()).await?;
    Ok(bytes_of(Body::from_stream(bytes), part, opened.len))
}

/// A version as one standard age file: this reader's header, then the payload. Ranges are of the whole file.
#[utoipa::path(
    get, path = "/v1/vaults/{vault}/entries/{entry}/versions/{version}/file", tag = "entries",
    security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), ("entry" = String, Path, description = "entry id"),
        ("version" = u64, Path, description = "version, from 1"), PayloadQuery),
    responses((status = 200, content_type = "application/octet-stream", description = "age file"),
        (status = 206, content_type = "application/octet-stream", description = "range"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 416, description = "range"),
        (status = 429, description = "rate"))
)]
pub async fn file(
    State(app): State<App>,
    session: Session,
    Path(path): Path<VersionPath>,
    Query(PayloadQuery { read, slice }): Query<PayloadQuery>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if slice.is_some() {
        return Err(Refusal::Malformed("query-malformed"));
    }
    let opened = path.open(&app, &session, read).await?;
    let before = u64::try_from(opened.header.len()).map_err(|_| Refusal::Internal)?;
    let len = before.saturating_add(opened.len);
    let part = range::parse(headers.get(RANGE), len)?;
    let wanted = part.range();
    let cut = |at: u64| usize::try_from(at.min(before)).unwrap_or(usize::MAX);
    let header = opened.header.get(cut(wanted.start)..cut(wanted.end)).unwrap_or_default().to_vec();
    let rest = wanted.start.saturating_sub(before)..wanted.end.saturating_sub(before);
    let vault = VaultId::from_bytes(path.vault.0);
    let bytes = app.payloads.stream(&vault, &opened.payload, rest).await?;
    let joined = futures_util::StreamExt::chain(stream::iter([Ok(header.into())]), bytes);
    Ok(bytes_of(Body::from_stream(joined), part, len))
}

fn bytes_of(body: Body, part: Part, len: u64) -> Response {
    let range = part.range();
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (CONTENT_LENGTH, range.end.saturating_sub(range.start).to_string()),
    ];
    match part {
        Part::Whole(_) => (headers, body).into_response(),
        Part::Range(range) => {
            let last = range.end.saturating_sub(1);
            let content = [(CONTENT_RANGE, format!("bytes {}-{last}/{len}", range.start))];
            (StatusCode::PARTIAL_CONTENT, headers, content, body).into_response()
        }
    }
}
