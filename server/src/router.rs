//! Every route on one page. A handler stands beside its kind in `routes/`, with its description (`#[utoipa::path]`); here it gets
//! its place, and each group its limits. The OpenAPI document is made of the same list, so it cannot say anything else.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::services::ServeDir;
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder, tag::TagBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::Config;
use crate::edge::address::ClientAddress;
use crate::edge::body::Pace;
use crate::edge::shape::{RefusalText, Shape};
use crate::edge::watch::Watched;
use crate::edge::{headers, shape};
use crate::failure::Failure;
use crate::refusal::Refusal;
use crate::routes::{
    accounts, describe, directory, entries, log, operations, pairings, proofs, sessions, uploads, vaults,
};
use crate::state::AppState;

/// The groups of routes, in the order of the page.
const GROUPS: [(&str, &str); 10] = [
    ("sessions", "A challenge signed by a device key, for a token of 15 minutes"),
    ("accounts", "Accounts, devices, slots and keyrings"),
    ("vaults", "Vaults: genesis, policy, circles, generations, journal, receipts"),
    ("uploads", "Payloads, uploaded by offset"),
    ("entries", "Entries: deposits, grants, reads, deletions"),
    ("pairings", "Mailboxes of ten minutes, in which a new device meets an old one"),
    ("directory", "Professionals whom an authority attests"),
    ("proofs", "Receipts, states of histories, places in the log"),
    ("log", "The log: checkpoints, tiles, proofs"),
    ("operations", "Whether the server lives, and is ready"),
];

/// Most bytes of a body that is no submission to a vault: a sealed keyring is the longest.
const SMALL_BODY: usize = 1024 * 1024;

/// All routes of the interface.
fn interface(config: &Config) -> OpenApiRouter<AppState> {
    // Only submissions to vaults are large, and those are read once their session is known.
    let small = |group| limited(config, group, config.limits.body_bytes.min(SMALL_BODY), "body-too-large");
    let large = |group| limited(config, group, config.limits.body_bytes, "body-too-large");
    let sessions = OpenApiRouter::new()
        .routes(routes!(sessions::challenge))
        .routes(routes!(sessions::open, sessions::close));
    let accounts = OpenApiRouter::new()
        .routes(routes!(accounts::state))
        .routes(routes!(accounts::line))
        .routes(routes!(accounts::slots))
        .routes(routes!(accounts::put_keyring, accounts::keyring))
        .routes(routes!(accounts::put_login, accounts::delete_login))
        .routes(routes!(accounts::vaults));
    let vaults = OpenApiRouter::new()
        .routes(routes!(vaults::state))
        .routes(routes!(vaults::chain))
        .routes(routes!(vaults::history))
        .routes(routes!(vaults::grants));
    let uploads = OpenApiRouter::new().routes(routes!(uploads::kept, uploads::append));
    let entries = OpenApiRouter::new()
        .routes(routes!(entries::challenge))
        .routes(routes!(entries::read))
        .routes(routes!(entries::list))
        .routes(routes!(entries::version))
        .routes(routes!(entries::payload))
        .routes(routes!(entries::file));
    let pairings = OpenApiRouter::new()
        .routes(routes!(pairings::put_offer, pairings::offer))
        .routes(routes!(pairings::put_parcel, pairings::take_parcel));
    let directory =
        OpenApiRouter::new().routes(routes!(directory::search)).routes(routes!(directory::account));
    let proofs = OpenApiRouter::new()
        .routes(routes!(proofs::receipt))
        .routes(routes!(proofs::place))
        .routes(routes!(proofs::state));
    let log = OpenApiRouter::new()
        .routes(routes!(log::describe))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::tile))
        .routes(routes!(log::past_checkpoint))
        .routes(routes!(log::past_tile));
    let operations =
        OpenApiRouter::new().routes(routes!(operations::healthz)).routes(routes!(operations::readyz));
    OpenApiRouter::with_openapi(description())
        .merge(small(sessions))
        .merge(small(accounts))
        .merge(large(vaults))
        .merge(limited(config, uploads, config.limits.payload_bytes, "payload-too-large"))
        .merge(small(entries))
        .merge(small(pairings))
        .merge(small(directory))
        .merge(small(proofs))
        .merge(small(log))
        .merge(small(operations))
}

/// The whole server, as a service of requests: the interface, its description, the web app.
///
/// # Errors
/// [`Failure`] where the description cannot be written.
pub fn app(state: AppState) -> Result<Router, Failure> {
    let config = state.config.clone();
    let (interface, document) = interface(&config).split_for_parts();
    let describe = describe::routes(&with_refusals(document))
        .map_err(|error| Failure::new(error.to_string(), "Report this: the build is broken."))?;
    let mut router = interface.merge(describe);
    if config.metrics.listen.is_none()
        && config.server.listen.ip().is_loopback()
        && !config.server.behind_proxy
    {
        router = router.route("/metrics", get(operations::figures));
    }
    router = match &config.server.web {
        Some(folder) => router.fallback_service(web(folder)),
        None => router.fallback(async || Refusal::Absent),
    };
    Ok(around(router, state))
}

/// Figures alone, for an address of their own.
pub fn figures(state: AppState) -> Router {
    around(Router::new().route("/metrics", get(operations::figures)), state)
}

/// The OpenAPI document.
#[must_use]
pub fn document(config: &Config) -> OpenApi {
    with_refusals(interface(config).into_openapi())
}

/// The layers around everything, the innermost first.
fn around(router: Router<AppState>, state: AppState) -> Router {
    router
        .layer(CatchPanicLayer::custom(shape::panicked))
        .layer(from_fn_with_state(state.clone(), each))
        .with_state(state)
}

/// What is done for each request. One layer, as each costs every request a copy of all that it goes around.
async fn each(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (watched, shape) = (Watched::begin(&request), Shape::of(&request));
    let response = match rate(&state, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let mut response = shape.give(response);
    headers::everywhere(&state, &mut response);
    watched.end(&state, &response);
    response
}

/// A group whose bodies have at most `most` bytes, and do not drip.
fn limited(
    config: &Config,
    group: OpenApiRouter<AppState>,
    most: impl TryInto<u64>,
    code: &'static str,
) -> OpenApiRouter<AppState> {
    let limits = &config.limits;
    let most = most.try_into().unwrap_or(u64::MAX);
    group.layer(from_fn_with_state(
        Pace { most, code, slow_bytes: limits.slow_bytes, slow_time: limits.slow_time() },
        pace,
    ))
}

async fn pace(State(pace): State<Pace>, request: Request, next: Next) -> Result<Response, Refusal> {
    Ok(next.run(pace.hold(request)?).await)
}

fn rate(state: &AppState, request: &Request) -> Result<(), Refusal> {
    let address = request.extensions().get::<ClientAddress>();
    address.map_or(Ok(()), |address| state.rates.address(*address))
}

/// The web app's files. Names that begin with a dot are nobody's business.
fn web(folder: &std::path::Path) -> Router {
    let hidden = async |request: Request, next: Next| {
        let dotted = request.uri().path().split('/').any(|part| {
            part.starts_with('.') || part.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%2e"))
        });
        if dotted { Err(Refusal::Absent) } else { Ok(next.run(request).await) }
    };
    Router::new()
        .fallback_service(ServeDir::new(folder).precompressed_br().precompressed_gzip())
        .layer(from_fn(headers::web))
        .layer(from_fn(hidden))
}

fn description() -> OpenApi {
    let about = "The interface of Carnet's thin server. It keeps ciphertext, access grants and signed statements, and can read \
        none of the content.\n\nStatements travel as application/cose, payloads as octet streams, everything else as \
        deterministic CBOR. A refusal has a stable code; ask for application/json to read what to do, in French or English.";
    let tags = GROUPS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build());
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Carnet")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(about))
                .build(),
        )
        .tags(Some(tags))
        .build();
    let components = document.components.get_or_insert_default();
    components.schemas.insert(RefusalText::name().into_owned(), RefusalText::schema());
    document
}

/// What every operation may answer besides its own: a refusal.
fn refused() -> utoipa::openapi::Response {
    let json =
        ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name(RefusalText::name())))).build();
    ResponseBuilder::new()
        .description("A refusal: its code says why")
        .content("application/json", json)
        .content("application/cbor", ContentBuilder::new().build())
        .build()
}

/// Adds [`refused`] to every operation, and writes paths as OpenAPI has them: it knows no parameter that takes several segments.
fn with_refusals(mut document: OpenApi) -> OpenApi {
    let paths = std::mem::take(&mut document.paths.paths);
    document.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(refused()));
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{StatusCode, header};
    use http_body_util::BodyExt;
    use tower::ServiceExt as _;

    use super::*;
    use crate::testing;

    /// A server of these settings; its folder goes with the first value.
    async fn state(more: &str) -> (tempfile::TempDir, AppState) {
        let (home, started) = testing::start(more).await;
        (home, started.state)
    }

    async fn ask(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> (Response, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(parts, Body::empty()), String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn refusal_is_json_in_the_language_asked_for_and_cbor_otherwise() {
        let (_home, state) = state("").await;
        let router = app(state).unwrap();
        let json = [("accept", "text/html, application/json;q=0.9"), ("accept-language", "fr")];
        let (response, body) = ask(&router, "GET", "/v1/nothing", &json).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert!(body.contains("\"code\":\"absent\"") && body.contains("rien ici"), "{body}");
        let (response, body) = ask(&router, "GET", "/v1/nothing", &[("accept", "*/*")]).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/cbor");
        assert!(body.contains("absent"));
        let (_, elsewhere) = ask(&router, "GET", "/nothing", &[]).await;
        assert_eq!(body, elsewhere);
    }

    #[tokio::test]
    async fn wrong_method_is_refused_with_allow_and_options_and_head_are_answered() {
        let (_home, state) = state("").await;
        let router = app(state).unwrap();
        let (response, body) = ask(&router, "POST", "/healthz", &[("accept", "application/json")]).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()[header::ALLOW]),
            (405, &"GET,HEAD".parse().unwrap())
        );
        assert!(body.contains("\"code\":\"method\""), "{body}");
        let (response, body) = ask(&router, "OPTIONS", "/healthz", &[]).await;
        assert_eq!((response.status().as_u16(), body.as_str()), (204, ""));
        assert_eq!(response.headers()[header::ALLOW], "GET,HEAD");
        let (response, body) = ask(&router, "HEAD", "/healthz", &[]).await;
        assert_eq!((response.status().as_u16(), body.as_str()), (200, ""));
    }

    #[tokio::test]
    async fn panic_is_an_internal_refusal_without_detail() {
        let boom = async || -> &'static str { panic!("Jeanne Durand") };
        let (_home, state) = state("").await;
        let router = around(Router::new().route("/boom", get(boom)), state);
        let (response, body) = ask(&router, "GET", "/boom", &[("accept", "application/json")]).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("\"internal\"") && !body.contains("Durand"), "{body}");
    }

    #[tokio::test]
    async fn address_beyond_its_rate_is_refused_with_a_time_to_wait() {
        let (_home, state) = state("[limits]\naddress_rate = 1\naddress_burst = 1\n").await;
        let router = app(state).unwrap();
        let from = |last| {
            let address = ClientAddress(std::net::IpAddr::from([192, 0, 2, last]));
            let request = Request::builder().uri("/healthz").extension(address).body(Body::empty()).unwrap();
            router.clone().oneshot(request)
        };
        assert_eq!(from(1).await.unwrap().status(), StatusCode::OK);
        let refused = from(1).await.unwrap();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(from(2).await.unwrap().status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn figures_are_not_served_where_strangers_may_come() {
        for (more, status) in
            [("", 200), ("behind_proxy = true\n", 404), ("[metrics]\nlisten = \"127.0.0.1:0\"\n", 404)]
        {
            let (response, _) = {
                let (_home, state) = state(more).await;
                ask(&app(state).unwrap(), "GET", "/metrics", &[]).await
            };
            assert_eq!(response.status().as_u16(), status, "{more}");
        }
    }

    #[tokio::test]
    async fn web_folder_has_its_policy_and_hides_what_begins_with_a_dot() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), "<!doctype html>").unwrap();
        std::fs::write(folder.path().join(".secret"), "x").unwrap();
        let (_home, state) = state(&format!("behind_proxy = true\nweb = {:?}\n", folder.path())).await;
        let router = app(state).unwrap();
        let (response, _) = ask(&router, "GET", "/", &[]).await;
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], headers::WEB_POLICY);
        assert!(response.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
        for hidden in ["/.secret", "/%2esecret", "/%2Esecret", "/../x", "/missing"] {
            let (response, _) = ask(&router, "GET", hidden, &[]).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{hidden}");
            assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], headers::API_POLICY);
        }
    }

    #[tokio::test]
    async fn description_names_every_operation_and_a_refusal_of_each() {
        let (_home, state) = state("").await;
        let document = serde_json::to_value(document(&state.config)).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                assert!(operation["responses"].get("default").is_some());
                assert!(GROUPS.iter().any(|(name, _)| operation["tags"][0] == *name), "{operation}");
            }
        }
        let (response, page) = ask(&app(state).unwrap(), "GET", "/v1/", &[]).await;
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], headers::PAGE_POLICY);
        assert!(page.contains("/healthz"));
    }
}
