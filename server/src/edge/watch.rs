//! What is noted of a request: method, route, status, code, duration, bytes. Never the path, the query or the address.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::refusal::Refusal;
use crate::state::AppState;

/// Logs and counts each request once it is answered.
pub async fn watch(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = name(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let (took, status) = (start.elapsed(), response.status().as_u16());
    let bytes =
        response.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let bytes: u64 = bytes.unwrap_or_else(|| hyper::body::Body::size_hint(response.body()).lower());
    let code = response.extensions().get::<Refusal>().map_or("done", Refusal::code);
    if code != "done" {
        state.metrics.refusal(code);
    }
    state.metrics.request(method, &route, status, took);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(code, method, route, status, ms, bytes);
    response
}

/// A method, unless a stranger made it up.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
