//! What is noted of a request: method, route, status, code, duration, bytes. Never the path, the query or the address.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, header};
use axum::response::Response;

use crate::refusal::Refusal;
use crate::state::AppState;

/// A request that is under way.
#[derive(Debug)]
pub struct Watched {
    start: Instant,
    method: &'static str,
    route: Option<MatchedPath>,
}

impl Watched {
    /// Begins when a request has come.
    #[must_use]
    pub fn begin(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().cloned();
        Self { start: Instant::now(), method: name(request.method()), route }
    }

    /// Logs and counts it: it is answered.
    pub fn end(self, state: &AppState, response: &Response) {
        let (took, status) = (self.start.elapsed(), response.status().as_u16());
        let route = self.route.as_ref().map_or("other", MatchedPath::as_str);
        let length = response.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let bytes: u64 = length.unwrap_or_else(|| hyper::body::Body::size_hint(response.body()).lower());
        let code = response.extensions().get::<Refusal>().map_or("done", Refusal::code);
        if code != "done" {
            state.metrics.refusal(code);
        }
        state.metrics.request(self.method, route, status, took);
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(code, method = self.method, route, status, ms, bytes);
    }
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
