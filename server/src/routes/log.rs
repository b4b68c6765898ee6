//! The log, for anyone: what it is, its checkpoint, its tiles (c2sp.org/tlog-tiles), and those of the logs before it.
//!
//! The prefix of the log is `/v1/log`, that of predecessor number k, from 0, `/v1/log/past/k`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use carnet_wire::tile::TilePath;
use serde::Serialize;
use utoipa::ToSchema;

use crate::log::{Log, Predecessor};
use crate::refusal::Refusal;

/// The log of this server.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogDescription {
    /// The name in its checkpoints and receipts.
    pub origin: String,
    /// The key that verifies its checkpoints, as `name+hash+key` (c2sp.org/signed-note).
    pub vkey: String,
    /// The number of leaves under its newest checkpoint.
    pub size: u64,
    /// The logs before it, the oldest first.
    pub predecessors: Vec<PredecessorDescription>,
}

/// A log that this one, or one between, took the place of.
#[derive(Debug, Serialize, ToSchema)]
pub struct PredecessorDescription {
    /// Its name.
    pub origin: String,
    /// Its key.
    pub vkey: String,
    /// Its last known checkpoint: the exact note that the first leaf of the log after it commits to.
    pub checkpoint: String,
    /// The number of leaves under that checkpoint.
    pub size: u64,
    /// How many of them are kept: the others are lost.
    pub kept: u64,
}

/// What the log is.
#[utoipa::path(get, path = "/v1/log", tag = "log", responses((status = 200, body = LogDescription)))]
pub async fn describe(State(log): State<Log>) -> Response {
    let predecessors = log.predecessors().iter().map(|past| PredecessorDescription {
        origin: past.origin().to_string(),
        vkey: past.verifier().to_string(),
        checkpoint: String::from_utf8_lossy(past.last()).into_owned(),
        size: past.last_size(),
        kept: past.kept(),
    });
    let description = LogDescription {
        origin: log.origin().to_string(),
        vkey: log.signer().verifier().to_string(),
        size: log.size(),
        predecessors: predecessors.collect(),
    };
    ([(CACHE_CONTROL, NOT_CACHED)], Json(description)).into_response()
}

/// The newest checkpoint, a signed note.
#[utoipa::path(
    get, path = "/v1/log/checkpoint", tag = "log",
    responses((status = 200, content_type = "text/plain; charset=utf-8", body = String))
)]
pub async fn checkpoint(State(log): State<Log>) -> Response {
    note(log.checkpoint().to_vec())
}

/// A hash tile or an entry bundle, full or partial.
#[utoipa::path(
    get, path = "/v1/log/tile/{*path}", tag = "log",
    params(("path" = String, Path, description = "<L>/<N>[.p/<W>] or entries/<N>[.p/<W>] (c2sp.org/tlog-tiles)")),
    responses(
        (status = 200, content_type = "application/octet-stream", body = [u8]),
        (status = 404, description = "no such tile under the newest checkpoint"),
    )
)]
pub async fn tile(State(log): State<Log>, Path(path): Path<String>) -> Result<Response, Refusal> {
    octets(log.tile(&parse(&path)?).await?)
}

/// The newest checkpoint of a predecessor that its kept tiles reach.
#[utoipa::path(
    get, path = "/v1/log/past/{place}/checkpoint", tag = "log",
    params(("place" = u8, Path, description = "place in the list of predecessors, from 0")),
    responses(
        (status = 200, content_type = "text/plain; charset=utf-8", body = String),
        (status = 404, description = "no such predecessor, or nothing of it is kept"),
    )
)]
pub async fn past_checkpoint(State(log): State<Log>, Path(place): Path<String>) -> Result<Response, Refusal> {
    past(&log, &place)?.checkpoint().await?.map(note).ok_or(Refusal::Absent)
}

/// A tile of a predecessor.
#[utoipa::path(
    get, path = "/v1/log/past/{place}/tile/{*path}", tag = "log",
    params(
        ("place" = u8, Path, description = "place in the list of predecessors, from 0"),
        ("path" = String, Path, description = "<L>/<N>[.p/<W>] or entries/<N>[.p/<W>] (c2sp.org/tlog-tiles)"),
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", body = [u8]),
        (status = 404, description = "no such predecessor, or not kept"),
    )
)]
pub async fn past_tile(
    State(log): State<Log>,
    Path((place, path)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    octets(past(&log, &place)?.tile(&parse(&path)?).await?)
}

fn past<'a>(log: &'a Log, place: &str) -> Result<&'a Predecessor, Refusal> {
    let place: usize = place.parse().map_err(|_| Refusal::Absent)?;
    log.predecessors().get(place).ok_or(Refusal::Absent)
}

fn parse(path: &str) -> Result<TilePath, Refusal> {
    format!("tile/{path}").parse().map_err(|_| Refusal::Absent)
}

fn note(note: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, NOT_CACHED)], note).into_response()
}

fn octets(tile: Option<Vec<u8>>) -> Result<Response, Refusal> {
    let tile = tile.ok_or(Refusal::Absent)?;
    Ok(([(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, FOR_EVER)], tile).into_response())
}

const NOT_CACHED: &str = "no-cache";
/// A tile of a given width never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    use utoipa_axum::router::OpenApiRouter;
    use utoipa_axum::routes;

    use crate::log::tests::{block_on, with_predecessor};

    async fn get(router: &Router, path: &str) -> (StatusCode, String, String, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (kind, cache) = (header(CONTENT_TYPE), header(CACHE_CONTROL));
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        (status, kind.unwrap_or_default(), cache.unwrap_or_default(), body)
    }

    #[test]
    fn tile_is_cached_for_ever_checkpoint_never_and_what_is_absent_looks_alike() {
        block_on(async {
            let log = with_predecessor().await;
            let (router, api) = OpenApiRouter::<Log>::new()
                .routes(routes!(describe))
                .routes(routes!(checkpoint))
                .routes(routes!(tile))
                .routes(routes!(past_checkpoint))
                .routes(routes!(past_tile))
                .split_for_parts();
            assert_eq!(api.paths.paths.len(), 5);
            let router = router.with_state(log.clone());

            let (status, kind, _, body) = get(&router, "/v1/log").await;
            assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/json"));
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(json["origin"], "carnet.example/log2");
            assert_eq!(json["vkey"], log.signer().verifier().to_string());
            assert_eq!((&json["size"], &json["predecessors"][0]["kept"]), (&2.into(), &3.into()));
            assert_eq!(json["predecessors"][0]["size"], 5);

            let (status, kind, cache, body) = get(&router, "/v1/log/checkpoint").await;
            assert_eq!(
                (status, kind.as_str(), cache.as_str()),
                (StatusCode::OK, "text/plain; charset=utf-8", "no-cache")
            );
            assert_eq!(body[..], log.checkpoint()[..]);
            for (path, len) in [
                ("/v1/log/tile/0/000.p/2", 64),
                ("/v1/log/tile/entries/000.p/2", 132),
                ("/v1/log/past/0/tile/0/000.p/3", 96),
            ] {
                let (status, kind, cache, body) = get(&router, path).await;
                assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/octet-stream"), "{path}");
                assert!(cache.contains("immutable") && body.len() == len, "{path}");
            }
            assert_eq!(get(&router, "/v1/log/past/0/checkpoint").await.0, StatusCode::OK);
            let absent = get(&router, "/v1/log/tile/0/000.p/3").await;
            assert_eq!(absent.0, StatusCode::NOT_FOUND);
            for path in [
                "/v1/log/tile/0/000",
                "/v1/log/tile/0/000.p/256",
                "/v1/log/tile/0/../../checkpoint",
                "/v1/log/tile/64/000",
                "/v1/log/past/1/checkpoint",
                "/v1/log/past/-1/checkpoint",
                "/v1/log/past/0/tile/0/000.p/4",
                "/v1/log/past/99999999999999999999/tile/0/000.p/1",
            ] {
                assert_eq!(get(&router, path).await, absent, "{path}");
            }
        });
    }
}
