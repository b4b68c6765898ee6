//! The shape of refusals. Whoever refuses (a handler, the router, an extractor, the file server), the answer has one form:
//! CBOR, or for people JSON with `code`, `message` and `action`, in French or English.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use carnet_wire::id::StatementHash;
use serde::Serialize;
use utoipa::ToSchema;

use super::messages::{Language, message};
use crate::refusal::Refusal;

/// A refusal, for people.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusalText {
    /// A stable code.
    #[schema(example = "conflict")]
    pub code: String,
    /// What happened.
    pub message: &'static str,
    /// What to do.
    pub action: &'static str,
    /// For a conflict, the statement that won, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winner: Option<String>,
}

/// The form in which a request wants to be refused.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    options: bool,
    text: bool,
    language: Language,
}

impl Shape {
    /// What the request says of it.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self {
            options: request.method() == Method::OPTIONS,
            text: wants_text(request.headers()),
            language: Language::of(value(request.headers(), header::ACCEPT_LANGUAGE).unwrap_or_default()),
        }
    }

    /// Gives a refusal its one form; answers OPTIONS with the methods of the path.
    #[must_use]
    pub fn give(self, response: Response) -> Response {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return response;
        }
        if self.options && status == StatusCode::METHOD_NOT_ALLOWED {
            return keeping(&response, StatusCode::NO_CONTENT.into_response());
        }
        let refusal = response.extensions().get().cloned().unwrap_or_else(|| of_status(status));
        let shaped = refusal.clone().into_response();
        if !self.text {
            return keeping(&response, shaped);
        }
        let (message, action) = message(refusal.code(), shaped.status().as_u16(), self.language);
        let winner = refusal.winner().as_ref().map(StatementHash::to_string);
        let body = RefusalText { code: refusal.code().to_owned(), message, action, winner };
        let mut told = (shaped.status(), axum::Json(body)).into_response();
        told.extensions_mut().insert(refusal);
        told.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language.tag()));
        told.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
        keeping(&shaped, keeping(&response, told))
    }
}

/// What a panic becomes. Its place is logged by the hook of [`crate::telemetry`], its message nowhere.
#[must_use]
pub fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Refusal::Internal.into_response()
}

/// Whether a request asks for JSON by name.
fn wants_text(headers: &HeaderMap) -> bool {
    value(headers, header::ACCEPT).is_some_and(|accept| {
        accept.split(',').any(|range| {
            let mut parts = range.split(';').map(str::trim);
            parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
                && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

/// The refusal behind an answer of a library, which has a status only.
fn of_status(status: StatusCode) -> Refusal {
    match status {
        StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::GONE => Refusal::Absent,
        StatusCode::UNAUTHORIZED => Refusal::Unauthenticated,
        StatusCode::METHOD_NOT_ALLOWED => Refusal::Method,
        StatusCode::REQUEST_TIMEOUT => Refusal::Slow,
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge("body-too-large"),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Refusal::HeaderTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Refusal::MediaType,
        StatusCode::RANGE_NOT_SATISFIABLE => Refusal::Range,
        StatusCode::SERVICE_UNAVAILABLE => Refusal::Unavailable,
        status if status.is_server_error() => Refusal::Internal,
        _ => Refusal::Malformed("malformed"),
    }
}

/// The headers of an answer that still hold once it has another body.
fn keeping(from: &Response, mut to: Response) -> Response {
    for name in [header::ALLOW, header::RETRY_AFTER, header::CONTENT_RANGE, header::WWW_AUTHENTICATE] {
        if let Some(value) = from.headers().get(&name) {
            to.headers_mut().insert(name, value.clone());
        }
    }
    to
}

fn value(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
