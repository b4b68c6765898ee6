//! Every route on one page. A handler stands beside its kind in `routes/`, with its description (`#[utoipa::path]`); here it gets
//! its place, and each group its limits. The OpenAPI document is made of the same list, so it cannot say anything else.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
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
use crate::edge::shape::RefusalText;
use crate::edge::{headers, shape, watch};
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

/// All routes of the interface.
fn interface(config: &Config) -> OpenApiRouter<AppState> {
    let small = |group| limited(config, group, config.limits.body_bytes, "body-too-large");
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
        .merge(small(vaults))
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
        .layer(from_fn_with_state(state.clone(), rate))
        .layer(CatchPanicLayer::custom(shape::panicked))
        .layer(from_fn(shape::shape))
        .layer(from_fn_with_state(state.clone(), headers::everywhere))
        .layer(from_fn_with_state(state.clone(), watch::watch))
        .with_state(state)
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

async fn rate(State(state): State<AppState>, request: Request, next: Next) -> Result<Response, Refusal> {
    if let Some(address) = request.extensions().get::<ClientAddress>() {
        state.rates.address(*address)?;
    }
    Ok(next.run(request).await)
}

/// The web app's files. Names that begin with a dot are nobody's business.
fn web(folder: &std::path::Path) -> Router {
    let hidden = async |request: Request, next: Next| {
        let dotted =
            request.uri().path().split('/').any(|part| part.starts_with('.') || part.starts_with("%2e"));
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

/// Adds [`refused`] to every operation.
fn with_refusals(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(refused()));
        }
    }
    document
}
