//! Vaults: statements, chains, histories, grants.

use axum::extract::State;
use carnet_wire::id::{EntryId, ReaderId, VaultId};
use carnet_wire::message::Accepted;
use carnet_wire::page::{GrantPage, GrantedPart, HistoryPage};
use serde::Deserialize;

use super::{Cbor, From, Hex, Path, Query, Since, Submitted};
use crate::accept::{Target, accept};
use crate::access;
use crate::clock::now;
use crate::entry::live_grants;
use crate::history::{HistoryKind, chain_page, history_page};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::App;
use crate::store::{Key, Range, Space};

/// States something in a vault: genesis, policy, key, circle, activate, close, deposit, describe, grant, revoke, delete, accept, bind.
///
/// The receipt comes once the statement is durable. Sent again, the same statement changes nothing and gets the first receipt.
#[utoipa::path(
    post, path = "/v1/vaults/{vault}/statements", tag = "vaults", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), Since),
    request_body(content = Vec<u8>, content_type = "application/cbor", description = "submission"),
    responses((status = 200, content_type = "application/cbor", description = "accepted"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 403, description = "quota"), (status = 404, description = "absent"),
        (status = 409, description = "conflict, stale, payload-missing, history-behind"),
        (status = 413, description = "too large"), (status = 415, description = "media-type"),
        (status = 422, description = "refused by the rules of vaults"), (status = 429, description = "rate"),
        (status = 503, description = "unavailable"), (status = 507, description = "storage-full"))
)]
pub async fn state(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Query(Since { since }): Query<Since>,
    Submitted(submission): Submitted,
) -> Result<Cbor<Accepted>, Refusal> {
    session.actor()?;
    let target = Target { kind: HistoryKind::Vault, id };
    accept(&app, target, submission, Some(&session), since).await.map(Cbor)
}

/// A vault's chain, from a number on: for whoever has something to do there.
#[utoipa::path(
    get, path = "/v1/vaults/{vault}/chain", tag = "vaults", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), From),
    responses((status = 200, content_type = "application/cbor", description = "history-page"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 429, description = "rate"))
)]
pub async fn chain(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Query(From { from }): Query<From>,
) -> Result<Cbor<HistoryPage>, Refusal> {
    let entered = access::enter(&app, &session, &VaultId::from_bytes(id), now()).await?;
    chain_page(&*app.records, &entered.history, from).await.map(Cbor)
}

/// Everything that was stated in a vault, from a number on: what has changed, and the journal. For the holder and delegates.
#[utoipa::path(
    get, path = "/v1/vaults/{vault}/history", tag = "vaults", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), From),
    responses((status = 200, content_type = "application/cbor", description = "history-page"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 429, description = "rate"))
)]
pub async fn history(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Query(From { from }): Query<From>,
) -> Result<Cbor<HistoryPage>, Refusal> {
    let entered = access::rule(&app, &session, &VaultId::from_bytes(id)).await?;
    history_page(&*app.records, &entered.history, from).await.map(Cbor)
}

/// `?after=PLACE`.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// What the page before gave as its next, in hexadecimal.
    #[param(value_type = Option<String>)]
    pub after: Option<Hex<48>>,
}

/// Who can read what: the live grants of a vault, reader by reader. For the holder and delegates.
#[utoipa::path(
    get, path = "/v1/vaults/{vault}/grants", tag = "vaults", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), After),
    responses((status = 200, content_type = "application/cbor", description = "grant-page"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 404, description = "absent"), (status = 429, description = "rate"))
)]
pub async fn grants(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
    Query(After { after }): Query<After>,
) -> Result<Cbor<GrantPage>, Refusal> {
    access::rule(&app, &session, &VaultId::from_bytes(id)).await?;
    let mut page = GrantPage::default();
    let mut place = after.and_then(|Hex(place)| split(&place));
    loop {
        let (reader, from) = match place.take() {
            Some((reader, Some(entry))) => (reader, Some(entry)),
            before => match next_reader(&app, id, before.map(|(reader, _)| reader)).await? {
                Some(reader) => (reader, None),
                None => return Ok(Cbor(page)),
            },
        };
        let most = GrantPage::MAX_PARTS.saturating_sub(page.parts.len());
        let (live, next) = live_grants(&*app.records, id, &reader, from, most, now()).await?;
        page.parts.extend(live.into_iter().map(|live| GrantedPart {
            leaf: live.record.leaf,
            path: live.record.path,
            statement: live.statement,
        }));
        if next.is_some() || page.parts.len() >= GrantPage::MAX_PARTS {
            let entry = next.map_or([0xff; 16], |entry| *entry.as_bytes());
            page.next = Some([reader.as_bytes().as_slice(), &entry].concat().into());
            return Ok(Cbor(page));
        }
        place = Some((reader, None));
    }
}

/// A reader, and the entry after which to go on with it; none where it is done.
fn split(place: &[u8; 48]) -> Option<(ReaderId, Option<EntryId>)> {
    let (reader, entry) = place.split_first_chunk::<32>()?;
    let entry: [u8; 16] = entry.try_into().ok()?;
    let entry = Some(entry).filter(|entry| *entry != [0xff; 16]).map(EntryId::from_bytes);
    Some((ReaderId::from_bytes(*reader), entry))
}

/// The first reader after another that has grants in this vault.
async fn next_reader(
    app: &App,
    vault: [u8; 32],
    before: Option<ReaderId>,
) -> Result<Option<ReaderId>, Refusal> {
    let past = |reader: ReaderId| {
        Key::new(Space::Grant, vault, [reader.as_bytes().as_slice(), &[0xff; 57]].concat())
    };
    let range = Range::of(Space::Grant, vault, Vec::new()).after(before.map(past)).limit(1);
    let rows = app.records.scan(range).await?;
    let reader = rows.first().and_then(|(key, _)| key.suffix.first_chunk::<32>());
    Ok(reader.map(|reader| ReaderId::from_bytes(*reader)))
}
