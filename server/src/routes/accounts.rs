//! Accounts: their lines, slots, keyrings and login records.

use axum::extract::State;
use axum::http::StatusCode;
use carnet_wire::id::{AccountId, SlotId, VaultId};
use carnet_wire::message::Accepted;
use carnet_wire::page::{HistoryPage, LoginRecord, SlotPage, SlotPart, VaultPage};
use serde::Deserialize;

use super::{Cbor, From, Hex, Path, Query, Since, Submitted};
use crate::accept::{Target, accept};
use crate::edge::body::Whole;
use crate::history::{History, HistoryKind, chain_page, decode, one};
use crate::refusal::Refusal;
use crate::session::{Session, login_key};
use crate::state::App;
use crate::store::{Key, Range, Space, Transaction};

/// Most bytes of a sealed keyring: 16,384 generations.
pub const MAX_KEYRING: usize = 600 * 1024;

/// Most bytes of one record of a keyring.
const KEYRING_PART: usize = 24 * 1024;

/// States something in an account's line, or an authority's word about the account.
///
/// The signature says who may: no session is asked for, so that whoever has lost every device can certify a new one with the identity key.
/// A `slot` comes with its sealed bytes as its one manifest.
#[utoipa::path(
    post, path = "/v1/accounts/{account}/statements", tag = "accounts",
    params(("account" = String, Path, description = "account id"), Since),
    request_body(content = Vec<u8>, content_type = "application/cbor", description = "submission"),
    responses((status = 200, content_type = "application/cbor", description = "accepted"),
        (status = 400, description = "malformed"), (status = 403, description = "quota, registration-closed"),
        (status = 404, description = "absent"), (status = 409, description = "conflict, stale, history-behind"),
        (status = 413, description = "too large"), (status = 415, description = "media-type"),
        (status = 422, description = "refused by the rules of lines"), (status = 429, description = "rate"),
        (status = 503, description = "unavailable"))
)]
pub async fn state(
    State(app): State<App>,
    Path(Hex(id)): Path<Hex<32>>,
    Query(Since { since }): Query<Since>,
    Submitted(submission): Submitted,
) -> Result<Cbor<Accepted>, Refusal> {
    let target = Target { kind: HistoryKind::Account, id };
    accept(&app, target, submission, None, since).await.map(Cbor)
}

/// An account's line, from a number on: its statements in their order, with their receipts and the salt of its log tags.
///
/// Whoever knows the id of an account may read its line: the id is a hash that is only told to those who deal with the account.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/line", tag = "accounts",
    params(("account" = String, Path, description = "account id"), From),
    responses((status = 200, content_type = "application/cbor", description = "history-page"),
        (status = 400, description = "malformed"), (status = 404, description = "absent"),
        (status = 429, description = "rate"))
)]
pub async fn line(
    State(app): State<App>,
    Path(Hex(id)): Path<Hex<32>>,
    Query(From { from }): Query<From>,
) -> Result<Cbor<HistoryPage>, Refusal> {
    let history = History::load(&*app.records, id).await?.ok_or(Refusal::Absent)?;
    if history.head.kind != HistoryKind::Account {
        return Err(Refusal::Absent);
    }
    chain_page(&*app.records, &history, from).await.map(Cbor)
}

/// The sealed slots of an account: for its devices, and for a session that one of its slots has opened.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/slots", tag = "accounts", security(("session" = [])),
    params(("account" = String, Path, description = "account id")),
    responses((status = 200, content_type = "application/cbor", description = "slot-page"),
        (status = 401, description = "unauthenticated"), (status = 404, description = "absent"),
        (status = 429, description = "rate"))
)]
pub async fn slots(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
) -> Result<Cbor<SlotPage>, Refusal> {
    session.slots_of(&AccountId::from_bytes(id))?;
    let rows = app.records.scan(Range::of(Space::Slot, id, Vec::new())).await?;
    let slots = rows.into_iter().filter_map(|(key, sealed)| {
        let slot = SlotId::from_bytes(key.suffix.as_slice().try_into().ok()?);
        Some(SlotPart { slot, sealed: sealed.into() })
    });
    Ok(Cbor(SlotPage { slots: slots.collect() }))
}

/// Keeps the account's keyring, sealed under its root, in the place of the one before.
#[utoipa::path(
    put, path = "/v1/accounts/{account}/keyring", tag = "accounts", security(("session" = [])),
    params(("account" = String, Path, description = "account id")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "sealed keyring"),
    responses((status = 204, description = "kept"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 413, description = "too large"),
        (status = 429, description = "rate"))
)]
pub async fn put_keyring(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Whole(body): Whole,
) -> Result<StatusCode, Refusal> {
    session.device_of(&AccountId::from_bytes(id))?;
    if body.len() > MAX_KEYRING {
        return Err(Refusal::TooLarge("keyring-too-large"));
    }
    let old = app.records.scan(Range::of(Space::Keyring, id, Vec::new())).await?;
    let parts = (0u64..).zip(body.chunks(KEYRING_PART));
    let put: Vec<_> = parts.map(|(at, part)| (keyring_key(id, at), part.to_vec())).collect();
    let kept = |key: &Key| put.iter().any(|(other, _)| other == key);
    let delete = old.into_iter().map(|(key, _)| key).filter(|key| !kept(key)).collect();
    let _ = app.records.commit(Transaction { put, delete, ..Transaction::default() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The account's sealed keyring.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/keyring", tag = "accounts", security(("session" = [])),
    params(("account" = String, Path, description = "account id")),
    responses((status = 200, content_type = "application/octet-stream", description = "sealed keyring"),
        (status = 401, description = "unauthenticated"), (status = 404, description = "absent"),
        (status = 429, description = "rate"))
)]
pub async fn keyring(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
) -> Result<Vec<u8>, Refusal> {
    session.device_of(&AccountId::from_bytes(id))?;
    let rows = app.records.scan(Range::of(Space::Keyring, id, Vec::new())).await?;
    let keyring: Vec<u8> = rows.into_iter().flat_map(|(_, part)| part).collect();
    if keyring.is_empty() { Err(Refusal::Absent) } else { Ok(keyring) }
}

fn keyring_key(account: [u8; 32], part: u64) -> Key {
    Key::new(Space::Keyring, account, part.to_be_bytes())
}

/// Keeps a login record of this account under a name that only its slot gives. A name of another account is refused.
#[utoipa::path(
    put, path = "/v1/accounts/{account}/logins/{name}", tag = "accounts", security(("session" = [])),
    params(("account" = String, Path, description = "account id"), ("name" = String, Path, description = "login name")),
    request_body(content = Vec<u8>, content_type = "application/cbor", description = "login-record"),
    responses((status = 204, description = "kept"), (status = 400, description = "malformed"),
        (status = 401, description = "unauthenticated"), (status = 404, description = "absent"),
        (status = 413, description = "too large"), (status = 415, description = "media-type"),
        (status = 429, description = "rate"))
)]
pub async fn put_login(
    State(app): State<App>,
    session: Session,
    path: Path<(Hex<32>, Hex<32>)>,
    Cbor(record): Cbor<LoginRecord>,
) -> Result<StatusCode, Refusal> {
    let Path((Hex(id), Hex(name))) = path;
    let account = AccountId::from_bytes(id);
    session.device_of(&account)?;
    if record.account != account {
        return Err(Refusal::Absent);
    }
    let (key, was) = own_login(&app, &account, name).await?;
    let put = vec![(key.clone(), carnet_wire::cbor::encode(&record))];
    done(app.records.commit(Transaction { expect: vec![(key, was)], put, ..Transaction::default() }).await?)
}

/// Forgets a login record of this account.
#[utoipa::path(
    delete, path = "/v1/accounts/{account}/logins/{name}", tag = "accounts", security(("session" = [])),
    params(("account" = String, Path, description = "account id"), ("name" = String, Path, description = "login name")),
    responses((status = 204, description = "forgotten"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 429, description = "rate"))
)]
pub async fn delete_login(
    State(app): State<App>,
    session: Session,
    path: Path<(Hex<32>, Hex<32>)>,
) -> Result<StatusCode, Refusal> {
    let Path((Hex(id), Hex(name))) = path;
    let account = AccountId::from_bytes(id);
    session.device_of(&account)?;
    let (key, was) = own_login(&app, &account, name).await?;
    let delete = vec![key.clone()];
    done(
        app.records
            .commit(Transaction { expect: vec![(key, was)], delete, ..Transaction::default() })
            .await?,
    )
}

fn done(commit: crate::store::Commit) -> Result<StatusCode, Refusal> {
    match commit {
        crate::store::Commit::Done => Ok(StatusCode::NO_CONTENT),
        crate::store::Commit::Stale => Err(Refusal::Unavailable),
    }
}

async fn own_login(
    app: &App,
    account: &AccountId,
    name: [u8; 32],
) -> Result<(Key, Option<Vec<u8>>), Refusal> {
    let key = login_key(&carnet_wire::id::ActorId::from_bytes(name));
    let was = one(&*app.records, key.clone()).await?;
    let record = was.as_deref().map(decode::<LoginRecord>).transpose()?;
    if record.is_some_and(|record| record.account != *account) {
        return Err(Refusal::Absent);
    }
    Ok((key, was))
}

/// `?after=VAULT`.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The last vault of the page before.
    #[param(value_type = Option<String>)]
    pub after: Option<Hex<32>>,
}

/// The vaults that an account holds, or in which something was granted to it at some time.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/vaults", tag = "accounts", security(("session" = [])),
    params(("account" = String, Path, description = "account id"), After),
    responses((status = 200, content_type = "application/cbor", description = "vault-page"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 429, description = "rate"))
)]
pub async fn vaults(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Query(After { after }): Query<After>,
) -> Result<Cbor<VaultPage>, Refusal> {
    session.device_of(&AccountId::from_bytes(id))?;
    let after = after.map(|Hex(after)| Key::new(Space::Inbox, id, after));
    let range = Range::of(Space::Inbox, id, Vec::new()).after(after).limit(VaultPage::MAX_VAULTS);
    let rows = app.records.scan(range).await?;
    let full = rows.len() == VaultPage::MAX_VAULTS;
    let vault = |key: &Key| key.suffix.as_slice().try_into().ok().map(VaultId::from_bytes);
    let vaults: Vec<_> = rows.iter().filter_map(|(key, _)| vault(key)).collect();
    let next = vaults.last().copied().filter(|_| full);
    Ok(Cbor(VaultPage { vaults, next }))
}
