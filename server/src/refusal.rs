//! Refusals: why the server does not do what it was asked. Each has a stable code, a status, and a line that says what to do.
//!
//! To a stranger the server says nothing: what is absent and what is forbidden are one answer ([`Refusal::Absent`]), and what goes
//! wrong inside is one answer too ([`Refusal::Internal`]), logged once, under a code.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use carnet_wire::id::StatementHash;
use carnet_wire::{cbor, message};

use crate::store::StoreError;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Not there, or not for this reader: one answer for both.
    Absent,
    /// No session, or one that has ended.
    Unauthenticated,
    /// The request is not what the interface takes; the code says in which way.
    Malformed(&'static str),
    /// A statement that may not be accepted; the code says why.
    Statement(&'static str),
    /// Another statement came first.
    Conflict(Option<StatementHash>),
    /// Made under a policy or a generation that has been replaced; the current one is named.
    Stale(&'static str, Option<StatementHash>),
    /// A payload that the statement names has not been uploaded whole.
    PayloadMissing,
    /// The upload stands elsewhere than the request says.
    UploadOffset,
    /// A body, a page or a list that is too large.
    TooLarge(&'static str),
    /// The same of bytes, with the most that are taken.
    TooLong(&'static str, u64),
    /// A range that the payload does not have.
    Range,
    /// A quota is used up.
    Quota(&'static str),
    /// Too many requests; after so many seconds again.
    Rate(u64),
    /// The server has no room left.
    Full,
    /// The server is starting, stopping, or changed too much meanwhile: the same request may be sent again.
    Unavailable,
    /// Something failed inside.
    Internal,
    /// The path has no such method.
    Method,
    /// The body is of another type than this path takes.
    MediaType,
    /// The client sends its body too slowly.
    Slow,
    /// The header of the request is too large.
    HeaderTooLarge,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Unauthenticated => "unauthenticated",
            Self::Malformed(code) | Self::Statement(code) | Self::Stale(code, _) => code,
            Self::TooLarge(code) | Self::TooLong(code, _) | Self::Quota(code) => code,
            Self::Conflict(_) => "conflict",
            Self::PayloadMissing => "payload-missing",
            Self::UploadOffset => "upload-offset",
            Self::Range => "range",
            Self::Rate(_) => "rate",
            Self::Full => "storage-full",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Method => "method",
            Self::MediaType => "media-type",
            Self::Slow => "slow-client",
            Self::HeaderTooLarge => "header-too-large",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Absent => StatusCode::NOT_FOUND,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Statement(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) | Self::Stale(..) | Self::PayloadMissing | Self::UploadOffset => {
                StatusCode::CONFLICT
            }
            Self::TooLarge(_) | Self::TooLong(..) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Range => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Quota(_) => StatusCode::FORBIDDEN,
            Self::Rate(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::HeaderTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        }
    }

    /// The statement that won, or that is current.
    #[must_use]
    pub fn winner(&self) -> Option<StatementHash> {
        match self {
            Self::Conflict(winner) | Self::Stale(_, winner) => *winner,
            _ => None,
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(code = "store", %error);
        match error {
            StoreError::Full => Self::Full,
            _ => Self::Internal,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let limit = match &self {
            Self::TooLong(_, limit) => Some(*limit),
            _ => None,
        };
        let body = message::Refusal { code: self.code().to_owned(), winner: self.winner(), limit };
        let body = cbor::encode(&body);
        let mut response =
            (self.status(), [(header::CONTENT_TYPE, "application/cbor")], body).into_response();
        if let Self::Rate(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        // For the layers around: one writes it as JSON where that is asked for, one counts it.
        response.extensions_mut().insert(self);
        response
    }
}
