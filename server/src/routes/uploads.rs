//! Uploads: sealed bytes, by offsets.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::message::UploadState;
use futures_util::TryStreamExt as _;
use serde::Deserialize;

use super::{Cbor, Hex, NoBody, Path, Query};
use crate::access;
use crate::clock::now;
use crate::edge::body;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::App;

/// How much of a payload has been kept. Nothing else changes: what is not there begins at 0.
#[utoipa::path(
    put, path = "/v1/vaults/{vault}/uploads/{root}", tag = "uploads", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), ("root" = String, Path, description = "payload root")),
    responses((status = 200, content_type = "application/cbor", description = "upload-state"),
        (status = 400, description = "malformed"), (status = 413, description = "too large"),
        (status = 401, description = "unauthenticated"), (status = 404, description = "absent"),
        (status = 429, description = "rate"))
)]
pub async fn kept(
    State(app): State<App>,
    session: Session,
    path: Path<(Hex<32>, Hex<32>)>,
    _: NoBody,
) -> Result<Cbor<UploadState>, Refusal> {
    let Path((Hex(vault), Hex(root))) = path;
    let (vault, root) = (VaultId::from_bytes(vault), PayloadRoot::from_bytes(root));
    access::upload(&app, &session, &vault, now()).await?;
    Ok(Cbor(UploadState { offset: app.payloads.kept(&vault, &root).await? }))
}

/// `?offset=N`.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Offset {
    /// Where the body's first byte belongs: what has been kept so far.
    pub offset: u64,
}

/// Appends to an upload. A body that breaks off is kept as far as it came; the next request goes on from there.
///
/// The answer does not say that the bytes are durable: the receipt of the deposit that names them does.
#[utoipa::path(
    patch, path = "/v1/vaults/{vault}/uploads/{root}", tag = "uploads", security(("session" = [])),
    params(("vault" = String, Path, description = "vault id"), ("root" = String, Path, description = "payload root"),
        Offset),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "sealed bytes"),
    responses((status = 200, content_type = "application/cbor", description = "upload-state"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 403, description = "quota"), (status = 404, description = "absent"),
        (status = 409, description = "upload-offset"), (status = 413, description = "too large"),
        (status = 429, description = "rate"), (status = 507, description = "storage-full"))
)]
pub async fn append(
    State(app): State<App>,
    session: Session,
    path: Path<(Hex<32>, Hex<32>)>,
    Query(Offset { offset }): Query<Offset>,
    headers: HeaderMap,
    body: Body,
) -> Result<Cbor<UploadState>, Refusal> {
    let Path((Hex(vault), Hex(root))) = path;
    let (vault, root) = (VaultId::from_bytes(vault), PayloadRoot::from_bytes(root));
    let stranger = access::upload(&app, &session, &vault, now()).await?;
    if stranger {
        let len = headers.get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
        app.pending.stranger(&session.account(), len)?;
    }
    app.pending.begin(&session.account(), &vault, &root, now())?;
    let most = app.config.limits.payload_bytes;
    // Why a body broke off is known to the body alone.
    let broke = Arc::new(OnceLock::new());
    let told = Arc::clone(&broke);
    let body = body.into_data_stream().inspect_err(move |error| {
        // The first reason is the one that counts.
        let _ = told.set(body::refusal(error));
    });
    let kept = app.payloads.append(&vault, &root, offset, body, most).await;
    let kept = kept.map_err(|error| match broke.get() {
        Some(refusal @ (Refusal::Slow | Refusal::TooLong(..))) => refusal.clone(),
        _ => match error.into() {
            Refusal::TooLarge(code) => Refusal::TooLong(code, most),
            other => other,
        },
    })?;
    app.metrics.uploaded(kept.saturating_sub(offset));
    let offset = kept;
    Ok(Cbor(UploadState { offset }))
}
